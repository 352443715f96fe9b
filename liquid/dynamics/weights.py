"""The layer once more, as float64 NumPy: for the reference, the solvers' studies and the theory of noise.

The definition is `layer.py`; a test holds this twin to it. It needs no torch, so that a page can draw at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from liquid.errors import LiquidError

if TYPE_CHECKING:
    from liquid.dynamics.layer import LiquidLayer

Floats = NDArray[np.float64]


def sigmoid(z: Floats) -> Floats:
    """1 / (1 + exp(-z)) without overflow, elementwise."""
    result: Floats = 0.5 * (1.0 + np.tanh(0.5 * z))
    return result


@dataclass(frozen=True)
class LayerWeights:
    """One liquid layer as float64 NumPy arrays: `inputs[state, input]`, `recurrent[state, state]`, the rest `[state]`.

    `tau` is the base time constant, after softplus; `dt` the time that a sample lasts, in `unfolds` Euler steps.
    """

    inputs: Floats
    recurrent: Floats
    bias: Floats
    A: Floats
    tau: Floats
    dt: float = 0.1
    unfolds: int = 1

    @property
    def arrays(self) -> tuple[Floats, ...]:
        """Everything that two layers can differ in."""
        return self.inputs, self.recurrent, self.bias, self.A, self.tau, np.array([self.dt, self.unfolds])

    @staticmethod
    def of(layer: LiquidLayer, unfolds: int = 1) -> LayerWeights:
        """The weights that a torch layer computes with now; `unfolds` Euler steps are taken in a sample.

        LiquidError if its fc is more than weights (a LoRA wrapper, a hook).
        """
        now = import_module("liquid.dynamics.effective").effective(layer)  # torch takes over a second to import
        weight, bias = now.affine()
        named = {"fc.weight": weight, "fc.bias": bias, "A": now.A, "tau": now.tau}
        arrays = {name: tensor.detach().cpu().double().numpy() for name, tensor in named.items()}
        return LayerWeights.from_state(arrays, layer.dt, unfolds)

    @staticmethod
    def from_state(arrays: dict[str, Floats], dt: float, unfolds: int = 1) -> LayerWeights:
        """From a layer's state dict (`fc.weight`, `fc.bias`, `A`, `tau` before softplus). LiquidError on odd shapes."""
        try:
            weight, bias, level, raw = (np.asarray(arrays[n], float) for n in ("fc.weight", "fc.bias", "A", "tau"))
        except KeyError as missing:
            raise LiquidError(
                f"The weights have no {missing}; a liquid layer has fc.weight, fc.bias, A, tau."
            ) from None
        size = len(bias)
        if weight.ndim != 2 or weight.shape[0] != size or weight.shape[1] <= size or not level.size == raw.size == size:
            raise LiquidError(
                f"fc.weight {weight.shape}, fc.bias {bias.shape}, A {level.shape}, tau {raw.shape} are not one liquid "
                "layer: expected [state, input + state] and [state] three times."
            )
        columns = weight.shape[1] - size
        return LayerWeights(weight[:, :columns], weight[:, columns:], bias, level, np.logaddexp(0, raw), dt, unfolds)

    @staticmethod
    def fresh(input_size: int, state_size: int, dt: float = 0.1, seed: int = 0) -> LayerWeights:
        """An untrained layer with the distributions of `LiquidLayer`'s own start, without loading torch."""
        rng = np.random.default_rng(seed)
        bound = 1 / np.sqrt(input_size + state_size)
        return LayerWeights(
            rng.uniform(-bound, bound, (state_size, input_size)),
            rng.uniform(-bound, bound, (state_size, state_size)),
            rng.uniform(-bound, bound, state_size),
            rng.normal(size=state_size),
            np.full(state_size, np.logaddexp(0, 1.0)),
            dt,
        )

    @property
    def state_size(self) -> int:
        return len(self.bias)

    @property
    def input_size(self) -> int:
        return int(self.inputs.shape[1])

    @property
    def step(self) -> float:
        """The length of one Euler step."""
        return self.dt / self.unfolds

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """The range of tau_sys of every neuron: tau / (1 + tau) with the gate open, tau with it closed."""
        return self.tau / (1 + self.tau), self.tau

    # tau_sys = tau / (1 + tau f)
    def tau_sys(self, f: Floats) -> Floats:
        """System time constant for a gate f: `[..., state]`."""
        result: Floats = self.tau / (1 + self.tau * f)
        return result

    # W_I I + b, for any number of samples
    def drive(self, inputs: Floats) -> Floats:
        """The input's share of the gate's argument: `[..., input] -> [..., state]`."""
        result: Floats = inputs @ self.inputs.T + self.bias
        return result

    # f = sigmoid(W_I I + W_x x + b)
    def gate(self, drive: Floats, state: Floats) -> Floats:
        """The gate f in (0, 1), from the input's drive and the state before it: `[..., state]`."""
        return sigmoid(drive + state @ self.recurrent.T)

    # dx/dt = -x / tau_sys + A f = -x / tau + f (A - x)
    def derivative(self, f: Floats, state: Floats) -> Floats:
        """Right-hand side of the ODE for a gate f: `[..., state]`, per unit of time."""
        result: Floats = f * (self.A - state) - state / self.tau
        return result

    def run(self, inputs: Floats, initial: Floats | None = None) -> tuple[Floats, Floats]:
        """States after each sample and the gates that led there: `[time, ..., input]` -> both `[time, ..., state]`."""
        x = np.zeros((*inputs.shape[1:-1], self.state_size)) if initial is None else initial
        drive = self.drive(inputs)
        states, gates = np.empty(drive.shape), np.empty(drive.shape)
        for t in range(len(drive)):
            gates[t], x = self.advance(drive[t], x)
            states[t] = x
        return states, gates

    # x <- x + h dx/dt
    def advance(self, drive: Floats, x: Floats) -> tuple[Floats, Floats]:
        """One sample with the input held: the first step's gate and the new state, both `[..., state]`."""
        first = f = self.gate(drive, x)
        x = x + self.step * self.derivative(f, x)
        for _ in range(self.unfolds - 1):
            x = x + self.step * self.derivative(self.gate(drive, x), x)
        return first, x
