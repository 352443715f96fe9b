"""Several targets, one training each: the same as alone, and what fails or is stopped takes nothing with it."""

from __future__ import annotations

import csv
import io
from threading import Event
from typing import Any

import numpy as np
import pytest

from liquid.charts.style import DARK
from liquid.charts.targets import small_forecast
from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.series.export import to_csv
from liquid.series.series import Series, from_columns
from liquid.studies.progress import StudyProgress
from liquid.studies.targets.report import errors_table, forecasts_table
from liquid.studies.targets.study import MOST, LeftOut, for_target, targets

HOSTILE = "=HYPERLINK(<b>%{x}$1$)"
SMALL = TrainConfig(model="Echo state", members=1, state_size=4, window=12, horizon=3, target="a", inputs=("b", "c"))


def several(**columns: Any) -> Series:
    noise = np.random.default_rng(0).normal(size=(240, 3))
    wave = np.sin(np.arange(240) / 4)
    late = wave + 0.1 * noise[:, 1]
    late[-2:] = np.nan  # its forecast begins two rows earlier
    names = {"a": wave + 0.1 * noise[:, 0], "b": late, "c": noise[:, 2].cumsum()}
    return from_columns(names | columns, "several")


def found(series: Series, *names: str) -> list[Run | LeftOut]:
    return [one for one in targets(series, SMALL, names) if not isinstance(one, StudyProgress)]


def test_each_is_what_the_training_alone_is_and_no_target_is_its_own_input() -> None:
    series = several()
    for name, inputs in {"b": ("c",), "c": ("b",)}.items():
        config = for_target(SMALL, name)
        assert (config.target, config.inputs) == (name, inputs)
        (one,) = found(series, name)
        alone = next(event for event in run(series, config) if isinstance(event, Run))
        assert isinstance(one, Run)
        assert one.config == config
        np.testing.assert_array_equal(one.forecast.mean, alone.forecast.mean)
    known = for_target(TrainConfig(target="a", ahead=("b", "calendar: hour")), "b")
    assert (known.ahead, known.inputs) == (("calendar: hour",), ())  # nobody knows the target ahead


def test_one_that_cannot_be_trained_leaves_the_others_theirs() -> None:
    series = several(still=np.where(np.arange(240) < 200, 1.0, 2.0))
    first, second, third = found(series, "b", "still", "c")
    assert isinstance(first, Run)
    assert isinstance(third, Run)
    assert isinstance(second, LeftOut)
    assert second.config.target == "still"
    assert "constant" in second.reason


def test_stop_keeps_what_is_done_and_progress_goes_over_all() -> None:
    stop, events = Event(), []
    for event in targets(several(), SMALL, ("b", "c"), stop.is_set):
        events.append(event)
        if isinstance(event, Run):
            stop.set()
    assert [one.config.target for one in events if isinstance(one, Run)] == ["b"]
    steps = [one for one in targets(several(), SMALL, ("b", "c")) if isinstance(one, StudyProgress)]
    assert [one.done for one in steps] == sorted(one.done for one in steps)
    assert {one.total for one in steps} == {200}


def test_what_cannot_be_is_said_before_anything_is_trained() -> None:
    with pytest.raises(LiquidError, match="twice"):
        next(targets(several(), SMALL, ("b", "b")))
    with pytest.raises(LiquidError, match="No column 'x'"):
        next(targets(several(), SMALL, ("b", "x")))
    with pytest.raises(LiquidError, match="21 further targets are too many"):
        next(targets(several(), SMALL, tuple("b" for _ in range(MOST + 1))))


def test_the_tables_have_each_target_and_its_name_stays_text() -> None:
    noise = np.random.default_rng(1).normal(size=(2, 240))
    series = several(**{HOSTILE: noise[0], "sample": noise[1]})
    runs = [one for one in found(series, "a", "b", HOSTILE, "sample") if isinstance(one, Run)]
    head, *rows = csv.reader(io.StringIO(to_csv(forecasts_table(runs))))
    assert head == ["sample ", "a", "b", "'" + HOSTILE, "sample"]
    assert [float(row[0]) for row in rows] == [238, 239, 240, 241, 242]
    assert [row[1] == "" for row in rows] == [True, True, False, False, False]
    assert [row[2] == "" for row in rows] == [False, False, False, True, True]
    assert float(rows[0][2]) == runs[1].forecast.mean[0]
    table = errors_table(runs)
    assert list(np.asarray(table["target"])) == ["a", "b", "'" + HOSTILE, "sample"]
    for row, one in enumerate(runs):
        best = min(one.report.rows[1:], key=lambda baseline: baseline.rmse)
        assert np.asarray(table["its RMSE, 1 to 3"])[row] == best.rmse
        assert np.asarray(table["best baseline, 1 to 3"])[row] == best.name
    figure = small_forecast(runs[2], DARK, 0.9)
    assert "<b>" not in figure.layout.title.text
    np.testing.assert_array_equal(figure.data[-1].y[1:], runs[2].forecast.mean)
