"""A series from the command line: a file, with what overrules the reader's guesses, or a built-in's name."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from liquid.errors import LiquidError
from liquid.series import builtin
from liquid.series.reading import Guess, ReadOptions, chosen_part, understand
from liquid.series.reading.options import COMBINATIONS, DECIMALS, DELIMITERS, LAYOUTS, SENTINELS, UNREAD, Question
from liquid.series.series import Series

WORDS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "bar": "|", "space": " ", "none": "", "point": "."}

MOST_ANSWERS = 8
ALL = "all"  # rows are one series


def add_reader_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that overrule what the reader guesses about a file."""
    group = parser.add_argument_group("reading a file (guessed unless set)")
    group.add_argument("--delimiter", help=f"one of {', '.join(_words(DELIMITERS))}, or the character itself")
    group.add_argument("--decimal", help=f"one of {', '.join(_words(DECIMALS))}, or the character itself")
    group.add_argument(
        "--header", action=argparse.BooleanOptionalAction, default=None, help="whether the first row holds names"
    )
    group.add_argument("--names-line", type=int, metavar="N", help="the line, from 1, that holds the names")
    group.add_argument("--time-column", metavar="NAME", help="a name, a position from 0, or none")
    group.add_argument(
        "--day-first", action=argparse.BooleanOptionalAction, default=None, help="whether 01/02 is the 1st of February"
    )
    group.add_argument(
        "--calendar", metavar="LAYOUT", help="how dates are written, such as YYYYMM, or mm:ss for durations"
    )
    group.add_argument("--century", type=int, help="of the first year, if years have two digits, such as 1900")
    group.add_argument("--zone", help="where the clock of times without an offset stands, such as Europe/Berlin")
    group.add_argument("--encoding", help="such as utf-8, cp1252 or utf-16-le")
    group.add_argument("--sheet", metavar="NAME", help="of a workbook")
    group.add_argument("--layout", choices=LAYOUTS, help="; ".join(f"{way}: {words}" for way, words in LAYOUTS.items()))
    group.add_argument(
        "--series",
        metavar="KEY=LABEL",
        action="append",
        type=_pair,
        help="which of several series under one another, such as shop=1, or all; repeat it for more keys",
    )
    group.add_argument("--combine", choices=COMBINATIONS, help="what becomes of several rows of one time")
    group.add_argument("--unread", choices=UNREAD, help="what becomes of many cells that hold no number")
    group.add_argument("--sentinels", choices=SENTINELS, help="whether -9999 and its like are values")
    group = parser.add_argument_group("the part of the series to use (all unless set)")
    group.add_argument("--first", metavar="TIME", help="such as 2024-03-01, or 2024-03 from its first day on")
    group.add_argument("--last", metavar="TIME", help="such as 2024-03-01 14:30, or 2024-03 to its last day")
    group.add_argument(
        "--without",
        metavar="STRETCHES",
        help="whose values count as missing, such as '2024-03-01 to 2024-03-14, 2024-08'",
    )


def read_series(source: str, args: argparse.Namespace) -> Series:
    """The series in a file, with how it was read said, or the built-in one of that name. LiquidError if it is neither.

    As on the page, what the file leaves open stands there with every other answer: the option, and what it gives.
    """
    if Path(source).is_file():
        try:
            reading = understand(Path(source), options=_options(args))
        except Question as question:
            answers = "; ".join(_answers(question.guess, question.guess.alternatives))
            raise LiquidError(f"{question} With {answers}.") from question
        for guess in reading.guesses:
            others = [choice for choice in guess.alternatives if choice[0] != guess.value]
            asked = guess.shown_first and not guess.given
            say([guess.sentence, *(f"  {answer}" for answer in _answers(guess, others) if asked)])
        say(reading.repairs)
        return reading.series
    if source in builtin.names():
        series = chosen_part(builtin.load(source), _options(args))
        say(series.notes)
        return series
    raise LiquidError(
        f"{source!r} is neither a file nor a built-in series: give a path, or one of {', '.join(builtin.names())}."
    )


def say(sentences: Iterable[str]) -> None:
    """Print one sentence per line, without what moves a terminal's cursor: names in files are anybody's text."""
    for sentence in sentences:
        print("".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in sentence))


def _answers(guess: Guess, choices: Sequence[tuple[Any, str]]) -> Iterator[str]:
    """The options that answer a question, with what each gives; of very many the first."""
    outcomes = dict(zip((value for value, _ in guess.alternatives), guess.outcomes, strict=False))
    for value, words in choices[:MOST_ANSWERS]:
        yield f"{_option(guess.setting, value)}: {words}" + (f", {outcomes[value]}" if value in outcomes else "")
    if len(choices) > MOST_ANSWERS:
        yield f"and {len(choices) - MOST_ANSWERS:,} more"


def _option(setting: str, value: Any) -> str:
    """What to add to the command for this answer: --no-day-first, or --series shop=2."""
    name = setting.replace("_", "-")
    if isinstance(value, bool):
        return f"--{name}" if value else f"--no-{name}"
    if setting == "series" and not value:
        return f"--series {ALL}"
    if setting == "series":
        return " ".join(f"--series {shlex.quote(f'{key}={label}')}" for key, label in value)
    words = {sign: word for word, sign in WORDS.items()} if setting in ("delimiter", "decimal") else {}
    return f"--{name} {shlex.quote(words.get(value, str(value)))}"


def _options(args: argparse.Namespace) -> ReadOptions:
    column = args.time_column
    return ReadOptions(
        delimiter=WORDS.get(args.delimiter, args.delimiter),
        decimal=WORDS.get(args.decimal, args.decimal),
        header=args.header,
        names_line=args.names_line,
        time_column=int(column) if column is not None and column.isdecimal() else column,
        day_first=args.day_first,
        calendar=args.calendar,
        century=args.century,
        zone=args.zone,
        encoding=args.encoding,
        sheet=args.sheet,
        layout=args.layout,
        series=None if not args.series else () if None in args.series else tuple(args.series),
        combine=args.combine,
        unread=args.unread,
        sentinels=args.sentinels,
        first=args.first,
        last=args.last,
        without=args.without,
    )


def _pair(text: str) -> tuple[str, str] | None:
    if text == ALL:
        return None
    key, equals, label = text.partition("=")
    if not equals or not key.strip():
        raise argparse.ArgumentTypeError(f"{text!r} has no '=': write KEY=LABEL, such as shop=1")
    return key.strip(), label.strip()


def _words(signs: dict[str, str]) -> list[str]:
    return [word for word, sign in WORDS.items() if sign in signs and word != "\\t"]
