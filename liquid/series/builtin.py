"""The series that come with the project: real ones from `data/`, generated ones from equations. No network."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from liquid.errors import LiquidError
from liquid.series import generators
from liquid.series.series import Floats, Series

FOLDER = Path(__file__).resolve().parents[2] / "data"

MADE: dict[str, Callable[[], Series]] = {
    "sines": generators.sum_of_sines,
    "lorenz": lambda: generators.lorenz(noise=0.1),
    "mackey-glass": lambda: generators.mackey_glass(noise=0.1),
    "rossler": lambda: generators.rossler(noise=0.1),
    "switching-walk": generators.switching_walk,
}


@dataclass(frozen=True)
class Entry:
    """What a list of series shows. `has_structure` is False where no method can beat persistence by much."""

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


def catalogue() -> list[Entry]:
    """What there is, for a list or a menu: real series first, then generated ones."""
    return [Entry(**entry) for entry in json.loads((FOLDER / "catalogue.json").read_text(encoding="utf-8"))]


def names() -> list[str]:
    """The names that `load` takes."""
    return [entry.name for entry in catalogue()]


def load(name: str) -> Series:
    """A built-in series. LiquidError, with the names there are, for any other name."""
    if name in MADE:
        return MADE[name]()
    for entry in catalogue():
        if entry.name == name:
            return _load(entry)
    raise LiquidError(f"No built-in series {name!r}: choose one of {', '.join(names())}.")


def _load(entry: Entry) -> Series:
    table = pd.read_csv(FOLDER / f"{entry.name}.csv")
    stamps = table.pop(table.columns[0])
    is_date = entry.name != "ecg"
    time = stamps.to_numpy(dtype=np.float64) if not is_date else _seconds(pd.to_datetime(stamps, utc=True))
    missing = int(table.isna().to_numpy().sum())
    return Series(
        time=time,
        values=table.interpolate().to_numpy(dtype=np.float64),
        names=tuple(table.columns),
        title=entry.title,
        unit=entry.unit,
        time_name=str(stamps.name),
        time_kind="date" if is_date else "number",
        source=f"data/{entry.name}.csv",
        notes=(f"{missing} missing values were interpolated.",) if missing else (),
        season=entry.season,
    )


def _seconds(stamps: pd.Series) -> Floats:
    return np.asarray(stamps.dt.tz_localize(None).astype("datetime64[ms]").astype("int64") / 1000, dtype=np.float64)
