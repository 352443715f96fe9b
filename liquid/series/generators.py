"""Series made from equations, so that the truth is known: same arguments and seed, same numbers.

Every generator takes `noise`, a fraction of the first column's standard deviation. Above 0 it puts a column
"observed" first, the first column plus Gaussian noise, and keeps the clean columns behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate

import numpy as np
from scipy.integrate import solve_ivp

from liquid.errors import LiquidError
from liquid.series.series import Floats, Series

SINE_PERIODS = (50.0, 22.36, 11.27)  # samples; no ratio is a small whole number, so the sum does not repeat soon
SINE_SIZES = (1.0, 0.5, 0.3)
PROCESS_NOISE = (0.02, 0.2)
OBSERVATION_NOISE = (0.05, 0.5)


# x_t = sum_k a_k sin(2 pi t / p_k + phase_k)
def sum_of_sines(length: int = 1000, noise: float = 0.1, seed: int = 0) -> Series:
    """Three sines of periods 50, 22.36 and 11.27 samples, sizes 1, 0.5 and 0.3, phases drawn from the seed."""
    _check(length, noise)
    phases = np.random.default_rng(seed).uniform(0, 2 * np.pi, len(SINE_PERIODS))
    t = np.arange(length)[:, None]
    clean = np.sin(2 * np.pi * t / np.array(SINE_PERIODS) + phases) @ np.array(SINE_SIZES)
    how = f"sum_of_sines(length={length}, noise={noise}, seed={seed})"
    return _series({"sines": clean}, "Sum of three sines", how=how, noise=noise, seed=seed, season=50)


# x_i = sum_k a_k sin(2 pi t_i / p_k + phase_k),   t_i = t_{i-1} + 0.1 + 0.9 e_i,  e_i exponential
def uneven_sines(length: int = 1000, noise: float = 0.1, seed: int = 0) -> Series:
    """The same three sines, seen at times between which 0.1 to many units pass, 1 on average."""
    _check(length, noise)
    rng = np.random.default_rng(seed)
    phases = rng.uniform(0, 2 * np.pi, len(SINE_PERIODS))
    time = np.cumsum(0.1 + 0.9 * rng.exponential(size=length))
    clean = np.sin(2 * np.pi * time[:, None] / np.array(SINE_PERIODS) + phases) @ np.array(SINE_SIZES)
    how = f"uneven_sines(length={length}, noise={noise}, seed={seed})"
    made = _series({"sines": clean}, "Sines at uneven times", how=how, noise=noise, seed=seed)
    return replace(made, time=time, time_name="time", time_kind="number")


# dx/dt = s (y - x)    dy/dt = x (r - z) - y    dz/dt = x y - b z
def lorenz(
    length: int = 2000, noise: float = 0.0, seed: int = 0, *, step: float = 0.05, warm_up: float = 20.0
) -> Series:
    """The Lorenz system (s = 10, r = 28, b = 8/3), sampled every `step` after `warm_up` units of time; x, y, z.

    Source: E. N. Lorenz, "Deterministic nonperiodic flow", J. Atmos. Sci. 20 (1963), equations 25 to 27.
    """

    def derivative(_: float, state: Floats) -> Floats:
        x, y, z = state
        return np.array([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z])

    _check(length, noise)
    start = np.array([1.0, 1.0, 25.0]) + np.random.default_rng(seed).normal(size=3)
    path = _orbit(derivative, start, length, step=step, warm_up=warm_up)
    how = f"lorenz(length={length}, noise={noise}, seed={seed}, step={step})"
    return _series(dict(zip("xyz", path, strict=True)), "Lorenz system", how=how, noise=noise, seed=seed, step=step)


# dx/dt = -y - z    dy/dt = x + a y    dz/dt = b + z (x - c)
def rossler(
    length: int = 2000, noise: float = 0.0, seed: int = 0, *, step: float = 0.25, warm_up: float = 200.0
) -> Series:
    """The Rössler system (a = b = 0.2, c = 5.7), sampled every `step` after `warm_up` units of time; x, y, z.

    Source: O. E. Rössler, "An equation for continuous chaos", Phys. Lett. A 57 (1976), equation 2.
    """

    def derivative(_: float, state: Floats) -> Floats:
        x, y, z = state
        return np.array([-y - z, x + 0.2 * y, 0.2 + z * (x - 5.7)])

    _check(length, noise)
    start = np.array([1.0, 1.0, 0.0]) + 0.5 * np.random.default_rng(seed).normal(size=3)
    path = _orbit(derivative, start, length, step=step, warm_up=warm_up)
    how = f"rossler(length={length}, noise={noise}, seed={seed}, step={step})"
    return _series(dict(zip("xyz", path, strict=True)), "Rössler system", how=how, noise=noise, seed=seed, step=step)


# dx/dt = 0.2 x(t - tau) / (1 + x(t - tau)^10) - 0.1 x(t)
def mackey_glass(
    length: int = 2000, noise: float = 0.0, seed: int = 0, *, tau: int = 17, substeps: int = 10, warm_up: int = 500
) -> Series:
    """The Mackey-Glass delay equation, one sample per unit of time, after `warm_up` units.

    The history before 0 is a constant drawn from the seed. Classic Runge-Kutta with `substeps` steps per unit of time;
    the delayed value at half steps comes from a cubic through four stored neighbours.
    Source: M. C. Mackey, L. Glass, "Oscillation and chaos in physiological control systems", Science 197 (1977).
    """
    _check(length, noise)
    if tau < 1 or substeps < 4:
        raise LiquidError(
            f"tau={tau}, substeps={substeps}: the delay is 1 or more, with 4 or more steps per unit of time."
        )
    delay, h = tau * substeps, 1 / substeps
    steps = (warm_up + length - 1) * substeps
    x = np.empty(delay + 1 + steps)
    x[: delay + 1] = np.random.default_rng(seed).uniform(0.5, 1.3)

    def production(past: float) -> float:
        return float(0.2 * past / (1 + past**10))

    for now in range(delay, delay + steps):
        then = now - delay
        half = _halfway(x, then, delay)
        first, middle, last = production(x[then]), production(half), production(x[then + 1])
        k1 = first - 0.1 * x[now]
        k2 = middle - 0.1 * (x[now] + h / 2 * k1)
        k3 = middle - 0.1 * (x[now] + h / 2 * k2)
        k4 = last - 0.1 * (x[now] + h * k3)
        x[now + 1] = x[now] + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    clean = x[delay + warm_up * substeps :: substeps]
    how = f"mackey_glass(length={length}, noise={noise}, seed={seed}, tau={tau})"
    return _series({"x": clean}, "Mackey-Glass equation", how=how, noise=noise, seed=seed, step=1.0)


def _halfway(x: Floats, at: int, start: int) -> float:
    """x half a step after sample `at`, from the cubic through four samples, none across the kink at `start`."""
    if at < start:
        return float(x[start])  # the history is constant
    if at == start:
        return float(x[at : at + 4] @ (5 / 16, 15 / 16, -5 / 16, 1 / 16))
    return float(x[at - 1 : at + 3] @ (-1 / 16, 9 / 16, 9 / 16, -1 / 16))


# level_t = keep level_(t-1) + q_r N(0, 1)    observed_t = level_t + s_r N(0, 1)    every `regime` samples a new r
def switching_walk(length: int = 2048, seed: int = 0, regime: int = 64, keep: float = 1.0) -> Series:
    """A random walk seen through noise; both change size together every `regime` samples; observed, level.

    A regime draws its process noise from 0.02 and 0.2 and its observation noise from 0.05 and 0.5. With `keep` below 1
    the level drifts back to 0 by this factor at every sample.
    """
    _check(length, 0.0)
    if regime < 1 or not 0 <= keep <= 1:
        raise LiquidError(f"regime={regime}, keep={keep}: a regime lasts 1 or more samples, and keep is from 0 to 1.")
    rng = np.random.default_rng(seed)
    regimes = -(-length // regime)
    process = np.repeat(rng.choice(PROCESS_NOISE, regimes), regime)[:length]
    observation = np.repeat(rng.choice(OBSERVATION_NOISE, regimes), regime)[:length]
    steps = process * rng.normal(size=length)
    level = np.array([*accumulate(steps, lambda before, step: keep * before + step)])
    observed = level + observation * rng.normal(size=length)
    back = "" if keep == 1 else f", keep={keep}"
    how = f"switching_walk(length={length}, seed={seed}, regime={regime}{back})"
    return _series(
        {"observed": observed, "level": level}, "Random walk with switching noise", how=how, noise=0.0, seed=seed
    )


def _orbit(
    derivative: Callable[[float, Floats], Floats], start: Floats, length: int, *, step: float, warm_up: float
) -> Floats:
    """The solution at `length` times, `[variable, time]`, to a relative tolerance of 1e-10 (Dormand-Prince 8(5,3))."""
    if not step > 0 or not warm_up >= 0:
        raise LiquidError(f"step={step}, warm_up={warm_up}: the step is above 0 and the warm-up not below 0.")
    at = warm_up + step * np.arange(length)
    solution = solve_ivp(derivative, (0.0, float(at[-1])), start, method="DOP853", t_eval=at, rtol=1e-10, atol=1e-10)
    return np.asarray(solution.y, dtype=np.float64)


def _series(
    clean: dict[str, Floats],
    title: str,
    *,
    how: str,
    noise: float,
    seed: int,
    step: float | None = None,
    season: int | None = None,
) -> Series:
    columns = dict(clean)
    if noise > 0:
        first = next(iter(clean.values()))
        rng = np.random.default_rng([seed, 1])  # a stream of its own: the clean columns do not depend on the noise
        columns = {"observed": first + noise * first.std() * rng.normal(size=len(first)), **clean}
    values = np.column_stack(list(columns.values()))
    length = len(values)
    return Series(
        time=np.arange(length, dtype=np.float64) * (step or 1.0),
        values=values,
        names=tuple(columns),
        title=title,
        time_name="sample" if step is None else "time",
        time_kind="index" if step is None else "number",
        source=f"Generated: {how}",
        season=season if season is not None and season < length else None,
    )


def _check(length: int, noise: float) -> None:
    if length < 2:
        raise LiquidError(f"length={length}: ask for 2 or more samples.")
    if not noise >= 0:
        raise LiquidError(f"noise={noise}: noise is a fraction of the standard deviation, 0 or more.")
