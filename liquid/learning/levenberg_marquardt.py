r"""Damped Gauss-Newton steps towards the minimum of a sum of squares, in float64.

With residuals r, J = dr/d\theta, G = J^T J and g = J^T r, a step solves

    (G + \lambda D)\, \delta = -g                D = largest diagonal of G so far: as far as a parameter ever mattered
    (G + \lambda D)\, a      = -J^T r''/2        r'' = second derivative of r along \delta
    \theta <- \theta + \delta + a                unless a is too long beside \delta

and is taken if the loss is smaller for it; \lambda falls after a step and rises after a failure. The second line
follows the bend of a narrow valley, which leads to a residual 10 times as small in the same time. A parameter that its
bound stops stays there, and the others are solved again without it: a step that is merely cut off goes nowhere.

Sources: K. Levenberg 1944; D. Marquardt 1963; J. Moré 1978 (D); M. Transtrum and J. Sethna, "Improvements to the
Levenberg-Marquardt algorithm for nonlinear least-squares minimization", arXiv:1201.5885 (a).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve

Array = NDArray[np.float64]

FALL, RISE = 5.0, 2.0  # of the damping, after a step and after a failure
TRIES = 20  # failures in a row: nothing smaller was found in any direction
LONGEST_BEND = 0.75  # 2 |a| / |delta|, beyond which the bend is not to be trusted
ROUNDS = 4  # of finding out which bounds stop a step
SMALLEST = 1e-14  # part of the largest diagonal that any is taken for


@dataclass(frozen=True)
class Linear:
    """A sum of squares at one place: gram = J^T J and slope = J^T r; `bend(step)` is J^T r'' along a step."""

    gram: Array
    slope: Array
    bend: Callable[[Array], Array]


class Problem(Protocol):
    """What is minimised."""

    def loss(self, theta: Array) -> float:
        """r^T r; NaN or infinite where there is no value."""
        ...

    def linear(self, theta: Array) -> Linear: ...

    def project(self, theta: Array) -> Array:
        """Back to where the parameters are allowed."""
        ...


class LevenbergMarquardt:
    """Goes on from `theta`, a step at each `advance`."""

    def __init__(self, problem: Problem, theta: Array, damping: float = 1e-2) -> None:
        self.problem, self.damping = problem, damping
        self.theta = problem.project(theta)
        self.loss = problem.loss(self.theta)
        self.scale = np.zeros(theta.size)

    def advance(self) -> bool:
        """Whether a step was found that makes the loss smaller."""
        if not np.isfinite(self.loss):
            return False
        here = self.problem.linear(self.theta)
        diagonal = here.gram.diagonal()
        self.scale = np.maximum(self.scale, np.maximum(diagonal, SMALLEST * diagonal.max()))
        for _ in range(TRIES):
            theta = self._proposal(here)
            loss = np.inf if theta is None else self.problem.loss(theta)
            if theta is not None and loss < self.loss:
                self.theta, self.loss = theta, loss
                self.damping /= FALL
                return True
            self.damping = max(self.damping * RISE, SMALLEST)
        return False

    def _proposal(self, here: Linear) -> Array | None:
        """Where a step at the present damping leads; None if it cannot be solved for."""
        matrix = here.gram + np.diag(self.damping * self.scale)
        free, fixed = np.ones(self.theta.size, dtype=bool), np.zeros(self.theta.size)
        for _ in range(ROUNDS):
            solved = free.copy()
            try:
                factor = cho_factor(matrix[np.ix_(solved, solved)])
            except (LinAlgError, ValueError):  # singular, or not finite
                return None
            step = fixed.copy()
            step[solved] = cho_solve(factor, -(here.slope + matrix @ fixed)[solved])
            bounded = self.problem.project(self.theta + step)
            hit = solved & (bounded != self.theta + step)
            if not hit.any() or hit.sum() == solved.sum():
                break
            fixed[hit] = (bounded - self.theta)[hit]
            free &= ~hit
        bend = np.zeros_like(step)
        bend[solved] = -cho_solve(factor, here.bend(step)[solved]) / 2
        if not 4 * bend @ (self.scale * bend) < LONGEST_BEND**2 * (step @ (self.scale * step)):
            bend[:] = 0
        return self.problem.project(self.theta + step + bend)
