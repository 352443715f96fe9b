r"""Many small LSTMs side by side as one compiled loop: what a thousand epochs of a hundred of them ask for.

    i, f, g, o = \sigma, \sigma, \tanh, \sigma\,(W_i x + b_i + W_h h + b_h)
    c \leftarrow f c + i g          h \leftarrow o \tanh c

Source: `torch.nn.LSTM`, whose parameters these are and whose numbers and gradients a test holds them to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from liquid.dynamics.compiled import compiled
from liquid.dynamics.ensemble import stack

Single = NDArray[np.float32]


class LSTMEnsemble(nn.Module):
    """LSTMs of one layer side by side, made from `torch.nn.LSTM`s: `[members, batch, time, input] -> [.., state]`."""

    def __init__(self, networks: Sequence[nn.LSTM]) -> None:
        super().__init__()
        self.network = stack(networks)

    def forward(self, x: Tensor) -> Tensor:
        own = dict(self.network.named_parameters())
        members, batch, time, _ = x.shape
        bias = (own["bias_ih_l0"] + own["bias_hh_l0"])[:, None]
        drive = torch.baddbmm(bias, x.reshape(members, batch * time, -1), own["weight_ih_l0"].transpose(1, 2))
        return _scan(drive.view(members, batch, time, -1), own["weight_hh_l0"])


class _Scan(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, drive: Tensor, weight: Tensor) -> Tensor:
        # [members, state, 4 state]: the loop over gates is the inner one
        w = np.ascontiguousarray(weight.detach().numpy().swapaxes(1, 2))
        gates = drive.detach().numpy().copy()
        cells = np.empty((*gates.shape[:3], w.shape[1]), np.float32)
        states = np.empty_like(cells)
        _forward(gates, w, cells, states)
        ctx.kept = (gates, w, cells, states)
        return torch.from_numpy(states)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        gates, w, cells, states = ctx.kept
        d_gates = np.empty_like(gates)
        _backward(gates, np.ascontiguousarray(w.swapaxes(1, 2)), cells, gradients[0].contiguous().numpy(), d_gates)
        before = np.zeros_like(states)
        before[:, :, 1:] = states[:, :, :-1]
        members = len(w)
        rows = torch.from_numpy(d_gates).view(members, -1, gates.shape[-1])
        d_weight = rows.transpose(1, 2) @ torch.from_numpy(before).view(members, -1, states.shape[-1])
        return torch.from_numpy(d_gates), d_weight


_scan: Callable[[Tensor, Tensor], Tensor] = _Scan.apply


@compiled
def _forward(gates: Single, w: Single, cells: Single, states: Single) -> None:
    """`gates[member, batch, time, 4 state]` hold the drive at first and the gates' values in the end."""
    members, batch, time, wide = gates.shape
    n = wide // 4
    one = np.float32(1)
    for m in range(members):
        for b in range(batch):
            h, c = np.zeros(n, np.float32), np.zeros(n, np.float32)
            for t in range(time):
                z = gates[m, b, t]
                for k in range(n):
                    for j in range(wide):
                        z[j] += h[k] * w[m, k, j]
                for j in range(n):
                    i, f = one / (one + np.exp(-z[j])), one / (one + np.exp(-z[n + j]))
                    g, o = np.tanh(z[2 * n + j]), one / (one + np.exp(-z[3 * n + j]))
                    c[j] = f * c[j] + i * g
                    h[j] = o * np.tanh(c[j])
                    z[j], z[n + j], z[2 * n + j], z[3 * n + j] = i, f, g, o
                    cells[m, b, t, j], states[m, b, t, j] = c[j], h[j]


@compiled
def _backward(gates: Single, w: Single, cells: Single, d_states: Single, d_gates: Single) -> None:
    """From the loss's slope at every state to that at every gate's argument; `w[member, 4 state, state]`."""
    members, batch, time, wide = gates.shape
    n = wide // 4
    one = np.float32(1)
    for m in range(members):
        for b in range(batch):
            dh, dc = np.zeros(n, np.float32), np.zeros(n, np.float32)
            for t in range(time - 1, -1, -1):
                a, d = gates[m, b, t], d_gates[m, b, t]
                for j in range(n):
                    i, f, g, o = a[j], a[n + j], a[2 * n + j], a[3 * n + j]
                    bent = np.tanh(cells[m, b, t, j])
                    old = cells[m, b, t - 1, j] if t > 0 else np.float32(0)
                    slope = dh[j] + d_states[m, b, t, j]
                    dc[j] += slope * o * (one - bent * bent)
                    d[j], d[n + j] = dc[j] * g * i * (one - i), dc[j] * old * f * (one - f)
                    d[2 * n + j], d[3 * n + j] = dc[j] * i * (one - g * g), slope * bent * o * (one - o)
                    dc[j] *= f
                    dh[j] = np.float32(0)
                for j in range(wide):
                    for k in range(n):
                        dh[k] += d[j] * w[m, j, k]
