"""Many small networks trained side by side, each with a start, and if asked an input, of its own: Liquid and LSTM."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from liquid.dynamics.ensemble import LinearEnsemble, LiquidEnsemble, clip_members
from liquid.dynamics.layer import LiquidLayer
from liquid.dynamics.rnn import LiquidRNN
from liquid.learning.models import inverse_softplus, start_spread
from liquid.studies.claims.lstm import LSTMEnsemble
from liquid.studies.claims.measure import Stop

EVERY = 25  # training steps between two looks at the clock


class Networks(nn.Module):
    """A recurrent core and a linear readout of one value, `members` times."""

    def __init__(self, core: LiquidEnsemble | LSTMEnsemble, heads: LinearEnsemble) -> None:
        super().__init__()
        self.core, self.heads = core, heads

    def forward(self, x: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        """`[members, batch, time, input] -> [members, batch, time]`; an LSTM has no use for timespans."""
        states = self.core(x, timespans=timespans)[0] if isinstance(self.core, LiquidEnsemble) else self.core(x)
        forecast: Tensor = self.heads(states)
        return forecast[..., 0]

    @torch.no_grad()
    def keep_stable(self, longest: float) -> None:
        """Project tau back to the longest Euler step at least, where the leak cannot run away; 0: leave it alone."""
        if isinstance(self.core, LiquidEnsemble) and longest > 0:
            for layer in self.core.network.liquid_layers():
                layer.tau.clamp_(min=inverse_softplus(longest))


def liquid(
    members: int, state_size: int, seed: int, *, dt: float = 0.1, spread: bool = False, solver: str = "euler"
) -> Networks:
    """Liquid layers that start as the article's (torch's own Linear, A normal, raw tau 1), drawn from the seed.

    `spread` takes the start for short trainings instead, which this project's own trainings have.
    """
    start = start_spread if spread else _start
    cores, heads = [], []
    for generator in _generators(members, seed):
        network = LiquidRNN(1, state_size, dt, solver=solver)
        for layer in network.liquid_layers():
            start(layer, generator)
        cores.append(network)
        heads.append(_head(state_size, generator))
    return Networks(LiquidEnsemble(cores), LinearEnsemble(heads))


def lstm(members: int, hidden: int, seed: int, *, inputs: int = 1) -> Networks:
    """LSTMs as torch starts them, from the seed."""
    cores, heads = [], []
    for generator in _generators(members, seed):
        network = nn.LSTM(inputs, hidden)
        _uniform(network, 1 / math.sqrt(hidden), generator)
        cores.append(network)
        heads.append(_head(hidden, generator))
    return Networks(LSTMEnsemble(cores), LinearEnsemble(heads))


def fit_whole(model: Networks, x: Tensor, y: Tensor, *, epochs: int, rate: float, stop: Stop) -> Iterator[int]:
    """Full-sequence epochs of Adam on the mean squared error, nothing else, as the article trains; yields epochs.

    `x[members, 1, time, 1]`, `y[members, 1, time]`. Members do not feel each other: their losses are summed.
    """
    optimizer = torch.optim.Adam(model.parameters(), lr=rate, foreach=True)
    for epoch in range(epochs):
        if epoch % EVERY == 0:
            if stop():
                return
            yield epoch
        optimizer.zero_grad()
        torch.autograd.backward((model(x) - y).square().mean(dim=(1, 2)).sum())
        optimizer.step()


def fit_batches(
    model: Networks,
    batches: Iterator[tuple[Tensor, Tensor, Tensor | float]],
    *,
    steps: int,
    rate: float,
    longest: float,
    stop: Stop,
) -> Iterator[int]:
    """One-cycle Adam with every member's gradient clipped to 1, on batches of (input, target, timespans).

    `input[batch, time, features]` and `target[batch, time]` are the same for all members; NaN targets do not count.
    `longest` is the longest Euler step, which tau is kept above; 0 for a solver that needs no such care.
    """
    optimizer = torch.optim.Adam(model.parameters(), lr=rate, foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps + 1)
    members = model.heads.members
    for step in range(steps):
        if step % EVERY == 0:
            if stop():
                return
            yield step
        x, y, spans = next(batches)
        known = torch.isfinite(y)
        error = (model(x.expand(members, *x.shape), spans) - torch.nan_to_num(y)) * known
        optimizer.zero_grad()
        torch.autograd.backward((error.square().sum(dim=(1, 2)) / known.sum()).sum())
        clip_members(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        model.keep_stable(longest)


def _generators(members: int, seed: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed + 7919 * member) for member in range(members)]


def _head(size: int, generator: torch.Generator) -> nn.Linear:
    head = nn.Linear(size, 1)
    _uniform(head, 1 / math.sqrt(size), generator)
    return head


@torch.no_grad()
def _uniform(module: nn.Module, bound: float, generator: torch.Generator) -> None:
    for parameter in module.parameters():
        parameter.uniform_(-bound, bound, generator=generator)


@torch.no_grad()
def _start(layer: LiquidLayer, generator: torch.Generator) -> None:
    _uniform(layer.fc, 1 / math.sqrt(layer.input_size + layer.state_size), generator)
    layer.A.normal_(generator=generator)
    layer.tau.fill_(1.0)
