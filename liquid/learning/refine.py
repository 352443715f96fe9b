"""The readout's last touch in closed form: what a linear map can still add to a trained network."""

from __future__ import annotations

import numpy as np
import torch

from liquid.learning.data import Origins, Prepared, chunks
from liquid.learning.models import ForecastModel
from liquid.models.ridge import Ridge
from liquid.series.windows import Floats

MOST_ROWS = 4096
STRENGTHS = 10.0 ** np.arange(-6, 5)


@torch.no_grad()
def refine(model: ForecastModel, prepared: Prepared) -> float:
    """Correct readout and taps by ridge regression on what training left over; returns the mean strength chosen.

    Gradient steps are slow where inputs resemble each other, as the values of a smooth series in one window do; least
    squares is not. The correction is fitted on the training part, shrunk towards none at all (strength infinity), and
    its strength is the one with the smallest error on the validation part, for all steps of the horizon together.
    """
    horizon = model.config.horizon
    train, validation = prepared.split.train, prepared.split.validation
    rows = np.arange(prepared.window - 1, train.stop - horizon)
    if len(rows) < horizon:
        return np.inf
    rows = rows[np.linspace(0, len(rows) - 1, min(MOST_ROWS, len(rows))).astype(np.int64)]
    held_out, values = prepared.reaching(validation)
    fitted = _leftovers(model, prepared, rows, prepared.truth(train.stop)[rows])
    checked = _leftovers(model, prepared, held_out, prepared.scaled_changes(held_out, values))
    chosen = []
    for member in range(model.config.members):
        strength, weights, offset = _ridge(fitted, checked, member)
        chosen.append(strength)
        size = model.readout.linear.in_features
        model.readout.linear.weight[member] += torch.from_numpy(weights[:size].T.astype(np.float32))
        model.readout.linear.bias[member] += torch.from_numpy(offset.astype(np.float32))
        model.taps[member] += torch.from_numpy(weights[size:].astype(np.float32))
    return float(np.mean(chosen))


def _leftovers(model: ForecastModel, prepared: Prepared, origins: Origins, truth: Floats) -> tuple[Floats, Floats]:
    """States and older values, `[members, origins, state + window - 1]`, and what the model misses, `[.., horizon]`."""
    features, forecasts = [], []
    for chunk in chunks(origins, model.config):
        x, past, spans = prepared.at(chunk)
        states = model.states(x, spans)[:, :, -1]
        features.append(torch.cat([states, past.expand(len(states), *past.shape)], dim=-1))
        forecasts.append(model.at_end(x, past, spans))
    miss = truth - torch.cat(forecasts, dim=1).double().numpy()
    return torch.cat(features, dim=1).double().numpy(), miss


# w = argmin |miss - X w - c|^2 + strength |w|^2, in standardised features
def _ridge(fitted: tuple[Floats, Floats], checked: tuple[Floats, Floats], member: int) -> tuple[float, Floats, Floats]:
    """Strength, weights `[features, horizon]` and offset `[horizon]` of the correction that does best on `checked`."""
    features, miss = fitted[0][member], fitted[1][member]
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-9
    regression = Ridge((features - mean) / scale, miss)
    least = float(np.nanmean(checked[1][member] ** 2))
    best = np.inf, np.zeros((features.shape[1], miss.shape[1])), np.zeros(miss.shape[1])
    for strength in STRENGTHS * len(features):
        weights, offset = regression.solve(strength)
        weights /= scale[:, None]
        shift = offset - mean @ weights
        error = float(np.nanmean((checked[1][member] - checked[0][member] @ weights - shift) ** 2))
        if error < least:
            least, best = error, (float(strength), weights, shift)
    return best
