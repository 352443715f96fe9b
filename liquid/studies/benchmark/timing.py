"""Error against the time of a training, on the tasks that were trained for several lengths."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from liquid.series.windows import Floats
from liquid.studies.benchmark.config import CellResult
from liquid.studies.benchmark.verdict import geometric
from liquid.studies.statistics import Interval

FEWEST_LENGTHS = 3  # fewer are no curve
Question = tuple[str, float, int]  # task, noise, parameters asked for


class TimePoint(NamedTuple):
    """A model after so many steps: geometric means over seeds with 95 % intervals.

    `seconds` is the processor time of the chosen training at one rate, what a user waits for who has chosen before.
    """

    task: str
    noise: float
    model: str
    parameters: int
    steps: int
    seconds: Interval
    error: Interval
    seeds: int


class TimeToError(NamedTuple):
    """How long a model trains until its error is `error`: geometric means over seeds with 95 % intervals.

    `error` is, seed by seed, the best that the worst of the models reaches: the least that all of them get to.
    """

    task: str
    noise: float
    model: str
    error: float
    seconds: Interval
    seeds: int


def over_time(rows: Sequence[CellResult]) -> tuple[TimePoint, ...]:
    """Points of every curve, by task, noise and model, in order of steps."""
    points = []
    for (task, noise, parameters), models in _curves(rows).items():
        for model, seeds in models.items():
            lengths = sorted({row.cell.steps for curve in seeds.values() for row in curve})
            for steps in lengths:
                there = [row for curve in seeds.values() for row in curve if row.cell.steps == steps]
                seconds, error = (
                    geometric(np.log([getattr(row, name) for row in there])) for name in ("seconds", "error")
                )
                points.append(TimePoint(task, noise, model, parameters, steps, seconds, error, len(there)))
    return tuple(points)


def time_to_error(rows: Sequence[CellResult]) -> tuple[TimeToError, ...]:
    """Every model's time to the error that all of them reach, on each task and noise."""
    found = []
    for (task, noise, _), models in _curves(rows).items():
        seeds = sorted(set.intersection(*(set(curves) for curves in models.values())))
        if len(models) < 2 or not seeds:
            continue
        targets = [max(min(row.error for row in curves[seed]) for curves in models.values()) for seed in seeds]
        for model, curves in models.items():
            logs = np.array([_reached(curves[seed], target) for seed, target in zip(seeds, targets, strict=True)])
            target = float(np.exp(np.mean(np.log(targets))))
            found.append(TimeToError(task, noise, model, target, geometric(logs), len(seeds)))
    return tuple(found)


def _curves(rows: Sequence[CellResult]) -> dict[Question, dict[str, dict[int, list[CellResult]]]]:
    """Trainings of three or more lengths, `[task, noise, parameters][model][seed]` in order of their seconds."""
    found: dict[Question, dict[str, dict[int, list[CellResult]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for row in rows:
        if row.seconds > 0:
            found[row.cell.task, row.cell.noise, row.cell.parameters][row.cell.model][row.cell.seed].append(row)
    curves: dict[Question, dict[str, dict[int, list[CellResult]]]] = {}
    for question, models in found.items():
        for model, seeds in models.items():
            long = {
                seed: sorted(own, key=lambda row: row.seconds)
                for seed, own in seeds.items()
                if len({row.cell.steps for row in own}) >= FEWEST_LENGTHS
            }
            if long:
                curves.setdefault(question, {})[model] = long
    return curves


# log t at the first crossing of log error, between two trainings on a straight line in both logarithms
def _reached(curve: list[CellResult], target: float) -> float:
    """The logarithm of the seconds at which a curve first is at `target`; before its first training, that one's."""
    seconds: Floats = np.log([row.seconds for row in curve])
    errors: Floats = np.log([row.error for row in curve])
    place = int(np.argmax(errors <= np.log(target)))
    if place == 0:
        return float(seconds[0])
    above, below = errors[place - 1], errors[place]
    share = (above - np.log(target)) / (above - below)
    return float(seconds[place - 1] + share * (seconds[place] - seconds[place - 1]))
