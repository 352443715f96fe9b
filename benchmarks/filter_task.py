"""A task with a known best answer: follow a drifting level through noise while both change size.

    level_t = level_(t-1) + q_r N(0, 1)        observed_t = level_t + s_r N(0, 1)        a new regime r every 64 samples

A Kalman filter that knows the regime is 100 %, the best fixed exponential average 0 %. In between stands the best
that a filter can do which has to infer the regime: the exact Bayesian mixture.

Source: R. E. Kalman, "A new approach to linear filtering and prediction problems", J. Basic Eng. 82 (1960).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liquid.errors import LiquidError
from liquid.series.generators import OBSERVATION_NOISE, PROCESS_NOISE
from liquid.studies.statistics import Floats

# (process noise q, observation noise s) of the four regimes
REGIMES: tuple[tuple[float, float], ...] = tuple((q, s) for q in PROCESS_NOISE for s in OBSERVATION_NOISE)
LENGTH = 64  # samples in a regime
SETTLE = 64  # samples at the start of a window that no score counts: every filter settles there
FIXED_RATES = np.linspace(0.05, 0.95, 37)


@dataclass(frozen=True)
class Draws:
    """Runs of the task, all `[batch, time]`; `regime` indexes REGIMES, `q` and `s` are its noises."""

    observed: Floats
    level: Floats
    regime: NDArray[np.int64]

    @property
    def q(self) -> Floats:
        noise: Floats = np.array(REGIMES)[self.regime, 0]
        return noise

    @property
    def s(self) -> Floats:
        noise: Floats = np.array(REGIMES)[self.regime, 1]
        return noise


def draw(rng: np.random.Generator, batch: int, time: int = 256) -> Draws:
    """Runs whose regimes change every 64 samples, at an unknown phase."""
    phase = rng.integers(0, LENGTH, size=(batch, 1))
    count = (np.arange(time) + phase) // LENGTH
    chosen = rng.integers(0, len(REGIMES), size=(batch, time // LENGTH + 2))
    return _draw(rng, np.take_along_axis(chosen, count, axis=1))


def draw_regimes(rng: np.random.Generator, batch: int, regimes: tuple[int, ...], time: int) -> Draws:
    """Runs through the given regimes, each for an equal share of `time`: one regime is a fixed-variance run."""
    if any(not 0 <= regime < len(REGIMES) for regime in regimes) or time < len(regimes):
        raise LiquidError(
            f"regimes={regimes}: expected numbers from 0 to {len(REGIMES) - 1}, each for a sample or more."
        )
    each = np.array(regimes)[np.arange(time) * len(regimes) // time]
    return _draw(rng, np.tile(each, (batch, 1)))


def _draw(rng: np.random.Generator, regime: NDArray[np.int64]) -> Draws:
    q, s = np.moveaxis(np.array(REGIMES)[regime], -1, 0)
    level = np.cumsum(q * rng.normal(size=q.shape), axis=1)
    return Draws(level + s * rng.normal(size=q.shape), level, regime)


@dataclass(frozen=True)
class Filtered:
    """An estimate of the level after each sample, and the weight that its newest sample got: `[batch, time]`."""

    level: Floats
    gain: Floats


# P <- P + q^2    K = P / (P + s^2)    m <- m + K (y - m)    P <- (1 - K) P
def kalman(observed: Floats, q: Floats, s: Floats) -> Filtered:
    """The optimal filter that knows q and s at every sample; the first sample gets all the weight (diffuse prior)."""
    level, gain = np.empty_like(observed), np.ones_like(observed)
    m, P = observed[:, 0], s[:, 0] ** 2
    level[:, 0] = m
    for t in range(1, observed.shape[1]):
        P = P + q[:, t] ** 2
        K = P / (P + s[:, t] ** 2)
        m, P = m + K * (observed[:, t] - m), (1 - K) * P
        level[:, t], gain[:, t] = m, K
    return Filtered(level, gain)


# d m_t / d y_(t-k) = K_(t-k) prod_{j = t-k+1..t} (1 - K_j)
def kalman_response(gain: Floats, at: int, lags: int) -> Floats:
    """How the estimate at sample `at` rests on the samples before it: `gain[batch, time] -> [batch, lags]`."""
    past = gain[:, at - lags + 1 : at + 1][:, ::-1]  # newest first
    remaining = np.cumprod(1 - past, axis=1)
    response: Floats = past * np.concatenate([np.ones_like(remaining[:, :1]), remaining[:, :-1]], axis=1)
    return response


# m <- m + a (y - m)
def fixed_average(observed: Floats, rate: float) -> Floats:
    """Exponential average with one rate for all: `[batch, time]`."""
    level, m = np.empty_like(observed), observed[:, 0]
    for t in range(observed.shape[1]):
        m = m + rate * (observed[:, t] - m)
        level[:, t] = m
    return level


def bayes_filter(observed: Floats, chunk: int = 20) -> Floats:
    """The best estimate without knowing the regime: `[batch, time]`.

    It weighs every phase of the changes together with every pair of the last two regimes, each with a Kalman filter of
    its own; at a change, hypotheses that differ only in an older regime are merged by their first two moments (the
    single approximation: what they disagree on is at least 64 samples old).
    """
    parts = [_bayes(observed[first : first + chunk]) for first in range(0, len(observed), chunk)]
    return np.concatenate(parts)


def _bayes(observed: Floats) -> Floats:
    count, q, s = len(REGIMES), *np.array(REGIMES).T
    shape = (len(observed), LENGTH, count, count)  # run, phase, regime before, regime now
    weight = np.full(shape, 1 / (LENGTH * count**2))
    m = np.broadcast_to(observed[:, :1, None, None], shape).copy()
    P = np.broadcast_to(s**2, shape).copy()
    level = np.empty_like(observed)
    level[:, 0] = observed[:, 0]
    for t in range(1, observed.shape[1]):
        changing = -t % LENGTH  # the phase whose regime ends here
        for array, merged in zip(
            (weight, m, P), _merge(weight[:, changing], m[:, changing], P[:, changing]), strict=True
        ):
            array[:, changing] = merged[:, :, None]  # the regime now becomes the one before; the new one is open
        P += q**2
        variance = P + s**2
        surprise = observed[:, t, None, None, None] - m
        weight = weight * np.exp(-(surprise**2) / (2 * variance)) / np.sqrt(variance)
        weight = np.maximum(weight / weight.sum(axis=(1, 2, 3), keepdims=True), 1e-290)
        m, P = m + P / variance * surprise, P * s**2 / variance
        level[:, t] = (weight * m).sum(axis=(1, 2, 3))
    return level


def _merge(weight: Floats, m: Floats, P: Floats) -> tuple[Floats, Floats, Floats]:
    """Sum over the regime before: `[run, before, now]` -> weight (a quarter each for what follows), mean, variance."""
    total = weight.sum(axis=1)
    share = weight / total[:, None]
    mean = (share * m).sum(axis=1)
    return total / len(REGIMES), mean, (share * (P + (m - mean[:, None]) ** 2)).sum(axis=1)


@dataclass(frozen=True)
class Scoring:
    """Runs to judge on, and the mean squared errors of the filters that fix the scale of adaptivity."""

    draws: Draws
    fixed: float
    fixed_rate: float
    kalman: float
    bayes: float

    @staticmethod
    def of(seed: int = 10_007, runs: int = 400, time: int = 256) -> Scoring:
        """Judged on draws of their own seed: no training sees them. The fixed rate is the best in hindsight."""
        draws = draw(np.random.default_rng(seed), runs, time)
        fixed = [error_of(fixed_average(draws.observed, rate), draws) for rate in FIXED_RATES]
        return Scoring(
            draws,
            min(fixed),
            float(FIXED_RATES[int(np.argmin(fixed))]),
            error_of(kalman(draws.observed, draws.q, draws.s).level, draws),
            error_of(bayes_filter(draws.observed), draws),
        )

    # (E_fixed - E) / (E_fixed - E_kalman)
    def adaptivity(self, error: float) -> float:
        """Share of the gap between the best fixed average (0) and the Kalman filter that knows the regime (1)."""
        return (self.fixed - error) / (self.fixed - self.kalman)

    @property
    def attainable(self) -> float:
        """The adaptivity of the best filter that has to infer the regime."""
        return self.adaptivity(self.bayes)


def error_of(estimate: Floats, draws: Draws) -> float:
    """Mean squared error of the level after the first 64 samples."""
    return float(np.mean((estimate - draws.level)[:, SETTLE:] ** 2))
