"""Models by name: a recurrent core and one linear readout, the same for Liquid, LSTM and GRU."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from liquid.dynamics.layer import LiquidLayer
from liquid.dynamics.rnn import LiquidRNN
from liquid.learning.config import TrainConfig


class ForecastModel(nn.Module):
    """`members` networks side by side: `[batch, time, channels] -> [members, batch, time, horizon]`.

    The output is the change from the newest value of the target, in units of `Forecaster.step_scale`.
    """

    def __init__(self, config: TrainConfig, channels: int) -> None:
        super().__init__()
        self.config = config
        self.cores = nn.ModuleList(_core(config, channels) for _ in range(config.members))
        self.readouts = nn.ModuleList(
            nn.Linear(config.state_size + channels, config.horizon) for _ in range(config.members)
        )
        for member in range(config.members):
            generator = torch.Generator().manual_seed(config.seed + 7919 * member)
            _start_uniform(self.readouts[member], 1 / math.sqrt(config.state_size + channels), generator)
            core = self.cores[member]
            if isinstance(core, LiquidRNN):
                for layer in core.liquid_layers():
                    start_spread(layer, generator)
            else:
                _start_uniform(core, 1 / math.sqrt(config.state_size), generator)

    def forward(self, x: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        states = self.states(x, timespans)
        seen = torch.cat([states, x.expand(len(self.cores), *x.shape)], dim=-1)  # the readout sees the last input too
        return torch.stack([readout(s) for readout, s in zip(self.readouts, seen, strict=True)])

    def states(self, x: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        """The cores' states: `[members, batch, time, state]`."""
        return torch.stack(
            [core(x, timespans=timespans)[0] if isinstance(core, LiquidRNN) else core(x)[0] for core in self.cores]
        )

    @torch.no_grad()
    def keep_stable(self, longest_span: float = 1.0) -> None:
        """Project tau back to at least one solver step, where Euler cannot diverge through its leak (dt < 2 tau_sys)."""
        for core in self.cores:
            if isinstance(core, LiquidRNN):
                floor = core.dt * longest_span / core.unfolds
                for layer in core.liquid_layers():
                    layer.tau.clamp_(min=inverse_softplus(floor))

    def parameter_count(self) -> int:
        """Parameters of one member."""
        return sum(p.numel() for p in self.parameters()) // self.config.members


def _core(config: TrainConfig, channels: int) -> nn.Module:
    if config.model == "Liquid":
        return LiquidRNN(channels, config.state_size, config.dt, unfolds=config.unfolds, solver=config.solver)
    kind = {"LSTM": nn.LSTM, "GRU": nn.GRU}[config.model]
    return kind(channels, config.state_size, batch_first=True)


# softplus(y) = x
def inverse_softplus(x: float) -> float:
    return x + math.log(-math.expm1(-x))


@torch.no_grad()
def _start_uniform(module: nn.Module, bound: float, generator: torch.Generator) -> None:
    """torch's own default start, drawn from a seed of ours instead of the global one."""
    for parameter in module.parameters():
        parameter.uniform_(-bound, bound, generator=generator)


@torch.no_grad()
def start_spread(layer: LiquidLayer, generator: torch.Generator) -> None:
    """A start for short trainings: gates rest all over the sigmoid, and the state is large enough to be heard.

    Measured on noisy Lorenz and Mackey-Glass (README): the equation is unchanged, only where training begins.
    """
    size = layer.state_size
    recurrent = torch.empty(size, size)
    nn.init.orthogonal_(recurrent, gain=2.5, generator=generator)
    bound = 3 / math.sqrt(layer.input_size + size)
    inputs = torch.empty(size, layer.input_size).uniform_(-bound, bound, generator=generator)
    layer.fc.weight.copy_(torch.cat([inputs, recurrent], dim=1))
    layer.A.copy_(4 * torch.randn(size, generator=generator))
    layer.tau.fill_(1.0)
    resting = torch.empty(size).uniform_(-3, 1, generator=generator)  # the gate's argument without input
    f = torch.sigmoid(resting)
    level = layer.tau_sys(f) * f * layer.A  # the state where dx/dt = 0
    layer.fc.bias.copy_(resting - functional.linear(level, recurrent))
