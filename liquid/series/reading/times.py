"""Which column of a table is its time, and what the numbers or dates in it mean."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from liquid.errors import LiquidError
from liquid.series.reading import dates
from liquid.series.reading.numbers import as_text, to_numbers
from liquid.series.reading.options import NO_TIME, Guess, ReadOptions
from liquid.series.rhythm import TimeKind
from liquid.series.series import Floats
from liquid.series.words import listed

_STRONG = re.compile(
    r"(?:unix|epoch|date|time|datetime|timestamp|ts|stamp)(?:[_ -]?(?:date|time|stamp|s|sec|ms|utc|gmt|unix))*"
)
_WEAK = re.compile(
    r"t|days?|months?|years?|yr|weeks?|hours?|minutes?|seconds?|sec|s|ms|periods?|index|idx|steps?|samples?|rows?|nr|no"
)
# Ranges in which whole numbers are unix times of 1973 to 2128, and how many of them make a second.
_UNIX = (
    (1e8, 5e9, 1.0, "seconds"),
    (1e11, 5e12, 1e3, "ms"),
    (1e14, 5e15, 1e6, "microseconds"),
    (1e17, 5e18, 1e9, "ns"),
)
_MOST_REPEATS = 0.25  # a numeric column with more repeats than this counts something else than time


@dataclass(frozen=True)
class Time:
    """Time of every row, `[row]`, NaN where it is missing; the columns that it was made from; what was guessed."""

    values: Floats
    kind: TimeKind
    name: str
    columns: tuple[str, ...]
    guesses: tuple[Guess, ...]
    notes: tuple[str, ...] = ()


def find_time(table: pd.DataFrame, decimal: str, options: ReadOptions) -> Time:
    """The time of a table: the column asked for, else dates, else numbers that grow, else the order of the rows."""
    names = [str(name) for name in table.columns]
    choices = ((NO_TIME, "none, the order of the rows"), *((name, name) for name in names))
    if options.time_column is not None:
        time = _given(table, names, decimal, options)
        why = "as you said"
    else:
        found = _guess(table, names, decimal, options)
        time = found or _in_order(table)
        why = "" if found else "since no column holds dates or evenly growing numbers"
    what = f"Time is the column {listed(time.columns)}" if time.columns else "Time is the order of the rows"
    sentence = f"{what}{', ' if why else ''}{why}."
    value = time.columns[0] if time.columns else NO_TIME
    guess = Guess("time_column", value, sentence, choices, given=options.time_column is not None)
    return replace(time, guesses=(guess, *time.guesses))


def _given(table: pd.DataFrame, names: list[str], decimal: str, options: ReadOptions) -> Time:
    wanted = options.time_column
    if wanted == NO_TIME and NO_TIME not in names:
        return _in_order(table)
    if isinstance(wanted, int) and 0 <= wanted < len(names):
        wanted = names[wanted]
    if wanted not in names:
        raise LiquidError(f"No time column {wanted!r}: choose one of {listed(names, 12)}, or '{NO_TIME}'.")
    name = str(wanted)
    time = _dates(table, name, options) or _clock(table, name)
    if time is not None:
        return time
    numbers = to_numbers(table[name], decimal)
    if np.isfinite(numbers.values).sum() < 0.5 * len(table):
        example = next(iter(as_text(table[name]).dropna()), "")
        raise LiquidError(
            f"The time column '{name}' holds neither dates nor numbers (for example '{example[:40]}'): choose another, "
            "or write times as 2024-01-31 13:45."
        )
    return _numeric(numbers.values, name)


def _guess(table: pd.DataFrame, names: list[str], decimal: str, options: ReadOptions) -> Time | None:
    calendar = _split_calendar(table, names)
    if calendar is not None:
        return calendar
    for name in names:
        time = _dates(table, name, options)
        if time is not None:
            return time
    if len(names) < 2:
        return None  # the only column is the value
    for name in names:
        time = _clock(table, name)
        if time is not None:
            return time
        plain = re.sub(r"\s*[\[(].*", "", name).strip().lower()
        if _STRONG.fullmatch(plain) or _WEAK.fullmatch(plain):
            values = to_numbers(table[name], decimal).values
            # A column called "s" or "day" counts as time only where it runs one way; "time" may be unsorted.
            if _is_unique(values) and (_STRONG.fullmatch(plain) or _runs_one_way(values)):
                return _numeric(values, name)
    values = to_numbers(table[names[0]], decimal).values
    return _numeric(values, names[0]) if _grows_evenly(values) else None


def _dates(table: pd.DataFrame, name: str, options: ReadOptions) -> Time | None:
    if table[name].dtype.kind in "iufb":
        return None
    text = as_text(table[name])
    present = text.dropna()
    if not dates.looks_like_dates(present.iloc[:: max(len(present) // 200, 1)].tolist()):
        return None
    found = dates.parse(text, options.day_first)
    seconds, used = found.seconds, [name]
    following = list(table.columns)[list(table.columns).index(name) + 1 :][:1]
    clock = _time_of_day(table, str(following[0])) if following else None
    if clock is not None and not text.str.contains(":").fillna(False).any():
        seconds = seconds + clock
        used.append(str(following[0]))
    if np.isfinite(seconds).sum() < 0.5 * len(present):
        return None
    return Time(seconds, "date", name, tuple(used), (found.order,) if found.order else (), found.notes)


def _time_of_day(table: pd.DataFrame, name: str) -> Floats | None:
    """Seconds after midnight from a clock, or from a column called hour; None for any other column."""
    if table[name].dtype.kind not in "iufb":
        return dates.clock_seconds(as_text(table[name]))
    hours = table[name].to_numpy(dtype=np.float64)
    if name.strip().lower() not in ("hour", "hr", "h") or not np.all((hours >= 0) & (hours <= 24)):
        return None
    return 3600 * hours


def _clock(table: pd.DataFrame, name: str) -> Time | None:
    """Times of day without dates count from midnight, as long as they do not start over."""
    if table[name].dtype.kind in "iufb":
        return None
    seconds = dates.clock_seconds(as_text(table[name]))
    if seconds is None or np.any(np.diff(seconds[np.isfinite(seconds)]) < 0):
        return None
    return Time(seconds, "number", name, (name,), (), (f"'{name}' holds times of day; it was read in seconds.",))


def _split_calendar(table: pd.DataFrame, names: list[str]) -> Time | None:
    """Dates spread over columns called year, month (or quarter), day, hour."""
    parts = {name.lower().strip(): name for name in names if table[name].dtype.kind in "if"}
    year = parts.get("year") or parts.get("yr")
    month, quarter = parts.get("month") or parts.get("mo"), parts.get("quarter") or parts.get("qtr")
    if year is None or (month or quarter) is None:
        return None
    day, hour = parts.get("day") if month else None, parts.get("hour") if month and parts.get("day") else None
    fields = {"year": table[year], "month": table[month] if month else 3 * table[quarter] - 2, "day": 1}
    fields |= {"day": table[day]} if day else {}
    stamps = pd.to_datetime(pd.DataFrame(fields), errors="coerce", utc=True)
    seconds = dates.stamps_to_seconds(stamps)
    if np.isfinite(seconds).sum() < 0.95 * len(table):
        return None
    if hour:
        seconds = seconds + 3600 * table[hour].to_numpy(dtype=np.float64)
    used = [name for name in (year, month or quarter, day, hour) if name]
    return Time(seconds, "date", "date", tuple(used), ())


def _in_order(table: pd.DataFrame) -> Time:
    return Time(np.arange(len(table), dtype=np.float64), "index", "sample", (), ())


def _numeric(values: Floats, name: str) -> Time:
    """What numbers in a time column mean: 20240131, 202401, 2024, unix time, or just numbers."""
    known = values[np.isfinite(values)]
    whole = bool(np.all(known == np.round(known)))
    if whole and known.min() >= 1500_01_01 and known.max() <= 2200_12_31:
        seconds = _compact(values, "%Y%m%d")
        if np.isfinite(seconds).sum() == len(known):
            return Time(seconds, "date", name, (name,), (), (f"'{name}' was read as dates written YYYYMMDD.",))
    months = whole and bool(np.all((known % 100 >= 1) & (known % 100 <= 12)))
    if months and known.min() >= 1500_01 and known.max() <= 2200_12:
        return Time(_compact(values, "%Y%m"), "date", name, (name,), (), (f"'{name}' was read as months, YYYYMM.",))
    if whole and known.min() >= 1500 and known.max() <= 2200:
        seconds = _compact(values, "%Y")
        return Time(seconds, "date", name, (name,), (), (f"'{name}' was read as years.",))
    for low, high, per_second, unit in _UNIX:
        if low <= known.min() and known.max() <= high:
            note = f"'{name}' was read as unix time in {unit}."
            return Time(values / per_second, "date", name, (name,), (), (note,))
    return Time(values, "number", name, (name,), ())


def _compact(values: Floats, format_: str) -> Floats:
    text = pd.Series(values).round().astype("Int64").astype("str")
    return dates.stamps_to_seconds(pd.to_datetime(text, format=format_, errors="coerce", utc=True))


def _is_unique(values: Floats) -> bool:
    known = values[np.isfinite(values)]
    if len(known) < 0.5 * len(values) or len(known) < 2:
        return False
    return len(np.unique(known)) >= (1 - _MOST_REPEATS) * len(known)


def _runs_one_way(values: Floats) -> bool:
    gaps = np.diff(values[np.isfinite(values)])
    return bool(np.all(gaps >= 0) or np.all(gaps <= 0))


def _grows_evenly(values: Floats) -> bool:
    if len(values) < 3 or not np.all(np.isfinite(values)):
        return False
    gaps = np.diff(values)
    unix = any(low <= values.min() and values.max() <= high for low, high, *_ in _UNIX)
    return bool(np.all(gaps > 0) and (unix or np.ptp(gaps) <= 1e-3 * np.median(gaps)))
