r"""LSTM: `torch.nn.LSTM`'s parameters, many members in one compiled loop.

    i, f, g, o = \sigma, \sigma, \tanh, \sigma\,(W_i x + b_i + W_h h + b_h)
    c \leftarrow f c + i g          h \leftarrow o \tanh c

Tests hold it to nn.LSTM, value and gradient. Measured forward and backward on one core, in ms, against nn.LSTM called
member by member and one torch loop over time for all members: 28, 26, 27 for the Train page's 8 members, batch 64,
window 64, size 16; 13, 20, 19 for the benchmark's 20 members of size 7 and 43, 132, 112 of size 26; 3, 21, 26 for the
claims' 36 members of size 8 along one sequence of 199.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from liquid.dynamics.compiled import compiled, inlined
from liquid.models.core import by_time, for_members
from liquid.models.gated import Gated

Single = NDArray[np.float32]


class LSTM(Gated):
    """In float32; any other precision goes through nn.LSTM itself."""

    library = nn.LSTM

    def forward(self, x: Tensor) -> Tensor:
        if x.dtype != torch.float32:
            return super().forward(x)
        own = dict(self.network.named_parameters())
        x = for_members(x, self.members)
        members, batch, time, _ = x.shape
        bias = (own["bias_ih_l0"] + own["bias_hh_l0"])[:, None]
        drive = torch.baddbmm(bias, x.reshape(members, batch * time, -1), own["weight_ih_l0"].mT)
        return _scan(drive.view(members, batch, time, -1), own["weight_hh_l0"])

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


def warm() -> None:
    """Get the machine code ready, so that no training has to wait for it (some seconds, once per machine)."""
    weight = torch.zeros(1, 4, 1, requires_grad=True)
    torch.autograd.backward(_scan(torch.zeros(1, 1, 1, 4), weight).sum())


class _LSTMScan(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, drive: Tensor, weight: Tensor) -> Tensor:
        # [members, state, 4 state]: the loop over gates is the inner one
        w = np.ascontiguousarray(weight.detach().numpy().swapaxes(1, 2))
        gates = drive.detach().numpy().copy()
        cells = np.empty((*gates.shape[:3], w.shape[1]), np.float32)
        states = np.empty_like(cells)
        _forward(gates, w, cells, states)
        ctx.saved = (gates, w, cells, states)
        return torch.from_numpy(states)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        gates, w, cells, states = ctx.saved
        d_gates = np.empty_like(gates)
        _backward(gates, np.ascontiguousarray(w.swapaxes(1, 2)), cells, gradients[0].contiguous().numpy(), d_gates)
        before = np.zeros_like(states)
        before[:, :, 1:] = states[:, :, :-1]
        rows = torch.from_numpy(d_gates).view(len(w), -1, gates.shape[-1])
        d_weight = rows.mT @ torch.from_numpy(before).view(len(w), -1, states.shape[-1])
        return torch.from_numpy(d_gates), d_weight


_scan: Callable[[Tensor, Tensor], Tensor] = _LSTMScan.apply

_LIMIT = np.float32(7.905311)  # from where tanh is 1 in float32
_ABOVE = tuple(
    np.float32(value)
    for value in (-2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-08)
)
_ABOVE_LOW = tuple(np.float32(value) for value in (1.48572235717979e-05, 6.37261928875436e-04, 4.89352455891786e-03))
_BELOW = tuple(
    np.float32(value)
    for value in (1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03)
)


# tanh(x) = x p(x^2) / q(x^2)
@inlined
def _tanh(x: np.float32) -> np.float32:
    """Arithmetic alone, so that it runs in lanes; to a few units in the last place, and NaN stays NaN.

    Source: Eigen, `generic_fast_tanh_float`.
    """
    x = min(x, _LIMIT)
    x = max(x, -_LIMIT)
    s = x * x
    p = ((_ABOVE[0] * s + _ABOVE[1]) * s + _ABOVE[2]) * s + _ABOVE[3]
    p = ((p * s + _ABOVE_LOW[0]) * s + _ABOVE_LOW[1]) * s + _ABOVE_LOW[2]
    q = ((_BELOW[0] * s + _BELOW[1]) * s + _BELOW[2]) * s + _BELOW[3]
    return x * p / q


# sigmoid(x) = (1 + tanh(x / 2)) / 2
@compiled
def _forward(gates: Single, w: Single, cells: Single, states: Single) -> None:
    """`gates[member, batch, time, 4 state]` hold the drive at first and the gates' values in the end."""
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
                    z[j] = _tanh(z[j] * slope[j])
                for j in range(2 * n):
                    z[j] = half * z[j] + half
                for j in range(3 * n, wide):
                    z[j] = half * z[j] + half
                for j in range(n):
                    c[j] = z[n + j] * c[j] + z[j] * z[2 * n + j]
                    h[j] = z[3 * n + j] * _tanh(c[j])
                    cells[m, b, t, j], states[m, b, t, j] = c[j], h[j]


@compiled
def _backward(gates: Single, w: Single, cells: Single, d_states: Single, d_gates: Single) -> None:
    """From the loss's gradient at every state to that at every gate's argument; `w[member, 4 state, state]`."""
    members, batch, time, wide = gates.shape
    n = wide // 4
    one, nothing = np.float32(1), np.zeros(n, np.float32)
    for m in range(members):
        for b in range(batch):
            dh, dc = np.zeros(n, np.float32), np.zeros(n, np.float32)
            for t in range(time - 1, -1, -1):
                a, d, cell, d_state = gates[m, b, t], d_gates[m, b, t], cells[m, b, t], d_states[m, b, t]
                old = cells[m, b, t - 1] if t > 0 else nothing
                for j in range(n):
                    i, f, g, o = a[j], a[n + j], a[2 * n + j], a[3 * n + j]
                    bent, slope = _tanh(cell[j]), dh[j] + d_state[j]
                    e = dc[j] + slope * o * (one - bent * bent)
                    d[j], d[n + j] = e * g * i * (one - i), e * old[j] * f * (one - f)
                    d[2 * n + j], d[3 * n + j] = e * i * (one - g * g), slope * bent * o * (one - o)
                    dc[j], dh[j] = e * f, np.float32(0)
                for j in range(wide):
                    for k in range(n):
                        dh[k] += d[j] * w[m, j, k]
