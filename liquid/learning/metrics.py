"""How far a forecast is off, and how sure a comparison is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from liquid.series.windows import rms

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Metrics:
    """RMSE and MAE in the series' unit; NRMSE over the test part's standard deviation; MASE over the training part's
    mean step (Hyndman and Koehler, 2006): below 1 beats the persistence of the training part."""

    rmse: float
    mae: float
    nrmse: float
    mase: float


def measure(truth: Floats, forecast: Floats, train: Floats) -> Metrics:
    """Errors of `forecast[points]` against what is known of `truth[points]`; `train[time]` sets the scale of MASE, by
    the steps from known value to known value."""
    known = np.isfinite(truth)
    truth, forecast, train = truth[known], forecast[known], train[np.isfinite(train)]
    error = forecast - truth
    rmse = float(rms(error))
    mae = float(np.mean(np.abs(error)))
    spread = float(rms(truth - truth.mean()))
    step = float(np.mean(np.abs(np.diff(train))))
    return Metrics(rmse, mae, rmse / spread if spread > 0 else np.inf, mae / step if step > 0 else np.inf)


class RmseRatio(NamedTuple):
    """One RMSE over another with the ends of its interval; NaN where there is nothing to divide by."""

    value: float
    low: float
    high: float

    @property
    def exists(self) -> bool:
        return math.isfinite(self.value)


def rmse_ratio(error: Floats, other: Floats, *, draws: int = 2000, seed: int = 0, level: float = 0.95) -> RmseRatio:
    """RMSE(error) / RMSE(other) on the same points, with a moving-block bootstrap interval.

    Blocks of about n^(1/3) points keep the errors' dependence in time (Kuensch, 1989). Points where an error is NaN
    are left out. NaN if the other makes no error at all.
    """
    known = np.isfinite(error) & np.isfinite(other)
    error, other = error[known], other[known]
    n = len(error)
    largest = float(np.abs(other).max())
    if largest == 0:
        return RmseRatio(np.nan, np.nan, np.nan)
    squared, other_squared = (error / largest) ** 2, (other / largest) ** 2
    block = max(1, round(n ** (1 / 3)))
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, n - block + 1, size=(draws, -(-n // block)))
    # sums over blocks from cumulative sums: no copy of the errors per draw
    sums = [np.concatenate([[0.0], np.cumsum(squares)]) for squares in (squared, other_squared)]
    drawn, other_drawn = (np.sum(s[starts + block] - s[starts], axis=1) for s in sums)
    ratios = np.sqrt(drawn / np.maximum(other_drawn, np.finfo(float).eps))
    low, high = np.quantile(ratios, [(1 - level) / 2, (1 + level) / 2])
    return RmseRatio(float(np.sqrt(squared.sum() / other_squared.sum())), float(low), float(high))


def conformal_quantiles(residuals: Floats, level: float = 0.9) -> Floats:
    """Half widths of a band that covers `level`, per step of the horizon: `[points, horizon] -> [horizon]`.

    Split conformal: the ceil((n + 1) level)-th smallest of n held-out absolute residuals (Vovk et al., 2005); with too
    few of them, the largest. NaN residuals (points past the end) are left out.
    """
    widths = np.empty(residuals.shape[1])
    for step, column in enumerate(np.abs(residuals).T):
        known = np.sort(column[np.isfinite(column)])
        rank = min(int(np.ceil((len(known) + 1) * level)), len(known))
        widths[step] = known[rank - 1] if len(known) else np.inf
    return widths
