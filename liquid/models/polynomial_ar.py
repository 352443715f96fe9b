"""Polynomial AR: ridge regression on the newest values and their products, repeated for longer horizons.

Also called next-generation reservoir computing: D. J. Gauthier, E. Bollt, A. Griffith, W. A. S. Barbosa, Nature
Communications 12, 5564 (2021), with neighbouring lags.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Self

import numpy as np
from numpy.typing import NDArray

from liquid.errors import LiquidError
from liquid.models.baseline import Baseline
from liquid.models.ridge import Ridge
from liquid.series.windows import Floats, Scaler, Split, carried, following, rms

FORMS = ((2, 3), (3, 3), (5, 3), (8, 3), (12, 2))  # lags and degree, each number of lags once
STRENGTHS = tuple(10.0 ** np.arange(-20, -1, 2))  # of the ridge, relative to the largest singular value squared
MOST_POINTS = 20_000  # the newest training points that a regression uses
MOST = 5.0  # standard deviations that a forecast goes beyond what was seen: products of products grow without end


# y[t + 1] = c + sum over products p of up to `degree` of the newest `lags` values of w_p p
@dataclass(frozen=True)
class PolynomialAR(Baseline):
    """`weights[products]`, in the order of `products`; values are counted from `mean` in `scale`, and forecasts stay
    within `low` and `high`."""

    lags: int
    degree: int
    offset: float
    weights: Floats
    mean: float
    scale: float
    low: float
    high: float

    @property
    def memory(self) -> int:
        return self.lags

    @property
    def arrays(self) -> dict[str, Floats]:
        return {
            "weights": self.weights,
            "rest": np.array([self.degree, self.offset, self.mean, self.scale, self.low, self.high]),
        }

    @classmethod
    def of(cls, memory: int, arrays: dict[str, Floats] | None = None) -> Self:
        if arrays is None:
            degree, *rest = next(degree for lags, degree in FORMS if lags == memory), 0.0, 0.0, 1.0, -MOST, MOST
            return cls(memory, degree, rest[0], np.zeros(products(np.zeros((1, memory)), degree).shape[1]), *rest[1:])
        degree, offset, mean, scale, low, high = arrays["rest"].tolist()
        return cls(memory, int(degree), offset, arrays["weights"], mean, scale, low, high)

    @classmethod
    def fit(cls, values: Floats, split: Split, season: int | None = None, truth: Floats | None = None) -> Self:
        """The lags, the degree and the ridge's strength with the smallest one-step error on the validation part;
        weights from the training part."""
        past, ahead = carried(values), following(values, 1)[:, 0] if truth is None else truth
        first, end = split.train.start, split.train.stop - 1  # samples whose next value is in the training part
        seen = past[first:end]
        scaler = Scaler.fit(seen[:, None])
        mean, scale = float(scaler.mean[0]), float(scaler.scale[0])
        x, y = (past - mean) / scale, (ahead - mean) / scale
        low, high = float(np.nanmin(x[first:end])) - MOST, float(np.nanmax(x[first:end])) + MOST
        origins = np.arange(split.validation.start, split.validation.stop) - 1
        best, least = None, np.inf
        for lags, degree in FORMS:
            rows = np.arange(max(first + lags - 1, end - MOST_POINTS), end)
            rows = rows[np.isfinite(y[rows]) & np.isfinite(_newest(x, rows, lags)).all(axis=1)]
            terms = products(_newest(x, rows[:1], lags), degree).shape[1] if len(rows) else 0
            if len(rows) < 2 * terms + 2 or lags > origins[0]:
                continue
            regression = Ridge(products(_newest(x, rows, lags), degree), y[rows])
            held_out = products(_newest(x, origins, lags), degree)
            for strength in STRENGTHS:
                weights, offset = regression.solve(strength * regression.largest**2)
                error = float(rms(np.clip(held_out @ weights + offset, low, high) - y[origins]))
                if error < least:
                    least = error
                    best = cls(lags, degree, float(offset), weights, mean, scale, low, high)
        if best is None:
            raise LiquidError(
                f"Polynomial AR cannot be fitted: {len(seen)} training values are too few for its products. "
                "Choose another model."
            )
        return best

    def predict(self, values: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        first = int(np.argmax(np.isfinite(values)))  # what lies before counts as the first value
        known = _newest((carried(values) - self.mean) / self.scale, origins, self.lags, first)
        steps = []
        for _ in range(horizon):
            value = np.clip(products(known, self.degree) @ self.weights + self.offset, self.low, self.high)
            steps.append(value)
            known = np.column_stack([value, known[:, :-1]])
        return np.asarray(self.mean + self.scale * np.stack(steps, axis=1))


def products(known: Floats, degree: int) -> Floats:
    """All products of up to `degree` of the columns: `[rows, lags] -> [rows, products]`."""
    columns = range(known.shape[1])
    chosen = [which for power in range(1, degree + 1) for which in combinations_with_replacement(columns, power)]
    return np.stack([np.prod(known[:, which], axis=1) for which in chosen], axis=1)


def _newest(values: Floats, origins: NDArray[np.int64], lags: int, first: int = 0) -> Floats:
    """The newest values at each origin, newest first, none before the `first`: `[origins, lags]`."""
    newest: Floats = values[np.maximum(origins[:, None] - np.arange(lags), np.minimum(first, origins)[:, None])]
    return newest
