"""Tables that are wider than long: times in the row of names, or a year in each row and a month in each column."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from liquid.errors import LiquidError
from liquid.series.reading.calendar import names as calendar_names
from liquid.series.reading.calendar.words import MONTHS
from liquid.series.reading.cells import STEPS, counting_names, is_time, time_in_name
from liquid.series.reading.numbers import as_text, is_number
from liquid.series.reading.options import LAYOUTS, Guess, ReadOptions
from liquid.series.words import counted, listed

FEWEST = 3  # columns named by times
MOST_TURNED = 2_000_000  # rows of the turned table
KEY, TIME, VALUE = "series", "time", "value"
FEWEST_STEPS = 12  # columns that count, from which they may be times
PERIODS = (24, 48, 96)  # of a day
_DAYS = frozenset(("", "d", "day", "tag", "jour"))
_PERIOD = frozenset(",h,hh,hour,hr,he,sp,p,pe,period,interval,int,t,q,qh".split(","))  # noqa: SIM905


def turn_wide(
    table: pd.DataFrame, options: ReadOptions, as_written: Callable[[], pd.DataFrame]
) -> tuple[pd.DataFrame, Guess | None]:
    """A table whose names are times, turned into one row for each time; and the guess that it is one.

    A row is a series ("Chile, 2015, 2016, …"), or the rest of the time stands in it (a year, and months as names).
    `as_written` gives the same table as text: the columns to become one may have been parsed in different ways.
    """
    names = [str(name) for name in table.columns]
    ways = (_days_across, _months_across, _hours_across, _years_across, _times_across, _steps_across)
    found = next((found for way in ways if (found := way(table, names)) is not None), None)
    if found is None:
        return table, None
    across, down, labels_of, what = found
    given = options.layout is not None
    alternatives = tuple(LAYOUTS.items())
    if options.layout == "long":
        sentence = f"{what}; each row was read as a time, as you said."
        return table, Guess("layout", "long", sentence, alternatives, given=True)
    if len(table) * len(across) > MOST_TURNED:
        raise LiquidError(f"{what}; turned, the table has more than {MOST_TURNED:,} rows: keep fewer series.")
    rest = [name for name in names if name not in across and name not in down]
    table = as_written()
    keys = [name for name in rest if not down or not _is_measured(table[name])]
    if len(keys) < len(rest):
        what = f"{what} (sums and means of a row, left out: {listed([name for name in rest if name not in keys])})"
    if not down:
        keys = [name for name in keys if not _is_one_number(table[name])]
    if not down and not keys:
        table, keys = table.assign(**{KEY: np.arange(1, len(table) + 1).astype("str")}), [KEY]
    frame = table.assign(**{TIME: labels_of(table[list(down)])}) if down else table
    parts = "part" if down else TIME
    turned = frame.melt(
        id_vars=[*keys, TIME] if down else keys, value_vars=list(across), var_name=parts, value_name=VALUE
    )
    part = turned[parts].map(across).astype("str")
    if down:
        first, last = (part, turned[TIME]) if labels_of is _month_numbers else (turned[TIME], part)
        between = " " if ":" in str(part.iloc[0]) else "-"
        turned[TIME] = first.str.cat(last, sep=between)
        turned = turned.drop(columns=parts).sort_values(TIME, kind="stable", ignore_index=True)
    else:
        series = np.argsort(np.tile(np.arange(len(table)), len(across)), kind="stable")  # one under another
        turned, part = turned.iloc[series].reset_index(drop=True), part.iloc[series].reset_index(drop=True)
        turned[TIME] = part.astype("int64") if part.str.isdecimal().all() else part
    outcomes = (
        f"{counted(len(table), 'row')}, {counted(len(names), 'column')}",
        f"{counted(len(turned), 'row')}, {counted(len(table), 'series', 'series') if not down else 'one series'}",
    )
    sentence = f"{what}: read so{', as you said' if given else ''}."
    return turned, Guess("layout", "wide", sentence, alternatives, given, doubtful=not given, outcomes=outcomes)


# The part of the time that each of these columns stands for, the columns with the rest of it, how they are joined to
# text, and what was seen
Found = tuple[dict[str, str], tuple[str, ...], Callable[[pd.DataFrame], pd.Series], str]


def _times_across(table: pd.DataFrame, names: list[str]) -> Found | None:
    across = {name: time for name in names if (time := time_in_name(name)) is not None}
    if len(across) < max(FEWEST, 0.5 * len(names)):
        return None
    if any(_holds_times(table[name]) for name in names if name not in across):
        return None
    first, *_, last = across
    what = f"{len(across)} columns are named by times, {first} to {last}, and each row seems to be a series"
    return across, (), _as_it_is, what


def _days_across(table: pd.DataFrame, names: list[str]) -> Found | None:
    days = counting_names(names, _DAYS)
    if not 28 <= len(days) <= 31 or min(days.values()) != 1:
        return None
    years = [name for name in names if name not in days and _holds_years(table[name])]
    months = [name for name in names if calendar_names.part_of(name) == "month" and name not in days]
    if not years or not months:
        return None
    across = {name: f"{day:02d}" for name, day in days.items()}
    return across, (years[0], months[0]), _years_and_months, f"Each row is a month ('{months[0]}'), each column a day"


def _months_across(table: pd.DataFrame, names: list[str]) -> Found | None:
    months = {name: month for name in names if (month := _month(name))}
    if sorted(months.values()) != list(range(1, 13)):
        return None
    years = [name for name in names if name not in months and _holds_years(table[name])]
    if not years:
        return None
    across = {name: f"{month:02d}" for name, month in months.items()}
    return across, (years[0],), _as_it_is, f"Each row is a year ('{years[0]}') and each column a month"


def _hours_across(table: pd.DataFrame, names: list[str]) -> Found | None:
    periods = counting_names(names, _PERIOD)
    start = min(periods.values(), default=0)
    if len(periods) not in PERIODS or start > 1:
        return None
    days = [name for name in names if name not in periods and _holds_times(table[name])]
    if not days:
        return None
    length = 24 * 60 // len(periods)  # period 1 begins at midnight
    minutes = {name: (period - start) * length for name, period in periods.items()}
    across = {name: f"{minute // 60:02d}:{minute % 60:02d}" for name, minute in minutes.items()}
    what = {60: "an hour", 30: "half an hour", 15: "a quarter of an hour"}[length]
    return across, (days[0],), _as_it_is, f"Each row is a day ('{days[0]}') and each column {what}"


def _steps_across(table: pd.DataFrame, names: list[str]) -> Found | None:
    """Times that only count, d_1, d_2, …, beside the name of each row."""
    steps = counting_names(names, STEPS)
    rest = [name for name in names if name not in steps]
    if len(steps) < FEWEST_STEPS or any(_holds_times(table[name]) for name in rest):
        return None
    if not any(table[name].dtype.kind not in "iufb" and table[name].is_unique for name in rest):
        return None
    first, *_, last = steps
    what = f"{len(steps)} columns count, {first} to {last}, and each row seems to be a series"
    return {name: str(step) for name, step in steps.items()}, (), _as_it_is, what


def _years_across(table: pd.DataFrame, names: list[str]) -> Found | None:
    across = {name: time for name in names if len(time := time_in_name(name) or "") == 4}
    if len(across) < 2 or len(across) + 1 < len(names):
        return None
    months = [name for name in names if name not in across and _holds_months(table[name], name)]
    if not months:
        return None
    return across, (months[0],), _month_numbers, f"Each row is a month ('{months[0]}') and each column a year"


def _as_it_is(cells: pd.DataFrame) -> pd.Series:
    return as_text(cells.iloc[:, 0]).str.removesuffix(".0")


def _month_numbers(cells: pd.DataFrame) -> pd.Series:
    return as_text(cells.iloc[:, 0]).map(lambda cell: f"{_month(str(cell)):02d}").astype("str")


def _years_and_months(cells: pd.DataFrame) -> pd.Series:
    return _as_it_is(cells).str.cat(_month_numbers(cells.iloc[:, 1:]), sep="-")


def _month(name: str) -> int:
    """1 for January, Jan. or 1; 0 for what is no month."""
    text = name.strip().lower().rstrip(".")
    if re.fullmatch(r"0?[1-9]|1[0-2]", text.removesuffix(".0")):
        return int(text.removesuffix(".0"))
    return MONTHS.get(text, 0)


def _is_one_number(cells: pd.Series) -> bool:
    """Whether the same number stands in all rows: it tells no series from another."""
    return cells.nunique() <= 1 and all(map(is_number, as_text(cells).dropna().unique()))


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
