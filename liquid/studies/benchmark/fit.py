"""Recurrent models on the benchmark's problems: many seeds and rates side by side, each alone with its data."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from liquid.dynamics import scan
from liquid.errors import LiquidError
from liquid.learning.loop import Batch, Descent, Ended, Source
from liquid.learning.loop import fit as descend
from liquid.models.network import SequenceModel
from liquid.series.windows import Floats, windows
from liquid.studies.benchmark.config import Recipe
from liquid.studies.benchmark.tasks import Problem

CHECKS = 12  # looks at the validation part in a training
MOST_CHECKED = 256  # windows of the validation part in one look


@dataclass(frozen=True)
class Fitted:
    """Validation NRMSE of every seed at every rate, `[seed, rate]` (inf: diverged); the model at its best weights,
    members ordered by seed and, within one, by rate; `seconds` of processor time per member."""

    model: SequenceModel
    validation: Floats
    seconds: float


def fit(
    model: SequenceModel,
    problems: Sequence[Problem],
    seeds: Sequence[int],
    steps: int,
    recipe: Recipe,
    stop: Callable[[], bool] = lambda: False,
) -> Fitted:
    """Train one member per seed and rate: same batches, clipping and one-cycle schedule for all of a seed.

    Reads nothing of the test part. `stop` ends it early with what is best so far.
    """
    held_out = [_held_out(problem, recipe.window) for problem in problems]

    def check() -> Tensor:
        return _squared_errors(model, held_out, len(recipe.rates))

    unit = np.array([problem.unit for problem in problems])[:, None]
    return fit_on(model, SeedBatches(problems, seeds, recipe), check, unit, steps, recipe.rates, stop)


def fit_on(
    model: SequenceModel,
    batches: Source,
    check: Callable[[], Tensor],
    unit: Floats,
    steps: int,
    rates: Sequence[float],
    stop: Callable[[], bool] = lambda: False,
) -> Fitted:
    """Train on any batches. `check` gives every member's squared validation error, its root is divided by
    `unit[seed, 1]`. LiquidError if a seed diverged at every rate."""
    scan.ready(wait=True)  # the same numbers in every run: never the plain loop in one and the scan in the next
    seeds, began = model.members // len(rates), time.process_time()
    descent = Descent(
        steps=steps,
        rate=tuple(rates) * seeds,
        every=max(1, steps // CHECKS),
        cycle_momentum=False,
        ends_on_divergence=False,
    )
    *_, ended = descend(model, batches, descent, lambda _: check(), stop)
    assert isinstance(ended, Ended)
    seconds = (time.process_time() - began) / model.members
    validation = np.sqrt(ended.best.losses.double().numpy().reshape(seeds, -1)) / unit
    if not np.isfinite(validation).any(axis=1).all():
        raise LiquidError(f"Training diverged at every rate of {tuple(rates)}: add a smaller one.")
    return Fitted(model, validation, seconds)


class SeedBatches:
    """Random windows of each seed's training part: `[members, batch, window, 1]`, the same for all rates of a seed."""

    def __init__(self, problems: Sequence[Problem], seeds: Sequence[int], recipe: Recipe) -> None:
        self.recipe = recipe
        warm_up = recipe.window // 4  # a state starts empty: the first samples only fill it
        self.rngs = [np.random.default_rng([seed, 2]) for seed in seeds]
        ends = [problem.split.train.stop - 1 for problem in problems]  # the last input whose target is in the part
        if min(ends) <= recipe.window:
            raise LiquidError(
                f"window={recipe.window} is too long for {min(ends) + 1} training values; choose a shorter."
            )
        self.inputs = [
            windows(problem.inputs[:end, None].astype(np.float32), recipe.window)
            for problem, end in zip(problems, ends, strict=True)
        ]
        self.target = [
            windows(problem.target[:end, None].astype(np.float32), recipe.window)[:, warm_up:]
            for problem, end in zip(problems, ends, strict=True)
        ]

    def draw(self) -> Batch:
        starts = [rng.integers(len(x), size=self.recipe.batch) for rng, x in zip(self.rngs, self.inputs, strict=True)]
        drawn = (
            np.stack([values[chosen] for values, chosen in zip(parts, starts, strict=True)])
            for parts in (self.inputs, self.target)
        )
        return Batch(*(torch.from_numpy(values).repeat_interleave(len(self.recipe.rates), 0) for values in drawn))


def predict(model: SequenceModel, x: Floats) -> Floats:
    """Forecasts at the end of windows, of every member on its own: `[members, n, window] -> [members, n]`."""
    with torch.no_grad():
        series = torch.from_numpy(x.astype(np.float32))[..., None]
        parts = [model(part)[:, :, -1, 0] for part in torch.split(series, 512, dim=1)]
    return torch.cat(parts, dim=1).double().numpy()


def _held_out(problem: Problem, window: int) -> tuple[Floats, Floats]:
    origins = problem.origins(problem.split.validation, window)
    return problem.pairs(origins[:: -(-len(origins) // MOST_CHECKED)], window)


def _squared_errors(model: SequenceModel, held_out: list[tuple[Floats, Floats]], repeats: int) -> Tensor:
    x, truth = (np.repeat(np.stack(values), repeats, axis=0) for values in zip(*held_out, strict=True))
    return torch.from_numpy(np.mean((predict(model, x) - truth) ** 2, axis=1)).float()
