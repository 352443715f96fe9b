"""Many small networks trained side by side, each with a start, and if asked an input, of its own: Liquid and LSTM."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from liquid.engine import Stop
from liquid.learning.batches import Batch, Source
from liquid.learning.loop import Descent, Point, fit
from liquid.learning.trainings import TRAININGS
from liquid.models.core import member_seeds
from liquid.models.network import SequenceModel
from liquid.models.registry import ARTICLE, Clock

EVERY = 25  # training steps between two events


def liquid(
    members: int, state_size: int, seed: int, *, dt: float = 0.1, spread: bool = False, solver: str = "euler"
) -> SequenceModel:
    """Liquid layers that start as the article's, drawn from the seed.

    `spread` takes the start for short trainings instead, which this project's own trainings have.
    """
    model = "Liquid" if spread else ARTICLE
    return SequenceModel(model, 1, state_size, member_seeds(seed, members), clock=Clock(dt, solver=solver))


def lstm(members: int, hidden: int, seed: int, *, inputs: int = 1) -> SequenceModel:
    """LSTMs as torch starts them, from the seed."""
    return SequenceModel("LSTM", inputs, hidden, member_seeds(seed, members))


class Whole:
    """The same whole sequences again and again: `x[members, 1, time, 1]`, `y[members, 1, time, 1]`."""

    def __init__(self, x: Tensor, y: Tensor) -> None:
        self.batch = Batch(x, y)

    def draw(self) -> Batch:
        return self.batch


def fit_whole(model: SequenceModel, x: Tensor, y: Tensor, *, epochs: int, rate: float, stop: Stop) -> Iterator[int]:
    """Full-sequence epochs of Adam on the mean squared error, nothing else, as the article trains; yields epochs."""
    descent = Descent(epochs, rate, EVERY, schedule="constant", clip=None, longest_span=None, ends_on_divergence=False)
    yield from _steps(model, Whole(x, y), descent, stop)


def fit_batches(
    model: SequenceModel,
    batches: Source,
    steps: int,
    rate: float,
    *,
    longest_span: float | None,
    stop: Stop,
    training: str = "adam",
    held_out: Batch | None = None,
) -> Iterator[int]:
    """A one-cycle training with every member's gradient clipped to 1; yields steps. The last weights are kept, or those
    that do best on what is held out.

    `longest_span` is that of the timespans for which tau is kept above an Euler step; None for a solver that needs no
    such care.
    """
    how = TRAININGS[training]
    descent = Descent(
        steps,
        rate,
        EVERY,
        optimizer=how.optimizer,
        readout=how.readout,
        longest_span=longest_span,
        ends_on_divergence=False,
    )
    yield from _steps(model, batches, descent, stop, held_out)


def _steps(
    model: SequenceModel, source: Source, descent: Descent, stop: Stop, held_out: Batch | None = None
) -> Iterator[int]:
    for event in fit(model, source, descent, held_out, stop):
        if isinstance(event, Point):
            yield event.step
