"""ETS, Theta and seasonal AR against statsmodels and plain loops."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.forecasting.theta import ThetaModel

from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.models.seasonal_ar import SeasonalAR
from liquid.models.smoothing import ETS, Theta
from liquid.runs.format import from_files, to_files
from liquid.series.series import from_columns
from liquid.series.windows import Split

RNG = np.random.default_rng(0)
T = np.arange(240)
SEASONAL = 50 + 0.1 * T + 5 * np.sin(2 * np.pi * T / 12) + RNG.normal(size=240)
WALK = 100 + 0.3 * T + RNG.normal(size=240).cumsum()


@pytest.mark.parametrize("season", [1, 12])
@pytest.mark.parametrize("damped", [False, True])
def test_ets_is_that_of_statsmodels_from_the_same_first_state(season: int, damped: bool) -> None:
    rates = np.array([0.4, 0.1 if damped else 0.0, 0.2 if season > 1 else 0.0, 0.9 if damped else 1.0, 0.0])
    ours, origin = ETS(rates, season), 200
    first = 2 * season if season > 1 else 1
    level, trend, phases = ours._first_state(SEASONAL[:first])
    known: dict[str, Any] = {"initial_level": level}
    parameters = {"smoothing_level": 0.4, "initial_level": level}
    if damped:
        known["initial_trend"] = trend
        parameters |= {"smoothing_trend": 0.1, "damping_trend": 0.9, "initial_trend": trend}
    if season > 1:
        known["initial_seasonal"] = phases
        parameters["smoothing_seasonal"] = 0.2
        parameters |= {f"initial_seasonal.{index}": value for index, value in enumerate(phases[::-1])}
    reference = ETSModel(
        SEASONAL[first : origin + 1],
        trend="add" if damped else None,
        damped_trend=damped,
        seasonal="add" if season > 1 else None,
        seasonal_periods=season if season > 1 else None,
        initialization_method="known",
        **known,
    )
    expected = reference.smooth([parameters[name] for name in reference.param_names]).forecast(15)
    np.testing.assert_allclose(ours.predict(SEASONAL, np.array([origin]), 15)[0], expected, rtol=1e-10)


def test_theta_is_that_of_statsmodels() -> None:
    split = Split.of(len(WALK))
    ours, train = Theta.fit(WALK, split), WALK[: split.train.stop]
    reference = ThetaModel(train, period=1, deseasonalize=False).fit()
    assert 2 * ours.rates[4] == pytest.approx(reference.params["b0"], rel=1e-6)
    np.testing.assert_allclose(
        ours.predict(WALK, np.array([len(train) - 1]), 12)[0], reference.forecast(12, theta=2), rtol=2e-3
    )


def test_seasonal_ar_is_least_squares_on_both_kinds_of_lags() -> None:
    split = Split.of(len(SEASONAL))
    fitted = SeasonalAR.fit(SEASONAL, split, 12)
    order = fitted.order - 12
    lags = sorted({*range(order), *range(11, 12 + order)})
    rows = np.arange(fitted.order - 1, split.train.stop - 1)
    design = np.column_stack([np.ones(len(rows)), *(SEASONAL[rows - lag] for lag in lags)])
    expected = np.linalg.lstsq(design, SEASONAL[rows + 1], rcond=None)[0]
    np.testing.assert_allclose(fitted.weights[lags], expected[1:], rtol=1e-6, atol=1e-8)
    assert fitted.intercept == pytest.approx(expected[0], rel=1e-5)
    assert not np.delete(fitted.weights, lags).any()


@pytest.mark.parametrize("kind", [ETS, Theta, SeasonalAR])
def test_a_forecast_reads_no_later_value_and_no_unit(kind: Any) -> None:
    split, origins = Split.of(240), np.arange(30, 200)
    fitted = kind.fit(SEASONAL, split, 12)
    changed = SEASONAL.copy()
    changed[200:] = np.nan
    np.testing.assert_array_equal(fitted.predict(SEASONAL, origins, 8), fitted.predict(changed, origins, 8))
    other = kind.fit(SEASONAL + np.where(np.arange(240) < split.calibration.start, 0, 1e3), split, 12)
    np.testing.assert_array_equal(fitted.predict(SEASONAL, origins, 8), other.predict(SEASONAL, origins, 8))
    scaled = kind.fit(1e6 * SEASONAL + 1e9, split, 12)
    np.testing.assert_allclose(
        (scaled.predict(1e6 * SEASONAL + 1e9, origins, 8) - 1e9) / 1e6, fitted.predict(SEASONAL, origins, 8), rtol=1e-3
    )


@pytest.mark.parametrize("kind", [ETS, Theta])
def test_a_missing_value_moves_nothing(kind: Any) -> None:
    """What a state forecasts for the next value is what it forecasts for it once that is missing."""
    fitted = kind.fit(SEASONAL, Split.of(240), 12)
    holed = SEASONAL.copy()
    holed[151:153] = np.nan
    before, after = fitted.predict(holed, np.array([150, 152]), 6)
    np.testing.assert_allclose(before[2:], after[:4], rtol=2e-3)


def test_a_season_is_better_seen_than_not() -> None:
    split, origins = Split.of(240), np.arange(191, 228)
    truth = SEASONAL[origins[:, None] + np.arange(1, 13)]
    for kind in (ETS, SeasonalAR, Theta):
        missed = kind.fit(SEASONAL, split, 12).predict(SEASONAL, origins, 12) - truth
        assert np.sqrt(np.mean(missed**2)) < 2, kind  # a season of amplitude 5, noise of 1


def test_what_cannot_be_fitted_is_left_out_with_a_sentence() -> None:
    noise = from_columns({"y": np.random.default_rng(0).normal(size=120)}, "noise", season=60)
    done = next(event for event in run(noise, TrainConfig(model="Persistence", horizon=2)) if isinstance(event, Run))
    assert [row.name for row in done.report.rows] == ["Persistence", "Seasonal naive", "Linear AR", "ETS", "Theta"]
    (sentence,) = done.report.left_out
    assert sentence.startswith("Seasonal AR cannot be fitted: a season of 60 samples")
    assert from_files(to_files(done))[0].report.left_out == done.report.left_out
    with pytest.raises(LiquidError, match="cannot be fitted"):
        list(run(noise, TrainConfig(model="Seasonal AR", horizon=2)))


def test_the_library_is_not_imported_before_it_is_needed() -> None:
    asked = "import sys, liquid.learning.run, liquid.models.smoothing; print('statsmodels' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", asked], text=True) == "False\n"
