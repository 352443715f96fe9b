"""Which columns of a table are values: numbers, and not the time, a key, or a count of the rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from liquid.errors import LiquidError
from liquid.series.reading import table as tables
from liquid.series.reading.calendar import Time, names
from liquid.series.reading.dialect import Dialect
from liquid.series.reading.numbers import ENOUGH, MOST_UNREAD, Numbers, as_text, describe_forms, to_numbers
from liquid.series.reading.options import DECIMALS, UNREAD, Guess, Question, ReadOptions
from liquid.series.series import Floats
from liquid.series.words import counted, legible, listed

SAMPLE = 200  # cells
WIDE = 1e6  # more than any part of a time


@dataclass
class Values:
    """The columns of values `[row, column]`, NaN where missing; the names of all of them; units by name."""

    values: pd.DataFrame
    all: tuple[str, ...]
    units: dict[str, str]
    guesses: tuple[Guess, ...]
    notes: tuple[str, ...]


@dataclass
class _Sorted:
    """Values by what they hold, each of text with an example."""

    numbers: dict[str, Floats] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    empty: list[str] = field(default_factory=list)
    counters: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    unread: dict[str, tuple[str, str]] = field(default_factory=dict)  # what was not read, and what would be missing
    units: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def find_values(
    table: pd.DataFrame, text: bytes, dialect: Dialect, used: tuple[str, ...], time: Time, decimal: str,
    options: ReadOptions,
) -> Values:  # fmt: skip
    """The columns of values of a table. LiquidError where none is left, or the target is none."""
    found = _Sorted()
    written = dict(zip(dialect.names, dialect.units, strict=False))
    for name in (str(name) for name in table.columns if name not in used):
        numbers, note = _either_sign(table[name], name, decimal, options)
        found.notes += note
        if numbers.known == 0 and len(numbers.strange) == 0:
            found.empty.append(name)
        elif numbers.known < ENOUGH * (numbers.known + len(numbers.strange)):
            found.texts[name] = legible(str(as_text(table[name]).iloc[numbers.strange[0]]), 40)
        elif _is_the_time(name, numbers.values, time) and name not in (options.target or ()):
            found.times.append(name)
        elif _counts_rows(name, numbers.values) and name not in (options.target or ()):
            found.counters.append(name)
        else:
            _take(found, name, numbers, table[name], written.get(name, ""), text, dialect, options)
    if not found.numbers and found.counters and not found.unread:
        found.numbers = {name: to_numbers(table[name], decimal).values for name in found.counters}
        found.counters = []
    _say(found)
    _check(found, time, used, options)
    chosen = options.target or tuple(found.numbers)
    guesses = tuple(_unread_guess(name, *said, options) for name, said in found.unread.items())
    values = pd.DataFrame({name: found.numbers[name] for name in chosen})
    return Values(values, tuple(found.numbers), found.units, guesses[:1], tuple(found.notes))


def _either_sign(column: pd.Series, name: str, decimal: str, options: ReadOptions) -> tuple[Numbers, tuple[str, ...]]:
    """A column under the file's decimal sign, or under the other where that reads every cell and this hardly any."""
    numbers = to_numbers(column, decimal)
    if not len(numbers.strange) or numbers.known >= ENOUGH * len(numbers.strange) or options.decimal is not None:
        return numbers, ()
    other = next(sign for sign in DECIMALS if sign != decimal)
    some = column.iloc[numbers.strange[:: max(len(numbers.strange) // SAMPLE, 1)]]
    if len(to_numbers(some, other).strange):
        return numbers, ()
    again = to_numbers(column, other)
    if len(again.strange) or not again.known:
        return numbers, ()
    return again, (f"'{name}' has a decimal {DECIMALS[other]}, unlike the other columns.",)


def _take(
    found: _Sorted, name: str, numbers: Numbers, column: pd.Series, unit: str, text: bytes, dialect: Dialect,
    options: ReadOptions,
) -> None:  # fmt: skip
    """A column of numbers, with what was done to it; not where more than 1 % of it would be lost, unless asked to."""
    strange, present = len(numbers.strange), numbers.known + len(numbers.strange)
    if strange:
        cells = as_text(column).iloc[numbers.strange]
        count = f"{counted(strange, 'cell')} ({strange / present:.1%})"
        beside = f" in {numbers.unit}" if numbers.unit else ""
        said = f"'{name}': {count} held no number{beside}, {describe_forms(cells)}"
        if strange > max(MOST_UNREAD * present, 1) and options.unread != "missing":
            found.unread[name] = (said, f"{strange:,} of {present:,} values missing")
            return
        line = tables.line_of(text, dialect, int(numbers.strange[0]))
        found.notes.append(f"{said} in line {line}, and counted as missing.")
    found.numbers[name] = numbers.values
    found.units[name] = numbers.unit or unit
    if numbers.infinite:
        found.notes.append(f"'{name}': {counted(numbers.infinite, 'infinite value')} counted as missing.")
    if numbers.grouped:
        found.notes.append(f"'{name}': thousands separators were removed.")
    if numbers.bare:
        found.notes.append(f"'{name}': {counted(numbers.bare, 'number')} without a unit taken as {numbers.unit}.")
    if column.dtype.kind == "b":
        found.notes.append(f"'{name}': true was read as 1 and false as 0.")


def _may_count(name: str) -> bool:
    unnamed = re.fullmatch(r"column \d+|(?i:unnamed\W*\d*|level_0|x|s\.? ?no\.?)", name.strip()) is not None
    return unnamed or names.is_counter(name)


def _counts_rows(name: str, values: Floats) -> bool:
    """1, 2, 3, … (or downwards) under a name that says no more than that."""
    steps = np.diff(values)
    return _may_count(name) and len(steps) > 1 and bool(np.all(steps == steps[0])) and abs(steps[0]) == 1


def _is_the_time(name: str, values: Floats, time: Time) -> bool:
    """The time once more: in other units under a name that says so, or a part of it, such as its year or weekday."""
    if time.kind != "date" and names.cycles(name, values):
        return True
    known = np.isfinite(values) & np.isfinite(time.values)
    if known.sum() < 3 or np.ptp(time.values[known]) == 0:
        return False
    seconds, told = time.values[known], values[known]
    if time.kind == "date" and (parts := _parts_of_time(name, seconds)):
        return any(len(np.unique((told - part) % wrap)) == 1 for part, wrap in parts if np.all(told % 1 == 0))
    if not (names.is_time(name) or names.counts_time(name)):
        return False
    slope = np.ptp(told) / np.ptp(seconds)
    rest = told - slope * (seconds - seconds[0]) - told[0]
    return bool(slope > 0 and np.abs(rest).max() <= 1e-6 * np.ptp(told))


def _parts_of_time(name: str, seconds: Floats) -> list[tuple[Floats, float]]:
    """What a column of this name holds where it repeats a part of the time, and after how many it starts over."""
    stamps = pd.DatetimeIndex(np.round(seconds * 1e6).astype("int64").astype("datetime64[us]"))
    if names.is_weekday(name):
        return [(stamps.day_of_week.to_numpy(dtype=np.float64), 7.0)]
    part = {"doy": "day_of_year"}.get(names.part_of(name), names.part_of(name))
    if part == "week":
        return [(stamps.isocalendar().week.to_numpy(dtype=np.float64), WIDE)]
    if part not in ("year", "month", "day", "day_of_year", "hour", "minute", "second", "quarter"):
        return []
    values = getattr(stamps, part).to_numpy(dtype=np.float64)
    return [(values, {"year": 100.0, "hour": 24.0}.get(part, WIDE))]


def _say(found: _Sorted) -> None:
    if found.texts:
        found.notes.append(f"Ignored {counted(len(found.texts), 'column')} of text: {listed(list(found.texts))}.")
    if found.empty:
        found.notes.append(f"Ignored {counted(len(found.empty), 'column')} without any value: {listed(found.empty)}.")
    if found.times:
        found.notes.append(
            f"Ignored {counted(len(found.times), 'column')} that repeats the time: {listed(found.times)}."
        )
    if found.counters:
        found.notes.append(
            f"Ignored {counted(len(found.counters), 'column')} that counts the rows: {listed(found.counters)}."
        )


def _unread_guess(name: str, said: str, gone: str, options: ReadOptions) -> Guess:
    sentence = f"{said}. The column was left out; correct them, or count them as missing."
    outcomes = (f"without '{legible(name, 40)}'", gone)
    return Guess(
        "unread", options.unread or "refuse", sentence, tuple(UNREAD.items()), doubtful=options.unread is None,
        outcomes=outcomes,
    )  # fmt: skip


def _unread_question(said: str, gone: str) -> Guess:
    sentence = f"{said}. Correct them, or count them as missing (unread 'missing')."
    return Guess("unread", "refuse", sentence, (("missing", UNREAD["missing"]),), doubtful=True, outcomes=(gone,))


def _check(found: _Sorted, time: Time, used: tuple[str, ...], options: ReadOptions) -> None:
    for name in options.target or ():
        if name in found.numbers:
            continue
        if name in found.unread:
            raise Question(_unread_question(*found.unread[name]))
        why = (
            "is the time"
            if name in time.columns
            else "tells the series apart"
            if name in used
            else "is not in the table"
        )
        why = "holds text" if name in found.texts else "holds no value" if name in found.empty else why
        raise LiquidError(f"The target '{name}' {why}: choose one of {listed(list(found.numbers), 12) or 'no column'}.")
    if found.numbers:
        return
    if found.unread:
        raise Question(_unread_question(*next(iter(found.unread.values()))))
    if found.empty and not found.texts:
        raise LiquidError(f"Every value is missing ({listed(found.empty)}): choose a table with numbers in it.")
    if found.texts:
        example = next(iter(found.texts.values()))
        raise LiquidError(
            f"No column holds numbers, only text ({listed(list(found.texts))}, for example '{example}'): choose a "
            "table with plain numbers."
        )
    raise LiquidError(
        f"The only column, {listed(time.columns)}, is the time, and nothing is left to learn: add a column of "
        "values, or set the time column to 'none'."
    )
