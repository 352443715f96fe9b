"""No result is found, coloured or judged by how a text begins, ends or is punctuated: results carry fields."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PARSING = {"startswith", "endswith", "split", "rsplit", "partition", "rpartition", "removeprefix", "removesuffix"}
READS_FILES = {"trajectories.py"}  # a user's CSV is text


def parsed(source: str) -> list[str]:
    """Calls that take a text apart, of methods and not of a module such as torch."""
    calls = (node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    methods = [call for call in calls if isinstance(call, ast.Attribute) and call.attr in PARSING]
    return [ast.unparse(call) for call in methods if ast.unparse(call.value) not in ("torch", "np")]


@pytest.mark.parametrize("room", ["liquid/charts", "liquid/studies", "pages/benchmark", "pages/claims"])
def test_nothing_keys_on_words(room: str) -> None:
    files = [file for file in (ROOT / room).rglob("*.py") if file.name not in READS_FILES]
    assert files
    assert {file.name: calls for file in files if (calls := parsed(file.read_text(encoding="utf-8")))} == {}


def test_a_look_at_words_is_found() -> None:
    assert parsed("colour = COLOURS[name.split(',')[0]]") == ["name.split"]
    assert parsed("parts = torch.split(x, 3)") == []
