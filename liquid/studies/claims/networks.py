"""Many small networks trained side by side, each with a start, and if asked an input, of its own: Liquid and LSTM."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from liquid.engine import Stop
from liquid.errors import LiquidError
from liquid.learning.batches import Batch, Dataset, Source
from liquid.learning.loop import Descent, Ended, Point, fit
from liquid.learning.trainings import TRAININGS
from liquid.models.core import member_seeds, of_members
from liquid.models.network import SequenceModel
from liquid.models.registry import ARTICLE, Clock
from liquid.studies.claims.measure import Budget

EVERY = 25  # training steps between two events
PLAIN, BETTER = "adam", "soap-solved"  # the article's optimizer, and this project's training
WORDS = {name: TRAININGS[name].words for name in (PLAIN, BETTER)}
RATES = (0.03, 0.1, 0.3)  # peak rates that the better training chooses from, for every model
LOOKS = 12  # at what is held out, in a training


class Better(NamedTuple):
    """How long the better training is, and the peak rates that it chooses from."""

    steps: int
    rates: tuple[float, ...]

    @staticmethod
    def of(budget: Budget) -> Better:
        """A quick look has one rate for all."""
        return Better(budget.pick(300, 60), RATES if budget.full else RATES[:1])


class Chosen(NamedTuple):
    """Networks by the better training, and the rate that each was trained with, `[members]`."""

    model: SequenceModel
    rates: tuple[float, ...]


class Parted(Dataset, Protocol):
    """A dataset whose end is held out."""

    def held_out(self) -> Batch:
        """Windows whose targets follow each other."""
        ...


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


def cfc(members: int, state_size: int, seed: int) -> SequenceModel:
    """CfCs as their authors start them, from the seed."""
    return SequenceModel("CfC", 1, state_size, member_seeds(seed, members))


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
    training: str = PLAIN,
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


def fit_chosen(
    model: SequenceModel, data: Parted, better: Better, *, longest_span: float | None, stop: Stop
) -> Iterator[int | Chosen]:
    """The better training: every network at each of the rates; steps, and at last those that do best on what is held
    out. LiquidError if a network diverged at every rate. `longest_span` as in `fit_batches`."""
    how, rates = TRAININGS[BETTER], better.rates
    descent = Descent(
        better.steps,
        rates * model.members,
        max(1, better.steps // LOOKS),
        cycle_momentum=False,
        optimizer=how.optimizer,
        readout=how.readout,
        longest_span=longest_span,
        ends_on_divergence=False,
    )
    at_rates = of_members(model, [member for member in range(model.members) for _ in rates])
    held_out = _repeated(data.held_out(), len(rates))
    for event in fit(at_rates, AtRates(data, len(rates)), descent, held_out, stop):
        if isinstance(event, Point):
            yield event.step
    assert isinstance(event, Ended)
    losses = event.best.losses.reshape(model.members, -1)
    if not losses.isfinite().any(dim=1).all():
        raise LiquidError(f"Training diverged at every rate of {rates}: add a smaller one.")
    best = losses.argmin(dim=1)
    members = (best + len(rates) * torch.arange(model.members)).tolist()
    yield Chosen(of_members(at_rates, members), tuple(rates[place] for place in best.tolist()))


class AtRates:
    """The batches of a dataset for so many copies of every member, one after another."""

    def __init__(self, data: Dataset, copies: int) -> None:
        self.data, self.copies = data, copies

    def draw(self) -> Batch:
        return _repeated(self.data.draw(), self.copies)

    def whole(self) -> Batch:
        return _repeated(self.data.whole(), self.copies)


def _repeated(batch: Batch, copies: int) -> Batch:
    x, target = (values.repeat_interleave(copies, 0) for values in (batch.x, batch.target))
    return Batch(x, target, batch.timespans)


def _steps(
    model: SequenceModel, source: Source, descent: Descent, stop: Stop, held_out: Batch | None = None
) -> Iterator[int]:
    for event in fit(model, source, descent, held_out, stop):
        if isinstance(event, Point):
            yield event.step
