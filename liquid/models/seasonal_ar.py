"""Seasonal AR: least squares on the newest values and on those a season ago, repeated for longer horizons."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray

from liquid.errors import LiquidError
from liquid.models.linear_ar import MOST_POINTS, LinearAR
from liquid.series.windows import Floats, Split, carried, rms

ORDERS = (1, 2, 3, 5, 8, 13, 21)
MOST_LAGS = 500


class SeasonalAR(LinearAR):
    """y[t + 1] = c + sum_k w_k y[t - k] + sum_k v_k y[t + 1 - m - k]; `weights` has both, and zeros between them."""

    @classmethod
    def fit(cls, values: Floats, split: Split, season: int | None = None, truth: Floats | None = None) -> Self:
        """The order with the smallest one-step error on the validation part; weights from the training part."""
        if season is None:
            raise LiquidError(
                "No season was found in the training part, which Seasonal AR needs: choose another model."
            )
        past, ahead = carried(values)[:-1], values[1:] if truth is None else truth[:-1]
        end = split.train.stop - 1
        start = max(split.train.start, end - MOST_POINTS)
        known = int(np.isfinite(values[split.train.start : split.train.stop]).sum())
        fits = [
            cls.of_lags(past[start:end], ahead[start:end], _lags(order, season))
            for order in ORDERS
            if order < season and season + order < MOST_LAGS and season + 7 * order + 2 <= known
        ]
        if not fits:
            raise LiquidError(
                f"Seasonal AR cannot be fitted: a season of {season} samples is too long, for {known} training values "
                f"or for the {MOST_LAGS} that it reads."
            )
        origins = np.arange(split.validation.start, split.validation.stop) - 1
        errors = [float(rms(one.predict(values, origins, 1)[:, 0] - ahead[origins])) for one in fits]
        return fits[int(np.argmin(errors))]


def _lags(order: int, season: int) -> NDArray[np.int64]:
    """The newest values, and those around a season before what is forecast."""
    return np.union1d(np.arange(order), season - 1 + np.arange(order + 1))
