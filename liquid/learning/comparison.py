"""How sure a comparison of two forecasts is: the ratio of their RMSEs, with an interval that holds its level.

Errors follow each other in time, so n of them tell less than n independent ones would, and those of a horizon overlap.
How often the interval covers is measured in docs/results/intervals.md.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct
from scipy.special import stdtrit as student_quantile

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

FEWEST = 10  # points that both errors are known at, and
FEWEST_EFFECTIVE = 3.0  # independent values, as many as waves are averaged: with fewer there is no interval
MOST_LAGS = 100
MOST_STEPS = 12  # of a horizon, evenly spread, that tell how slow errors are
SAME = 5e-4  # a ratio nearer to 1 than this reads as 0.0 %
TOO_FEW = "the test part holds too few independent errors to tell how sure that is"
ROUNDING = 1e-9  # squared errors that differ by less than this, relative to their means, do not differ


class RmseRatio(NamedTuple):
    """One RMSE over another with the ends of its interval.

    All are NaN where there is nothing to divide by, the ends alone where too few independent values are left to tell.
    """

    value: float
    low: float
    high: float

    @property
    def exists(self) -> bool:
        return math.isfinite(self.value)

    @property
    def has_interval(self) -> bool:
        return not (math.isnan(self.low) or math.isnan(self.high))

    @property
    def is_one(self) -> bool:
        """Whether the interval holds nothing that anybody would call a difference."""
        return self.has_interval and max(abs(self.low - 1), abs(self.high - 1)) < SAME


# log r^2 +- t_nu s,   r^2 = mean e^2 / mean o^2,   s^2 = variance of the mean of z = e^2 / mean e^2 - o^2 / mean o^2
def rmse_ratio(error: Floats, other: Floats, *, level: float = 0.95) -> RmseRatio:
    """RMSE(error) / RMSE(other) on the same points in time, with an interval that allows for dependence between them.

    `error[time]` and `other[time]` are evenly spaced, or `[time, steps]`: forecasts of several steps from each origin,
    of which every step counts the same. Where one is NaN the point is left out and keeps its place. Swapped, the two
    give the reciprocals. All NaN if the other makes no error at all. Sources: the delta method; F. Diebold and R.
    Mariano, J. Bus. Econ. Stat. 13 (1995), for the difference of losses as a series in time; their sum over the steps:
    R. Quaedvlieg, J. Bus. Econ. Stat. 39 (2021).
    """
    error, other = (one.reshape(len(one), -1) for one in (error, other))
    known = np.isfinite(error) & np.isfinite(other)
    if not np.any(other[known]):
        return RmseRatio(math.nan, math.nan, math.nan)
    if not np.any(error[known]):
        return RmseRatio(0.0, 0.0, 0.0)
    first, last = np.flatnonzero(known.any(axis=1))[[0, -1]]
    times, steps = slice(first, last + 1), known.any(axis=0)
    known = known[times, steps]
    (e, rmse), (o, other_rmse) = (_by_rmse(one[times, steps], known) for one in (error, other))
    value = rmse / other_rmse
    difference = np.where(known, e**2 - o**2, 0.0)
    if np.abs(difference).max() <= ROUNDING:
        value = 1.0 if abs(value - 1) <= ROUNDING else value
        return RmseRatio(value, value, value)
    counts = known.sum(axis=0)
    values = int(counts.max())
    effective = min(_slowest(e), _slowest(o))
    if values < FEWEST or effective < FEWEST_EFFECTIVE:
        return RmseRatio(value, math.nan, math.nan)
    z = (difference * (values / (len(counts) * counts))).sum(axis=1)
    deviation, freedom = _deviation_of_mean(z, values, effective)
    half = float(student_quantile(freedom, 0.5 + level / 2)) * deviation / 2
    return RmseRatio(value, value * math.exp(-half), value * math.exp(half))


def evenly(at: NDArray[np.int64], errors: Floats) -> Floats:
    """`errors[time, ...]` at the rows `at`, thinned or with gaps, as `rmse_ratio` wants them: NaN in between."""
    if len(at) < 2:
        return errors
    place = (at - at[0]) // np.gcd.reduce(np.diff(at))
    spaced = np.full((place[-1] + 1, *errors.shape[1:]), math.nan)
    spaced[place] = errors
    return spaced


def _by_rmse(error: Floats, known: Mask) -> tuple[Floats, float]:
    """Errors `[time, steps]` in units of their RMSE, NaN where not known, and that RMSE; their largest comes first, for
    the squares of what is very small would be zero."""
    largest = float(np.abs(error[known]).max())
    scaled = np.where(known, error / largest, math.nan)
    by_step = [np.mean(column[seen] ** 2) for column, seen in zip(scaled.T, known.T, strict=True)]
    rms = math.sqrt(float(np.mean(by_step)))
    return scaled / rms, largest * rms


def _slowest(error: Floats) -> float:
    """The fewest effective values of a step of `error[time, steps]`: those of neighbouring origins share what happened
    in between, the more the further ahead, unless a forecast's own faults last longer. Up to MOST_STEPS are asked."""
    steps = np.unique(np.linspace(0, error.shape[1] - 1, min(MOST_STEPS, error.shape[1])).astype(np.int64))
    return min(effective_values(column) for column in error.T[steps])


# n / (1 + 2 sum_k rho_k^2),   or n (1 - rho_1^2) / (1 + rho_1^2) if that is less
def effective_values(error: Floats) -> float:
    """As many independent errors would tell their mean square as well as these: `error[time]`, NaN where missing.

    The squares of a Gaussian series are correlated by the squares of its correlations (M. Bartlett, J. R. Stat. Soc.
    Suppl. 8, 1946). Up to sqrt(n) lags are summed, a hundred at most; the first alone, freed of its bias (F. Marriott
    and J. Pope, Biometrika 41, 1954), says what lies behind them if the errors are autoregressive.
    """
    known = np.isfinite(error)
    n = int(known.sum())
    if n < FEWEST or np.ptp(error[known]) <= ROUNDING * np.abs(error[known]).max():  # a constant is certain
        return float(n)
    x = np.where(known, error - np.mean(error[known]), 0.0)
    squares, counts = x**2, known.astype(np.float64)

    def correlation(lag: int) -> float:  # over the pairs that are known
        later, earlier = slice(lag, None), slice(None, -lag)
        size = math.sqrt(float(squares[later] @ counts[earlier]) * float(counts[later] @ squares[earlier]))
        return float(x[later] @ x[earlier]) / size if size > 0 else 0.0

    rho = np.array([correlation(lag) for lag in range(1, min(math.isqrt(n), MOST_LAGS) + 1)])
    first = float(np.clip((n * rho[0] + 1) / (n - 3), 0.0, 1.0))
    return n * min(1 / (1 + 2 * float(rho @ rho)), (1 - first**2) / (1 + first**2))


# w_t = z_t - phi z_t-1,   X_j = sqrt(2 / n) sum_t w_t cos(pi j (t - 1/2) / n),
# variance of sum z = n mean_j X_j^2 / (1 - phi)^2,   j = 1 .. nu
def _deviation_of_mean(z: Floats, known: int, effective: float) -> tuple[float, int]:
    """Standard deviation of the mean of `z[time]`, zero where not known, and Student's degrees of freedom nu for it.

    Equal-weighted cosines (E. Lazarus, D. Lewis, J. Stock, M. Watson, J. Bus. Econ. Stat. 36, 2018, with their nu for
    as many values as count) of what an autoregression leaves over (D. Andrews and J. Monahan, Econometrica 60, 1992).
    """
    phi = (known - effective) / (known + effective)  # an AR(1) with that phi has so many effective values
    nu = max(int(FEWEST_EFFECTIVE), int(0.4 * effective ** (2 / 3)))
    waves = dct(z[1:] - phi * z[:-1], norm="ortho")[1 : nu + 1]
    return math.sqrt(len(z) * float(np.mean(waves**2))) / (1 - phi) / known, nu
