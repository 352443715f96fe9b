"""Columns from a second file at the times of the first, and its later rows after it: values that are planned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from liquid.errors import LiquidError
from liquid.series.series import Floats, Series

NEAR = 1e-3  # periods: times that are nearer are the same


def joined(series: Series, other: Series) -> Series:
    """`series` with what `other` knows at its times, and with the later rows of `other`, where its own columns are
    missing. A column that both have keeps the values of `series`.

    LiquidError if the times are of another kind, or nothing of `other` fits.
    """
    if series.time_kind != other.time_kind or bool(series.zone) != bool(other.zone) or series.time_kind == "index":
        raise LiquidError(
            f"{other.title!r} has {_times(other)}, {series.title!r} has {_times(series)}: two files are put together "
            "by their times, so both need a time column of the same kind."
        )
    near = NEAR * series.period
    later = other.time[other.time > series.time[-1] + near]
    time = np.concatenate([series.time, later])
    rows, theirs = _same(time, other.time, near)
    values = np.full((len(time), len(series.names)), np.nan)
    values[: len(series)] = series.values
    columns = dict(zip(series.names, values.T, strict=True))
    for name in other.names:
        column = columns.setdefault(name, np.full(len(time), np.nan))
        missing = ~np.isfinite(column[rows])
        column[rows[missing]] = other.column(name)[theirs[missing]]
    known = sum(int(np.isfinite(column).sum()) for column in columns.values())
    if known == int(np.isfinite(series.values).sum()):
        raise LiquidError(
            f"No time of {other.title!r} is one of {series.title!r}, or later, with a value that is not there yet: "
            "choose a file that goes on where the series ends."
        )
    kept = {name: column for name, column in columns.items() if np.isfinite(column).any()}
    units = tuple((series if name in series.names else other).unit_of(name) for name in kept)
    return replace(
        series,
        time=time,
        values=np.column_stack(list(kept.values())),
        names=tuple(kept),
        units=units if any(units) and (series.units or other.units) else (),
        notes=(*series.notes, f"{len(rows):,} rows of {other.title!r} were added by their times."),
    )


def _same(time: Floats, other: Floats, near: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of `time` and of `other` that are of the same time."""
    place = np.searchsorted(time, other - near)
    found = (place < len(time)) & (np.abs(time[np.minimum(place, len(time) - 1)] - other) <= near)
    return place[found], np.flatnonzero(found)


def _times(series: Series) -> str:
    if series.time_kind == "index":
        return "no times"
    if series.time_kind == "number":
        return "numbers as times"
    return "dates with a zone" if series.zone else "dates without a zone"
