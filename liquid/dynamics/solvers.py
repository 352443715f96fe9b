"""One-step methods for the layer's ODE, with the input held during the step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor

from liquid.dynamics.layer import LiquidLayer
from liquid.errors import LiquidError

StepSize = float | Tensor  # a Tensor is [batch, 1]: a step of its own for every sequence


class Solver(ABC):
    """A way to advance the state by one step of length h while the input is held."""

    name: ClassVar[str]
    order: ClassVar[int]
    stages: ClassVar[int]  # evaluations of the gate in one step
    stability: ClassVar[str]
    source: ClassVar[str]

    @abstractmethod
    def step(self, layer: LiquidLayer, drive: Tensor, state: Tensor, h: StepSize) -> Tensor:
        """`(drive[batch, state], state[batch, state], h) -> state[batch, state]`."""


class Euler(Solver):
    name = "euler"
    order = 1
    stages = 1
    stability = "Stable for a frozen gate while h < 2 tau_sys."
    source = "Euler, Institutionum calculi integralis, 1768."

    # x <- x + h dx/dt
    def step(self, layer: LiquidLayer, drive: Tensor, state: Tensor, h: StepSize) -> Tensor:
        return state + h * layer.derivative(layer.gate(drive, state), state)


class SemiImplicit(Solver):
    name = "semi_implicit"
    order = 1
    stages = 1
    stability = "Stable for a frozen gate at every h > 0."
    source = "Hasani et al., Liquid Time-constant Networks, AAAI 2021, equation 3 (the fused step)."

    # x <- (x + h f A) / (1 + h / tau_sys)
    def step(self, layer: LiquidLayer, drive: Tensor, state: Tensor, h: StepSize) -> Tensor:
        f = layer.gate(drive, state)
        return (state + h * f * layer.A) / (1 + h / layer.tau_sys(f))


SOLVERS: dict[str, Solver] = {solver.name: solver for solver in (Euler(), SemiImplicit())}


def solver_named(name: str) -> Solver:
    """The solver called `name`; LiquidError lists the names there are."""
    if name not in SOLVERS:
        raise LiquidError(f"solver={name!r} is not known; choose one of {', '.join(SOLVERS)}.")
    return SOLVERS[name]
