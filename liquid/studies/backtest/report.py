"""What a backtest found, in words and as tables."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from liquid.learning.band import LEVEL, percent
from liquid.series.series import Series
from liquid.series.windows import Floats
from liquid.studies.backtest.study import Backtest

Table = Mapping[str, ArrayLike]


# (prod_h RMSE_h / RMSE_h(baseline))^(1 / horizon)
def ratios(result: Backtest, baseline: str = "") -> Floats:
    """The model's RMSE over that of a baseline, the best one if none is named, geometric mean over the steps of the
    horizon, `[cutoffs]`; NaN where it makes no error or nothing is known."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.exp(np.mean(np.log(result.rmse / result.baselines[baseline or result.rival]), axis=1))
    return np.where(np.isfinite(ratio), ratio, np.nan)


def answer(result: Backtest) -> str:
    """One sentence: how good the forecast would have been, and how much that differs from cutoff to cutoff."""
    ratio = ratios(result)
    known = ratio[np.isfinite(ratio)]
    how = "trained again at each" if result.retrained else "trained before the first and only run forward"
    start = f"From {len(result.rows)} cutoffs, {how}, {result.model}"
    if not len(known):
        return f"{start} cannot be compared: {result.rival} makes no error, or no value is known."
    better, horizon = int((known < 1).sum()), result.rmse.shape[1]
    overall = float(np.exp(np.mean(np.log(known))))
    return (
        f"{start} makes {overall:.2f} times the error of {rival_words(result)} over {_steps(horizon)}: between "
        f"{known.min():.2f} and {known.max():.2f} from cutoff to cutoff, below 1 at {better} of {len(known)}."
    )


def rival_words(result: Backtest) -> str:
    """The baseline that the model is compared with, as a part of a sentence."""
    count = len(result.baselines)
    return result.rival if count == 1 else f"{result.rival}, the best of {count} baselines there,"


def band_words(result: Backtest) -> str:
    """What the band held, over all cutoffs."""
    known = np.isfinite(result.held).all(axis=1)
    if not known.any():
        return "No value is known that the band could have held."
    held = 100 * np.average(result.held[known], axis=0, weights=result.origins[known])
    return (
        f"The {percent(LEVEL)} band held {held[0]:.0f} % of the values one step ahead and {held.mean():.0f} % over the "
        "horizon."
    )


def _steps(horizon: int) -> str:
    return "one step ahead" if horizon == 1 else f"the {horizon} steps ahead"


def cutoff_table(result: Backtest, series: Series) -> Table:
    """One row per cutoff."""
    return {
        "last known": series.stamp_labels(series.time[result.rows - 1]),
        "forecasts": result.origins,
        "RMSE, one step": result.rmse[:, 0],
        "RMSE, last step": result.rmse[:, -1],
        f"over {result.rival}": ratios(result),
        f"{percent(LEVEL)} band, one step": result.held[:, 0],
        f"{percent(LEVEL)} band, horizon": result.held.mean(axis=1),
    }


def step_table(result: Backtest, series: Series) -> Table:
    """One row per cutoff and step ahead: errors, coverage, and the forecast made at the cutoff itself."""
    cutoffs, horizon = result.rmse.shape
    labels = series.stamp_labels(series.time[result.rows - 1])
    return {
        "last known": np.repeat(np.array(labels, dtype=object), horizon),
        "step": np.tile(np.arange(1, horizon + 1), cutoffs),
        "rmse": result.rmse.ravel(),
        **{f"rmse, {name}": rmse.ravel() for name, rmse in result.baselines.items()},
        "held": result.held.ravel(),
        "forecast": result.mean.ravel(),
        "low": result.low.ravel(),
        "high": result.high.ravel(),
    }
