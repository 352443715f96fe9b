"""Tables that are wider than long: times in the row of names, or a year in each row and a month in each column."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from liquid.errors import LiquidError
from liquid.series.reading.calendar import names as calendar_names
from liquid.series.reading.calendar.words import MONTHS
from liquid.series.reading.cells import is_time, time_in_name
from liquid.series.reading.numbers import as_text, is_number
from liquid.series.reading.options import LAYOUTS, Guess, ReadOptions
from liquid.series.words import counted, listed

FEWEST = 3  # columns named by times
MOST_TURNED = 2_000_000  # rows of the turned table
KEY, TIME, VALUE = "series", "time", "value"
_HOUR = re.compile(r"(?:h|hour|hr|he)?[ _]?(\d{1,2})(?::00)?", re.IGNORECASE)


def turn_wide(
    table: pd.DataFrame, options: ReadOptions, as_written: Callable[[], pd.DataFrame]
) -> tuple[pd.DataFrame, Guess | None]:
    """A table whose names are times, turned into one row for each time; and the guess that it is one.

    A row is a series ("Chile, 2015, 2016, …"), or the rest of the time stands in it (a year, and months as names).
    `as_written` gives the same table as text: the columns to become one may have been parsed in different ways.
    """
    names = [str(name) for name in table.columns]
    found = _months_across(table, names) or _hours_across(table, names) or _years_across(table, names)
    found = found or _times_across(table, names)
    if found is None:
        return table, None
    across, down, join, what = found
    given = options.layout is not None
    alternatives = tuple(LAYOUTS.items())
    if options.layout == "long":
        sentence = f"{what}; each row was read as a time, as you said."
        return table, Guess("layout", "long", sentence, alternatives, given=True)
    if len(table) * len(across) > MOST_TURNED:
        raise LiquidError(f"{what}; turned, the table has more than {MOST_TURNED:,} rows: keep fewer series.")
    rest = [name for name in names if name not in across and (down is None or name != down)]
    table = as_written()
    keys = [name for name in rest if down is None or not _is_measured(table[name])]
    if len(keys) < len(rest):
        what = f"{what} (sums and means of a row, left out: {listed([name for name in rest if name not in keys])})"
    if down is not None:
        labels = join(as_text(table[down]))
    elif not keys:
        table, keys = table.assign(**{KEY: np.arange(1, len(table) + 1).astype("str")}), [KEY]
    frame = table if down is None else table.assign(**{TIME: labels})
    parts = "part" if down is not None else TIME
    turned = frame.melt(
        id_vars=[*keys, TIME] if down is not None else keys, value_vars=list(across), var_name=parts, value_name=VALUE
    )
    part = turned[parts].map(across).astype("str")
    if down is not None:
        first, last = (part, turned[TIME]) if what.startswith("Each row is a month") else (turned[TIME], part)
        between = " " if ":" in str(part.iloc[0]) else "-"
        turned[TIME] = first.str.cat(last, sep=between)
        turned = turned.drop(columns=parts).sort_values(TIME, kind="stable", ignore_index=True)
    else:
        turned[TIME] = part.astype("int64") if part.str.isdecimal().all() else part
    outcomes = (
        f"{counted(len(table), 'row')}, {counted(len(names), 'column')}",
        f"{counted(len(turned), 'row')}, {counted(len(table), 'series', 'series') if down is None else 'one series'}",
    )
    sentence = f"{what}: read so{', as you said' if given else ''}."
    return turned, Guess("layout", "wide", sentence, alternatives, given, doubtful=not given, outcomes=outcomes)


Found = tuple[dict[str, str], str | None, Callable[[pd.Series], pd.Series], str]


def _times_across(table: pd.DataFrame, names: list[str]) -> Found | None:
    across = {name: time for name in names if (time := time_in_name(name)) is not None}
    if len(across) < max(FEWEST, 0.5 * len(names)):
        return None
    if any(_holds_times(table[name]) for name in names if name not in across):
        return None
    first, *_, last = across
    what = f"{len(across)} columns are named by times, {first} to {last}, and each row seems to be a series"
    return across, None, _as_it_is, what


def _months_across(table: pd.DataFrame, names: list[str]) -> Found | None:
    months = {name: month for name in names if (month := _month(name))}
    if sorted(months.values()) != list(range(1, 13)):
        return None
    years = [name for name in names if name not in months and _holds_years(table[name])]
    if not years:
        return None
    across = {name: f"{month:02d}" for name, month in months.items()}
    return across, years[0], _as_it_is, f"Each row is a year ('{years[0]}') and each column a month"


def _hours_across(table: pd.DataFrame, names: list[str]) -> Found | None:
    hours = {name: int(match[1]) for name in names if (match := _HOUR.fullmatch(name.strip()))}
    start = min(hours.values(), default=0)
    if sorted(hours.values()) != list(range(start, start + 24)) or start > 1:
        return None
    days = [name for name in names if name not in hours and _holds_times(table[name])]
    if not days:
        return None
    across = {name: f"{hour - start:02d}:00" for name, hour in hours.items()}  # hour 1 of 24 begins at midnight
    return across, days[0], _as_it_is, f"Each row is a day ('{days[0]}') and each column an hour"


def _years_across(table: pd.DataFrame, names: list[str]) -> Found | None:
    across = {name: time for name in names if len(time := time_in_name(name) or "") == 4}
    if len(across) < 2 or len(across) + 1 < len(names):
        return None
    months = [name for name in names if name not in across and _holds_months(table[name], name)]
    if not months:
        return None
    return across, months[0], _month_numbers, f"Each row is a month ('{months[0]}') and each column a year"


def _as_it_is(cells: pd.Series) -> pd.Series:
    return cells.str.removesuffix(".0")


def _month_numbers(cells: pd.Series) -> pd.Series:
    return cells.map(lambda cell: f"{_month(str(cell)):02d}").astype("str")


def _month(name: str) -> int:
    """1 for January, Jan. or 1; 0 for what is no month."""
    text = name.strip().lower().rstrip(".")
    if re.fullmatch(r"0?[1-9]|1[0-2]", text.removesuffix(".0")):
        return int(text.removesuffix(".0"))
    return MONTHS.get(text, 0)


def _is_measured(cells: pd.Series) -> bool:
    """Whether a column beside the months of a year holds numbers of its own, such as their mean, and no key."""
    present = as_text(cells).dropna()
    if not all(map(is_number, present)):
        return False
    return present.is_unique or not present.str.isdecimal().all()


def _holds_months(column: pd.Series, name: str) -> bool:
    """Whether every cell is another month; 1 and 2 are, where the name says so, and 1 to 12 where there is none."""
    if len(column) > 12:
        return False
    cells = as_text(column).dropna()
    unnamed = re.fullmatch(r"column \d+", name) is not None and len(cells) == 12
    if column.dtype.kind in "if" and calendar_names.part_of(name) != "month" and not unnamed:
        return False
    return 2 <= len(cells) <= 12 and cells.is_unique and all(_month(str(cell)) for cell in cells)


def _holds_years(column: pd.Series) -> bool:
    if column.dtype.kind not in "if":
        return False
    values = column.dropna()
    return len(values) > 1 and bool(((values % 1 == 0) & (values >= 1500) & (values <= 2200)).all())


def _holds_times(column: pd.Series) -> bool:
    if column.dtype.kind in "iufb":
        return False
    cells = as_text(column.iloc[:200]).dropna().iloc[:50]
    return len(cells) > 1 and sum(map(is_time, cells)) > 0.8 * len(cells)
