"""The readout's closed-form refit is the ridge regression that it claims to be, and never makes validation worse."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from liquid.learning import refine as refining
from liquid.learning.config import TrainConfig
from liquid.learning.data import Prepared, prepare
from liquid.learning.models import ForecastModel
from liquid.learning.refine import refine
from liquid.series.series import Series, from_columns

Small = Callable[..., TrainConfig]


def forecasts(model: ForecastModel, prepared: Prepared, origins: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return model.at_end(*prepared.at(origins)).double().numpy()


def validation_error(model: ForecastModel, prepared: Prepared) -> np.ndarray:
    """Mean squared error of every member, `[members]`."""
    origins, values = prepared.reaching(prepared.split.validation)
    miss = forecasts(model, prepared, origins) - prepared.leftovers(origins, values)
    return np.nanmean(miss**2, axis=(1, 2))


@pytest.mark.parametrize("seed", range(8))
def test_validation_error_never_rises(waves: Series, small: Small, seed: int) -> None:
    noise = from_columns({"y": np.random.default_rng(seed).normal(size=150)}, "noise")
    for series in (waves, noise):
        config = small(seed=seed, members=2, model="GRU" if seed % 2 else "Liquid")
        prepared = prepare(series, config)
        model = ForecastModel(config, prepared.features, prepared.window)
        before = validation_error(model, prepared)
        refine(model, prepared)
        once = validation_error(model, prepared)
        assert (once <= before * (1 + 1e-5)).all()
        refine(model, prepared)  # also if nothing is left to gain
        assert (validation_error(model, prepared) <= once * (1 + 1e-5)).all()


def test_the_correction_is_the_ridge_solution(waves: Series, small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    strength = 3.0
    config = small()
    prepared = prepare(waves, config)
    model = ForecastModel(config, prepared.features, prepared.window)
    end = prepared.split.train.stop
    rows = np.arange(prepared.window - 1, end - config.horizon)
    monkeypatch.setattr(refining, "STRENGTHS", np.array([strength / len(rows)]))  # there it is a share of all rows

    def features(origins: np.ndarray) -> np.ndarray:
        x, past, spans = prepared.at(origins)
        with torch.no_grad():
            return np.hstack([model.states(x, spans)[0, :, -1].double().numpy(), past.double().numpy()])

    design, everywhere = features(rows), np.arange(prepared.window - 1, len(waves))
    mean, spread = design.mean(axis=0), design.std(axis=0)
    missed = prepared.truth(end)[rows] - forecasts(model, prepared, rows)[0]
    size = design.shape[1]
    augmented = np.vstack([(design - mean) / spread, np.sqrt(strength) * np.eye(size)])  # ridge as plain least squares
    target = np.vstack([missed - missed.mean(axis=0), np.zeros((size, config.horizon))])
    solution = np.linalg.lstsq(augmented, target, rcond=None)[0]
    before = forecasts(model, prepared, everywhere)[0]
    expected = before + (features(everywhere) - mean) / spread @ solution + missed.mean(axis=0)

    assert refine(model, prepared) == pytest.approx(strength)
    np.testing.assert_allclose(forecasts(model, prepared, everywhere)[0], expected, atol=2e-4)
    assert np.abs(expected - before).max() > 0.1


def test_too_few_rows_change_nothing(small: Small) -> None:
    config = small(horizon=14)
    prepared = prepare(from_columns({"y": np.sin(np.arange(40.0))}, "short"), config)
    model = ForecastModel(config, prepared.features, prepared.window)
    before = forecasts(model, prepared, np.arange(10, 30))
    assert refine(model, prepared) == np.inf
    np.testing.assert_array_equal(forecasts(model, prepared, np.arange(10, 30)), before)
