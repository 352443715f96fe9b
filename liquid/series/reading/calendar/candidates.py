"""Every way to date the rows of a table, from one column or several, each judged on all of its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from liquid.series.frequency import DAY, find_frequency
from liquid.series.reading.calendar import names
from liquid.series.reading.calendar.columns import FITS, Column, Reading, marked_part, part_values
from liquid.series.reading.calendar.fields import Fields, Floats, Stamps, compose

PERIODS = (24, 48, 96)  # of a day that files count
YEAR = 365.2425 * DAY
CLOSE = 0.01  # of the rows: candidates with so few distinct times less are as good
ROUNDED = 2  # digits of the share of rows in order that count


@dataclass(frozen=True, eq=False)
class Candidate:
    """Columns and their fields, with the stamps that they make.

    `named` is how well names agree (0 best), `rank` what is more usual (0 first), `reading` that of its main column.
    """

    columns: tuple[str, ...]
    stamps: Stamps
    reading: Reading | None = None
    named: int = 0
    rank: int = 0
    zone: str = ""
    unit: str = ""  # of unix times
    periods: int = 0  # of a day, where a column counts them
    fields: Fields = field(default_factory=dict)

    @cached_property
    def utc(self) -> Floats:
        """Seconds since 1970, those with an offset in UTC."""
        return self.stamps.seconds - np.nan_to_num(self.stamps.offset)

    @cached_property
    def known(self) -> Floats:
        return self.utc[np.isfinite(self.utc)]

    @cached_property
    def distinct(self) -> float:
        """Different times as a share of all rows."""
        if len(self.known) == 0:
            return 0.0
        gaps = np.diff(self.known)
        several = np.all(gaps > 0) or np.all(gaps < 0)
        return (len(self.known) if several else len(np.unique(self.known))) / len(self.utc)

    @cached_property
    def order(self) -> float:
        """Share of the steps that go the way most do."""
        gaps = np.diff(self.known)
        gaps = gaps[gaps != 0]
        return round(max(float((gaps > 0).mean()), float((gaps < 0).mean())), ROUNDED) if len(gaps) else 0.0

    @cached_property
    def even(self) -> int:
        """3 for steps of one length, 2 for whole numbers of them, 1 for the rest; 0 where times are out of order."""
        times = np.unique(self.known)
        if self.order < 0.9:
            return 0
        if len(times) < 3 or self.order < 1:
            return 1
        frequency = find_frequency(times, "date")
        return 3 if frequency.is_even else 2 if frequency.has_gaps_only and frequency.steps.mean() < 2 else 1

    @property
    def is_too_long(self) -> bool:
        """Whether years of two digits run through more than a century: then order was made where there was none."""
        return "short" in self.fields and len(self.known) > 0 and bool(np.ptp(self.known) > 100 * YEAR)

    @property
    def merit(self) -> tuple[float, ...]:
        """What decides between layouts of the same columns, after the number of distinct times."""
        return (self.order, self.even)


def best(candidates: Sequence[Candidate]) -> tuple[Candidate, tuple[Candidate, ...]]:
    """The best of candidates for the same columns, and those that are as good or nearly, it included."""
    candidates = [candidate for candidate in candidates if not candidate.is_too_long] or candidates
    most = max(candidate.distinct for candidate in candidates)
    pool = [candidate for candidate in candidates if candidate.distinct >= most - CLOSE]
    ranked = sorted(pool, key=lambda candidate: (*(-value for value in candidate.merit), candidate.rank))
    return ranked[0], tuple(ranked)


def from_date(date: Reading, columns: Sequence[Column], table: pd.DataFrame) -> Iterator[Candidate]:
    """A column of dates by itself, and with the columns that give its time of day."""
    zone = names.zone_of(date.name)
    named = 0 if names.is_time(date.name) else 1
    alone = Candidate((date.name,), date.stamps, date, named, date.rank, zone, fields=date.fields)
    if date.layout.date in ("YM", "MY", "yM", "My"):
        yield from _with_day(alone, columns, table)
    if not date.has_day or date.layout.clock or any(layout.clock for _, layout in date.pairs):
        yield alone
        return
    with_clock = list(_with_clock(alone, columns, table, date.position))
    if not any(candidate.named <= named for candidate in with_clock):
        yield alone
    yield from with_clock


def from_parts(columns: Sequence[Column], table: pd.DataFrame, raw: pd.DataFrame | None) -> Iterator[Candidate]:
    """Dates spread over columns whose names say year, month, day, hour, …, the year among them."""
    parts: dict[str, list[tuple[str, Fields]]] = {}
    labels = [column.name for column in columns]
    for column in columns:
        cells = table.iloc[:, column.position]
        part = names.part_of(column.name, labels)
        values = part_values(cells, part) if part else None
        if values is None and not column.is_numeric:
            part, values = marked_part(cells)
        if values is not None:
            parts.setdefault(part, []).append((column.name, values))
    for days in (column for column in columns if column.days):
        for year in parts.get("year", []):
            reading = days.days[0]
            yield _merged((year, (days.name, reading.fields)), reading)
    for year in parts.get("year", []):
        yield from _of_year(year, parts, columns, table)


def _of_year(
    year: tuple[str, Fields], parts: dict[str, list[tuple[str, Fields]]], columns: Sequence[Column], table: pd.DataFrame
) -> Iterator[Candidate]:
    whole: list[tuple[tuple[str, Fields], ...]] = [] if names.is_letter(year[0]) else [(year,)]
    for coarse in ("quarter", "week"):
        whole += [(year, part) for part in parts.get(coarse, [])[:1]]
    days: list[tuple[tuple[str, Fields], ...]] = [(year, part) for part in parts.get("doy", [])[:1]]
    for month in parts.get("month", [])[:2]:
        whole.append((year, month))
        days += [(year, month, day) for day in parts.get("day", [])[:2]]
    for chosen in whole:
        yield replace(_merged(chosen), rank=5 - len(chosen))
    for chosen in days:
        alone = replace(_merged(chosen), rank=5 - len(chosen))
        if np.isfinite(alone.utc).mean() < FITS:
            continue
        with_clock = list(_with_clock(alone, columns, table, None))
        if not any(candidate.named == 0 for candidate in with_clock):
            yield alone
        yield from with_clock


def by_place(columns: Sequence[Column], table: pd.DataFrame) -> Iterator[Candidate]:
    """Year, month and day side by side whose names do not say so: only where the dates come out in order and even."""
    for first in range(min(len(columns) - 1, 8)):
        for fields in (("year", "month", "day"), ("day", "month", "year"), ("month", "day", "year"), ("year", "month")):
            group = columns[first : first + len(fields)]
            if len(group) < len(fields) or any(
                not column.is_numeric and part != "month" for column, part in zip(group, fields, strict=True)
            ):
                continue
            values = [
                part_values(table.iloc[:, column.position], part) for column, part in zip(group, fields, strict=True)
            ]
            merged = [(column.name, value) for column, value in zip(group, values, strict=True) if value is not None]
            if len(merged) < len(fields) or any("short" in value for _, value in merged):
                continue
            candidate = replace(_merged(merged), named=2, rank=5 - len(fields))
            if candidate.distinct > 1 - CLOSE and candidate.order == 1 and candidate.even >= 2:
                yield candidate


def unix(column: Column) -> Candidate | None:
    """A column of unix time, of 1973 to 2128, or of other counts; days of Excel where called a date."""
    if column.numbers is None or not np.isfinite(column.numbers).any():
        return None
    values = column.numbers
    low, high = np.nanmin(values), np.nanmax(values)
    named = 0 if names.is_time(column.name) else 1
    for least, most, per_second, unit, epoch in UNIX:
        if least <= low and high <= most:
            stamps = Stamps(values / per_second - epoch, np.zeros(len(values)))
            return Candidate((column.name,), stamps, None, named, 50, "UTC", unit)
    if EXCEL[0] <= low and high <= EXCEL[1] and names.is_date(column.name):
        seconds = np.round((values - EXCEL_1970) * DAY, 3)
        return Candidate((column.name,), Stamps(seconds, np.full(len(values), np.nan)), None, named, 50, "", "days")
    return None


# Days since the end of 1899, as Excel counts dates: those of 1968 to 2078.
EXCEL = (25_000.0, 65_000.0)
EXCEL_1970 = 25_569
# Ranges in which numbers are times since 1970, how many of them make a second, and the seconds from where they start to
# 1970. Windows counts from 1601 and .NET from the year 1: theirs of today would be nanoseconds of 1974 and 1990.
UNIX = (
    (1e8, 5e9, 1.0, "unix time in seconds", 0.0),
    (1e11, 5e12, 1e3, "unix time in ms", 0.0),
    (1e14, 5e15, 1e6, "unix time in microseconds", 0.0),
    (1.2e17, 1.6e17, 1e7, "file time of Windows", 11_644_473_600.0),
    (6.2e17, 6.6e17, 1e7, "ticks of .NET", 62_135_596_800.0),
    (1e17, 5e18, 1e9, "unix time in ns", 0.0),
)


def _with_day(alone: Candidate, columns: Sequence[Column], table: pd.DataFrame) -> Iterator[Candidate]:
    for column in columns:
        if column.name not in alone.columns and names.part_of(column.name) == "day":
            values = part_values(table.iloc[:, column.position], "day")
            if values is not None:
                merged = _merged(((alone.columns[0], alone.fields), (column.name, values)), alone.reading)
                yield from _with_clock(merged, columns, table, None)
                yield merged


def _with_clock(
    alone: Candidate, columns: Sequence[Column], table: pd.DataFrame, position: int | None
) -> Iterator[Candidate]:
    """The candidate with each column that may be its clock; `named` is as before where name or place speak for it."""
    for column in columns:
        if column.name in alone.columns or (column.dates and not column.clocks):
            continue
        if _is_end_of_day(column):
            if names.is_clock(column.name):
                yield replace(alone, columns=(*alone.columns, column.name))
            continue
        beside = position is not None and abs(column.position - position) == 1
        yield from _with_period(alone, column)
        with_hour = list(_with_hour(alone, column, columns, table))
        yield from with_hour
        for clock in column.clocks[:2] if not with_hour else ():
            merged = _merged(((alone.columns, alone.fields), (column.name, clock.fields)), alone.reading, clock)
            named = alone.named if names.is_clock(column.name) else alone.named + (1 if beside else 2)
            yield replace(merged, named=named, rank=alone.rank, zone=alone.zone or names.zone_of(column.name))


def _is_end_of_day(column: Column) -> bool:
    """Whether 24 or 2400 stands in all rows, as for sums of whole days: it moves none of them to the next."""
    return column.numbers is not None and bool(np.isin(column.numbers, (24, 2400)).all())


def _with_period(alone: Candidate, column: Column) -> Iterator[Candidate]:
    """With a column that counts the hours, halves or quarters of the day, where that makes times even."""
    if column.numbers is None or not names.is_period(column.name):
        return
    first, most = np.nanmin(column.numbers), np.nanmax(column.numbers)
    for count in PERIODS:
        if first in (0, 1) and most == count - 1 + first:
            stamps = replace(alone.stamps, seconds=alone.stamps.seconds + (column.numbers - first) * DAY / count)
            merged = replace(alone, columns=(*alone.columns, column.name), stamps=stamps, periods=count)
            if merged.distinct > 1 - CLOSE and merged.even >= 2:
                yield merged
            return


def _with_hour(alone: Candidate, column: Column, columns: Sequence[Column], table: pd.DataFrame) -> Iterator[Candidate]:
    is_hour = names.part_of(column.name) == "hour" and (
        not column.clocks or any(clock.layout.clock == "H" and clock.layout.half is None for clock in column.clocks)
    )
    hour = part_values(table.iloc[:, column.position], "hour") if is_hour else None
    if hour is None:
        return
    merged: list[tuple[str | tuple[str, ...], Fields]] = [(alone.columns, alone.fields), (column.name, hour)]
    labels = [other.name for other in columns]
    for part in ("minute", "second"):
        others = [other for other in columns if names.part_of(other.name, labels) == part]
        values = [part_values(table.iloc[:, other.position], part) for other in others]
        fine = [(other.name, value) for other, value in zip(others, values, strict=True) if value is not None]
        if not fine:
            break
        merged.append(fine[0])
    zone = alone.zone or names.zone_of(column.name)
    yield replace(_merged(merged, alone.reading), named=alone.named, rank=alone.rank, zone=zone)


def _merged(
    parts: Sequence[tuple[str | tuple[str, ...], Fields]], reading: Reading | None = None, clock: Reading | None = None
) -> Candidate:
    """One candidate of the fields of several columns; a row that lacks the clock of the others has no time."""
    fields: Fields = {}
    used: list[str] = []
    for columns, some in parts:
        used += [columns] if isinstance(columns, str) else list(columns)
        fields |= some
    stamps = compose(fields)
    if clock is not None and len(clock.rows_read) < len(stamps.seconds):
        lacks = np.ones(len(stamps.seconds), dtype=bool)
        lacks[clock.rows_read] = False
        stamps = replace(stamps, seconds=np.where(lacks, np.nan, stamps.seconds))
    named = 0 if reading is None or names.is_time(reading.name) else 1
    return Candidate(tuple(used), stamps, reading, named, fields=fields)
