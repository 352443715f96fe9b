"""The Train page's one chart: what it shows before, during and after a training, on one axis."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from liquid.charts.style import LIGHT
from liquid.charts.train import END_TO_END, MOST_DRAWN, NEXT, SHOWN, forecast_figure, preview_lines, series_figure
from liquid.learning.config import TrainConfig
from liquid.learning.preview import Preview
from liquid.learning.run import Run, run
from liquid.series.series import Series, from_columns

CONFIG = TrainConfig(model="Linear AR", horizon=6)


def wave(length: int = 400, **others: object) -> Series:
    return replace(from_columns({"y": np.sin(np.arange(length) / 4)}, "wave"), **others)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def done() -> Run:
    (found,) = (event for event in run(wave(), CONFIG) if isinstance(event, Run))
    return found


def names(fig: go.Figure) -> list[str]:
    return [trace.name for trace in fig.data if trace.name]


def test_it_shows_the_series_alone_then_what_trains_then_what_came_out(done: Run) -> None:
    series, split = done.series, done.forecaster.prepared.split
    before = series_figure(series, "y", split, LIGHT)
    during = series_figure(series, "y", split, LIGHT, training=CONFIG, earlier=done)
    after = forecast_figure(done, LIGHT)
    assert names(before) == ["value"]
    assert names(during) == ["value", "earlier settings", "6 ahead, so far", "next 6, so far"]
    assert names(after) == ["90 % band", "value", "one step ahead", "next 6"]
    for fig in (before, during, after):
        assert (fig.layout.height, fig.layout.title.text) == (420, "wave")
        assert [note.text for note in fig.layout.annotations] == ["train", "validate", "calibrate", "test"]
        assert len(next(trace for trace in fig.data if trace.name == "value").x) == len(series)  # history and all
    (faint,) = (trace for trace in during.data if trace.name == "earlier settings")
    assert faint.opacity < 0.5
    assert faint.line.width == 1


def test_the_view_is_the_forecast_and_what_came_before_and_stays_from_the_start_of_a_training_on(done: Run) -> None:
    series, split = done.series, done.forecaster.prepared.split
    during, after = series_figure(series, "y", split, LIGHT, training=CONFIG), forecast_figure(done, LIGHT)
    assert during.layout.xaxis.range == after.layout.xaxis.range
    assert after.layout.xaxis.range[1] == done.forecast.stamps[-1]
    assert 0 < after.layout.xaxis.range[0] < len(series) - SHOWN // 2
    assert series_figure(series, "y", split, LIGHT).layout.xaxis.range is None
    whole, forecast = after.layout.updatemenus[0].buttons
    assert whole.args[0] == {"xaxis.autorange": True, "yaxis.autorange": True}
    assert forecast.args[0]["xaxis.range"] == list(after.layout.xaxis.range)


def test_a_short_series_is_in_view_whole() -> None:
    fig = series_figure(wave(100), "y", None, LIGHT, training=CONFIG)
    assert tuple(fig.layout.xaxis.range) == (0, 105)
    assert not fig.layout.updatemenus


def test_a_long_history_is_thinned_but_what_is_in_view_is_not() -> None:
    series = wave(50_000)
    fig = series_figure(series, "y", None, LIGHT, training=CONFIG)
    x = np.asarray(fig.data[0].x)
    assert len(x) < MOST_DRAWN + 2 * SHOWN
    assert set(range(50_000 - SHOWN, 50_000)) <= set(x.astype(int))


@pytest.mark.parametrize("kind", ["index", "date"])
def test_a_previews_lines_run_from_each_origins_value_to_its_last_step(kind: str) -> None:
    time = np.arange(400.0) * 86_400
    series = wave() if kind == "index" else wave(time=time, time_kind="date")
    forecast = np.arange(18.0).reshape(3, 6) + 100
    lines = preview_lines(series, "y", Preview(np.array([387, 393, 399]), forecast))
    x, y = lines[NEXT]
    np.testing.assert_array_equal(y, [series.values[399, 0], *forecast[2]])
    np.testing.assert_array_equal(x, [*series.stamps()[399:], *series.stamps(series.times_after(400, 6))])
    x, y = lines[END_TO_END]
    value = series.values[:, 0]
    np.testing.assert_array_equal(y, [value[387], *forecast[0], np.nan, value[393], *forecast[1], np.nan])
    np.testing.assert_array_equal(x[:7], series.stamps()[387:394])
    assert x[7] == x[6]
