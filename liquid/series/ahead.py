"""How far ahead, in the series' own units: 48 h, 2 weeks or until 31 December as a number of samples, and back."""

from __future__ import annotations

import re

import numpy as np

from liquid.errors import LiquidError
from liquid.series.frequency import DAY
from liquid.series.series import Floats, Series
from liquid.series.words import counted, legible
from liquid.series.written import clock, stretch

SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": DAY, "w": 7 * DAY}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
NAMES = {
    "sample": ("sample", "samples", "step", "steps", "value", "values", "row", "rows", ""),
    "ms": ("ms", "millisecond", "milliseconds"),
    "s": ("s", "sec", "second", "seconds"),
    "min": ("min", "mins", "minute", "minutes"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "d": ("d", "day", "days"),
    "w": ("w", "week", "weeks"),
    "month": ("mo", "month", "months"),
    "quarter": ("q", "quarter", "quarters"),
    "year": ("y", "yr", "year", "years"),
}
UNITS = {name: unit for unit, names in NAMES.items() for name in names}
WORDS = {"ms": "ms", "s": "second", "min": "minute", "h": "hour", "d": "day", "w": "week"}
SLACK = 1e-6  # of a period: times are floats
EXAMPLES = "48 h, 2 weeks or 31 December"
_LENGTH = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*([a-z]*)", re.ASCII | re.I)
_UNTIL = ("to ", "till ", "until ")
_YEAR = re.compile(r"\d{4}", re.ASCII)  # alone, where times are dates: nobody looks 2,026 samples ahead


def samples(series: Series, target: str, text: str, most: int) -> int:
    """How many samples after the last known value of `target` a person means by "12", "48 h", "2 weeks" or a date: as
    many as come up to that time. Months, quarters and years are steps of the calendar; "to 250" is a time, too.

    LiquidError if it means nothing, no sample, or more than `most`.
    """
    text = " ".join(text.split())
    before = next((word for word in _UNTIL if text.lower().startswith(word)), "")
    text = text[len(before) :]
    is_time = before != "" or (series.time_kind == "date" and _YEAR.fullmatch(text) is not None)
    length = None if is_time else _LENGTH.fullmatch(text)
    unit = UNITS.get(length[2].lower()) if length else None
    if length and unit == "sample" and "." not in length[1]:
        return _possible(series, target, text, int(length[1]), most)
    known = series.known_end(target)
    end = _after(series, known, text, length, unit)
    ahead = clock(series, series.times_after(known, most + 1))
    return _possible(series, target, text, int(np.searchsorted(ahead, end, side="right")), most)


def _after(series: Series, known: int, text: str, length: re.Match[str] | None, unit: str | None) -> float:
    """The latest time that is meant, on the series' clock."""
    slack = SLACK * series.period
    if series.time_kind != "date":
        own = _LENGTH.fullmatch(text.removesuffix(series.time_unit).strip()) if series.time_unit in text else None
        if length and own and series.time_unit:  # "30 mV" ahead, if that is what time counts in
            return float(series.time[known - 1]) + float(own[1]) + slack
        if length:
            raise LiquidError(
                f"{legible(text)!r}: the times of this series are no dates. Give a number of samples, or 'to' a time."
            )
        return stretch(series, text).start + slack
    if length is None or unit is None or unit == "sample":
        return stretch(series, text).end - slack
    last, count = float(clock(series, series.time[known - 1 : known])[0]), float(length[1])
    if unit in SECONDS:
        return last + count * SECONDS[unit] + slack
    if count != int(count):
        raise LiquidError(f"{legible(text)!r}: months, quarters and years are counted whole here.")
    return _months_later(series, last, int(count) * MONTHS[unit]) + slack


def _months_later(series: Series, last: float, months: int) -> float:
    """The same day so many months later, or that month's last if it is shorter; of monthly values any day of it."""
    day = np.datetime64(int(last // DAY), "D")
    month = day.astype("datetime64[M]")
    first, end = ((month + months + more).astype("datetime64[D]") for more in (0, 1))
    into = end - first - 1
    if series.frequency.calendar != "months":
        into = min(day - month.astype("datetime64[D]"), into)
    return float((first + into).astype(np.int64)) * DAY + last % DAY


def _possible(series: Series, target: str, text: str, count: int, most: int) -> int:
    if count < 1:
        last = series.stamp_labels(series.time[series.known_end(target) - 1 :][:1])[0]
        raise LiquidError(
            f"{legible(text)!r} reaches no sample after the last known value, {last} ({series.describe_period()}): "
            "choose a later time."
        )
    if count > most:
        raise LiquidError(
            f"{legible(text)!r} is too far ahead: choose {counted(most, 'sample')} "
            f"({until(series, target, most)}) or less."
        )
    return count


def in_units(series: Series, count: int) -> str:
    """So many samples in the series' unit of time: "48 hours" of hourly values, "6 months" of quarterly ones."""
    size, calendar = series.frequency.size, series.frequency.calendar
    if series.time_kind == "index" or (series.time_kind == "number" and not series.time_unit):
        return counted(count, "sample")
    if series.time_kind == "number":
        return f"{count * size:.6g} {series.time_unit}"
    if calendar == "working days":
        return counted(count, "working day")
    if calendar == "months":
        months = int(size) * count
        return counted(months // 12, "year") if size % 12 == 0 else counted(months, "month")
    reached = [unit for unit in SECONDS if SECONDS[unit] <= size * (1 + SLACK)]
    unit = max(reached, key=SECONDS.__getitem__, default="ms")
    number = f"{size * count / SECONDS[unit]:,.4g}"  # times since 1970 have no more digits of a millisecond
    return f"{number} {WORDS[unit]}{'' if number == '1' or unit == 'ms' else 's'}"


def reach(series: Series, target: str, count: int) -> str:
    """How long so many samples ahead are, and the time of the last; uneven ones are only counted."""
    length = in_units(series, count) if series.spacing_is_even else counted(count, "sample")
    return f"{length}, to {until(series, target, count)}"


def until(series: Series, target: str, count: int) -> str:
    """The time of the last of so many samples ahead, in the file's own clock."""
    return series.stamp_labels(ends(series, target, count))[-1]


def ends(series: Series, target: str, count: int) -> Floats:
    """The times of the first and the last sample ahead."""
    return series.times_after(series.known_end(target), count)[[0, -1]]
