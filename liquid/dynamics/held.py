"""A liquid layer whose time constants no longer answer its input: what did it matter that tau_sys moved?"""

from __future__ import annotations

import torch
from torch import Tensor

from liquid.dynamics.layer import LiquidLayer
from liquid.dynamics.loop import loop
from liquid.dynamics.rnn import LiquidRNN


# dx/dt = -x / held + A f
class HeldTau(LiquidLayer):
    """A layer with the same weights whose tau_sys is `held[..., state]`, whatever the gate; f still drives A f."""

    def __init__(self, layer: LiquidLayer, held: Tensor) -> None:
        super().__init__(layer.input_size, layer.state_size, layer.dt)
        self.to(layer.A)
        self.load_state_dict(layer.state_dict())
        self.held = held

    def tau_sys(self, f: Tensor) -> Tensor:
        return self.held


@torch.no_grad()
def states_with_tau_held(network: LiquidRNN, x: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
    """States of the last layer, `[batch, time, state]`, as if every neuron's tau_sys had stayed at its mean over the
    samples of that sequence `x[batch, time, input]`, from a zero state on."""
    h = network.step_lengths(x, timespans)
    traces = network.trace(x, timespans=timespans)
    for layer, trace in zip(network.liquid_layers(), traces, strict=True):
        held = HeldTau(layer, trace.tau_sys.mean(dim=1))
        x, _ = loop(held, network.solver, network.unfolds, x, None, h)
    return x
