"""One question of the benchmark: the next clean value from noisy values, chronological parts, one scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liquid.errors import LiquidError
from liquid.series.windows import Floats, Scaler, Split, varies, windows


@dataclass(frozen=True)
class Problem:
    """`inputs[time]` as a model sees them and `target[time]`, the clean value one sample later.

    Both are counted from the inputs' mean in their standard deviation over the training part. An error divided by
    `unit`, the clean values' standard deviation there, is an NRMSE: 1 is what the mean alone would reach. `gaps[time]`
    is the time from each sample to the next, which is known, in the mean one's; None if all are equal. `season` in
    samples, if it is known.
    """

    inputs: Floats
    target: Floats
    split: Split
    unit: float
    gaps: Floats | None = None
    season: int | None = None

    @property
    def columns(self) -> Floats:
        """What a model reads, `[time, columns]`: the inputs, and the gaps where they differ."""
        if self.gaps is None:
            return self.inputs[:, None]
        gaps = self.gaps[:, None]
        return np.column_stack([self.inputs, Scaler.fit(gaps[: self.split.train.stop - 1]).apply(gaps)])

    def origins(self, part: range, window: int) -> NDArray[np.int64]:
        """Samples whose next value falls into `part` and whose window fits the series."""
        return np.arange(max(part.start - 1, window - 1), part.stop - 1)


def ending(values: Floats, origins: NDArray[np.int64], window: int) -> Floats:
    """Windows of `values[time, ...]` that end at `origins`: `[origins, window, ...]`."""
    return windows(values.reshape(len(values), -1), window)[origins - window + 1].reshape(
        len(origins), window, *values.shape[1:]
    )


def noisy(
    truth: Floats, seen: Floats, gaps: Floats | None, noise: float, seed: int, season: int | None = None
) -> Problem:
    """`noise` is added to what is seen, in the truth's standard deviation over the training part."""
    split = Split.of(len(truth), validation=0.15, calibration=0.0, test=0.25)
    train = slice(0, split.train.stop)
    if not varies(truth[train, None])[0]:
        raise LiquidError("The series does not change in its training part: there is nothing to learn. Choose another.")
    rng = np.random.default_rng([seed, 1])
    observed = seen + noise * truth[train].std() * rng.normal(size=len(truth))
    scaler = Scaler.fit(observed[train, None])
    scaled, clean = scaler.apply(observed[:, None])[:, 0], scaler.apply(truth[:, None])[:, 0]
    between = None if gaps is None else gaps[:-1]
    return Problem(scaled[:-1], clean[1:], split, float(clean[train].std()), between, season)
