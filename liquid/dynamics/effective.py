"""A layer as it computes now: with the weights that pruning, norms and parametrizations make, or by calling its fc.

`LiquidRNN` asks for it once a call. Nearly always it is the layer itself; else a stand-in with the same equation.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

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
    return Computed(layer) if not_affine(layer.fc) is None else Called(layer)


def own_equation(layer: LiquidLayer) -> bool:
    """Whether its class says otherwise than LiquidLayer what a step is."""
    return any(getattr(type(layer), name) is not getattr(LiquidLayer, name) for name in EQUATION)


class Computed(LiquidLayer):
    """A layer's equation with the weights of this moment, computed once for the whole sequence."""

    def __init__(self, layer: LiquidLayer) -> None:
        _as(self, layer)
        self._affine = affine(layer.fc)

    def affine(self) -> Affine:
        return self._affine


class Called(LiquidLayer):
    """A layer whose fc is called at every solver step, for whatever it does beside W z + b."""

    def __init__(self, layer: LiquidLayer) -> None:
        _as(self, layer)
        self.fc = layer.fc
        self.why = f"fc {not_affine(layer.fc)}, so it must be called at every step"

    def drive(self, x: Tensor) -> Tensor:
        """The input itself: fc maps it together with the state."""
        return x

    # f = sigmoid(fc([I, x]))
    def gate(self, drive: Tensor, state: Tensor) -> Tensor:
        z: Tensor = self.fc(torch.cat([drive, state], dim=-1))
        if z.shape != state.shape:
            raise LiquidError(f"fc gave {list(z.shape)} for a state of {list(state.shape)}; it must map to the state.")
        return torch.sigmoid(z)


def _as(stand_in: LiquidLayer, layer: LiquidLayer) -> None:
    nn.Module.__init__(stand_in)
    stand_in.input_size, stand_in.state_size, stand_in.dt = layer.input_size, layer.state_size, layer.dt
    stand_in.A, stand_in.tau = layer.A, layer.tau
