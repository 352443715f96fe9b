r"""A network's squared error as a function of its core alone: the linear readout is solved at every look.

With X(\theta) the states, centred, in units of their first standard deviation, y the targets, and J = d(X w)/d\theta at
the solved w:

    w(\theta)  = argmin |X w - y|^2 + \mu |w|^2,    r = X w - y         [X; \sqrt\mu] = Q R,  w = R^{-1} Q_1^T y
    \tilde J   = J - Q Q_1^T J                                           what the readout cannot take up
    G = \tilde J^T \tilde J,  g = J^T r

The derivative of the projection itself, which is small with the residual, is left out. Sources: G. Golub and V. Pereyra
1973 (variable projection); L. Kaufman 1975 (the derivative left out).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from torch import Tensor
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from liquid.learning.levenberg_marquardt import Array, Linear
from liquid.models.core import Core

NUDGE = 0.1  # part of a step over which its bend is measured
SMALL = 1e-14  # of the largest standard deviation: a state that does not move


class Windows(NamedTuple):
    """Inputs `[n, window, features]` and targets `[n, samples, outputs]` (the last samples of each window, NaN where
    unknown) in float64; timespans as in LiquidRNN."""

    x: Tensor
    target: Array
    timespans: Tensor | float = 1.0


class Readout(NamedTuple):
    """weight `[outputs, state]` and bias `[outputs]`."""

    weight: Array
    bias: Array


class _Solved(NamedTuple):
    """The regression of one output on the `rows` where it is known; states are centred there."""

    rows: NDArray[np.bool_]
    states: Array
    centre: Array
    basis: Array
    triangle: Array
    weight: Array
    bias: float
    residual: Array
    loss: float


class Separable:
    """The training error of one member, whose `core` (float64, its parameters changed at will) is handed over.

    `ridge` is the strength mu per target, where states are counted in what their standard deviation is at first.
    """

    def __init__(self, core: Core, train: Windows, ridge: float, longest_span: float | None) -> None:
        self.core, self.train, self.ridge, self.longest_span = core, train, ridge, longest_span
        self.first = train.x.shape[1] - train.target.shape[1]
        self.outputs = train.target.shape[2]
        self.known = np.isfinite(train.target).reshape(-1, self.outputs)
        self.count = int(self.known.sum())
        deviation = self.states(self.theta).std(axis=0)
        self.scale = np.maximum(deviation, SMALL * deviation.max()) + np.finfo(float).tiny

    @property
    def theta(self) -> Array:
        """The core's parameters, one after the other."""
        return parameters_to_vector(self.core.parameters()).detach().numpy().copy()

    def put(self, theta: Array) -> None:
        vector_to_parameters(torch.from_numpy(theta.copy()), self.core.parameters())

    def project(self, theta: Array) -> Array:
        self.put(theta)
        if self.longest_span is not None:
            self.core.keep_stable(self.longest_span)
        return self.theta

    def states(self, theta: Array) -> Array:
        """`[n samples, state]` where targets may be known."""
        self.put(theta)
        return states_of(self.core, self.train)

    def readout(self, states: Array) -> Readout:
        """The best one for these states."""
        solved = self._solve(states)
        return Readout(np.stack([one.weight for one in solved]), np.array([one.bias for one in solved]))

    def loss(self, theta: Array) -> float:
        """Mean squared error over all known targets, and the ridge's penalty."""
        states = self.states(theta)
        if not np.isfinite(states).all():
            return np.inf
        return sum(one.loss for one in self._solve(states)) / self.count

    def linear(self, theta: Array) -> Linear:
        self.put(theta)
        weights = np.stack([one.weight for one in self._solve(self.states(theta))])
        directions = weights if self.outputs <= weights.shape[1] else np.eye(weights.shape[1])
        all_states, derivatives = self.core.sensitivities(
            self.train.x, torch.from_numpy(directions), self.first, self.train.timespans
        )
        solved = self._solve(all_states[:, self.first :].reshape(-1, weights.shape[1]))
        derivatives = derivatives.reshape(len(directions), len(theta), -1)
        gram, slope, reduced = np.zeros((len(theta), len(theta))), np.zeros(len(theta)), []
        for output, one in enumerate(solved):
            J = derivatives[output] if self.outputs <= weights.shape[1] else np.tensordot(one.weight, derivatives, 1)
            J = J if one.rows.all() else J[:, one.rows]
            J -= J.mean(axis=1, keepdims=True)
            slope += J @ one.residual
            known = len(one.states)
            taken = J @ one.basis[:known]
            J -= taken @ one.basis[:known].T
            penalty = taken @ one.basis[known:].T
            gram += J @ J.T + penalty @ penalty.T
            reduced.append((J, taken))

        # r'' = 2 (r(step) - r - J step) / step^2, the readout going along
        def bend(step: Array) -> Array:
            states = self.states(theta + NUDGE * step)
            total = np.zeros_like(slope)
            for one, (J, taken) in zip(solved, reduced, strict=True):
                change = solve_triangular(one.triangle, -(taken.T @ step)) / self.scale
                there = states[one.rows]
                miss = (there - there.mean(axis=0)) @ (one.weight + NUDGE * change)
                miss -= one.states @ one.weight
                total += J @ (2 / NUDGE * (miss / NUDGE - step @ J))
            return total / self.count if np.isfinite(total).all() else np.full_like(total, np.inf)

        return Linear(gram / self.count, slope / self.count, bend)

    def _solve(self, states: Array) -> list[_Solved]:
        """Every output's regression on the rows where it is known; those known on the same rows share a basis."""
        solved: list[_Solved] = []
        targets = self.train.target.reshape(-1, self.outputs)
        for output in range(self.outputs):
            rows, before = self.known[:, output], solved[-1] if solved else None
            if before is None or not np.array_equal(before.rows, rows):
                centre = states[rows].mean(axis=0)
                own = states[rows] - centre
                penalty = np.sqrt(self.ridge * len(own)) * np.eye(len(self.scale))
                basis, triangle = np.linalg.qr(np.concatenate([own / self.scale, penalty]))
            else:
                own, centre, basis, triangle = before[1:5]
            y = targets[rows, output]
            level = y.mean()
            standard = solve_triangular(triangle, basis[: len(own)].T @ (y - level))
            weight = standard / self.scale
            residual = own @ weight - (y - level)
            loss = float(residual @ residual + self.ridge * len(own) * standard @ standard)
            bias = float(level - centre @ weight)
            solved.append(_Solved(rows, own, centre, basis, triangle, weight, bias, residual, loss))
        return solved


@torch.no_grad()
def states_of(core: Core, windows: Windows) -> Array:
    """States of a core with one member at the samples that have targets: `[n samples, state]`."""
    states = core.states(windows.x[None], windows.timespans)[0, :, -windows.target.shape[1] :]
    return states.reshape(-1, states.shape[-1]).numpy()
