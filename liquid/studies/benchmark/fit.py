"""The one loop that all recurrent models go through: many seeds and rates side by side, each alone with its data."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from liquid.dynamics import scan
from liquid.dynamics.ensemble import clip_members
from liquid.errors import LiquidError
from liquid.learning.cores import SequenceModel
from liquid.series.windows import Floats, windows
from liquid.studies.benchmark.config import Recipe
from liquid.studies.benchmark.tasks import Problem

CLIP = 1.0  # gradient norm of a member
CHECKS = 12  # looks at the validation part in a training
MOST_CHECKED = 256  # windows of the validation part in one look


@dataclass(frozen=True)
class Fitted:
    """Validation NRMSE of every seed at every rate, `[seed, rate]` (inf: diverged); the model at its best weights,
    members ordered by seed and, within one, by rate; `seconds` of processor time a member."""

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
    """Train one member a seed and rate: same batches, clipping and one-cycle schedule for all of a seed.

    Reads nothing of the test part. `stop` ends it early with what is best so far.
    """
    held_out = [_held_out(problem, recipe.window) for problem in problems]

    def check(model: SequenceModel) -> Tensor:
        return _squared_errors(model, held_out, len(recipe.rates))

    unit = np.array([problem.unit for problem in problems])[:, None]
    return fit_on(model, Batches(problems, seeds, recipe), check, unit, steps, recipe.rates, stop)


class Source(Protocol):
    """Where the loop's batches come from."""

    warm_up: int  # samples of a window whose forecasts do not count

    def draw(self) -> tuple[Tensor, Tensor]:
        """Inputs `[members, batch, window, input]`, and the truth after the warm-up in the shape of the forecasts."""


def fit_on(
    model: SequenceModel,
    batches: Source,
    check: Callable[[SequenceModel], Tensor],
    unit: Floats,
    steps: int,
    rates: Sequence[float],
    stop: Callable[[], bool] = lambda: False,
) -> Fitted:
    """The loop. `check` gives every member's squared validation error, its root is divided by `unit[seed, 1]`."""
    scan.ready(wait=True)  # the same numbers in every run: never the plain loop in one and the scan in the next
    seeds = model.members // len(rates)
    of_members = torch.tensor(rates).repeat(seeds)
    optimizer = torch.optim.Adam(model.parameters(), lr=1.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=steps + 1, cycle_momentum=False)
    best = torch.full((model.members,), torch.inf)
    kept = [parameter.detach().clone() for parameter in model.parameters()]
    began, every = time.process_time(), max(1, steps // CHECKS)
    for step in range(1, steps + 1):
        x, truth = batches.draw()
        losses = (model(x)[:, :, batches.warm_up :] - truth).square().flatten(1).mean(dim=1)
        optimizer.zero_grad()
        torch.autograd.backward(losses.sum())
        clip_members(model.parameters(), CLIP)
        step_at_rates(model, optimizer, of_members)
        schedule.step()
        stopping = stop()
        if step % every == 0 or step == steps or stopping:
            _keep(model, kept, best, check(model))
        if stopping:
            break
    seconds = (time.process_time() - began) / model.members
    with torch.no_grad():
        for parameter, values in zip(model.parameters(), kept, strict=True):
            parameter.copy_(values)
    validation = np.sqrt(best.double().numpy().reshape(seeds, -1)) / unit
    if not np.isfinite(validation).any(axis=1).all():
        raise LiquidError(f"Training diverged at every rate of {tuple(rates)}: add a smaller one.")
    return Fitted(model, validation, seconds)


# Adam's step is proportional to its rate, so one step at rate 1, shortened member by member, is a step at each rate.
@torch.no_grad()
def step_at_rates(model: SequenceModel, optimizer: torch.optim.Optimizer, rates: Tensor) -> None:
    """One optimizer step in which every member has a rate of its own, then back to where the equation has a meaning."""
    before = [parameter.detach().clone() for parameter in model.parameters()]
    optimizer.step()
    for parameter, start in zip(model.parameters(), before, strict=True):
        parameter.copy_(torch.lerp(start, parameter, rates.view(-1, *(1,) * (parameter.dim() - 1))))
    model.core.project()


class Batches:
    """Random windows of each seed's training part: `[members, batch, window, 1]`, the same for all rates of a seed."""

    def __init__(self, problems: Sequence[Problem], seeds: Sequence[int], recipe: Recipe) -> None:
        self.recipe = recipe
        self.warm_up = recipe.window // 4  # a state starts empty: the first samples only fill it
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
            windows(problem.target[:end, None].astype(np.float32), recipe.window)
            for problem, end in zip(problems, ends, strict=True)
        ]

    def draw(self) -> tuple[Tensor, Tensor]:
        inputs, target = [], []
        for rng, x, y in zip(self.rngs, self.inputs, self.target, strict=True):
            starts = rng.integers(len(x), size=self.recipe.batch)
            inputs.append(x[starts])
            target.append(y[starts, self.warm_up :, 0])
        repeats = len(self.recipe.rates)
        return (
            torch.from_numpy(np.stack(inputs)).repeat_interleave(repeats, 0),
            torch.from_numpy(np.stack(target)).repeat_interleave(repeats, 0),
        )


def predict(model: SequenceModel, x: Floats) -> Floats:
    """Forecasts at the end of windows, of every member on its own: `[members, n, window] -> [members, n]`."""
    with torch.no_grad():
        series = torch.from_numpy(x.astype(np.float32))[..., None]
        parts = [model(part)[:, :, -1] for part in torch.split(series, 512, dim=1)]
    return torch.cat(parts, dim=1).double().numpy()


def _held_out(problem: Problem, window: int) -> tuple[Floats, Floats]:
    origins = problem.origins(problem.split.validation, window)
    return problem.pairs(origins[:: -(-len(origins) // MOST_CHECKED)], window)


def _squared_errors(model: SequenceModel, held_out: list[tuple[Floats, Floats]], repeats: int) -> Tensor:
    x, truth = (np.repeat(np.stack(values), repeats, axis=0) for values in zip(*held_out, strict=True))
    return torch.from_numpy(np.mean((predict(model, x) - truth) ** 2, axis=1)).float()


@torch.no_grad()
def _keep(model: SequenceModel, kept: list[Tensor], best: Tensor, losses: Tensor) -> None:
    """Every member's weights at its own best validation loss."""
    better = losses < best
    best[better] = losses[better]
    for values, parameter in zip(kept, model.parameters(), strict=True):
        values[better] = parameter[better]
