"""CfC: a closed-form continuous-time network with one backbone layer, as wide as the state.

Source: Hasani et al., "Closed-form continuous-time neural networks", Nature Machine Intelligence 4 (2022), eq. 10;
a test holds it to its authors' implementation (package ncps).
"""

from __future__ import annotations

import math
from importlib import import_module

import torch
from torch import Tensor

from liquid.models.core import Core, Floats, Generators, by_time, for_members, uniform
from liquid.models.registry import Clock


class CfC(Core):
    def __init__(self, features: int, size: int, generators: Generators, clock: Clock) -> None:
        super().__init__()
        self.size = size
        wide, heads = math.sqrt(6 / (features + 2 * size)), math.sqrt(6 / (2 * size))  # Glorot's bound for each map
        narrow = 1 / math.sqrt(features + size)
        self.backbone = uniform((size, features + size), -wide, wide, generators)
        self.backbone_bias = uniform((size,), -narrow, narrow, generators)
        self.heads = uniform((4 * size, size), -heads, heads, generators)  # ff1, ff2, time_a, time_b
        self.heads_bias = uniform((4 * size,), -1 / math.sqrt(size), 1 / math.sqrt(size), generators)

    def forward(self, x: Tensor) -> Tensor:
        return self.hidden(x, x.new_zeros(len(self.heads), x.shape[-3], self.size))

    def sensitivities(
        self, x: Tensor, directions: Tensor, first: int, timespans: Tensor | float = 1.0
    ) -> tuple[Floats, Floats]:
        """From compiled loops."""
        compiled = import_module("liquid.models.cfc_sensitivities")  # numba takes half a second to import
        own = (values[0].detach().double().numpy() for values in self.parameters())
        found: tuple[Floats, Floats] = compiled.sensitivities(x.numpy(), *own, directions.numpy(), first)
        return found

    # h <- (1 - s) tanh(f_1) + s tanh(f_2), s = sigmoid(f_a t + f_b), each f linear in 1.7159 tanh(0.666 (W [x, h] + b))
    def hidden(self, x: Tensor, h: Tensor, spans: Tensor | None = None) -> Tensor:
        """`[members, batch, time, state]` from h `[members, batch, state]` on; t is 1 or from `spans[batch, time]`."""
        x, features = for_members(x, len(self.heads)), x.shape[-1]
        drive = by_time(x, self.backbone[:, :, :features], self.backbone_bias)
        recurrent, heads, bias = self.backbone[:, :, features:].mT, self.heads.mT, self.heads_bias[:, None]
        states = []
        for t, now in enumerate(drive):
            seen = 1.7159 * (0.666 * torch.baddbmm(now, h, recurrent)).tanh()
            first, second, a, b = torch.baddbmm(bias, seen, heads).chunk(4, dim=-1)
            speed = a if spans is None else a * spans[:, t, None]
            h = torch.lerp(first.tanh(), second.tanh(), (speed + b).sigmoid())
            states.append(h)
        return torch.stack(states, dim=2)
