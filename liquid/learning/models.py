"""Models by name: recurrent cores and one linear readout, the same for Liquid, LSTM and GRU."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from liquid.dynamics.ensemble import LinearEnsemble, LiquidEnsemble, stack
from liquid.dynamics.layer import LiquidLayer
from liquid.dynamics.rnn import LiquidRNN
from liquid.learning.config import TrainConfig


class RecurrentEnsemble(nn.Module):
    """LSTMs or GRUs side by side: `[batch, time, input] -> [members, batch, time, state]`, parameters stacked."""

    def __init__(self, networks: Sequence[nn.RNNBase]) -> None:
        super().__init__()
        self.network = stack(networks)
        self.members = len(networks)

    def forward(self, x: Tensor) -> Tensor:
        states = []
        for member in range(self.members):
            own = {name: parameter[member] for name, parameter in self.network.named_parameters()}
            states.append(functional_call(self.network, own, (x,))[0])
        return torch.stack(states)


class ForecastModel(nn.Module):
    """`members` networks side by side, trained as one: every parameter has a leading members axis.

    The output is the change from the newest value of the target to each of the next `horizon` ones, in units of
    `Prepared.step_scale`. `taps[members, window - 1, horizon]` weigh the older values of the target in the window;
    they are zero until `refine` finds them.
    """

    taps: Tensor

    def __init__(self, config: TrainConfig, features: int, window: int) -> None:
        super().__init__()
        self.config = config
        generators = member_generators(config.seed, config.members)
        self.core: LiquidEnsemble | RecurrentEnsemble
        if config.model == "Liquid":
            self.core = LiquidEnsemble([_liquid(config, features, generator) for generator in generators])
        else:
            self.core = RecurrentEnsemble([_gated(config, features, generator) for generator in generators])
        self.readout = LinearEnsemble([linear_readout(config.state_size, config.horizon, one) for one in generators])
        self.register_buffer("taps", torch.zeros(config.members, window - 1, config.horizon))

    def forward(self, x: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        """What training sees, at every sample: `[batch, time, features] -> [members, batch, time, horizon]`."""
        forecast: Tensor = self.readout(self.states(x, timespans))
        return forecast

    # change = W x_t + b + taps [..., y_{t-2} - y_t, y_{t-1} - y_t]
    def at_end(self, x: Tensor, past: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        """The forecast at the end of each window: `[members, batch, horizon]`.

        `past[batch, window - 1]` are the older values of the target, scaled and counted from the newest, oldest first.
        """
        end: Tensor = self.readout(self.states(x, timespans)[:, :, -1])
        return end + past @ self.taps

    def states(self, x: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        """What the readout sees: `[batch, time, features] -> [members, batch, time, state]`."""
        if isinstance(self.core, LiquidEnsemble):
            x, _ = self.core(x, timespans=timespans)
            return x
        states: Tensor = self.core(x)
        return states

    @torch.no_grad()
    def keep_stable(self, longest_span: float = 1.0) -> None:
        """Project tau back to at least one solver step, where Euler cannot diverge by its leak (h < 2 tau_sys)."""
        if isinstance(self.core, LiquidEnsemble):
            network = self.core.network
            keep_tau_above(network, network.dt * longest_span / network.unfolds)

    def liquid_members(self) -> list[LiquidRNN]:
        """The liquid networks, as they are now; none for an LSTM or a GRU."""
        if not isinstance(self.core, LiquidEnsemble):
            return []
        return [self.core.member(index) for index in range(self.config.members)]

    def parameter_count(self) -> int:
        """Trained parameters of one member: core and readout."""
        return sum(p.numel() for p in self.parameters()) // self.config.members


def _liquid(config: TrainConfig, features: int, generator: torch.Generator) -> LiquidRNN:
    network = LiquidRNN(features, config.state_size, config.dt, unfolds=config.unfolds, solver=config.solver)
    for layer in network.liquid_layers():
        start_spread(layer, generator)
    return network


def _gated(config: TrainConfig, features: int, generator: torch.Generator) -> nn.RNNBase:
    kind: type[nn.LSTM | nn.GRU] = {"LSTM": nn.LSTM, "GRU": nn.GRU}[config.model]
    network = kind(features, config.state_size, batch_first=True)
    start_uniform(network, 1 / math.sqrt(config.state_size), generator)
    return network


def member_generators(seed: int, members: int) -> list[torch.Generator]:
    """A generator for every member, the first one's from `seed` itself."""
    return [torch.Generator().manual_seed(seed + 7919 * member) for member in range(members)]


def linear_readout(state_size: int, outputs: int, generator: torch.Generator) -> nn.Linear:
    """A linear map that starts as torch's own, drawn from the generator."""
    readout = nn.Linear(state_size, outputs)
    start_uniform(readout, 1 / math.sqrt(state_size), generator)
    return readout


@torch.no_grad()
def keep_tau_above(network: LiquidRNN, step: float) -> None:
    """Project tau of every layer back to at least `step`."""
    for layer in network.liquid_layers():
        layer.tau.clamp_(min=inverse_softplus(step))


# softplus(y) = x
def inverse_softplus(x: float) -> float:
    return x + math.log(-math.expm1(-x))


@torch.no_grad()
def start_uniform(module: nn.Module, bound: float, generator: torch.Generator) -> None:
    """torch's own default start, drawn from a seed of ours instead of the global one."""
    for parameter in module.parameters():
        parameter.uniform_(-bound, bound, generator=generator)


@torch.no_grad()
def start_plain(layer: LiquidLayer, generator: torch.Generator) -> None:
    """The layer's own start, as in the article: torch's for a linear map, A normal, tau at 1."""
    bound = 1 / math.sqrt(layer.input_size + layer.state_size)
    layer.fc.weight.uniform_(-bound, bound, generator=generator)
    layer.fc.bias.uniform_(-bound, bound, generator=generator)
    layer.A.normal_(generator=generator)
    layer.tau.fill_(1.0)


@torch.no_grad()
def start_spread(layer: LiquidLayer, generator: torch.Generator) -> None:
    """A start for short trainings: gates rest all over the sigmoid, and the state is large enough to be heard.

    The equation is unchanged; only where training begins.
    """
    size = layer.state_size
    recurrent = nn.init.orthogonal_(torch.empty(size, size), gain=2.5, generator=generator)
    bound = 3 / math.sqrt(layer.input_size + size)
    inputs = torch.empty(size, layer.input_size).uniform_(-bound, bound, generator=generator)
    layer.fc.weight.copy_(torch.cat([inputs, recurrent], dim=1))
    layer.A.copy_(4 * torch.randn(size, generator=generator))
    layer.tau.fill_(1.0)
    resting = torch.empty(size).uniform_(-3, 1, generator=generator)  # the gate's argument without input
    f = torch.sigmoid(resting)
    level = layer.tau_sys(f) * f * layer.A  # the state where dx/dt = 0
    layer.fc.bias.copy_(resting - functional.linear(level, recurrent))
