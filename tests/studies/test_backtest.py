"""A look back: what it must find on processes whose errors are known, and that no cutoff sees what came after it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import lfilter

from liquid.charts.backtest import errors, fans
from liquid.charts.style import LIGHT
from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.models.registry import MODELS
from liquid.series.series import Series, from_columns
from liquid.studies.backtest.report import answer, band_words, cutoff_table, ratios, step_table
from liquid.studies.backtest.study import Backtest, BacktestConfig, backtest, before, cutoff_rows
from liquid.studies.progress import StudyProgress

SMALL = TrainConfig(members=1, steps=6, window=12, batch=8, state_size=4, horizon=3)
FEW = BacktestConfig(cutoffs=3)
BOTH = pytest.mark.parametrize("retrain", [True, False])


def waves(length: int = 240, seed: int = 0) -> Series:
    noise = np.random.default_rng(seed).normal(size=length)
    return from_columns({"wave": np.sin(np.arange(length) / 4) + 0.2 * noise}, "waves", season=25)


def found(series: Series, config: TrainConfig, how: BacktestConfig = FEW) -> Backtest:
    *progress, result = backtest(series, config, how)
    assert all(isinstance(event, StudyProgress) for event in progress)
    assert isinstance(result, Backtest)
    return result


def ar(length: int, phi: float, seed: int) -> Series:
    noise = np.random.default_rng(seed).normal(size=length)
    return from_columns({"y": np.asarray(lfilter([1.0], [1.0, -phi], noise))}, "AR(1)")


@BOTH
def test_on_an_autoregression_errors_are_those_of_the_closed_form(retrain: bool) -> None:
    """y_t = phi y_(t-1) + e_t: variance of the h-step error (1 - phi^2h) / (1 - phi^2), of persistence 2 (1 - phi^h)
    / (1 - phi^2)."""
    phi, horizon = 0.8, 4
    series = ar(20_000, phi, 0)
    result = found(series, TrainConfig(model="Linear AR", horizon=horizon), BacktestConfig(cutoffs=4, retrain=retrain))
    h = np.arange(1, horizon + 1)
    expected = np.sqrt((1 - phi ** (2 * h)) / (1 - phi**2))
    still = np.sqrt(2 * (1 - phi**h) / (1 - phi**2))
    assert result.rmse.shape == (4, horizon)
    np.testing.assert_allclose(np.sqrt((result.rmse**2).mean(axis=0)), expected, rtol=0.03)
    assert list(result.baselines) == ["Persistence"]  # not the model itself, and there is no season
    np.testing.assert_allclose(np.sqrt((result.baselines["Persistence"] ** 2).mean(axis=0)), still, rtol=0.03)
    np.testing.assert_allclose(result.held.mean(axis=0), 0.9, atol=0.015)
    np.testing.assert_allclose(ratios(result), np.exp(np.mean(np.log(expected / still))), rtol=0.05)


@BOTH
def test_persistence_on_a_straight_line_is_off_by_the_step(retrain: bool) -> None:
    line = from_columns({"y": np.arange(200.0)}, "line")
    result = found(line, TrainConfig(model="Persistence", horizon=5), replace(FEW, retrain=retrain))
    np.testing.assert_allclose(result.rmse, np.tile(np.arange(1.0, 6.0), (3, 1)))
    np.testing.assert_array_equal(result.mean, np.repeat(result.rows[:, None] - 1.0, 5, axis=1))
    np.testing.assert_array_equal(result.ahead, result.rows[:, None] + np.arange(5))
    assert result.rival == "Linear AR"
    np.testing.assert_allclose(result.baselines["Linear AR"], 0, atol=1e-9)
    assert (result.held == 1).all()  # a width that held on the calibration part


def test_every_row_of_the_test_part_with_a_whole_horizon_ahead_is_forecast_once() -> None:
    series = waves()
    rows = cutoff_rows(series, "wave", 3, 5)
    assert rows[0] == 192  # where the test part of 48 begins
    result = found(series, TrainConfig(model="Persistence", horizon=3), BacktestConfig(cutoffs=5))
    assert result.origins.sum() == 48 - 3 + 1
    assert np.ptp(result.origins) <= 1
    np.testing.assert_array_equal(result.rows, rows)


@BOTH
@pytest.mark.parametrize("model", ["Liquid", "Linear AR"])
def test_what_comes_after_a_cutoff_changes_nothing_before_it(model: str, retrain: bool) -> None:
    series, config = waves(), replace(SMALL, model=model)
    how = replace(FEW, retrain=retrain)
    first = found(series, config, how)
    cut = int(first.rows[1])
    values = series.values.copy()
    values[cut:] = 50 + np.random.default_rng(1).normal(size=values[cut:].shape)
    other = found(replace(series, values=values), config, how)
    for name in ("mean", "low", "high"):
        np.testing.assert_array_equal(getattr(first, name)[:2], getattr(other, name)[:2])
        assert not np.array_equal(getattr(first, name)[2], getattr(other, name)[2])
    inside = found(
        before(series, cut + 0), config, how
    )  # the earlier end moves the cutoffs, so only their kind is compared
    assert inside.rows[-1] < cut


def test_trained_again_is_what_a_training_on_what_was_known_forecasts() -> None:
    series = waves()
    result = found(series, SMALL)
    known = before(series, int(result.rows[1]))
    alone = next(event for event in run(known, SMALL) if isinstance(event, Run))
    np.testing.assert_allclose(result.mean[1], alone.forecast.mean, rtol=1e-6)
    np.testing.assert_allclose(result.low[1], alone.forecast.low, rtol=1e-6)
    np.testing.assert_allclose(result.high[1], alone.forecast.high, rtol=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_every_model_of_the_registry_looks_back_alike(model: str) -> None:
    values = waves().values.copy()
    values[[30, 100, 200, 201]] = np.nan
    kind = MODELS[model]
    sizes = {"members": 1, "steps": 2, "window": 12, "batch": 8, "state_size": 3}
    config = TrainConfig(
        model=model, horizon=2, **{name: size for name, size in sizes.items() if name in kind.settings}
    )
    result = found(replace(waves(), values=values), config, replace(FEW, retrain=False))
    assert result.model == model
    assert np.isfinite(result.rmse).all()
    assert ((result.held >= 0) & (result.held <= 1)).all()
    assert model in answer(result)


@BOTH
def test_baselines_forecast_from_the_same_cutoffs_and_the_best_of_them_is_the_rival(retrain: bool) -> None:
    """A season of 4 values plus noise s: a season ago is off by s sqrt(2), whichever the step."""
    length, spread = 4000, 0.1
    noise = np.random.default_rng(0).normal(0, spread, length)
    series = from_columns({"y": np.tile([0.0, 3.0, -2.0, 5.0], length // 4) + noise}, "season", season=4)
    result = found(series, TrainConfig(model="Linear AR", horizon=4), replace(FEW, retrain=retrain))
    assert list(result.baselines) == ["Persistence", "Seasonal naive", "Seasonal AR"]
    seasonal, still = result.baselines["Seasonal naive"], result.baselines["Persistence"]
    np.testing.assert_allclose(seasonal, spread * np.sqrt(2), rtol=0.15)
    np.testing.assert_allclose(still[:, 3], seasonal[:, 3], rtol=1e-6)  # four back is the last value
    assert (still[:, 0] > 10 * seasonal[:, 0]).all()
    assert result.rival == min(result.baselines, key=lambda name: np.mean(result.baselines[name] ** 2))
    assert f"the error of {result.rival}, the best of 3 baselines there, over the 4 steps ahead" in answer(result)
    assert f"over {result.rival}" in cutoff_table(result, series)
    assert {"rmse, Persistence", "rmse, Seasonal AR"} <= step_table(result, series).keys()


def test_a_baseline_that_could_not_be_fitted_at_every_cutoff_is_none() -> None:
    late = np.where(np.arange(400) < 300, 0.0, np.sin(np.arange(400) * np.pi / 3) * 3)
    values = late + np.random.default_rng(0).normal(0, 0.3, 400)
    result = found(from_columns({"y": values}, "late"), TrainConfig(model="Linear AR", horizon=2))
    assert list(result.baselines) == ["Persistence"]


def test_sentences_tables_and_pictures_hold_what_was_found() -> None:
    series = waves()
    result = found(series, TrainConfig(model="Linear AR", horizon=3))
    overall = np.exp(np.log(ratios(result)).mean())
    assert answer(result).startswith(f"From 3 cutoffs, trained again at each, Linear AR makes {overall:.2f} times")
    assert f"{100 * np.average(result.held[:, 0], weights=result.origins):.0f} %" in band_words(result)
    assert list(cutoff_table(result, series)["forecasts"]) == list(result.origins)  # type: ignore[arg-type]
    table = step_table(result, series)
    assert {len(np.asarray(column)) for column in table.values()} == {9}
    np.testing.assert_array_equal(np.asarray(table["rmse"]).reshape(3, 3), result.rmse)
    ends = (result.mean, result.low, result.high)
    drawn = fans(series, result.rows, result.ahead, ends, result.model, LIGHT)
    lines = [trace for trace in drawn.data if trace.mode == "lines+markers"]
    np.testing.assert_array_equal([line.y for line in lines], result.mean)
    rival = (result.rival, result.baselines[result.rival])
    by_step = errors(result.rmse, rival, ["a", "b", "<b>c"], result.model, "", LIGHT)
    assert by_step.data[-1].name == f"{result.rival}, all"
    np.testing.assert_array_equal(by_step.data[1].y, result.rmse[1])
    assert "<b>" not in by_step.data[2].name


def test_a_baseline_without_error_cannot_be_compared() -> None:
    result = found(
        from_columns({"y": np.r_[np.sin(np.arange(130.0)), np.zeros(70)]}, "still"),
        TrainConfig(model="Linear AR", horizon=2),
    )
    assert result.rival == "Persistence"
    assert "cannot be compared" in answer(result)


def test_it_stops_where_it_is_told_to() -> None:
    asked = iter([False] * 5 + [True] * 1000)
    events = list(backtest(waves(), SMALL, FEW, lambda: next(asked)))
    assert events
    assert not any(isinstance(event, Backtest) for event in events)


@pytest.mark.parametrize(
    ("length", "horizon", "cutoffs", "sentence"),
    [(60, 10, 5, "fewer cutoffs"), (60, 12, 5, "shorter horizon"), (30, 2, 3, "at least 40")],
)
def test_a_series_too_short_for_it_is_told(length: int, horizon: int, cutoffs: int, sentence: str) -> None:
    with pytest.raises(LiquidError, match=sentence):
        found(waves(length), TrainConfig(model="Persistence", horizon=horizon), BacktestConfig(cutoffs=cutoffs))


@pytest.mark.parametrize("cutoffs", [2, 11])
def test_cutoffs_are_3_to_10(cutoffs: int) -> None:
    with pytest.raises(LiquidError, match="cutoffs"):
        BacktestConfig(cutoffs=cutoffs)
