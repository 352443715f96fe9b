"""What one column of a table may hold of a calendar: whole dates, clocks, or parts such as the year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from liquid.series.frequency import DAY
from liquid.series.reading.calendar import names
from liquid.series.reading.calendar.fields import ABSENT, RANGES, YEARS, Fields, Floats, Ints, Stamps, compose
from liquid.series.reading.calendar.layouts import Layout, layouts
from liquid.series.reading.calendar.tokens import DIGITS, WORD, Tokens, of_numbers, tokenise
from liquid.series.reading.calendar.words import MARKS, MONTHS
from liquid.series.reading.numbers import as_text

SAMPLE = 2000
FITS = 0.8  # share of a column's cells that have to be dates
MAY_FIT = 0.4  # with fewer in a sample a layout is not looked at again
COMPACT_YEARS = (1500, 2200)  # digits without marks have to be in this range to be years


@dataclass(frozen=True, eq=False)
class Reading:
    """A column's cells under one layout each skeleton; `layout` is that of the most frequent."""

    name: str
    position: int
    layout: Layout
    pairs: tuple[tuple[Tokens, Layout], ...]
    rows: int
    present: int
    rank: int  # 0 for the most usual layout

    @cached_property
    def fields(self) -> Fields:
        """Fields of all rows, `[row]`."""
        fields: Fields = {}
        for tokens, layout in self.pairs:
            whole = len(tokens.rows) == self.rows
            for name, values in layout.fields(tokens).items():
                if whole:
                    fields[name] = values
                else:
                    fields.setdefault(name, np.full(self.rows, ABSENT))[tokens.rows] = values
        return fields

    @cached_property
    def stamps(self) -> Stamps:
        """The column's own stamps; of a clock, seconds after midnight."""
        return _known(compose(self.fields), self.rows_read)

    @cached_property
    def rows_read(self) -> Ints:
        return np.concatenate([tokens.rows for tokens, _ in self.pairs])

    @cached_property
    def share(self) -> float:
        """Share of the column's cells that are valid."""
        return float(np.isfinite(self.stamps.seconds).sum()) / max(self.present, 1)

    @property
    def is_interval(self) -> bool:
        return self.layout.is_interval

    @property
    def zone_names(self) -> tuple[str, ...]:
        """Zones that the cells name by letters, without those that are UTC."""
        named = [tokens.words[layout.zone].vocabulary for tokens, layout in self.pairs if layout.zone is not None]
        return tuple(sorted({word.upper() for words in named for word in words} - {"Z", "UTC", "GMT"}))

    @property
    def has_day(self) -> bool:
        return bool(set(self.layout.date) & set("DJWV"))


@dataclass(frozen=True, eq=False)
class Column:
    """One column's name, place and readings: `dates` date a row by themselves, `clocks` give its time of day."""

    name: str
    position: int
    dates: tuple[Reading, ...] = ()
    clocks: tuple[Reading, ...] = ()
    days: tuple[Reading, ...] = ()  # days and months whose year stands elsewhere
    numbers: Floats | None = None

    @property
    def is_numeric(self) -> bool:
        return self.numbers is not None


def look_at(table: pd.DataFrame, position: int, raw: pd.DataFrame | None, *, wanted: bool = False) -> Column:
    """A column's readings. `wanted` says that a person takes it for the time, so that a plain year is one."""
    name = str(table.columns[position])
    column = table.iloc[:, position]
    if column.dtype.kind == "b":
        return Column(name, position)
    numbers = column.to_numpy(dtype=np.float64) if column.dtype.kind in "iuf" else None
    if numbers is not None and not _may_be_calendar(numbers, name, position, raw, wanted=wanted):
        return Column(name, position, numbers=numbers)
    cells = _cells(column, numbers, raw.iloc[:, position] if raw is not None else None)
    if not cells:
        return Column(name, position, numbers=numbers)
    present = int(column.notna().sum()) if numbers is not None else int(as_text(column).notna().sum())
    readings = list(_readings(name, position, cells, len(table), present))
    readings = [reading for reading in readings if not _is_day_of_month(reading)]
    plain = numbers is not None or cells[0].skeleton == DIGITS
    if plain:
        readings = [reading for reading in readings if _is_credible(reading, wanted=wanted)]
    return Column(
        name,
        position,
        tuple(reading for reading in readings if reading.layout.is_complete),
        tuple(reading for reading in readings if _is_clock(reading, plain=plain)),
        tuple(reading for reading in readings if reading.layout.date == "D" and reading.layout.month is not None),
        numbers,
    )


def marked_part(column: pd.Series) -> tuple[str, Fields | None]:
    """The part that the cells name themselves, M09 or Q1, and its values; none where they do not."""
    cells = tokenise(as_text(column))
    if not cells or cells[0].pieces != (WORD, DIGITS):
        return "", None
    part = next((part for part in ("month", "quarter", "week") if set(cells[0].words[0].vocabulary) <= MARKS[part]), "")
    values = np.full(len(column), ABSENT)
    values[cells[0].rows] = cells[0].numbers[0]
    return part, {part: values} if part and len(cells) == 1 else None


def part_values(column: pd.Series, field: str) -> Fields | None:
    """The field `[row]` of a column that holds one part of a date, "year" or "short" for years; None where it does not.

    Nearly all of its cells are whole numbers in the field's range, or names of months.
    """
    if column.dtype.kind == "b":
        return None
    numeric = column.dtype.kind in "iuf"
    values = np.full(len(column), ABSENT)
    tokens = of_numbers(column.to_numpy(dtype=np.float64)) if numeric else tokenise(as_text(column))
    for part in tokens:
        plain = [piece.strip(" .") for piece in part.pieces]
        marks = [piece for piece in plain if piece not in (DIGITS, WORD, "")]
        if marks or len(part.numbers) + len(part.words) == 0:
            continue
        if part.numbers and len(part.numbers) == 1 and (not part.words or field not in ("month", "day")):
            values[part.rows] = part.numbers[0]
        elif field == "month" and len(part.words) == 1 and not part.numbers:
            words = part.words[0]
            values[part.rows] = np.array([MONTHS.get(word, ABSENT) for word in words.vocabulary])[words.codes]
    present = int(column.notna().sum())
    if field == "year":
        known = values[values != ABSENT]
        if len(known) and np.mean((known >= 0) & (known < 100)) > 0.95:
            return {"short": values}
        low, high = YEARS
    else:
        low, high = RANGES[field]
    inside = (values >= low) & (values <= high)
    if present == 0 or inside.sum() < 0.95 * present:
        return None
    return {field: np.where(inside, values, ABSENT if field in ("minute", "second") else ABSENT - 1)}


def _cells(column: pd.Series, numbers: Floats | None, raw: pd.Series | None) -> list[Tokens]:
    if numbers is not None:
        from_text = tokenise(as_text(raw)) if raw is not None else []
        whole = bool(np.all(np.floor(numbers[np.isfinite(numbers)]) == numbers[np.isfinite(numbers)]))
        skeleton = DIGITS if whole else f"{DIGITS}.{DIGITS}"
        if from_text and from_text[0].skeleton == skeleton:
            return from_text
        return of_numbers(numbers)
    text = as_text(column)
    some = text.dropna()
    if len(some) and some.iloc[0].endswith("]"):  # 2024-06-10T00:00+02:00[Europe/Berlin]
        text = text.str.replace(r"\[[A-Za-z_/+-]+\d*\]$", "", regex=True)
        some = text.dropna()
    some = some.iloc[:: max(len(some) // 200, 1)]
    fits = sum(len(tokens.rows) for tokens in tokenise(some) if layouts(tokens))
    if some.empty or fits < 0.9 * FITS * len(some):
        return []
    return tokenise(text)


def _may_be_calendar(numbers: Floats, name: str, position: int, raw: pd.DataFrame | None, *, wanted: bool) -> bool:
    """Whether numbers are worth a look: 8 digits or more anywhere, fewer where name or place speak for a time.

    Numbers with decimals are months, 2024.01, only where their text is at hand, since 2024.1 may be October.
    """
    known = numbers[np.isfinite(numbers)]
    if not len(known) or known.min() < 0:
        return False
    if np.any(known != np.floor(known)):
        low, high = COMPACT_YEARS
        year_first = known.min() >= low and known.max() < high
        year_last = names.is_time(name) and known.min() > 1 and known.max() < 13
        if raw is None or not (year_first or year_last):
            return False
    elif known.min() >= 1e7:
        return True
    return wanted or position == 0 or names.is_time(name) or names.is_clock(name) or bool(names.part_of(name))


def _readings(name: str, position: int, cells: list[Tokens], rows: int, present: int) -> list[Reading]:
    main, others = cells[0], cells[1:]
    step = max(len(main.rows) // SAMPLE, 1)
    sample = main.take(np.arange(0, len(main.rows), step))
    found: list[Reading] = []
    choices = [(tokens, layouts(tokens)) for tokens in others]
    for rank, layout in enumerate(layouts(main)):
        stamps = compose(layout.fields(sample))
        if np.isfinite(stamps.seconds).mean() < MAY_FIT:
            continue
        pairs = [(main, layout)]
        for tokens, options in choices:
            alike = _alike(layout, options)
            if alike is not None:
                pairs.append((tokens, alike))
        found.append(Reading(name, position, layout, tuple(pairs), rows, present, rank))
    return found


def _alike(layout: Layout, options: Sequence[Layout]) -> Layout | None:
    """The layout of other cells that goes best with that of most: same order, else day and month in the same order."""
    usable = [option for option in options if option.is_complete == layout.is_complete]
    if not usable:
        return None

    def distance(option: Layout) -> tuple[bool, bool, int]:
        same = option.date.lower() == layout.date.lower()
        return (not same, day_first(option) not in (None, day_first(layout)), usable.index(option))

    return min(usable, key=distance)


def day_first(layout: Layout) -> bool | None:
    """Whether the day stands before the month, in numbers that leave it open; None where they do not."""
    if layout.month is not None or not {"D", "M"} <= set(layout.date) or layout.date[0] in "Yy":
        return None
    return layout.date.index("D") < layout.date.index("M")


def _is_credible(reading: Reading, *, wanted: bool) -> bool:
    """Whether digits without marks are a date: in a plausible century, and named or placed like one where few."""
    layout, name = reading.layout, reading.name
    year = reading.fields.get("year")
    if year is not None:
        known = year[year != ABSENT]
        if ((known >= COMPACT_YEARS[0]) & (known <= COMPACT_YEARS[1])).mean() < 0.99:
            return False
    if not layout.is_complete:
        return names.is_clock(name)
    named = wanted or ((names.is_time(name) or bool(names.part_of(name))) and not names.is_letter(name))
    if layout.date == "Y":
        if names.is_counter(name) or names.part_of(name) not in ("", "year"):
            return wanted
        return named or (reading.position == 0 and _is_even(reading.stamps.seconds / (365.2425 * DAY)))
    if layout.date == "YW" and reading.share < 1:
        return False
    first = layout.date in ("YM", "YW") and reading.position == 0 and _is_ordered(reading.stamps.seconds)
    return (named or first or layout.takes[0].length >= 8) and reading.share > 0.99


def _is_ordered(seconds: Floats) -> bool:
    gaps = np.diff(seconds[np.isfinite(seconds)])
    return bool(np.all(gaps > 0) or np.all(gaps < 0))


def _is_even(years: Floats) -> bool:
    gaps = np.diff(years)
    return bool(len(gaps) > 1 and np.all(np.abs(gaps) > 0.9) and np.ptp(np.round(gaps)) == 0)


def _is_day_of_month(reading: Reading) -> bool:
    """Whether what stands beside the name of a month is a day and no year: 28-Feb, 29-Feb, 1-Mar."""
    if reading.layout.date != "y" or reading.layout.month is None:
        return False
    short, seconds = reading.fields["short"], reading.stamps.seconds
    known = seconds[np.isfinite(seconds)]
    return bool(short.max() <= 31 and (len(known) < 2 or np.median(np.abs(np.diff(known))) > 300 * DAY))


def _is_clock(reading: Reading, *, plain: bool) -> bool:
    layout = reading.layout
    if layout.date or not layout.clock:
        return False
    if plain:
        return names.is_clock(reading.name) and reading.share >= FITS
    return (layout.is_marked or names.is_clock(reading.name)) and (reading.share >= FITS or layout.is_marked)


def _known(stamps: Stamps, rows: Ints) -> Stamps:
    """NaN where the column has no cell that was read."""
    if len(rows) == len(stamps.seconds):
        return stamps
    gone = np.ones(len(stamps.seconds), dtype=bool)
    gone[rows] = False
    seconds = stamps.seconds.copy()
    seconds[gone] = np.nan
    return Stamps(seconds, stamps.offset, stamps.century)
