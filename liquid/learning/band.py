"""The band around a forecast: split conformal on the calibration part, then wider after each miss, narrower after each
value it held."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liquid.errors import LiquidError
from liquid.learning.metrics import conformal_quantiles
from liquid.series.windows import Floats

LEVELS = (0.5, 0.8, 0.9, 0.95)
LEVEL = 0.9  # what is shown unless another is asked for
RATE = 0.3  # chosen on the built-ins' calibration parts


@dataclass(frozen=True)
class Band:
    """How far the values to come may lie from their forecast, `half_width[levels, horizon]` in the series' units.

    `floor` is below every value: 0 for a series that has not been negative so far, else -inf.
    """

    levels: tuple[float, ...]
    half_width: Floats
    floor: float = -np.inf

    def width(self, level: float = LEVEL) -> Floats:
        """Half widths at one level, `[horizon]`. LiquidError if the band has not got it."""
        if level not in self.levels:
            has = ", ".join(percent(one) for one in self.levels)
            raise LiquidError(f"The band has no level of {percent(level)}: it has {has}. Train again for the others.")
        return np.asarray(self.half_width[self.levels.index(level)])

    def around(self, mean: Floats, level: float = LEVEL) -> tuple[Floats, Floats]:
        """Lower and upper end around `mean[..., horizon]`."""
        return ends(mean, self.width(level), self.floor)


def ends(mean: Floats, width: Floats, floor: Floats | float) -> tuple[Floats, Floats]:
    """Lower and upper end of a band around `mean`, neither below `floor`."""
    return np.maximum(mean - width, floor), np.maximum(mean + width, floor)


def holds(error: Floats, width: Floats, truth: Floats, floor: Floats) -> NDArray[np.bool_]:
    """Whether a band holds `truth`, which its middle misses by `error`; one that is not known (NaN) it does not."""
    return np.asarray((np.abs(error) <= width) & (truth >= floor))


def percent(level: float) -> str:
    return f"{100 * level:.0f} %"


def calibrated(residuals: Floats) -> Floats:
    """Half widths that hold each level on held-out residuals: `[points, horizon] -> [levels, horizon]`."""
    return np.stack([conformal_quantiles(residuals, level) for level in LEVELS])


def floors(observed: Floats, origins: NDArray[np.int64]) -> Floats:
    """Below every value, as far as is known at each origin, `[origins]`: 0 until a value of `observed[time]` was
    negative."""
    lowest = np.fmin.accumulate(observed)[origins]
    return np.where(lowest < 0, -np.inf, 0.0)


# log w_h <- log w_h + (RATE / sqrt(h)) (missed - (1 - level))
def follow(origins: NDArray[np.int64], errors: Floats, start: Floats) -> tuple[Floats, Floats]:
    """Half widths as known at each origin, `[levels, origins, horizon]`, and those after the last value,
    `[levels, horizon]`, from `start[levels, horizon]` on.

    `errors[origins, horizon]` are forecast minus truth, NaN where the truth is missing: it changes nothing. The error
    of step h becomes known h samples after its origin, and tells whether the band missed that was given out there. The
    share of misses goes to 1 - level whatever the errors do, as long as widths stay bounded; a step further ahead is
    told later, and by errors that follow each other, so it learns more slowly.
    Source: adaptive conformal inference (Gibbs and Candes, 2021), with the logarithm of the width in the place of the
    level, as in quantile tracking (Angelopoulos, Candes and Tibshirani, Conformal PID Control, 2023, section 2.1).
    """
    count, horizon = errors.shape
    steps = np.arange(1, horizon + 1)
    rate = RATE / np.sqrt(steps)
    allowed = 1 - np.array(LEVELS)[:, None]
    size = np.abs(errors)
    width = start.copy()
    given = np.empty((len(start), count, horizon))
    told = np.zeros(horizon, dtype=np.int64)  # of each step, how many origins' errors are known

    def learn(now: float) -> None:
        while True:
            waiting = np.minimum(told, count - 1)
            new = np.flatnonzero((told < count) & (origins[waiting] + steps <= now))
            if not len(new):
                return
            row = told[new]
            told[new] += 1
            error = size[row, new]
            known = np.isfinite(error)
            new, row, error = new[known], row[known], error[known]
            missed = error > given[:, row, new]
            wider = width[:, new] * np.exp(rate[new] * (missed - allowed))
            # A width of 0, of forecasts that were exact, has no logarithm: it starts from the first miss.
            wider = np.where((width[:, new] == 0) & missed, error, wider)
            width[:, new] = np.maximum.accumulate(wider, axis=0)  # a higher level is never narrower

    for index, origin in enumerate(origins):
        learn(origin)
        given[:, index] = width
    learn(np.inf)
    return given, width
