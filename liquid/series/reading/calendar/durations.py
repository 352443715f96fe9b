"""Time since a start: clocks that count up (0:20, 1:05:00), "0 days 00:10:00", PT15M, 1 h 20 min.

Two numbers with a colon are hours and minutes, or minutes and seconds: the name, the order and how far they run weigh,
and what they leave open is asked as the layout of the cells, "hh:mm" or "mm:ss".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from liquid.series.frequency import DAY
from liquid.series.reading.calendar import names
from liquid.series.reading.calendar.fields import Floats, Ints
from liquid.series.reading.calendar.tokens import DIGITS, WORD, Tokens, Words, tokenise
from liquid.series.reading.calendar.words import SECONDS_IN
from liquid.series.reading.numbers import as_text

HOURS, MINUTES = "hh:mm", "mm:ss"
SAMPLE = 200  # cells, to look at before all are
SHARE = 0.8  # of the cells that have to be durations
MOSTLY = 0.8  # of the steps, which are of one length if numbers are clocks without a mark
EVEN = 1e-6  # of the step
ISO = {"p", "pt"}  # P1DT2H, PT15M


@dataclass(frozen=True)
class Duration:
    """Seconds since the start or the first midnight, `[row]`; the layout, and that of the other way to read the cells.

    `doubtful` says that the other is about as likely.
    """

    seconds: Floats
    layout: str
    other: Floats | None = None
    doubtful: bool = False
    passes_midnight: bool = False


def find_duration(column: pd.Series, layout: str | None = None) -> Duration | None:
    """The durations in a column of text, in the layout asked for if it is one; None where they run to and fro."""
    if column.dtype.kind in "iuf":
        return _without_marks(str(column.name), column.to_numpy(dtype=np.float64))
    groups = _groups(column)
    ways = {way: _seconds(groups, len(column), way) for way in (HOURS, MINUTES)}
    if np.isfinite(ways[HOURS]).sum() < max(SHARE * sum(len(tokens.rows) for tokens in groups), 2):
        return None
    two = not np.array_equal(ways[HOURS], ways[MINUTES], equal_nan=True)
    runs = {way: running(seconds) for way, seconds in ways.items()}
    likely = [way for way, seconds in runs.items() if seconds is not None]
    if not likely:
        return None
    if not two or len(likely) == 1:
        way = layout if two and layout in likely else likely[0]
        return Duration(_of(runs, way), way if two else "", None, False, _passes(ways[way]))
    day = _is_of_day(str(column.name), ways[HOURS])
    minutes = not day and (names.is_elapsed(str(column.name)) or bool(np.nanmax(ways[HOURS]) >= DAY))
    way = layout if layout in likely else MINUTES if minutes else HOURS
    other = _of(runs, HOURS if way == MINUTES else MINUTES)
    return Duration(_of(runs, way), way, other, not day and layout not in likely, _passes(ways[way]))


def _groups(column: pd.Series) -> list[Tokens]:
    """A column's cells by their shape; none where a sample of them, or all, tell of no duration."""
    some = column.dropna()
    some = some.iloc[:: max(len(some) // SAMPLE, 1)]
    told = sum(len(tokens.rows) for tokens in tokenise(as_text(some)) if _of_shape(tokens, HOURS) is not None)
    if column.dtype.kind == "b" or told < SHARE * len(some):
        return []
    groups = tokenise(as_text(column))
    return groups if any(map(_is_telling, groups)) else []


# 850, 900, …, 2350, 0, 10: hours and minutes where their steps are even and those of the numbers are not
def _without_marks(name: str, values: Floats) -> Duration | None:
    known = values[np.isfinite(values)]
    if not names.is_clock(name) or len(known) < 3 or known.min() < 0 or not 100 <= known.max() <= 2400:
        return None
    if np.any(known % 1) or np.any(known % 100 > 59):
        return None
    steps = np.diff(known)
    clock = 3600 * (known // 100) + 60 * (known % 100)
    clock += DAY * np.concatenate([[0], np.cumsum(np.diff(clock) < -DAY / 2)])
    if np.any(np.diff(clock) <= 0) or not _usual(np.diff(clock)) > max(_usual(steps), MOSTLY):
        return None
    seconds = np.full(len(values), np.nan)
    seconds[np.isfinite(values)] = clock
    return Duration(seconds, HOURS, passes_midnight=bool(np.any(steps < 0)))


def _usual(steps: Floats) -> float:
    """The share of the steps that are as long as the usual one."""
    return float(np.mean(steps == np.median(steps)))


def _of(runs: dict[str, Floats | None], way: str) -> Floats:
    seconds = runs[way]
    assert seconds is not None
    return seconds


def _is_of_day(name: str, seconds: Floats) -> bool:
    """Whether hours and minutes are a time of day: by their name, from the morning on, or over a whole day."""
    known = seconds[np.isfinite(seconds)]
    if names.is_elapsed(name) or known.max() > DAY:
        return False
    step = float(np.median(np.abs(np.diff(known))))
    return names.is_hour(name) or known[0] >= 3600 or _passes(seconds) or known.max() + step >= DAY


def _passes(seconds: Floats) -> bool:
    return bool(np.any(np.diff(seconds[np.isfinite(seconds)]) < 0))


def running(seconds: Floats) -> Floats | None:
    """The seconds where they never fall, or go on past midnight in even steps; else None."""
    known = seconds[np.isfinite(seconds)]
    gaps = np.diff(known)
    if len(gaps) and np.all(gaps >= 0) and np.any(gaps > 0):
        return seconds
    on = known + DAY * np.concatenate([[0], np.cumsum(gaps < -DAY / 2)])
    gaps = np.diff(on)
    if not (len(gaps) and np.all(gaps > 0) and np.ptp(gaps) <= EVEN * gaps.max()):
        return None
    seconds = seconds.copy()
    seconds[np.isfinite(seconds)] = on
    return seconds


def _is_telling(tokens: Tokens) -> bool:
    """Whether cells have more than a number with a unit: a clock, two units, or the P of ISO 8601."""
    iso = tokens.pieces[0] == WORD and set(tokens.words[0].vocabulary) <= ISO
    return iso or ":" in tokens.pieces or len(tokens.words) > 1


def _seconds(groups: list[Tokens], rows: int, way: str) -> Floats:
    seconds = np.full(rows, np.nan)
    for tokens in groups:
        found = _of_shape(tokens, way)
        if found is not None:
            seconds[tokens.rows] = found
    return seconds


# [P] [days d] [T] [hours h] [minutes m] [seconds.f s], or [days] hours:minutes:seconds.f
def _of_shape(tokens: Tokens, way: str) -> Floats | None:
    """The seconds of cells of one skeleton, NaN for a cell that is no duration; None where none is."""
    pieces = list(tokens.pieces)
    total = np.zeros(len(tokens.rows))
    number = word = at = 0
    iso = pieces[0] == WORD
    if iso:
        if not set(tokens.words[0].vocabulary) <= ISO:
            return None
        word = at = 1
    dated = iso and "p" in tokens.words[0].vocabulary  # before a T, an M is a month
    while at < len(pieces):
        if pieces[at] != DIGITS:
            return None
        clock = _numbers_of_clock(pieces[at:])
        if clock > 1:
            length = 2 * clock - 1
            part = _clock(tokens, number, clock, pieces[at + length :], HOURS if at else way)
            return None if part is None else total + part
        amount = tokens.numbers[number].astype(np.float64)
        number, at = number + 1, at + 1
        if pieces[at : at + 2] in ([".", DIGITS], [",", DIGITS]):
            amount = amount + tokens.numbers[number] / 10.0 ** tokens.digits[number]
            number, at = number + 1, at + 2
        at += pieces[at : at + 1] == [" "]
        if pieces[at : at + 1] != [WORD]:
            return None
        total += amount * _lengths(tokens.words[word], dated=dated)
        dated = dated and not any("t" in unit for unit in tokens.words[word].vocabulary)
        word, at = word + 1, at + 1
        at += pieces[at : at + 1] in ([" "], [", "], [","])
    return total


def _numbers_of_clock(pieces: list[str]) -> int:
    """How many numbers stand behind one another with colons between them."""
    count = 1
    while pieces[2 * count - 1 : 2 * count + 1] == [":", DIGITS]:
        count += 1
    return count


def _clock(tokens: Tokens, first: int, count: int, rest: list[str], way: str) -> Floats | None:
    """Hours, minutes and seconds of a clock of two or three numbers, the last with a fraction."""
    fraction = rest in ([".", DIGITS], [",", DIGITS])
    if count > 3 or (rest and not fraction):
        return None
    sizes = (3600.0, 60.0, 1.0) if count == 3 else (60.0, 1.0) if fraction or way == MINUTES else (3600.0, 60.0)
    total = np.zeros(len(tokens.rows))
    for place, size in enumerate(sizes):
        values = tokens.numbers[first + place]
        total += np.where(_below(values, 60) if place else np.True_, values * size, np.nan)
    if fraction:
        total += tokens.numbers[first + count] / 10.0 ** tokens.digits[first + count]
    return total


def _below(values: Ints, most: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.asarray(values < most)


def _lengths(words: Words, *, dated: bool) -> Floats:
    """The seconds that each cell's unit stands for, NaN for a word that is none."""
    lengths = [SECONDS_IN.get(unit, np.nan) if not (dated and unit == "m") else np.nan for unit in words.vocabulary]
    return np.array(lengths)[words.codes]
