"""A gated network over time in compiled loops, forward and backward, in float32: what LSTM and GRU share.

The loops of each stand in its own file. Their gates' arguments come as a drive, which is linear in the input; what is
added to them at every step is linear in the state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from liquid.dynamics.compiled import inlined

Single = NDArray[np.float32]


class Loops(NamedTuple):
    """One network's way forward and back.

    `forward(gates, w, kept)`: `gates[member, batch, time, gate * state]` hold the drive at first and the gates' values
    in the end; `w[member, state, gate * state]`; `kept[0]` are the states, and there are `carried` like them.
    `backward(gates, w, kept, d_states, d_gates)`: from the loss's gradient at every state to that at every gate's
    argument; `w[member, gate * state, state]`.
    """

    forward: Callable[[Single, Single, Single], None]
    backward: Callable[[Single, Single, Single, Single, Single], None]
    carried: int


def scan(loops: Loops, drive: Tensor, weight: Tensor) -> Tensor:
    """States `[members, batch, time, state]`; `weight[members, rows, state]` adds to the first rows of the drive."""
    states: Tensor = _Scan.apply(loops, drive, weight)
    return states


class _Scan(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, loops: Loops, drive: Tensor, weight: Tensor) -> Tensor:
        # [members, state, rows]: the loop over rows is the inner one
        w = np.ascontiguousarray(weight.detach().numpy().swapaxes(1, 2))
        gates = drive.detach().numpy().copy()
        kept = np.empty((loops.carried, *gates.shape[:3], w.shape[1]), np.float32)
        loops.forward(gates, w, kept)
        ctx.loops, ctx.saved = loops, (gates, w, kept)
        return torch.from_numpy(kept[0])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, Tensor, Tensor]:
        gates, w, kept = ctx.saved
        d_gates = np.empty_like(gates)
        turned = np.ascontiguousarray(w.swapaxes(1, 2))
        ctx.loops.backward(gates, turned, kept, gradients[0].contiguous().numpy(), d_gates)
        before = np.zeros_like(kept[0])
        before[:, :, 1:] = kept[0, :, :, :-1]
        rows = torch.from_numpy(d_gates).view(len(w), -1, gates.shape[-1])[:, :, : w.shape[2]]
        d_weight = rows.mT @ torch.from_numpy(before).view(len(w), -1, w.shape[1])
        return None, torch.from_numpy(d_gates), d_weight


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


# tanh(x) = x p(x^2) / q(x^2)                          sigmoid(x) = (1 + tanh(x / 2)) / 2
@inlined
def tanh(x: np.float32) -> np.float32:
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
