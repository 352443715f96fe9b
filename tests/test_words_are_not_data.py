"""No result is found, coloured or judged by how a text begins, ends or is punctuated: results carry fields."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PARSING = {"startswith", "endswith", "split", "rsplit", "partition", "rpartition", "removeprefix", "removesuffix"}

# Files whose subject is text that comes from outside, or a name that Python or a library has made.
READ_TEXT = {
    "liquid/__main__.py": "an error's text, to one line",
    "liquid/cli/reading.py": "an option as it was typed",
    "liquid/dynamics/ensemble.py": "the path of a parameter in a module",
    "liquid/dynamics/scan/calls.py": "the name of a dtype",
    "liquid/engine/base.py": "the path of a function in its module",
    "liquid/interop.py": "the names in a state dict",
    "liquid/models/registry.py": "module:name, as entry points are written",
    "liquid/runs/content.py": "a CSV, and the name of a dtype",
    "liquid/runs/store/connect.py": "a database's message, to one line",
    "liquid/runs/store/store.py": "a title as it was typed, and a random id",
    "liquid/runs/summary.py": "words to search for, as they were typed",
    "liquid/series/ahead.py": "a length or a date as it was typed",
    "liquid/series/export.py": "a cell that a spreadsheet would compute",
    "liquid/series/part.py": "times as they were typed",
    "liquid/series/asked.py": "times that a user asks for",
    "liquid/series/known_ahead.py": "a country in the name of a calendar column, which a user gives",
    "liquid/series/words.py": "text from anybody, to one line",
    "liquid/series/written.py": "a time as it was typed",
    "liquid/settings.py": "the path of a mistake in JSON",
    "liquid/studies/sources.py": "the names of our own modules",
    "liquid/studies/benchmark/trajectories.py": "a user's CSV",
    "pages/train/known_ahead.py": "a country or a part of the calendar in the name of a calendar column",
    "pages/shared/scripts.py": "JavaScript of our own",
    "pages/shared/address.py": "an address and the names of its parameters",
    "pages/shared/links.py": "an address and the names of its parameters",
}
SENTENCES = {"sentence", "band_sentence", "describe", "describe_period", "message", "why", "doing"}
READERS = "liquid/series/reading/"  # tables in any form


def parsed(source: str) -> list[str]:
    """Calls that take a text apart, of methods and not of a module such as torch."""
    calls = (node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    methods = [call for call in calls if isinstance(call, ast.Attribute) and call.attr in PARSING]
    return [ast.unparse(call) for call in methods if ast.unparse(call.value) not in ("torch", "np")]


def compared(source: str) -> list[str]:
    """Sentences that are compared with anything."""
    compares = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Compare))
    sides = (side for node in compares for side in (node.left, *node.comparators))
    attributes = (side.func if isinstance(side, ast.Call) else side for side in sides)
    return [ast.unparse(one) for one in attributes if isinstance(one, ast.Attribute) and one.attr in SENTENCES]


def in_room(room: str) -> dict[str, list[str]]:
    """What each file takes apart, by its path from the root."""
    files = {file.relative_to(ROOT).as_posix(): file for file in (ROOT / room).rglob("*.py")}
    assert files
    return {path: calls for path, file in files.items() if (calls := parsed(file.read_text(encoding="utf-8")))}


@pytest.mark.parametrize("room", ["liquid", "pages"])
def test_nothing_keys_on_words(room: str) -> None:
    allowed = {path for path in READ_TEXT if path.startswith(f"{room}/")}
    assert {path for path in in_room(room) if not path.startswith(READERS)} == allowed


@pytest.mark.parametrize("room", ["liquid", "pages"])
def test_no_sentence_is_compared(room: str) -> None:
    assert [found for file in (ROOT / room).rglob("*.py") for found in compared(file.read_text(encoding="utf-8"))] == []


def test_a_look_at_words_is_found() -> None:
    assert compared("if series.describe_period() != sampling: warn()") == ["series.describe_period"]
    assert parsed("colour = COLOURS[name.split(',')[0]]") == ["name.split"]
    assert parsed("parts = torch.split(x, 3)") == []
