"""Values far from those just before them, by what is usual in the training part; and what can be done about them.

A level alone says little: a trend or a season makes the largest values usual. What comes as a surprise is measured
against the median of the seven rows before, which one to three spikes among them do not move, and which follows a
lasting shift after four. No later value has a say in it, so a model may read what is made of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from liquid.series.windows import Floats

BEFORE, FEWEST = 7, 3  # rows before a value, and how many of them must be known to judge it
FAR = 8.0  # standard deviations, of surprises that are normal
NORMAL = 1.4826  # of a normal distribution: standard deviation over median absolute deviation
TREATMENTS = {
    "keep": "leave as they are",
    "clip": "clip what is read and learned from",
    "missing": "treat as missing",
}


# r_t = x_t - median(x_(t-7), ..., x_(t-1));   outlier: |r_t - centre| > width = FAR NORMAL median |r - centre|
@dataclass(frozen=True)
class Limits:
    """Of each column: the usual surprise, and how far from it one is an outlier, inf if nothing tells. `[columns]`"""

    centre: Floats
    width: Floats

    @staticmethod
    def fit(train: Floats) -> Limits:
        """From `train[time, columns]`. If more than half of the surprises are 0, as in rain, the others count alone."""
        surprise = train - median_before(train)
        pairs = [_usual(column[np.isfinite(column)]) for column in surprise.T]
        return Limits(np.array([centre for centre, _ in pairs]), np.array([width for _, width in pairs]))

    def outside(self, values: Floats) -> NDArray[np.bool_]:
        """Which of `values[time, columns]` are outliers; one with too few known values before it is none."""
        return np.asarray(np.abs(values - median_before(values) - self.centre) > self.width)

    def clipped(self, values: Floats) -> Floats:
        """Each outlier of `values[time, columns]` at the limit that it is beyond."""
        usual = median_before(values) + self.centre
        nearest = np.clip(values, usual - self.width, usual + self.width)
        return np.where(self.outside(values), nearest, values)


def _usual(surprise: Floats) -> tuple[float, float]:
    """Centre and width of one column's surprises."""
    if not len(surprise):
        return 0.0, np.inf
    centre = float(np.median(surprise))
    spread = float(np.median(np.abs(surprise - centre)))
    if spread == 0:
        others = surprise[surprise != centre]
        spread = float(np.median(np.abs(others - centre))) if len(others) >= FEWEST else 0.0
    return centre, FAR * NORMAL * spread if spread > 0 else np.inf


def median_before(values: Floats) -> Floats:
    """The median of the known ones among the seven values before each, `[time, columns]`; NaN if under three are."""
    padded = np.concatenate([np.full((BEFORE, values.shape[1]), np.nan), values])[:-1]
    ordered = np.sort(sliding_window_view(padded, BEFORE, axis=0), axis=2)  # [time, columns, 7], missing ones last
    known = np.isfinite(ordered).sum(axis=2)
    low, high = (
        np.take_along_axis(ordered, np.maximum(place, 0)[..., None], axis=2)[..., 0]
        for place in ((known - 1) // 2, known // 2)
    )
    return np.where(known >= FEWEST, low / 2 + np.where(known % 2 == 0, high, low) / 2, np.nan)
