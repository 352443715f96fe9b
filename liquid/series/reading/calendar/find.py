"""Which columns of a table are its time, and what stands in them: one model of the calendar for one column or several.

    find_time(table, decimal, options, raw=None) -> Time     the time of every row, with what was guessed
    is_time(cell) -> bool                                    whether one cell of text can be a date or a clock

`table` holds text and numbers as pandas parsed them; `raw` holds the same rows as text, where a caller has them
(numbers lose leading zeros: 0700). Options that overrule a guess: `time_column`, `day_first`, `calendar` (the layout
of a guess, such as "YYYYMM"), `century` (of the first year, 1900, where years have two digits).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from liquid.errors import LiquidError
from liquid.series import zones
from liquid.series.frequency import DAY, TimeKind
from liquid.series.reading.calendar import candidates, names, questions
from liquid.series.reading.calendar.candidates import Candidate
from liquid.series.reading.calendar.columns import FITS, Column, look_at
from liquid.series.reading.calendar.durations import HOURS, MINUTES, Duration, find_duration, running
from liquid.series.reading.calendar.fields import Floats, compose, elapsed
from liquid.series.reading.calendar.layouts import layouts
from liquid.series.reading.calendar.tokens import tokenise
from liquid.series.reading.numbers import as_text, to_numbers
from liquid.series.reading.options import NO_TIME, Guess, ReadOptions
from liquid.series.words import listed

MOST_REPEATS = 0.25  # a column of plain numbers with more repeats than this counts something else than time
AS_GOOD = 0.95  # a column called a time may have so many of the distinct times of another

DATES, UNIX, PARTS = range(3)  # kinds of sources, the one to prefer first


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


def find_time(table: pd.DataFrame, decimal: str, options: ReadOptions, raw: pd.DataFrame | None = None) -> Time:
    """The time of a table: the column asked for, else dates, else numbers that grow, else the order of the rows.

    LiquidError for a time column that the table lacks or that holds no times, dates that mix two orders, and a layout
    that no column has.
    """
    labels = [str(name) for name in table.columns]
    wanted = _wanted(labels, options)
    if wanted == NO_TIME:
        return _finish(_in_order(table), labels, (), "as you said", options)
    sources = _sources(table, raw, wanted, options)
    if not sources and options.calendar not in (None, HOURS, MINUTES):
        raise LiquidError(
            f"No column holds dates written {options.calendar!r}: choose another calendar, or leave it out."
        )
    if sources:
        why = "as you said" if wanted else ""
        doubt = questions.lacks_year(sources[0].best) or questions.long_day(table, sources[0].best)
        return _finish(_dated(table, sources, options), labels, sources, why, options, doubt)
    if wanted is not None:
        return _finish(_asked(table, wanted, decimal, options), labels, (), "as you said", options)
    time = _numbered(table, labels, decimal, options)
    if time is not None:
        return _finish(time, labels, (), "", options)
    questions.refuse_mixed_lengths(table)
    why = "since no column holds dates or evenly growing numbers"
    return _finish(_in_order(table), labels, (), why, options, questions.not_understood(table))


def is_time(cell: str) -> bool:
    """Whether a cell of text is a date, a clock or both, by itself; a plain number is none."""
    if len(cell) > 64 or cell.strip().isdecimal():
        return False
    return any(
        np.isfinite(compose(layout.fields(tokens)).seconds).all()
        for tokens in tokenise(pd.Series([cell.strip()], dtype="str"))
        for layout in layouts(tokens)
        if (layout.is_complete and (layout.date != "Y" or layout.month is not None))
        or layout.is_marked
        or "D" in layout.date
    )


@dataclass(frozen=True, eq=False)
class _Source:
    """The best candidate of one column of dates, or of parts, and its rivals, which other layouts give."""

    best: Candidate
    rivals: tuple[Candidate, ...]
    kind: int  # DATES, UNIX or PARTS


def _wanted(labels: list[str], options: ReadOptions) -> str | None:
    wanted = options.time_column
    if isinstance(wanted, int) and 0 <= wanted < len(labels):
        wanted = labels[wanted]
    if wanted is not None and wanted != NO_TIME and wanted not in labels:
        raise LiquidError(f"No time column {wanted!r}: choose one of {listed(labels, 12)}, or '{NO_TIME}'.")
    return None if wanted is None else str(wanted)


def _sources(
    table: pd.DataFrame, raw: pd.DataFrame | None, wanted: str | None, options: ReadOptions
) -> tuple[_Source, ...]:
    """Every source of dates in the table, the best first; of those that use the wanted column, if one is wanted."""
    columns = [look_at(table, position, raw, wanted=str(name) == wanted) for position, name in enumerate(table.columns)]
    if any(date.has_day for column in columns for date in column.dates):  # beside a date, 1500 is a time of day
        columns = [replace(column, dates=()) if column.clocks and _are_years(column) else column for column in columns]
    groups: list[tuple[list[Candidate], int]] = [
        ([option for date in column.dates for option in candidates.from_date(date, columns, table)], DATES)
        for column in columns
    ]
    groups.append((list(candidates.from_parts(columns, table, raw)), PARTS))
    seconds = [time for time in map(candidates.unix, columns) if time and _is_unix(time, columns, wanted)]
    dated = {column.name for column in columns if column.dates}
    even = {time.columns for time in seconds if time.columns[0] in dated and _is_better(time, groups)}
    groups = [([option for option in group if option.columns not in even], kind) for group, kind in groups]
    groups += [([time], UNIX) for time in seconds if time.columns[0] not in dated or time.columns in even]
    sources = [source for group, kind in groups if (source := _source(table, group, kind, wanted, options)) is not None]
    if not sources and len(columns) > 1:
        placed = _source(table, list(candidates.by_place(columns, table)), PARTS, wanted, options)
        sources = [placed] if placed is not None else []
    if not sources:
        return ()
    most = max(source.best.distinct for source in sources)
    near = [
        source
        for source in sources
        if source.best.distinct >= (most - candidates.CLOSE if source.best.named else AS_GOOD * most)
    ]
    first = {str(name): position for position, name in enumerate(table.columns)}

    def by(source: _Source) -> tuple[float, ...]:
        time = source.best
        return (
            source.kind == PARTS,
            time.named,
            source.kind,
            *(-value for value in time.merit),
            first[time.columns[0]],
        )

    return tuple(sorted(near, key=by))


def _is_better(time: Candidate, groups: Sequence[tuple[list[Candidate], int]]) -> bool:
    """Whether unix time makes a more even order than every calendar that the same digits fit by accident.

    As even a one is enough against a calendar that does not begin with the year: 1612202400 is no 16 December 2024.
    """
    rivals = [option for group, _ in groups for option in group if option.columns == time.columns]
    rivals = [rival for rival in rivals if rival.reading is not None and _fits(rival, FITS)]
    return all(
        (time.order, time.even, rival.reading.layout.date[:1] not in ("Y", "y")) > (rival.order, rival.even, False)
        for rival in rivals
        if rival.reading is not None
    )


def _are_years(column: Column) -> bool:
    return all(date.layout.date == "Y" for date in column.dates)


def _source(
    table: pd.DataFrame, group: list[Candidate], kind: int, wanted: str | None, options: ReadOptions
) -> _Source | None:
    fitting = [option for option in group if _fits(option, 0.5 if wanted else FITS)]
    if wanted is not None:
        fitting = [option for option in fitting if wanted in option.columns]
    if options.calendar is not None:
        fitting = [option for option in fitting if option.reading and option.reading.layout.key == options.calendar]
    if options.day_first is not None:
        fitting = [option for option in fitting if questions.day_first(option) in (None, options.day_first)] or fitting
    if not fitting:
        questions.refuse_mixed_orders(table, group)
        return None
    best, rivals = candidates.best(fitting)
    if options.day_first is None:
        questions.refuse_mixed_orders(table, [option for option in group if option.columns == best.columns])
    return _Source(best, rivals, kind)


def _fits(option: Candidate, share: float) -> bool:
    cells = option.reading.present if option.reading is not None else len(option.utc)
    return len(option.known) > 1 and len(option.known) >= share * cells


def _is_unix(time: Candidate, columns: Sequence[Column], wanted: str | None) -> bool:
    gaps = np.diff(time.known)
    return time.named == 0 or time.columns[0] == wanted or (columns[0].name in time.columns and bool(np.all(gaps > 0)))


def _dated(table: pd.DataFrame, sources: tuple[_Source, ...], options: ReadOptions) -> Time:
    """The time of the best source, with what was guessed about its dates."""
    best, rivals = sources[0].best, sources[0].rivals
    rivals = tuple(rival for rival in rivals if rival.columns == best.columns)
    guesses = [*questions.order(table, best, rivals, options)]
    notes = [*questions.notes(best, table)]
    stamps = best.stamps
    if "short" in best.fields:
        again = compose(best.fields, options.century)
        stamps = replace(again, seconds=np.where(np.isfinite(stamps.seconds), again.seconds, np.nan))
        guesses += questions.century(stamps, options)
    name = best.columns[0] if len(best.columns) == 1 or sources[0].kind != PARTS else "date"
    time = Time(stamps.seconds, "date", name, best.columns, tuple(guesses), tuple(notes), best.zone)
    if np.isfinite(stamps.offset).any() and not best.unit:
        return _zoned(time, stamps.offset)
    return replace(time, values=zones.to_utc(time.zone, time.values)) if time.zone else _local(time, options)


def _zoned(time: Time, east: Floats) -> Time:
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


def _local(time: Time, options: ReadOptions) -> Time:
    """Naive times: in UTC where a person says their zone, or where they go back as the clocks of one do in autumn."""
    rows = np.flatnonzero(np.isfinite(time.values))
    local = time.values[rows]
    gaps = np.diff(local)
    if (gaps < 0).mean() > 0.5:  # the newest row first
        rows, local = rows[::-1], local[::-1]
    if options.zone:
        utc = zones.by_order(options.zone, local)
        told = {options.zone: zones.to_utc(options.zone, local) if utc is None else utc}
    elif options.zone is None and len(gaps) > 1 and np.median(np.abs(gaps)) < DAY / 3:
        told = zones.by_autumn(local)
    else:
        told = {}
    if not told:
        ordered = np.sort(local)
        repeats = ordered[1:][np.diff(ordered) == 0]
        return replace(time, in_autumn=zones.count_in_autumn(repeats))
    zone = next(iter(told))
    values = time.values.copy()
    values[rows] = told[zone]
    others = [other for other, utc in told.items() if not np.array_equal(utc, told[zone])]
    guess = questions.zone(zone, [zone, *others], options)
    return replace(time, values=values, zone=zone, guesses=(*time.guesses, guess))


def _finish(
    time: Time, labels: list[str], sources: tuple[_Source, ...], why: str, options: ReadOptions, doubt: str = ""
) -> Time:
    """The time with its column as the first guess, and its repeats counted."""
    known = time.values[np.isfinite(time.values)]
    guess = questions.column(time.columns, labels, [source.best for source in sources], why, options)
    if doubt and not guess.given:
        guess = replace(guess, sentence=f"{guess.sentence.removesuffix('.')}; {doubt}.", doubtful=True)
    return replace(time, guesses=(guess, *time.guesses), repeats=len(known) - len(np.unique(known)))


def _asked(table: pd.DataFrame, name: str, decimal: str, options: ReadOptions) -> Time:
    """The time in a column without dates that a person chose."""
    clock = _clock(table, name, options)
    if clock is not None:
        return clock
    column = table[name]
    numbers = to_numbers(column, decimal)
    if np.isfinite(numbers.values).sum() < 0.5 * len(table):
        example = next(iter(as_text(column).dropna()), "")
        raise LiquidError(
            f"The time column '{name}' holds neither dates nor numbers (for example '{example[:40]}'): choose another, "
            "or write times as 2024-01-31 13:45."
        )
    return Time(numbers.values, "number", name, (name,), ())


def _numbered(table: pd.DataFrame, labels: list[str], decimal: str, options: ReadOptions) -> Time | None:
    """Time in a column without dates: clocks, numbers whose name says that they count time, or that grow evenly."""
    if len(labels) < 2:
        return None  # the only column is the value
    for name in labels:
        time = _clock(table, name, options)
        if time is not None:
            return time
    for name in labels:
        strong = names.counts_time(name)
        if strong or names.is_counted(name):
            values = to_numbers(table[name], decimal).values
            # A column called "s" or "day" counts as time only where it runs one way; "time" may be unsorted.
            if _is_unique(values) and (strong or (_runs_one_way(values) and _leaves_values(table, name, decimal))):
                return Time(values, "number", name, (name,), ())
    values = to_numbers(table[labels[0]], decimal).values
    return Time(values, "number", labels[0], (labels[0],), ()) if _grows_evenly(values) else None


def _clock(table: pd.DataFrame, name: str, options: ReadOptions) -> Time | None:
    """Durations, and times of day without dates: seconds since the start or the first midnight."""
    found = find_duration(table[name], options.calendar) or _time_of_day(table, name)
    if found is None or not (_is_unique(found.seconds) or options.time_column == name):
        return None
    across = ", across midnight" if found.passes_midnight else ""
    what = "times of day" if found.layout == HOURS or not found.layout else "minutes and seconds"
    guesses = (questions.duration(name, found, options),) if found.other is not None else ()
    note = f"'{name}' holds {'durations or ' if not found.layout else ''}{what}; it was read in seconds{across}."
    return Time(found.seconds, "number", name, (name,), guesses, (note,))


def _time_of_day(table: pd.DataFrame, name: str) -> Duration | None:
    """Clocks with more than colons in them: 7:30 PM, 08:00 UTC, 7h30."""
    column = look_at(table, list(map(str, table.columns)).index(name), None)
    if not column.clocks or column.is_numeric:
        return None
    reading = column.clocks[0]
    seconds = elapsed(reading.fields)
    lacks = np.ones(len(seconds), dtype=bool)
    lacks[reading.rows_read] = False
    seconds = np.where(lacks, np.nan, seconds)
    known = seconds[np.isfinite(seconds)]
    if len(known) < FITS * reading.present or len(known) < 2:
        return None
    on = running(seconds)
    return None if on is None else Duration(on, HOURS, passes_midnight=bool(np.any(np.diff(known) < 0)))


def _in_order(table: pd.DataFrame) -> Time:
    return Time(np.arange(len(table), dtype=np.float64), "index", "sample", (), ())


def _is_unique(values: Floats) -> bool:
    known = values[np.isfinite(values)]
    if len(known) < 0.5 * len(values) or len(known) < 2:
        return False
    return len(np.unique(known)) >= (1 - MOST_REPEATS) * len(known)


def _leaves_values(table: pd.DataFrame, name: str, decimal: str) -> bool:
    """Whether another column holds numbers that do not just count the rows."""
    others = [to_numbers(table[other], decimal).values for other in map(str, table.columns) if other != name]
    return any(np.isfinite(values).any() and not _grows_evenly(values) for values in others)


def _runs_one_way(values: Floats) -> bool:
    gaps = np.diff(values[np.isfinite(values)])
    return bool(np.all(gaps >= 0) or np.all(gaps <= 0))


def _grows_evenly(values: Floats) -> bool:
    if len(values) < 3 or not np.all(np.isfinite(values)):
        return False
    gaps = np.diff(values)
    return bool(np.all(gaps > 0) and np.ptp(gaps) <= 1e-3 * np.median(gaps))
