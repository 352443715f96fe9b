"""What is known ahead: its effect against a regression that knows the noise, and that nothing else is read ahead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.learning.data import Prepared, prepare
from liquid.learning.effects import effects
from liquid.learning.linear import linear_first
from liquid.learning.models import ForecastModel
from liquid.learning.run import Run
from liquid.models.registry import MODELS
from liquid.runs.format import from_files, to_files
from liquid.series.known_ahead import WEEKDAY
from liquid.series.series import Series, from_columns
from liquid.studies.backtest.study import Backtest, BacktestConfig, backtest

Small = Callable[..., TrainConfig]
Train = Callable[[Series, TrainConfig], Run]
EFFECT, PHI, AHEAD = 5.0, 0.7, 12


# y[t] = 10 + a promo[t] + n[t],  n[t] = phi n[t - 1] + noise
def sales(length: int = 500, seed: int = 0, effect: float = EFFECT) -> Series:
    """The last AHEAD rows have a promotion and no sales yet."""
    rng = np.random.default_rng(seed)
    whole = length + AHEAD
    noise = rng.normal(size=whole)
    for t in range(1, whole):
        noise[t] += PHI * noise[t - 1]
    promo = (rng.random(whole) < 0.2).astype(np.float64)
    sold = 10 + effect * promo + noise
    sold[length:] = np.nan
    return from_columns({"sold": sold, "promo": promo, "rain": rng.normal(size=whole)}, "sales")


@pytest.fixture(scope="module")
def config(small: Small) -> TrainConfig:
    return small(horizon=4, inputs=("rain", "promo"), ahead=("promo",))


@pytest.mark.parametrize("seed", range(4))
def test_the_effect_is_that_of_least_squares_which_knows_the_noise(config: TrainConfig, seed: int) -> None:
    series = sales(seed=seed)
    prepared = prepare(series, config)
    end = prepared.split.validation.stop
    sold, promo = series.values[:end, 0], series.values[:end, 1]
    design = np.column_stack([promo[1:] - PHI * promo[:-1], np.ones(end - 1)])
    exact = np.linalg.lstsq(design, sold[1:] - PHI * sold[:-1], rcond=None)[0][0]
    found = effects(prepared)[0] / prepared.ahead_scaler.scale[0]
    assert found == pytest.approx(exact, abs=0.1)  # half of its own standard error
    assert found == pytest.approx(EFFECT, abs=0.5)


def test_missing_values_of_the_target_leave_the_effect_where_it_is(config: TrainConfig) -> None:
    series = sales()
    values = series.values.copy()
    values[np.random.default_rng(1).random(len(values)) < 0.3, 0] = np.nan
    prepared = prepare(replace(series, values=values), config)
    assert effects(prepared)[0] / prepared.ahead_scaler.scale[0] == pytest.approx(EFFECT, abs=0.6)


def test_a_column_that_does_nothing_is_left_out(config: TrainConfig) -> None:
    for seed in range(5):
        prepared = linear_first(prepare(sales(seed=seed, effect=0.0), config))
        assert prepared.linear is not None
        if not prepared.linear.effects.any():
            break
    else:
        raise AssertionError("an effect in five of five series that have none")


def test_forecasts_move_by_the_effect_where_the_promotion_moves_and_nowhere_else(
    config: TrainConfig, train_run: Train
) -> None:
    series = sales()
    forecaster = train_run(series, replace(config, model="Echo state")).forecaster
    part = forecaster.prepared.linear
    assert part is not None
    effect = part.effects[0] / forecaster.prepared.ahead_scaler.scale[0]
    plain = replace(forecaster.prepared, linear=part)
    origin = np.array([len(plain.target) - 1])
    for step in range(1, 5):
        values = series.values.copy()
        values[origin[0] + step, 1] = 1 - values[origin[0] + step, 1]
        moved = plain.over(replace(series, values=values))
        change = moved.base(origin) - plain.base(origin)
        sign = 1 if values[origin[0] + step, 1] else -1
        np.testing.assert_allclose(change[0], np.where(np.arange(1, 5) == step, sign * effect, 0), atol=1e-9)


def changed(series: Series, column: int, row: int) -> Series:
    values = series.values.copy()
    values[row, column] = 3.0 - values[row, column]
    return replace(series, values=values)


@pytest.mark.parametrize("model", ["Liquid", "LSTM", "Echo state"])
def test_a_known_column_is_read_up_to_the_horizon_and_nothing_else_is_read_ahead(
    config: TrainConfig, train_run: Train, model: str
) -> None:
    """Each value after an origin is changed in turn: which forecasts move tells what was read."""
    series = sales()
    forecaster = train_run(series, replace(config, model=model)).forecaster
    network = forecaster.model
    assert isinstance(network, ForecastModel)
    network.readout.linear.weight.data += 0.3  # were it shrunk to nothing, nothing that it reads would show
    origin, horizon = np.array([300]), config.horizon

    def forecast(prepared: Prepared) -> np.ndarray:
        return network.forecast(prepared, origin).mean(axis=0)[0]

    before = forecast(forecaster.prepared)
    for column, name in enumerate(series.names):
        for ahead in range(1, horizon + 3):
            other = forecaster.prepared.over(changed(series, column, int(origin[0]) + ahead))
            read = not np.array_equal(forecast(other), before)
            assert read is (name == "promo" and ahead <= horizon), (name, ahead)


def test_what_lies_behind_the_last_row_that_is_read_changes_no_training(config: TrainConfig, train_run: Train) -> None:
    """A promotion of the times to come moves neither weights nor errors, only the forecast beyond the data."""
    series = sales()
    one = train_run(series, config)
    other = train_run(changed(series, 1, len(series) - AHEAD), config)
    for name, weight in one.forecaster.model.state_dict().items():
        assert (weight == other.forecaster.model.state_dict()[name]).all(), name
    np.testing.assert_array_equal(one.report.one_step, other.report.one_step)
    assert abs(one.forecast.mean[0] - other.forecast.mean[0]) > EFFECT / 2


def test_where_the_file_ends_the_last_known_value_stands_for_the_rest(config: TrainConfig) -> None:
    series = sales()
    rows = len(series) - AHEAD
    prepared = prepare(series.select(series.names), config)
    short = replace(series, time=series.time[: rows + 1], values=series.values[: rows + 1])
    known = prepare(short, config).known
    np.testing.assert_array_equal(known[: rows + 1], prepared.known[: rows + 1])
    np.testing.assert_array_equal(known[rows + 1 :], np.repeat(known[rows : rows + 1], 3, axis=0))


def test_a_saved_run_opens_with_what_is_known_ahead(small: Small, train_run: Train) -> None:
    dates = replace(sales(), time=86_400.0 * np.arange(500 + AHEAD), time_kind="date")
    run = train_run(dates, small(horizon=4, ahead=("promo", WEEKDAY)))
    assert run.config.inputs == ("promo",)
    opened, _ = from_files(to_files(run))
    assert opened.config == run.config
    np.testing.assert_array_equal(opened.forecast.mean, run.forecast.mean)
    origins = np.arange(100, 300)
    np.testing.assert_array_equal(opened.forecaster.predict(origins), run.forecaster.predict(origins))
    np.testing.assert_array_equal(opened.forecaster.forecast(opened.series).mean, run.forecast.mean)


def test_a_backtest_reads_at_each_cutoff_what_is_known_ahead_of_it_and_no_more(config: TrainConfig) -> None:
    series, how = sales(300), BacktestConfig(cutoffs=3)
    found = _found(series, config, how)
    blind = _found(series, replace(config, ahead=()), how)
    assert np.sqrt((found.rmse**2).mean()) < 0.8 * np.sqrt((blind.rmse**2).mean())
    cut = int(found.rows[1])
    beyond = _found(changed(series, 1, cut + config.horizon), config, how)
    np.testing.assert_array_equal(found.mean[:2], beyond.mean[:2])
    within = _found(changed(series, 1, cut + config.horizon - 1), config, how)
    assert not np.array_equal(found.mean[1], within.mean[1])
    np.testing.assert_array_equal(found.mean[0], within.mean[0])


def _found(series: Series, config: TrainConfig, how: BacktestConfig) -> Backtest:
    return next(event for event in backtest(series, config, how) if isinstance(event, Backtest))


def test_models_without_inputs_know_nothing_ahead_and_the_target_never_is(small: Small) -> None:
    for name, kind in MODELS.items():
        config = TrainConfig(model=name, ahead=("promo",))
        assert config.ahead == (("promo",) if "inputs" in kind.settings else ())
    for target in (None, "sold"):
        with pytest.raises(LiquidError, match="'sold' is to be forecast"):
            prepare(sales(), small(target=target, ahead=("sold",)))
    constant = replace(sales(), time=86_400.0 * 7 * np.arange(500 + AHEAD), time_kind="date")
    with pytest.raises(LiquidError, match="weekday' is the same over the training part"):
        prepare(constant, small(ahead=(WEEKDAY,)))
