"""A model of the registry as a network: its core and one linear readout, the same for all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor, nn

from liquid.dynamics.ensemble import LinearEnsemble
from liquid.errors import LiquidError
from liquid.models.core import Core, Generators, generators_of, start_uniform
from liquid.models.registry import MODELS, Clock

LARGEST = 128  # state size that is looked for
LOOPS = ("LSTM", "GRU", "CfC")  # cores that are trained by machine code of their own


class SequenceModel(nn.Module):
    """A core and a linear readout, a member per seed: `[members, batch, time, input] -> [.., output]`.

    Input without a members axis is the same for all. `clock` is that of the model itself unless another is given.
    LiquidError if the model is not known or has no states.
    """

    def __init__(
        self,
        model: str,
        features: int,
        size: int,
        seeds: Sequence[int],
        outputs: int = 1,
        clock: Clock | None = None,
    ) -> None:
        super().__init__()
        if model not in MODELS or not MODELS[model].sized:
            known = (name for name, kind in MODELS.items() if kind.sized)
            raise LiquidError(f"model={model!r} has no recurrent core; choose one of {', '.join(known)}.")
        generators = generators_of(seeds)
        self.core: Core = make_core(model, features, size, generators, clock)
        self.readout = LinearEnsemble([linear_readout(size, outputs, generator) for generator in generators])
        self.members = len(seeds)

    def forward(self, x: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        """A forecast at every sample; `timespans` as in LiquidRNN."""
        forecast: Tensor = self.readout(self.states(x, timespans))
        return forecast

    def states(self, x: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        """What the readout sees: `[members, batch, time, state]`."""
        return self.core.states(x, timespans)

    def keep_stable(self, longest_span: float = 1.0) -> None:
        """Put the core's parameters back to where its equation has a meaning, for timespans up to `longest_span`."""
        self.core.keep_stable(longest_span)

    def parameter_count(self) -> int:
        """Trained parameters of one member, readout and all."""
        return count_parameters(self) // self.members


def make_core(model: str, features: int, size: int, generators: Generators, clock: Clock | None = None) -> Core:
    """The core of a model, a member per generator."""
    kind = MODELS[model]
    core: Core = kind.load()(features, size, generators, clock or kind.clock)
    return core


def linear_readout(state_size: int, outputs: int, generator: torch.Generator) -> nn.Linear:
    """A linear map that starts as torch's own, drawn from the generator."""
    readout = nn.Linear(state_size, outputs)
    start_uniform(readout, 1 / math.sqrt(state_size), generator)
    return readout


def count_parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def warm() -> None:
    """Get the machine code of LOOPS ready, so that no training has to wait for it (some seconds, once per machine)."""
    for name in LOOPS:
        torch.autograd.backward(SequenceModel(name, 1, 1, (0,))(torch.zeros(1, 1, 1)).sum())


@lru_cache(maxsize=1024)
def count(model: str, size: int, features: int = 1, outputs: int = 1) -> int:
    """Trained parameters of a model of this state size, counted on the model itself."""
    return SequenceModel(model, features, size, (0,), outputs).parameter_count()


@lru_cache(maxsize=128)
def size_for(model: str, parameters: int, features: int = 1, outputs: int = 1) -> int:
    """The state size whose count comes closest, in ratio, to `parameters`."""
    best, gap = 1, math.inf
    for size in range(1, LARGEST + 1):
        counted = count(model, size, features, outputs)
        if abs(math.log(counted / parameters)) < gap:
            best, gap = size, abs(math.log(counted / parameters))
        elif counted > parameters:
            break
    return best
