"""What any forecast has to beat: the last value, the value a season ago, and a linear regression on the past."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from liquid.series.windows import windows

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
        rows = windows(target[-AR_POINTS:, None], order + 1)[:, :, 0]
        design = np.column_stack([np.ones(len(rows)), rows[:, -2::-1]])
        solution: Floats = np.linalg.lstsq(design, rows[:, -1], rcond=None)[0].astype(np.float64)
        return LinearAR(float(solution[0]), solution[1:])

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


def find_season(train: Floats, longest: int = 400) -> int | None:
    """Samples in a season, from the first clear peak of the detrended autocorrelation; None without one."""
    n = len(train)
    longest = min(longest, n // 3)
    if longest < 2:
        return None
    clock = np.arange(n)
    flat = train - np.polyval(np.polyfit(clock, train, 1), clock)
    size = 1 << (2 * n - 1).bit_length()
    spectrum = np.abs(np.fft.rfft(flat, size)) ** 2
    correlation = np.fft.irfft(spectrum, size)[: longest + 2]
    if correlation[0] <= 0:
        return None
    correlation = correlation / correlation[0]
    inner = correlation[1:-1]
    peaks = np.flatnonzero((inner > correlation[:-2]) & (inner >= correlation[2:]) & (inner > 0.3)) + 1
    peaks = peaks[peaks >= 2]
    return int(peaks[np.argmax(correlation[peaks])]) if len(peaks) else None
