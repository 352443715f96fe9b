"""The frequency of a time column: steady steps, calendar months or working days, and how it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]
TimeKind = Literal["date", "number", "index"]
Calendar = Literal["steady", "months", "working days"]

DAY = 86_400.0
UNITS = (("week", 7 * DAY), ("day", DAY), ("hour", 3600.0), ("minute", 60.0), ("second", 1.0), ("ms", 0.001))
ADVERBS = {"week": "weekly", "day": "daily", "hour": "hourly"}
MONTHS = {1: "monthly", 3: "quarterly", 6: "every half year", 12: "yearly"}
FEWEST_MONTHS = 6  # stamps; with so many the first and the last may lie within a month
ROUNDING = 2e-3  # periods; smaller deviations come from times written with few digits


@dataclass(frozen=True, eq=False)
class Frequency:
    """Steps between samples `[time - 1]`, in periods, and the calendar that they follow.

    `calendar` says what a period is: "steady" (`size` in the unit of time), "months" (`size` of them) or
    "working days" (one).
    """

    time: Floats
    kind: TimeKind
    calendar: Calendar
    size: float
    steps: Floats

    @property
    def is_even(self) -> bool:
        return bool(np.all(np.abs(self.steps - 1) <= self._tolerance))

    @property
    def has_gaps_only(self) -> bool:
        """Whether every step is a whole number of periods: some samples are absent, none is shifted."""
        return self._is_whole(self.steps)

    def _is_whole(self, steps: Floats) -> bool:
        whole = np.round(steps)
        return bool(np.all(np.abs(steps - whole) <= self._tolerance * np.maximum(whole, 1)) and whole.min() >= 1)

    @property
    def _tolerance(self) -> float:
        # Large times carry few digits below the period: 1.7e9 s has a rounding error of 2.4e-7 s.
        return ROUNDING + 4 * float(np.spacing(np.abs(self.time).max())) / self.size

    def describe(self) -> str:
        words = self._period_in_words()
        if self.is_even:
            return words
        if self.has_gaps_only:
            return f"{words}, with gaps"
        if self.calendar == "months" and self._is_whole(self.steps[1:-1]):
            return f"{words}, with a partial step at one end"
        return f"uneven, about {words}"

    def _period_in_words(self) -> str:
        if self.calendar == "working days":
            return "every working day"
        if self.calendar == "months":
            years, rest = divmod(int(self.size), 12)
            every = f"every {years} years" if not rest else f"every {int(self.size)} months"
            return MONTHS.get(int(self.size), every)
        if self.kind == "index":
            return "one sample after another"
        return _seconds_in_words(self.size) if self.kind == "date" else f"every {self.size:.4g}"

    def future(self, horizon: int) -> Floats:
        ahead = np.arange(1, horizon + 1)
        last = self.time[-1:]
        if self.calendar == "steady":
            return np.asarray(last + self.size * ahead, dtype=np.float64)
        days = _days(last)
        clock = last - days.astype("int64") * DAY  # time of day, within half a day of midnight
        if self.calendar == "working days":
            return _seconds(np.busday_offset(days, ahead, roll="backward")) + clock
        anchor, places = _month_places(_days(self.time))
        base = places[-1] if places[-1] % 1 == 0 else places[-2]
        passed = np.floor((places[-1] - base) / self.size)  # of an end within a month the next one is whole
        months = (base + self.size * (passed + ahead)).astype("int64")
        return _seconds(_anchored(months, anchor)) + clock


def find_frequency(time: Floats, kind: TimeKind) -> Frequency:
    """The frequency of strictly increasing `time[time]`: calendar months, then working days, then steady steps."""
    if kind == "date":
        days = _days(time)
        months = _month_steps(days) if len(time) > 2 and np.diff(time)[1:-1].min(initial=np.inf) > 27 * DAY else None
        if months is not None:
            size = max(float(np.median(np.round(months))), 1.0)
            if size == int(size):
                return Frequency(time, kind, "months", size, months / size)
        work = _working_day_steps(time, days)
        if work is not None:
            return Frequency(time, kind, "working days", 1.0, work)
    gaps = np.diff(time)
    size = float(np.median(gaps))
    return Frequency(time, kind, "steady", size, gaps / size)


# Every stamp on day min(D, last day of its month), so month ends (D = 31) are found as month starts are. The first and
# the last may lie within a month, as in a file that was cut off today.
def _month_steps(days: Days) -> Floats | None:
    places = _month_places(days)[1]
    inner = places[1:-1] if len(days) >= FEWEST_MONTHS else places
    steps = np.diff(places)
    return steps if np.all(inner % 1 == 0) and steps.size >= 2 and np.diff(inner).min() >= 1 else None


def _month_places(days: Days) -> tuple[int, Floats]:
    """The day of the month that stamps have, and every stamp in months since 1970, with a fraction off that day."""
    inner = days[1:-1] if len(days) >= FEWEST_MONTHS else days
    anchor = int(_day_of_month(inner).max())
    months = days.astype("datetime64[M]").astype("int64")
    before = months - (days < _anchored(months, anchor))
    start, end = _anchored(before, anchor), _anchored(before + 1, anchor)
    fraction = (days - start).astype("int64") / (end - start).astype("int64")
    return anchor, before + fraction


def _anchored(months: NDArray[np.int64], anchor: int) -> Days:
    first = months.astype("datetime64[M]")
    return np.asarray(first.astype("datetime64[D]") + (np.minimum(anchor, _month_length(first)) - 1))


# Daily, never on a Saturday or Sunday, through at least two weekends.
def _working_day_steps(time: Floats, days: Days) -> Floats | None:
    gaps = np.diff(time)
    if abs(float(np.median(gaps)) - DAY) > 0.1 * DAY or not np.all(np.is_busday(days)) or time[-1] - time[0] < 12 * DAY:
        return None
    steps = np.busday_count(days[:-1], days[1:]).astype(np.float64)
    return steps if steps.min() >= 1 else None


def _days(time: Floats) -> Days:
    """The nearest midnight: a monthly stamp written in local time lies an hour or more off it in UTC."""
    return np.floor(time / DAY + 0.5).astype("int64").astype("datetime64[D]")


def _day_of_month(days: Days) -> NDArray[np.int64]:
    return np.asarray((days - days.astype("datetime64[M]").astype("datetime64[D]")).astype("int64") + 1)


def _month_length(months: Days) -> NDArray[np.int64]:
    return np.asarray(((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype("int64"))


def _seconds(days: Days) -> Floats:
    return np.asarray(days.astype("datetime64[D]").astype("int64") * DAY, dtype=np.float64)


def _seconds_in_words(seconds: float) -> str:
    """The largest unit that counts the period in whole numbers below 1,000; else the largest that it reaches."""
    counts = [(unit, seconds / size) for unit, size in UNITS if seconds / size > 1 - ROUNDING]
    whole = [(unit, count) for unit, count in counts if abs(count - round(count)) < ROUNDING * count and count < 999.5]
    unit, count = (whole or [pair for pair in counts if pair[0] != "week"] or [("ms", seconds * 1000)])[0]
    if abs(count - 1) < ROUNDING:
        return ADVERBS.get(unit, f"every {unit}")
    return f"every {count:.3g} {unit if unit == 'ms' else unit + 's'}"
