"""Intervals and verdicts for paired repetitions: shared by the studies that ask whether something changed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

Floats = NDArray[np.float64]

SHRINKS, GROWS, NO_CHANGE = "shrinks", "grows", "no measurable change"
VERDICTS = (SHRINKS, NO_CHANGE, GROWS)

# A spread below rounding is none: what differs by less than this, relative to the quantity itself, does not differ.
ROUNDING = 1e-12
DRAWS, CHUNK = 10_000, 500  # of studies, for a joint level


@dataclass(frozen=True)
class Interval:
    """A mean with its two-sided confidence interval."""

    mean: float
    low: float
    high: float

    def exp(self) -> Interval:
        """That of a geometric mean, from the interval of its logarithm."""
        return Interval(*(float(np.exp(value)) for value in (self.mean, self.low, self.high)))

    def __format__(self, form: str) -> str:
        """With three digits that count, 0.97 [0.93, 1.01], or in the `form` of a float; a zero never has a sign."""
        mean, low, high = (_number(value, form) for value in (self.mean, self.low, self.high))
        return f"{mean} [{low}, {high}]"


def digits(value: float, count: int = 3) -> str:
    """`count` digits that count, thousands in full: 0.0204, 3.42, 1,233."""
    if not math.isfinite(value):
        return "unknown" if math.isnan(value) else "infinite"
    whole = value == round(value) and abs(value) < 1e6
    return f"{value + 0.0:,.0f}" if whole or abs(value) >= 100 else f"{value:.{count}g}"  # -0 + 0 = 0


def by_uncertainty(value: Interval) -> str:
    """The mean alone, down to the first digit that its interval leaves in doubt, three at most: -1.91, 53."""
    half = (value.high - value.low) / 2
    if not (math.isfinite(half) and half > 0 and math.isfinite(value.mean)):
        return digits(value.mean)
    places = max(0, -math.floor(math.log10(half)))
    return min(_number(value.mean, f",.{places}f"), digits(value.mean), key=len)


def _number(value: float, form: str) -> str:
    if not form:
        return digits(value)
    text = f"{value:{form}}"
    return f"{0.0:{form}}" if float(text.replace(",", "")) == 0 else text


@dataclass(frozen=True)
class Intervals:
    """Means over repetitions with their confidence intervals and two-sided p-values of "no change": `[quantity]`."""

    mean: Floats
    low: Floats
    high: Floats
    p: Floats

    def at(self, index: int) -> Interval:
        return Interval(float(self.mean[index]), float(self.low[index]), float(self.high[index]))


# mean +- t_{n-1} s / sqrt(n)
def intervals(changes: Floats, level: float = 0.95, scale: float = 1.0) -> Intervals:
    """Student's interval for the mean of independent repetitions: `changes[repetition, quantity]`.

    `scale` is the size of the quantity that changed: differences of its rounding error count as zero.
    """
    n = len(changes)
    mean, error = changes.mean(axis=0), changes.std(axis=0, ddof=1) / np.sqrt(n)
    half = student.ppf(0.5 + level / 2, n - 1) * error
    exact = error <= ROUNDING * scale
    statistic = np.divide(np.abs(mean), error, out=np.zeros_like(mean), where=~exact)
    p = np.where(exact, np.where(np.abs(mean) > ROUNDING * scale, 0.0, 1.0), 2 * student.sf(statistic, n - 1))
    return Intervals(mean, mean - half, mean + half, p)


def interval(values: Floats, level: float = 0.95) -> Interval:
    """Student's interval for the mean of independent `values[repetition]`."""
    return intervals(np.asarray(values, dtype=np.float64)[:, None], level).at(0)


# P(all m hold) >= 1 - m (0.05 / m)
def simultaneous(count: int) -> float:
    """The level of each of `count` intervals, so that all of them hold together with 95 % (C. Bonferroni, 1936)."""
    return 1 - 0.05 / max(count, 1)


# P(max over k of |T_k| <= t) = 1 - alpha, T_k Student's of n draws of N(0, R), R estimated;  level = P(|t_{n-1}| <= t)
def joint_level(values: Floats, alpha: float = 0.05, draws: int = DRAWS) -> float:
    """The level of each of Student's intervals over `values[repetition, quantity]`, so that all hold together (max-t).

    So many studies in which nothing differs are drawn, correlated as the values are, by one seed. Quantities that move
    together cost less than by Bonferroni, whose level is the highest there is. (T. Hothorn, F. Bretz, P. Westfall,
    Biometrical J. 50, 2008.)
    """
    n, quantities = values.shape
    rest = values - values.mean(axis=0)
    spread = np.sqrt((rest**2).sum(axis=0))
    moving = spread > ROUNDING * np.maximum(1.0, np.abs(values).max(axis=0))
    if moving.sum() < 2:
        return float(1 - alpha / max(quantities, 1))
    _, strength, directions = np.linalg.svd(rest[:, moving] / spread[moving], full_matrices=False)
    strength = strength[: n - 1]
    factor = strength[:, None] * directions[: n - 1]  # factor.T @ factor = R
    rng, largest = np.random.default_rng(0), []
    for start in range(0, draws, CHUNK):
        study = rng.standard_normal((min(CHUNK, draws - start), n, len(strength))) @ factor
        t = study.mean(axis=1) / study.std(axis=1, ddof=1) * np.sqrt(n)
        largest.append(np.abs(t).max(axis=1))
    quantile = float(np.quantile(np.concatenate(largest), 1 - alpha))
    level = float(1 - 2 * student.sf(quantile, n - 1))
    return float(np.clip(level, 1 - alpha, 1 - alpha / int(moving.sum())))


# Five lines, which a test holds to statsmodels: the import of that takes half a second.
# p_(k) -> max over j <= k of (m - j + 1) p_(j)
def holm(p: Floats) -> Floats:
    """p-values adjusted for looking at all of them (S. Holm, Scand. J. Stat. 6, 1979): none is wrong with 1 - alpha."""
    order = np.argsort(p)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1.0)
    return adjusted


def verdicts(changes: Intervals, alpha: float = 0.05) -> tuple[str, ...]:
    """ "shrinks", "grows" or "no measurable change" for every quantity, Holm-corrected over all of them."""
    clear = holm(changes.p) <= alpha
    return tuple(
        NO_CHANGE if not seen else SHRINKS if mean < 0 else GROWS
        for seen, mean in zip(clear, changes.mean, strict=True)
    )
