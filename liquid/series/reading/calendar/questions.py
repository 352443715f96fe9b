"""What was guessed about a table's time, in words: each guess with its alternatives and what each would give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from liquid.errors import LiquidError
from liquid.series.frequency import DAY
from liquid.series.reading.calendar import columns, names
from liquid.series.reading.calendar.candidates import Candidate
from liquid.series.reading.calendar.durations import HOURS, MINUTES, Duration
from liquid.series.reading.calendar.fields import LAST_YEAR, Floats, Stamps
from liquid.series.reading.calendar.layouts import Layout, layouts
from liquid.series.reading.calendar.tokens import tokenise
from liquid.series.reading.calendar.words import MONTHS, WEEKDAYS
from liquid.series.reading.numbers import as_text
from liquid.series.reading.options import DATE_ORDERS, NO_TIME, Guess, Question, ReadOptions
from liquid.series.words import enumerated, legible, listed

FUTURE = 2030  # years of two digits beyond may as well be of the century before
SPANS = ((DAY, "days"), (3600, "hours"), (60, "minutes"), (1, "seconds"))
MOST_LOOKED_AT = 5_000  # cells
IN_ORDER = "none, the order of the rows"
LENGTHS = {"Y": "years", "YQ": "quarters", "QY": "quarters", "YM": "months", "MY": "months"}
PART_NAMES = MONTHS.keys() | WEEKDAYS
MOST_PARTS = 20  # different names of months or weekdays
SURE_ROWS = 10  # with so many rows in even steps, another layout that puts them out of order is no rival


def column(
    used: Sequence[str], labels: Sequence[str], sources: Sequence[Candidate], why: str, options: ReadOptions
) -> Guess:
    """Which column is the time; doubtful where another one called a time holds other times as well."""
    spans = {source.columns[0]: f"{source.columns[0]}: {_span(source.stamps.seconds)}" for source in sources}
    choices = ((NO_TIME, IN_ORDER), *((name, spans.get(name, name)) for name in labels))
    what = f"Time is the column {listed(used)}" if used else "Time is the order of the rows"
    if len(used) > 1:
        what = f"Time is made of the columns {listed(used)}"
    rivals = [other for other in sources[1:] if _is_rival(sources[0], other)]
    if rivals and not why:
        why = f"and not {listed([rival.columns[0] for rival in rivals])}, which holds times as well"
    value = used[0] if used else NO_TIME
    given = options.time_column is not None
    sentence = f"{what}{', ' if why else ''}{why}."
    return Guess("time_column", value, sentence, choices, given=given, doubtful=bool(rivals) and not given)


def lacks_year(best: Candidate) -> str:
    """Where a month and a year of two digits may as well be a day and a month: 01/02; "" elsewhere."""
    if best.reading is None or best.reading.layout.month is not None or best.reading.layout.date not in ("yM", "My"):
        return ""
    if best.even >= 2 and np.median(np.abs(np.diff(best.known))) < 300 * DAY:
        return ""
    return "they were read as months of years, and may be days of months without a year"


def long_day(table: pd.DataFrame, best: Candidate) -> str:
    """Where hours count to 25 on the day that clocks go back; "" elsewhere."""
    for name in best.columns[1:]:
        column = table[name]
        if names.part_of(name) == "hour" and column.dtype.kind in "iuf" and column.max() == 25:
            shown = legible(name, 40)
            return f"'{shown}' counts to 25 where clocks go back, and the hours of that day are read as of any other"
    return ""


def refuse_mixed_lengths(table: pd.DataFrame) -> None:
    """A Question where one column has years, quarters and months under one another: each is a series of its own."""
    for name in map(str, table.columns):
        if table[name].dtype.kind in "iufb":
            continue
        counts: dict[str, int] = {}
        present = table[name].dropna()
        cells = as_text(present.iloc[:: max(len(present) // MOST_LOOKED_AT, 1)])
        for tokens in tokenise(cells):
            length = next((LENGTHS[layout.date] for layout in layouts(tokens) if layout.date in LENGTHS), "")
            length = "months" if length == "years" and tokens.words else length
            if length:
                counts[length] = counts.get(length, 0) + len(tokens.rows)
        if len(counts) > 1 and sum(counts.values()) >= columns.FITS * len(cells):
            parts = enumerated([f"{count:,} {length}" for length, count in counts.items()])
            sentence = (
                f"The column '{legible(name, 40)}' mixes {parts}: keep the rows of one length, or set the time column "
                f"to '{NO_TIME}' for the order of the rows."
            )
            raise Question(Guess("time_column", NO_TIME, sentence, ((NO_TIME, IN_ORDER),), doubtful=True))


def not_understood(table: pd.DataFrame) -> str:
    """Which column is called a time, or tells a part of one, and does not date the rows; "" where none is."""
    for name in map(str, table.columns):
        column, part = table[name], names.part_of(name) or ("day of the week" if names.is_weekday(name) else "")
        shown = legible(name, 40)
        if column.dtype.kind in "iufb":
            if names.counts_time(name) and np.any(np.diff(column.dropna().to_numpy(dtype=np.float64)) < 0):
                return f"'{shown}' starts over, and no column tells what in"
            if names.cycles(name, column.to_numpy(dtype=np.float64)):
                return f"'{shown}' tells the {part} alone, of which year is not known"
            continue
        cells = as_text(column).dropna()
        if len(cells) <= 0.5 * len(column):
            continue
        if all(cell.lower().rstrip(".") in PART_NAMES for cell in cells.unique()[:MOST_PARTS]):
            return f"'{shown}' tells months or days of the week alone (such as '{legible(cells.iloc[0], 40)}')"
        colons = all(cell.count(":") > 1 and cell[:1].isdecimal() for cell in cells.iloc[:MOST_PARTS])
        if (names.is_time(name) or part or colons) and cells.nunique() > 0.5 * len(cells):
            return f"'{shown}' was not understood as a time (it holds '{legible(cells.iloc[0], 40)}')"
    return ""


def order(table: pd.DataFrame, best: Candidate, rivals: Sequence[Candidate], options: ReadOptions) -> Iterator[Guess]:
    """How the dates are written, where that is not plain: whether the day stands first, or which layout they have."""
    if best.reading is None:
        return
    swapped = [rival for rival in rivals if _is_swapped(best, rival)]
    others = [rival for rival in rivals if rival not in swapped and _is_likely(best, rival)]
    if options.calendar is not None or others:
        yield _layout(best, [best, *swapped, *others], options)
    elif day_first(best) is not None:
        yield _day_first(table, best, swapped, options)


def duration(name: str, found: Duration, options: ReadOptions) -> Guess:
    """Whether 0:20 is twenty minutes or twenty seconds."""
    ways = {found.layout: found.seconds, (MINUTES if found.layout == HOURS else HOURS): found.other}
    choices = tuple(
        (way, f"{way}: {_length(seconds)} in all") for way in (HOURS, MINUTES) if (seconds := ways[way]) is not None
    )
    words = {HOURS: "hours and minutes", MINUTES: "minutes and seconds"}[found.layout]
    given = options.calendar == found.layout
    said = ", as you said" if given else "; choose the calendar to overrule" if found.doubtful else ""
    return Guess(
        "calendar", found.layout, f"'{name}' was read in {words}{said}.", choices, given, doubtful=found.doubtful
    )


def _length(seconds: Floats) -> str:
    span = float(np.nanmax(seconds) - np.nanmin(seconds))
    size, unit = next((size, unit) for size, unit in SPANS if span >= size or size == 1)
    return f"{span / size:.3g} {unit}"


def century(stamps: Stamps, options: ReadOptions) -> Iterator[Guess]:
    """The century of years of two digits."""
    known = stamps.seconds[np.isfinite(stamps.seconds)]
    first, last = (int(str(_day(known[at]))[:4]) for at in (int(known.argmin()), int(known.argmax())))
    value = stamps.century if stamps.century is not None else 2000
    choices = tuple(
        (other, _years(first + other - value, last + other - value)) for other in (value - 100, value, value + 100)
    )
    given = options.century is not None
    said = f"Years of two digits were read as {_years(first, last)}{', as you said' if given else ''}."
    yield Guess(
        "century", value, said, choices, given=given, doubtful=not given and (last > FUTURE or first + 100 <= LAST_YEAR)
    )


def zone(chosen: str, fitting: Sequence[str], options: ReadOptions) -> Guess:
    """The zone of times without an offset, whose hour that comes twice the order of the rows tells apart."""
    choices = (*((name, name) for name in fitting), ("", "unknown: equal times are repeats"))
    if options.zone:
        return Guess("zone", chosen, f"Times are those of clocks in {chosen}, as you said.", choices, given=True)
    sentence = (
        "One hour comes twice, as where clocks are set back in autumn: the order of the rows tells the two apart, with "
        f"clocks as in {chosen}"
    )
    others = f"; those of {listed(fitting[1:], 3)} would do as well" if len(fitting) > 1 else ""
    return Guess("zone", chosen, f"{sentence}{others}.", choices, doubtful=len(fitting) > 1)


def notes(best: Candidate, table: pd.DataFrame) -> Iterator[str]:
    """What was understood that a person may want to know."""
    name = best.columns[0]
    if best.unit:
        days = best.unit == "days"
        yield f"'{name}' was read as {'days as Excel counts them' if days else best.unit}."
        return
    if best.periods:
        yield f"'{best.columns[-1]}' counts {best.periods} periods of the day; each was read as its start."
    if best.reading is None:
        return
    layout = best.reading.layout
    if layout.key == "YYYY" and len(best.columns) == 1:
        yield f"'{name}' was read as years."
    elif layout.date == "YM" and layout.takes[0].length:
        yield f"'{name}' was read as months, {layout.key}."
    elif layout.date == "YW":
        yield f"'{name}' was read as weeks ({layout.key}); each is the Monday that it begins with."
    elif layout.takes[0].length:
        yield f"'{name}' was read as dates written {layout.key}."
    if best.reading.is_interval:
        yield f"'{name}' holds intervals; each was read as its start."
    zone_names = best.reading.zone_names
    if zone_names:
        yield f"Zones by name ({listed(zone_names)}) were read as their usual offsets from UTC."


def refuse_mixed_orders(table: pd.DataFrame, options: Sequence[Candidate]) -> None:
    """LiquidError where some cells can only have the day first and others only the month."""
    ways: dict[tuple[str, bool], Candidate] = {}
    for option in options:
        first = day_first(option)
        if first is not None and option.reading is not None and len(option.columns) == 1:
            ways.setdefault((option.reading.layout.date, first), option)
    for (date, first), one in ways.items():
        other = ways.get((date.replace("DM", "MD"), False)) if first else None
        if other is None:
            continue
        day_only = np.isfinite(one.utc) & ~np.isfinite(other.utc)
        month_only = np.isfinite(other.utc) & ~np.isfinite(one.utc)
        if day_only.any() and month_only.any():
            text = as_text(table[one.columns[0]])
            day, month = text.iloc[int(day_only.argmax())], text.iloc[int(month_only.argmax())]
            raise LiquidError(
                f"The dates mix two orders: '{legible(day, 40)}' has the day first and '{legible(month, 40)}' the "
                "month. Write all dates one way, best as 2024-01-31."
            )


def day_first(option: Candidate) -> bool | None:
    return None if option.reading is None else columns.day_first(option.reading.layout)


def _is_likely(best: Candidate, rival: Candidate) -> bool:
    """Whether another layout may as well be meant: the year first is rare beside points, slashes and month names."""
    if rival.reading is None or _are_same(best, rival):
        return False
    layout = rival.reading.layout
    if layout.date in ("yMD", "yD") and _is_rare(layout):
        return best.merit < rival.merit
    return best.even < 2 or rival.even >= 2 or len(best.known) < SURE_ROWS


def _is_rare(layout: Layout) -> bool:
    return layout.month is not None or "/" in layout.key or "." in layout.key


def _is_swapped(best: Candidate, rival: Candidate) -> bool:
    first, other = day_first(best), day_first(rival)
    if rival is best or first is None or other is None or best.reading is None or rival.reading is None:
        return False
    return first != other and sorted(best.reading.layout.date) == sorted(rival.reading.layout.date)


def _day_first(table: pd.DataFrame, best: Candidate, swapped: Sequence[Candidate], options: ReadOptions) -> Guess:
    first = bool(day_first(best))
    choices = tuple(DATE_ORDERS.items())
    said = DATE_ORDERS[first]
    if options.day_first is not None:
        return Guess("day_first", first, f"Dates were read {said}, as you said.", choices, given=True)
    text = as_text(table[best.columns[0]])
    if not swapped:
        stamps = best.stamps.seconds
        days = pd.Series(pd.to_datetime(stamps, unit="s", errors="coerce")).dt.day.to_numpy()
        shows = np.flatnonzero(days > 12)
        why = f", which '{legible(text.iloc[shows[0]], 40)}' shows" if len(shows) else ""
        return Guess("day_first", first, f"Dates were read {said}{why}.", choices)
    rival = swapped[0]
    choices = _outcomes(best, rival)
    if best.merit > rival.merit:
        sentence = (
            f"No day is above 12, so the order of day and month is open; {said} gives the more even spacing and was "
            "taken; choose the date order to overrule."
        )
        sure = best.even >= 2 and rival.even == 0 and len(best.known) >= SURE_ROWS
        return Guess("day_first", first, sentence, choices, doubtful=not sure)
    mark = text[text.notna()].iloc[0].strip("0123456789")[:1]
    usual = f", as is usual with '{mark}'" if mark else ""
    sentence = (
        f"No day is above 12 and the spacing does not tell, so the order of day and month is open: {said} was assumed"
        f"{usual}; choose the date order to overrule."
    )
    return Guess("day_first", first, sentence, choices, doubtful=not _are_same(best, rival))


def _layout(best: Candidate, options_: Sequence[Candidate], options: ReadOptions) -> Guess:
    """Which of several layouts the dates have, the outcome of each beside it."""
    readings = [(option, option.reading) for option in options_ if option.reading is not None]
    choices = tuple(
        (reading.layout.key, f"{reading.layout.key}: {_span(option.stamps.seconds)}") for option, reading in readings
    )
    key = readings[0][1].layout.key
    given = options.calendar is not None
    if given:
        return Guess("calendar", key, f"Dates were read as {key}, as you said.", choices, given=True)
    why = "gives the likelier steps" if best.merit > options_[1].merit else "is the more usual"
    rest = " or ".join(reading.layout.key for _, reading in readings[1:])
    sentence = f"Dates were read as {key}; {rest} would fit as well, but {key} {why}; choose the calendar to overrule."
    return Guess("calendar", key, sentence, choices, doubtful=True)


def _outcomes(best: Candidate, rival: Candidate) -> tuple[tuple[bool, str], ...]:
    """Both orders of day and month, with a date that shows the difference as each would have it."""
    both = np.isfinite(best.stamps.seconds) & np.isfinite(rival.stamps.seconds)
    differs = np.flatnonzero(both & (best.stamps.seconds != rival.stamps.seconds))
    if not len(differs):
        return tuple(DATE_ORDERS.items())
    at = int(differs[0])
    ways = {bool(day_first(option)): option.stamps.seconds[at] for option in (best, rival)}
    return tuple((first, f"{words}: {in_words(ways[first])}") for first, words in DATE_ORDERS.items())


def in_words(seconds: float) -> str:
    """A day as no one can misread it: 12 May 2024."""
    day = pd.Timestamp(_day(seconds))
    return f"{day.day} {day.month_name()} {day.year}"


def _span(seconds: Floats) -> str:
    known = seconds[np.isfinite(seconds)]
    return f"{in_words(known[0])} to {in_words(known[-1])}"


def _years(first: int, last: int) -> str:
    return str(first) if first == last else f"{first} to {last}"


def _day(seconds: float) -> np.datetime64:
    return np.datetime64(int(seconds // 86_400), "D")


def _is_rival(best: Candidate, other: Candidate) -> bool:
    """Whether another column is as good a time and says something else."""
    if (
        other.named > best.named
        or len(other.columns) > 1
        or best.columns[0] in other.columns
        or other.distinct < best.distinct - 0.01
    ):
        return False
    return not _are_same(best, other)


def _are_same(best: Candidate, other: Candidate) -> bool:
    return np.array_equal(best.utc, other.utc, equal_nan=True)
