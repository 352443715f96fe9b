"""The benchmark's stored series: chaos and a simulated robot, made by data/tasks/build.py and kept in data/tasks."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from liquid.errors import LiquidError
from liquid.resources import data_folder
from liquid.series.series import Floats

FOLDER = data_folder() / "tasks"
ROBOT = "half-cheetah"


class StoredTask(NamedTuple):
    """What the catalogue says of a stored series. `step` in the system's units of time; counts in samples.

    A map's sample is an iteration; of the robot no exponent and no period is given.
    """

    name: str
    title: str
    kind: str  # "chaotic flow", "chaotic map" or "robot"
    group: str
    equations: str
    citation: str
    observed: str
    parameters: dict[str, Any]
    lyapunov_exponent: float | None  # per unit of time
    lyapunov_source: str
    step: float
    samples_per_lyapunov_time: float | None
    samples_per_period: float | None
    samples_between_maxima: float | None
    shape: tuple[int, ...]
    documented: str
    licence: str


@cache
def catalogue() -> tuple[StoredTask, ...]:
    """Every stored series: flows, maps, the robot."""
    entries = json.loads((FOLDER / "catalogue.json").read_text(encoding="utf-8"))
    return tuple(StoredTask(name, **about | {"shape": tuple(about["shape"])}) for name, about in entries.items())


def chaos(name: str, draw: int) -> Floats:
    """One draw of a chaotic system, `[time]`, noise-free. LiquidError for another name or draw."""
    shapes = {task.name: task.shape for task in catalogue() if task.name != ROBOT}
    if name not in shapes:
        raise LiquidError(f"No stored system {name!r}: choose one of {', '.join(shapes)}.")
    if not 0 <= draw < shapes[name][0]:
        raise LiquidError(f"{name!r} has no draw {draw}: choose 0 to {shapes[name][0] - 1}.")
    draws: Floats = _stored(FOLDER / "chaos.npz", name)[draw].astype(np.float64)
    return draws


def half_cheetah() -> Floats:
    """Observations of the simulated robot, `[trajectory, time, 17]`."""
    return _stored(FOLDER / f"{ROBOT}.npz", "observations").astype(np.float64)


def _stored(path: Path, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    with np.load(path, allow_pickle=False) as file:
        values: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = file[name]
    return values
