"""What is forecast: the next clean value from noisy values, on made and real series. A seed draws series and noise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from liquid.errors import LiquidError
from liquid.series import builtin, generators
from liquid.series.series import Series
from liquid.series.windows import FEWEST_POINTS, Floats, Scaler, Split, longest_complete, varies, windows

MADE = {
    "sines": generators.sum_of_sines,
    "lorenz": generators.lorenz,
    "mackey-glass": generators.mackey_glass,
    "rossler": generators.rossler,
}
REAL = ("sunspots-monthly", "ecg")
TASKS = (*MADE, *REAL)
OWN = "your series"  # tasks that come from outside
FOLDER = "your trajectories"


@dataclass(frozen=True)
class Problem:
    """`inputs[time]` as a model sees them and `target[time]`, the clean value one sample later.

    Both are counted from the inputs' mean in their standard deviation over the training part. An error divided by
    `unit`, the clean values' standard deviation there, is an NRMSE: 1 is what the mean alone would reach.
    """

    inputs: Floats
    target: Floats
    split: Split
    unit: float

    def pairs(self, origins: NDArray[np.int64], window: int) -> tuple[Floats, Floats]:
        """Windows that end at `origins`, `[origins, window]`, and the target of each, `[origins]`."""
        return windows(self.inputs[:, None], window)[origins - window + 1, :, 0], self.target[origins]

    def origins(self, part: range, window: int) -> NDArray[np.int64]:
        """Samples whose next value falls into `part` and whose window fits the series."""
        return np.arange(max(part.start - 1, window - 1), part.stop - 1)


def problem_of(task: str, noise: float, seed: int, length: int) -> Problem:
    """The task called `task`; LiquidError, with the tasks there are, for any other name."""
    if task not in TASKS:
        raise LiquidError(f"task={task!r} is not known; choose one of {', '.join(TASKS)}.")
    return _noisy(_clean(task, seed if task in MADE else 0, length), noise, seed)


def problem_from(series: Series, noise: float, seed: int, length: int) -> Problem:
    """The same question about the newest `length` values of any series' first column: the truth is the column.

    Where values are missing, of the longest stretch without a gap. LiquidError if that is too short.
    """
    values = series.values[longest_complete(series.values[:, :1]), 0]
    if len(values) < FEWEST_POINTS <= len(series):
        raise LiquidError(
            f"'{series.names[0]}' has at most {len(values)} values in a row without a gap, and the benchmark needs "
            f"{FEWEST_POINTS}: choose another series."
        )
    return _noisy(values[-length:], noise, seed)


@lru_cache(maxsize=64)
def _clean(task: str, seed: int, length: int) -> Floats:
    series = MADE[task](length, noise=0.0, seed=seed) if task in MADE else builtin.load(task)
    return series.values[:length, 0]


def _noisy(clean: Floats, noise: float, seed: int) -> Problem:
    split = Split.of(len(clean), validation=0.15, calibration=0.0, test=0.25)
    train = slice(0, split.train.stop)
    if not varies(clean[train, None])[0]:
        raise LiquidError("The series does not change in its training part: there is nothing to learn. Choose another.")
    rng = np.random.default_rng([seed, 1])
    observed = clean + noise * clean[train].std() * rng.normal(size=len(clean))
    scaler = Scaler.fit(observed[train, None])
    scaled, truth = scaler.apply(observed[:, None])[:, 0], scaler.apply(clean[:, None])[:, 0]
    return Problem(scaled[:-1], truth[1:], split, float(truth[train].std()))
