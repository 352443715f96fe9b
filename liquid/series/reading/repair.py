"""From cells to a series: rows sorted, repeated times answered for, missing values left missing, all of it said."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from liquid.errors import LiquidError
from liquid.series.frequency import DAY
from liquid.series.reading.calendar import Time
from liquid.series.reading.numbers import MOST_UNREAD, describe_forms
from liquid.series.reading.options import COMBINATIONS, ONE, SENTINELS, Guess, Question, ReadOptions
from liquid.series.series import Floats, Series
from liquid.series.words import counted, legible

FEWEST_ROWS = 8
AGGREGATES: dict[str, Any] = {
    "first": "first",
    "last": "last",
    "mean": "mean",
    "sum": lambda rows: rows.sum(min_count=1),
}
SINGLE: dict[str, Any] = {
    "first": lambda cells: cells.iloc[0] if len(cells) else np.nan,
    "last": lambda cells: cells.iloc[-1] if len(cells) else np.nan,
    "mean": "mean",
    "sum": "sum",
}
FAR = 3.0  # times the largest other value: a number of nines beyond it stands for a missing value
FAR_REPEATED = 100.0  # times, for any number that comes several times
FEWEST_REPEATED = 3
_NINES = re.compile(r"-?99+(?:\.9+|\.0)?")


@dataclass(frozen=True)
class Table:
    """Time of every row, its values `[row, column]` with NaN for missing, and the cells that the time was made from."""

    time: Time
    values: pd.DataFrame
    stamps: pd.DataFrame
    line_of: Callable[[int], int]  # the line of the file in which a row stands


def make_series(table: Table, title: str, options: ReadOptions) -> tuple[Series, tuple[Guess, ...]]:
    """The series of a table, with a note for every repair, and what the file left open. LiquidError below 8 rows."""
    notes: list[str] = []
    guesses: list[Guess] = []
    time, values = _with_time(table, options, notes, guesses)
    names = tuple(str(name) for name in table.values.columns)
    time, values = _in_order(time, values, notes)
    values = _without_sentinels(values, names, options, guesses, notes)
    if np.any(np.diff(time) == 0):
        time, values = _one_row_each(table.time, time, values, options, guesses, notes)
    if len(time) < FEWEST_ROWS and guesses and guesses[-1].setting == "combine" and options.combine is None:
        few = f"{guesses[-1].sentence} Only {counted(len(time), 'row')} with different times would remain."
        raise Question(replace(guesses[-1], sentence=few))
    if len(time) < FEWEST_ROWS:
        raise LiquidError(
            f"Only {counted(len(time), 'row')} with different times remain, a series needs at least {FEWEST_ROWS}: "
            "choose a longer table, or another time column."
        )
    notes += _describe_values(values, names)
    about = table.time
    series = Series(time, values, names, title, time_name=about.name, time_kind=about.kind, zone=about.zone)
    spacing = _describe_spacing(series)
    notes += [spacing] if spacing else []
    return replace(series, notes=tuple(notes)), tuple(guesses)


def _with_time(table: Table, options: ReadOptions, notes: list[str], guesses: list[Guess]) -> tuple[Floats, Floats]:
    """The rows that have a time. More than 1 % of them with a value and without a time are a question."""
    time, values = table.time.values, table.values.to_numpy(dtype=np.float64)
    keep = np.isfinite(time)
    if keep.all():
        return time, values
    lost = ~keep & np.isfinite(values).any(axis=1)
    cells = table.stamps[lost].astype("str").where(table.stamps[lost].notna(), "").agg(" ".join, axis=1)
    gone, rows = int(lost.sum()), int((keep | lost).sum())
    if gone > max(MOST_UNREAD * rows, 1) and options.unread != "missing":
        share = f"{gone / max(rows, 1):.0%}"
        sentence = (
            f"{counted(gone, 'row')} ({share}) with values have a time that cannot be read in '{table.time.name}', "
            f"{describe_forms(cells)}. Correct them, choose another time column, or leave these rows out "
            "(unread 'missing')."
        )
        left = f"{rows - gone:,} of {rows:,} rows remain"
        choices = (("missing", "leave these rows out"),)
        raise Question(Guess("unread", "refuse", sentence, choices, doubtful=True, outcomes=(left,)))
    count = int((~keep).sum())
    example = ""
    if gone:
        line = table.line_of(int(np.flatnonzero(lost)[0]))
        example = f", such as line {line} ('{legible(cells.iloc[0], 40)}')"
    notes.append(f"Left out {counted(count, 'row')} without a time{example}.")
    return time[keep], values[keep]


def _in_order(time: Floats, values: Floats, notes: list[str]) -> tuple[Floats, Floats]:
    gaps = np.diff(time)
    if len(gaps) and np.all(gaps <= 0) and np.any(gaps < 0):
        notes.append("The newest row came first; the rows were turned around.")
        return time[::-1], values[::-1]
    if np.any(gaps < 0):
        notes.append(
            f"{counted(int((gaps < 0).sum()), 'row')} came before an earlier one; the rows were sorted by time."
        )
        order = np.argsort(time, kind="stable")
        return time[order], values[order]
    return time, values


def _one_row_each(
    about: Time, time: Floats, values: Floats, options: ReadOptions, guesses: list[Guess], notes: list[str]
) -> tuple[Floats, Floats]:
    """One row for each time: the first, unless something else is asked for."""
    columns = values.shape[1]
    frame = pd.DataFrame(values).assign(time=time)
    repeats = len(frame) - frame["time"].nunique()
    copies = int(frame.duplicated().sum())
    groups = frame.groupby("time", sort=True)[list(range(columns))]
    way = options.combine if options.combine not in (None, ONE) else "first"
    combined = groups.agg(AGGREGATES[str(way)])
    where = float(frame["time"][frame["time"].duplicated()].iloc[0])
    shown = Series(
        np.array([where, where + DAY]), np.zeros((2, 1)), ("a",), "t", time_kind=about.kind, zone=about.zone
    ).stamp_labels()[0]
    there = frame.loc[frame["time"] == where, list(range(columns))]
    column = next((i for i in range(columns) if there[i].notna().sum() > 1), 0)
    outcomes = tuple(f"{float(there[column].dropna().agg(how)):.6g} at {shown}" for how in SINGLE.values())
    sizes = groups.size()
    usual = int(sizes.median())
    finer = f" Each time stands {usual} times: perhaps its hour or minute is missing." if usual > 1 else ""
    given = options.combine is not None
    other = "word for word" if copies == repeats else "with other values"
    sentence = (
        f"{counted(repeats, 'row')} repeated a time {other}, such as {shown}; {COMBINATIONS[str(way)]} was "
        f"taken{', as you said' if given else ''}.{finer}"
    )
    choices = tuple((way, words) for way, words in COMBINATIONS.items() if way != ONE)
    guesses.append(Guess("combine", way, sentence, choices, given=given, doubtful=not given, outcomes=outcomes))
    return combined.index.to_numpy(dtype=np.float64), combined.to_numpy(dtype=np.float64).reshape(-1, columns)


def _without_sentinels(
    values: Floats, names: tuple[str, ...], options: ReadOptions, guesses: list[Guess], notes: list[str]
) -> Floats:
    """Numbers far from the rest that instruments write for a missing value are a question."""
    found: list[tuple[int, float, int, float]] = []
    for number, column in enumerate(values.T):
        known = column[np.isfinite(column)]
        for sentinel in {float(known.min()), float(known.max())} if len(known) else ():
            others = known[known != sentinel]
            count = len(known) - len(others)
            most = np.abs(others).max() if len(others) else np.inf
            nines = _NINES.fullmatch(repr(sentinel)) is not None and abs(sentinel) / FAR > most
            if nines or (count >= FEWEST_REPEATED and abs(sentinel) / FAR_REPEATED > most > 0):
                found.append((number, sentinel, count, float(others.min() if sentinel < 0 else others.max())))
    if not found:
        return values
    number, sentinel, count, next_one = found[0]
    given = options.sentinels is not None
    way = options.sentinels or "keep"
    holds = f"'{names[number]}' holds {sentinel:g} {counted(count, 'time')}, far from the rest"
    more = f" (and {len(found) - 1} more like it)" if len(found) > 1 else ""
    done = "counted as missing, as you said" if way == "missing" else "if it means missing, clear these cells or say so"
    done = "kept, as you said" if given and way == "keep" else done
    side = "lowest" if sentinel < 0 else "highest"
    outcomes = (f"{side} value {sentinel:g}", f"{side} value {next_one:g}")
    sentence = f"{holds}{more}; {done}."
    choices = tuple(SENTINELS.items())
    guesses.append(Guess("sentinels", way, sentence, choices, given=given, doubtful=not given, outcomes=outcomes))
    if way == "keep":
        return values
    cleared = values.copy()
    for number, sentinel, _, _ in found:
        cleared[cleared[:, number] == sentinel, number] = np.nan
    return cleared


def _describe_values(values: Floats, names: tuple[str, ...]) -> list[str]:
    """What is worth knowing of each column: constant, missing values, an open end."""
    notes = []
    for name, column in zip(names, values.T, strict=True):
        known = np.isfinite(column)
        if not known.any():
            raise LiquidError(f"'{name}' has no value at any known time: choose another column.")
        if column[known].min() == column[known].max():
            notes.append(f"'{name}' is {column[known][0]:g} throughout; a constant column cannot be a target.")
        if known.all():
            continue
        end = int(np.flatnonzero(known)[-1]) + 1
        gone = ~known[:end]
        edges = np.flatnonzero(np.diff(np.concatenate([[0], gone.astype(np.int64), [0]])))
        longest = int((edges[1::2] - edges[::2]).max()) if gone.any() else 0
        run = f", up to {longest} in a row" if longest > 1 else ""
        share = f" ({gone.mean():.0%} of all)" if gone.mean() >= 0.05 else ""
        if gone.any():
            notes.append(f"'{name}': {counted(int(gone.sum()), 'missing value')}{share}{run}, left missing.")
        if end < len(column):
            last = len(column) - end
            rows = "the last row has" if last == 1 else f"the last {last:,} rows have"
            notes.append(f"'{name}': {rows} no value; a forecast begins there.")
    return notes


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
