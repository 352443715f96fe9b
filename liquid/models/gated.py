"""torch's own recurrent networks side by side: LSTM and GRU are this, each with its library class."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib import import_module
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call

from liquid.dynamics.ensemble import stack
from liquid.models.core import Core, Floats, Generators, for_members, start_uniform
from liquid.models.registry import Clock


class GatedEnsemble(Core):
    """nn.LSTMs or nn.GRUs (`batch_first=True`), their parameters stacked in `network`, called one after another."""

    def __init__(self, networks: Sequence[nn.RNNBase]) -> None:
        super().__init__()
        self.network = stack(networks)
        self.members = len(networks)

    def forward(self, x: Tensor) -> Tensor:
        parameters = dict(self.network.named_parameters())
        states = []
        for member, series in enumerate(for_members(x, self.members)):
            own = {name: parameter[member] for name, parameter in parameters.items()}
            states.append(functional_call(self.network, own, (series,))[0])
        return torch.stack(states)


class Rows(NamedTuple):
    """What the gates' arguments take: `weight[members, rows, input]` of the input, `bias[members, rows]`, and of the
    state `recurrent`, whose rows may be fewer, the first ones."""

    weight: Tensor
    bias: Tensor
    recurrent: Tensor


class Gated(GatedEnsemble):
    """The same, made from sizes, with torch's default start; in float32 all members in one compiled loop."""

    library: ClassVar[type[nn.LSTM | nn.GRU]]

    def rows(self) -> Rows:
        raise NotImplementedError

    def scan(self, drive: Tensor, recurrent: Tensor) -> Tensor:
        """The states from `drive[members, batch, time, rows]`, the input's share of every gate's argument."""
        raise NotImplementedError

    def __init__(self, features: int, size: int, generators: Generators, clock: Clock) -> None:
        networks = [self.library(features, size, batch_first=True) for _ in generators]
        for network, generator in zip(networks, generators, strict=True):
            start_uniform(network, 1 / math.sqrt(size), generator)
        super().__init__(networks)

    def forward(self, x: Tensor) -> Tensor:
        if x.dtype != torch.float32:
            return super().forward(x)
        rows, x = self.rows(), for_members(x, self.members)
        members, batch, time, _ = x.shape
        drive = torch.baddbmm(rows.bias[:, None], x.reshape(members, batch * time, -1), rows.weight.mT)
        return self.scan(drive.view(members, batch, time, -1), rows.recurrent)

    def sensitivities(
        self, x: Tensor, directions: Tensor, first: int, timespans: Tensor | float = 1.0
    ) -> tuple[Floats, Floats]:
        """From compiled loops."""
        compiled = import_module("liquid.models.gated_sensitivities")  # numba takes half a second to import
        own = (values[0].detach().double().numpy() for values in self.network.parameters())
        found: tuple[Floats, Floats] = compiled.sensitivities(x.numpy(), *own, directions.numpy(), first)
        return found
