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
from liquid.learning.band import LEVEL, LEVELS, Band, calibrated, floors, follow
from liquid.learning.config import TrainConfig
from liquid.learning.forecaster import Forecaster
from liquid.learning.metrics import conformal_quantiles, winkler
from liquid.learning.report import band_sentence, least_by_chance
from liquid.learning.run import Run
from liquid.series.series import Series, from_columns

Small = Callable[..., TrainConfig]


@settings(max_examples=80)
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
    for step, held in enumerate(done.report.coverage[LEVELS.index(LEVEL)]):
        dependence = 1 + 2 * sum((step - lag) / (step + 1) for lag in range(step))  # h-step errors share h - 1 noises
        spread = math.sqrt(0.09 * dependence * (1 / calibration + 1 / test))
        assert abs(held - LEVEL) < 3 * spread
        # the noise of an h-step forecast is known: variance 1 + 0.8^2 + ... + 0.8^(2 h - 2)
        known = 1.6449 * math.sqrt(sum(0.64**lag for lag in range(step + 1)))
        start = Forecaster.calibrated(done.forecaster.prepared, done.config, done.forecaster.model)
        assert start.band.width()[step] == pytest.approx(known, rel=0.1)


def test_the_sentence_tells_what_was_measured_and_when_it_cannot_promise() -> None:
    assert band_sentence(np.array([0.85, 0.95]), 200, 150) == (
        "The 90 % band, calibrated on 200 held-out points, holds 85 % of the 150 test values one step ahead and 90 % "
        "over the whole horizon."
    )
    assert "cannot promise" in band_sentence(np.array([1.0]), 8, 50)
    assert "cannot promise" not in band_sentence(np.array([1.0]), 9, 50)
    assert "cannot promise" in band_sentence(np.array([1.0]), 18, 50, 0.95)
    assert "promise little" in band_sentence(np.array([0.9]), 16, 24)
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


def persistence(draws: np.ndarray, horizon: int) -> np.ndarray:
    """Errors of repeating the last value, `[origins, horizon]`."""
    origins = np.arange(len(draws) - horizon)
    return draws[origins][:, None] - draws[origins[:, None] + np.arange(1, horizon + 1)]


KINDS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "white noise": lambda rng, n: rng.normal(size=n),
    "a random walk": lambda rng, n: np.cumsum(rng.standard_t(4, size=n)),
    "an autoregression": lambda rng, n: np.asarray(lfilter([1.0], [1.0, -0.8], rng.normal(size=n))),
    "a walk that becomes wilder": lambda rng, n: np.cumsum(rng.normal(size=n) * np.linspace(1, 3, n)),
    "a walk in calm and storm": lambda rng, n: np.cumsum(rng.normal(size=n) * np.exp(np.sin(np.arange(n) / 40))),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_level_is_kept_on_known_processes_even_if_they_change(kind: str) -> None:
    """Persistence, which needs no training, on 100 draws: mean share within 3 points of what is promised."""
    horizon, calibration, test, draws = 3, 60, 200, 100
    rng = np.random.default_rng(0)
    held = np.zeros((len(LEVELS), horizon))
    for _ in range(draws):
        errors = persistence(KINDS[kind](rng, calibration + test + horizon), horizon)
        start, later = calibrated(errors[:calibration]), errors[calibration:]
        widths, _ = follow(np.arange(len(later)), later, start)
        held += (np.abs(later) <= widths).mean(axis=1) / draws
    np.testing.assert_allclose(held, np.repeat(np.array(LEVELS)[:, None], horizon, axis=1), atol=0.03)


def test_widths_follow_the_formula_and_are_told_when_values_are_known() -> None:
    errors = np.array([[2.0, 0.1], [0.5, 9.0], [np.nan, 0.1], [0.1, np.nan]])
    start = np.ones((4, 2))
    widths, after = follow(np.array([10, 11, 12, 13]), errors, start)
    nine, rate = LEVELS.index(LEVEL), 0.3
    grown = math.exp(0.9 * rate)
    expected = [1.0, grown, grown * math.exp(-0.1 * rate), grown * math.exp(-0.1 * rate)]  # the third is not known
    np.testing.assert_allclose(widths[nine, :, 0], expected)
    slow = rate / math.sqrt(2)
    np.testing.assert_allclose(widths[nine, :, 1], [1, 1, math.exp(-0.1 * slow), math.exp(0.8 * slow)])
    assert after[nine] == pytest.approx([grown * math.exp(-0.2 * rate), math.exp(0.7 * slow)])


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 30), st.integers(1, 5))
def test_what_is_altered_after_an_origin_changes_no_width_before_it(seed: int, cut: int, horizon: int) -> None:
    rng = np.random.default_rng(seed)
    origins = np.cumsum(rng.integers(1, 4, size=40))  # thinned ones too
    errors, start = rng.normal(size=(40, horizon)), calibrated(rng.normal(size=(20, horizon)))
    widths, _ = follow(origins, errors, start)
    told = origins[:, None] + np.arange(1, horizon + 1) <= origins[cut]
    again, _ = follow(origins, np.where(told, errors, 1e6), start)
    np.testing.assert_array_equal(widths[:, : cut + 1], again[:, : cut + 1])
    assert (np.diff(widths, axis=0) >= 0).all()  # a higher level is never narrower


def test_a_forecast_that_was_exact_starts_from_its_first_miss() -> None:
    widths, after = follow(np.arange(3), np.array([[0.0], [0.5], [0.0]]), np.zeros((4, 1)))
    assert widths[:, :2].max() == 0
    np.testing.assert_array_equal(widths[:, 2, 0], np.full(4, 0.5))
    assert (after > 0).all()


def test_values_that_were_never_negative_get_a_band_that_is_not() -> None:
    observed = np.array([0.0, 2.0, np.nan, 3.0, -1.0, 4.0])
    np.testing.assert_array_equal(floors(observed, np.arange(6)), [0, 0, 0, 0, -np.inf, -np.inf])
    low, high = Band((LEVEL,), np.array([[2.0, 5.0]]), 0.0).around(np.array([1.0, -6.0]))
    assert (low.tolist(), high.tolist()) == ([0.0, 0.0], [3.0, 0.0])


def test_counts_are_forecast_with_a_band_above_zero(
    small: Small, train_run: Callable[[Series, TrainConfig], Run]
) -> None:
    counts = np.random.default_rng(0).poisson(1.0, size=200).astype(float)
    done = train_run(from_columns({"y": counts}, "counts"), small(model="Persistence"))
    assert done.report.low.min() == 0
    assert done.forecast.low.min() == 0
    others = from_columns({"y": counts - 1}, "others")
    assert train_run(others, small(model="Persistence")).forecast.low.min() < 0
    assert done.forecaster.continued(others).forecast(others).low.min() < 0  # as soon as one is negative


def test_the_winkler_score_is_least_for_the_true_quantiles() -> None:
    truth = np.random.default_rng(0).normal(size=100_000)
    true, *others = (np.mean(winkler(-w, w, truth, 0.9)) for w in np.array([1.645, 1.4, 1.9]))
    assert true < min(others)
    assert winkler(np.array([0.0]), np.array([1.0]), np.array([1.5]), 0.9) == pytest.approx(1 + 20 * 0.5)
