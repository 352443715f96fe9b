"""The benchmark's result as one JSON file and as a table: every figure on a page or in docs/results is read from it."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from liquid.errors import LiquidError
from liquid.settings import parsed
from liquid.studies import stored
from liquid.studies.benchmark.config import Cell, CellResult, Recipe

NAME = "benchmark"
BUILD = "python -m liquid benchmark"
Table = dict[str, list[Any]]


@dataclass(frozen=True)
class Stored:
    """Rows of one grid, and where and with what they were made."""

    grid: str
    made: str
    machine: str
    versions: dict[str, str]
    rows: tuple[CellResult, ...]
    complete: bool

    @staticmethod
    def of(grid: str, rows: Sequence[CellResult], complete: bool) -> Stored:
        machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, one thread in use"
        return Stored(grid, date.today().isoformat(), machine, stored.versions(), tuple(rows), complete)


def save(result: Stored, folder: Path = stored.FOLDER) -> None:
    """Write the result as `load` reads it."""
    stored.save(NAME, content(result), folder)


def content(result: Stored) -> dict[str, Any]:
    """The result for JSON: how it was made, then the rows as a table; the recipe, which all share, once."""
    recipes = {row.cell.recipe for row in result.rows}
    if len(recipes) != 1:
        raise LiquidError(f"The result has {len(recipes)} recipes; store one grid, with at least one row, at a time.")
    about = {entry.name: getattr(result, entry.name) for entry in fields(result) if entry.name != "rows"}
    rows = table(result.rows)
    return {**about, "recipe": recipes.pop(), "columns": list(rows), "rows": list(zip(*rows.values(), strict=True))}


def load(folder: Path = stored.FOLDER) -> Stored:
    """The stored result; LiquidError, with the way to build it, if it is missing or broken."""
    try:
        content = stored.load(NAME, folder)
        recipe = parsed(Recipe, json.dumps({"trainings": ["adam"], **content["recipe"]}))  # at first there was no other
        rows = tuple(_row(dict(zip(content["columns"], values, strict=True)), recipe) for values in content["rows"])
        about = {entry.name: content[entry.name] for entry in fields(Stored) if entry.name != "rows"}
        return Stored(**about, rows=rows)
    except (KeyError, TypeError, ValueError) as error:
        raise LiquidError(f"The stored benchmark cannot be read ({error}). Build it: {BUILD}.") from error


def load_of_these_versions(folder: Path) -> Stored:
    """A stored result to go on from; LiquidError if other versions made it: their numbers may differ."""
    result = load(folder)
    if result.versions != (here := stored.versions()):
        other = ", ".join(f"{name} {result.versions.get(name, '?')}" for name in here)
        raise LiquidError(f"{folder}: its result was made with {other}; install these, or train everything again.")
    return result


def table(rows: Sequence[CellResult]) -> Table:
    """One line per row: what was asked for, what was counted, what came out."""
    names = [entry.name for entry in fields(Cell) if entry.name != "recipe"]
    columns: Table = {name: [getattr(row.cell, name) for row in rows] for name in names}
    for name in ("size", "counted", "training", "rate", "error", "seconds"):
        columns[name] = [getattr(row, name) for row in rows]
    columns["validation"] = [list(row.validation) for row in rows]
    return columns


def _row(values: dict[str, Any], recipe: Recipe) -> CellResult:
    names = {entry.name for entry in fields(Cell)}
    cell = Cell(**{name: value for name, value in values.items() if name in names}, recipe=recipe)
    rest = {name: value for name, value in values.items() if name not in names}
    return CellResult(**{**rest, "cell": cell, "validation": tuple(rest["validation"])})
