"""The linear part comes first: fitted and chosen in time, so that models with states learn what it leaves over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from liquid.learning.data import LEAST_STEP, MOST_ORIGINS, Origins, Prepared, spread_of
from liquid.learning.shrink import share
from liquid.models.linear_ar import LinearAR
from liquid.models.linear_part import LinearPart
from liquid.series.windows import ROUNDING, Floats, following

MOST_LAGS = 64  # values of the window that the correction reads
VALUES_PER_LAG = 6  # a short series has fewer lags
MOST_ROWS = 4096  # origins that the correction is fitted on
FOLDS, JUDGED = 5, 0.35  # folds in time, over this last share of training and validation part
DOUBT = 2.0  # of a correction: its base and strength are chosen on the folds that say what it brings
STRENGTHS = 10.0 ** np.arange(-8, 3)  # of the ridge regression, times the number of rows


def linear_first(prepared: Prepared) -> Prepared:
    """With the linear part, whose RMS leftovers become the `step_scale`."""
    horizon, train = len(prepared.step_scale), prepared.split.train
    with_part = replace(prepared, linear=fit(prepared))
    rows = np.arange(train.start + prepared.window - 1, train.stop)
    rows = rows[:: -(-len(rows) // MOST_ORIGINS)]
    reach = min(horizon, len(train) // 3)
    ahead = following(prepared.read[: train.stop], reach)[rows]
    spread = spread_of(ahead - with_part.base(rows)[:, :reach], horizon)
    return replace(with_part, step_scale=np.maximum(spread, LEAST_STEP * prepared.step_scale))


def fit(prepared: Prepared) -> LinearPart:
    """The autoregression that validation chose, and what of a correction forecasts better.

    Reads the training and validation parts. Each of FOLDS blocks is forecast by corrections that were fitted on what
    lies before it: of the autoregression, and of persistence, which makes a direct regression for each step. That with
    the smallest error is taken, and of it the share that is more than luck.
    """
    horizon, start, stop = len(prepared.step_scale), prepared.split.train.start, prepared.split.validation.stop
    units = np.ldexp(1.0, np.frexp(prepared.scaler.scale)[1])  # squares of 1e-200 would vanish
    observed, channels = prepared.read[:stop] / units[0], prepared.channels[:stop] / units
    known = int(np.isfinite(observed[start:]).sum())
    lags = max(2, min(prepared.window, MOST_LAGS, known // VALUES_PER_LAG))
    season = prepared.season if prepared.season is not None and 2 * prepared.season < stop - start else 0
    ar = LinearAR.fit(prepared.read, prepared.split)
    alone = LinearPart.alone(ar.in_units_of(units[0]), horizon, prepared.scaler.mean / units, lags, season)
    rows, truth = _rows(observed, np.arange(start + lags - 1, stop - 1), horizon)
    bases = (alone, replace(alone, share=0.0))
    missed = np.stack([truth - one.forecast(observed, channels, rows) for one in bases], axis=2)
    edges = np.linspace(stop - JUDGED * (stop - start), stop, FOLDS + 1).astype(np.int64)
    steps = [
        _Step.over(alone.features(observed, channels, rows, step + 1), missed[:, step], rows, step + 1, edges)
        for step in range(horizon)
    ]
    cross, size = (np.sum([getattr(step, name) / step.unit for step in steps], axis=0) for name in ("cross", "size"))
    shares = share(cross, size, DOUBT)
    change = shares**2 * size.sum(axis=0) - 2 * shares * cross.sum(axis=0)
    base, strength = np.unravel_index(np.argmin(change), change.shape)
    if (taken := float(shares[base, strength])) == 0:
        return alone.in_units_of(1 / units)
    solved = taken * np.stack([step.solve(STRENGTHS[strength])[:, base] for step in steps], axis=1)
    corrected = replace(alone, share=1 - taken if base else 1.0, weights=solved[:-1], offset=solved[-1])
    return corrected.in_units_of(1 / units)


def _rows(observed: Floats, rows: Origins, horizon: int) -> tuple[Origins, Floats]:
    """Up to MOST_ROWS origins with something known ahead, and the values there, `[rows, horizon]`."""
    truth = following(observed, horizon)[rows]
    some = np.flatnonzero(np.isfinite(truth).any(axis=1))
    some = some[np.linspace(0, len(some) - 1, min(MOST_ROWS, len(some))).astype(np.int64)]
    return rows[some], truth[some]


@dataclass(frozen=True)
class _Step:
    """One step of the horizon. Sums over each fold, `[folds, bases, strengths]`: of what the autoregression missed
    times what a corrected base adds to it, and of the squares of this. `unit` is the mean square of what it missed;
    `last` the regression on all rows, of features that are counted from `centre` in `scale`."""

    cross: Floats
    size: Floats
    unit: float
    last: _Moments
    centre: Floats
    scale: Floats

    @staticmethod
    def over(features: Floats, missed: Floats, rows: Origins, ahead: int, edges: Origins) -> _Step:
        """From `features[rows, features]` and what each base missed, `[rows, bases]`, the autoregression first."""
        known = np.isfinite(missed[:, 0])
        now, when, features, missed = rows[known] + 1, rows[known] + ahead, features[known], missed[known]
        first = features[when < edges[0]]
        before = first if len(first) else features
        centre, scale = before.mean(axis=0), before.std(axis=0)
        scale = np.where(scale > ROUNDING * np.abs(centre), scale, np.inf)
        features = (features - centre) / scale
        cross, size = np.zeros((2, len(edges) - 1, missed.shape[1], len(STRENGTHS)))
        count, begin, squares = 0, 0, 0.0
        moments = _Moments.none(features, missed)
        for fold, edge in enumerate(edges):
            end = int(np.searchsorted(when, edge))
            moments, begin = moments.plus(features[begin:end], missed[begin:end]), end
            judged = slice(*np.searchsorted(now, edges[fold : fold + 2])) if fold < len(cross) else slice(0, 0)
            own = missed[judged, 0]
            if not len(own) or not moments.count:
                continue
            squares, count = squares + float(own @ own), count + len(own)
            for index, strength in enumerate(STRENGTHS):
                solved = moments.solve(strength)
                left = missed[judged] - features[judged] @ solved[:-1] - solved[-1]
                added = own[:, None] - left
                cross[fold, :, index], size[fold, :, index] = own @ added, np.sum(added**2, axis=0)
        return _Step(cross, size, squares / max(count, 1) or 1.0, moments, centre, scale)

    def solve(self, strength: float) -> Floats:
        """Weights of the features as they are and, last, the offset, `[features + 1, bases]`."""
        solved = self.last.solve(strength)
        weights = solved[:-1] / self.scale[:, None]
        return np.vstack([weights, solved[-1] - self.centre @ weights])


# w = argmin |y - X w - c|^2 + strength rows |w|^2, from A'A and A'y where A = [X, 1]
@dataclass(frozen=True)
class _Moments:
    """Of rows that come one after another, so that each fold adds its own."""

    squares: Floats
    cross: Floats

    @staticmethod
    def none(features: Floats, target: Floats) -> _Moments:
        size = features.shape[1] + 1
        return _Moments(np.zeros((size, size)), np.zeros((size, target.shape[1])))

    def plus(self, features: Floats, target: Floats) -> _Moments:
        design = np.column_stack([features, np.ones(len(features))])
        return _Moments(self.squares + design.T @ design, self.cross + design.T @ target)

    @property
    def count(self) -> float:
        return float(self.squares[-1, -1])

    @cached_property
    def _decomposed(self) -> tuple[Floats, Floats, Floats]:
        """Eigenvalues and eigenvectors of the covariance, and what each explains of the targets."""
        mean, middle = self.squares[-1, :-1] / self.count, self.cross[-1] / self.count
        values, vectors = np.linalg.eigh(self.squares[:-1, :-1] / self.count - np.outer(mean, mean))
        return np.maximum(values, 0), vectors, vectors.T @ (self.cross[:-1] / self.count - np.outer(mean, middle))

    def solve(self, strength: float) -> Floats:
        """Weights and, last, the offset, which is not shrunk: `[features + 1, targets]`."""
        values, vectors, shares = self._decomposed
        weights = vectors @ (shares / (values + strength)[:, None])
        return np.vstack([weights, (self.cross[-1] - self.squares[-1, :-1] @ weights) / self.count])
