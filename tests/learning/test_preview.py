"""Previews of a training: its numbers stay the same, they read inputs alone, and they take little of its time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from liquid.learning import preview
from liquid.learning.config import TrainConfig
from liquid.learning.data import prepare
from liquid.learning.linear import linear_first
from liquid.learning.models import ForecastModel
from liquid.learning.preview import MOST_WINDOWS, Preview, Previews, shown_origins
from liquid.learning.training import Finished, train
from liquid.series.series import Series, from_columns

SMALL = TrainConfig(members=2, steps=12, window=12, batch=8, state_size=4, horizon=3, seed=5)


def walk(length: int = 200) -> Series:
    return from_columns({"y": np.cumsum(np.random.default_rng(2).normal(size=length))}, "walk")


def made(series: Series, config: TrainConfig, previews: bool) -> tuple[Finished, list[Preview]]:
    events = list(train(series, config, previews=previews))
    (finished,) = (event for event in events if isinstance(event, Finished))
    return finished, [event for event in events if isinstance(event, Preview)]


@pytest.mark.parametrize("training", ["adam", "soap-solved", "soap-finished"])
def test_weights_and_losses_are_the_same_bit_by_bit(training: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "SHARE", np.inf)
    monkeypatch.setattr(preview, "APART", 0.0)
    config = replace(SMALL, training=training)
    alone, none = made(walk(), config, previews=False)
    watched, shown = made(walk(), config, previews=True)
    assert none == []
    assert len(shown) == SMALL.steps  # a look, and a preview, at every step, and none of a finish
    weights, others = (one.forecaster.model.state_dict() for one in (alone, watched))
    assert all(torch.equal(weights[name], others[name]) for name in weights)
    np.testing.assert_array_equal(alone.forecaster.band.half_width, watched.forecaster.band.half_width)
    assert (alone.best_step, alone.outcome) == (watched.best_step, watched.outcome)


def test_it_is_the_forecast_of_the_weights_as_they_are() -> None:
    prepared = linear_first(prepare(walk(), SMALL))
    model = ForecastModel(SMALL, prepared.features, prepared.window)
    shown = Previews(prepared).due(model)
    assert shown is not None
    np.testing.assert_array_equal(shown.forecast, model.forecast(prepared, shown.origins).mean(axis=0))


def test_what_it_forecasts_is_not_read() -> None:
    """Values behind an origin change no forecast from there."""
    series = walk()
    prepared = linear_first(prepare(series, SMALL))
    model = ForecastModel(SMALL, prepared.features, prepared.window)
    shown = Previews(prepared).due(model)
    later = series.values.copy()
    later[-30:] += 100.0
    changed = Previews(prepared.over(replace(series, values=later))).due(model)
    assert shown is not None
    assert changed is not None
    before = shown.origins < len(series) - 30
    np.testing.assert_array_equal(shown.forecast[before], changed.forecast[before])
    assert not np.isclose(shown.forecast[~before], changed.forecast[~before]).any()


def test_forecasts_lie_end_to_end_behind_the_training_part_and_are_few() -> None:
    prepared = prepare(walk(), SMALL)
    origins = shown_origins(prepared)
    assert origins[-1] == 199
    assert set(np.diff(origins)) == {3}
    assert prepared.split.validation.start - 1 <= origins[0] < prepared.split.validation.start + 2
    long = prepare(walk(3000), replace(SMALL, horizon=1))
    assert len(shown_origins(long)) == MOST_WINDOWS


def test_they_take_a_small_share_of_the_time_however_slow_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    class Clock:
        @staticmethod
        def perf_counter() -> float:
            return now

    prepared = linear_first(prepare(walk(), SMALL))
    model = ForecastModel(SMALL, prepared.features, prepared.window)

    def slow(prepared: object, origins: np.ndarray) -> np.ndarray:
        nonlocal now
        now += 0.05
        return np.zeros((2, len(origins), 3))

    monkeypatch.setattr(preview, "time", Clock)
    monkeypatch.setattr(model, "forecast", slow)
    previews, count = Previews(prepared), 0
    for _ in range(1000):
        now += 0.1  # a step
        count += previews.due(model) is not None
    assert 0.015 < 0.05 * count / now <= 0.0205
    monkeypatch.setattr(model, "forecast", lambda prepared, origins: np.zeros((2, len(origins), 3)))
    previews, count, began = Previews(prepared), 0, now
    for _ in range(1000):
        now += 0.01
        count += previews.due(model) is not None
    assert count == pytest.approx((now - began) / 0.25, abs=2)
