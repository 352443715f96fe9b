r"""LSTM: `torch.nn.LSTM`'s parameters, many members in one compiled loop.

    i, f, g, o = \sigma, \sigma, \tanh, \sigma\,(W_i x + b_i + W_h h + b_h)
    c \leftarrow f c + i g          h \leftarrow o \tanh c

Tests hold it to nn.LSTM, value and gradient. Measured forward and backward on one core, in ms, against nn.LSTM called
member by member and one torch loop over time for all members: 28, 26, 27 for the Train page's 8 members, batch 64,
window 64, size 16; 13, 20, 19 for the benchmark's 20 members of size 7 and 43, 132, 112 of size 26; 3, 21, 26 for the
claims' 36 members of size 8 along one sequence of 199.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from liquid.dynamics.compiled import compiled
from liquid.dynamics.tanh import tanh
from liquid.models.core import by_time, for_members
from liquid.models.gated import Gated, Rows
from liquid.models.gated_scan import Loops, Single, scan


class LSTM(Gated):
    library = nn.LSTM

    def rows(self) -> Rows:
        own = dict(self.network.named_parameters())
        return Rows(own["weight_ih_l0"], own["bias_ih_l0"] + own["bias_hh_l0"], own["weight_hh_l0"])

    def scan(self, drive: Tensor, recurrent: Tensor) -> Tensor:
        return scan(_LOOPS, drive, recurrent)

    def plain(self, x: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        own = dict(self.network.named_parameters())
        x, weight = for_members(x, self.members), own["weight_hh_l0"].mT
        h = c = x.new_zeros(*x.shape[:2], weight.shape[1])
        states = []
        for now in by_time(x, own["weight_ih_l0"], own["bias_ih_l0"] + own["bias_hh_l0"]):
            i, f, g, o = torch.baddbmm(now, h, weight).chunk(4, dim=-1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            states.append(h)
        return torch.stack(states, dim=2)


@compiled
def _forward(gates: Single, w: Single, kept: Single) -> None:
    members, batch, time, wide = gates.shape
    n = wide // 4
    half = np.float32(0.5)
    slope = np.full(wide, half)
    slope[2 * n : 3 * n] = np.float32(1)
    for m in range(members):
        for b in range(batch):
            h, c = np.zeros(n, np.float32), np.zeros(n, np.float32)
            for t in range(time):
                z = gates[m, b, t]
                for k in range(n):
                    for j in range(wide):
                        z[j] += h[k] * w[m, k, j]
                for j in range(wide):
                    z[j] = tanh(z[j] * slope[j])
                for j in range(2 * n):
                    z[j] = half * z[j] + half
                for j in range(3 * n, wide):
                    z[j] = half * z[j] + half
                for j in range(n):
                    c[j] = z[n + j] * c[j] + z[j] * z[2 * n + j]
                    h[j] = z[3 * n + j] * tanh(c[j])
                    kept[0, m, b, t, j], kept[1, m, b, t, j] = h[j], c[j]


@compiled
def _backward(gates: Single, w: Single, kept: Single, d_states: Single, d_gates: Single) -> None:
    members, batch, time, wide = gates.shape
    n = wide // 4
    one, nothing = np.float32(1), np.zeros(n, np.float32)
    for m in range(members):
        for b in range(batch):
            dh, dc = np.zeros(n, np.float32), np.zeros(n, np.float32)
            for t in range(time - 1, -1, -1):
                a, d, cell, d_state = gates[m, b, t], d_gates[m, b, t], kept[1, m, b, t], d_states[m, b, t]
                old = kept[1, m, b, t - 1] if t > 0 else nothing
                for j in range(n):
                    i, f, g, o = a[j], a[n + j], a[2 * n + j], a[3 * n + j]
                    bent, slope = tanh(cell[j]), dh[j] + d_state[j]
                    e = dc[j] + slope * o * (one - bent * bent)
                    d[j], d[n + j] = e * g * i * (one - i), e * old[j] * f * (one - f)
                    d[2 * n + j], d[3 * n + j] = e * i * (one - g * g), slope * bent * o * (one - o)
                    dc[j], dh[j] = e * f, np.float32(0)
                for j in range(wide):
                    for k in range(n):
                        dh[k] += d[j] * w[m, j, k]


_LOOPS = Loops(_forward, _backward, carried=2)
