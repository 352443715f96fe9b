"""What any forecast has to beat: the last value, the value a season ago, and a linear regression on the past."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from liquid.series.season import find_season
from liquid.series.series import Series
from liquid.series.windows import Scaler, windows

Floats = NDArray[np.float64]

AR_ORDERS = (1, 2, 3, 5, 8, 13, 21, 34, 55)
AR_POINTS = 50_000  # the newest training points that a regression uses; more change nothing but the wait


class Baseline(Protocol):
    @property
    def name(self) -> str: ...

    def predict(self, target: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        """Forecasts of the `horizon` values after each origin: `-> [origins, horizon]`; reads no later value."""
        ...


@dataclass(frozen=True)
class Persistence:
    name: str = "Persistence"

    # y[t + h] = y[t]
    def predict(self, target: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        return np.repeat(target[origins][:, None], horizon, axis=1)


@dataclass(frozen=True)
class SeasonalNaive:
    season: int
    name: str = "Seasonal naive"

    # y[t + h] = y[t + h - k season], the newest value of the same phase that is known at t
    def predict(self, target: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        ahead = np.arange(1, horizon + 1)
        back = ahead - self.season * -(-ahead // self.season)
        return target[np.maximum(origins[:, None] + back, 0)]


@dataclass(frozen=True)
class LinearAR:
    """y[t + 1] = c + sum_k w_k y[t - k], repeated for longer horizons."""

    intercept: float
    weights: Floats  # newest value first
    name: str = "Linear AR"

    @property
    def order(self) -> int:
        return len(self.weights)

    @staticmethod
    def fit(target: Floats, order: int) -> LinearAR:
        """Least squares on `target[time]`."""
        newest = target[-AR_POINTS:, None]
        scaler = Scaler.fit(newest)  # a large level would drown the intercept in rounding
        rows = windows(scaler.apply(newest), order + 1)[:, :, 0]
        design = np.column_stack([np.ones(len(rows)), rows[:, -2::-1]])
        offset, *weights = np.linalg.lstsq(design, rows[:, -1], rcond=None)[0]
        intercept = scaler.scale[0] * offset + scaler.mean[0] * (1 - sum(weights))
        return LinearAR(float(intercept), np.array(weights))

    @staticmethod
    def choose(target: Floats, train: range, validation: range) -> LinearAR:
        """The order with the smallest one-step error on the validation part; weights from the training part."""
        fits = [
            LinearAR.fit(target[: train.stop], order)
            for order in AR_ORDERS
            if 3 * order + 2 <= len(train) and order < validation.start
        ]
        origins = np.arange(validation.start, validation.stop) - 1
        truth = target[validation.start : validation.stop]
        errors = [np.mean((fit.predict(target, origins, 1)[:, 0] - truth) ** 2) for fit in fits]
        return fits[int(np.argmin(errors))]

    def predict(self, target: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        past = target[np.maximum(origins[:, None] - np.arange(self.order), 0)]
        steps = []
        for _ in range(horizon):
            value = self.intercept + past @ self.weights
            steps.append(value)
            past = np.column_stack([value, past[:, :-1]])
        return np.stack(steps, axis=1)


def season_of(series: Series, target: str, end: int) -> int | None:
    """Samples in a season: what is known of the series, else what its first `end` values show; None without one."""
    if series.season is not None and target == series.names[0]:
        return series.season
    past = replace(series, time=series.time[:end], values=series.values[:end], season=None)
    return find_season(past, series.names.index(target))
