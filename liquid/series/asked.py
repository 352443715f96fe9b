"""Times to forecast that no row of the file has: a date, or several."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np

from liquid.errors import LiquidError
from liquid.series import zones
from liquid.series.series import Series

MOST = 200  # as far as a horizon reaches
LONGEST = 40  # characters of one time
LARGEST_TIME = 2.5e11  # seconds: the year 9892, which every calendar can still write


def asked(series: Series, text: str) -> Series:
    """The series with a row without values at each of the times in `text`, divided by commas, semicolons or lines:
    dates as 2024-05-01 or 2024-05-01 14:30, on the series' own clock, or numbers.

    LiquidError for what is no time, or is not later than the last row.
    """
    parts = [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]
    if not parts:
        return series
    if len(parts) > MOST:
        raise LiquidError(f"{len(parts)} times are asked for: ask for {MOST} or fewer.")
    times = sorted({_time(series, part) for part in parts})
    if times[0] <= series.time[-1]:
        early, last = (
            series.stamp_labels([one])[0] if series.time_kind == "date" else f"{one:.6g}"
            for one in (times[0], series.time[-1])
        )
        raise LiquidError(f"{early} is asked for, and the series goes to {last}: ask for a later time.")
    blank = np.full((len(times), len(series.names)), np.nan)
    return replace(series, time=np.concatenate([series.time, times]), values=np.vstack([series.values, blank]))


def _time(series: Series, text: str) -> float:
    form = "a date, such as 2024-05-01 14:30" if series.time_kind == "date" else "a number"
    refused = LiquidError(f"{text[:LONGEST]!r} is not {form}: correct the times to forecast.")
    if len(text) > LONGEST:
        raise refused
    try:
        if series.time_kind != "date":
            time = float(text)
        else:
            local = np.datetime64(text.replace(" ", "T"), "ms").astype(np.int64) / 1000
            time = float(zones.to_utc(series.zone, np.array([local]))[0])
    except (ValueError, OverflowError):
        raise refused from None
    if not math.isfinite(time) or (series.time_kind == "date" and abs(time) > LARGEST_TIME):
        raise refused
    return time
