"""A gap is drawn as a gap, also if a long line is thinned, and a value between two gaps is seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go

from liquid.charts.reading import preview_figure
from liquid.charts.style import LIGHT
from liquid.charts.train import MOST_DRAWN, axis_name, drawn, forecast_figure, residual_figure, series_figure
from liquid.learning.config import TrainConfig
from liquid.learning.data import prepare
from liquid.learning.run import Run, run
from liquid.series.series import Series, from_columns


def wave(length: int = 140) -> Series:
    values = np.sin(np.arange(length) / 4)
    values[[*range(60, 70), *range(length - 20, length - 17), length - 16]] = np.nan
    return from_columns({"y": values}, "wave")


def line(fig: go.Figure, name: str) -> go.Scatter:
    (found,) = (trace for trace in fig.data if trace.name == name and trace.mode == "lines")
    return found


def test_the_series_breaks_at_a_gap_and_a_value_alone_is_a_dot() -> None:
    series = wave()
    fig = series_figure(series, "y", prepare(series, TrainConfig(horizon=3)).split, LIGHT)
    drawn_line = line(fig, "value")
    assert not drawn_line.connectgaps
    np.testing.assert_array_equal(np.asarray(drawn_line.y, dtype=float), series.values[:, 0])
    (dots,) = (trace for trace in fig.data if trace.mode == "markers")
    np.testing.assert_array_equal(dots.x, [len(series) - 17])


def test_the_preview_shows_values_that_stand_alone() -> None:
    series = from_columns({"y": np.where(np.arange(60) % 2, np.nan, np.sin(np.arange(60.0)))}, "every second")
    (dots,) = (trace for trace in preview_figure(series, LIGHT).data if trace.mode == "markers")
    assert len(dots.x) == 30


def test_absent_rows_are_a_gap_too() -> None:
    days = np.concatenate([np.arange(30), np.arange(40, 70), [80]]).astype(float)
    series = from_columns({"y": np.sin(days)}, "days", time=days * 86_400, time_kind="date")
    for fig in (series_figure(series, "y", None, LIGHT), preview_figure(series, LIGHT)):
        shown, dots = fig.data
        assert np.flatnonzero(np.isnan(np.asarray(shown.y, dtype=float))).tolist() == [30, 61]
        assert shown.x[29] < shown.x[30] < shown.x[31]
        assert len(dots.x) == 1
    uneven = replace(series, time=days**1.1 * 86_400)
    assert np.isfinite(np.asarray(series_figure(uneven, "y", None, LIGHT).data[0].y, dtype=float)).all()


def test_long_stamps_stand_one_below_the_other_so_that_they_do_not_meet() -> None:
    series = replace(wave(), time=np.arange(140.0) * 3600 + 1.7e9, time_kind="date", zone="Europe/Berlin")
    first, last = preview_figure(series, LIGHT).layout.annotations
    assert (first.text, last.text) == ("2023-11-14T23:13:20+01:00", "2023-11-20T18:13:20+01:00")
    assert last.yshift < first.yshift == 0
    assert {note.yshift for note in preview_figure(wave(), LIGHT).layout.annotations} == {0}


def test_a_unit_stands_once_on_an_axis() -> None:
    assert axis_name("temp", "K") == "temp [K]"
    assert axis_name("temp [K]", "K") == "temp [K]"
    assert axis_name("temp (K)", "K") == "temp (K)"
    assert axis_name("BANK", "K") == "BANK [K]"


def test_a_complete_series_has_no_dots() -> None:
    fig = series_figure(from_columns({"y": np.sin(np.arange(50.0))}, "whole"), "y", None, LIGHT)
    assert [trace.mode for trace in fig.data] == ["lines"]


def test_the_forecast_breaks_where_the_truth_is_missing() -> None:
    config = TrainConfig(members=1, steps=3, window=8, batch=4, state_size=3, horizon=3)
    done = next(event for event in run(wave(), config) if isinstance(event, Run))
    fig = forecast_figure(done, LIGHT)
    truth, one_step = line(fig, "value"), line(fig, "one step ahead")
    assert not truth.connectgaps
    assert np.isnan(np.asarray(truth.y, dtype=float)).sum() == 10 + 4
    assert np.isfinite(np.asarray(one_step.y, dtype=float)).all()
    *_, points = residual_figure(done, LIGHT).data
    assert np.isnan(np.asarray(points.y, dtype=float)).sum() == 4


def test_the_rows_to_forecast_are_marked_and_the_forecast_begins_there() -> None:
    values = wave().values.copy()
    values[-4:] = np.nan
    series = replace(wave(), values=values)
    config = TrainConfig(model="Persistence", horizon=6)
    done = next(event for event in run(series, config) if isinstance(event, Run))
    fig = series_figure(series, "y", done.forecaster.prepared.split, LIGHT)
    assert [note.text for note in fig.layout.annotations][-1] == "to forecast"
    (following,) = (trace for trace in forecast_figure(done, LIGHT).data if trace.name == "next 6")
    np.testing.assert_array_equal(following.x, np.arange(len(series) - 5, len(series) + 2))
    assert np.isfinite(np.asarray(following.y, dtype=float)).all()


def test_a_thinned_line_keeps_peaks_and_every_gap_that_can_be_seen() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=200_000)
    values[77_777] = 50.0
    gone = rng.random(len(values)) < 0.3
    gone[77_777] = False
    values[gone] = np.nan
    values[100_000:100_500] = np.nan
    values[-300:] = np.nan
    keep = drawn(values)
    assert len(keep) < 2 * MOST_DRAWN
    assert np.all(np.diff(keep) > 0)
    assert 77_777 in keep
    y = values[keep]
    inside = (keep >= 100_000) & (keep < 100_500)
    assert inside.any()
    assert np.isnan(y[inside]).all()
    before, after = keep[keep < 100_000][-1], keep[keep >= 100_500][0]
    known = np.flatnonzero(np.isfinite(values))
    assert (before, after) == (known[known < 100_000][-1], known[known >= 100_500][0])
    assert np.isnan(y).sum() < 10  # 0.3 of all rows are missing one by one: the line is no cloud of dots
