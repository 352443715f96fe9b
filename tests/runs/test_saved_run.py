"""A run opens from its files as it was, without training."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from saved_run import HOSTILE, trained, walk

from liquid.charts import train as charts
from liquid.charts.style import LIGHT
from liquid.learning import training
from liquid.learning.run import Run
from liquid.runs.archive import pack, unpack
from liquid.runs.format import from_files, load_forecaster, to_files, write_folder
from liquid.runs.measured import FORECAST, METRICS
from liquid.runs.model import SCALING, read_forecaster
from liquid.series import builtin
from liquid.series.series import Series


def same(found: Any, expected: Any) -> None:
    if isinstance(expected, np.ndarray):
        np.testing.assert_array_equal(found, expected)
    elif hasattr(expected, "__dataclass_fields__"):
        for field in fields(expected):
            same(getattr(found, field.name), getattr(expected, field.name))
    elif isinstance(expected, dict):
        assert list(found) == list(expected)
        same(tuple(found.values()), tuple(expected.values()))
    elif isinstance(expected, tuple) and expected and not isinstance(expected[0], str):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            same(one, other)
    else:
        assert found == expected or np.isnan([found, expected]).all()


def check_same(found: Run, expected: Run) -> None:
    same(found.config, expected.config)
    same(found.curve, expected.curve)
    same(found.report, expected.report)
    same(found.forecast, expected.forecast)
    same(found.forecaster.prepared, expected.forecaster.prepared)
    for name, tensor in expected.forecaster.model.state_dict().items():
        assert torch.equal(found.forecaster.model.state_dict()[name], tensor)
    assert found.series == expected.series.select(expected.forecaster.prepared.names)
    ended, finished = found.finished, expected.finished
    assert (ended.outcome, ended.message, ended.best_step, ended.seconds) == (
        finished.outcome,
        finished.message,
        finished.best_step,
        finished.seconds,
    )


@pytest.mark.parametrize("kind", ["uneven", "LSTM", "dates", "zone", "gaps", "Linear AR with gaps"])
def test_a_run_comes_back_as_it_was(kind: str, whole: Run) -> None:
    if kind == "uneven":
        expected = whole
    elif kind == "LSTM":
        expected = trained(builtin.load("nile"), model="LSTM")
    elif "gaps" in kind:
        others: dict[str, Any] = {"model": "Linear AR"} if kind != "gaps" else {"inputs": ("beside",)}
        expected = trained(with_gaps(), **others)
        assert expected.report.points < len(expected.report.truth)
    elif kind == "zone":
        expected = trained(builtin.load("water-flow"), members=1)
        assert expected.series.zone == "Europe/Berlin"
        assert to_files(expected)["forecast.csv"].decode().splitlines()[-1].split(",")[0].endswith("+02:00")
    else:
        expected = trained(builtin.load("elnino"), members=1, target=builtin.load("elnino").names[-1])
    again = from_files(unpack(pack(to_files(expected), "title"))[0])[0]
    check_same(again, expected)
    check_same(from_files(to_files(again))[0], again)


def test_a_run_of_before_zones_were_kept_has_none(files: dict[str, bytes]) -> None:
    about = json.loads(files["series.json"])
    del about["zone"]
    assert from_files({**files, "series.json": json.dumps(about).encode()})[0].series.zone == ""


def with_gaps() -> Series:
    """Rows without a target in between and at the end, where the other column goes on."""
    series = walk()
    values = series.values.copy()
    values[np.random.default_rng(0).random(values.shape) < 0.3] = np.nan
    values[-5:, 0], values[-6:, 1:], values[-6, 0] = np.nan, 1.0, 0.5
    return replace(series, values=values)


def test_an_interval_that_cannot_be_told_stays_so(files: dict[str, bytes]) -> None:
    measured = json.loads(files[METRICS])
    for row in measured["rows"]:
        for name in ("rmse_ratio_of_model", "horizon_ratio_of_model"):
            row[name] |= {"low": None, "high": None}
    again = from_files({**files, METRICS: json.dumps(measured).encode()})[0]
    assert not any(row.ratio.has_interval for row in again.report.rows)
    assert again.report.sentence.startswith("Not decided: ")
    assert json.loads(to_files(again)[METRICS])["rows"] == measured["rows"]


def test_a_run_from_before_gaps_were_kept_opens(whole: Run, files: dict[str, bytes]) -> None:
    scaling, measured = json.loads(files[SCALING]), json.loads(files[METRICS])
    del scaling["aged"], measured["stamps"]
    old = {**files, SCALING: json.dumps(scaling).encode(), METRICS: json.dumps(measured).encode()}
    check_same(from_files(old)[0], whole)


def test_a_missing_value_is_blank_in_the_table_and_comes_back(tmp_path: Path) -> None:
    series = with_gaps()
    run = trained(series)
    table = list(csv.DictReader(io.StringIO(to_files(run)[FORECAST].decode())))
    test = [row for row in table if row["part"] == "test"]
    np.testing.assert_array_equal([row["truth"] == "" for row in test], np.isnan(run.report.truth))
    assert all(row["forecast"] for row in table)
    following = [row for row in table if row["part"] == "next"]
    np.testing.assert_allclose([float(row["time"]) for row in following], series.time[-5:-2])
    write_folder(tmp_path, to_files(run))
    again = load_forecaster(tmp_path)[0].continued(series)
    np.testing.assert_array_equal(again.forecast(series).mean, run.forecast.mean)


def test_nothing_is_trained_or_forecast(files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*arguments: object, **others: object) -> None:
        raise AssertionError("this takes time")

    monkeypatch.setattr(training.Batches, "draw", never)
    monkeypatch.setattr(torch.nn.Module, "__call__", never)
    again = from_files(files)[0]
    assert again.report.points > 0


def test_it_draws_the_same_pictures(whole: Run, files: dict[str, bytes]) -> None:
    again = from_files(files)[0]
    for figure in (charts.forecast_figure, charts.residual_figure, charts.horizon_figure):
        assert figure(again, LIGHT).to_json() == figure(whole, LIGHT).to_json()
    np.testing.assert_array_equal(again.tau.tau_sys, whole.tau.tau_sys)


UNCLEAN = "\x1b[2J Level\n\u202e\x00 of the\u2028 sea"


def test_texts_of_a_run_from_anybody_are_lines_of_printable_characters() -> None:
    own = walk()
    about = dict.fromkeys(("title", "unit", "time_name", "source"), UNCLEAN)
    series = replace(own, names=(UNCLEAN, "\x1b", "beside"), notes=(UNCLEAN, "x" * 2000), **about)
    trained_on = trained(series, target=UNCLEAN, inputs=("\x1b",))
    given = to_files(replace(trained_on, finished=replace(trained_on.finished, message=UNCLEAN)))
    scaling = {**json.loads(given[SCALING]), "sampling": UNCLEAN}
    found = from_files({**given, SCALING: json.dumps(scaling).encode()})[0]
    clean = "[2J Level of the sea"
    said = found.series
    assert {said.title, said.unit, said.time_name, said.source, found.finished.message} == {clean}
    assert said.names == found.forecaster.prepared.names == (clean, "column 2")
    assert (found.config.target, found.config.inputs) == (clean, ("column 2",))
    assert said.notes == (clean, "x" * 799 + "…")
    assert read_forecaster({**given, SCALING: json.dumps(scaling).encode()})[1].words == clean
    check_same(from_files(to_files(found))[0], found)


def test_columns_that_were_not_used_are_not_kept(files: dict[str, bytes]) -> None:
    assert not any(b"left out" in content for content in files.values())
    assert from_files(files)[0].series.names == (HOSTILE, "beside")
