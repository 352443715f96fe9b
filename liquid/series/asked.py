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
USUAL = 0.99  # share of stretches that are no exception
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


def far_sentence(series: Series, target: str, horizon: int) -> str:
    """Which time to forecast lies farther off than so many samples reach in the series; empty if none does.

    A forecast and its band are of so many samples ahead: nothing was learned or measured of that many so far off.
    """
    if series.spacing_is_even:
        return ""
    rows = series.known_end(target)
    time, away = series.time[:rows], series.times_after(rows, horizon) - series.time[rows - 1]
    for step in range(1, min(horizon, len(series) - rows, rows - 1) + 1):
        usual = float(np.quantile(time[step:] - time[:-step], USUAL))
        if away[step - 1] > 1.5 * usual:
            return (
                f"Time number {step} to forecast lies {away[step - 1] / usual:.2g} times as far off as {step} samples "
                f"reach in {100 * USUAL:.0f} % of the series: nothing was learned of that, and the band, which is "
                "that of so many samples ahead, is too narrow there. Ask for times in between as well."
            )
    return ""


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
