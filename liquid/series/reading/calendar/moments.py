"""From what a file's clock showed to moments in UTC: offsets, zones, the hour that comes twice, days of 25 hours."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from liquid.series import zones
from liquid.series.frequency import DAY, TimeKind
from liquid.series.reading.calendar import questions
from liquid.series.reading.calendar.fields import Floats, Ints
from liquid.series.reading.options import Guess, ReadOptions
from liquid.series.words import legible

AUTUMN = "One hour comes twice, as where clocks are set back in autumn: the order of the rows tells the two apart"


@dataclass(frozen=True)
class Time:
    """Time of every row, `[row]` in the order of the file, NaN where it is missing, and how it was made.

    `values` are seconds since 1970 for dates: in UTC where the file says a zone or an offset, else of the local clock.
    `zone` is "" for such naive times, "UTC", an offset ("+05:30"), or a zone of the tz database ("Europe/Berlin") where
    offsets change as its clocks do. `columns` are those that the time was made from. `repeats` counts the rows whose
    time stands in an earlier row; `in_autumn` those of them that may be the hour that comes twice when clocks go back:
    nothing was done about either, a reader asks.
    """

    values: Floats
    kind: TimeKind
    name: str
    columns: tuple[str, ...]
    guesses: tuple[Guess, ...]
    notes: tuple[str, ...] = ()
    zone: str = ""
    repeats: int = 0
    in_autumn: int = 0


def with_offsets(time: Time, east: Floats) -> Time:
    """Times with offsets in UTC, and the zone that these offsets are of."""
    known = np.isfinite(time.values)
    different = np.unique(east[known & np.isfinite(east)])
    bare = known & ~np.isfinite(east)
    notes = list(time.notes)
    if bare.any():
        stand_in = float(different[0]) if len(different) == 1 else 0.0
        notes.append(f"Times without an offset were taken as {zones.zone_of_offset(stand_in)}.")
        east = np.where(bare, stand_in, east)
        different = np.unique(east[known])
    utc = time.values - np.where(known, east, 0)
    if len(different) == 1:
        return replace(time, values=utc, zone=zones.zone_of_offset(float(different[0])), notes=tuple(notes))
    zone = zones.fitting_zone(utc[known], east[known])
    said = f"Times have {len(different)} different UTC offsets"
    notes.append(f"{said}, as clocks in {zone} have." if zone else f"{said}; they were converted to UTC.")
    return replace(time, values=utc, zone=zone or zones.UTC, notes=tuple(notes))


def local(time: Time, options: ReadOptions) -> Time:
    """Naive times: in UTC where a person says their zone, or where they go back as the clocks of one do in autumn."""
    rows = np.flatnonzero(np.isfinite(time.values))
    shown = time.values[rows]
    if (np.diff(shown) < 0).mean() > 0.5:  # the newest row first
        rows, shown = rows[::-1], shown[::-1]
    gaps = np.diff(shown)
    told = zones.by_autumn(shown) if len(gaps) > 1 and np.median(np.abs(gaps)) < DAY / 3 else {}
    if options.zone:
        utc = zones.by_order(options.zone, shown)
        told[options.zone] = zones.to_utc(options.zone, shown) if utc is None else utc
    return _in_zone(time, rows, shown, told, AUTUMN, options)


def counted(time: Time, midnights: Floats, hours: Floats, options: ReadOptions) -> Time | None:
    """Hours that count each day's own, 23 or 25 of them where clocks change; None where no zone has such days.

    `midnights[row]` are those of the local clock, `hours[row]` come after them.
    """
    rows = np.flatnonzero(np.isfinite(midnights) & np.isfinite(hours))
    told = zones.by_length(midnights[rows], hours[rows])
    if not told or options.zone not in (None, "", *told):
        return None
    why = f"'{legible(time.columns[-1], 40)}' counts through each day, longer or shorter where clocks are changed"
    return _in_zone(time, rows, midnights[rows] + 3600 * hours[rows], told, why, options)


def _in_zone(time: Time, rows: Ints, shown: Floats, told: dict[str, Floats], why: str, options: ReadOptions) -> Time:
    """Times in UTC, `told` by each zone that explains why clocks `shown` repeat; and the guess which one it is."""
    ordered = np.sort(shown)
    repeats = ordered[1:][np.diff(ordered) == 0]
    naive = replace(time, in_autumn=zones.count_in_autumn(repeats))
    if not told:
        return naive
    zone = options.zone if options.zone is not None else next(iter(told))
    first = zone or next(iter(told))
    told = {first: told[first]} | {other: utc for other, utc in told.items() if not np.array_equal(utc, told[first])}
    shows = {name: _around_change(name, utc) for name, utc in told.items()}
    guess = questions.zone(zone, shows, len(repeats), why, options)
    if not zone:
        return replace(naive, guesses=(*time.guesses, guess))
    values = np.full(len(time.values), np.nan)
    values[rows] = told[zone]
    return replace(time, values=values, zone=zone, guesses=(*time.guesses, guess))


def _around_change(zone: str, utc: Floats) -> str:
    """What the clocks of a zone show before they are changed for the first time, and after."""
    east = zones.offsets(zone, utc)
    changes = np.flatnonzero(np.diff(east))
    before = int(changes[0]) if len(changes) else 0
    stamps = [zones.stamp(utc[at], east[at]) for at in range(before, min(before + 2, len(utc)))]
    return ", then ".join(stamps)
