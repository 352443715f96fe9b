"""Recurrent cores side by side: every parameter has a leading members axis, so many seeds train in one pass.

LSTM and GRU follow torch.nn, CfC and LTC follow their authors' own implementation (package ncps); tests hold each
to its library's forward pass. Every core maps `[members, batch, time, input] -> [members, batch, time, state]`
from a zero state.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional

from liquid.dynamics.ensemble import LinearEnsemble, LiquidEnsemble
from liquid.dynamics.rnn import LiquidRNN
from liquid.errors import LiquidError
from liquid.learning.models import keep_tau_above, linear_readout, start_plain, start_spread

Generators = Sequence[torch.Generator]
LIQUID_DT = 0.25  # layer time a sample, as on the Train page
LARGEST = 128  # state size
ARTICLE = "Liquid, article"


class Core(nn.Module):
    """What the loop needs to know of a core besides its forward pass."""

    @torch.no_grad()
    def project(self) -> None:
        """Put parameters back to where the equation has a meaning; called after every step."""


class LiquidCore(Core):
    """Liquid with the start and the step of the Train page."""

    dt = LIQUID_DT
    start = staticmethod(start_spread)

    def __init__(self, features: int, size: int, generators: Generators) -> None:
        super().__init__()
        networks = [LiquidRNN(features, size, self.dt) for _ in generators]
        for network, generator in zip(networks, generators, strict=True):
            self.start(network.liquid_layers()[0], generator)
        self.ensemble = LiquidEnsemble(networks)

    def forward(self, x: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        states: Tensor = self.ensemble(x, timespans=timespans)[0]
        return states

    @torch.no_grad()
    def project(self) -> None:
        """tau >= dt, where Euler cannot diverge by its leak."""
        keep_tau_above(self.ensemble.network, self.dt)


class ArticleCore(LiquidCore):
    """Liquid with the start and the step of the article."""

    dt = 0.1
    start = staticmethod(start_plain)


class GatedCore(Core):
    """What LSTM and GRU share: torch.nn's parameters, `gates` blocks of rows."""

    gates: int

    def __init__(self, features: int, size: int, generators: Generators) -> None:
        super().__init__()
        self.size, rows, bound = size, self.gates * size, 1 / math.sqrt(size)
        self.weight_ih = _uniform((rows, features), -bound, bound, generators)
        self.weight_hh = _uniform((rows, size), -bound, bound, generators)
        self.bias_ih = _uniform((rows,), -bound, bound, generators)
        self.bias_hh = _uniform((rows,), -bound, bound, generators)


class LSTMCore(GatedCore):
    gates = 4

    # i, f, o = sigmoid(W x + U h + b)    c <- f c + i tanh(g)    h <- o tanh(c)
    def forward(self, x: Tensor) -> Tensor:
        drive = _by_time(x, self.weight_ih, self.bias_ih + self.bias_hh)
        recurrent = self.weight_hh.mT
        h = c = x.new_zeros(*x.shape[:2], self.size)
        states = []
        for now in drive:
            z = torch.baddbmm(now, h, recurrent)
            i, f, _, o = z.sigmoid().chunk(4, dim=-1)
            g = z[..., 2 * self.size : 3 * self.size].tanh()
            c = f * c + i * g
            h = o * c.tanh()
            states.append(h)
        return torch.stack(states, dim=2)


class GRUCore(GatedCore):
    gates = 3

    # r, z = sigmoid(W x + U h + b)    n = tanh(W x + b + r (U h + b'))    h <- n + z (h - n)
    def forward(self, x: Tensor) -> Tensor:
        drive = _by_time(x, self.weight_ih, self.bias_ih)
        recurrent, bias = self.weight_hh.mT, self.bias_hh[:, None]
        h = x.new_zeros(*x.shape[:2], self.size)
        states = []
        for now in drive:
            own = torch.baddbmm(bias, h, recurrent)
            r, z = (now + own)[..., : 2 * self.size].sigmoid().chunk(2, dim=-1)
            n = (now[..., 2 * self.size :] + r * own[..., 2 * self.size :]).tanh()
            h = n + z * (h - n)
            states.append(h)
        return torch.stack(states, dim=2)


class CfCCore(Core):
    """Closed-form continuous-time network with one backbone layer, as wide as the state.

    Source: Hasani et al., "Closed-form continuous-time neural networks", Nature Machine Intelligence 4 (2022), eq. 10.
    """

    def __init__(self, features: int, size: int, generators: Generators) -> None:
        super().__init__()
        self.size = size
        wide, heads = math.sqrt(6 / (features + 2 * size)), math.sqrt(6 / (2 * size))  # Glorot's bound for each map
        self.backbone = _uniform((size, features + size), -wide, wide, generators)
        self.backbone_bias = _uniform(
            (size,), -1 / math.sqrt(features + size), 1 / math.sqrt(features + size), generators
        )
        self.heads = _uniform((4 * size, size), -heads, heads, generators)  # ff1, ff2, time_a, time_b
        self.heads_bias = _uniform((4 * size,), -1 / math.sqrt(size), 1 / math.sqrt(size), generators)

    # h <- (1 - s) tanh(f_1) + s tanh(f_2),  s = sigmoid(f_a + f_b), each f linear in 1.7159 tanh(0.666 (W [x, h] + b))
    def forward(self, x: Tensor) -> Tensor:
        features = x.shape[-1]
        drive = _by_time(x, self.backbone[:, :, :features], self.backbone_bias)
        recurrent, heads, bias = self.backbone[:, :, features:].mT, self.heads.mT, self.heads_bias[:, None]
        h = x.new_zeros(*x.shape[:2], self.size)
        states = []
        for now in drive:
            seen = 1.7159 * (0.666 * torch.baddbmm(now, h, recurrent)).tanh()
            first, second, a, b = torch.baddbmm(bias, seen, heads).chunk(4, dim=-1)
            h = torch.lerp(first.tanh(), second.tanh(), (a + b).sigmoid())
            states.append(h)
        return torch.stack(states, dim=2)


class LTCCore(Core):
    """Liquid time-constant network with synapses, fully connected, fused solver with six steps a sample.

    Source: Hasani, Lechner, Amini, Rus, Grosu, "Liquid Time-constant Networks", AAAI 2021, algorithm 1.
    """

    UNFOLDS, EPSILON = 6, 1e-8
    STARTS = (("w", 0.001, 1.0), ("sigma", 3.0, 8.0), ("mu", 0.3, 0.8))

    def __init__(self, features: int, size: int, generators: Generators) -> None:
        super().__init__()
        self.size = size
        for name, low, high in self.STARTS:
            setattr(self, name, _uniform((size, size), low, high, generators))
            setattr(self, f"sensory_{name}", _uniform((features, size), low, high, generators))
        self.erev = _signs((size, size), generators)
        self.sensory_erev = _signs((features, size), generators)
        self.gleak = _uniform((size,), 0.001, 1.0, generators)
        self.vleak = _uniform((size,), -0.2, 0.2, generators)
        self.cm = _uniform((size,), 0.4, 0.6, generators)
        ones, zeros = (torch.full((len(generators), 1), value) for value in (1.0, 0.0))
        self.input_w, self.input_b = (
            nn.Parameter(ones.expand(-1, features).clone()),
            nn.Parameter(zeros.expand(-1, features).clone()),
        )
        self.output_w = nn.Parameter(ones.expand(-1, size).clone())
        self.output_b = nn.Parameter(zeros.expand(-1, size).clone())

    # v <- (cm v + gleak vleak + sum w sigmoid E) / (cm + gleak + sum w sigmoid), cm counted a solver step;
    # cm, gleak and w are softplus of their parameters, so they stay positive
    def forward(self, x: Tensor) -> Tensor:
        x = x * self.input_w[:, None, None] + self.input_b[:, None, None]
        cm, gleak = functional.softplus(self.cm)[:, None] * self.UNFOLDS, functional.softplus(self.gleak)[:, None]
        vleak = self.vleak[:, None]
        v = x.new_zeros(*x.shape[:2], self.size)
        states = []
        for now in x.unbind(2):
            pull, weight = self._synapses(now, "sensory_")
            for _ in range(self.UNFOLDS):
                own_pull, own_weight = self._synapses(v, "")
                v = (cm * v + gleak * vleak + own_pull + pull) / (cm + gleak + own_weight + weight + self.EPSILON)
            states.append(v)
        return torch.stack(states, dim=2) * self.output_w[:, None, None] + self.output_b[:, None, None]

    def _synapses(self, v: Tensor, kind: str) -> tuple[Tensor, Tensor]:
        """Pull and conductance of all synapses from `v[members, batch, source]`: `[members, batch, state]` each."""
        sigma, mu, w, erev = (getattr(self, kind + name)[:, None] for name in ("sigma", "mu", "w", "erev"))
        active = functional.softplus(w) * torch.sigmoid(sigma * (v[..., None] - mu))
        return (active * erev).sum(dim=2), active.sum(dim=2)


CORES: dict[str, type[LiquidCore | LSTMCore | GRUCore | CfCCore | LTCCore]] = {
    "Liquid": LiquidCore,
    "LSTM": LSTMCore,
    "GRU": GRUCore,
    "CfC": CfCCore,
    "LTC": LTCCore,
    ARTICLE: ArticleCore,
}


class SequenceModel(nn.Module):
    """A core and the same linear head for all: `[members, batch, time, input] -> [members, batch, time]`, with a last
    axis for the outputs where there are several."""

    def __init__(self, model: str, features: int, size: int, seeds: Sequence[int], outputs: int = 1) -> None:
        super().__init__()
        if model not in CORES:
            raise LiquidError(f"model={model!r} has no recurrent core; choose one of {', '.join(CORES)}.")
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        self.core = CORES[model](features, size, generators)
        self.head = LinearEnsemble([linear_readout(size, outputs, generator) for generator in generators])
        self.members = len(seeds)

    def forward(self, x: Tensor, *timespans: Tensor | float) -> Tensor:
        forecast: Tensor = self.head(self.core(x, *timespans)).squeeze(-1)
        return forecast

    def parameter_count(self) -> int:
        """Trained parameters of one member, head and all."""
        return sum(parameter.numel() for parameter in self.parameters()) // self.members


@lru_cache(maxsize=1024)
def count(model: str, size: int, features: int = 1, outputs: int = 1) -> int:
    """Trained parameters of a model of this state size, counted on the model itself."""
    return SequenceModel(model, features, size, (0,), outputs).parameter_count()


@lru_cache(maxsize=128)
def size_for(model: str, parameters: int, features: int = 1, outputs: int = 1) -> int:
    """The state size whose count comes closest, in ratio, to `parameters`."""
    best, gap = 1, math.inf
    for size in range(1, LARGEST + 1):
        found = count(model, size, features, outputs)
        if abs(math.log(found / parameters)) < gap:
            best, gap = size, abs(math.log(found / parameters))
        elif found > parameters:
            break
    return best


def _by_time(x: Tensor, weight: Tensor, bias: Tensor) -> tuple[Tensor, ...]:
    """W x + b of every sample in one product: `[members, batch, time, input] -> time x [members, batch, rows]`."""
    members, batch, time, features = x.shape
    rows = x.transpose(1, 2).reshape(members, time * batch, features)
    return torch.baddbmm(bias[:, None], rows, weight.mT).view(members, time, batch, -1).unbind(1)


def _uniform(shape: tuple[int, ...], low: float, high: float, generators: Generators) -> nn.Parameter:
    return nn.Parameter(torch.stack([torch.empty(shape).uniform_(low, high, generator=one) for one in generators]))


def _signs(shape: tuple[int, int], generators: Generators) -> nn.Parameter:
    """Reversal potentials: +1 for two synapses of three, else -1, as the library draws them."""
    drawn = [torch.rand(shape, generator=one) < 1 / 3 for one in generators]
    return nn.Parameter(1 - 2 * torch.stack(drawn).float())
