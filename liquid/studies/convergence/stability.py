"""The longest stable step of a solver: found by bisection, beside what two theories predict."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, root

from liquid.dynamics.diagnostics import jacobian
from liquid.dynamics.solvers import Solver, solver_named, vector_field
from liquid.dynamics.weights import Floats, LayerWeights
from liquid.studies.convergence.paths import march

STEPS = 600  # of a trial; the perturbation of the last 100 is compared with that of the 100 before
ROUND_OFF = 1e-12  # a perturbation of 1e-6 that has shrunk to this has died out
CANDIDATES = 33  # steps tried side by side in one round of the bisection
ROUNDS = 4  # each divides the bracket's logarithm by 32: from a factor of 1e6 to one of 1.00002


@dataclass(frozen=True)
class FixedPoint:
    """A state where dx/dt = 0 while `inputs[input]` are held; `growth` is the Jacobian's largest real part."""

    inputs: Floats
    state: Floats
    growth: float


@dataclass(frozen=True)
class StabilityLimit:
    """The longest stable step, in the unit of tau; infinite if none was found, NaN if no fixed point is stable.

    `measured` by bisection: up to there a small perturbation of the fixed point dies out. `frozen`: the solver's limit
    for a frozen gate, times the smallest tau_sys at the fixed point. `jacobian`: where the spectral radius of the
    step's Jacobian at the fixed point reaches 1.
    """

    solver: str
    measured: float
    frozen: float
    jacobian: float


def fixed_point(equation: LayerWeights, inputs: Floats) -> FixedPoint | None:
    """Where the layer settles while `inputs[input]` are held; None if it does not settle."""
    drive = equation.drive(inputs)
    state = np.zeros_like(drive)
    settle = solver_named("semi_implicit")
    for _ in range(500):
        state = settle.step(equation, drive, state, float(equation.tau.max()) / 10)

    def rhs(x: Floats) -> Floats:
        return vector_field(equation, drive, x)

    def derivative(x: Floats) -> Floats:
        return jacobian(equation, inputs, x)

    state = root(rhs, state, jac=derivative, tol=1e-14).x
    if not np.abs(rhs(state)).max() < 1e-10:
        return None
    return FixedPoint(inputs, state, float(np.linalg.eigvals(derivative(state)).real.max()))


def stability_limit(equation: LayerWeights, fixed: FixedPoint | None, solver: Solver, seed: int = 0) -> StabilityLimit:
    """How long a step may be near a fixed point. Every limit is NaN if the ODE itself does not return to it."""
    if fixed is None or fixed.growth >= 0:
        return StabilityLimit(solver.name, math.nan, math.nan, math.nan)
    shortest = float(equation.tau_sys(equation.gate(equation.drive(fixed.inputs), fixed.state)).min())
    return StabilityLimit(
        solver.name,
        measured=_bisect(equation, fixed, solver, shortest, seed),
        frozen=solver.limit * shortest,
        jacobian=_jacobian_limit(equation, fixed, solver, shortest),
    )


def spectral_radius(equation: LayerWeights, fixed: FixedPoint, solver: Solver, h: float) -> float:
    """Largest modulus of an eigenvalue of the step's Jacobian at the fixed point, by central differences."""
    size, nudge = len(fixed.state), 1e-5
    nudges = nudge * np.concatenate([np.eye(size), -np.eye(size)])
    after = solver.step(equation, equation.drive(fixed.inputs), fixed.state + nudges, h)
    return float(np.abs(np.linalg.eigvals((after[:size] - after[size:]).T / (2 * nudge))).max())


def _jacobian_limit(equation: LayerWeights, fixed: FixedPoint, solver: Solver, shortest: float) -> float:
    def excess(h: float) -> float:
        return spectral_radius(equation, fixed, solver, h) - 1

    steps = shortest * np.geomspace(0.1, 1e3, 80)
    for below, above in pairwise(steps.tolist()):
        if excess(above) > 0:
            return float(brentq(excess, below, above, rtol=1e-6))
    return math.inf


def _bisect(equation: LayerWeights, fixed: FixedPoint, solver: Solver, shortest: float, seed: int) -> float:
    low, high = shortest * 1e-2, shortest * 1e4
    for _ in range(ROUNDS):
        steps = np.geomspace(low, high, CANDIDATES)
        lost = np.flatnonzero(~_returns(equation, fixed, solver, steps, seed))
        if not lost.size:
            return math.inf
        if lost[0] == 0:
            return float(low)
        low, high = steps[lost[0] - 1], steps[lost[0]]
    return float(np.sqrt(low * high))


def _returns(equation: LayerWeights, fixed: FixedPoint, solver: Solver, steps: Floats, seed: int) -> NDArray[np.bool_]:
    """For each step length: does a small perturbation of the fixed point die out? `[step]`."""
    nudge = 1e-6 * np.random.default_rng(seed).standard_normal(len(fixed.state))
    start = np.broadcast_to(fixed.state + nudge, (len(steps), len(fixed.state)))
    drive = np.broadcast_to(equation.drive(fixed.inputs), (STEPS, *start.shape))
    away = np.empty((STEPS, len(steps)))
    with np.errstate(over="ignore", invalid="ignore"):
        for k, states in enumerate(march(solver, equation, drive, start, h=steps[:, None], unfolds=1)):
            away[k] = np.abs(states[-1] - fixed.state).max(axis=1)
    late, later = away[-200:-100].max(axis=0), away[-100:].max(axis=0)
    died_out: NDArray[np.bool_] = (later < late) | (later < ROUND_OFF)
    return died_out
