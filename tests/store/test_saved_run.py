"""A run opens from its files as it was, without training; what anybody else hands in becomes a run or one sentence."""

from __future__ import annotations

import io
import json
import pickle
import random
import struct
import zipfile
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from liquid.charts import train as charts
from liquid.charts.style import LIGHT
from liquid.errors import LiquidError
from liquid.learning import training
from liquid.learning.archive import ABOUT, pack, unpack
from liquid.learning.config import TrainConfig
from liquid.learning.files import CONFIG, METRICS, SCALING
from liquid.learning.run import Run, run
from liquid.learning.saved import CURVE, NAMES, RESULT, SERIES, VALUES, open_run, run_documents
from liquid.series import builtin
from liquid.series.series import Series, from_columns

SMALL: dict[str, Any] = {"members": 2, "steps": 12, "window": 12, "batch": 8, "state_size": 4, "horizon": 3}
HOSTILE = '=cmd|"/C calc"!A0</script><script>alert(1)</script>\n,"\x00'


def trained(series: Series, **others: Any) -> Run:
    events = run(series, TrainConfig(**{**SMALL, **others}))
    return next(event for event in events if isinstance(event, Run))


def walk(length: int = 120) -> Series:
    rng = np.random.default_rng(0)
    wave = np.sin(np.arange(length) / 4) + 0.1 * rng.normal(size=length)
    columns = {HOSTILE: wave, "left out": rng.normal(size=length), "beside": rng.normal(size=length)}
    time = np.cumsum(rng.uniform(0.5, 1.5, size=length))
    return from_columns(columns, HOSTILE, time=time, time_kind="number", unit=HOSTILE, notes=(HOSTILE,), season=25)


@pytest.fixture(scope="module")
def whole() -> Run:
    return trained(walk(), inputs=("beside",), timespans=True)


@pytest.fixture(scope="module")
def files(whole: Run) -> dict[str, bytes]:
    return run_documents(whole)


def same(found: Any, expected: Any) -> None:
    if isinstance(expected, np.ndarray):
        np.testing.assert_array_equal(found, expected)
    elif hasattr(expected, "__dataclass_fields__"):
        for field in fields(expected):
            same(getattr(found, field.name), getattr(expected, field.name))
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


@pytest.mark.parametrize("kind", ["uneven", "LSTM", "dates"])
def test_a_run_comes_back_as_it_was(kind: str, whole: Run) -> None:
    if kind == "uneven":
        expected = whole
    elif kind == "LSTM":
        expected = trained(builtin.load("nile"), model="LSTM")
    else:
        expected = trained(builtin.load("elnino"), members=1, target=builtin.load("elnino").names[-1])
    again = open_run(unpack(pack(run_documents(expected), "title"))[0])
    check_same(again, expected)
    check_same(open_run(run_documents(again)), again)


def test_nothing_is_trained_or_forecast(files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*arguments: object, **others: object) -> None:
        raise AssertionError("this takes time")

    monkeypatch.setattr(training.Batches, "draw", never)
    monkeypatch.setattr(torch.nn.Module, "__call__", never)
    again = open_run(files)
    assert again.report.points > 0


def test_it_draws_the_same_pictures(whole: Run, files: dict[str, bytes]) -> None:
    again = open_run(files)
    for figure in (charts.forecast_figure, charts.residual_figure, charts.horizon_figure):
        assert figure(again, LIGHT).to_json() == figure(whole, LIGHT).to_json()
    np.testing.assert_array_equal(again.tau.tau_sys, whole.tau.tau_sys)


def test_columns_that_were_not_used_are_not_kept(files: dict[str, bytes]) -> None:
    assert not any(b"left out" in content for content in files.values())
    assert open_run(files).series.names == (HOSTILE, "beside")


def edited(files: dict[str, bytes], name: str, **others: Any) -> dict[str, bytes]:
    return {**files, name: json.dumps({**json.loads(files[name]), **others}).encode()}


def row(files: dict[str, bytes], number: int, **others: Any) -> dict[str, bytes]:
    rows = json.loads(files[METRICS])["rows"]
    rows[number] = {**rows[number], **others}
    return edited(files, METRICS, rows=rows)


JSON_DAMAGE: dict[str, tuple[str, str, Any]] = {
    "another name": (SERIES, "names", [HOSTILE, "before"]),
    "a name too many": (SERIES, "names", [HOSTILE, "beside", "more"]),
    "another order": (SERIES, "names", ["beside", HOSTILE]),
    "a title that is a number": (SERIES, "title", 5),
    "half a letter": (SERIES, "title", "\ud800"),
    "a title without end": (SERIES, "title", "x" * 20_000),
    "a time of no kind": (SERIES, "time_kind", "soon"),
    "a time that is a list": (SERIES, "time_kind", ["date"]),
    "notes that are none": (SERIES, "notes", "note"),
    "a season too long": (SERIES, "season", 10**6),
    "an outcome of no kind": (METRICS, "outcome", "won"),
    "no message": (METRICS, "message", None),
    "a step too far": (METRICS, "best_step", 13),
    "less than no time": (METRICS, "seconds", -1),
    "no number of seconds": (METRICS, "seconds", float("nan")),
    "a number without end": (METRICS, "seconds", 10**400),
    "other points": (METRICS, "points", 7),
    "points without end": (METRICS, "points", 10**9),
    "no rows": (METRICS, "rows", []),
    "rows without end": (METRICS, "rows", [{}] * 1000),
    "rows that are none": (METRICS, "rows", [1, 2, 3]),
    "a share above one": (METRICS, "coverage", [0.9, 0.9, 1.1]),
    "a share too few": (METRICS, "coverage", [0.9, 0.9]),
    "a season that is true": (METRICS, "season", True),
    "another target": (CONFIG, "target", "beside"),
    "another window": (SCALING, "window", 11),
    "other steps": (CONFIG, "steps", 3),
    "other networks": (CONFIG, "members", 1),
    "another horizon": (CONFIG, "horizon", 4),
}


@pytest.mark.parametrize(("name", "field", "value"), JSON_DAMAGE.values(), ids=JSON_DAMAGE.keys())
def test_a_damaged_field_is_told(files: dict[str, bytes], name: str, field: str, value: Any) -> None:
    with pytest.raises(LiquidError):
        open_run(edited(files, name, **{field: value}))


ROWS: tuple[tuple[int, dict[str, Any]], ...] = (
    (0, {"name": "LSTM"}),
    (1, {"name": "Liquid"}),
    (1, {"name": "![](https://stranger)"}),
    (1, {"name": ["Persistence"]}),
    (0, {"rmse": None}),
    (0, {"rmse": "1"}),
    (0, {"mae": -1.0}),
    (1, {"horizon_rmse": [1.0]}),
    (1, {"rmse_ratio_of_model": [1, 2, 3]}),
    (1, {"rmse_ratio_of_model": {"value": "x", "low": 1, "high": 1}}),
)


@pytest.mark.parametrize(("number", "others"), ROWS)
def test_a_damaged_row_is_told(files: dict[str, bytes], number: int, others: dict[str, Any]) -> None:
    with pytest.raises(LiquidError):
        open_run(row(files, number, **others))


def lines(files: dict[str, bytes], name: str, change: Callable[[list[bytes]], list[bytes]]) -> dict[str, bytes]:
    return {**files, name: b"\n".join(change(files[name].split(b"\n")))}


LINES: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "no rows": lambda all_: all_[:1],
    "a row short": lambda all_: [*all_[:5], b"1,2", *all_[6:]],
    "text": lambda all_: [*all_[:5], b",".join([b"x"] * (all_[0].count(b",") + 1)), *all_[6:]],
    "backwards": lambda all_: [all_[0], *reversed(all_[1:-1])],
    "twice": lambda all_: all_[:-1] + all_[1:],
    "a million columns": lambda all_: [b"," * 10**6, *all_[1:]],
    "a formula": lambda all_: [all_[0], b"=1+1" + all_[1][1:], *all_[2:]],
    "no text": lambda all_: [all_[0], b"\xff\xfe\x00", *all_[2:]],
}


@pytest.mark.parametrize("name", [VALUES, CURVE])
@pytest.mark.parametrize("change", LINES.values(), ids=LINES.keys())
def test_a_damaged_table_is_told(
    files: dict[str, bytes], name: str, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    with pytest.raises(LiquidError):
        open_run(lines(files, name, change))


@pytest.mark.parametrize("value", [b"nan", b"inf", b"1e200"])
def test_values_that_nothing_can_be_computed_with_are_told(files: dict[str, bytes], value: bytes) -> None:
    with pytest.raises(LiquidError):
        open_run(lines(files, VALUES, lambda all_: [all_[0], all_[1].rsplit(b",", 1)[0] + b"," + value, *all_[2:]]))


def test_dates_beyond_every_calendar_are_told(files: dict[str, bytes]) -> None:
    late = lines(files, VALUES, lambda all_: [*all_[:-2], b"1e15,1,1", b""])
    with pytest.raises(LiquidError, match="year 9000"):
        open_run(edited(late, SERIES, time_kind="date"))


RESULTS: dict[str, Callable[[dict[str, torch.Tensor]], object]] = {
    "points of the training part": lambda all_: all_["points"].sub_(50),
    "points after the end": lambda all_: all_["points"].add_(50),
    "points in no order": lambda all_: all_["points"].copy_(all_["points"].flip(0)),
    "numbers that are none": lambda all_: all_["forecast"].fill_(torch.nan),
    "another type": lambda all_: all_.update(forecast=all_["forecast"].float()),
    "another shape": lambda all_: all_.update(forecast=torch.zeros(4, dtype=torch.float64)),
    "one too many": lambda all_: all_.update(more=torch.zeros(1)),
    "one missing": lambda all_: all_.pop("points"),
}


@pytest.mark.parametrize("damage", RESULTS.values(), ids=RESULTS.keys())
def test_damaged_forecasts_are_told(
    files: dict[str, bytes], damage: Callable[[dict[str, torch.Tensor]], object]
) -> None:
    tensors = load_tensors(files[RESULT])
    damage(tensors)
    with pytest.raises(LiquidError):
        open_run({**files, RESULT: save_tensors(tensors)})


@pytest.mark.parametrize("name", sorted(NAMES - {"forecast.csv"}))
def test_a_file_that_is_none_of_ours_is_told(files: dict[str, bytes], name: str) -> None:
    without = {other: content for other, content in files.items() if other != name}
    with pytest.raises(LiquidError, match=name):
        open_run(without)
    for content in (b"", b"\x00" * 64, b"[]", b"[" * 100_000, pickle.dumps({"a": 1}), b"\xff\xfe{", b"1" * 10_000):
        with pytest.raises(LiquidError):
            open_run({**files, name: content})


def test_bytes_flipped_anywhere_give_a_run_or_a_sentence(files: dict[str, bytes]) -> None:
    """300 hostile files: each a file of the run with a few bytes changed, cut or doubled."""
    drawn = random.Random(0)
    told = 0
    for _ in range(300):
        name = drawn.choice(sorted(NAMES))
        content = bytearray(files[name])
        for _ in range(drawn.randint(1, 8)):
            content[drawn.randrange(len(content))] = drawn.choice(b'\x00\xff"[{}],.-+e19nN \n')
        start = drawn.randrange(len(content))
        content = drawn.choice((content, content[:start], content + content[start:]))
        try:
            open_run({**files, name: bytes(content)})
        except LiquidError:
            told += 1
    assert told > 150


# The zip


def zipped(entries: list[tuple[str, bytes]], way: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", way) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def entries(files: dict[str, bytes]) -> list[tuple[str, bytes]]:
    return [(ABOUT, b'{"format": 1, "title": "mine"}'), *files.items()]


def test_a_zip_comes_back_byte_for_byte(files: dict[str, bytes]) -> None:
    packed = pack(files, HOSTILE)
    assert unpack(packed) == (files, HOSTILE)
    assert pack(files, HOSTILE) == packed
    assert zipfile.ZipFile(io.BytesIO(packed)).testzip() is None


PATHS = (
    "../config.json", "/etc/passwd", "..\\..\\boot.ini", "C:\\x", "a/config.json", "config.json/", "./config.json",
    "CONFIG.JSON", "weights.pkl", "__init__.py", "\u202egpj.exe", "a" * 60_000, "-rf", "~/.bashrc",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
def test_any_other_name_is_refused(files: dict[str, bytes], path: str) -> None:
    with pytest.raises(LiquidError) as told:
        unpack(zipped([*entries(files), (path, b"{}")]))
    assert len(str(told.value)) < 300


def test_a_bomb_does_not_go_off(files: dict[str, bytes]) -> None:
    bomb = zipped([*entries({**files, CONFIG: bytes(33_000_000)})])
    assert len(bomb) < 10**6
    with pytest.raises(LiquidError, match="the limit is 32 MB"):
        unpack(bomb)
    liar = bytearray(bomb)  # declares that it is small, in both places
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = -1
        while (start := liar.find(mark, start + 1)) >= 0:
            if struct.unpack_from("<I", liar, start + at)[0] == 33_000_000:
                struct.pack_into("<I", liar, start + at, 100)
    with pytest.raises(LiquidError):
        unpack(bytes(liar))


def test_other_zips_are_told(files: dict[str, bytes]) -> None:
    all_ = entries(files)
    with pytest.warns(UserWarning, match="Duplicate name"):
        double = zipped([*all_, all_[1]])
    encrypted = bytearray(zipped(all_))
    encrypted[encrypted.find(b"PK\x01\x02") + 8] |= 1
    attempts = {
        "two files of one name": double,
        "lacks config.json": zipped([entry for entry in all_ if entry[0] != CONFIG]),
        "lacks about.json": zipped(all_[1:]),
        "encrypted": bytes(encrypted),
        "not read here": zipped(all_, zipfile.ZIP_LZMA),
        "far more files": zipped([(str(number), b"") for number in range(200)]),
        "newer version": zipped([(ABOUT, b'{"format": 2, "title": "x"}'), *all_[1:]]),
        "title": zipped([(ABOUT, b'{"format": 1}'), *all_[1:]]),
        "no zip file": b"config.json",
        "limit": bytes(32_000_001),
    }
    for sentence, content in attempts.items():
        with pytest.raises(LiquidError, match=sentence):
            unpack(content)


def test_a_zip_cut_or_changed_anywhere_is_told_or_whole(files: dict[str, bytes]) -> None:
    whole, drawn = pack(files, "x"), random.Random(1)
    for _ in range(150):
        content = bytearray(whole)
        content[drawn.randrange(len(content))] ^= 1 << drawn.randrange(8)
        for attempt in (bytes(content), whole[: drawn.randrange(len(whole))]):
            try:
                assert set(unpack(attempt)[0]) == NAMES
            except LiquidError:
                continue
