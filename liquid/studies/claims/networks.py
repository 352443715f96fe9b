"""Many small networks trained side by side, each with a start, and if asked an input, of its own: Liquid and LSTM."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from liquid.dynamics.ensemble import LinearEnsemble, LiquidEnsemble, clip_members
from liquid.dynamics.layer import LiquidLayer
from liquid.dynamics.rnn import LiquidRNN
from liquid.engine import Stop
from liquid.learning.models import keep_tau_above, linear_readout, member_generators, start_spread, start_uniform
from liquid.studies.claims.lstm import LSTMEnsemble

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
            keep_tau_above(self.core.network, longest)


def liquid(
    members: int, state_size: int, seed: int, *, dt: float = 0.1, spread: bool = False, solver: str = "euler"
) -> Networks:
    """Liquid layers that start as the article's (torch's own Linear, A normal, raw tau 1), drawn from the seed.

    `spread` takes the start for short trainings instead, which this project's own trainings have.
    """
    start = start_spread if spread else _start
    cores, heads = [], []
    for generator in member_generators(seed, members):
        network = LiquidRNN(1, state_size, dt, solver=solver)
        for layer in network.liquid_layers():
            start(layer, generator)
        cores.append(network)
        heads.append(linear_readout(state_size, 1, generator))
    return Networks(LiquidEnsemble(cores), LinearEnsemble(heads))


def lstm(members: int, hidden: int, seed: int, *, inputs: int = 1) -> Networks:
    """LSTMs as torch starts them, from the seed."""
    cores, heads = [], []
    for generator in member_generators(seed, members):
        network = nn.LSTM(inputs, hidden)
        start_uniform(network, 1 / math.sqrt(hidden), generator)
        cores.append(network)
        heads.append(linear_readout(hidden, 1, generator))
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

    `input[members, batch, time, features]`, `target[members, batch, time]`, with 1 for `members` where all have the
    same; NaN targets do not count.
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
        error = (model(x.expand(members, -1, -1, -1), spans) - torch.nan_to_num(y)) * known
        optimizer.zero_grad()
        torch.autograd.backward((error.square().sum(dim=(1, 2)) / known.sum(dim=(1, 2))).sum())
        clip_members(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        model.keep_stable(longest)


@torch.no_grad()
def _start(layer: LiquidLayer, generator: torch.Generator) -> None:
    start_uniform(layer.fc, 1 / math.sqrt(layer.input_size + layer.state_size), generator)
    layer.A.normal_(generator=generator)
    layer.tau.fill_(1.0)
