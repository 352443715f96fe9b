"""A gated network over time in compiled loops, forward and backward, in float32: what LSTM, GRU and CfC share.

The loops of each stand in its own file. Their gates' arguments come as a drive, which is linear in the input; what is
added to them at every step is linear in the state, or in a layer between.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Single = NDArray[np.float32]


class Loops(NamedTuple):
    """One network's way forward and back.

    `forward(gates, w, kept)`: `gates[member, batch, time, gate * state]` hold the drive at first and the gates' values
    in the end; `w[member, state, gate * state]`; `kept[0]` are the states, and there are `carried` like them.
    `backward(gates, w, kept, d_states, d_gates)`: from the loss's gradient at every state to that at every gate's
    argument; `w[member, gate * state, state]`.
    Where there is a layer `between`, the first gate's, it is `kept[1]`, and all other gates see it for the state.
    """

    forward: Callable[[Single, Single, Single], None]
    backward: Callable[[Single, Single, Single, Single, Single], None]
    carried: int
    between: bool = False


def scan(loops: Loops, drive: Tensor, weight: Tensor) -> Tensor:
    """States `[members, batch, time, state]`; `weight[members, rows, state]` adds to the first rows of the drive."""
    return _apply(loops, drive, weight)


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
        members, state, rows = w.shape
        of_state = state if ctx.loops.between else rows
        d_arguments = torch.from_numpy(d_gates).view(members, -1, gates.shape[-1])
        d_weight = d_arguments[:, :, :of_state].mT @ torch.from_numpy(before).view(members, -1, state)
        if ctx.loops.between:
            others = d_arguments[:, :, of_state:].mT @ torch.from_numpy(kept[1]).view(members, -1, state)
            d_weight = torch.cat([d_weight, others], dim=1)
        return None, torch.from_numpy(d_gates), d_weight


_apply: Callable[[Loops, Tensor, Tensor], Tensor] = _Scan.apply
