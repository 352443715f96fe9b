"""The counts that SECURITY.md gives are those of the tests."""

from __future__ import annotations

from pathlib import Path

from hostile_names import MARKUP, NAMES
from mutator import MUTANTS
from test_hostile_addresses import TEXTS, hostile
from test_hostile_files import BY_HAND

SECURITY = Path(__file__).resolve().parents[2] / "SECURITY.md"


def test_the_counts_of_what_was_tried() -> None:
    said = " ".join(SECURITY.read_text(encoding="utf-8").split())
    for counted in (
        f"{len(BY_HAND)} made by hand and {MUTANTS} from a seeded mutator",
        f"({len(NAMES)} names)",
        f"{len(TEXTS)} hostile texts spread over every kind of control",
        f"{len(hostile([], 0))} hostile names beside",
        f"{len(MARKUP) + 2} names of markup",  # two more end the document's own script
    ):
        assert counted in said, counted
