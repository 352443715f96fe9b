"""The plain loop over a layer's equation: the definition of what every other way through a sequence computes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from liquid.dynamics.layer import LiquidLayer
from liquid.dynamics.solvers import Solver, StepSize
from liquid.dynamics.torch_internals import is_differentiated


def loop(
    layer: LiquidLayer, solver: Solver, unfolds: int, x: Tensor, start: Tensor | None, h: Tensor
) -> tuple[Tensor, Tensor]:
    """States after every sample `[batch, time, state]`, and the last `[1, batch, state]`.

    x is `[batch, time, input]`, start `[1, batch, state]` or None for zero, h the length of a solver step: a scalar,
    `[time]` or `[batch, time]`.
    """
    state, states = first_state(layer, x, start), []
    for drive, step in zip(layer.drive(x).unbind(1), _by_sample(h, x.shape[1]), strict=True):
        for _ in range(unfolds):
            state = solver.step(layer, drive, state, step)
        states.append(state)
    return torch.stack(states, dim=1), state[None]


def first_state(layer: LiquidLayer, x: Tensor, start: Tensor | None) -> Tensor:
    """The state before the first sample, `[batch, state]`."""
    return x.new_zeros(x.shape[0], layer.state_size) if start is None else start[0]


def _by_sample(h: Tensor, time: int) -> Sequence[StepSize]:
    """The solver's step at every sample: numbers if they can be had, or [batch, 1] if sequences differ."""
    if h.dim() == 2:
        return h[:, :, None].unbind(1)
    each = h.expand(time)
    if torch.compiler.is_compiling() or is_differentiated(h):
        return each.unbind()
    try:
        return each.tolist()
    except RuntimeError:  # torch.func.vmap over them
        return each.unbind()
