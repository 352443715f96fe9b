r"""GRU: `torch.nn.GRU`'s parameters, many members in one compiled loop.

    r, z = \sigma(W x + b_i + U h + b_h)        q = U h + b_h        n = \tanh(W x + b_i + r q)
    h \leftarrow n + z (h - n)

The loops have q as a gate of its own: its drive is b_h alone, and nothing is added to n's. Tests hold it to nn.GRU,
value and gradient. Measured as for the LSTM, in ms: 19, 77, 22 for the Train page's members, 29, 183, 30 for the
benchmark's of size 7.
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


class GRU(Gated):
    library = nn.GRU

    def rows(self) -> Rows:
        own = dict(self.network.named_parameters())
        (w_r, w_z, w_n), (b_r, b_z, b_n) = own["weight_ih_l0"].chunk(3, dim=1), own["bias_ih_l0"].chunk(3, dim=1)
        r_h, z_h, n_h = own["bias_hh_l0"].chunk(3, dim=1)
        weight = torch.cat([w_r, w_z, torch.zeros_like(w_n), w_n], dim=1)
        return Rows(weight, torch.cat([b_r + r_h, b_z + z_h, n_h, b_n], dim=1), own["weight_hh_l0"])

    def scan(self, drive: Tensor, recurrent: Tensor) -> Tensor:
        return scan(_LOOPS, drive, recurrent)

    def plain(self, x: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        own = dict(self.network.named_parameters())
        x, weight, bias = for_members(x, self.members), own["weight_hh_l0"].mT, own["bias_hh_l0"][:, None]
        h = x.new_zeros(*x.shape[:2], weight.shape[1])
        states = []
        for now in by_time(x, own["weight_ih_l0"], own["bias_ih_l0"]):
            (r, z, n), (r_h, z_h, n_h) = now.chunk(3, dim=-1), torch.baddbmm(bias, h, weight).chunk(3, dim=-1)
            n = (n + (r + r_h).sigmoid() * n_h).tanh()
            h = n + (z + z_h).sigmoid() * (h - n)
            states.append(h)
        return torch.stack(states, dim=2)


@compiled
def _forward(gates: Single, w: Single, kept: Single) -> None:
    members, batch, time, wide = gates.shape
    n = wide // 4
    half = np.float32(0.5)
    for m in range(members):
        for b in range(batch):
            h = np.zeros(n, np.float32)
            for t in range(time):
                a = gates[m, b, t]
                for k in range(n):
                    for j in range(3 * n):
                        a[j] += h[k] * w[m, k, j]
                for j in range(2 * n):
                    a[j] = half * tanh(half * a[j]) + half
                for j in range(n):
                    a[3 * n + j] = tanh(a[3 * n + j] + a[j] * a[2 * n + j])
                for j in range(n):
                    h[j] = a[3 * n + j] + a[n + j] * (h[j] - a[3 * n + j])
                    kept[0, m, b, t, j] = h[j]


@compiled
def _backward(gates: Single, w: Single, kept: Single, d_states: Single, d_gates: Single) -> None:
    members, batch, time, wide = gates.shape
    n = wide // 4
    one, nothing = np.float32(1), np.zeros(n, np.float32)
    for m in range(members):
        for b in range(batch):
            dh = np.zeros(n, np.float32)
            for t in range(time - 1, -1, -1):
                a, d, d_state = gates[m, b, t], d_gates[m, b, t], d_states[m, b, t]
                old = kept[0, m, b, t - 1] if t > 0 else nothing
                for j in range(n):
                    r, z, q, new = a[j], a[n + j], a[2 * n + j], a[3 * n + j]
                    e = dh[j] + d_state[j]
                    dn = e * (one - z) * (one - new * new)
                    d[j], d[n + j] = dn * q * r * (one - r), e * (old[j] - new) * z * (one - z)
                    d[2 * n + j], d[3 * n + j] = dn * r, dn
                    dh[j] = e * z
                for j in range(3 * n):
                    for k in range(n):
                        dh[k] += d[j] * w[m, j, k]


_LOOPS = Loops(_forward, _backward, carried=1)
