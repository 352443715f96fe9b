"""A random series, written in a random dialect, calendar, zone, number format and layout, comes back equal or is asked.

`must_ask` decides, from the cells alone, what cannot be told apart in principle. The usual 300 trips use 75 of the 77
calendars and every layout, delimiter and way to write a number; LIQUID_ROUND_TRIPS=5000 tries more of them, from the
same seeds on (about 30 ms each).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from adapter import answered, others, questions, read, series_called
from calendars import CALENDARS
from dialect_writer import Combination, Values, combination, written

from liquid.errors import LiquidError
from liquid.series.reading import Reading

BLOCK = 100
TRIPS = int(os.environ.get("LIQUID_ROUND_TRIPS", "200"))


@pytest.mark.parametrize("first", range(0, TRIPS, BLOCK))
def test_round_trip(first: int) -> None:
    failures = []
    for seed in range(first, min(first + BLOCK, TRIPS)):
        this = combination(seed)
        source = written(this)
        reason = _failure(this, source)
        if reason:
            start = source.decode(this.encoding).removeprefix("\ufeff")[:160]
            failures.append(f"seed {seed}: {reason}\n  {this}\n  {start!r}")
    assert not failures, f"{len(failures)} of {BLOCK} combinations:\n" + "\n".join(failures[:8])


def test_every_way_to_write_is_tried() -> None:
    tried = [combination(seed) for seed in range(2000)]
    assert {this.calendar.label for this in tried} == {calendar.label for calendar in CALENDARS}
    for name in ("layout", "delimiter", "decimal", "thousands", "unit", "minus", "missing", "title", "encoding"):
        assert len({getattr(this, name) for this in tried}) > 1, name
    for this in tried:
        written(this)
    for question in ("decimal", "day_first", "series", "layout"):
        assert sum(question in must_ask(this)[0] for this in tried) > 5, question


@pytest.mark.parametrize(
    ("cells", "answer"),
    [
        (["1,234", "2,345"], None),
        (["1.234", "12.345"], None),
        (["1,234", "2,345.5"], True),
        (["1,234,567", "2,345"], True),
        (["1,23", "2,345"], True),
        (["0,234", "2,345"], True),
        (["1234,567", "2,345"], True),
        (["1 234,567", "2,345"], True),
        (["950", "1,234"], False),
        (["950", "1234"], True),
    ],
)
def test_what_decides_the_decimal_sign(cells: list[str], answer: bool | None) -> None:
    """True: decided. None: open. False: one answer is likelier, and the other not out of the question."""
    assert decimal_sign_is_sure(cells) is answer


def must_ask(this: Combination) -> tuple[set[str], set[str]]:
    """The questions that a written combination leaves open in principle, and those that its cells decide."""
    opened, decided = set(), set()
    sure = decimal_sign_is_sure(this.cells)
    (opened if sure is None else decided if sure else set()).add("decimal")
    order = day_and_month_are_sure(this.stamps)
    if order or not (this.calendar.swaps or this.calendar.custom):
        decided.add("day_first")
    elif order is None and this.calendar.swaps:
        opened.add("day_first")
    if this.layout == "plain":
        decided |= {"series", "repeated", "layout"}
    else:
        opened.add("series" if this.layout == "panel" else "layout")
    return opened, decided


def decimal_sign_is_sure(cells: list[str]) -> bool | None:
    """Whether a cell shows which sign is decimal; None if none does, False if bare integers make one likelier."""
    signs = [set(cell) & set(".,") for cell in cells]
    if not any(signs):
        return True
    for cell, found in zip(cells, signs, strict=True):
        if not found:
            continue
        parts = re.split(r"[.,]", cell)
        if len(parts) > 2 or not re.fullmatch(r"[1-9]\d{0,2}", parts[0]) or len(parts[1]) != 3:
            return True
    return None if all(signs) else False


def day_and_month_are_sure(stamps: list[datetime]) -> bool | None:
    """Whether day and month cannot change places; None if the changed stamps are as even as the right ones."""
    if any(stamp.day > 12 for stamp in stamps):
        return True
    swapped = [stamp.replace(day=stamp.month, month=stamp.day) for stamp in stamps]
    if swapped == stamps:
        return False
    gaps = {later - earlier for earlier, later in pairwise(swapped)}
    months = {
        (b.year - a.year) * 12 + b.month - a.month if a.day == b.day and a.time() == b.time() else 0
        for a, b in pairwise(swapped)
    }
    even = (len(gaps) == 1 and gaps.pop() > timedelta(0)) or (len(months) == 1 and months.pop() > 0)
    return None if even else False


def _failure(this: Combination, source: bytes) -> str:
    """Why a combination was neither read right nor asked about; "" if it was."""
    try:
        reading = read(source)
    except LiquidError as error:
        return f"refused: {error}"
    opened, decided = must_ask(this)
    silent = sorted(question for question in opened if not questions(reading, question))
    if silent:
        return f"not asked: {', '.join(silent)}"
    needless = sorted(question for question in decided if questions(reading, question))
    if needless:
        return f"asked, and the cells decide it: {', '.join(needless)}"
    reason = _difference(this, source, reading)
    if not reason or any(not _difference(this, source, other) for other in _answers(source, reading)):
        return ""
    return f"wrong, and not among the answers to {[guess.setting for guess in questions(reading)]}: {reason}"


def _answers(source: bytes, reading: Reading, depth: int = 2) -> Iterator[Reading]:
    """The readings that other answers to its questions give, to one question first, then to two."""
    for guess in questions(reading):
        for value in list(others(guess))[:8]:
            try:
                other = answered(source, reading, guess, value)
            except LiquidError:
                continue
            yield other
            if depth > 1:
                yield from _answers(source, other, depth - 1)


def _difference(this: Combination, source: bytes, reading: Reading) -> str:
    """How a reading differs from one of the series that were written; "" if it does not."""
    members = list(this.series)
    member = members[this.seed % len(members)]
    if this.layout == "plain":
        return _unlike(this, reading, member)
    try:
        offered = questions(reading, "series")
        if not offered:
            return "no series are offered"
        guess = offered[0]
        return _unlike(this, answered(source, reading, guess, series_called(guess, {this.key: member})), member)
    except (AssertionError, LiquidError) as error:
        return str(error)


def _unlike(this: Combination, reading: Reading, member: str) -> str:
    if len(reading.series) != len(this.stamps):
        return f"{len(reading.series)} rows for {len(this.stamps)}"
    return _other_times(this, reading) or _other_values(this, reading, this.series[member])


def _other_times(this: Combination, reading: Reading) -> str:
    series = reading.series
    if series.time_kind != "date":
        return f"the time is {series.time_kind}"
    labels = [datetime.fromisoformat(text) for text in series.stamp_labels()]
    zoned = this.stamps[0].tzinfo is not None
    moments = [stamp if zoned else stamp.replace(tzinfo=UTC) for stamp in this.stamps]
    if not np.allclose(series.time, [moment.timestamp() for moment in moments], rtol=0, atol=1e-3):
        return f"times {labels[0]} … {labels[-1]} for {this.stamps[0]} … {this.stamps[-1]}"
    offset, expected = labels[0].utcoffset(), this.stamps[0].utcoffset()
    if offset != expected and not (this.calendar.label.startswith("unix") and not offset):
        return f"the offset is {offset} for {expected}"
    return ""


def _other_values(this: Combination, reading: Reading, values: Values) -> str:
    series = reading.series
    if this.layout != "wide":
        start = len(this.calendar.names) + 1
        names = tuple(values) if this.header else tuple(f"column {start + i}" for i in range(len(values)))
        if series.names != names:
            return f"names {series.names} for {names}"
    expected = np.array([[np.nan if x is None else x for x in column] for column in values.values()]).T
    if series.values.shape != expected.shape:
        return f"{series.values.shape[1]} columns for {expected.shape[1]}"
    same = np.isclose(series.values, expected, rtol=1e-12, atol=0, equal_nan=True).all(axis=1)
    if not same.all():
        row = int(np.flatnonzero(~same)[0])
        return f"values {series.values[row]} for {expected[row]} in row {row}"
    return ""
