"""What the name of a column says about it: that it is a time, a part of one, a clock, or a counter of rows."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from liquid.series.reading.calendar.fields import RANGES
from liquid.series.reading.calendar.words import (
    BESIDE,
    CLOCK,
    COUNTED,
    COUNTERS,
    COUNTS_TIME,
    DATES,
    ELAPSED,
    PARTS,
    PERIODS,
    TIME,
    UNIT_NAMES,
    UNITS,
)
from liquid.series.zones import UTC, zone_of_offset


def part_of(name: str, beside: Sequence[str] = ()) -> str:
    """The field that a column of this name holds: year, month, day, doy, hour, minute, second, quarter, week; or "".

    Where MM stands `beside` mm, in small letters it is the minute.
    """
    if name == "mm" and "MM" in beside:
        return "minute"
    words = words_of(name)
    if "of" in words:
        head, tail = words[0], words[-1]
        head = "day" if head == "date" else head
        if head in ("day", "dy") and tail in ("year", "month", "week"):
            return {"year": "doy", "month": "day", "week": ""}[tail]
        words = [head]
    words = [word for word in words if word not in BESIDE] or words
    return PARTS.get(words[0], "") if len(words) == 1 else ""


def is_letter(name: str) -> bool:
    """Whether a name is one letter: y is a year beside m and d, and by itself what is measured."""
    return [len(word) for word in words_of(name)] == [1]


def is_time(name: str) -> bool:
    """Whether a column of this name is a time: all its words say so, beside units and words such as "elapsed"."""
    words = [word for word in words_of(name) if word not in BESIDE and word not in UNITS]
    return bool(words or _has(name, "unix", "epoch")) and all(word in TIME or word in PARTS for word in words)


def counts_time(name: str) -> bool:
    """Whether plain numbers in a column of this name count time."""
    words = [word for word in words_of(name) if word not in BESIDE and word not in UNITS]
    if "since" in words and re.search(r" since \d{4}-\d", name):
        return True
    return bool(words or _has(name, "unix", "epoch")) and all(word in COUNTS_TIME for word in words)


def is_clock(name: str) -> bool:
    """Whether a column of this name is a time of day where another one holds the date."""
    words = [word for word in words_of(name) if word not in BESIDE] or words_of(name)
    return any(word in CLOCK for word in words) and all(word in CLOCK or word in UNITS for word in words)


def is_date(name: str) -> bool:
    """Whether a column of this name holds dates, by a word that says date."""
    return is_time(name) and any(word in DATES for word in words_of(name))


def is_period(name: str) -> bool:
    """Whether a column of this name may count the hours, halves or quarters of a day."""
    words = [word for word in words_of(name) if word not in BESIDE]
    return bool(words) and all(word in PERIODS for word in words)


def is_counter(name: str) -> bool:
    """Whether a column of this name numbers rows."""
    words = words_of(name)
    return (bool(words) and all(word in COUNTERS for word in words)) or name.strip() == "#"


def is_counted(name: str) -> bool:
    """Whether numbers in a column of this name may count time: t, s, step, day."""
    words = [word for word in words_of(name) if word not in BESIDE] or words_of(name)
    return bool(words) and all(word in COUNTED or word in UNITS or word in PARTS for word in words)


def is_unit(name: str) -> bool:
    """Whether a column of this name holds units of measurement."""
    return bool(words_of(name)) and all(word in UNIT_NAMES for word in words_of(name))


def is_elapsed(name: str) -> bool:
    """Whether a column of this name holds time since a start: elapsed, lap time."""
    return any(word in ELAPSED for word in words_of(name))


def is_hour(name: str) -> bool:
    """Whether a column of this name holds times of day, by a word that says more than time."""
    return is_clock(name) and any(word in CLOCK - COUNTS_TIME for word in words_of(name))


def is_weekday(name: str) -> bool:
    """Whether a column of this name counts the days of a week."""
    words = words_of(name)
    return words in (["day", "of", "week"], ["weekday"], ["week", "day"], ["dow"], ["dayofweek"], ["wochentag"])


LATE = 0.85  # of the range: no day starts over after ten hours, but months do after 28 days


def cycles(name: str, values: NDArray[np.float64]) -> bool:
    """Whether whole numbers count the part of the time that the name says, and start over: hours 0 to 23."""
    known = values[np.isfinite(values)]
    low, high = RANGES.get("weekday" if is_weekday(name) else part_of(name), (0, -1))
    if len(known) < 3 or np.any(known % 1) or np.ptp(known) == 0 or known.min() < low or known.max() > high:
        return False
    steps = np.diff(known)
    starts_over = (steps < 0) & (known[1:] == known.min()) & (known[:-1] >= LATE * high)
    return bool(np.all((steps == 0) | (steps == 1) | starts_over))


def zone_of(name: str) -> str:
    """The zone that a name says: UTC for "Time (UTC)", +01:00 for "Date Time, GMT+01:00"; else ""."""
    if not _has(name, "utc", "gmt"):
        return ""
    offset = re.search(r"(?:utc|gmt) ?([+\u2212-]) ?(\d{1,2})(?::?(\d{2}))?(?!\d)", name, re.IGNORECASE)
    if offset is None or int(offset[2]) > 14:
        return UTC
    seconds = 3600 * int(offset[2]) + 60 * int(offset[3] or 0)
    return zone_of_offset(seconds if offset[1] == "+" else -seconds)


def _has(name: str, *words: str) -> bool:
    return any(word in words for word in re.findall(r"[^\W\d_]+", name.lower()))


def words_of(name: str) -> list[str]:
    """The words of a column's name in small letters, without its unit."""
    plain = re.split(r"[\[(]", name, maxsplit=1)[0]
    split = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", plain)
    return [word.lower() for word in re.findall(r"[^\W\d_]+", split)]
