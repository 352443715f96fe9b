"""Clocks of the world: what a zone's clock shows at a time in UTC, and which zone a file's times belong to.

A zone is "UTC", an offset such as "+05:30", or a name of the tz database; "" is a local clock that nothing is known of.
"""

from __future__ import annotations

import re
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

UTC = "UTC"
HOUR = 3600.0
MOST_AUTUMNS = 300
_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})")
# One zone for every rule of daylight saving that is or lately was in use, the more usual first.
RULES = (
    "Europe/Berlin", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "Europe/London",
    "Europe/Helsinki", "Europe/Lisbon", "Australia/Sydney", "Australia/Adelaide", "Pacific/Auckland",
    "America/Anchorage", "America/Halifax", "America/St_Johns", "America/Sao_Paulo", "America/Santiago",
    "America/Mexico_City", "America/Havana", "America/Asuncion", "Asia/Jerusalem", "Asia/Beirut", "Asia/Tehran",
    "Europe/Istanbul", "Europe/Moscow", "Africa/Cairo", "Africa/Casablanca", "Atlantic/Azores", "Asia/Amman",
)  # fmt: skip


@lru_cache(maxsize=64)
def is_zone(zone: str) -> bool:
    """Whether this names a zone, or is empty."""
    if not zone or zone == UTC or _OFFSET.fullmatch(zone):
        return True
    try:
        ZoneInfo(zone)
    except Exception:  # a stranger's word: zoneinfo raises ValueError, OSError or KeyError by what is wrong with it
        return False
    return True


def is_fixed(zone: str) -> bool:
    """Whether the zone has one offset for all times."""
    return not zone or zone == UTC or _OFFSET.fullmatch(zone) is not None


def zone_of_offset(seconds: float) -> str:
    """The zone with this one offset, in seconds east of UTC."""
    return UTC if seconds == 0 else label(seconds)


def label(seconds: float) -> str:
    """An offset as ISO 8601 writes it: +05:30."""
    minutes = round(abs(seconds) / 60)
    return f"{'-' if seconds < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"


def stamp(utc: float, east: float) -> str:
    """One time as the clocks `east` of UTC show it: 2024-10-27 02:00 +02:00."""
    minute = np.datetime64(int((utc + east) // 60), "m")
    return f"{str(minute).replace('T', ' ')} {label(east)}"


@lru_cache(maxsize=64)  # zoneinfo itself keeps eight, and every rule is asked
def _clocks(zone: str) -> ZoneInfo:
    return ZoneInfo(zone)


def offsets(zone: str, utc: Floats) -> Floats:
    """Seconds east of UTC that a zone's clocks are set to at `utc[time]`, seconds since 1970."""
    fixed = _OFFSET.fullmatch(zone)
    if fixed:
        seconds = 3600 * int(fixed[2]) + 60 * int(fixed[3])
        return np.full(len(utc), -seconds if fixed[1] == "-" else seconds, dtype=np.float64)
    if not zone or zone == UTC:
        return np.zeros(len(utc))
    whole = np.floor(utc).astype(np.int64)
    local = pd.DatetimeIndex(whole.astype("datetime64[s]")).tz_localize(UTC).tz_convert(_clocks(zone)).tz_localize(None)
    return np.asarray(local.to_numpy().astype("datetime64[s]").astype(np.int64) - whole, dtype=np.float64)


# The offset at a local time is that of the hour before or after: one of two guesses gives the local time back.
def to_utc(zone: str, local: Floats, *, later: NDArray[np.bool_] | None = None) -> Floats:
    """Seconds in UTC of `local[time]` on a zone's clocks; of a time that comes twice the first one, or `later`.

    A time that the clocks skip is given as long after the skip began.
    """
    if is_fixed(zone):
        return local - offsets(zone, local)
    first = local - offsets(zone, local - 86_400)
    second = local - offsets(zone, local + 86_400)
    first_fits = first + offsets(zone, first) == local
    second_fits = second + offsets(zone, second) == local
    take_second = second_fits & ~first_fits
    if later is not None:
        take_second |= later & second_fits
    return np.where(take_second, second, first)


def fitting_zone(utc: Floats, east: Floats) -> str:
    """The zone with daylight saving whose clocks have the offsets `east[time]` at `utc[time]`; "" if none has."""
    few = slice(None, None, max(len(utc) // 500, 1))
    for zone in RULES:
        if np.array_equal(offsets(zone, utc[few]), east[few]) and np.array_equal(offsets(zone, utc), east):
            return zone
    return ""


def by_order(zone: str, local: Floats) -> Floats | None:
    """UTC of a zone's `local[time]` in order: of two equal hours in autumn the first is that before the change.

    None if the order, or a time that the clocks skip, shows that the times are not of this zone.
    """
    falls = np.flatnonzero(np.diff(local) <= 0) + 1
    if len(falls) > MOST_AUTUMNS or not np.all(_is_twice(zone, local[falls])):
        return None
    later = np.zeros(len(local), dtype=bool)
    for fall in falls:
        end = int(falls[np.searchsorted(falls, fall, side="right")]) if fall < falls[-1] else len(local)
        length = int(np.searchsorted(local[fall:end], local[fall] + 2 * HOUR))
        later[fall : fall + length] = _is_twice(zone, local[fall : fall + length])
    utc = to_utc(zone, local, later=later)
    if not np.all(np.diff(utc) > 0) or not np.array_equal(utc + offsets(zone, utc), local):
        return None
    return utc


def by_autumn(local: Floats) -> dict[str, Floats]:
    """UTC of naive `local[time]` under every rule that explains why it goes back; none where it never does."""
    gaps = np.diff(local)
    if np.all(gaps > 0) or gaps.min() < -2 * HOUR or np.sum(gaps <= 0) > MOST_AUTUMNS:
        return {}
    utc_of = {zone: by_order(zone, local) for zone in RULES}
    return {zone: utc for zone, utc in utc_of.items() if utc is not None}


# The hours of a day, 23 to 25 of them, pass from its midnight on: UTC = that of midnight + hours.
def by_length(midnights: Floats, hours: Floats) -> dict[str, Floats]:
    """UTC of `hours[row]` after local `midnights[row]`, under every rule whose days are as long as they count.

    None fits where no day is longer or shorter than the others, or they are not those on which its clocks change.
    """
    days, at = np.unique(midnights, return_inverse=True)
    last = np.full(len(days), -np.inf)
    np.maximum.at(last, at, hours)
    more = (last - np.median(last))[1:-1]  # the first and the last day may be incomplete
    if len(days) < 3 or not np.any(np.isin(more, (-1, 1))):
        return {}
    found = {}
    for zone in RULES:
        starts = to_utc(zone, np.append(days, days[-1] + 24 * HOUR))
        change = np.diff(starts)[1:-1] / HOUR - 24
        changed = change != 0
        if changed.any() and np.array_equal(change[changed], more[changed]) and np.all(more[~changed] <= 0):
            found[zone] = starts[at] + HOUR * hours
    return found


# A local time comes twice where both the offset of the day before and that of the day after give it back.
def _is_twice(zone: str, local: Floats) -> NDArray[np.bool_]:
    before, after = offsets(zone, local - 86_400), offsets(zone, local + 86_400)
    twice: NDArray[np.bool_] = np.not_equal(before, after)
    for moved in (before, after):
        if twice.any():
            twice[twice] = offsets(zone, (local - moved)[twice]) == moved[twice]
    return twice


def count_in_autumn(local: Floats) -> int:
    """How many of these local times come twice in the zone where most of them do."""
    times, counts = np.unique(local, return_counts=True)
    return max((int(counts[_is_twice(zone, times)].sum()) for zone in RULES), default=0) if len(times) else 0
