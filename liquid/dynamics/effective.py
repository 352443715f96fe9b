"""A layer as it computes now: with the weights that pruning, norms and parametrizations make, or by calling its fc.

`LiquidRNN` asks for it once a call. Nearly always it is the layer itself; else a stand-in with the same equation.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from liquid.dynamics.layer import LiquidLayer
from liquid.dynamics.linear import Affine, affine, compute_weights, is_bare, is_plain, more_than_weights, not_affine
from liquid.errors import LiquidError

EQUATION = ("affine", "drive", "gate", "base_tau", "tau_sys", "derivative")


def effective(layer: LiquidLayer) -> LiquidLayer:
    """The layer itself, or what stands for it in this call. LiquidError if it has hooks that nothing would run."""
    if type(layer) is LiquidLayer and is_bare(layer) and is_plain(layer.fc):
        return layer
    problem = more_than_weights(layer)
    if type(layer).forward is not LiquidLayer.forward:
        problem = "has a forward of its own"
    if problem is not None:
        raise LiquidError(
            f"The {type(layer).__name__} {problem}, which a sequence does not run: it is computed from the layer's "
            "parameters. Put a hook on the LiquidRNN or on the layer's fc, read states from trace(), or change drive, "
            "gate or derivative."
        )
    compute_weights(layer)
    if own_equation(layer):
        return layer
    if not_affine(layer.fc) is None:
        return Computed(affine(layer.fc), layer.A, layer.tau, layer.dt)
    return Called(layer)


def own_equation(layer: LiquidLayer) -> bool:
    """Whether its class says otherwise than LiquidLayer what a step is."""
    return any(getattr(type(layer), name) is not getattr(LiquidLayer, name) for name in EQUATION)


class Computed(LiquidLayer):
    """A layer's equation with weights that are given, such as those of this moment for a whole sequence."""

    _affine: Affine

    def __init__(self, fc: Affine, A: Tensor, tau: Tensor, dt: float = math.nan) -> None:
        size = A.shape[-1]
        _as(self, input_size=fc.weight.shape[-1] - size, state_size=size, A=A, tau=tau, dt=dt, _affine=fc)

    def affine(self) -> Affine:
        return self._affine


class Called(LiquidLayer):
    """A layer whose fc is called at every solver step, for whatever it does beside W z + b."""

    why: str

    def __init__(self, layer: LiquidLayer) -> None:
        why = f"fc {not_affine(layer.fc)}, so it must be called at every step"
        same = {name: getattr(layer, name) for name in ("input_size", "state_size", "A", "tau", "dt", "fc")}
        _as(self, **same, why=why)

    def drive(self, x: Tensor) -> Tensor:
        """The input itself: fc maps it together with the state."""
        return x

    # f = sigmoid(fc([I, x]))
    def gate(self, drive: Tensor, state: Tensor) -> Tensor:
        z: Tensor = self.fc(torch.cat([drive, state], dim=-1))
        if z.shape != state.shape:
            raise LiquidError(f"fc gave {list(z.shape)} for a state of {list(state.shape)}; it must map to the state.")
        return torch.sigmoid(z)


# No module of its own: nothing registers it, and torch.compile cannot make one
def _as(stand_in: LiquidLayer, **attributes: object) -> None:
    stand_in.__dict__.update(attributes)
