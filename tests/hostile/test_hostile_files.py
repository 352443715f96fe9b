"""Over 400 files that are no series, or hardly one: each becomes a series or a sentence, and none takes the memory."""

from __future__ import annotations

import gzip
import tracemalloc
import zipfile

import numpy as np
import pytest
from hostile_files import TABLE, cells, not_text, packed, tables, zipped, zips
from hostile_tables import json_lines, parquets, workbook, workbooks
from mutator import MUTANTS, mutant, originals

from liquid.errors import LiquidError
from liquid.series.reading import source, understand
from liquid.series.words import MAX_NAME

BY_HAND = packed() | zips() | not_text() | tables() | cells() | workbooks() | parquets() | json_lines()
SOURCES = originals()


def outcome(data: bytes) -> str:
    """ "read", or the sentence; any other exception passes through and fails the test."""
    try:
        series = understand(data, name="hostile").series
    except LiquidError as problem:
        return str(problem)
    assert not np.isinf(series.values).any()
    assert (np.diff(series.time) > 0).all()
    assert all(name.isprintable() and len(name) <= MAX_NAME + 8 for name in series.names)
    return "read"


def assert_answered(data: bytes) -> bool:
    """Whether it was read."""
    said = outcome(data)
    if said != "read":
        assert 30 < len(said) < 600
        assert said.endswith((".", ".)"))
    return said == "read"


def test_there_are_enough() -> None:
    assert len(BY_HAND) + MUTANTS >= 400
    assert len(set(BY_HAND.values())) == len(BY_HAND)


@pytest.mark.parametrize("data", BY_HAND.values(), ids=BY_HAND.keys())
def test_a_file_made_by_hand_is_read_or_answered(data: bytes) -> None:
    assert_answered(data)


@pytest.mark.parametrize("label", ["a sheet", "a Parquet file", "JSON lines"])
def test_other_formats_give_what_text_gives(label: str) -> None:
    series = understand(BY_HAND[label]).series
    assert series.names == ("level",)
    assert series.time.tolist() == list(range(40))


def test_a_parser_that_asks_for_all_memory_is_ended_and_takes_nobody_along() -> None:
    assert "more memory" in outcome(BY_HAND["a cell in the last corner"])
    assert outcome(BY_HAND["a sheet"]) == "read"


def test_a_workbook_has_the_limits_of_text(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f'<row r="{i}"><c r="A{i}"><v>{i}</v></c></row>' for i in range(1, 2000))
    monkeypatch.setattr(source, "MAX_BYTES", 5_000)
    assert "limit is" in outcome(workbook(rows)) or "more memory" in outcome(workbook(rows))


def test_mutants_are_read_or_answered() -> None:
    read = 0
    for seed in range(MUTANTS):
        data = mutant(seed, SOURCES)
        try:
            read += assert_answered(data)
        except Exception as error:
            raise AssertionError(f"mutant {seed} gets through: {data[:80]!r}") from error
    assert MUTANTS // 10 < read < MUTANTS * 9 // 10  # they are hostile, and not hopeless


def test_the_mutator_repeats_itself() -> None:
    assert [mutant(seed, SOURCES) for seed in range(20)] == [mutant(seed, SOURCES) for seed in range(20)]


# Limits, each proven where it is set: nothing behind it is reached.


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("it was parsed")


@pytest.mark.parametrize(
    ("limit", "most", "data", "words"),
    [
        ("source.MAX_BYTES", 250, TABLE, "the limit is"),
        ("source.MAX_BYTES", 250, gzip.compress(TABLE), "the limit is"),
        ("source.MAX_BYTES", 250, zipped({"a.csv": TABLE}), "the limit is"),
        ("source.MAX_ROWS", 39, TABLE, "41 lines, the limit is 39"),
        ("source.MAX_ROWS", 39, TABLE.replace(b"\n", b"\r"), "41 lines, the limit is 39"),
        ("source.MAX_LINE_BYTES", 200, b"a" * 201 + b",b\n" + TABLE[11:], "Line 1 has"),
        ("dialect.MAX_COLUMNS", 1, TABLE, "2 columns, the limit is 1"),
        ("dialect.MAX_CELLS", 79, TABLE, "80 cells in 2 columns, the limit is 79"),
    ],
)
def test_a_limit_comes_before_parsing(
    monkeypatch: pytest.MonkeyPatch, limit: str, most: int, data: bytes, words: str
) -> None:
    assert outcome(data) == "read" or limit.endswith("LINE_BYTES")
    monkeypatch.setattr(f"liquid.series.reading.{limit}", most)
    monkeypatch.setattr("liquid.series.reading.table.parse", refuse)
    assert words in outcome(data)


@pytest.mark.parametrize("how", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, None])
def test_a_bomb_stays_in_its_shell(monkeypatch: pytest.MonkeyPatch, how: int | None) -> None:
    """64 MB of zeros in a few kilobytes: with a limit of 1 MB, no more than a few MB are ever held."""
    zeros = bytes(64_000_000)
    bomb = gzip.compress(zeros, 6) if how is None else zipped({"a.csv": zeros}, how)
    del zeros
    assert len(bomb) < 100_000
    monkeypatch.setattr(source, "MAX_BYTES", 1_000_000)
    tracemalloc.start()
    try:
        assert "limit is 1 MB" in outcome(bomb) or "not packed by deflate" in outcome(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000
