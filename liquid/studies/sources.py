"""The code that makes a result: a digest of every module of ours that its maker imports, so that a change is noticed.

Digests are of syntax trees without docstrings: comments, words about the code and the layout of lines change no number.
All else counts, names too: what cannot change a result is told from what can by people alone.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
OURS = ("liquid", "benchmarks")
WRITERS = ("liquid.studies.stored", "liquid.studies.sources", "benchmarks.docs_tables")  # of what others have made
NAME = re.compile(rf"({'|'.join(OURS)})(\.\w+)+")


class Module(NamedTuple):
    """A digest of what a module does, the names that it imports, and those that it holds as strings."""

    digest: str
    imports: tuple[str, ...]
    named: tuple[str, ...]


def sources(maker: str, root: Path = ROOT) -> dict[str, str]:
    """Digests by module: of `maker`, such as "benchmarks.intervals", and of all of ours that it imports or they do.

    Packages and modules that a string names count as imported: the registry of models loads its own so.
    """
    found: dict[str, str] = {}
    waiting = [maker]
    while waiting:
        name = waiting.pop()
        path = _file(name, root)
        if name in found or path is None:
            continue
        module = _read(path.read_text(encoding="utf-8"))
        found[name] = module.digest
        waiting += module.imports
        waiting += [inside for named in module.named for inside in (named, *_inside(named, root))]
    return dict(sorted(found.items()))


@cache
def _read(text: str) -> Module:
    tree = ast.parse(text)
    _prune(tree)
    digest = sha256(json.dumps(_shape(tree)).encode()).hexdigest()[:12]
    nodes = list(ast.walk(tree))
    strings = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    named = {text for text in strings if NAME.fullmatch(text)}
    return Module(digest, tuple(sorted({name for node in nodes for name in _imported(node)})), tuple(sorted(named)))


def _prune(tree: ast.AST) -> None:
    """Take out what makes no number: docstrings, imports for types alone, what one Python alone sees."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):  # Python 3.12 leaves empty pieces in some
            node.values = [one for one in node.values if not (isinstance(one, ast.Constant) and one.value == "")]
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if documented and body and _words(body[0]):
            del body[0]
        body[:] = [one for one in body if not _for_types(one)]


def _words(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _shape(node: Any) -> Any:
    """The tree as lists, the same on every version of Python: fields that are empty may be new there."""
    if isinstance(node, ast.AST):
        fields = [[name, _shape(value)] for name, value in ast.iter_fields(node) if value not in (None, [])]
        return [type(node).__name__, fields]
    return [_shape(one) for one in node] if isinstance(node, list) else repr(node)


def _file(name: str, root: Path) -> Path | None:
    """Where a module of ours is; None for anything else, for what only writes results, and for the top of a tree,
    which gives names on to users."""
    first, *rest = name.split(".")
    if first not in OURS or not rest or name in WRITERS:
        return None
    place = root.joinpath(first, *rest)
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)


def _inside(package: str, root: Path) -> Iterator[str]:
    for path in sorted(root.joinpath(*package.split(".")).glob("**/*.py")):
        yield ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
