"""From a series to what a model trains on: a chronological split, a scaling, windows. Nothing here sees the future."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from liquid.errors import LiquidError

Floats = NDArray[np.float64]

FEWEST_POINTS = 40  # below this a part of the split has too few points to be measured on
ROUNDING = 1e-14  # spread over size from which a column of floats counts as constant


@dataclass(frozen=True)
class Split:
    """Chronological parts as index ranges: train [0, a), validation [a, b), calibration [b, c), test [c, n).

    Weights are learned on train, the best step is chosen on validation, the band's width is measured on calibration,
    and test is looked at once, at the end.
    """

    train: range
    validation: range
    calibration: range
    test: range

    @staticmethod
    def of(
        length: int, validation: float = 0.12, calibration: float = 0.13, test: float = 0.2, start: int = 0
    ) -> Split:
        """Split `length` points from `start` on; the fractions are of all these, the rest is train.

        LiquidError below 40 points.
        """
        if length < FEWEST_POINTS:
            raise LiquidError(
                f"The series has {length} values; a forecast that can be checked needs at least {FEWEST_POINTS}. "
                "Upload a longer series, or one sampled more often."
            )
        end = start + length
        c = end - max(round(length * test), 5)
        b = c - max(round(length * calibration), 5)
        a = b - max(round(length * validation), 5)
        return Split(range(start, a), range(a, b), range(b, c), range(c, end))


@dataclass(frozen=True)
class Scaler:
    """Centre and scale of every column, `[columns]`, measured on the training part alone."""

    mean: Floats
    scale: Floats

    @staticmethod
    def fit(train: Floats) -> Scaler:
        """Mean and standard deviation of what is known of `train[time, columns]`; a constant column keeps scale 1."""
        return Scaler(np.nanmean(train, axis=0), np.where(varies(train), _spread(train), 1.0))

    def apply(self, values: Floats) -> Floats:
        return (values - self.mean) / self.scale


def varies(values: Floats) -> NDArray[np.bool_]:
    """Whether each column of `values[time, columns]` does more than round: `[columns]`."""
    return np.asarray(_spread(values) > ROUNDING * np.abs(np.nanmean(values, axis=0)))


def rms(values: Floats) -> Floats:
    """Root mean square of what is known of each column of `values[time, ...]`: `[...]`."""
    exponent = _exponent(values)
    return np.asarray(np.ldexp(np.sqrt(np.nanmean(np.ldexp(values, -exponent) ** 2, axis=0)), exponent))


def _spread(values: Floats) -> Floats:
    """Standard deviation of each column, `[columns]`."""
    exponent = _exponent(values)
    return np.asarray(np.ldexp(np.nanstd(np.ldexp(values, -exponent), axis=0), exponent))


def _exponent(values: Floats) -> NDArray[np.int32]:
    """The power of two of each column's largest value: squares of 1e-200 would vanish, those of 1e200 overflow."""
    return np.asarray(np.frexp(np.nanmax(np.abs(values), axis=0))[1])


def windows(values: Floats, length: int) -> Floats:
    """Every run of `length` samples, as a view: `[time, columns] -> [time - length + 1, length, columns]`."""
    return np.moveaxis(sliding_window_view(values, length, axis=0), -1, 1)


# y[t + h]
def following(values: Floats, horizon: int) -> Floats:
    """The next `horizon` values after each: `[time] -> [time, horizon]`, NaN past the end."""
    padded = np.concatenate([values, np.full(horizon, np.nan)])
    return sliding_window_view(padded[1:], horizon)[: len(values)]


def carried(values: Floats) -> Floats:
    """What was known by then: each missing value of `values[time, ...]` is the newest known one before it.

    What comes before the first known value stays missing.
    """
    if np.isfinite(values).all():
        return values
    return np.asarray(np.take_along_axis(values, np.maximum(_newest_known(values), 0), axis=0))


def age(values: Floats) -> Floats:
    """Samples since the newest known value, 0 where `values[time, ...]` is known; before the first, since the start."""
    row = np.arange(len(values)).reshape(-1, *(1,) * (values.ndim - 1))
    return np.asarray(row - _newest_known(values), dtype=np.float64)


def _newest_known(values: Floats) -> NDArray[np.int64]:
    """The row of the newest known value at or before each, -1 before the first: `[time, ...]`."""
    row = np.arange(len(values)).reshape(-1, *(1,) * (values.ndim - 1))
    return np.asarray(np.maximum.accumulate(np.where(np.isfinite(values), row, -1), axis=0))


def longest_complete(values: Floats) -> slice:
    """The rows of the longest stretch of `values[time, columns]` without a missing value; the newest of equal ones."""
    missing = np.flatnonzero(~np.isfinite(values).all(axis=1))
    edges = np.concatenate([[-1], missing, [len(values)]])
    lengths = np.diff(edges) - 1
    longest = len(lengths) - 1 - int(np.argmax(lengths[::-1]))
    return slice(int(edges[longest]) + 1, int(edges[longest + 1]))
