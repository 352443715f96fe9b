"""Nothing that was learned or measured depends on a value that lay in its future."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from liquid.learning.band import LEVELS
from liquid.learning.config import TrainConfig
from liquid.learning.data import Prepared, prepare
from liquid.learning.forecaster import Forecaster
from liquid.learning.models import ForecastModel
from liquid.learning.run import Run
from liquid.learning.training import Batches, validation_set
from liquid.models.linear_ar import LinearAR
from liquid.models.persistence import Persistence
from liquid.models.registry import MODELS
from liquid.models.seasonal_naive import SeasonalNaive, season_of
from liquid.series.generators import mackey_glass
from liquid.series.series import Series, from_columns
from liquid.series.windows import Split

Small = Callable[..., TrainConfig]


def disturbed(series: Series, cut: int) -> Series:
    """The same series up to `cut`, another one from there."""
    values = series.values.copy()
    values[cut:] = 1000 + 50 * np.random.default_rng(1).normal(size=values[cut:].shape)
    return replace(series, values=values)


def blinded(prepared: Prepared, cut: int) -> Prepared:
    """Not a number from `cut` on: whatever touches one becomes one."""
    channels, observed = prepared.channels.copy(), prepared.observed.copy()
    channels[cut:] = observed[cut:] = np.nan  # with no treatment, what is read is what is observed
    return replace(prepared, channels=channels, observed=observed, read=observed)


def test_the_split_is_chronological_and_complete() -> None:
    for length in (40, 41, 99, 1000, 12_345):
        split = Split.of(length)
        parts = [split.train, split.validation, split.calibration, split.test]
        assert parts[0].start == 0
        assert parts[-1].stop == length
        assert all(before.stop == after.start for before, after in pairwise(parts))
        assert len(split.train) >= length / 2
        assert all(len(part) >= 5 for part in parts)


def test_scaling_is_that_of_the_training_part(waves: Series, small: Small) -> None:
    config = small(inputs=("ahead",))
    end = Split.of(len(waves)).train.stop
    one, other = prepare(waves, config), prepare(disturbed(waves, end), config)
    for name in ("mean", "scale"):
        np.testing.assert_array_equal(getattr(one.scaler, name), getattr(other.scaler, name))
    np.testing.assert_array_equal(one.change_scale, other.change_scale)
    np.testing.assert_array_equal(one.step_scale, other.step_scale)
    assert one.trending == other.trending
    train = waves.values[:end]
    np.testing.assert_allclose(one.scaler.mean, train.mean(axis=0))
    np.testing.assert_allclose(one.change_scale, np.sqrt(np.mean(np.diff(train, axis=0) ** 2, axis=0)))
    steps = [np.sqrt(np.mean((train[ahead:, 0] - train[:-ahead, 0]) ** 2)) for ahead in (1, 2, 3)]
    np.testing.assert_allclose(one.step_scale, steps)
    assert not np.allclose(prepare(disturbed(waves, end - 20), config).scaler.mean, one.scaler.mean)


def test_batches_hold_no_value_from_beyond_the_training_part(waves: Series, small: Small) -> None:
    config = small(inputs=("ahead",), timespans=True)
    prepared = prepare(waves, config)
    end = prepared.split.train.stop
    clean, blind = Batches(prepared, config), Batches(blinded(prepared, end), config)
    for _ in range(50):
        (x, truth, _), (blind_x, blind_truth, _) = clean.draw(), blind.draw()
        assert torch.equal(x, blind_x)
        torch.testing.assert_close(truth, blind_truth, rtol=0, atol=0, equal_nan=True)
    blind = Batches(blinded(prepared, end - 1), config)  # one value less, and it shows
    assert any(blind.draw()[0].isnan().any() for _ in range(50))


def test_validation_holds_no_value_from_beyond_its_part(waves: Series, small: Small) -> None:
    config = small()
    prepared = prepare(waves, config)
    end = prepared.split.validation.stop
    x, truth, _ = validation_set(prepared, config)
    blind_x, blind_truth, _ = validation_set(blinded(prepared, end), config)
    assert torch.equal(x, blind_x)
    torch.testing.assert_close(truth, blind_truth, rtol=0, atol=0, equal_nan=True)
    assert validation_set(blinded(prepared, end - 1), config).target.isnan().sum() > truth.isnan().sum()


def test_every_step_of_the_horizon_is_measured_on_every_value_of_a_part(waves: Series, small: Small) -> None:
    prepared = prepare(waves, small(horizon=20))
    part = prepared.split.validation
    origins, values = prepared.reaching(part)
    for step in range(20):
        known = np.isfinite(values[:, step])
        np.testing.assert_array_equal(origins[known] + step + 1, np.arange(part.start, part.stop))
        np.testing.assert_array_equal(values[known, step], prepared.target[part.start : part.stop])


def starting(forecaster: Forecaster) -> np.ndarray:
    """The band from the calibration part alone."""
    return Forecaster.calibrated(forecaster.prepared, forecaster.config, forecaster.model).band.half_width


def test_the_band_knows_at_each_origin_what_was_known_there(
    waves: Series, small: Small, train_run: Callable[[Series, TrainConfig], Run]
) -> None:
    config, test = small(), Split.of(len(waves)).test
    cut = test.start + 10
    whole, other = train_run(waves, config), train_run(disturbed(waves, cut), config)
    before = slice(0, cut - test.start)
    assert whole.report.levels == LEVELS
    for one, two in ((whole.report.low, other.report.low), (whole.report.high, other.report.high)):
        np.testing.assert_array_equal(one[:, before], two[:, before])
        assert not np.array_equal(one, two)
    assert np.ptp((whole.report.high - whole.report.low)[2]) > 0
    assert not np.array_equal(whole.forecast.band.half_width, other.forecast.band.half_width)


def test_weights_do_not_know_calibration_and_test_and_the_band_does_not_know_test(
    waves: Series, small: Small, train_run: Callable[[Series, TrainConfig], Run]
) -> None:
    config = small(inputs=("ahead",))
    split = Split.of(len(waves))
    first = train_run(waves, config).forecaster
    no_calibration = train_run(disturbed(waves, split.calibration.start), config).forecaster
    for name, weight in first.model.state_dict().items():
        assert torch.equal(weight, no_calibration.model.state_dict()[name]), name
    past = np.arange(first.prepared.window - 1, split.calibration.start)
    np.testing.assert_array_equal(first.predict(past), no_calibration.predict(past))
    no_test = train_run(disturbed(waves, split.test.start), config).forecaster
    for other, same in ((no_test, True), (no_calibration, False)):  # as it was at the start of the test part
        assert np.array_equal(starting(first), starting(other)) is same


@pytest.mark.parametrize("model", ["Liquid", "LSTM", "Echo state"])
def test_no_choice_of_a_forecast_that_networks_have_a_say_in_knows_what_follows_its_parts(
    small: Small, train_run: Callable[[Series, TrainConfig], Run], model: str
) -> None:
    """On a long series that is not linear: networks that are shrunk to nothing would hide what chose their weights."""
    series = mackey_glass(600, noise=0.05, seed=0)
    config, split = small(model=model, members=2, steps=20, horizon=5), Split.of(600)
    run, no_calibration, no_test = (
        train_run(one, config)
        for one in (series, disturbed(series, split.calibration.start), disturbed(series, split.test.start))
    )
    assert run.forecaster.prepared.season == no_calibration.forecaster.prepared.season
    assert run.forecaster.model.adds
    for other in (no_calibration, no_test):
        for name, weight in run.forecaster.model.state_dict().items():
            assert torch.equal(weight, other.forecaster.model.state_dict()[name]), name
        assert [point.member_losses for point in run.curve] == [point.member_losses for point in other.curve]
        assert run.finished.best_step == other.finished.best_step
    np.testing.assert_array_equal(starting(run.forecaster), starting(no_test.forecaster))


def test_baselines_do_not_know_what_follows_their_origin() -> None:
    target = np.sin(np.arange(300) / 5) + 0.1 * np.random.default_rng(0).normal(size=300)
    split = Split.of(len(target))
    changed = target.copy()
    changed[split.test.start :] = 99.0
    origins = np.arange(50, split.test.start)
    regressions = [LinearAR.choose(values, split.train, split.validation) for values in (target, changed)]
    np.testing.assert_array_equal(regressions[0].weights, regressions[1].weights)
    for baseline in (Persistence(), SeasonalNaive(31), regressions[0]):
        np.testing.assert_array_equal(baseline.predict(target, origins, 40), baseline.predict(changed, origins, 40))


def test_the_season_is_found_in_the_past() -> None:
    wave = from_columns({"y": np.sin(2 * np.pi * np.arange(400) / 16)}, "wave")
    assert season_of(wave, "y", 200) == season_of(disturbed(wave, 200), "y", 200) == 16


@pytest.mark.parametrize("model", [name for name, kind in MODELS.items() if kind.sized])
def test_the_state_carries_nothing_back(waves: Series, small: Small, model: str) -> None:
    prepared = prepare(waves, small())
    network = ForecastModel(small(model=model), prepared.features, prepared.window)
    x = torch.randn(3, 12, prepared.features, generator=torch.Generator().manual_seed(0))
    later = x.clone()
    later[:, 7:] = 9.0
    with torch.no_grad():
        assert torch.equal(network(x)[:, :, :7], network(later)[:, :, :7])
        assert not torch.equal(network(x)[:, :, 7:], network(later)[:, :, 7:])
