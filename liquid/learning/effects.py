"""What a column that is known ahead does to the target: a regression whose errors are an autoregression."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from liquid.learning.data import Origins, Prepared
from liquid.learning.shrink import share
from liquid.models.linear_ar import MOST_POINTS, LinearAR
from liquid.models.linear_part import freed
from liquid.models.ridge import Ridge
from liquid.series.windows import Floats, carried, rms

ROUNDS = 3  # the effects and the autoregression in turn
STRENGTH = 1e-3  # of the ridge, per row and feature in its own size: it only tells columns apart that go together
BLOCKS, DOUBT = 5, 2.0  # in time, of the validation part, and of what it says


# y = e v + n,  n[t] = c + sum_k w_k n[t - 1 - k] + noise:   e by least squares of u on z, with
# u[t] = y[t] - c - sum_k w_k y[t - 1 - k],  z[t] = v[t] - sum_k w_k v[t - 1 - k],  and w, c from n = y - e v
def effects(prepared: Prepared) -> Floats:
    """The effects on the target of what is known ahead, `[features]`; none if what they bring may be luck.

    Fitted on the training part and judged on the validation part, then fitted on both. Source: D. Cochrane and
    G. Orcutt, J. Am. Stat. Assoc. 44 (1949).
    """
    train, validation = prepared.split.train, prepared.split.validation
    observed, known = prepared.read, prepared.known[: len(prepared.read)]
    present = np.isfinite(observed)
    read = carried(np.where(present[:, None], known, np.nan))  # with the values that are read where one is missing
    found = np.zeros(known.shape[1])
    for _ in range(ROUNDS):
        ar = LinearAR.fit(observed - known @ found, prepared.split)
        rows = np.arange(max(train.start + ar.order, validation.stop - MOST_POINTS), validation.stop)
        rows = rows[present[rows]]
        left = observed[rows] - ar.predict(observed, rows - 1, 1)[:, 0]
        seen = known[rows] - _filtered(ar, read, rows)
        fitted = rows < train.stop
        found = _regressed(seen[fitted], left[fitted])
    judged = rows >= validation.start
    blocks = zip(*(np.array_split(one, BLOCKS) for one in (left[judged], seen[judged] @ found)), strict=True)
    cross, size = np.array([(missed @ added, added @ added) for missed, added in blocks]).T
    return _regressed(seen, left) if share(cross, size, DOUBT) else np.zeros_like(found)


def without(prepared: Prepared, found: Floats) -> Prepared:
    """The series freed of these effects."""
    if not found.any():
        return prepared
    read, channels = freed(prepared.read, prepared.channels, prepared.known @ found)
    return replace(prepared, read=read, channels=channels)


def _filtered(ar: LinearAR, known: Floats, rows: Origins) -> Floats:
    """sum_k w_k v[t - 1 - k] at the rows, `[rows, features]`; what lies before the first value counts as it."""
    first = int(np.argmax(np.isfinite(known[:, 0])))
    filtered = np.zeros((len(rows), known.shape[1]))
    for lag, weight in enumerate(ar.weights, 1):
        filtered += weight * known[np.maximum(rows - lag, first)]
    return filtered


def _regressed(features: Floats, target: Floats) -> Floats:
    size = rms(features)
    size = np.where(size > 0, size, 1.0)
    unit = float(rms(target)) or 1.0  # squares of 1e-200 would vanish
    return unit * Ridge(features / size, target / unit).solve(STRENGTH * len(target))[0] / size
