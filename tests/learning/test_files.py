"""A run comes back from its files bit for bit; files from anybody else become a forecaster or one sentence."""

from __future__ import annotations

import csv
import io
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run
from liquid.runs.format import NAMES, PICTURE, load_forecaster, to_files, write_folder
from liquid.runs.measured import FORECAST, METRICS
from liquid.runs.model import CONFIG, SCALING, WEIGHTS, Period
from liquid.series.series import Series, from_columns

Small = Callable[..., TrainConfig]
HOSTILE = '=cmd|"/C calc"!A0</script><script>alert(1)</script>'


@pytest.fixture
def folder(done: Run, tmp_path: Path) -> Path:
    write_folder(tmp_path, to_files(done))
    return tmp_path


@pytest.mark.parametrize(
    "others",
    [{}, {"model": "LSTM", "members": 2}, {"model": "GRU"}, {"inputs": ("ahead",), "timespans": True, "members": 3}],
)
def test_a_saved_run_forecasts_the_same_bits(
    others: dict[str, Any],
    waves: Series,
    small: Small,
    train_run: Callable[[Series, TrainConfig], Run],
    tmp_path: Path,
) -> None:
    run = train_run(waves, small(**others))
    write_folder(tmp_path / "new" / "folder", to_files(run))
    forecaster, sampling = load_forecaster(tmp_path / "new" / "folder")
    assert (sampling.words, sampling.period) == (waves.describe_period(), Period.of(waves))
    assert forecaster.config == run.config
    again, origins = forecaster.continued(waves), np.arange(20, len(waves))
    np.testing.assert_array_equal(again.predict_members(origins), run.forecaster.predict_members(origins))
    for name in ("mean", "low", "high", "stamps"):
        np.testing.assert_array_equal(getattr(again.forecast(waves), name), getattr(run.forecast, name))


DAYS = np.arange(40) * 86_400.0


def timed(time: Any, time_name: str = "sample", time_kind: str = "date") -> Series:
    values = np.sin(np.arange(float(len(time))))
    return from_columns({"y": values}, "timed", time=time, time_name=time_name, time_kind=time_kind)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (timed(DAYS), timed(DAYS[10:] + 0.4), True),
        (timed(DAYS), timed(np.delete(DAYS, 20)), True),  # gaps leave a step as long as it is
        (timed(DAYS), timed(DAYS / 24), False),
        (timed(DAYS), timed(DAYS, time_kind="number"), False),
        (timed(DAYS, "Time (s)", "number"), timed(DAYS, "Time (min)", "number"), False),
        (timed(np.arange(30) + 0.0, time_kind="index"), timed(np.arange(40) + 0.0, time_kind="index"), True),
    ],
)
def test_a_step_is_compared_by_what_it_is(one: Series, other: Series, same: bool) -> None:
    assert Period.of(one).is_that_of(other) is same


def test_the_table_holds_test_part_and_next_values(done: Run) -> None:
    table = list(csv.DictReader(io.StringIO(to_files(done)[FORECAST].decode())))
    test, following = table[: done.report.points], table[done.report.points :]
    assert list(table[0]) == ["time", "part", "step", "truth", "forecast", "low", "high"]
    assert {row["part"] for row in test} == {"test"}
    assert [(row["part"], row["step"], row["truth"]) for row in following] == [
        ("next", str(step), "") for step in (1, 2, 3)
    ]
    np.testing.assert_array_equal([float(row["truth"]) for row in test], done.report.truth)
    np.testing.assert_array_equal([float(row["forecast"]) for row in test], done.report.one_step)
    np.testing.assert_array_equal([float(row["high"]) for row in following], done.forecast.high)
    widths = [float(row["high"]) - float(row["low"]) for row in test]
    np.testing.assert_allclose(widths, np.subtract(*done.report.within()[::-1]))
    np.testing.assert_array_equal([float(row["time"]) for row in test], done.report.stamps)


def test_dates_are_written_as_dates(small: Small, train_run: Callable[[Series, TrainConfig], Run]) -> None:
    days = np.arange(60) * 86_400.0
    daily = from_columns({"y": np.sin(np.arange(60.0))}, "daily", time=days, time_kind="date")
    lines = to_files(train_run(daily, small()))[FORECAST].decode().splitlines()
    assert lines[1].startswith("1970-02-18,test,1,")
    assert lines[-1].startswith("1970-03-04,next,3,")


def test_metrics_are_strict_json_with_what_was_measured(done: Run) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    found = json.loads(to_files(done)[METRICS], parse_constant=refuse)
    assert found["rows"][0]["name"] == "Liquid"
    assert found["rows"][0]["rmse"] == done.report.rows[0].one_step.rmse
    assert found["coverage"] == done.report.coverage[2].tolist()
    assert found["coverages"] == done.report.coverage.tolist()
    assert found["sentence"] == done.report.sentence
    assert found["best_step"] == done.finished.best_step
    assert found["seconds"] > 0
    assert set(found["versions"]) == {"liquid", "python", "torch", "numpy"}
    assert TrainConfig.from_json(to_files(done)[CONFIG].decode()) == done.config


def test_names_are_only_text_in_every_file(small: Small, train_run: Callable[[Series, TrainConfig], Run]) -> None:
    hostile = from_columns({HOSTILE: np.sin(np.arange(60.0))}, HOSTILE, time_name=HOSTILE, unit=HOSTILE)
    files = to_files(train_run(hostile, small()), views=True)
    assert set(files) == NAMES | {PICTURE}
    assert b"<script>alert" not in files[PICTURE]
    assert b"cmd|" in files[PICTURE]
    cells = [cell for row in csv.reader(io.StringIO(files[FORECAST].decode())) for cell in row]
    assert not any(cell.startswith(("=", "@", "+")) for cell in cells)
    assert json.loads(files[SCALING])["names"] == [HOSTILE]


def test_the_picture_needs_no_network(done: Run) -> None:
    page = to_files(done, views=True)[PICTURE].decode()
    assert "<script src=" not in page
    assert 'src="http' not in page
    assert "Plotly.newPlot" in page


def replaced(path: Path, **others: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **others}))


JSON_DAMAGE: dict[str, tuple[str, Any]] = {
    "no names": ("names", []),
    "names that are numbers": ("names", [1, 2]),
    "a name too many": ("names", ["wave", "ahead", "more"]),
    "thousands of names": ("names", [str(name) for name in range(2000)]),
    "a short list": ("mean", [0.0]),
    "a text for a number": ("mean", ["0", "1"]),
    "a scale of zero": ("scale", [1.0, 0.0]),
    "a negative step": ("step_scale", [1.0, 1.0, -1.0]),
    "an infinite width": ("half_widths", [[1.0, 1.0, float("inf")]] * 4),
    "a level too few": ("half_widths", [[1.0, 1.0, 1.0]] * 3),
    "a step too few": ("half_widths", [[1.0, 1.0]] * 4),
    "no width": ("half_widths", []),
    "a window of a million": ("window", 1_000_000),
    "a window of half": ("window", 11.5),
    "another window": ("window", 11),
    "a flag that is a number": ("trending", 1),
    "a sampling that is a list": ("sampling", []),
    "a period that is a text": ("period", "daily"),
    "a period of no calendar": ("period", {"time_kind": "date", "time_unit": "", "calendar": "moons", "size": 1.0}),
    "a period of no length": ("period", {"time_kind": "date", "time_unit": "", "calendar": "steady", "size": 0.0}),
}


@pytest.mark.parametrize(("name", "value"), JSON_DAMAGE.values(), ids=JSON_DAMAGE.keys())
def test_damaged_scaling_is_told(folder: Path, name: str, value: Any) -> None:
    replaced(folder / SCALING, **{name: value})
    with pytest.raises(LiquidError, match=str(folder)):
        load_forecaster(folder)


@pytest.mark.parametrize("name", [CONFIG, SCALING, WEIGHTS])
@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 64, b"[]", b"{}", b"\xff\xfe{", b"[" * 100_000, pickle.dumps({"a": 1})]
)
def test_a_file_that_is_none_of_ours_is_told(folder: Path, name: str, content: bytes) -> None:
    if (name, content) == (CONFIG, b"{}"):
        content = b'{"speed": 1}'  # an empty config is the default one
    (folder / name).write_bytes(content)
    with pytest.raises(LiquidError):
        load_forecaster(folder)


@pytest.mark.parametrize("name", [CONFIG, SCALING, WEIGHTS])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(LiquidError, match=f"{name} cannot be read"):
        load_forecaster(folder)


def longer(weights: dict[str, torch.Tensor]) -> None:
    weights["readout.linear.bias"] = torch.zeros(2, 4)


def double(weights: dict[str, torch.Tensor]) -> None:
    weights["readout.linear.bias"] = weights["readout.linear.bias"].double()


def infinite(weights: dict[str, torch.Tensor]) -> None:
    weights["taps"][0, 0, 0] = torch.inf


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (longer, r"'readout.linear.bias' is \[2, 4\] in float32, expected \[2, 3\] in float32"),
        (double, "in float64, expected"),
        (infinite, "not finite"),
        (lambda weights: weights.pop("taps"), "'taps' is missing"),
        (lambda weights: weights.update(more=torch.zeros(1)), r"'more' is \[1\] in float32, expected missing"),
    ],
)
def test_weights_that_do_not_fit_are_named(
    folder: Path, damage: Callable[[dict[str, torch.Tensor]], object], sentence: str
) -> None:
    weights = load_file(folder / WEIGHTS)
    damage(weights)
    save_file(weights, folder / WEIGHTS)
    with pytest.raises(LiquidError, match=sentence):
        load_forecaster(folder)


def test_truncated_weights_are_told_wherever_they_end(folder: Path) -> None:
    whole = (folder / WEIGHTS).read_bytes()
    for end in range(0, len(whole), 97):
        (folder / WEIGHTS).write_bytes(whole[:end])
        with pytest.raises(LiquidError, match="holds no weights"):
            load_forecaster(folder)


def test_weights_of_another_run_are_refused(folder: Path) -> None:
    replaced(folder / CONFIG, state_size=6)
    with pytest.raises(LiquidError, match="Keep the files of one run together"):
        load_forecaster(folder)
