"""The band: its width is the conformal quantile, and it holds what it promises where the noise is known."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.learning.forecaster import LEVEL
from liquid.learning.metrics import conformal_quantiles
from liquid.learning.report import band_sentence, least_by_chance
from liquid.learning.run import Run
from liquid.series.series import Series, from_columns

Small = Callable[..., TrainConfig]


@settings(deadline=None, derandomize=True, max_examples=80)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60), st.sampled_from([0.5, 0.8, 0.9, 0.95]))
def test_the_width_is_the_smallest_that_holds_enough(residuals: list[float], level: float) -> None:
    enough = min(math.ceil((len(residuals) + 1) * level), len(residuals))
    sizes = [abs(residual) for residual in residuals]
    smallest = min(width for width in sizes if sum(size <= width for size in sizes) >= enough)
    column = np.array([residuals, np.full(len(residuals), np.nan)]).T
    column = np.vstack([column, [np.nan, 7.0]])  # what is not known is left out, step by step
    assert conformal_quantiles(column, level).tolist() == [smallest, 7.0]


def test_nothing_known_promises_nothing() -> None:
    assert conformal_quantiles(np.full((5, 1), np.nan)).tolist() == [np.inf]


def test_a_level_of_90_lies_between_quantiles_5_and_95() -> None:
    normal = np.random.default_rng(0).normal(size=(200_000, 1))
    assert conformal_quantiles(normal, 0.9)[0] == pytest.approx(1.6449, abs=0.01)


def test_a_new_value_is_held_as_often_as_split_conformal_promises() -> None:
    rng = np.random.default_rng(1)
    n, repetitions = 50, 4000
    seen, new = rng.standard_t(3, size=(n, repetitions)), rng.standard_t(3, size=repetitions)
    held = np.mean(np.abs(new) <= conformal_quantiles(seen, 0.9))
    promised = math.ceil((n + 1) * 0.9) / (n + 1)
    assert held == pytest.approx(promised, abs=3 * math.sqrt(0.09 / repetitions))


def test_coverage_on_a_process_with_known_noise(small: Small, train_run: Callable[[Series, TrainConfig], Run]) -> None:
    process = lfilter([1.0], [1.0, -0.8], np.random.default_rng(2).normal(size=6000))  # y_t = 0.8 y_(t-1) + e_t
    done = train_run(from_columns({"y": process}, "AR(1)"), small(steps=60))
    calibration, test = len(done.forecaster.prepared.split.calibration), done.report.points
    for step, held in enumerate(done.report.coverage):
        dependence = 1 + 2 * sum((step - lag) / (step + 1) for lag in range(step))  # h-step errors share h - 1 noises
        spread = math.sqrt(0.09 * dependence * (1 / calibration + 1 / test))
        assert abs(held - LEVEL) < 3 * spread
        # the noise of an h-step forecast is known: variance 1 + 0.8^2 + ... + 0.8^(2 h - 2)
        known = 1.6449 * math.sqrt(sum(0.64**lag for lag in range(step + 1)))
        assert done.forecaster.half_width[step] == pytest.approx(known, rel=0.1)


def test_the_sentence_tells_what_was_measured_and_when_it_cannot_promise() -> None:
    assert band_sentence(np.array([0.85, 0.95]), 100, 50) == (
        "The 90 % band, calibrated on 100 held-out points, holds 85 % of the 50 test values one step ahead and 90 % "
        "over the whole horizon."
    )
    assert "cannot promise" in band_sentence(np.array([1.0]), 8, 50)
    assert "cannot promise" not in band_sentence(np.array([1.0]), 9, 50)
    assert "has changed" in band_sentence(np.array([0.5]), 16, 24)
    assert "has changed" not in band_sentence(np.array([0.9]), 16, 24)


def test_chance_alone_is_told_from_a_change() -> None:
    """In repeated experiments without any change, 2.5 % of the measured coverages lie below the bound."""
    rng = np.random.default_rng(3)
    repetitions, calibration, points = 20_000, 16, 40
    seen = np.sort(np.abs(rng.normal(size=(repetitions, calibration))), axis=1)
    width = seen[:, math.ceil((calibration + 1) * LEVEL) - 1 if calibration > 9 else -1]
    held = np.mean(np.abs(rng.normal(size=(repetitions, points))) <= width[:, None], axis=1)
    assert 0.005 < np.mean(held < least_by_chance(calibration, points)) <= 0.027


def test_continued_on_the_same_data_forecasts_the_same(done: Run, waves: Series) -> None:
    again = done.forecaster.continued(waves)
    origins = np.arange(done.forecaster.prepared.window - 1, len(waves))
    np.testing.assert_array_equal(again.predict_members(origins), done.forecaster.predict_members(origins))
    np.testing.assert_array_equal(again.forecast(waves).low, done.forecast.low)
    assert again.predict(np.array([], dtype=np.int64)).shape == (0, done.config.horizon)


def test_continued_fits_nothing_anew(
    waves: Series, small: Small, train_run: Callable[[Series, TrainConfig], Run]
) -> None:
    """A piece of the series is forecast as it was in the whole, wherever it is cut."""
    cut, fitted = 37, train_run(waves, small()).forecaster
    piece = Series(waves.time[cut:], waves.values[cut:], waves.names, "piece", time_kind="number")
    assert fitted.prepared.linear is not None
    origins = np.arange(max(fitted.prepared.window, fitted.prepared.linear.memory) - 1, len(piece))
    assert len(origins) > 50
    whole = fitted.predict(origins + cut)
    np.testing.assert_allclose(fitted.continued(piece).predict(origins), whole, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"wave": np.arange(20.0)}, "No column 'ahead'"),
        ({"wave": np.arange(5.0), "ahead": np.ones(5)}, "5 values, the model reads 12"),
        ({"wave": np.full(20, 1e150), "ahead": np.ones(20)}, "larger unit"),
    ],
)
def test_data_that_does_not_fit_is_refused(done: Run, columns: dict[str, np.ndarray], sentence: str) -> None:
    with pytest.raises(LiquidError, match=sentence):
        done.forecaster.continued(from_columns(columns, "new"))


def test_forecast_stamps_are_of_the_kind_that_the_series_has(small: Small, done: Run) -> None:
    assert done.forecast.stamps.dtype.kind == "f"
    assert done.forecast.stamps[0] > done.series.time[-1]
    days = np.arange(60) * 86_400.0
    daily = from_columns({"wave": np.sin(days), "ahead": np.cos(days)}, "daily", time=days, time_kind="date")
    assert [str(day)[:10] for day in done.forecaster.continued(daily).forecast(daily).stamps] == [
        "1970-03-02",
        "1970-03-03",
        "1970-03-04",
    ]
