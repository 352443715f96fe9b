"""From fields of a calendar, year to fraction of a second, to seconds since 1970, a whole column at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liquid.series.frequency import DAY

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Fields = dict[str, Ints]  # by name, [row]; ABSENT where a cell lacks the field

ABSENT = -(10**6)
YEARS = (1000, 2999)
LAST_YEAR = 2039  # two digits mean the last century in which no year is later
FULL_YEARS = 100

# The widest value of each field; what lies outside makes no date.
RANGES = {
    "month": (1, 12),
    "day": (1, 31),
    "doy": (1, 366),
    "quarter": (1, 4),
    "week": (1, 53),
    "weekday": (1, 7),
    "hour": (0, 24),
    "minute": (0, 59),
    "second": (0, 60),
}


@dataclass(frozen=True)
class Stamps:
    """`seconds[row]` since 1970 by the clock that wrote them, NaN for no date; `offset[row]` east of UTC, or NaN."""

    seconds: Floats
    offset: Floats
    century: int | None = None  # of the first year, where years had two digits


def compose(fields: Fields, century: int | None = None) -> Stamps:
    """The stamps of rows with these fields. A row without a year or with a field out of its range is no date."""
    rows = len(next(iter(fields.values())))
    valid = np.ones(rows, dtype=bool)
    for name, (low, high) in RANGES.items():
        if name in fields:
            values = fields[name]
            valid &= (values == ABSENT) | ((values >= low) & (values <= high))
    seconds = np.zeros(rows, dtype=np.float64)
    if "year" in fields or "short" in fields:
        year = fields.get("year", np.full(rows, ABSENT))
        if "short" in fields:
            full, century = full_years(fields["short"], century)
            year = np.where(year == ABSENT, full, year)
        valid &= (year >= YEARS[0]) & (year <= YEARS[1])
        days, exists = _days(np.where(valid, year, 2000), fields)
        valid &= exists
        seconds += days * DAY
    seconds += _clock(fields, valid)
    offset = fields.get("offset")
    east = np.full(rows, np.nan) if offset is None else np.where(offset == ABSENT, np.nan, offset)
    return Stamps(np.where(valid, seconds, np.nan), east, century)


# A second is 1.2e-5 of a day: 45000.04167 is one o'clock.
def seconds_of(days: Floats) -> Floats:
    """Days with a fraction in seconds, whole minutes or seconds where all are as near to them as five digits tell."""
    seconds = days * DAY
    for unit, near in ((60.0, 0.5), (1.0, 0.05)):
        whole = np.round(seconds / unit) * unit
        if np.all(np.abs(seconds - whole)[np.isfinite(seconds)] <= near):
            return whole
    return np.round(seconds, 3)


# A fall by more than half a century from one row to the next begins a new one: 98, 99, 00, 01.
def full_years(short: Ints, century: int | None = None) -> tuple[Ints, int]:
    """Years of two digits in full, by the order of the file; and the century of the first."""
    known = short[(short >= 0) & (short < FULL_YEARS)]
    if not len(known):
        return np.full(len(short), ABSENT), 2000
    jumps = np.diff(known)
    turns = np.concatenate([[0], np.cumsum((jumps < -50).astype(np.int64) - (jumps > 50))])
    if np.ptp(turns) > 2:  # no order to be seen: 1969 to 2068
        full = known + np.where(known >= 69, 1900, 2000)
    else:
        counted = known + FULL_YEARS * turns
        last = (LAST_YEAR - int(counted.max())) // FULL_YEARS * FULL_YEARS
        full = counted + (last if century is None else century)
    years = np.full(len(short), ABSENT)
    years[(short >= 0) & (short < FULL_YEARS)] = full
    return years, int(full[0]) // FULL_YEARS * FULL_YEARS


def _days(year: Ints, fields: Fields) -> tuple[Floats, Flags]:
    """Days since 1970 and whether there is such a day."""
    january = ((year - 1970).astype("datetime64[Y]")).astype("datetime64[D]").astype(np.int64)
    exists = np.ones(len(year), dtype=bool)
    if "week" in fields:
        return _week_days(january, fields)
    if "doy" in fields:
        days = january + fields["doy"] - 1
        same_year = days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) == year - 1970
        exists &= (fields["doy"] != ABSENT) & same_year
        return days.astype(np.float64), exists
    if "quarter" in fields:
        month = 3 * fields["quarter"] - 2
        exists &= fields["quarter"] != ABSENT
    else:
        month = fields.get("month", np.ones(len(year), dtype=np.int64))
        exists &= month != ABSENT
    months = (12 * (year - 1970) + np.clip(month, 1, 12) - 1).astype("datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64)
    if "day" not in fields:
        return first.astype(np.float64), exists
    length = (months + 1).astype("datetime64[D]").astype(np.int64) - first
    day = fields["day"]
    return (first + day - 1).astype(np.float64), exists & (day != ABSENT) & (day <= length)


# ISO 8601: week 1 holds the first Thursday, so 4 January; weeks begin on Monday. 1 January 1970 was a Thursday.
def _week_days(january: Ints, fields: Fields) -> tuple[Floats, Flags]:
    week, weekday = fields["week"], fields.get("weekday", np.ones(len(january), dtype=np.int64))
    monday = january + 3 - (january + 3 + 3) % 7
    days = monday + 7 * (week - 1) + weekday - 1
    thursday = (days - (weekday - 1) + 3).astype("datetime64[D]")
    same_year = thursday.astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64) == january
    return days.astype(np.float64), (week != ABSENT) & (weekday != ABSENT) & same_year


def _clock(fields: Fields, valid: Flags) -> Floats:
    """Seconds after midnight; a cell without a clock is midnight. Clears `valid` where there is no such time of day."""
    seconds = np.zeros(len(valid), dtype=np.float64)
    if "hour" not in fields:
        return seconds
    hour = fields["hour"]
    here = hour != ABSENT
    if "half" in fields:
        half = fields["half"]
        twelve = half != ABSENT
        valid &= ~twelve | ((hour >= 1) & (hour <= 12))
        hour = np.where(twelve, hour % 12 + half, hour)
    seconds += 3600.0 * np.where(here, hour, 0)
    for name, size in (("minute", 60.0), ("second", 1.0), ("micro", 1e-6)):
        if name in fields:
            part = np.where(fields[name] == ABSENT, 0, fields[name])
            seconds += size * part
    valid &= ~here | (seconds <= DAY) | ((hour < 24) & (seconds < DAY + 1))  # 24:00, and a leap second
    return seconds


def elapsed(fields: Fields) -> Floats:
    """Seconds of a clock that may run past 24 hours, `[row]`; NaN for a cell without one."""
    hour = fields["hour"]
    here = hour != ABSENT
    for name in ("minute", "second"):
        if name in fields:
            here = here & (fields[name] == ABSENT) | ((fields[name] >= 0) & (fields[name] <= 60))
    wide = {**fields, "hour": np.where(here, hour % 24, 0)}
    wide.pop("offset", None)
    seconds = 86_400.0 * np.where("half" in fields, 0, hour // 24) + _clock(wide, here)
    return np.where(here, seconds, np.nan)
