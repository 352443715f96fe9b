"""What the article says about Euler's steps, and about chaos: dt, stability, and the largest Lyapunov exponent."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from liquid.dynamics.diagnostics import jacobian
from liquid.dynamics.solvers import solver_named
from liquid.dynamics.weights import Floats
from liquid.engine import Stop
from liquid.series.generators import SINE_PERIODS
from liquid.studies.claims.measure import Budget, Events, Measured
from liquid.studies.convergence.paths import follow, with_clock
from liquid.studies.convergence.stability import fixed_point, stability_limit
from liquid.studies.convergence.study import ConvergenceConfig, ode_problem
from liquid.studies.progress import StudyProgress
from liquid.studies.verdict import Check, over, ratio

CLOSER = 0.6  # half the step should leave about half of Euler's error; this much still counts
CHAOTIC = 0.002  # per unit of time: well above rounding, below the weakest chaos here (Mackey-Glass, about 0.006)
VectorField = Callable[[Floats], Floats]
Tangent = Callable[[Floats, Floats], Floats]


def dt(budget: Budget, stop: Stop) -> Events:
    """Half the dt with one step per sample, judged by the ODE of that dt; and half the step with the dt as it is."""
    layers, euler = budget.pick(30, 8), solver_named("euler")
    first, solved, halved, away = [], [], [], []
    for index in range(layers):
        if stop():
            return
        yield StudyProgress(index, layers, f"Random layer {index + 1} of {layers}")
        problem = ode_problem(ConvergenceConfig(dt=0.2, samples=100, seed=budget.seed + index))
        truth = problem.solve(second_opinion=False)
        first.append(follow(problem, euler, 1).relative_error(truth))
        solved.append(follow(problem, euler, 2).relative_error(truth))
        faster = with_clock(problem, 2, same_time=False)
        path = follow(faster, euler, 1)
        halved.append(path.relative_error(faster.solve(second_opinion=False)))
        away.append(path.relative_error(truth))
    own, twice, other = ratio(halved, first), ratio(solved, first), ratio(away, first)
    yield Measured(
        (
            Check(
                "Euler's error with half the dt, over that with the whole; each beside its own ODE", own, at_most=CLOSER
            ),
            Check("Error with two steps per sample (unfolds) over that with one", twice, at_most=CLOSER),
        ),
        f"Half the dt leaves {own} of the error; a method of order 1 promises 0.5. Something else to know: with one "
        "step per sample, dt is also the layer's clock. Half of it is another model with another ODE, and beside the "
        f"first one's ODE its path is off by {other} times the first one's error. For accuracy alone, raise the "
        "unfolds.",
    )


def stability(budget: Budget, stop: Stop) -> Events:
    """The longest Euler step from which a small disturbance still dies out, by bisection, against two predictions."""
    layers, euler = budget.pick(30, 8), solver_named("euler")
    frozen, coupled, flips = [], [], []
    for index in range(layers):
        if stop():
            return
        yield StudyProgress(index, layers, f"Random layer {index + 1} of {layers}")
        config = ConvergenceConfig(
            state_size=8, tau_low=0.2, tau_high=2.0, gain=1 + index % 4, seed=budget.seed + index
        )
        equation = ode_problem(config).equation
        fixed = fixed_point(equation, np.zeros(1))
        limit = stability_limit(equation, fixed, euler, index)
        if fixed is None or not np.isfinite(limit.measured):
            continue  # the ODE itself does not settle there: no step could
        frozen.append(limit.measured / limit.frozen)
        coupled.append(limit.measured / limit.jacobian)
        rates = np.linalg.eigvals(jacobian(equation, fixed.inputs, fixed.state)).real
        flips.append(float(1 + 0.75 * limit.frozen * rates.min()))  # h = 1.5 tau_sys
    off = 100 * float(np.max(np.abs(np.array(coupled) - 1)))
    yield Measured(
        (
            Check("Longest stable step over 2 tau_sys of the fastest neuron", over(frozen), 0.9, 1.1),
            Check("Longest stable step over the limit of the step's Jacobian", over(coupled), 0.99, 1.01),
            Check("What a step of 1.5 tau_sys multiplies the fastest direction by", over(flips), at_most=0),
        ),
        "Past tau_sys a step shoots over and the sign flips at every step; past 2 tau_sys each flip is larger than the "
        f"last. The Jacobian of the step predicts the edge to {off:.1g} %.",
    )


def chaotic(budget: Budget, stop: Stop) -> Events:
    """Largest Lyapunov exponents of the generating equations (Benettin), from several starts each."""
    runs = budget.pick(16, 8)
    rng = np.random.default_rng(budget.seed)
    yield StudyProgress(0, 3, "Sum of sines")
    sines = lyapunov(*SINES, rng.normal(size=(runs, 2 * len(SINE_PERIODS))), 0.5, budget.pick(4000, 2000), 100, rng)
    if stop():
        return
    yield StudyProgress(1, 3, "Lorenz")
    start = np.array([1.0, 1.0, 25.0]) + rng.normal(size=(runs, 3))
    lorenz = lyapunov(*LORENZ, start, 0.01, budget.pick(30_000, 10_000), 2000, rng)
    if stop():
        return
    yield StudyProgress(2, 3, "Mackey-Glass")
    mackey = lyapunov_mackey_glass(runs, budget.pick(6000, 3000), rng)
    per_unit = "per unit of time"
    yield Measured(
        (
            Check("Largest Lyapunov exponent of a sum of sines", over(sines), at_least=CHAOTIC, unit=per_unit),
            Check("Lorenz, known to be 0.906", over(lorenz), 0.86, 0.95, per_unit, positive_control=True),
            Check("Mackey-Glass, known to be chaotic", over(mackey), CHAOTIC, unit=per_unit, positive_control=True),
        ),
        "Two sums of sines that start side by side stay side by side: the exponent is zero, but for the damping of the "
        f"Runge-Kutta steps that it is computed with ({np.mean(sines):.1g}), and the signal is quasi-periodic. In "
        f"Lorenz a distance doubles every {np.log(2) / np.mean(lorenz):.2f} units of time.",
    )


# dx/dt = f(x), dv/dt = f'(x) v; exponent = mean growth of log |v| (Benettin et al., Meccanica 15, 1980)
def lyapunov(
    rhs: VectorField, tangent: Tangent, start: Floats, h: float, steps: int, warm_up: int, rng: np.random.Generator
) -> Floats:
    """Largest exponents per unit of time of runs side by side, `start[run, variable] -> [run]`; RK4 with step h."""
    x, v = start, rng.normal(size=start.shape)
    growth = np.zeros(len(start))
    for step in range(warm_up + steps):
        x, v = _rk4(rhs, tangent, x, v, h)
        length = np.linalg.norm(v, axis=1)
        v = v / length[:, None]
        if step >= warm_up:
            growth += np.log(length)
    return growth / (steps * h)


def _rk4(rhs: VectorField, tangent: Tangent, x: Floats, v: Floats, h: float) -> tuple[Floats, Floats]:
    a, p = rhs(x), tangent(x, v)
    b, q = rhs(x + h / 2 * a), tangent(x + h / 2 * a, v + h / 2 * p)
    c, r = rhs(x + h / 2 * b), tangent(x + h / 2 * b, v + h / 2 * q)
    d, s = rhs(x + h * c), tangent(x + h * c, v + h * r)
    return x + h / 6 * (a + 2 * b + 2 * c + d), v + h / 6 * (p + 2 * q + 2 * r + s)


def _turn(x: Floats) -> Floats:
    """Three sines as an ODE: each a point that turns, `[..., (cos, sin) of each]`."""
    speed = 2 * np.pi / np.array(SINE_PERIODS)
    pairs = x.reshape(*x.shape[:-1], -1, 2)
    return np.stack([-speed * pairs[..., 1], speed * pairs[..., 0]], axis=-1).reshape(x.shape)


def _lorenz(state: Floats) -> Floats:
    x, y, z = np.moveaxis(state, -1, 0)
    return np.stack([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z], axis=-1)


def _lorenz_tangent(state: Floats, v: Floats) -> Floats:
    x, y, z = np.moveaxis(state, -1, 0)
    a, b, c = np.moveaxis(v, -1, 0)
    return np.stack([10 * (b - a), a * (28 - z) - x * c - b, a * y + x * b - 8 / 3 * c], axis=-1)


SINES: tuple[VectorField, Tangent] = (_turn, lambda x, v: _turn(v))  # linear: the tangent moves as the state does
LORENZ: tuple[VectorField, Tangent] = (_lorenz, _lorenz_tangent)


# dx/dt = 0.2 d / (1 + d^10) - 0.1 x with d = x(t - 17), and its linearisation beside it
def lyapunov_mackey_glass(runs: int, time: int, rng: np.random.Generator, *, substeps: int = 5) -> Floats:
    """Largest exponents per unit of time, `[run]`; Heun's steps, the tangent's last 17 units of time renormalised."""
    delay, h, warm_up = 17 * substeps, 1 / substeps, 500 * substeps
    steps = warm_up + time * substeps
    x, v = np.empty((delay + 1 + steps, runs)), np.empty((delay + 1 + steps, runs))
    x[: delay + 1], v[: delay + 1] = rng.uniform(0.5, 1.3, runs), rng.normal(size=(delay + 1, runs))
    growth = np.zeros(runs)
    for now in range(delay, delay + steps):
        old, new = x[now - delay : now - delay + 2]
        gains = [0.2 * (1 - 9 * d**10) / (1 + d**10) ** 2 for d in (old, new)]
        makes = [0.2 * d / (1 + d**10) for d in (old, new)]
        x[now + 1] = _heun(x[now], makes[0], makes[1], h)
        v[now + 1] = _heun(v[now], gains[0] * v[now - delay], gains[1] * v[now - delay + 1], h)
        if now % delay == 0:
            past = v[now + 1 - delay : now + 2]
            length = np.linalg.norm(past, axis=0)
            past /= length
            if now - delay >= warm_up:
                growth += np.log(length)
    counted = delay * sum(now % delay == 0 for now in range(delay + warm_up, delay + steps))
    return growth / (counted * h)


def _heun(x: Floats, made: Floats, made_after: Floats, h: float) -> Floats:
    first = made - 0.1 * x
    return x + h / 2 * (first + made_after - 0.1 * (x + h * first))
