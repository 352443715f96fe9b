"""The readout's closed-form ridge refit: what a linear map can still add to a trained network."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from liquid.learning.data import Origins, Prepared, chunks
from liquid.learning.models import ForecastModel
from liquid.models.ridge import Ridge
from liquid.series.windows import Floats

MOST_ROWS = 4096
STRENGTHS = 10.0 ** np.arange(-6, 5)


@torch.no_grad()
def refine(model: ForecastModel, prepared: Prepared) -> float:
    """Correct readout and taps by ridge regression on what training left over; returns the mean strength chosen.

    Gradient steps are slow if inputs resemble each other, as the values of a smooth series in one window do; least
    squares is not. The correction is fitted on the training part, shrunk towards none at all (strength infinity), and
    its strength is the one with the smallest error on the validation part, for all steps of the horizon together.
    """
    horizon = model.config.horizon
    train, validation = prepared.split.train, prepared.split.validation
    truth = prepared.truth(train.stop)
    rows = np.arange(train.start + prepared.window - 1, train.stop - horizon)
    rows = rows[np.isfinite(truth[rows]).any(axis=1)]
    if len(rows) < horizon:
        return np.inf
    rows = rows[np.linspace(0, len(rows) - 1, min(MOST_ROWS, len(rows))).astype(np.int64)]
    held_out, values = prepared.reaching(validation)
    fitted = _leftovers(model, prepared, rows, truth[rows])
    checked = _leftovers(model, prepared, held_out, prepared.leftovers(held_out, values))
    chosen = []
    for member in range(model.config.members):
        strength, weights, offset = _ridge(fitted.of(member), checked.of(member))
        chosen.append(strength)
        size = model.readout.linear.in_features
        model.readout.linear.weight[member] += torch.from_numpy(weights[:size].T.astype(np.float32))
        model.readout.linear.bias[member] += torch.from_numpy(offset.astype(np.float32))
        model.taps[member] += torch.from_numpy(weights[size:].astype(np.float32))
    return float(np.mean(chosen))


class Leftovers(NamedTuple):
    """States and older values, `[members, origins, state + window - 1]`, and what the model misses, `[.., horizon]`."""

    features: Floats
    miss: Floats

    def of(self, member: int) -> Leftovers:
        return Leftovers(self.features[member], self.miss[member])


def _leftovers(model: ForecastModel, prepared: Prepared, origins: Origins, truth: Floats) -> Leftovers:
    features, forecasts = [], []
    for chunk in chunks(origins, model.config):
        x, past, spans = prepared.at(chunk)
        states = model.states(x, spans)[:, :, -1]
        features.append(torch.cat([states, past.expand(len(states), *past.shape)], dim=-1))
        forecasts.append(model.at_end(x, past, spans))
    miss = truth - torch.cat(forecasts, dim=1).double().numpy()
    return Leftovers(torch.cat(features, dim=1).double().numpy(), miss)


class Correction(NamedTuple):
    """Strength of the ridge regression, weights `[features, horizon]` and offset `[horizon]`."""

    strength: float
    weights: Floats
    offset: Floats


# w = argmin |miss - X w - c|^2 + strength |w|^2, in standardised features
def _ridge(fitted: Leftovers, checked: Leftovers) -> Correction:
    """The correction of one member that does best on `checked`."""
    features, miss = fitted
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-9
    regressions = _regressions((features - mean) / scale, miss)
    least = float(np.nanmean(checked.miss**2))
    best = Correction(np.inf, np.zeros((features.shape[1], miss.shape[1])), np.zeros(miss.shape[1]))
    for strength in STRENGTHS * len(features):
        weights, offset = np.zeros_like(best.weights), np.zeros_like(best.offset)
        for steps, regression in regressions:
            weights[:, steps], offset[steps] = regression.solve(strength)
        weights /= scale[:, None]
        shift = offset - mean @ weights
        error = float(np.nanmean((checked.miss - checked.features @ weights - shift) ** 2))
        if error < least:
            least, best = error, Correction(float(strength), weights, shift)
    return best


def _regressions(features: Floats, miss: Floats) -> list[tuple[NDArray[np.int64], Ridge]]:
    """A regression on the rows where `miss[rows, horizon]` is known, for all steps that are known on the same rows."""
    known = np.isfinite(miss)
    if known.all():
        return [(np.arange(miss.shape[1]), Ridge(features, miss))]
    patterns, which = np.unique(known.T, axis=0, return_inverse=True)
    return [
        (steps, Ridge(features[rows], miss[rows][:, steps]))
        for rows, steps in ((rows, np.flatnonzero(which == index)) for index, rows in enumerate(patterns))
        if rows.sum() > 1
    ]
