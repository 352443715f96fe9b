"""A series from a CSV file, pasted text or a buffer: everything guessed is said, everything repaired is counted.

`understand` gives a `Reading`: the series, and every guess with the setting that overrules it, for a page to show.
`read` and `read_text` give the series alone, with the same sentences in its notes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from liquid.errors import LiquidError
from liquid.series import table as tables
from liquid.series.cells import ENOUGH, as_text, find_decimal, to_numbers
from liquid.series.dialect import Dialect, find_dialect
from liquid.series.options import Guess, ReadOptions, counted, legible, listed
from liquid.series.reading.calendar import Time, find_time
from liquid.series.repair import Table, make_series
from liquid.series.season import find_season
from liquid.series.series import Series
from liquid.series.source import Source, decode, load

__all__ = ["Guess", "ReadOptions", "Reading", "read", "read_text", "understand"]

FEWEST_ROWS = 8
DEFAULT = ReadOptions()
UNNAMED = "uploaded file"


@dataclass(frozen=True)
class Reading:
    """A series with how it was understood: guesses to overrule, repairs to know of, and the options it was read with.

    `columns` names every column that holds numbers, also where `options.target` keeps only some of them.
    """

    series: Series
    guesses: tuple[Guess, ...]
    repairs: tuple[str, ...]
    options: ReadOptions
    columns: tuple[str, ...]


def read(source: Source, *, name: str = "", options: ReadOptions = DEFAULT) -> Series:
    """The series in a CSV file: a path, bytes or a binary buffer; .gz, and .zip of one file, are opened.

    `name` is the title; without it the file's name. Raises LiquidError with the reason, the place and the way out.
    """
    return understand(source, name=name, options=options).series


def read_text(text: str, *, name: str = "pasted text", options: ReadOptions = DEFAULT) -> Series:
    """The series in pasted text; else as `read`."""
    return understand(text.encode(errors="replace"), name=name, options=replace(options, encoding="utf-8")).series


def understand(source: Source, *, name: str = "", options: ReadOptions = DEFAULT) -> Reading:
    """The series in a CSV file together with every guess and repair that made it; else as `read`."""
    text, encoding = decode(load(source), options.encoding)
    dialect = find_dialect(text, options)
    table, decimal = _parse(text, dialect, options)
    _check_rows(table)
    time = find_time(table, str(decimal.value), options)
    values, kept, notes = _values(table, text, dialect, time, str(decimal.value), options)
    title = legible(name or (Path(source).stem if isinstance(source, str | Path) else "")) or UNNAMED
    repaired = make_series(Table(time, values, _texts(table, values, time)), title, FEWEST_ROWS)
    said = [encoding, *dialect.guesses, decimal, *time.guesses]
    repairs = (*dialect.notes, *time.notes, *notes, *repaired.notes)
    sentences = tuple(guess.sentence for guess in said)
    series = replace(repaired, source=_source(source, name), notes=sentences + repairs)
    season = find_season(series)
    if season is not None:
        series = replace(series, season=season)
    return Reading(series, tuple(said), repairs, options, kept)


def _parse(text: bytes, dialect: Dialect, options: ReadOptions) -> tuple[pd.DataFrame, Guess]:
    table = tables.parse(text, dialect, ".")
    sample = tables.parse(text, dialect, ".", as_text=True, rows=100)
    decimal = find_decimal(table, sample, dialect.delimiter, options.decimal)
    return (tables.parse(text, dialect, ",") if decimal.value == "," else table), decimal


def _check_rows(table: pd.DataFrame) -> None:
    if len(table) < FEWEST_ROWS:
        raise LiquidError(
            f"The table has {counted(len(table), 'row')}, a series needs at least {FEWEST_ROWS}: choose a longer one. "
            "(One sample stands in one line.)"
        )


def _values(
    table: pd.DataFrame, text: bytes, dialect: Dialect, time: Time, decimal: str, options: ReadOptions
) -> tuple[pd.DataFrame, tuple[str, ...], tuple[str, ...]]:
    """The columns of numbers `[row, column]`, NaN where missing; their names; what was left out and why."""
    columns: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    notes: list[str] = []
    texts: dict[str, str] = {}  # with an example of each
    empty: list[str] = []
    for name in (str(name) for name in table.columns if name not in time.columns):
        numbers = to_numbers(table[name], decimal)
        known = int(np.isfinite(numbers.values).sum())
        if known == 0 and len(numbers.strange) == 0:
            empty.append(name)
            continue
        if known < ENOUGH * (known + len(numbers.strange)):
            texts[name] = legible(str(as_text(table[name]).iloc[numbers.strange[0]]), 40)
            continue
        columns[name] = numbers.values
        if len(numbers.strange):
            row = int(numbers.strange[0])
            cell = legible(str(as_text(table[name]).iloc[row]), 40)
            line = tables.line_of(text, dialect, row)
            cells = counted(len(numbers.strange), "cell")
            notes.append(f"'{name}': {cells} held no number, such as '{cell}' in line {line}, and counted as missing.")
        if numbers.infinite:
            notes.append(f"'{name}': {counted(numbers.infinite, 'infinite value')} counted as missing.")
        if numbers.grouped:
            notes.append(f"'{name}': thousands separators were removed.")
        if table[name].dtype.kind == "b":
            notes.append(f"'{name}': true was read as 1 and false as 0.")
    if texts:
        notes.append(f"Ignored {counted(len(texts), 'column')} of text: {listed(list(texts))}.")
    if empty:
        notes.append(f"Ignored {counted(len(empty), 'column')} without any value: {listed(empty)}.")
    _check_columns(columns, texts, empty, time, options)
    chosen = options.target or tuple(columns)
    return pd.DataFrame({name: columns[name] for name in chosen}), tuple(columns), tuple(notes)


def _check_columns(
    columns: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]],
    texts: dict[str, str],
    empty: list[str],
    time: Time,
    options: ReadOptions,
) -> None:
    for name in options.target or ():
        if name in columns:
            continue
        why = "is the time" if name in time.columns else "holds text" if name in texts else "is not in the table"
        why = "holds no value" if name in empty else why
        raise LiquidError(f"The target '{name}' {why}: choose one of {listed(list(columns), 12) or 'no column'}.")
    if columns:
        return
    if empty and not texts:
        raise LiquidError(f"Every value is missing ({listed(empty)}): choose a table with numbers in it.")
    if texts:
        example = next(iter(texts.values()))
        raise LiquidError(
            f"No column holds numbers, only text ({listed(list(texts))}, for example '{example}'): choose a table with "
            "plain numbers, without signs such as % or $."
        )
    raise LiquidError(
        f"The only column, {listed(time.columns)}, is the time, and nothing is left to learn: add a column of "
        "values, or set the time column to 'none'."
    )


def _texts(table: pd.DataFrame, values: pd.DataFrame, time: Time) -> pd.DataFrame:
    """The columns that are neither time nor numbers: they may tell apart rows of one time."""
    others = [name for name in table.columns if name not in time.columns and name not in values.columns]
    return table[[name for name in others if table[name].dtype.kind not in "iufb"]]


def _source(source: Source, name: str) -> str:
    return legible(Path(source).name if isinstance(source, str | Path) else name) or UNNAMED
