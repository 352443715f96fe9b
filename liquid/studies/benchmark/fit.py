"""Recurrent models on the benchmark's problems: many seeds and rates side by side, each alone with its data."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from liquid.dynamics import scan
from liquid.errors import LiquidError
from liquid.learning.batches import Batch, Dataset
from liquid.learning.finish import finish, starts_once
from liquid.learning.loop import Descent, Ended
from liquid.learning.loop import fit as descend
from liquid.learning.trainings import TRAININGS
from liquid.models.core import of_members
from liquid.models.network import SequenceModel
from liquid.series.windows import Floats, windows
from liquid.studies.benchmark.config import Recipe
from liquid.studies.benchmark.tasks import Problem

Part = Literal["validation", "test"]

CHECKS = 12  # looks at the validation part in a training
MOST_CHECKED = 256  # windows of the validation part in one look


@dataclass(frozen=True)
class Fitted:
    """Validation NRMSE of every seed at every rate, `[seed, rate]` (inf: diverged); the `model` has a member for each
    seed, the best of its rates, in float64. `seconds` of processor time per training."""

    training: str
    rates: tuple[float, ...]
    model: SequenceModel
    validation: Floats
    seconds: float

    def rate(self, seed: int) -> float:
        """The rate that does best on a seed's validation part."""
        return self.rates[int(self.validation[seed].argmin())]


def fit(
    model: SequenceModel,
    problems: Sequence[Problem],
    seeds: Sequence[int],
    steps: int,
    recipe: Recipe,
    training: str,
    stop: Callable[[], bool] = lambda: False,
) -> Fitted:
    """Train one member per seed and rate: same batches, clipping and one-cycle schedule for all of a seed.

    Reads nothing of the test part. `stop` ends it early with what is best so far.
    """
    unit = np.array([problem.unit for problem in problems])[:, None]
    held_out = validation_windows(problems, recipe)
    tiles = validation_tiles(problems, recipe)
    return fit_on(
        model, SeedBatches(problems, seeds, recipe), held_out, unit, steps, recipe.rates, training, tiles, stop
    )


def fit_on(
    model: SequenceModel,
    batches: Dataset,
    held_out: Batch,
    unit: Floats,
    steps: int,
    rates: Sequence[float],
    training: str,
    tiles: Batch | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Fitted:
    """Train on any batches; the root of the error on `held_out` is divided by `unit[seed, 1]`. LiquidError if a seed
    diverged at every rate. A finish looks at the same, or at `tiles` of it, `[seeds, windows, ...]`, which is quicker.
    """
    scan.ready(wait=True)  # the same numbers in every run: never the plain loop in one and the scan in the next
    seeds, began = model.members // len(rates), time.process_time()
    descent = Descent(
        steps=steps,
        rate=tuple(rates) * seeds,
        every=max(1, steps // CHECKS),
        cycle_momentum=False,
        optimizer=TRAININGS[training].optimizer,
        readout=TRAININGS[training].readout,
        ends_on_divergence=False,
    )
    *_, ended = descend(model, batches, descent, held_out, stop)
    assert isinstance(ended, Ended)
    seconds = (time.process_time() - began) / model.members
    validation = np.sqrt(ended.best.losses.double().numpy().reshape(seeds, -1)) / unit
    if not np.isfinite(validation).any(axis=1).all():
        raise LiquidError(f"Training diverged at every rate of {tuple(rates)}: add a smaller one.")
    members = validation.argmin(axis=1) + len(rates) * np.arange(seeds)
    best = of_members(model, members.tolist()).double()
    if TRAININGS[training].finished and not stop():
        began, whole = time.process_time(), batches.whole()
        seen, checked = (Batch(part.x[members], part.target[members]) for part in (whole, held_out))
        for _ in finish(best, seen, tiles or checked, stop=stop):
            pass
        seconds += (time.process_time() - began) / seeds
    return Fitted(training, tuple(rates), best, validation, seconds)


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
        return _batch(self.recipe, *drawn)

    def whole(self) -> Batch:
        """Windows whose targets follow each other."""
        stride = self.target[0].shape[1]
        return _batch(
            self.recipe, *(np.stack([part[::stride] for part in parts]) for parts in (self.inputs, self.target))
        )


def _batch(recipe: Recipe, *values: Floats) -> Batch:
    """The same for all rates of a seed: `[seeds, ...] -> [members, ...]`."""
    return Batch(*(torch.from_numpy(one.astype(np.float32)).repeat_interleave(len(recipe.rates), 0) for one in values))


def predict(model: SequenceModel, x: Floats) -> Floats:
    """Each member's forecasts at the end of windows, in its precision: `[members, n, window] -> [members, n]`."""
    series = torch.from_numpy(x)[..., None].to(next(model.parameters()).dtype)
    with torch.no_grad():
        parts = [model(part)[:, :, -1, 0] for part in torch.split(series, 512, dim=1)]
    return torch.cat(parts, dim=1).double().numpy()


def validation_windows(problems: Sequence[Problem], recipe: Recipe) -> Batch:
    """Windows of every seed's validation part, evenly thinned, with what follows each: the same for all rates."""
    pairs = []
    for problem in problems:
        origins = problem.origins(problem.split.validation, recipe.window)
        pairs.append(problem.pairs(origins[:: -(-len(origins) // MOST_CHECKED)], recipe.window))
    x, truth = (np.stack(values) for values in zip(*pairs, strict=True))
    return _batch(recipe, x[..., None], truth[..., None, None])


def validation_tiles(problems: Sequence[Problem], recipe: Recipe) -> Batch:
    """Windows of every seed's validation part with all targets after the warm-up, each once: `[seeds, windows, ..]`."""
    warm_up, pairs = recipe.window // 4, []
    for problem in problems:
        part = problem.split.validation
        starts = starts_once(part.start - 1 - warm_up, part.stop - 1, recipe.window, warm_up)
        rows = starts[:, None] + np.arange(recipe.window)
        pairs.append((problem.inputs[rows, None], problem.target[rows[:, warm_up:], None]))
    return Batch(*(torch.from_numpy(np.stack(values)) for values in zip(*pairs, strict=True)))


def misses(model: SequenceModel, problems: Sequence[Problem], part: Part, window: int) -> Floats:
    """Errors of every seed's member at each sample of a part, `[seed, time]`."""
    pairs = [problem.pairs(problem.origins(getattr(problem.split, part), window), window) for problem in problems]
    x, truth = (np.stack(values) for values in zip(*pairs, strict=True))
    missed: Floats = predict(model, x) - truth
    return missed
