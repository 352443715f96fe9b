"""The linear part: no worse than the autoregression that it starts from, fitted on the past, and saved with the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import two_waves

from liquid.learning import linear, training
from liquid.learning.config import TrainConfig
from liquid.learning.data import Prepared, prepare
from liquid.learning.linear import linear_first
from liquid.learning.models import ForecastModel
from liquid.learning.run import Run
from liquid.learning.shrink import share, shrink
from liquid.models.linear_ar import LinearAR
from liquid.models.linear_part import LinearPart
from liquid.runs.format import from_files, to_files
from liquid.series.reading.read import read
from liquid.series.series import Series, from_columns
from liquid.series.windows import Split

Small = Callable[..., TrainConfig]
Train = Callable[[Series, TrainConfig], Run]


def autoregressive(length: int, seed: int = 0) -> np.ndarray:
    """y_t = 1.2 y_(t-1) - 0.5 y_(t-2) + e_t."""
    noise, y = np.random.default_rng(seed).normal(size=length), np.zeros(length)
    for t in range(2, length):
        y[t] = 1.2 * y[t - 1] - 0.5 * y[t - 2] + noise[t]
    return y


def part_of(values: np.ndarray, config: TrainConfig, **others: object) -> tuple[Prepared, LinearPart]:
    prepared = prepare(from_columns({"y": values}, "made", **others), config)
    return prepared, linear.fit(prepared)


def test_the_linear_part_alone_is_the_autoregression_of_the_same_order(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linear, "share", lambda cross, size, doubt: np.zeros(size.shape[1:]))
    prepared, part = part_of(autoregressive(500), small(window=30))
    ar, origins = LinearAR.fit(prepared.observed, prepared.split), np.arange(40, 499)
    assert part.ar.order == ar.order
    np.testing.assert_array_equal(
        part.forecast(prepared.observed, prepared.channels, origins), ar.predict(prepared.observed, origins, 3)
    )


@pytest.mark.parametrize("seed", range(4))
def test_where_nothing_else_is_to_be_found_it_forecasts_as_the_autoregression(small: Small, seed: int) -> None:
    prepared, part = part_of(autoregressive(800, seed), small(window=30))
    origins, values = prepared.reaching(prepared.split.test)
    one, other = (
        np.sqrt(np.nanmean((forecast - values) ** 2))
        for forecast in (
            part.forecast(prepared.observed, prepared.channels, origins),
            part.ar.predict(prepared.observed, origins, 3),
        )
    )
    assert one < 1.03 * other


def test_the_correction_is_the_ridge_solution(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against least squares with the penalty as further rows."""
    strength = 0.3
    monkeypatch.setattr(linear, "STRENGTHS", np.array([strength]))
    monkeypatch.setattr(
        linear, "share", lambda cross, size, doubt: np.array([[0.0], [1.0]])
    )  # all of the direct regression
    monkeypatch.setattr(LinearAR, "fit", lambda *parts: LinearAR(0.0, np.array([2.0])))  # which is better than this
    prepared, part = part_of(autoregressive(300) + 50, small(window=20))
    assert part.share == 0
    stop = prepared.split.validation.stop
    first_fold = stop - linear.JUDGED * stop
    for step in range(3):
        rows = np.arange(part.lags - 1, stop - 1 - step)
        design = part.features(prepared.observed, prepared.channels, rows, step + 1)
        missed = prepared.target[rows + step + 1] - prepared.target[rows]
        scale = design[rows + step + 1 < int(first_fold)].std(axis=0)
        centred, size = (design - design.mean(axis=0)) / scale, design.shape[1]
        augmented = np.vstack([centred, np.sqrt(strength * len(rows)) * np.eye(size)])
        target = np.concatenate([missed - missed.mean(), np.zeros(size)])
        expected = np.linalg.lstsq(augmented, target, rcond=None)[0] / scale
        np.testing.assert_allclose(part.weights[:, step], expected, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(part.offset[step], missed.mean() - design.mean(axis=0) @ expected, rtol=1e-6)


def test_a_season_beyond_the_window_is_seen(small: Small) -> None:
    shape = np.random.default_rng(0).normal(size=70)
    noise = 0.1 * np.random.default_rng(1).normal(size=1400)
    prepared, part = part_of(np.tile(shape, 20) + noise, small(), season=70)
    origins, values = prepared.reaching(prepared.split.test)
    missed = part.forecast(prepared.observed, prepared.channels, origins) - values
    assert np.nanstd(missed) < 0.2  # the autoregression sees 55 values, and makes an error of 1


def test_a_column_that_runs_ahead_is_read(small: Small) -> None:
    alone, beside = (linear_first(prepare(two_waves(400), small(inputs=inputs))) for inputs in ((), ("ahead",)))
    rms = [
        np.sqrt(np.nanmean((one.base(origins) - values) ** 2))
        for one in (alone, beside)
        for origins, values in [one.reaching(one.split.test)]
    ]
    assert rms[1] < rms[0]


@pytest.mark.parametrize("season", [None, 9])
def test_nothing_after_the_validation_part_has_a_say(waves: Series, small: Small, season: int | None) -> None:
    split = Split.of(len(waves))
    values = waves.values.copy()
    values[split.calibration.start :] = 1e3 * np.random.default_rng(0).normal(
        size=values[split.calibration.start :].shape
    )
    config = small(inputs=("ahead",))
    one, other = (
        linear_first(prepare(replace(waves, values=v, season=season), config)) for v in (waves.values, values)
    )
    assert one.linear is not None
    assert other.linear is not None
    for name in ("share", "weights", "offset", "centre", "lags", "season"):
        np.testing.assert_array_equal(getattr(one.linear, name), getattr(other.linear, name))
    np.testing.assert_array_equal(one.linear.ar.weights, other.linear.ar.weights)
    np.testing.assert_array_equal(one.step_scale, other.step_scale)
    past = np.arange(12, split.calibration.start)
    np.testing.assert_array_equal(one.base(past), other.base(past))


def test_the_season_of_an_upload_is_that_of_its_training_part(small: Small, train_run: Train) -> None:
    """The whole series turns in 7 samples: all its later values do."""
    t = np.arange(400)
    wave = np.where(t < 220, np.sin(2 * np.pi * t / 16), 5 * np.sin(2 * np.pi * t / 7))
    series = read("\n".join(["y", *map(repr, wave.tolist())]).encode(), name="upload")
    assert series.season is None
    assert prepare(series, small()).season == 16
    run = train_run(series, small(model="Seasonal naive"))
    assert run.report.season == run.forecaster.prepared.season == 16
    np.testing.assert_array_equal(run.forecaster.predict(np.array([250]))[0], wave[235:238])


# g = sum m d / sum d^2; its error from four blocks by hand
def test_the_share_is_that_of_james_and_stein() -> None:
    cross, size = np.array([3.0, 1.0, 2.0, 2.0]), np.array([2.0, 4.0, 3.0, 3.0])
    best = 8 / 12
    variance = np.sum((cross - best * size) ** 2) * 4 / 3 / 12**2
    assert share(cross, size, 1.0) == pytest.approx(best * (1 - variance / best**2))
    assert share(5 * size, size, 1.0) == 1
    assert share(-cross, size, 1.0) == 0
    assert share(np.array([5.0, -4.0, 3.0, -3.0]), np.ones(4), 1.0) == 0
    assert share(np.array([5.0]), np.array([5.0]), 1.0) == 0  # one block tells nothing
    both = share(np.column_stack([cross, -cross]), np.column_stack([size, size]), 1.0)
    np.testing.assert_allclose(both, [share(cross, size, 1.0), 0])


def test_networks_are_shrunk_to_nothing_on_white_noise(small: Small) -> None:
    left, gains = [], []
    for seed in range(20):
        noise = from_columns({"y": np.random.default_rng(seed).normal(size=300)}, "noise")
        config = small(seed=seed)
        prepared = linear_first(prepare(noise, config))
        model = ForecastModel(config, prepared.features, prepared.window)
        before = model.added(prepared, np.arange(200, 240))
        left.append(shrink(model, prepared))
        np.testing.assert_allclose(model.added(prepared, np.arange(200, 240)), left[-1] * before, atol=1e-6)
        origins, values = prepared.reaching(prepared.split.test)
        missed = prepared.leftovers(origins, values)
        gains.append(np.nanmean((missed - model.added(prepared, origins)[0]) ** 2) / np.nanmean(missed**2))
    assert np.mean(np.array(left) == 0) > 0.5
    assert np.mean(gains) < 1.02


def test_a_network_that_is_right_is_left_as_it_is(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    config = small()
    prepared = prepare(two_waves(400), config)
    model = ForecastModel(config, prepared.features, prepared.window)
    weights = {name: values.clone() for name, values in model.state_dict().items()}
    observed, base = prepared.observed, prepared.base
    ahead = np.arange(1, 4)

    def perfect(self: ForecastModel, prepared: Prepared, origins: np.ndarray) -> np.ndarray:
        truth = observed[np.minimum(origins[:, None] + ahead, len(observed) - 1)]
        return ((truth - base(origins)) / prepared.step_scale)[None]

    monkeypatch.setattr(ForecastModel, "added", perfect)
    assert shrink(model, prepared) == pytest.approx(1)
    for name, values in model.state_dict().items():
        torch.testing.assert_close(values, weights[name])


@pytest.mark.parametrize(
    "values",
    [
        0.1 * np.arange(100),
        np.tile(np.arange(12.0), 10),
        1e12 + np.sin(np.arange(100.0)),
        1e-30 * np.sin(np.arange(100.0)),
        np.where(np.arange(100) == 30, 1.0, 0.1),
    ],
    ids=["line", "period", "level", "small", "one step"],
)
def test_awkward_series_have_a_linear_part(values: np.ndarray, small: Small) -> None:
    prepared = linear_first(prepare(from_columns({"y": values}, "awkward"), small(horizon=12)))
    assert (prepared.step_scale > 0).all()
    origins, truth = prepared.reaching(prepared.split.test)
    missed = np.nanmax(np.abs(prepared.base(origins) - truth))
    assert missed <= 1.01 * np.nanmax(np.abs(truth - prepared.target[origins, None])) + 1e-3 * np.ptp(values)


def test_a_run_carries_its_linear_part(done: Run, waves: Series) -> None:
    files = to_files(done)
    opened = from_files(files)[0].forecaster
    one, other = done.forecaster.prepared, opened.prepared
    assert one.linear is not None
    assert other.linear is not None
    assert one.season == other.season
    origins = np.arange(20, len(waves) - 1)
    np.testing.assert_array_equal(one.base(origins), other.base(origins))
    assert np.abs(one.base(origins) - one.target[origins, None]).max() > 0.1


def test_the_networks_learn_what_it_leaves_over(waves: Series, small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(training, "shrink", lambda model, prepared: seen.append(prepared))
    list(training.train(waves, small(steps=1)))
    (prepared,) = seen
    assert prepared.linear is not None
    origins = np.arange(20, 60)
    expected = (waves.values[21:61, 0] - prepared.base(origins)[:, 0]) / prepared.step_scale[0]
    np.testing.assert_allclose(prepared.truth(70)[origins, 0], expected)


def test_doubt_counts_the_error_of_a_share_more() -> None:
    cross, size = np.array([3.0, 2.5, 3.5, 3.0]), np.full(4, 4.0)
    best, variance = 0.75, np.sum((cross - 3) ** 2) * 4 / 3 / 16**2
    for doubt in (1.0, 2.0):
        assert share(cross, size, doubt) == pytest.approx(best * (1 - doubt**2 * variance / best**2))


def test_a_short_validation_part_cannot_tell_and_the_linear_part_is_left_alone(small: Small, train_run: Train) -> None:
    t = np.arange(200)
    wave = np.sin(t / 4) ** 3 + 0.1 * np.random.default_rng(0).normal(size=200)
    run = train_run(from_columns({"y": wave}, "short"), small(steps=60))
    prepared, origins = run.forecaster.prepared, np.arange(60, 199)
    assert prepared.known_in(prepared.split.validation) < 30
    assert not run.forecaster.model.adds
    assert "made by the linear part alone" in run.silent_words
    np.testing.assert_array_equal(run.forecaster.predict(origins), prepared.base(origins))
