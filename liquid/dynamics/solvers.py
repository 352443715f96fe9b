"""One-step methods for the layer's ODE, with the input held during the step.

A method is written once and steps whatever speaks the layer's equation: a `LiquidLayer` (torch, with gradients) or
its `LayerWeights` (NumPy, float64, where errors are measured).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from liquid.errors import LiquidError

if TYPE_CHECKING:
    from torch import Tensor

# Steps of so many tau_sys leave e^-120 of a state, which adds nothing to any number of its size; the derivative of a
# longer one would be zero times infinity.
FORGOTTEN = 120
Array = TypeVar("Array", "Tensor", NDArray[np.float64])
StepSize: TypeAlias = "float | Tensor"  # a Tensor is [batch, 1]: a step of its own for every sequence


class GatedODE(Protocol[Array]):
    """The layer's equation, as far as a solver needs it: f, tau_sys, A and dx/dt (liquid/dynamics/layer.py)."""

    @property
    def A(self) -> Array: ...
    def gate(self, drive: Array, state: Array) -> Array: ...
    def tau_sys(self, f: Array) -> Array: ...
    def derivative(self, f: Array, state: Array) -> Array: ...


# dx/dt = F(x), with the input's drive held
def vector_field(layer: GatedODE[Array], drive: Array, state: Array) -> Array:
    """Right-hand side of the ODE at a state: `[..., state]`, per unit of time."""
    return layer.derivative(layer.gate(drive, state), state)


class Solver(ABC):
    """A way to advance the state by one step of length h while the input is held.

    `label` is the name in running text; `order` is that of the global error for the layer's own ODE; `stages` counts
    evaluations of the gate in one step; `limit` is the largest stable h in units of tau_sys while the gate is frozen;
    `formula` is LaTeX; `colour`, a key of the charts' palette, is that of its lines.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    order: ClassVar[int]
    stages: ClassVar[int]
    limit: ClassVar[float]
    colour: ClassVar[str]
    formula: ClassVar[str]
    stability: ClassVar[str]
    source: ClassVar[str]

    @abstractmethod
    def step(self, layer: GatedODE[Array], drive: Array, state: Array, h: float | Array) -> Array:
        """`(drive[..., state], state[..., state], h) -> state[..., state]`; h is a number, or `[batch, 1]`."""


class Euler(Solver):
    name = "euler"
    label = "Euler"
    order = 1
    stages = 1
    limit = 2.0
    colour = "blue"
    formula = r"x \leftarrow x + h\,F(x), \quad F(x) = -\frac{x}{\tau_{sys}} + A f"
    stability = "Stable for a frozen gate while h < 2 tau_sys."
    source = "Euler, Institutionum calculi integralis, 1768."

    # x <- x + h F(x)
    def step(self, layer: GatedODE[Array], drive: Array, state: Array, h: float | Array) -> Array:
        return state + h * vector_field(layer, drive, state)


class SemiImplicit(Solver):
    name = "semi_implicit"
    label = "Semi-implicit Euler"
    order = 1
    stages = 1
    limit = math.inf
    colour = "vermilion"
    formula = r"x \leftarrow \frac{x + h f A}{1 + h / \tau_{sys}}"
    stability = "Stable for a frozen gate at every h > 0; the state never leaves the range of 0, A and its start."
    source = "Hasani et al., Liquid Time-constant Networks, AAAI 2021, equation 3 (the fused step)."

    # x <- (x + h f A) / (1 + h / tau_sys), times tau_sys / tau_sys: 1 / tau_sys^2, which the derivative of a quotient
    # by it has, is too large for float32 from a tau of 1e-19 on
    def step(self, layer: GatedODE[Array], drive: Array, state: Array, h: float | Array) -> Array:
        f = layer.gate(drive, state)
        tau_sys = layer.tau_sys(f)
        return tau_sys * (state + h * f * layer.A) / (tau_sys + h)


class Heun(Solver):
    name = "heun"
    label = "Heun"
    order = 2
    stages = 2
    limit = 2.0
    colour = "green"
    formula = r"x \leftarrow x + \tfrac{h}{2}\,(k_1 + k_2), \quad k_1 = F(x),\ k_2 = F(x + h k_1)"
    stability = "Stable for a frozen gate while h < 2 tau_sys, as Euler: more accurate, not more stable."
    source = "Heun, Zeitschrift für Mathematik und Physik 45, 1900."

    # k1 = F(x), k2 = F(x + h k1), x <- x + h (k1 + k2) / 2
    def step(self, layer: GatedODE[Array], drive: Array, state: Array, h: float | Array) -> Array:
        k1 = vector_field(layer, drive, state)
        k2 = vector_field(layer, drive, state + h * k1)
        return state + h * (k1 + k2) / 2


class RK4(Solver):
    name = "rk4"
    label = "RK4"
    order = 4
    stages = 4
    limit = 2.785293563405282  # the real root above 0 of z^3 - 4 z^2 + 12 z - 24: where R(-z) is 1
    colour = "purple"
    formula = r"x \leftarrow x + \tfrac{h}{6}\,(k_1 + 2 k_2 + 2 k_3 + k_4)"
    stability = "Stable for a frozen gate while h < 2.785 tau_sys."
    source = "Kutta, Zeitschrift für Mathematik und Physik 46, 1901 (the classic Runge-Kutta method)."

    # k1 = F(x), k2 = F(x + h k1 / 2), k3 = F(x + h k2 / 2), k4 = F(x + h k3), x <- x + h (k1 + 2 k2 + 2 k3 + k4) / 6
    def step(self, layer: GatedODE[Array], drive: Array, state: Array, h: float | Array) -> Array:
        k1 = vector_field(layer, drive, state)
        k2 = vector_field(layer, drive, state + h / 2 * k1)
        k3 = vector_field(layer, drive, state + h / 2 * k2)
        k4 = vector_field(layer, drive, state + h * k3)
        return state + h * (k1 + 2 * k2 + 2 * k3 + k4) / 6


class Exponential(Solver):
    name = "exponential"
    label = "Exponential Euler"
    order = 1
    stages = 1
    limit = math.inf
    colour = "orange"
    formula = r"x \leftarrow x^* + (x - x^*)\,e^{-h / \tau_{sys}}, \quad x^* = \tau_{sys} f A"
    stability = "Exact for a frozen gate, so stable at every h > 0; the state stays in the range of 0, A and its start."
    source = "Hochbruck and Ostermann, Exponential integrators, Acta Numerica 19, 2010 (the exponential Euler method)."

    # x* = tau_sys f A, x <- x* + (x - x*) e^(-h / tau_sys). The gate is that of the step's start: order 1.
    def step(self, layer: GatedODE[Array], drive: Array, state: Array, h: float | Array) -> Array:
        f = layer.gate(drive, state)
        tau_sys = layer.tau_sys(f)
        fixed_point = tau_sys * f * layer.A
        decay = math.e ** (-h / tau_sys.clip(min=h / FORGOTTEN))
        return fixed_point + (state - fixed_point) * decay


SOLVERS: dict[str, Solver] = {solver.name: solver for solver in (Euler(), SemiImplicit(), Heun(), RK4(), Exponential())}


def solver_named(name: str) -> Solver:
    """The solver called `name`; LiquidError lists the names there are."""
    if name not in SOLVERS:
        raise LiquidError(f"solver={name!r} is not known; choose one of {', '.join(SOLVERS)}.")
    return SOLVERS[name]
