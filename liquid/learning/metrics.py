"""How far a forecast is off, and how wide its band is."""

from __future__ import annotations

from dataclasses import dataclass

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


# width + 2 / (1 - level) how far outside
def winkler(low: Floats, high: Floats, truth: Floats, level: float) -> Floats:
    """How good a band of this level is, point by point: narrow, and seldom and little missed. NaN where `truth` is.

    Its mean is smallest for the true quantiles. Source: Winkler, JASA 67, 1972; Gneiting and Raftery, 2007, eq. 43.
    """
    outside = np.maximum(low - truth, 0) + np.maximum(truth - high, 0)
    return np.asarray(high - low + 2 / (1 - level) * outside)
