"""CfC: a closed-form continuous-time network with one backbone layer, as wide as the state; many members in one loop.

Source: Hasani et al., "Closed-form continuous-time neural networks", Nature Machine Intelligence 4 (2022), eq. 10;
a test holds it to its authors' implementation (package ncps).
"""

from __future__ import annotations

import math
from importlib import import_module

import numpy as np
import torch
from torch import Tensor

from liquid.dynamics.compiled import compiled
from liquid.dynamics.tanh import tanh
from liquid.models.core import Core, Floats, Generators, by_time, for_members, uniform
from liquid.models.gated_scan import Loops, Single, scan
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
        if x.dtype != torch.float32:
            return self.plain(x)
        x, n = for_members(x, len(self.heads)), self.size
        members, batch, time, features = x.shape
        # rows: the backbone, f_1, f_2, and f_a + f_b, for a sample lasts 1
        weight = torch.cat([self.backbone[:, :, :features], x.new_zeros(members, 3 * n, features)], dim=1)
        bias = torch.cat([self.backbone_bias, _three(self.heads_bias)], dim=1)
        recurrent = torch.cat([self.backbone[:, :, features:], _three(self.heads)], dim=1)
        drive = torch.baddbmm(bias[:, None], x.reshape(members, batch * time, features), weight.mT)
        return scan(_LOOPS, drive.view(members, batch, time, -1), recurrent)

    def plain(self, x: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
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


def _three(heads: Tensor) -> Tensor:
    first, second, a, b = heads.chunk(4, dim=1)
    return torch.cat([first, second, a + b], dim=1)


_INTO, _OUT = np.float32(0.666), np.float32(1.7159)


@compiled
def _forward(gates: Single, w: Single, kept: Single) -> None:
    members, batch, time, wide = gates.shape
    n = wide // 4
    half = np.float32(0.5)
    for m in range(members):
        for b in range(batch):
            h, seen = np.zeros(n, np.float32), np.zeros(n, np.float32)
            for t in range(time):
                a = gates[m, b, t]
                for k in range(n):
                    for j in range(n):
                        a[j] += h[k] * w[m, k, j]
                for j in range(n):
                    a[j] = tanh(_INTO * a[j])
                    seen[j] = _OUT * a[j]
                for k in range(n):
                    for j in range(n, wide):
                        a[j] += seen[k] * w[m, k, j]
                for j in range(n, 3 * n):
                    a[j] = tanh(a[j])
                for j in range(3 * n, wide):
                    a[j] = half * tanh(half * a[j]) + half
                for j in range(n):
                    h[j] = a[n + j] + a[3 * n + j] * (a[2 * n + j] - a[n + j])
                    kept[0, m, b, t, j], kept[1, m, b, t, j] = h[j], seen[j]


@compiled
def _backward(gates: Single, w: Single, kept: Single, d_states: Single, d_gates: Single) -> None:
    members, batch, time, wide = gates.shape
    n = wide // 4
    one, slope = np.float32(1), _INTO * _OUT
    for m in range(members):
        for b in range(batch):
            dh, d_seen = np.zeros(n, np.float32), np.zeros(n, np.float32)
            for t in range(time - 1, -1, -1):
                a, d, d_state = gates[m, b, t], d_gates[m, b, t], d_states[m, b, t]
                for j in range(n):
                    first, second, s = a[n + j], a[2 * n + j], a[3 * n + j]
                    e = dh[j] + d_state[j]
                    d[n + j], d[2 * n + j] = e * (one - s) * (one - first * first), e * s * (one - second * second)
                    d[3 * n + j] = e * (second - first) * s * (one - s)
                    d_seen[j] = dh[j] = np.float32(0)
                for j in range(n, wide):
                    for k in range(n):
                        d_seen[k] += d[j] * w[m, j, k]
                for j in range(n):
                    d[j] = d_seen[j] * slope * (one - a[j] * a[j])
                for j in range(n):
                    for k in range(n):
                        dh[k] += d[j] * w[m, j, k]


_LOOPS = Loops(_forward, _backward, carried=2, between=True)
