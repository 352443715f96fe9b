"""Plain numbers that may be dates: days as Excel, MATLAB or astronomers count them, years with a fraction."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from liquid.series.frequency import DAY
from liquid.series.reading.calendar import names
from liquid.series.reading.calendar.fields import Floats, compose, seconds_of
from liquid.series.reading.calendar.moments import Time
from liquid.series.reading.calendar.questions import span
from liquid.series.reading.options import Guess, ReadOptions
from liquid.series.words import legible

NUMBERS, MONTHS, YEARS, SINCE = "numbers", "months", "years", "since"
# By the name of the count: the first and the last number that is looked at (1968 to 2078), that of 1 January 1970, what
# is counted, and the words in a column's name that say so.
DAYS: dict[str, tuple[float, float, float, str, tuple[str, ...]]] = {
    "datenum": (718_799, 759_000, 719_529, "days as MATLAB counts them", ("datenum",)),
    "ordinal": (718_433, 758_634, 719_163, "days since the year 1, as Python counts them", ("ordinal",)),
    "excel": (25_000, 65_000, 25_569, "days as Excel counts them", ("excel", "serial")),
    "mjd": (39_800, 80_000, 40_587, "modified Julian days", ("mjd",)),
    "jd": (2_439_800, 2_480_000, 2_440_587.5, "Julian days", ("jd", "julian")),
    "epoch": (3_650, 25_000, 0, "days since 1970, as R counts them", ()),
}
WORDS = {way: what for way, (*_, what, _) in DAYS.items()} | {
    MONTHS: "months, as fractions of a year",
    YEARS: "years with a fraction",
    SINCE: "times since a date, as its name says",
    NUMBERS: "numbers as they stand",
}
# As in files of climate data: hours since 2000-01-01 00:00.
_SINCE = re.compile(
    r"\b(second|minute|hour|day)s? since (\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}))?)?",
    re.IGNORECASE,
)
NEAR = 0.02  # of a month: fractions of a year with three digits
LONGEST_STEP = 31  # days
FIELDS = ("year", "month", "day", "hour", "minute", "second")
MOST = 3e10  # seconds from 1970: about the years 1000 to 2900


def as_dates(time: Time, options: ReadOptions) -> Time:
    """A time of plain numbers as dates where a person or its name says so; where it may hold them, that is asked."""
    ways = _since(time.name, time.values) or _ways(time.name, time.values, options.calendar)
    if time.kind != "number" or time.notes or not ways:
        return time
    said = next((way for way in ways if way in DAYS and set(DAYS[way][-1]) & set(names.words_of(time.name))), None)
    said = SINCE if SINCE in ways else said
    likely = said or (next(iter(ways)) if names.is_date(time.name) and next(iter(ways)) in DAYS else NUMBERS)
    given = options.calendar in (*ways, NUMBERS)
    way = str(options.calendar) if given else likely
    shown = f"'{legible(time.name, 40)}'"
    what = f"{shown} was read as {WORDS[way]}{', as you said' if given else ''}"
    others = [WORDS[other] for other in (*ways, NUMBERS) if other != way]
    sentence = f"{what}." if given or said else f"{what}; it may as well hold {' or '.join(others)}."
    choices = tuple((choice, WORDS[choice]) for choice in (*ways, NUMBERS))
    outcomes = (*(span(seconds) for seconds in ways.values()), _ends(time.values))
    guess = Guess("calendar", way, sentence, choices, given, doubtful=not given and said is None, outcomes=outcomes)
    if way == NUMBERS:
        return replace(time, guesses=(*time.guesses, guess))
    return replace(time, values=ways[way], kind="date", guesses=(*time.guesses, guess))


def _ways(name: str, values: Floats, wanted: str | None) -> dict[str, Floats]:
    """Seconds since 1970 `[row]` by each count that such numbers may be, the likeliest first."""
    known = values[np.isfinite(values)]
    steps = np.diff(np.unique(known))
    if not len(steps) or np.median(steps) > LONGEST_STEP:
        return {}
    low, high = known.min(), known.max()
    words, is_date = names.words_of(name), names.is_date(name)
    named = [way for way, (*_, called) in DAYS.items() if set(called) & set(words)]
    usual = ["excel", "datenum", "ordinal", "jd"] if names.is_time(name) else []
    usual += ["epoch"] if is_date else []
    usual += [wanted] if wanted in DAYS else []
    ways = {}
    for way in dict.fromkeys([*named, *usual]):
        first, last, epoch, *_ = DAYS[way]
        if first <= low and high <= last:
            ways[way] = seconds_of(values - epoch)
    if low >= 1500 and high < 2200 and np.any(known % 1) and np.median(steps) <= 1 and names.is_time(name):
        ways |= _fractions_of_years(values)
    return ways


def _since(name: str, values: Floats) -> dict[str, Floats]:
    """Seconds since 1970 `[row]` where the name says what is counted and from when; none where it does not."""
    found = _SINCE.search(name)
    if found is None:
        return {}
    unit, *parts = found.groups(default="0")
    size = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": DAY}[unit.lower()]
    fields = {field: np.array([int(part)]) for field, part in zip(FIELDS, parts, strict=True)}
    start = compose(fields).seconds[0]
    seconds = start + seconds_of(values * size / DAY)
    return {SINCE: seconds} if np.isfinite(start) and np.all(np.abs(seconds[np.isfinite(seconds)]) < MOST) else {}


# A month stands as k/12, k = 0 … 11, or as its middle, (k + 1/2)/12.
def _fractions_of_years(values: Floats) -> dict[str, Floats]:
    months = np.where(np.isfinite(values), values, 1970.0) * 12
    half = 0.5 if np.all(np.abs(months % 1 - 0.5) <= NEAR) else 0.0
    whole = np.round(months - half)
    if np.all(np.abs(months - half - whole) <= NEAR) and len(np.unique(whole)) > 1:
        since = (whole.astype(np.int64) - 12 * 1970).astype("datetime64[M]")
        seconds, way = since.astype("datetime64[s]").astype(np.float64), MONTHS
    else:
        year = np.floor(months / 12)
        first, after = (_new_year(year + more) for more in (0, 1))
        seconds, way = np.round(first + (months / 12 - year) * (after - first)), YEARS
    return {way: np.where(np.isfinite(values), seconds, np.nan)}


def _new_year(year: Floats) -> Floats:
    return (year.astype(np.int64) - 1970).astype("datetime64[Y]").astype("datetime64[s]").astype(np.float64)


def _ends(values: Floats) -> str:
    known = values[np.isfinite(values)]
    return f"{known[0]:.10g} to {known[-1]:.10g}"
