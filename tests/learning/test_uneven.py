"""Uneven times: the layer's steps or an input, and what is known of the time to the value that is forecast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from liquid.learning.config import TrainConfig
from liquid.learning.data import LONGEST_SPAN, density_change, keeps_its_density, prepare
from liquid.learning.models import ForecastModel
from liquid.learning.run import Run
from liquid.models.registry import MODELS
from liquid.runs.format import from_files, to_files
from liquid.series import builtin
from liquid.series.generators import SINE_PERIODS, SINE_SIZES, uneven_sines
from liquid.series.known_ahead import ELAPSED
from liquid.series.series import Series, from_columns

Small = Callable[..., TrainConfig]
Train = Callable[[Series, TrainConfig], Run]


def test_the_generator_shows_three_sines_at_its_times() -> None:
    made = uneven_sines(length=400, noise=0.0)
    steps = np.diff(made.time)
    assert not made.spacing_is_even
    assert steps.min() > 0.1
    assert steps.mean() == pytest.approx(1.0, abs=0.15)
    waves = 2 * np.pi * made.time[:, None] / np.array(SINE_PERIODS)
    design = np.concatenate([np.sin(waves), np.cos(waves)], axis=1)
    solved = np.linalg.lstsq(design, made.values[:, 0], rcond=None)[0].reshape(2, 3)
    np.testing.assert_allclose(design @ solved.ravel(), made.values[:, 0], atol=1e-10)
    np.testing.assert_allclose(np.hypot(*solved), SINE_SIZES)


@pytest.mark.parametrize("model", [name for name, kind in MODELS.items() if kind.sized])
def test_time_is_the_step_of_a_clocked_model_and_an_input_of_the_others(small: Small, model: str) -> None:
    series = uneven_sines(length=200)
    config = small(model=model, timespans=True)
    with_time, without = prepare(series, config), prepare(series, small(model=model))
    rows = with_time.rows(np.array([50]))
    spans = np.minimum(series.timespans(), LONGEST_SPAN)[rows]
    if config.kind.clocked:
        assert with_time.features == without.features
        np.testing.assert_allclose(with_time.timespans_at(rows), spans, rtol=1e-6)
        return
    assert with_time.timespans_at(rows) == 1.0
    assert with_time.features == without.features + 1
    seen = with_time.model_input(rows).numpy()
    np.testing.assert_allclose(seen[..., -1], np.log1p(spans), rtol=1e-6)
    np.testing.assert_array_equal(seen[..., :-1], without.model_input(rows).numpy())


def test_a_saved_lstm_reads_the_time_again(small: Small, train_run: Train) -> None:
    run = train_run(uneven_sines(length=200), small(model="LSTM", timespans=True, ahead=(ELAPSED,)))
    opened, _ = from_files(to_files(run))
    origins = np.arange(60, 90)
    np.testing.assert_array_equal(opened.forecaster.predict(origins), run.forecaster.predict(origins))


@pytest.mark.parametrize("model", ["Liquid", "LSTM"])
def test_a_forecast_is_that_of_the_time_that_is_asked_for(small: Small, train_run: Train, model: str) -> None:
    """The times of rows without a target are asked for; the model that knows of them answers to each otherwise."""
    made = uneven_sines(length=200).select(("observed",))
    values = np.vstack([made.values, [[np.nan]]])

    def asked(step: float) -> Series:
        return replace(made, time=np.append(made.time, made.time[-1] + step), values=values)

    config = small(model=model, horizon=1, timespans=True, ahead=(ELAPSED,))
    forecaster = train_run(asked(1.0), config).forecaster
    network = forecaster.model
    assert isinstance(network, ForecastModel)
    network.readout.linear.weight.data += 0.3  # were it shrunk to nothing, nothing that it reads would show
    forecasts = []
    for step in (0.3, 1.0, 3.0):
        forecast = forecaster.continued(asked(step)).forecast(asked(step))
        assert forecast.stamps.tolist() == [made.time[-1] + step]
        forecasts.append(float(forecast.mean[0]))
    assert len(set(forecasts)) == 3


@pytest.mark.parametrize("factor", [1 / 30, 0.5, 2.0, 30.0])
def test_the_time_is_left_out_at_first_where_samples_get_much_denser_or_sparser(factor: float) -> None:
    """Exponential steps have the same shape at every scale, so their medians differ by the factor alone."""
    steps = np.random.default_rng(0).exponential(size=4000)
    steps[2200:] *= factor  # from the end of the training part on
    series = from_columns({"y": np.sin(np.arange(4000) / 9)}, "t", time=np.cumsum(steps), time_kind="number")
    assert density_change(series, "y") == pytest.approx(factor, rel=0.1)
    assert keeps_its_density(series, "y") == (factor in (0.5, 2.0))


def test_of_the_built_ins_all_keep_their_density() -> None:
    for name in builtin.names():
        series = builtin.load(name)
        assert keeps_its_density(series, series.names[0])
