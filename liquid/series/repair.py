"""From cells to a series: rows sorted, repeats averaged, gaps filled, each of it counted and said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from liquid.errors import LiquidError
from liquid.series.options import counted, listed
from liquid.series.reading.calendar import Time
from liquid.series.series import Floats, Series

# Numbers that instruments write where they measured nothing; reported, never changed.
SENTINELS = (-99.0, -999.0, -9999.0, -99999.0, 999.0, 9999.0, 99999.0)
MOST_REPEATS = 0.2  # with more rows than this at times seen before, a text column that tells them apart matters


@dataclass(frozen=True)
class Table:
    """Time of every row, its values `[row, column]` with NaN for missing, and the text beside them."""

    time: Time
    values: pd.DataFrame
    texts: pd.DataFrame


def make_series(table: Table, title: str, fewest: int) -> Series:
    """The series of a table, with a note for every repair. LiquidError below `fewest` usable rows."""
    notes: list[str] = []
    time, values = table.time.values, table.values.to_numpy(dtype=np.float64)
    keep = np.isfinite(time)
    if not keep.all():
        gone = int((~keep).sum())
        notes.append(f"Left out {counted(gone, 'row')} without a time.")
        time, values, texts = time[keep], values[keep], table.texts[keep]
    else:
        texts = table.texts
    time, values = _in_order(time, values, texts, notes)
    if len(time) < fewest:
        raise LiquidError(
            f"Only {counted(len(time), 'row')} with different times remain, a series needs at least {fewest}: choose "
            "a longer table, or another time column."
        )
    names = tuple(str(name) for name in table.values.columns)
    notes += _describe_values(values, names)
    values = _fill(time, values, names, notes)
    about: dict[str, Any] = {"time_name": table.time.name, "time_kind": table.time.kind, "zone": table.time.zone}
    series = Series(time, values, names, title, notes=tuple(notes), **about)
    spacing = _describe_spacing(series)
    notes += [spacing] if spacing else []
    return Series(time, values, names, title, notes=tuple(notes), **about)


def _in_order(time: Floats, values: Floats, texts: pd.DataFrame, notes: list[str]) -> tuple[Floats, Floats]:
    gaps = np.diff(time)
    if len(gaps) and np.all(gaps < 0):
        notes.append("The newest row came first; the rows were turned around.")
        return time[::-1], values[::-1]
    if np.any(gaps < 0):
        notes.append(
            f"{counted(int((gaps < 0).sum()), 'row')} came before an earlier one; the rows were sorted by time."
        )
        order = np.argsort(time, kind="stable")
        time, values, texts = time[order], values[order], texts.iloc[order]
    if not np.any(np.diff(time) == 0):
        return time, values
    _check_one_series(time, texts)
    rows, columns = values.shape
    frame = pd.DataFrame(values).groupby(time, sort=True).mean()
    times = frame.index.to_numpy(dtype=np.float64)
    notes.append(f"{counted(rows - len(times), 'row')} repeated a time; rows of one time were averaged.")
    return times, frame.to_numpy(dtype=np.float64).reshape(-1, columns)


# Several series under one another: averaging over them would give a number that none of them has.
def _check_one_series(time: Floats, texts: pd.DataFrame) -> None:
    if len(np.unique(time)) > (1 - MOST_REPEATS) * len(time):
        return
    for name in texts.columns:
        labels = texts[name].astype("str")
        repeats = pd.DataFrame({"time": time, "label": labels.to_numpy()}).duplicated().mean()
        if repeats < 0.01:
            raise LiquidError(
                f"Times repeat, once for each '{name}' ({listed(list(labels.unique()), 3)}): the table holds several "
                "series under one another. Keep the rows of one, or give each a column of its own."
            )


def _describe_values(values: Floats, names: tuple[str, ...]) -> list[str]:
    notes = []
    for name, column in zip(names, values.T, strict=True):
        known = column[np.isfinite(column)]
        if len(known) == 0:
            raise LiquidError(f"'{name}' has no value at any known time: choose another column.")
        if known.min() == known.max():
            notes.append(f"'{name}' is {known[0]:g} throughout; a constant column cannot be a target.")
            continue
        for sentinel in SENTINELS:
            others = known[known != sentinel]
            count = len(known) - len(others)
            if count and len(others) and abs(sentinel) / 3 > np.abs(others).max():
                times = counted(count, "time")
                notes.append(
                    f"'{name}' holds {sentinel:g} {times}, far from the rest; if it means missing, clear these cells."
                )
    return notes


def _fill(time: Floats, values: Floats, names: tuple[str, ...], notes: list[str]) -> Floats:
    """Missing values from a straight line in time between their neighbours; at the ends, the nearest value."""
    filled = values.copy()
    for i, name in enumerate(names):
        gone = ~np.isfinite(values[:, i])
        if not gone.any():
            continue
        filled[gone, i] = np.interp(time[gone], time[~gone], values[~gone, i])
        edges = np.flatnonzero(np.diff(np.concatenate([[0], gone.astype(np.int64), [0]])))
        longest = int((edges[1::2] - edges[::2]).max())
        run = f", up to {longest} in a row" if longest > 1 else ""
        share = f" ({gone.mean():.0%} of all)" if gone.mean() >= 0.05 else ""
        ends = "; the nearest value stands in at the ends" if gone[0] or gone[-1] else ""
        what = counted(int(gone.sum()), "missing value")
        notes.append(f"'{name}': {what}{share}{run}, interpolated in time{ends}.")
    return filled


def _describe_spacing(series: Series) -> str:
    if series.spacing_is_even:
        return ""
    steps = series.timespans()[1:]
    widest = int(steps.argmax())
    after = series.stamp_labels()[widest]
    return (
        f"Sampling is {series.describe_period()}; it was kept. The largest gap is {steps[widest]:.4g} periods, after "
        f"{after}."
    )
