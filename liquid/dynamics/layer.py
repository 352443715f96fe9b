r"""The liquid layer: the whole idea in one file.

A neuron's state x leaks away with a time constant that the neuron computes anew at every step, from what it sees:

    f       = \sigma(W\,[I, x] + b)                 gate, in (0, 1)
    \tau    = \mathrm{softplus}(\tau_{raw})         base time constant, > 0
    \tau_{sys} = \frac{\tau}{1 + \tau f}            system time constant: 1/\tau_{sys} = 1/\tau + f
    \frac{dx}{dt} = -\frac{x}{\tau_{sys}} + A f     = -x/\tau + f\,(A - x)
    x \leftarrow x + dt\,\frac{dx}{dt}              one explicit Euler step per sample

Source: Hasani, Lechner, Amini, Rus, Grosu, "Liquid Time-constant Networks", AAAI 2021 (arXiv:2006.04439),
equations 1 and 2.

Shapes: input I is `[batch, input]`, state x, gate f and tau_sys are `[batch, state]`; tau, A and b are `[state]`.
Units: tau, tau_sys and dt share one unit of time. A sample lasts `dt` of it, so `tau_sys / dt` counts in samples.
"""

from __future__ import annotations

import math
import operator

import torch
from torch import Tensor, nn
from torch.nn import functional

from liquid.dynamics.linear import Affine, affine
from liquid.errors import LiquidError


class LiquidLayer(nn.Module):
    """One Euler step of a liquid layer: `(x[batch, input], state[batch, state]) -> state[batch, state]`.

    `fc` maps `[input, state]` (input columns first) to the gate's argument; `A` is the level that an open gate pulls
    a neuron to; `tau` holds the raw base time constant, before softplus. Raises LiquidError on sizes that are not
    whole numbers of 1 or more, and on a dt that is not above 0 and finite.
    """

    def __init__(self, input_size: int, state_size: int, dt: float = 0.1) -> None:
        super().__init__()
        check_counts(input_size=input_size, state_size=state_size)
        if not 0 < dt < math.inf:
            raise LiquidError(
                f"dt={dt}: the time that a sample lasts must be above 0 and finite; the usual value is 0.1."
            )
        self.input_size = input_size
        self.state_size = state_size
        self.dt = dt
        self.fc = nn.Linear(input_size + state_size, state_size)
        self.A: Tensor = nn.Parameter(torch.randn(state_size))
        self.tau: Tensor = nn.Parameter(torch.ones(state_size))

    def forward(self, x: Tensor, state: Tensor) -> Tensor:
        f = torch.sigmoid(self.fc(torch.cat([x, state], dim=-1)))
        return state + self.dt * self.derivative(f, state)  # x <- x + dt dx/dt

    def affine(self) -> Affine:
        """W `[state, input + state]` and b `[state]` of fc, as it would compute with them now."""
        return affine(self.fc)

    # W [I, x] + b = (W_I I + b) + W_x x: the first bracket, for any number of samples at once
    def drive(self, x: Tensor) -> Tensor:
        """The input's share of the gate's argument: `[..., input] -> [..., state]`."""
        weight, bias = self.affine()
        return functional.linear(x, weight[:, : self.input_size], bias)

    # f = sigmoid(W [I, x] + b)
    def gate(self, drive: Tensor, state: Tensor) -> Tensor:
        """The gate f in (0, 1), from the input's drive and the state: `[..., state]`."""
        weight, _ = self.affine()
        return torch.sigmoid(drive + functional.linear(state, weight[:, self.input_size :]))

    # tau = softplus(tau_raw)
    @property
    def base_tau(self) -> Tensor:
        """Base time constant tau > 0, `[state]`: the memory of a neuron whose gate is closed."""
        return functional.softplus(self.tau)

    # tau_sys = tau / (1 + tau f), so tau / (1 + tau) < tau_sys < tau
    def tau_sys(self, f: Tensor) -> Tensor:
        """System time constant for a gate f: `[..., state]`, between tau / (1 + tau) and tau."""
        tau = self.base_tau
        return tau / (1 + tau * f)

    # dx/dt = -x / tau_sys + A f
    def derivative(self, f: Tensor, state: Tensor) -> Tensor:
        """Right-hand side of the ODE for a gate f: `[..., state]`, per unit of time."""
        return -state / self.tau_sys(f) + self.A * f

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.state_size}, dt={self.dt}"


def check_counts(**counts: int) -> None:
    """LiquidError if one of them is not a whole number of 1 or more."""
    for name, count in counts.items():
        try:
            whole = operator.index(count)
        except TypeError:
            whole = 0
        if whole < 1:
            raise LiquidError(f"{name}={count!r}: it must be a whole number of 1 or more.")
