"""Every regular expression of the reader on strings made to hurt it: the time grows as the length does.

The expressions are found in the sources, so that a new one is tried as well. Growth is measured in processor time over
doubling lengths, and only where there is time to measure: an expression that is done in a millisecond is none that
backtracks over thousands of characters.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import liquid.series.reading
from liquid.series import zones
from liquid.series.reading import numbers

Match = Callable[[Any], object]

# Where a function is handed its expression: those who hand it over are looked at, or name it here.
HANDED = {"numbers._fullmatch", "numbers._replaced"}
ALPHABET = (" ", "1", "0", "9", "a", "M", ",", ".", "-", ":", "/", "(", "[", "'", "_", "%", "é", "\t")
PUMPS = (
    *ALPHABET,
    *("".join(pair) for pair in itertools.permutations(ALPHABET, 2)),
    "1 000", "1,000", "9,99,", "m/s ", "a. ", "12:00 ", "2024-", "jan ", "@attribute ", "days since ", "utc+", "[a] ",
)  # fmt: skip
HEADS = ("", "1", "(a", "@attribute x")
SHORT, LONG = 24, 2_000  # characters
AT_LEAST = 2e-3  # seconds of processor time, below which nothing grows that matters
MOST_GROWTH = 1.5  # the exponent of length: 1 is linear, 2 what backtracking costs at the least
TRIES = 3


def modules() -> Iterator[ModuleType]:
    package = liquid.series.reading
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)
    yield zones


def expressions() -> tuple[dict[str, Match], set[str]]:
    """How each expression is used, by where it stands and what it is; and the functions that are handed one."""
    found: dict[str, Match] = {}
    handed = set()
    for module in modules():
        short = module.__name__.removeprefix("liquid.series.reading.")
        source = inspect.getsource(module)
        for function, call in calls(ast.parse(source)):
            expression, way = expression_of(call)
            if expression is None or way == "compile":  # those stand in the module, or are handed over
                continue
            try:
                pattern = eval(compile(ast.Expression(expression), short, "eval"), vars(module))
            except NameError:
                handed.add(f"{short}.{function}")
                continue
            if "\\p{" not in str(pattern):  # which Arrow reads, and Arrow never backtracks
                found[f"{short}:{call.lineno} {way} {pattern}"] = used(re.compile(pattern), way)
        for name, pattern in vars(module).items():
            ways = re.findall(rf"\b{name}\.(fullmatch|match|search|sub|findall)\(", source)
            if isinstance(pattern, re.Pattern):
                found |= {f"{short} {way} {pattern.pattern}": used(pattern, way) for way in ways}
    for pattern in (*numbers.PLAIN.values(), *numbers._DRESSED.values()):
        found[f"numbers._fullmatch {pattern}"] = re.compile(pattern).fullmatch
    return found, handed


def used(pattern: re.Pattern[Any], way: str) -> Match:
    return {"fullmatch": pattern.fullmatch, "match": pattern.match}.get(way, pattern.search)


def calls(tree: ast.AST, function: str = "") -> Iterator[tuple[str, ast.Call]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call):
            yield function, node
        yield from calls(node, node.name if isinstance(node, ast.FunctionDef) else function)


def expression_of(call: ast.Call) -> tuple[ast.expr | None, str]:
    """What a call of `re`, or of pandas' .str, takes as its expression, and what for."""
    function = call.func
    if not isinstance(function, ast.Attribute) or not call.args:
        return None, ""
    on = function.value
    is_re = isinstance(on, ast.Name) and on.id == "re" and function.attr != "escape"
    is_text = isinstance(on, ast.Attribute) and on.attr == "str" and function.attr in ("contains", "replace", "extract")
    return (call.args[0] if is_re or is_text else None), function.attr


FOUND, GIVEN = expressions()


def test_every_expression_is_found() -> None:
    assert len(FOUND) > 40
    assert GIVEN <= HANDED


@pytest.mark.parametrize("where", FOUND)
def test_time_grows_as_the_length_does(where: str) -> None:
    match = FOUND[where]
    for head, pump in itertools.product(HEADS, PUMPS):
        assert shortest(match, head, pump, SHORT) < AT_LEAST, f"hangs on {head!r} + {pump!r} …"
        if shortest(match, head, pump, LONG) > AT_LEAST:
            growth = min(exponent(match, head, pump) for _ in range(TRIES))
            assert growth < MOST_GROWTH, f"grows as length^{growth:.1f} on {head!r} + {pump!r} …"


def test_growth_is_seen_where_it_is() -> None:
    assert exponent(re.compile(r"\s*x").search, "", " ") > MOST_GROWTH
    assert exponent(re.compile(r"[ab]*c").fullmatch, "", "a") < MOST_GROWTH
    assert shortest(re.compile(r"(?:a|a)*b").fullmatch, "", "a", 18) > AT_LEAST


def exponent(match: Match, head: str, pump: str) -> float:
    """How time grows over doubling lengths: the slope of its logarithm."""
    lengths = [LONG // 2, LONG, 2 * LONG, 4 * LONG]
    times = [shortest(match, head, pump, length) for length in lengths]
    return float(np.polyfit(np.log(lengths), np.log(np.maximum(times, 1e-7)), 1)[0])


def shortest(match: Match, head: str, pump: str, length: int) -> float:
    """Seconds of processor time on such a string: of a few tries, where the first is not short enough."""
    text: Any = head + pump * (length // len(pump)) + "\x01"
    text = text.encode() if isinstance(match.__self__.pattern, bytes) else text  # type: ignore[attr-defined]
    times = []
    for _ in range(TRIES):
        begin = time.process_time()
        match(text)
        times.append(time.process_time() - begin)
        if times[-1] < AT_LEAST:
            break
    return min(times)
