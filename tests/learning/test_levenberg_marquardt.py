"""Damped Gauss-Newton on problems whose minimum is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest

from liquid.learning.levenberg_marquardt import Array, LevenbergMarquardt, Linear


@dataclass
class LinearModel:
    """r = M theta - y, theta not below `floor`."""

    matrix: Array
    y: Array
    floor: float = -np.inf

    def loss(self, theta: Array) -> float:
        miss = self.matrix @ theta - self.y
        return float(miss @ miss)

    def linear(self, theta: Array) -> Linear:
        miss = self.matrix @ theta - self.y
        return Linear(self.matrix.T @ self.matrix, self.matrix.T @ miss, np.zeros_like)

    def project(self, theta: Array) -> Array:
        return np.maximum(theta, self.floor)


class Rosenbrock:
    """r = (10 (b - a^2), 1 - a): zero at (1, 1), at the end of a bent valley."""

    def loss(self, theta: Array) -> float:
        r, _ = self.at(theta)
        return float(r @ r)

    def linear(self, theta: Array) -> Linear:
        r, J = self.at(theta)
        return Linear(J.T @ J, J.T @ r, lambda step: J.T @ np.array([-20 * step[0] ** 2, 0]))

    def project(self, theta: Array) -> Array:
        return theta

    @staticmethod
    def at(theta: Array) -> tuple[Array, Array]:
        a, b = theta
        return np.array([10 * (b - a**2), 1 - a]), np.array([[-20 * a, 10], [-1, 0]])


def linear_model(floor: float = -np.inf) -> LinearModel:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(40, 5))
    return LinearModel(matrix, matrix @ np.array([1.0, -2, 3, -4, 5]) + rng.normal(size=40), floor)


def test_a_quadratic_takes_one_step() -> None:
    problem = linear_model()
    walk = LevenbergMarquardt(problem, np.zeros(5), damping=0.0)
    assert walk.advance()
    np.testing.assert_allclose(walk.theta, np.linalg.lstsq(problem.matrix, problem.y)[0], rtol=1e-12)


def test_bounds_that_stop_a_step_leave_the_others_at_their_own_minimum() -> None:
    problem = linear_model(floor=-1.0)
    walk = LevenbergMarquardt(problem, np.zeros(5), damping=0.0)
    assert walk.advance()
    free = [0, 2, 4]
    rest = np.linalg.lstsq(problem.matrix[:, free], problem.y + problem.matrix[:, [1, 3]].sum(axis=1))[0]
    np.testing.assert_allclose(walk.theta[[1, 3]], -1.0)
    np.testing.assert_allclose(walk.theta[free], rest, rtol=1e-12)


def test_a_bent_valley_is_followed_to_its_end() -> None:
    walk = LevenbergMarquardt(Rosenbrock(), np.array([-1.2, 1.0]))
    losses = [walk.loss]
    while walk.advance():
        losses.append(walk.loss)
    np.testing.assert_allclose(walk.theta, 1.0, atol=1e-12)
    assert all(later < earlier for earlier, later in pairwise(losses))


class Straight(Rosenbrock):
    """The same without its bend."""

    def linear(self, theta: Array) -> Linear:
        return replace(super().linear(theta), bend=np.zeros_like)


def test_the_bend_leads_farther_in_as_many_steps() -> None:
    bent, straight = (LevenbergMarquardt(problem, np.array([-1.2, 1.0])) for problem in (Rosenbrock(), Straight()))
    for _ in range(5):
        assert bent.advance()
        assert straight.advance()
    assert bent.loss < 1e-3 * straight.loss


@pytest.mark.parametrize("start", [np.nan, np.inf])
def test_no_step_from_where_there_is_no_value(start: float) -> None:
    assert not LevenbergMarquardt(Rosenbrock(), np.array([start, 1.0])).advance()
