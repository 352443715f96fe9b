"""Linear AR: least squares on the newest values, repeated for longer horizons; a missing one is the last known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from liquid.models.baseline import Baseline
from liquid.models.ridge import Ridge
from liquid.series.windows import Floats, Scaler, Split, carried, rms, windows

ORDERS = (1, 2, 3, 5, 8, 13, 21, 34, 55)
MOST_POINTS = 50_000  # the newest training points that a regression uses; more change nothing but the wait


@dataclass(frozen=True)
class LinearAR(Baseline):
    """y[t + 1] = c + sum_k w_k y[t - k]; `weights[order]`, newest value first."""

    intercept: float
    weights: Floats

    @property
    def order(self) -> int:
        return len(self.weights)

    @property
    def memory(self) -> int:
        return self.order

    @property
    def arrays(self) -> dict[str, Floats]:
        return {"intercept": np.array([self.intercept]), "weights": self.weights}

    @classmethod
    def of(cls, memory: int, arrays: dict[str, Floats] | None = None) -> Self:
        if arrays is None:
            return cls(0.0, np.zeros(memory))
        return cls(float(arrays["intercept"][0]), arrays["weights"])

    def in_units_of(self, unit: float) -> Self:
        """The same of a series that is divided by `unit`."""
        return replace(self, intercept=self.intercept / unit)

    @classmethod
    def fit(cls, values: Floats, split: Split, season: int | None = None, truth: Floats | None = None) -> Self:
        """The order with the smallest one-step error on the validation part; weights from the training part.

        With a truth of its own, every order is fitted on the same rows.
        """
        first = None if truth is None else max(ORDERS)
        return cls.choose(values, split.train, split.validation, truth, first)

    @classmethod
    def of_order(cls, values: Floats, order: int, truth: Floats | None = None, first: int | None = None) -> Self:
        """Least squares of what follows each of `values[time]`, on rows from sample `first` on."""
        past, ahead = _pairs(values, truth)
        first = order - 1 if first is None else first
        newest = slice(max(0, first - order + 1, len(past) - MOST_POINTS), None)
        return cls.of_lags(past[newest], ahead[newest], np.arange(order))

    @classmethod
    def of_lags(cls, past: Floats, ahead: Floats, lags: NDArray[np.int64]) -> Self:
        """Least squares of `ahead[time]` on `past[time - lags]`, `lags` ascending; the weights between them are 0."""
        scaler = Scaler.fit(past[:, None])  # a large level would drown the intercept in rounding
        x, y = (scaler.apply(one[:, None]) for one in (past, ahead))
        size = int(lags[-1]) + 1
        read, following = windows(x, size)[:, ::-1, 0][:, lags], y[size - 1 :, 0]
        known = np.isfinite(following) & np.isfinite(read).all(axis=1)
        solved, offset = Ridge(read[known], following[known]).solve(0.0)
        intercept = scaler.scale[0] * offset + scaler.mean[0] * (1 - solved.sum())
        weights = np.zeros(size)
        weights[lags] = solved
        return cls(float(intercept), weights)

    @classmethod
    def choose(
        cls,
        values: Floats,
        train: range,
        validation: range,
        truth: Floats | None = None,
        first: int | None = None,
    ) -> Self:
        """The order that does best on `validation`, of those that `train` is long enough for."""
        past, ahead = _pairs(values, truth)
        end = train.stop - 1  # of the samples whose next value is in the training part
        known = int(np.isfinite(values[train.start : train.stop]).sum())
        fits = [
            cls.of_order(past[:end], order, ahead[:end], first)
            for order in ORDERS
            if 3 * order + 2 <= known and order < validation.start
        ]
        origins = np.arange(validation.start, validation.stop) - 1
        errors = [rms(one.predict(past, origins, 1)[:, 0] - ahead[origins]) for one in fits]
        return fits[int(np.argmin(errors))]

    def predict(self, values: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        first = int(np.argmax(np.isfinite(values)))  # what lies before counts as the first value
        known = carried(values)[
            np.maximum(origins[:, None] - np.arange(self.order), np.minimum(first, origins)[:, None])
        ]
        steps = []
        for _ in range(horizon):
            value = self.intercept + known @ self.weights
            steps.append(value)
            known = np.column_stack([value, known[:, :-1]])
        return np.stack(steps, axis=1)


def _pairs(values: Floats, truth: Floats | None) -> tuple[Floats, Floats]:
    """What is known at each sample, and what follows it."""
    past = carried(values)
    return (past[:-1], values[1:]) if truth is None else (past, truth)
