"""Dates from text: ISO, day first, month first, month names, months, quarters; the order decided from all cells."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from liquid.errors import LiquidError
from liquid.series.reading.options import DATE_ORDERS, Guess
from liquid.series.rhythm import find_rhythm
from liquid.series.series import Floats

_ZONE = r"(?:Z|[+-]\d{2}(?::?\d{2})?)?"
_ISO = re.compile(
    rf"\d{{4}}-\d{{2}}-\d{{2}}(?:[T ]\d{{2}}:\d{{2}}(?::\d{{2}}(?:\.\d+)?)?{_ZONE})?|\d{{8}}T\d{{4}}(?:\d{{2}})?{_ZONE}"
)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(:(\d{2})([.]\d+)?)?( ?[AaPp][Mm])?( ?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?")
_DAY_CLOCK = r"\d{1,3}:\d{2}(?::\d{2}(?:\.\d+)?)?"
_WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[,.]? +", re.IGNORECASE)
_ORDERED = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})\b")
# Patterns of the date alone and the format of each; {s} is the separator, <dm> is the pair that day and month share.
_DATES = (
    (r"\d{4}(?P<s>[-/.])\d{1,2}(?P=s)\d{1,2}", "%Y{s}%m{s}%d"),
    (r"\d{1,2}(?P<s>[-/.])\d{1,2}(?P=s)\d{4}", "<d>{s}<m>{s}%Y"),
    (r"\d{1,2}(?P<s>[-/.])\d{1,2}(?P=s)\d{2}", "<d>{s}<m>{s}%y"),
    (r"\d{4}(?P<s>[-/.])\d{1,2}", "%Y{s}%m"),
    (r"\d{1,2}(?P<s>[-/.])\d{4}", "%m{s}%Y"),
    (r"\d{4}M\d{1,2}", "%YM%m"),
    (r"\d{8}", "%Y%m%d"),
    (r"\d{1,2}(?P<s>[-/. ])(?P<name>[A-Za-z]+)(?P=s)\d{4}", "%d{s}%{b}{s}%Y"),
    (r"\d{1,2}(?P<s>[-/. ])(?P<name>[A-Za-z]+)(?P=s)\d{2}", "%d{s}%{b}{s}%y"),
    (r"(?P<name>[A-Za-z]+)(?P<s>[-/. ])\d{1,2}(?P=s)\d{4}", "%{b}{s}%d{s}%Y"),
    (r"(?P<name>[A-Za-z]+)(?P<s> )\d{1,2}, \d{4}", "%{b}{s}%d, %Y"),
    (r"(?P<name>[A-Za-z]+)(?P<s>[-/. ])\d{4}", "%{b}{s}%Y"),
    (r"\d{4}(?P<s>[-/. ])(?P<name>[A-Za-z]+)", "%Y{s}%{b}"),
    (r"(?P<name>[A-Za-z]+)(?P<s>[-/.])\d{2}", "%{b}{s}%y"),
)
_DATE_PATTERNS = tuple((re.compile(pattern), format_) for pattern, format_ in _DATES)
_QUARTER = re.compile(r"\d{4}[- ]?[Qq][1-4]")
_MONTHS = frozenset(month.lower() for month in calendar.month_name[1:])
_MOST_FORMATS = 8  # in one column; a file glued together from several has two or three

ISO, QUARTER = "ISO8601", "quarter"


@dataclass(frozen=True)
class Dates:
    """Seconds since 1970 in UTC, `[row]`, NaN where a cell is no date; how day and month were told apart; notes."""

    seconds: Floats
    order: Guess | None
    notes: tuple[str, ...]


def looks_like_dates(cells: list[str]) -> bool:
    """Whether at least four of five cells are dates in a format that `parse` knows."""
    known = sum(_format(cell) is not None for cell in cells)
    return bool(cells) and known >= 0.8 * len(cells)


def parse(text: pd.Series, day_first: bool | None) -> Dates:
    """A column of stripped text as dates. LiquidError where day-first and month-first cells stand side by side."""
    notes: list[str] = []
    if any(_WEEKDAY.match(cell) for cell in text.dropna().iloc[:200]):
        text = text.str.replace(_WEEKDAY.pattern, "", case=False, regex=True)
    order = _find_order(text, day_first)
    first = bool(order.value) if order else False
    seconds = np.full(len(text), np.nan)
    seen: list[str] = []
    rest = text
    for _ in range(_MOST_FORMATS):
        left = rest.dropna()
        found = next((f for f in map(_format, left.iloc[:: max(len(left) // 100, 1)]) if f and f not in seen), None)
        if found is None:
            break
        seen.append(found)
        stamps = _parse_as(left, _ordered(found, first))
        seconds[text.index.get_indexer(left.index)] = stamps
        rest = left[np.isnan(stamps)]
    if any("%y" in format_ for format_ in seen):
        notes.append("Years of two digits were read as 1969 to 2068.")
    zoned = text.str.contains(r":.*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})$", regex=True).fillna(False).astype(bool)
    if zoned.any():
        offsets = text[zoned].str.extract(r"(Z|UTC|GMT|[+-]\d{2}:?\d{2})$", expand=False).unique()
        mixed = f" ({len(offsets)} different UTC offsets)" if len(offsets) > 1 else ""
        bare = " Times without an offset were taken as UTC." if (~zoned & text.notna()).any() else ""
        notes.append(f"Times were converted to UTC{mixed}.{bare}")
    return Dates(seconds, order, tuple(notes))


def clock_seconds(text: pd.Series) -> Floats | None:
    """Times of day as seconds after midnight, `[row]`; None where the column holds something else."""
    fits = text.str.fullmatch(_DAY_CLOCK).fillna(False).astype(bool)
    if not fits.any() or (text.notna() & ~fits).any():
        return None
    parts = text.str.split(":", expand=True).astype("float64").fillna(0.0).to_numpy(dtype=np.float64)
    seconds = parts @ np.array([3600.0, 60.0, 1.0])[: parts.shape[1]]
    return np.where(text.notna().to_numpy(dtype=bool), seconds, np.nan)


def stamps_to_seconds(stamps: pd.Series) -> Floats:
    """UTC stamps as seconds since 1970, NaN where missing."""
    plain = stamps.dt.tz_convert(None) if stamps.dt.tz is not None else stamps
    micros = plain.to_numpy(dtype="datetime64[us]")
    return np.where(np.isnat(micros), np.nan, micros.astype("int64") / 1e6)


def _parse_as(text: pd.Series, format_: str) -> Floats:
    if format_ == QUARTER:
        parts = text.str.extract(r"^(\d{4})[- ]?[Qq]([1-4])$")
        text = parts[0] + "-" + (parts[1].astype("float64") * 3 - 2).astype("Int64").astype("str")
        format_ = "%Y-%m"
    numeric = re.fullmatch(r"%([dm])(\W)%[dm]\2%Y(?!.*%p).*", format_)
    if numeric:  # three times as fast as parsing day and month in place
        order = r"\3-\2-\1" if numeric[1] == "d" else r"\3-\1-\2"
        mark = re.escape(numeric[2])
        text = text.str.replace(rf"^(\d{{1,2}}){mark}(\d{{1,2}}){mark}(\d{{4}})", order, regex=True)
        format_ = ISO
    return stamps_to_seconds(pd.to_datetime(text, format=format_, errors="coerce", utc=True))


def _format(cell: str) -> str | None:
    """The format of one cell, with <d> and <m> where day and month cannot be told from one cell alone."""
    if _ISO.fullmatch(cell):
        return ISO
    if _QUARTER.fullmatch(cell):
        return QUARTER
    cell = _WEEKDAY.sub("", cell)
    day, clock = cell, ""
    match = re.match(r"(.*\d|.*[A-Za-z])([T ])(\d{1,2}:\d{2}.*)", cell)
    if match:
        found = _CLOCK.fullmatch(match[3])
        if found is None:
            return None
        hour = "%I" if found[6] else "%H"
        half = found[6].replace(found[6].strip(), "%p") if found[6] else ""
        zone = " %z" if found[7] and found[7].startswith(" ") else "%z" if found[7] else ""
        clock = match[2] + hour + ":%M" + (":%S" if found[3] else "") + (".%f" if found[5] else "") + half + zone
        day = match[1]
    for pattern, format_ in _DATE_PATTERNS:
        date = pattern.fullmatch(day)
        if date:
            groups = date.groupdict()
            name = groups.get("name", "").lower()
            if name and name not in _MONTHS and name not in {month[:3] for month in _MONTHS}:
                return None
            return format_.replace("{s}", groups.get("s") or "").replace("{b}", "b" if len(name) <= 3 else "B") + clock
    return None


def _ordered(format_: str, day_first: bool) -> str:
    day, month = ("%d", "%m") if day_first else ("%m", "%d")
    return format_.replace("<d>", day).replace("<m>", month)


def _find_order(text: pd.Series, given: bool | None) -> Guess | None:
    """Whether the day stands first, from every cell; then from even spacing; then by a rule, and said."""
    cells = text[text.str.match(_ORDERED.pattern).fillna(False).astype(bool)]
    if cells.empty:
        return None
    choices = tuple(DATE_ORDERS.items())
    if given is not None:
        return Guess("day_first", given, f"Dates were read {DATE_ORDERS[given]}, as you said.", choices, given=True)
    day = cells[cells.str.match(r"(?:1[3-9]|[23]\d)\D")]
    month = cells[cells.str.match(r"\d{1,2}\D(?:1[3-9]|[23]\d)\D")]
    if len(day) and len(month):
        raise LiquidError(
            f"The dates mix two orders: '{day.iloc[0]}' has the day first and '{month.iloc[0]}' the month. Write all "
            "dates one way, best as 2024-01-31."
        )
    if len(day) or len(month):
        example = (day if len(day) else month).iloc[0]
        sentence = f"Dates were read {DATE_ORDERS[bool(len(day))]}, which '{example}' shows."
        return Guess("day_first", bool(len(day)), sentence, choices)
    even = {first: _evenness(cells, first) for first in (True, False)}
    if even[True] != even[False]:
        first = even[True] > even[False]
        sentence = (
            f"No day is above 12, so the order of day and month is open; {DATE_ORDERS[first]} gives the more even "
            "spacing and was taken; choose the date order to overrule."
        )
        return Guess("day_first", first, sentence, choices, doubtful=True)
    first = "." in cells.iloc[0][:3]
    mark = cells.iloc[0].strip("0123456789")[:1]
    sentence = (
        f"No day is above 12 and the spacing does not tell, so the order of day and month is open: "
        f"{DATE_ORDERS[first]} was assumed, as is usual with '{mark}'; choose the date order to overrule."
    )
    return Guess("day_first", first, sentence, choices, doubtful=True)


def _evenness(cells: pd.Series, day_first: bool) -> int:
    """2 for an even rhythm, 1 for times in order, 0 for neither, from the first 5,000 dates."""
    cells = cells[:5000]
    found = _format(cells.iloc[0])
    if found is None:
        return 0
    seconds = _parse_as(cells, _ordered(found, day_first))
    if len(seconds) < 3 or np.isnan(seconds).any():
        return 0
    gaps = np.diff(seconds)
    if not (np.all(gaps > 0) or np.all(gaps < 0)):
        return 0
    return 2 if find_rhythm(np.sort(seconds), "date").is_even else 1
