"""The series that come with the project: real ones from `data/`, generated ones from equations. No network."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from liquid.errors import LiquidError
from liquid.resources import data_folder
from liquid.series import generators
from liquid.series.reading import read
from liquid.series.series import Series

FOLDER = data_folder()

MADE: dict[str, Callable[[], Series]] = {
    "sines": generators.sum_of_sines,
    "lorenz": lambda: generators.lorenz(noise=0.1),
    "mackey-glass": lambda: generators.mackey_glass(noise=0.1),
    "rossler": lambda: generators.rossler(noise=0.1),
    "switching-walk": generators.switching_walk,
    "uneven-sines": generators.uneven_sines,
}


@dataclass(frozen=True)
class Entry:
    """What a list of series shows. `file` and `origin` say what a CSV holds and whose it is, of real series.

    `has_structure` is False if no method can beat persistence by much.
    """

    name: str
    title: str
    description: str
    unit: str
    length: int
    period: str
    kind: Literal["real", "generated"]
    licence: str
    has_structure: bool = True
    season: int | None = None
    file: str = ""
    origin: str = ""


def catalogue() -> list[Entry]:
    """What there is, for a list or a menu: real series first, then generated ones."""
    return [Entry(**entry) for entry in json.loads((FOLDER / "catalogue.json").read_text(encoding="utf-8"))]


def names() -> list[str]:
    """The names that `load` takes."""
    return [entry.name for entry in catalogue()]


@cache  # every page asks, and chaos takes half a second to make
def load(name: str) -> Series:
    """A built-in series, the same object each time. LiquidError, with the names there are, for any other name."""
    if name in MADE:
        return MADE[name]()
    for entry in catalogue():
        if entry.name == name:
            series = read(FOLDER / f"{name}.csv", name=entry.title)
            return replace(series, unit=entry.unit, source=f"{entry.title}, data/{name}.csv", season=entry.season)
    raise LiquidError(f"No built-in series {name!r}: choose one of {', '.join(names())}.")


def name_of(series: Series) -> str | None:
    """The built-in whose columns, or some of them, a series is; None if it is none."""
    for entry in catalogue():
        if entry.length == len(series):
            whole = load(entry.name)
            if set(series.names) <= set(whole.names) and whole.select(series.names) == series:
                return entry.name
    return None
