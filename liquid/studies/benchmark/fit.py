"""Recurrent models on the benchmark's problems: many seeds and rates side by side, each alone with its data."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from liquid.dynamics import scan
from liquid.errors import LiquidError
from liquid.learning.batches import Batch, Dataset
from liquid.learning.finish import Finish, finish, starts_once
from liquid.learning.loop import Descent, Ended
from liquid.learning.loop import fit as descend
from liquid.learning.trainings import TRAININGS
from liquid.models.core import of_members
from liquid.models.network import SequenceModel
from liquid.series.windows import Floats, windows
from liquid.studies.benchmark.config import Recipe
from liquid.studies.benchmark.problem import Problem, ending

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

    Reads nothing of the test part. `stop` ends it early with what is best so far. Of problems with gaps there is one.
    """
    unit = np.array([problem.unit for problem in problems])[:, None]
    return fit_on(
        model,
        SeedBatches(problems, seeds, recipe),
        validation_windows(problems, recipe),
        unit,
        steps,
        recipe.rates,
        training,
        validation_tiles(problems, recipe),
        stop,
        longest_span(problems),
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
    longest: float = 1.0,
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
        longest_span=longest,
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
        seen, checked = (part._replace(x=part.x[members], target=part.target[members]) for part in (whole, held_out))
        for _ in finish(best, seen, tiles or checked, Finish(longest_span=longest), stop):
            pass
        seconds += (time.process_time() - began) / seeds
    return Fitted(training, tuple(rates), best, validation, seconds)


class SeedBatches:
    """Random windows of each seed's training part: `[members, batch, window, columns]`, the same for all rates of a
    seed. Of problems with gaps there is one."""

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
            windows(problem.columns[:end].astype(np.float32), recipe.window)
            for problem, end in zip(problems, ends, strict=True)
        ]
        self.target = [
            windows(problem.target[:end, None].astype(np.float32), recipe.window)[:, warm_up:]
            for problem, end in zip(problems, ends, strict=True)
        ]
        gaps = timespans(problems)
        self.gaps = None if gaps is None else windows(gaps[: ends[0], None].astype(np.float32), recipe.window)[..., 0]

    def draw(self) -> Batch:
        return self._at(
            [rng.integers(len(x), size=self.recipe.batch) for rng, x in zip(self.rngs, self.inputs, strict=True)]
        )

    def whole(self) -> Batch:
        """Windows whose targets follow each other."""
        stride = self.target[0].shape[1]
        return self._at([np.arange(0, len(x), stride) for x in self.inputs])

    def _at(self, starts: Sequence[NDArray[np.int64]]) -> Batch:
        drawn = (
            np.stack([values[chosen] for values, chosen in zip(parts, starts, strict=True)])
            for parts in (self.inputs, self.target)
        )
        return _batch(self.recipe, *drawn, spans=None if self.gaps is None else self.gaps[starts[0]])


def timespans(problems: Sequence[Problem]) -> Floats | None:
    """The gaps `[time]`, by which a model with a clock steps: all members share them, so there is one problem."""
    if problems[0].gaps is not None and len(problems) > 1:
        raise LiquidError(f"{len(problems)} problems with gaps of their own: train them one by one.")
    return problems[0].gaps


def longest_span(problems: Sequence[Problem]) -> float:
    """The longest gap of the training part, for which a model with a clock is kept stable."""
    gaps = timespans(problems)
    return 1.0 if gaps is None else float(gaps[: problems[0].split.train.stop - 1].max())


def _batch(recipe: Recipe, *values: Floats, spans: Floats | None = None) -> Batch:
    """The same for all rates of a seed: `[seeds, ...] -> [members, ...]`."""
    x, target = (torch.from_numpy(one.astype(np.float32)).repeat_interleave(len(recipe.rates), 0) for one in values)
    return Batch(x, target, 1.0 if spans is None else torch.from_numpy(spans.astype(np.float32)))


def predict(model: SequenceModel, x: Floats, spans: Floats | None = None) -> Floats:
    """Each member's forecasts at the end of windows, in its precision: `[members, n, window, columns] -> [members, n]`.

    `spans[n, window]` are the gaps after the samples.
    """
    dtype = next(model.parameters()).dtype
    series = torch.split(torch.from_numpy(x).to(dtype), 512, dim=1)
    gaps = [1.0] * len(series) if spans is None else torch.split(torch.from_numpy(spans.copy()).to(dtype), 512)
    with torch.no_grad():
        parts = [model(part, span)[:, :, -1, 0] for part, span in zip(series, gaps, strict=True)]
    return torch.cat(parts, dim=1).double().numpy()


def validation_windows(problems: Sequence[Problem], recipe: Recipe) -> Batch:
    """Windows of every seed's validation part, evenly thinned, with what follows each: the same for all rates."""
    chosen = [problem.origins(problem.split.validation, recipe.window) for problem in problems]
    chosen = [origins[:: -(-len(origins) // MOST_CHECKED)] for origins in chosen]
    x, truth, spans = _ending(problems, chosen, recipe.window)
    return _batch(recipe, x, truth[..., None, None], spans=spans)


def validation_tiles(problems: Sequence[Problem], recipe: Recipe) -> Batch:
    """Windows of every seed's validation part with all targets after the warm-up, each once: `[seeds, windows, ..]`."""
    warm_up, pairs, gaps = recipe.window // 4, [], timespans(problems)
    spans: Tensor | float = 1.0
    for problem in problems:
        part = problem.split.validation
        starts = starts_once(part.start - 1 - warm_up, part.stop - 1, recipe.window, warm_up)
        rows = starts[:, None] + np.arange(recipe.window)
        pairs.append((problem.columns[rows], problem.target[rows[:, warm_up:], None]))
        spans = 1.0 if gaps is None else torch.from_numpy(gaps[rows])
    x, target = (torch.from_numpy(np.stack(values)) for values in zip(*pairs, strict=True))
    return Batch(x, target, spans)


def misses(model: SequenceModel, problems: Sequence[Problem], part: Part, window: int) -> Floats:
    """Errors of every seed's member at each sample of a part, `[seed, time]`."""
    origins = [problem.origins(getattr(problem.split, part), window) for problem in problems]
    x, truth, spans = _ending(problems, origins, window)
    missed: Floats = predict(model, x, spans) - truth
    return missed


def _ending(
    problems: Sequence[Problem], origins: Sequence[NDArray[np.int64]], window: int
) -> tuple[Floats, Floats, Floats | None]:
    """Windows that end at the origins, `[seeds, n, window, columns]`, the target of each, and the gaps in them."""
    x = np.stack([ending(one.columns, rows, window) for one, rows in zip(problems, origins, strict=True)])
    truth = np.stack([one.target[rows] for one, rows in zip(problems, origins, strict=True)])
    gaps = timespans(problems)
    return x, truth, None if gaps is None else ending(gaps, origins[0], window)
