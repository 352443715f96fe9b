"""A missing value stays missing: models see what was known by then, and nothing is measured where the truth is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from liquid.errors import LiquidError
from liquid.learning.band import LEVEL
from liquid.learning.config import TrainConfig
from liquid.learning.data import prepare
from liquid.learning.forecaster import Forecaster
from liquid.learning.report import missing_sentence
from liquid.learning.run import Run
from liquid.learning.training import Batches, validation_set
from liquid.models.registry import BASELINES, MODELS
from liquid.series.series import Series, from_columns
from liquid.series.windows import Split, age, carried, longest_complete
from liquid.studies.noise.signal import read_by

Small = Callable[..., TrainConfig]
Train = Callable[[Series, TrainConfig], Run]
LENGTH = 1750


def holed(series: Series, share: float = 0.4, seed: int = 0, start: int = 0) -> Series:
    """Values removed at random from row `start` on; the first and the last row stay."""
    gone = np.random.default_rng(seed).random(series.values.shape) < share
    gone[:start] = gone[[0, -1]] = False
    return replace(series, values=np.where(gone, np.nan, series.values))


def white_noise(known: str) -> Series:
    values = np.random.default_rng(5).normal(size=LENGTH)
    if known == "half":
        values[np.random.default_rng(6).permutation(LENGTH)[: LENGTH // 2]] = np.nan
    if known == "one a week":
        values[np.arange(LENGTH) % 7 != 0] = np.nan
    return from_columns({"y": values}, "noise", season=7)


@pytest.fixture(scope="module")
def scored(small: Small, train_run: Train) -> Callable[[str, str], Run]:
    done: dict[tuple[str, str], Run] = {}

    def of(model: str, known: str) -> Run:
        if (model, known) not in done:
            done[model, known] = train_run(white_noise(known), small(model=model, horizon=2, window=8))
        return done[model, known]

    return of


@pytest.mark.parametrize("known", ["half", "one a week"])
@pytest.mark.parametrize("model", MODELS)
def test_white_noise_with_gaps_scores_what_it_scores_without(
    scored: Callable[[str, str], Run], model: str, known: str
) -> None:
    whole, holes = scored(model, "all"), scored(model, known)
    assert whole.report.points == LENGTH // 5
    assert holes.report.points == np.isfinite(white_noise(known).values[holes.forecaster.prepared.split.test]).sum()
    spread = np.sqrt(1 / (2 * whole.report.points) + 1 / (2 * holes.report.points))  # of log RMSE
    rows = zip(whole.report.rows, holes.report.rows, strict=True)
    for row, other in rows:
        assert row.name == other.name
        assert abs(np.log(other.one_step.rmse / row.one_step.rmse)) < 3.5 * spread, row.name
        rest = 1.0 if row.name not in ("Persistence", "Seasonal naive") else np.sqrt(2)
        assert other.one_step.rmse > rest * (1 - 3.5 * spread), row.name
        assert other.one_step.mase == pytest.approx(other.one_step.rmse / np.sqrt(2), rel=3.5 * spread)


def test_what_was_known_by_then_its_age_and_the_longest_stretch() -> None:
    values = np.array([np.nan, 1, np.nan, np.nan, 2, 3, np.nan])
    np.testing.assert_array_equal(carried(values), [np.nan, 1, 1, 1, 2, 3, 3])
    np.testing.assert_array_equal(age(values), [1, 0, 1, 2, 0, 0, 1])
    two = np.column_stack([values, np.arange(7.0)])
    np.testing.assert_array_equal(carried(two)[:, 0], carried(values))
    np.testing.assert_array_equal(age(two)[:, 1], np.zeros(7))
    assert longest_complete(two) == slice(4, 6)
    assert longest_complete(two[:, 1:]) == slice(0, 7)


def test_a_complete_series_is_read_as_ever(waves: Series, small: Small) -> None:
    """Level and change alone: no input more, no other number."""
    prepared = prepare(waves, small(inputs=("ahead",)))
    assert prepared.aged == ()
    assert prepared.features == 4
    np.testing.assert_array_equal(prepared.channels, waves.values)
    np.testing.assert_array_equal(prepared.observed, waves.values[:, 0])
    x, _, _ = prepared.at(np.array([30]))
    seen = waves.values[31 - prepared.window : 31]
    level = (seen - prepared.scaler.mean) / prepared.scaler.scale
    change = np.diff(seen, axis=0, prepend=seen[:1]) / prepared.change_scale
    np.testing.assert_array_equal(x[0].numpy(), np.hstack([level, change]).astype(np.float32))


def test_gaps_after_the_validation_part_train_the_weights_of_a_complete_series(
    waves: Series, small: Small, train_run: Train
) -> None:
    """Bit for bit: a model that has seen no gap is the one of a series without any, and forecasts through them."""
    first = train_run(waves, small())
    late = train_run(holed(waves, start=Split.of(len(waves)).calibration.start), small())
    for name, weight in first.forecaster.model.state_dict().items():
        assert torch.equal(weight, late.forecaster.model.state_dict()[name]), name
    assert late.report.points < first.report.points
    batch = Batches(first.forecaster.prepared, small()).draw()
    starts = np.random.default_rng(0).integers(first.forecaster.prepared.split.train.stop - 11, size=8)
    following = waves.values[starts[:, None] + np.arange(3, 12), 0]  # one step ahead
    prepared = first.forecaster.prepared
    assert batch.target.shape[1] == prepared.window - prepared.window // 4  # the warm-up has none
    origins = (starts[:, None] + np.arange(3, 11)).ravel()
    leftover = (following[:, 1:].ravel() - prepared.base(origins)[:, 0]) / prepared.step_scale[0]
    np.testing.assert_allclose(batch.target[:, :-1, 0].ravel(), leftover, rtol=1e-4, atol=1e-6)


def test_measures_are_those_of_the_known_training_values(waves: Series, small: Small) -> None:
    prepared = prepare(holed(waves), small(inputs=("ahead",)))
    train = holed(waves).values[: prepared.split.train.stop]
    np.testing.assert_allclose(prepared.scaler.mean, np.nanmean(train, axis=0))
    np.testing.assert_allclose(prepared.scaler.scale, np.nanstd(train, axis=0))
    for column in range(2):
        known = train[np.isfinite(train[:, column]), column]
        assert prepared.change_scale[column] == pytest.approx(np.sqrt(np.mean(np.diff(known) ** 2)))
    last, squares = np.nan, []
    for before, value in zip(train[:-1, 0], train[1:, 0], strict=True):
        last = last if np.isnan(before) else before
        squares.append((value - last) ** 2)
    assert prepared.step_scale[0] == pytest.approx(np.sqrt(np.nanmean(squares)))


def starting(forecaster: Forecaster) -> np.ndarray:
    """The band from the calibration part alone."""
    return Forecaster.calibrated(forecaster.prepared, forecaster.config, forecaster.model).band.half_width


def test_what_follows_a_part_may_change_and_go_missing_and_nothing_before_it_does(
    waves: Series, small: Small, train_run: Train
) -> None:
    config = small(inputs=("ahead",))
    split, series = Split.of(len(waves)), holed(waves)
    first = train_run(series, config).forecaster
    assert first.prepared.aged == ("wave", "ahead")

    def another_from(cut: int) -> Series:
        values = series.values.copy()
        values[cut:] = 1000 + holed(waves, 0.2, seed=9).values[cut:]
        return replace(series, values=values)

    changed = train_run(another_from(split.calibration.start), config).forecaster
    for name, weight in first.model.state_dict().items():
        assert torch.equal(weight, changed.model.state_dict()[name]), name
    past = np.arange(first.prepared.window - 1, split.calibration.start)
    np.testing.assert_array_equal(first.predict(past), changed.predict(past))
    untold = train_run(another_from(split.test.start), config).forecaster
    np.testing.assert_array_equal(starting(first), starting(untold))
    assert not np.array_equal(starting(first), starting(changed))


def test_only_what_the_file_holds_is_scored(waves: Series, small: Small, train_run: Train) -> None:
    series = holed(waves, 0.4)
    run = train_run(series, small())
    report, prepared = run.report, run.forecaster.prepared
    test = series.values[prepared.split.test.start :, 0]
    known = np.isfinite(test)
    np.testing.assert_array_equal(report.truth, test)
    assert report.points == known.sum() < len(report.truth)
    assert np.isfinite(report.one_step).all()
    error = (report.one_step - test)[known]
    assert report.rows[0].one_step.rmse == pytest.approx(np.sqrt(np.mean(error**2)))
    low, high = report.within()
    assert report.coverage[report.levels.index(LEVEL), 0] == np.mean((low <= test)[known] & (test <= high)[known])
    origins, truth = prepared.reaching(prepared.split.calibration)
    residuals = (run.forecaster.predict(origins) - truth)[:, 0]
    sizes = np.sort(np.abs(residuals[np.isfinite(residuals)]))
    assert len(sizes) == prepared.known_in(prepared.split.calibration) < len(prepared.split.calibration)
    first = (high - low)[0] / 2  # later ones follow the values
    assert first == pytest.approx(sizes[int(np.ceil((len(sizes) + 1) * LEVEL)) - 1], rel=1e-9)
    assert f"calibrated on {len(sizes)} held-out points" in report.band_sentence
    assert f"of the {known.sum()} test values" in report.band_sentence
    persistence = next(row for row in report.rows if row.name == "Persistence")
    before = carried(series.values[:, 0])[prepared.split.test.start - 1 : -1]
    assert persistence.one_step.rmse == pytest.approx(np.sqrt(np.mean((before - test)[known] ** 2)))


def test_batches_and_validation_count_known_values_alone(waves: Series, small: Small) -> None:
    values = waves.values.copy()
    values[10:50, 0] = np.nan  # longer than a window and its horizon
    config = small(batch=1)
    prepared = prepare(replace(waves, values=values), config)
    batches, known = Batches(prepared, config), np.isfinite(prepared.truth(prepared.split.train.stop)).any(axis=1)
    for _ in range(60):
        batch = batches.draw()
        assert torch.isfinite(batch.x).all()
        assert torch.isfinite(batch.target).any()
    assert len(batches.ends) == sum(
        known[end - prepared.window + 1 + batches.warm_up : end + 1].any()
        for end in range(prepared.window - 1, prepared.split.train.stop)
    )
    values[70 + np.flatnonzero(np.arange(len(values) - 70) % 2), 0] = np.nan
    prepared = prepare(replace(waves, values=values[:-1], time=waves.time[:-1]), config)
    counted = int(torch.isfinite(validation_set(prepared, config).target)[..., 0].sum())
    assert counted == prepared.known_in(prepared.split.validation) < len(prepared.split.validation)


def test_many_origins_are_thinned_without_losing_a_step_of_the_horizon(small: Small) -> None:
    """Every seventh value known, every seventh origin looked at: some steps would never be measured."""
    values = np.random.default_rng(0).normal(size=3500)
    values[np.arange(3500) % 7 != 0] = np.nan
    prepared = prepare(from_columns({"y": values}, "weekly"), small(horizon=5))
    origins, truth = prepared.reaching(prepared.split.test, most=100)
    assert len(origins) == 100
    assert np.all(np.diff(origins) > 0)
    assert np.isfinite(truth).any(axis=1).all()
    assert (np.isfinite(truth).sum(axis=0) > 5).all()


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_falls_back_on_what_was_known(name: str) -> None:
    rng = np.random.default_rng(1)
    wave = np.sin(2 * np.pi * np.arange(400) / 8) + 0.1 * rng.normal(size=400)
    values = np.where(rng.random(400) < 0.4, np.nan, wave)
    split, origins = Split.of(400), np.arange(320, 398)
    rule = MODELS[name].load().fit(values, split, 8)
    forecast = rule.predict(values, origins, 3)
    assert np.isfinite(forecast).all()
    later = values.copy()
    later[350:] = np.nan
    np.testing.assert_array_equal(rule.predict(later, origins[:30], 3), rule.predict(values, origins[:30], 3))
    if name == "Persistence":
        expected = [values[: origin + 1][np.isfinite(values[: origin + 1])][-1] for origin in origins]
        np.testing.assert_array_equal(forecast, np.repeat(np.array(expected)[:, None], 3, axis=1))
    if name == "Seasonal naive":
        for origin, row in zip(origins, forecast, strict=True):
            same = values[(origin + 1) % 8 : origin + 1 : 8]
            assert row[0] == same[np.isfinite(same)][-1]
    if name == "Linear AR":
        error = (forecast[:, 0] - wave[origins + 1]).std()
        assert error < 0.5 * (carried(values)[origins] - wave[origins + 1]).std()


def test_rows_without_a_target_at_the_end_are_the_question(small: Small, train_run: Train) -> None:
    days, wave = np.arange(130) * 86_400.0, np.sin(np.arange(130) / 3)
    days[125:] += 86_400.0 * 2  # the file asks for days after a weekend
    asked = np.where(np.arange(130) < 125, wave, np.nan)
    series = from_columns({"y": asked, "known ahead": wave}, "asked", time=days, time_kind="date")
    config = small(inputs=("known ahead",), horizon=7)
    run = train_run(series, config)
    shorter = Series(days[:125], series.values[:125], series.names, "asked", time_kind="date")
    np.testing.assert_array_equal(run.forecast.mean, train_run(shorter, config).forecast.mean)
    np.testing.assert_array_equal(run.forecast.stamps[:5], series.stamps()[125:])
    np.testing.assert_array_equal(np.diff(run.forecast.stamps) / np.timedelta64(86_400_000, "ms"), np.ones(6))
    assert run.forecaster.prepared.split == Split.of(125)
    np.testing.assert_array_equal(run.series.column("known ahead"), wave)
    assert missing_sentence(series, "y", 3) == (
        "The last 5 rows have no 'y' yet: that is what is forecast, the first 3 of them; a longer horizon reaches "
        "further."
    )
    assert missing_sentence(series, "known ahead", 3) == ""
    assert missing_sentence(holed(series, 0.5, start=100), "known ahead", 3).startswith("1")


def test_a_target_that_begins_late_is_split_from_there(waves: Series, small: Small, train_run: Train) -> None:
    values = waves.values.copy()
    values[:60, 0] = np.nan
    run = train_run(replace(waves, values=values), small(inputs=("ahead",)))
    split = run.forecaster.prepared.split
    assert split == Split.of(100, start=60)
    assert (split.train.start, split.test.stop) == (60, 160)
    assert Batches(run.forecaster.prepared, run.config).ends.min() == 60 + run.forecaster.prepared.window - 1
    assert np.isfinite(run.report.rows[0].one_step.rmse)


@pytest.mark.parametrize(
    ("gone", "sentence"),
    [
        (slice(5, 85), "part for training, rows 1 to 88, needs 20 known values of 'wave' and has 8"),
        (slice(88, 106), "part for validation, rows 89 to 107, needs 5 known values of 'wave' and has 1"),
        (slice(0, 125), "35 values; a forecast that can be checked needs at least 40"),
    ],
)
def test_too_little_known_is_refused(waves: Series, small: Small, gone: slice, sentence: str) -> None:
    values = waves.values.copy()
    values[gone, 0] = np.nan
    with pytest.raises(LiquidError, match=sentence):
        prepare(replace(waves, values=values), small())
    values[:, 0], values[:100, 1] = waves.values[:, 0], np.nan
    with pytest.raises(LiquidError, match=r"'ahead' has no value in the training part.*Leave it out of the inputs"):
        prepare(replace(waves, values=values), small(inputs=("ahead",)))


def test_noise_is_not_asked_of_a_model_that_reads_ages(waves: Series, small: Small) -> None:
    prepared = prepare(holed(waves), small())
    with pytest.raises(LiquidError, match="reads how old each one is"):
        read_by(prepared, prepared.channels)
    late = prepare(holed(waves, start=100), small())  # gaps after the training part alone
    assert np.isfinite(read_by(late, late.channels).inputs()).all()


def test_a_window_that_reaches_beyond_all_that_is_known_is_refused(small: Small) -> None:
    values = np.sin(np.arange(600.0))
    values[22:330] = np.nan
    prepared = prepare(from_columns({"y": values}, "early"), small(window=110))
    with pytest.raises(LiquidError, match=r"No window of 110 samples has a known value.*choose a shorter window"):
        Batches(prepared, small(window=110))
