"""The benchmark's models on trajectories: they predict all observations of the next sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from liquid.learning.batches import Batch
from liquid.models.network import SequenceModel, size_for
from liquid.settings import finite
from liquid.studies.benchmark.config import PERSISTENCE, Cell, CellResult, Recipe
from liquid.studies.benchmark.fit import fit_on
from liquid.studies.benchmark.grids import STEPS
from liquid.studies.benchmark.sweep import Group, MemoryStore, SweepProgress, Swept, run_sweep
from liquid.studies.benchmark.tasks import FOLDER
from liquid.studies.benchmark.trajectories import PIECE, Pairs, Trajectories

MODELS = ("Liquid", "LSTM", "GRU", "CfC")  # an LTC takes ten times as long
SIZES = (1000, 3000)  # with the 17 observations of Half-Cheetah, the head alone has hundreds
MOST_CHECKED = 256  # pieces of a part in one look
MOST_WHOLE = 512  # on which a readout is solved
EVERY_OBSERVATION = np.ones((1, 1))  # all are scaled to a standard deviation of 1


def grid(seeds: int = 3, steps: int = STEPS, sizes: Sequence[int] = SIZES, recipe: Recipe | None = None) -> Group:
    """Every model at every size, and persistence."""
    shared = recipe or Recipe(window=PIECE)
    pairs = [(PERSISTENCE, sizes[0])] + [(model, size) for size in sizes for model in MODELS]
    return tuple(Cell(FOLDER, 0.0, *pair, seed, steps, shared) for pair in pairs for seed in range(seeds))


def run(data: Trajectories, cells: Group, stop: Callable[[], bool]) -> Iterator[SweepProgress | Swept]:
    """The sweep, here and unstored: a folder's content has no name by which a store could know it again."""
    yield from run_sweep(cells, MemoryStore(), stop=stop, work=partial(train_on, data))


def train_on(data: Trajectories, cells: Group) -> tuple[CellResult, ...]:
    """Rows of cells that differ in their seeds alone. Errors are the root of the MSE over all samples and observations
    of the test trajectories, in standard deviations of the training ones."""
    first, columns = cells[0], data.columns
    x, y = data.test
    if first.model == PERSISTENCE:
        error = float(np.sqrt(np.mean((x - y) ** 2)))
        return tuple(CellResult(cell, 0, 0, None, (), error, 0.0) for cell in cells)
    recipe, seeds = first.recipe, [cell.seed for cell in cells]
    size = size_for(first.model, first.parameters, columns, columns)
    held_out, tried = thinned(data.validation), []
    for training in recipe.trainings:
        model = SequenceModel(first.model, columns, size, [seed for seed in seeds for _ in recipe.rates], columns)
        pieces = Pieces(data.train, seeds, recipe)
        tried.append(fit_on(model, pieces, held_out, EVERY_OBSERVATION, first.steps, recipe.rates, training))
    validation = np.stack([fitted.validation for fitted in tried])
    choices = validation.min(axis=2).argmin(axis=0)  # pieces are of many series: there is no one time to compare along
    tests = [squared_errors(fitted.model, data.test).sqrt() for fitted in tried]
    return tuple(
        CellResult(
            cell=cell,
            size=size,
            counted=tried[choice].model.parameter_count(),
            rate=tried[choice].rate(place),
            validation=tuple(finite(value) for value in validation[:, place].flat),
            error=float(tests[choice][place]),
            seconds=tried[choice].seconds,
            training=tried[choice].training,
        )
        for place, (cell, choice) in enumerate(zip(cells, choices.tolist(), strict=True))
    )


class Pieces:
    """Random pieces of the training trajectories, the same for all rates of a seed; every sample counts."""

    def __init__(self, pairs: Pairs, seeds: Sequence[int], recipe: Recipe) -> None:
        self.pairs = pairs
        self.rngs = [np.random.default_rng([seed, 2]) for seed in seeds]
        self.recipe = recipe

    def draw(self) -> Batch:
        chosen = np.stack([rng.integers(len(self.pairs.inputs), size=self.recipe.batch) for rng in self.rngs])
        drawn = (torch.from_numpy(values[chosen].astype(np.float32)) for values in self.pairs)
        return Batch(*(values.repeat_interleave(len(self.recipe.rates), 0) for values in drawn))

    def whole(self) -> Batch:
        return thinned(self.pairs, MOST_WHOLE)


def thinned(pairs: Pairs, most: int = MOST_CHECKED) -> Batch:
    """Every so many pieces, `most` of them or fewer."""
    few = slice(None, None, -(-len(pairs.inputs) // most))
    return Batch(*(torch.from_numpy(values[few].astype(np.float32)) for values in pairs))


@torch.no_grad()
def squared_errors(model: SequenceModel, pairs: Pairs) -> Tensor:
    """Mean squared error of every member, in float64, over all pieces, samples and observations."""
    total = torch.zeros(model.members, dtype=torch.float64)
    for x, y in zip(*(torch.split(torch.from_numpy(values), MOST_CHECKED) for values in pairs), strict=True):
        forecast = model(x.expand(model.members, *x.shape))
        total += (forecast - y).square().flatten(1).sum(dim=1)
    return (total / pairs.targets.size).float()
