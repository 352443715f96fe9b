"""The benchmark's models that no gradients train: forecasts along a whole problem, errors on its parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liquid.models.echo_state import LEAKS, draw_reservoir, run_reservoir
from liquid.models.registry import model_named
from liquid.models.ridge import Ridge
from liquid.series.season import find_season
from liquid.series.series import from_columns
from liquid.series.windows import Floats
from liquid.studies.benchmark.config import Cell
from liquid.studies.benchmark.problem import Problem

STRENGTHS = tuple(10.0 ** np.arange(-8, 3))  # ridge, relative to the largest singular value squared
WASHOUT = 64  # samples until a reservoir's empty start is forgotten


@dataclass(frozen=True)
class Solved:
    """One-step forecasts `[time]` of a model from sample `first` on, the numbers that it learned, and its squared error
    on the validation part."""

    forecast: Floats
    learned: Floats
    first: int
    validation: float

    @staticmethod
    def of(forecast: Floats, learned: Floats, first: int, problem: Problem) -> Solved:
        validation = squared_error(forecast, first, problem, problem.split.validation)
        return Solved(forecast, learned, first, validation)

    def error(self, problem: Problem, part: range) -> float:
        """Mean squared error on a part."""
        return squared_error(self.forecast, self.first, problem, part)


def squared_error(forecast: Floats, first: int, problem: Problem, part: range) -> float:
    rows = problem.origins(part, first + 1)
    return float(np.mean((forecast[rows] - problem.target[rows]) ** 2))


def solved(cell: Cell, problem: Problem) -> Solved:
    """The cell's model, fitted: with as many units as it may have trained parameters, if it comes in sizes."""
    if model_named(cell.model).sized:
        return echo_state(problem, cell.parameters - 1, cell.seed)  # a readout weight each, and the offset
    return baseline(cell.model, problem)


def baseline(model: str, problem: Problem) -> Solved:
    """A model without states, fitted to forecast the clean next value from the noisy ones before."""
    kind, split = model_named(model), problem.split
    seen = from_columns({"x": problem.inputs[: split.train.stop]}, "training part")
    season = problem.season or (find_season(seen) if kind.seasonal else None)
    rule = kind.load().fit(problem.inputs, split, season, problem.target)
    forecast = rule.predict(problem.inputs, np.arange(len(problem.inputs)), 1)[:, 0]
    learned = np.concatenate([np.empty(0), *rule.arrays.values()])
    return Solved.of(forecast, learned, rule.memory - 1, problem)


def echo_state(problem: Problem, units: int, seed: int) -> Solved:
    """A fixed random reservoir with a solved readout; leak and ridge strength are chosen on the validation part."""
    inputs = problem.columns
    reservoir = draw_reservoir(units, np.random.default_rng([seed, 3]), inputs.shape[1])
    fits = [readout(run_reservoir(inputs, *reservoir, leak), problem, WASHOUT, STRENGTHS) for leak in LEAKS]
    return min(fits, key=lambda fit: fit.validation)


def readout(features: Floats, problem: Problem, first: int, strengths: tuple[float, ...]) -> Solved:
    """Ridge regression of the target on `features[time, inputs]`, samples from `first` on; strength by validation."""
    train = slice(first, problem.split.train.stop - 1)
    regression = Ridge(features[train], problem.target[train])
    fits = []
    for strength in strengths:
        weights, offset = regression.solve(strength * regression.largest**2)
        fits.append(Solved.of(offset + features @ weights, np.append(weights, offset), first, problem))
    return min(fits, key=lambda fit: fit.validation)
