"""A time as a person writes it: 2024-03-01 14:30, 2024-03 for all of March, 31 December, or a number."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

import numpy as np

from liquid.errors import LiquidError
from liquid.series import zones
from liquid.series.frequency import DAY
from liquid.series.series import Floats, Series
from liquid.series.words import legible

_ISO = re.compile(r"\d{4}(-\d\d(-\d\d([T ]\d\d(:\d\d(:\d\d(\.\d{1,3})?)?)?)?)?)?", re.ASCII)
_DAY_MONTH = re.compile(
    r"(\d{1,2})\.? ([a-z]{3,9})(?: (\d{4}))?|([a-z]{3,9}) (\d{1,2})(?:,? (\d{4}))?", re.ASCII | re.I
)
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip


class Stretch(NamedTuple):
    """From `start` on, and before `end`, as `clock` counts."""

    start: float
    end: float


def clock(series: Series, time: Floats) -> Floats:
    """`time[time]` as its zone's clocks show it: seconds since 1970 for dates, else the number itself."""
    return time + zones.offsets(series.zone, time) if series.time_kind == "date" else time


def stretch(series: Series, text: str) -> Stretch:
    """All that a written time means on the series' clock: a day is as long as it lasts.

    A day without a year is the first such day after the last row. LiquidError for anything else.
    """
    text = text.strip()
    if series.time_kind != "date":
        return _number(series, text)
    if _ISO.fullmatch(text):
        try:
            moment = np.datetime64(text.replace(" ", "T"))
            return Stretch(_seconds(moment), _seconds(moment + 1))
        except ValueError:  # the 30th of February
            raise _no_time(series, text) from None
    day = _day_of_month(series, text)
    return Stretch(day, day + DAY)


def _number(series: Series, text: str) -> Stretch:
    try:
        number = float(text)
    except ValueError:
        raise _no_time(series, text) from None
    if not math.isfinite(number):
        raise _no_time(series, text)
    return Stretch(number, math.nextafter(number, math.inf))


def _day_of_month(series: Series, text: str) -> float:
    found = _DAY_MONTH.fullmatch(text)
    word = (found[2] or found[4] or "").lower() if found else ""
    months = [number for number, name in enumerate(MONTHS, 1) if word and name.startswith(word)]
    if found is None or len(months) != 1:
        raise _no_time(series, text)
    day, year = int(found[1] or found[5]), found[3] or found[6]
    last = float(clock(series, series.time[-1:])[0])
    this = int(str(np.datetime64(int(last // DAY), "D"))[:4])
    for candidate in (int(year),) if year else range(this, this + 9):  # the 29th of February may be 8 years away
        try:
            start = _seconds(np.datetime64(f"{candidate:04d}-{months[0]:02d}-{day:02d}"))
        except ValueError:
            continue
        if year or start > last:
            return start
    raise _no_time(series, text)


def _seconds(moment: np.datetime64) -> float:
    return int(moment.astype("datetime64[ms]").astype(np.int64)) / 1000


def _no_time(series: Series, text: str) -> LiquidError:
    if series.time_kind == "date":
        example = "2024-03-01, 2024-03-01 14:30, or 2024-03 for all of March"
    else:
        example = f"a number, as '{legible(series.time_name)}' has them"
    return LiquidError(f"{legible(text)!r} is no time of this series: write {example}.")
