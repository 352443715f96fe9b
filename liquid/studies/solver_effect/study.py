"""Does a better solver make a better forecast? A trained model's states computed otherwise, and trainings compared.

A model trained with Euler has learned Euler's path, errors and all: its readout is fitted to the states that Euler
gives. A more exact solver moves the states away from those, so it need not help.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from liquid.dynamics.reference import reference
from liquid.dynamics.rnn import LiquidRNN
from liquid.dynamics.solvers import SOLVERS
from liquid.dynamics.weights import LayerWeights
from liquid.errors import LiquidError
from liquid.learning.comparison import TOO_FEW, evenly, rmse_ratio
from liquid.learning.data import Origins
from liquid.learning.forecaster import Forecaster
from liquid.learning.models import ForecastModel
from liquid.models.core import Core
from liquid.studies import stored
from liquid.studies.convergence.report import Table
from liquid.studies.progress import StudyProgress
from liquid.studies.statistics import Floats, Interval

MOST_WINDOWS = 200  # solved exactly: one for every network and every point of the test part that is looked at
FEWEST_POINTS = 40
MORE = (2, 4, 8)  # times the unfolds of the training
EXACT = "exact"


@dataclass(frozen=True)
class Variant:
    """One way to compute a trained model's states, and its one-step forecast on the test part.

    `rmse` in the series' unit; `ratio` to the forecast as trained, with a 95 % interval, NaN if it cannot be told;
    `moved` is the RMS distance between the two forecasts, as a share of the RMSE as trained.
    """

    name: str
    solver: str
    unfolds: int | None
    rmse: float
    ratio: float
    low: float
    high: float
    moved: float

    @property
    def bounds(self) -> str:
        """The interval in words."""
        return "unknown" if np.isnan(self.low + self.high) else f"{self.low:.3g} to {self.high:.3g}"


@dataclass(frozen=True)
class SolverEffect:
    """Every variant on the same `points` of the test part, the one as trained first."""

    variants: tuple[Variant, ...]
    points: int

    @property
    def answer(self) -> str:
        """One sentence: what the exact solution does to the forecast."""
        exact = next(variant for variant in self.variants if variant.solver == EXACT)
        change = f"multiplies the one-step error by {exact.ratio:.3g}"
        if np.isfinite(exact.ratio) and np.isnan(exact.low + exact.high):
            return f"Solving this model's ODE exactly {change}, but {TOO_FEW}."
        bounds = f"95 % interval {exact.bounds}"
        if exact.low > 1:
            verdict = "the more exact states are worse for a readout that was fitted to others"
        elif exact.high < 1:
            verdict = "here the more exact states are better"
        else:
            verdict = "no measurable difference"
        return f"Solving this model's ODE exactly {change} ({bounds}): {verdict}."


def effect_table(effect: SolverEffect) -> Table:
    """One row per way to compute a trained model's states; the one as trained first."""
    return {
        "states from": [one.name for one in effect.variants],
        "one-step RMSE": [one.rmse for one in effect.variants],
        "ratio to as trained": [one.ratio for one in effect.variants],
        "low": [one.low for one in effect.variants],
        "high": [one.high for one in effect.variants],
        "forecast moved by": [one.moved for one in effect.variants],
    }


class ExactStates(Core):
    """In a trained core's place: the same layers, their ODE solved exactly."""

    def __init__(self, networks: list[LiquidRNN]) -> None:
        super().__init__()
        self.equations = [[LayerWeights.of(layer) for layer in network.liquid_layers()] for network in networks]

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([torch.stack([self._states(member, window) for window in x]) for member in self.equations])

    def _states(self, layers: list[LayerWeights], window: Tensor) -> Tensor:
        states = window.double().numpy()
        for layer in layers:
            solved = reference(layer, states, layer.dt, second_opinion=False)
            if not solved.success:
                raise LiquidError(f"This model's ODE cannot be solved: {solved.message}")
            states = solved.ends
        return torch.from_numpy(states).to(window.dtype)


def solver_effect(
    forecaster: Forecaster, stop: Callable[[], bool] = lambda: False
) -> Iterator[StudyProgress | SolverEffect]:
    """A trained Liquid model's one-step forecast with its states from other solvers, more unfolds, and the reference.

    LiquidError for any other model, and if real time between samples counts. Stopped early, it ends without a result.
    """
    config, trained_model = forecaster.config, forecaster.model
    if not isinstance(trained_model, ForecastModel) or not config.kind.liquid or config.timespans:
        raise LiquidError(
            f"model={config.model!r}, timespans={config.timespans}: this needs a Liquid model with even samples."
        )
    settings = [(config.solver, config.unfolds)]
    settings += [(config.solver, more * config.unfolds) for more in MORE]
    settings += [(name, config.unfolds) for name in SOLVERS if name != config.solver]
    total = len(settings) + 1
    test = forecaster.prepared.split.test
    origins = np.arange(test.start - 1, test.stop - 1)
    origins = origins[np.isfinite(forecaster.prepared.observed[origins + 1])]
    points = max(MOST_WINDOWS // config.members, FEWEST_POINTS)  # evenly spread
    origins = origins[np.linspace(0, len(origins) - 1, min(points, len(origins))).astype(np.int64)]
    truth = forecaster.prepared.observed[origins + 1]
    trained: Floats | None = None
    variants = []
    for done, (solver, unfolds) in enumerate([*settings, (EXACT, 0)]):
        label = states_from(solver, unfolds)
        yield StudyProgress(done, total, label)
        if stop():
            return
        model = _with_exact(trained_model) if solver == EXACT else trained_model.stepped_by(solver, unfolds)
        forecast = replace(forecaster, model=model).predict(origins)[:, 0]
        trained = forecast if trained is None else trained
        variants.append(_judge(label, solver, unfolds or None, origins, (forecast, trained, truth)))
    yield SolverEffect(tuple(variants), len(origins))


def states_from(solver: str, unfolds: int | None) -> str:
    """What a way to compute the states is called."""
    return "Exact" if solver == EXACT else f"{SOLVERS[solver].label}, unfolds {unfolds}"


def _with_exact(model: ForecastModel) -> ForecastModel:
    return model.with_core(ExactStates(model.liquid_members()))


def _judge(
    name: str, solver: str, unfolds: int | None, origins: Origins, forecasts: tuple[Floats, Floats, Floats]
) -> Variant:
    forecast, trained, truth = forecasts
    rmse, before = (float(np.sqrt(np.mean((one - truth) ** 2))) for one in (forecast, trained))
    ratio, low, high = rmse_ratio(evenly(origins, forecast - truth), evenly(origins, trained - truth))
    moved = float(np.sqrt(np.mean((forecast - trained) ** 2))) / before
    return Variant(name, solver, unfolds, rmse, ratio, low, high, moved)


@dataclass(frozen=True)
class SolverTraining:
    """Trainings with each solver: one-step test RMSE by seed, and its ratio to Euler's with a 95 % interval."""

    solver: str
    rmse: tuple[float, ...]
    ratio: Interval
    seconds: float

    @property
    def against_euler(self) -> Variant:
        """For a picture: the mean error, and the ratio with its interval."""
        mean, label = float(np.mean(self.rmse)), SOLVERS[self.solver].label
        return Variant(label, self.solver, None, mean, self.ratio.mean, self.ratio.low, self.ratio.high, float("nan"))


@dataclass(frozen=True)
class StoredTrainings:
    """Trainings with each solver by series, as stored; the training in words and the config of them all."""

    training: str
    config: dict[str, Any]
    trainings: dict[str, tuple[SolverTraining, ...]]

    def answer(self, series: str) -> str:
        """One sentence: which solvers train a measurably better or worse model than Euler."""
        others = [one for one in self.trainings[series] if one.solver != "euler"]
        better = [SOLVERS[one.solver].label for one in others if one.ratio.high < 1]
        worse = [SOLVERS[one.solver].label for one in others if one.ratio.low > 1]
        different = [f"{', '.join(names)} {verb}" for names, verb in ((better, "better"), (worse, "worse")) if names]
        if not different:
            return "Trained with its own solver, no model is measurably better or worse than with Euler."
        return f"Compared with training by Euler: {'; '.join(different)}."


def trained_with_each() -> StoredTrainings:
    """The table that `python -m benchmarks.solver_training` stored; LiquidError if it cannot be read."""
    content = stored.load("solver_training")
    trainings = {
        series: tuple(
            SolverTraining(one["solver"], tuple(one["rmse"]), Interval(**one["ratio"]), one["seconds"]) for one in rows
        )
        for series, rows in content["trainings"].items()
    }
    return StoredTrainings(content["training"], content["config"], trainings)
