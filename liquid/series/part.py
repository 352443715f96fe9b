"""The part of a series to use: from one time to another, and stretches to leave out, whose values count as missing."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from liquid.errors import LiquidError
from liquid.series.series import Series
from liquid.series.words import counted, legible, listed
from liquid.series.written import clock, stretch

FEWEST_ROWS = 8
MOST_STRETCHES = 100
_BETWEEN = re.compile(" to |/")


def part_of(series: Series, first: str = "", last: str = "", without: str = "") -> Series:
    """The rows from `first` to `last`, both included; in the stretches `without`, no value is known.

    Each is written as a person writes it: "2024-03-01", "2024-03" (from its first day, to its last), a number for times
    that are numbers; several stretches as "2024-03-01 to 2024-03-14, 2024-08". Rows of a stretch stay, so that what
    lies around it does not become neighbours. Notes say what was taken. LiquidError if it cannot be read, holds no
    row, or leaves fewer than 8.
    """
    if not (first.strip() or last.strip() or without.strip()):
        return series
    now = clock(series, series.time)
    use = np.ones(len(now), dtype=bool)
    if first.strip():
        use &= now >= stretch(series, first).start
    if last.strip():
        use &= now < stretch(series, last).end
    if (rows := int(use.sum())) < FEWEST_ROWS:
        ends = " to ".join(series.stamp_labels(series.time[[0, -1]]))
        raise LiquidError(
            f"{counted(rows, 'row')} would be left of {len(now):,}, a series needs at least {FEWEST_ROWS}: choose a "
            f"longer part of {ends}."
        )
    notes, values = [], series.values.copy()
    if rows < len(now):
        ends = " to ".join(series.stamp_labels(series.time[use][[0, -1]]))
        notes.append(f"Of {len(now):,} rows the {rows:,} from {ends} are used.")
    for text in stretches(without):
        between = _BETWEEN.split(text)
        start, end = stretch(series, between[0]).start, stretch(series, between[-1]).end
        inside = use & (now >= start) & (now < end)
        if len(between) > 2 or not inside.any():
            raise LiquidError(
                f"{legible(text)!r} holds no row that is used: write the stretch to leave out as 2024-03-01 to "
                "2024-03-14."
            )
        values[inside] = np.nan
        notes.append(f"Left out, as you said: {legible(text)}; {counted(int(inside.sum()), 'row')} count as missing.")
    return _cut(series, values[use], use, notes)


def stretches(without: str) -> list[str]:
    """One text for each stretch to leave out. LiquidError for more than 100."""
    found = [" ".join(text.split()) for text in re.split("[,;]", without) if text.strip()]
    if len(found) > MOST_STRETCHES:
        raise LiquidError(f"There are {len(found):,} stretches to leave out: up to {MOST_STRETCHES} are possible.")
    return found


def _cut(series: Series, values: np.ndarray, use: np.ndarray, notes: list[str]) -> Series:
    """As if a file with these rows alone had been read: columns that have no value there are none."""
    known = np.isfinite(values).any(axis=0)
    if not known.any():
        raise LiquidError("Nothing would be left: no column has a value in the part to use. Choose a longer one.")
    if gone := [name for name, has in zip(series.names, known, strict=True) if not has]:
        notes.append(f"{listed(gone)} {'has' if len(gone) == 1 else 'have'} no value there.")
    time = series.time[use]
    season = series.season if series.season is not None and series.season < len(time) else None
    return replace(
        series,
        time=np.arange(len(time), dtype=np.float64) if series.time_kind == "index" else time,
        values=values[:, known],
        names=tuple(np.array(series.names, dtype=object)[known]),
        units=tuple(np.array(series.units, dtype=object)[known]) if series.units else (),
        season=season,
        notes=(*series.notes, *notes),
    )
