"""Several series in one table whose times never meet: by units, by turns, or one behind the other in long runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liquid.series.reading.calendar import names
from liquid.series.reading.calendar.words import MONTHS, WEEKDAYS
from liquid.series.reading.cells import is_time
from liquid.series.reading.numbers import is_number
from liquid.series.series import Floats

FEWEST_ROWS = 8  # of a series
MOST_UNITS = 20
TURNS = 0.5  # of the rows are of another station than the row before
MOSTLY = 0.8
MOST_RUNS = 2  # of each label: a state that comes and goes more often is none of a series
NEAR = 0.1  # of a step
PART_NAMES = MONTHS.keys() | WEEKDAYS


@dataclass(frozen=True)
class Apart:
    """The key of such series. `runs_on`: time runs on from one to the next as within each, so they may be one."""

    key: str
    runs_on: bool = False


def find_apart(table: pd.DataFrame, time: Floats, used: tuple[str, ...]) -> Apart | None:
    """The column that may tell series apart where no time repeats; None where none does."""
    columns = [str(name) for name in table.columns if name not in used]
    for name in columns:
        if _tells_units(name, table[name]) or _takes_turns(table[name], time):
            return Apart(name)  # kilograms and grams are no one series
    runs = [found for name in columns if (found := _in_runs(name, table[name], time)) is not None]
    return min(runs, key=lambda found: found.runs_on, default=None)


def _tells_units(name: str, column: pd.Series) -> bool:
    """Whether a column holds the unit of each row's value, and not always the same."""
    if column.dtype.kind in "iufb" or not names.is_unit(name):
        return False
    units = column.dropna().unique()
    return 1 < len(units) <= MOST_UNITS and not any(is_number(str(unit)) for unit in units)


def _takes_turns(column: pd.Series, time: Floats) -> bool:
    """Whether text names stations that report by turns, each at even steps, which all rows together do not have."""
    if column.dtype.kind in "iufb" or len(time) < 2 * FEWEST_ROWS or not np.all(np.isfinite(time)):
        return False
    codes, labels = pd.factorize(column)
    if not 2 <= len(labels) <= len(time) / FEWEST_ROWS or codes.min() < 0 or np.mean(np.diff(codes) != 0) < TURNS:
        return False
    apart = [np.diff(np.sort(time[codes == code])) for code in range(len(labels))]
    together = np.diff(np.sort(time))
    if any(len(steps) < FEWEST_ROWS - 1 or steps.sum() < MOSTLY * together.sum() for steps in apart):
        return False
    return min(map(_evenness, apart)) >= MOSTLY > _evenness(together)


def _evenness(steps: Floats) -> float:
    """The share of the steps that are within a tenth of the usual one."""
    return float(np.mean(np.isclose(steps, np.median(steps), rtol=0.1, atol=0)))


def _in_runs(name: str, column: pd.Series, time: Floats) -> Apart | None:
    """A column whose labels come in long runs: machine A's rows, then machine B's.

    Where time breaks at every change, they are series; where it runs on, they may as well be states of one. Numbers may
    be measured: they are labels where none comes again, and time breaks or they count 1, 2, 3.
    """
    if column.dtype.kind == "b" or names.part_of(name) or names.is_weekday(name) or not np.all(np.isfinite(time)):
        return None
    codes, labels = pd.factorize(column)
    changes = np.flatnonzero(np.diff(codes)) + 1
    runs = len(changes) + 1
    are_long = 2 <= len(labels) <= runs <= min(MOST_RUNS * len(labels), len(time) / FEWEST_ROWS)
    if not are_long or codes.min() < 0 or np.sort(np.bincount(codes))[-2] < FEWEST_ROWS:
        return None
    breaks = _breaks(time, changes)
    if any(is_number(str(label)) for label in labels):
        is_key = runs == len(labels) and column.dtype.kind != "f" and (breaks or _count(labels))
    else:
        is_key = not all(is_time(str(label)) or str(label).lower().rstrip(".") in PART_NAMES for label in labels)
    return Apart(name, runs_on=not breaks) if is_key else None


def _breaks(time: Floats, changes: NDArray[np.int64]) -> bool:
    """Whether each step at a change is shorter or longer than all others."""
    steps = np.diff(time)
    at = np.zeros(len(steps), dtype=bool)
    at[changes - 1] = True
    least, most = steps[~at].min(), steps[~at].max()
    return bool(np.all((steps[at] < least - NEAR * abs(least)) | (steps[at] > most + NEAR * abs(most))))


def _count(labels: Iterable[object]) -> bool:
    texts = [str(label) for label in labels]
    return texts in ([str(i + first) for i in range(len(texts))] for first in (0, 1))
