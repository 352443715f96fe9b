"""What is forecast: thirty-three series of different kinds, made and measured. A seed draws series and noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from liquid.errors import LiquidError
from liquid.series import builtin, generators
from liquid.series.series import Series
from liquid.series.windows import FEWEST_POINTS, Floats, longest_complete
from liquid.studies.benchmark import stored_series
from liquid.studies.benchmark.problem import Problem, noisy

OWN = "your series"  # tasks that come from outside
FOLDER = "your trajectories"
FLOW, MAP, SIGNAL, MEASURED, ROBOT = KINDS = ("chaotic flow", "chaotic map", "signal", "measured", "robot")
FORWARD_SPEED = 8  # of the robot's observations
DRAWS = 6  # that are stored of a chaotic system


class Clean(NamedTuple):
    """`truth[time]`, what is `seen[time]` of it before noise is added, and `gaps[time]`, the time from each sample to
    the next in the mean one's, None if all are equal."""

    truth: Floats
    seen: Floats
    gaps: Floats | None = None


@dataclass(frozen=True)
class Task:
    """`clean(seed, length)` is the series; `season` in samples, if it has one."""

    kind: str
    clean: Callable[[int, int], Clean]
    season: int | None = None


def _made(generator: Callable[..., Series]) -> Callable[[int, int], Clean]:
    def clean(seed: int, length: int) -> Clean:
        values = generator(length, noise=0.0, seed=seed).values[:, 0]
        return Clean(values, values)

    return clean


def _stored(name: str) -> Callable[[int, int], Clean]:
    def clean(seed: int, length: int) -> Clean:
        values = stored_series.chaos(name, seed % DRAWS)[:length]
        return Clean(values, values)

    return clean


def _measured(name: str, *, every: int = 1, change: bool = False) -> Callable[[int, int], Clean]:
    """The first column's longest stretch without a gap; every so many samples of it; or its changes."""

    def clean(seed: int, length: int) -> Clean:
        values = builtin.load(name).values
        values = values[longest_complete(values[:, :1]), 0][::every]
        values = (values[1:] - values[:-1] if change else values)[:length]
        return Clean(values, values)

    return clean


def _uneven(series: Series) -> Clean:
    values, gaps = series.values[:, 0], series.time[1:] - series.time[:-1]
    return Clean(values[:-1], values[:-1], gaps / gaps.mean())


def _uneven_sines(seed: int, length: int) -> Clean:
    return _uneven(generators.uneven_sines(length + 1, noise=0.0, seed=seed))


def _ice_ages(seed: int, length: int) -> Clean:
    series = builtin.load("ice-ages")
    return _uneven(replace(series, time=series.time[: length + 1], values=series.values[: length + 1]))


def _switching_level(seed: int, length: int) -> Clean:
    made = generators.switching_walk(length, seed, keep=0.98)
    return Clean(made.values[:, 1], made.values[:, 0])


def _half_cheetah(seed: int, length: int) -> Clean:
    runs = stored_series.half_cheetah()[:, :, FORWARD_SPEED]
    many = -(-length // runs.shape[1])
    values = runs[[(seed * many + place) % len(runs) for place in range(many)]].ravel()[:length]
    return Clean(values, values)


TASKS: dict[str, Task] = {
    "sines": Task(SIGNAL, _made(generators.sum_of_sines), season=50),
    "lorenz": Task(FLOW, _made(generators.lorenz)),
    "mackey-glass": Task(FLOW, _made(generators.mackey_glass)),
    "rossler": Task(FLOW, _made(generators.rossler)),
    "switching-level": Task(SIGNAL, _switching_level),
    "uneven-sines": Task(SIGNAL, _uneven_sines),
    **{one.name: Task(one.kind, _stored(one.name)) for one in stored_series.catalogue() if one.kind != ROBOT},
    "half-cheetah": Task(ROBOT, _half_cheetah),
    "sunspots-monthly": Task(MEASURED, _measured("sunspots-monthly")),
    "ecg": Task(MEASURED, _measured("ecg", every=2)),
    "co2": Task(MEASURED, _measured("co2", change=True), season=52),
    "elnino": Task(MEASURED, _measured("elnino"), season=12),
    "seattle-weather": Task(MEASURED, _measured("seattle-weather")),
    "seattle-normals": Task(MEASURED, _measured("seattle-normals"), season=24),
    "water-flow": Task(MEASURED, _measured("water-flow"), season=24),
    "ice-ages": Task(MEASURED, _ice_ages),
}


def problem_of(task: str, noise: float, seed: int, length: int) -> Problem:
    """The task called `task`; LiquidError, with the tasks there are, for any other name."""
    if task not in TASKS:
        raise LiquidError(f"task={task!r} is not known; choose one of {', '.join(TASKS)}.")
    return noisy(*_clean(task, seed, length), noise, seed, TASKS[task].season)


def problem_from(series: Series, noise: float, seed: int, length: int) -> Problem:
    """The same question about the newest `length` values of any series' first column: the truth is the column.

    Where values are missing, of the longest stretch without a gap. LiquidError if that is too short.
    """
    values = series.values[longest_complete(series.values[:, :1]), 0]
    if len(values) < FEWEST_POINTS <= len(series):
        raise LiquidError(
            f"'{series.names[0]}' has at most {len(values)} values in a row without a gap, and the benchmark needs "
            f"{FEWEST_POINTS}: choose another series."
        )
    return noisy(values[-length:], values[-length:], None, noise, seed)


@lru_cache(maxsize=64)
def _clean(task: str, seed: int, length: int) -> Clean:
    return TASKS[task].clean(seed, length)
