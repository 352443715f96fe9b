"""Which columns of a table are its time, and what stands in them: one model of the calendar for one column or several.

    find_time(table, decimal, options, raw=None) -> Time     the time of every row, with what was guessed
    is_time(cell) -> bool                                    whether one cell of text can be a date or a clock

`table` holds text and numbers as pandas parsed them; `raw` holds the same rows as text, where a caller has them
(numbers lose leading zeros: 0700). Options that overrule a guess: `time_column`, `day_first`, `calendar` (the layout
of a guess, such as "YYYYMM"), `century` (of the first year, 1900, where years have two digits).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from liquid.series.options import Guess, ReadOptions
from liquid.series.rhythm import TimeKind
from liquid.series.series import Floats


@dataclass(frozen=True)
class Time:
    """Time of every row, `[row]` in the order of the file, NaN where it is missing, and how it was made.

    `values` are seconds since 1970 for dates: in UTC where the file says a zone or an offset, else of the local clock.
    `zone` is "" for such naive times, "UTC", an offset ("+05:30"), or a zone of the tz database ("Europe/Berlin") where
    offsets change as its clocks do. `columns` are those that the time was made from. `repeats` counts the rows whose
    time stands in an earlier row; `in_autumn` those of them that may be the hour that comes twice when clocks go back:
    nothing was done about either, a reader asks.
    """

    values: Floats
    kind: TimeKind
    name: str
    columns: tuple[str, ...]
    guesses: tuple[Guess, ...]
    notes: tuple[str, ...] = ()
    zone: str = ""
    repeats: int = 0
    in_autumn: int = 0


def find_time(table: pd.DataFrame, decimal: str, options: ReadOptions, raw: pd.DataFrame | None = None) -> Time:
    """The time of a table: the column asked for, else dates, else numbers that grow, else the order of the rows."""
    from liquid.series import times

    old = times.find_time(table, decimal, options)
    return Time(old.values, old.kind, old.name, old.columns, old.guesses, old.notes)


def is_time(cell: str) -> bool:
    """Whether a cell of text is a date, a clock or both, by itself; a plain number is none."""
    raise NotImplementedError
