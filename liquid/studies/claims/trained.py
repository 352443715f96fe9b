"""Layers of the article's kind, trained: the value alone as input, the article's start and dt, a series for each."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from liquid.dynamics import scan
from liquid.dynamics.ensemble import LiquidEnsemble
from liquid.dynamics.weights import LayerWeights
from liquid.engine import Stop
from liquid.learning.batches import Batch
from liquid.learning.trainings import TRAININGS
from liquid.series import generators
from liquid.studies.claims import networks
from liquid.studies.claims.measure import Budget
from liquid.studies.noise.signal import Signal
from liquid.studies.progress import StudyProgress
from liquid.studies.statistics import Floats

STATE, DT, RATE = 32, 0.1, 0.1
TRAIN, READ = 1500, 300  # samples to train on, and of those after them that a trained layer is judged along
WINDOW, BATCH, WARM_UP = 64, 16, 16
HELD_OUT = 300  # samples at the end of these, where a training needs some
NOISY = 0.2  # of the series' standard deviation
Subject = tuple[LayerWeights, Signal]


def layers(
    budget: Budget, noise: float, stop: Stop, training: str = "adam"
) -> Generator[StudyProgress, None, list[Subject]]:
    """Layers trained on Lorenz with `noise` standard deviations, each with the clean series that it has not yet seen.

    Every layer has a start, a series and a noise of its own, so that layers are independent repetitions. A readout that
    is solved needs a part to choose its strength on: the end of the training part. Steps on the way; nothing if it was
    stopped.
    """
    scan.ready(wait=True)  # the same numbers in every run
    count, steps = budget.pick(8, 6), budget.pick(1000, 200)
    clean = np.stack([_lorenz(budget.seed * count + index) for index in range(count)])
    model = networks.liquid(count, STATE, budget.seed, dt=DT)
    rng = np.random.default_rng([budget.seed, 5])
    seen = torch.from_numpy(clean[:, :TRAIN] + noise * rng.normal(size=(count, TRAIN))).float()
    held_out = None
    if TRAININGS[training].readout == "solved":
        seen, last = seen[:, :-HELD_OUT], seen[:, -HELD_OUT:]
        held_out = Windows(last, rng).whole()
    events = networks.fit_batches(
        model, Windows(seen, rng), steps, RATE, longest_span=1.0, stop=stop, training=training, held_out=held_out
    )
    for step in events:
        yield StudyProgress(step, steps, f"Training {count} layers on Lorenz, noise of {100 * noise:.0f} %")
    if stop():
        return []
    core = model.core
    assert isinstance(core, LiquidEnsemble)
    trained = [LayerWeights.of(core.member(index).liquid_layers()[0]) for index in range(count)]
    return list(zip(trained, (Signal(own[TRAIN:, None]) for own in clean), strict=True))


def _lorenz(seed: int) -> Floats:
    """Clean, in standard deviations of the training part: `[time]`."""
    values = generators.lorenz(TRAIN + READ, 0.0, seed).values[:, 0]
    scaled: Floats = (values - values[:TRAIN].mean()) / values[:TRAIN].std()
    return scaled


class Windows:
    """Windows of every layer's own noisy series; the target is its next value, noise and all."""

    def __init__(self, seen: Tensor, rng: np.random.Generator) -> None:
        self.seen, self.rng = seen, rng

    def draw(self) -> Batch:
        return self._at(self.rng.integers(self.seen.shape[1] - WINDOW, size=BATCH))

    def whole(self) -> Batch:
        """Windows whose targets follow each other."""
        return self._at(np.arange(0, self.seen.shape[1] - WINDOW, WINDOW - WARM_UP))

    def _at(self, starts: NDArray[np.int64]) -> Batch:
        rows = starts[:, None] + np.arange(WINDOW)
        target = self.seen[:, rows[:, WARM_UP:] + 1]
        return Batch(self.seen[:, rows, None], target[..., None])
