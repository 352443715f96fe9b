"""A series from a file, pasted text or a buffer: everything guessed is said, everything repaired is counted.

`understand` gives a `Reading`: the series, and every guess with the setting that overrules it, for a page to show.
`read` and `read_text` give the series alone, with the same sentences in its notes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from liquid.errors import LiquidError
from liquid.series.asked import asked
from liquid.series.part import part_of
from liquid.series.reading import table as tables
from liquid.series.reading.calendar import Time, find_time
from liquid.series.reading.dialect import Dialect, find_dialect
from liquid.series.reading.numbers import find_decimal
from liquid.series.reading.options import Guess, ReadOptions
from liquid.series.reading.panel import (
    Panel,
    choose,
    constant_in_each,
    find_panel,
    make_panel,
    restarting,
    series_guesses,
)
from liquid.series.reading.repair import FEWEST_ROWS, Table, make_series
from liquid.series.reading.source import Source, load_text
from liquid.series.reading.values import Values, find_values
from liquid.series.reading.wide import turn_wide
from liquid.series.series import Series
from liquid.series.words import counted, legible, listed

__all__ = ["Guess", "ReadOptions", "Reading", "chosen_part", "part_in", "read", "read_text", "understand"]

DEFAULT = ReadOptions()
UNNAMED = "uploaded file"
MOST_NAMED = 5  # lines in a sentence


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
    """The series in a file: a path, bytes or a binary buffer; .gz, and .zip of one file, are opened.

    Text with delimiters, JSON lines, sheets (.xlsx, .xls, .ods) and Parquet are read. `name` is the title; without it
    the file's name. Raises LiquidError with the reason, the place and the way out.
    """
    return understand(source, name=name, options=options).series


def read_text(text: str, *, name: str = "pasted text", options: ReadOptions = DEFAULT) -> Series:
    """The series in pasted text; else as `read`."""
    return understand(text.encode(errors="replace"), name=name, options=replace(options, encoding="utf-8")).series


def understand(source: Source, *, name: str = "", options: ReadOptions = DEFAULT) -> Reading:
    """The series in a file together with every guess and repair that made it; else as `read`."""
    return part_in(_understood(source, name, options.whole), options)


def part_in(reading: Reading, options: ReadOptions) -> Reading:
    """The part of a whole file that options ask for, without reading it again. LiquidError if there is none."""
    series = chosen_part(reading.series, options)
    if series is reading.series:
        return replace(reading, options=options)
    said = series.notes[len(reading.series.notes) :]
    columns = tuple(name for name in reading.columns if name in series.names or name not in reading.series.names)
    return replace(reading, series=series, repairs=(*reading.repairs, *said), options=options, columns=columns)


def chosen_part(series: Series, options: ReadOptions) -> Series:
    """The part that options ask for, and the times to forecast after it; the series says so in its `read_as`."""
    part = asked(part_of(series, options.first or "", options.last or "", options.without or ""), options.at or "")
    return part if part is series else replace(part, read_as=options.after(series.read_as))


def _understood(source: Source, name: str, options: ReadOptions) -> Reading:
    loaded = load_text(source, options)
    cut = options if loaded.kind == "text" else _as_written(options)
    dialect = find_dialect(loaded.text, cut)
    text, dialect, again = tables.without_repeated_names(loaded.text, dialect)
    text, short = _short_rows(text, dialect)
    table, decimal = _parse(text, dialect, cut)
    if loaded.kind != "text" and decimal.doubtful:
        table, decimal = _parse(text, dialect, replace(cut, decimal="."))  # numbers were numbers there
    table, layout = turn_wide(table, options, lambda: tables.parse(text, dialect, ".", as_text=True))
    if len(table) < FEWEST_ROWS:
        raise LiquidError(
            f"The table has {counted(len(table), 'row')}, a series needs at least {FEWEST_ROWS}: choose a longer one. "
            "(One sample stands in one line.)"
        )
    sign = str(decimal.value)
    time, panel = _time_and_panel(table, sign, options)
    splits = panel is not None and not panel.is_one(options)
    keys = (*panel.keys, *constant_in_each(table, panel)) if panel is not None and splits else ()
    columns = find_values(table, text, dialect, (*time.columns, *keys), time, sign, options)
    chosen: Sequence[Guess] = ()
    values = columns.values
    if panel is not None:
        rows = _rows_of(panel, columns, time, options)
        chosen = series_guesses(panel, rows, time.values, _stamp(time), options)
        table, values = table[rows], values[rows].dropna(axis=1, how="all")
        time = replace(time, values=time.values[rows])
        if values.empty or not values.shape[1]:
            raise LiquidError("The series that was chosen has no value: choose another.")
    title = legible(name or (Path(source).stem if isinstance(source, str | Path) else "")) or UNNAMED
    places = table.index.to_numpy()
    stamps = table[[name for name in time.columns if name in table.columns]]
    rows_in = Table(time, values, stamps, lambda row: tables.line_of(text, dialect, int(places[row])))
    made, open_ends = make_series(rows_in, title, _one_at_a_time(options, panel))
    by_itself = [decimal] if loaded.kind == "text" else []
    shape = [*dialect.guesses] if loaded.kind == "text" else [g for g in dialect.guesses if g.setting != "delimiter"]
    said = [*loaded.guesses, *shape, *by_itself, *([layout] if layout else []), *time.guesses]
    said += [*chosen, *columns.guesses]
    told = panel is not None and splits and not panel.repeats  # what repeats is a slip
    said += [guess for guess in open_ends if not (told and guess.setting == "combine")]
    repairs = (*loaded.notes, *dialect.notes, *again, *short, *time.notes, *columns.notes, *made.notes)
    notes = tuple(guess.sentence for guess in said) + repairs
    units = tuple(columns.units.get(name, "") for name in made.names)
    units = units if any(units) else ()
    series = replace(made, source=_source(source, name), notes=notes, units=units, read_as=options.text)
    return Reading(series, tuple(said), repairs, options, columns.all)


def _as_written(options: ReadOptions) -> ReadOptions:
    """The options for text that we wrote ourselves, from another format."""
    return replace(options, delimiter=",", decimal=None, encoding=None)


def _short_rows(text: bytes, dialect: Dialect) -> tuple[bytes, tuple[str, ...]]:
    short = tables.short_lines(text, dialect)
    if not short:
        return text, ()
    shown = ", ".join(map(str, short[:MOST_NAMED])) + (", …" if len(short) > MOST_NAMED else "")
    lines = f"{counted(len(short), 'line')} {'is' if len(short) == 1 else 'are'} short ({shown})"
    if dialect.delimiter == " ":
        return tables.without_short_rows(text, dialect, short), (f"{lines} and left out: a field is missing.",)
    return text, (f"{lines}: the last fields there count as missing.",)


def _parse(text: bytes, dialect: Dialect, options: ReadOptions) -> tuple[pd.DataFrame, Guess]:
    table = tables.parse(text, dialect, ".")
    sample = tables.parse(text, dialect, ".", as_text=True, rows=100)
    decimal = find_decimal(table, sample, dialect.delimiter, options.decimal)
    return (tables.parse(text, dialect, ",") if decimal.value == "," else table), decimal


def _time_and_panel(table: pd.DataFrame, decimal: str, options: ReadOptions) -> tuple[Time, Panel | None]:
    """The time of every row, and the keys of several series under one another.

    Where no column is a time for the whole table, one may be within each series: 1960 to 2020 for every country.
    """
    time = find_time(table, decimal, options)
    panel = find_panel(table, time.values, time.columns)
    if time.kind == "index" and options.time_column is None:
        for name in restarting(table):
            again = find_time(table, decimal, replace(options, time_column=name))
            found = find_panel(table, again.values, again.columns)
            if found is not None and not (found.apart or found.repeats):
                sentence = f"Time is the column '{name}', which repeats from series to series."
                first, *rest = again.guesses
                time = replace(again, guesses=(replace(first, sentence=sentence, given=False), *rest))
                panel = found
                break
    asked = tuple(key for key, _ in options.series or ())
    unknown = [key for key in asked if key not in table.columns]
    if unknown:
        raise LiquidError(f"No column {unknown[0]!r} to choose a series by: choose one of {listed(list(table), 12)}.")
    if asked and (panel is None or not set(asked) <= set(panel.keys)):
        keys = tuple(dict.fromkeys([*(panel.keys if panel else ()), *asked]))
        panel = make_panel(table, keys)
    return time, panel


def _rows_of(
    panel: Panel, columns: Values, time: Time, options: ReadOptions
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    known = np.isfinite(columns.values.iloc[:, 0].to_numpy()).astype(np.float64)
    return choose(panel, known, time.values, options)


def _one_at_a_time(options: ReadOptions, panel: Panel | None) -> ReadOptions:
    return replace(options, combine=None) if panel is not None and options.combine == "one" else options


def _stamp(time: Time) -> Callable[[float], str]:
    def label(value: float) -> str:
        pair = Series(
            np.array([value, value + 86_400.0]), np.zeros((2, 1)), ("a",), "t", time_kind=time.kind, zone=time.zone
        )
        return pair.stamp_labels()[0]

    return label


def _source(source: Source, name: str) -> str:
    return legible(Path(source).name if isinstance(source, str | Path) else name) or UNNAMED
