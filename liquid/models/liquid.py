"""Liquid: the layer of `liquid.dynamics`, with a start for short trainings."""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from liquid.dynamics.ensemble import LiquidEnsemble
from liquid.dynamics.layer import LiquidLayer
from liquid.dynamics.rnn import LiquidRNN
from liquid.dynamics.scan import SOLVERS
from liquid.models.core import Core, Floats, Generators
from liquid.models.registry import Clock

Number = TypeVar("Number", float, NDArray[Any])


class Liquid(LiquidEnsemble, Core):
    """A LiquidEnsemble that starts spread; `start` is the way it does."""

    def __init__(self, features: int, size: int, generators: Generators, clock: Clock) -> None:
        networks = [LiquidRNN(features, size, clock.dt, unfolds=clock.unfolds, solver=clock.solver) for _ in generators]
        for network, generator in zip(networks, generators, strict=True):
            for layer in network.liquid_layers():
                self.start(layer, generator)
        super().__init__(networks)

    @staticmethod
    def start(layer: LiquidLayer, generator: torch.Generator) -> None:
        start_spread(layer, generator)

    def states(self, x: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        states: Tensor = self(x, timespans=timespans)[0]
        return states

    def sensitivities(
        self, x: Tensor, directions: Tensor, first: int, timespans: Tensor | float = 1.0
    ) -> tuple[Floats, Floats]:
        """From the compiled scan, for the solvers that it knows and one layer."""
        network = self.network
        h = network.step_lengths(x, timespans)
        if network.solver.name not in SOLVERS or len(network.layers) > 1:
            return Core.sensitivities(self, x, directions, first, timespans)
        compiled = import_module("liquid.dynamics.scan.sensitivities")  # numba takes half a second to import

        layer = network.liquid_layers()[0]
        parameters = (layer.fc.weight, layer.fc.bias, layer.A, layer.tau)
        found: tuple[Floats, Floats] = compiled.sensitivities(
            x.numpy(),
            compiled.Layer(*(values[0].detach().double().numpy() for values in parameters)),
            h.double().numpy(),
            network.unfolds,
            network.solver.name == "semi_implicit",
            directions.numpy(),
            first,
        )
        return found

    @torch.no_grad()
    def keep_stable(self, longest_span: float = 1.0) -> None:
        """Project tau back to at least one solver step, where Euler cannot diverge by its leak (h < 2 tau_sys)."""
        keep_tau_above(self.network, self.network.dt * longest_span / self.network.unfolds)


@torch.no_grad()
def keep_tau_above(network: LiquidRNN, step: float) -> None:
    """Project tau of every layer back to at least `step`."""
    for layer in network.liquid_layers():
        layer.tau.clamp_(min=inverse_softplus(step))


# softplus(y) = x
def inverse_softplus(x: Number) -> Number:
    """Of a number or an array, elementwise."""
    result: Number = x + np.log(-np.expm1(-x))
    return result


@torch.no_grad()
def start_spread(layer: LiquidLayer, generator: torch.Generator) -> None:
    """A start for short trainings: gates start all over the sigmoid, and the state is large enough to matter.

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
