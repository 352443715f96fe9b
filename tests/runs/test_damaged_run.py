"""Files of a run that somebody damaged become a run or one sentence."""

from __future__ import annotations

import json
import pickle
import random
from collections.abc import Callable
from typing import Any

import pytest
import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from saved_run import HOSTILE

from liquid.errors import LiquidError
from liquid.runs.format import NAMES, from_files
from liquid.runs.measured import CURVE, METRICS, RESULT, SERIES, VALUES
from liquid.runs.model import CONFIG, SCALING


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
    "a share too few": (METRICS, "coverages", [[0.9, 0.9]] * 4),
    "a band too few": (METRICS, "coverages", [[0.9, 0.9, 0.9]] * 3),
    "a season that is true": (METRICS, "season", True),
    "another target": (CONFIG, "target", "beside"),
    "another window": (SCALING, "window", 11),
    "other steps": (CONFIG, "steps", 3),
    "other networks": (CONFIG, "members", 1),
    "another horizon": (CONFIG, "horizon", 4),
    "a band that ends before it begins": (SCALING, "half_widths", [[0.1, -0.1, 0.1]] * 4),
}


@pytest.mark.parametrize(("name", "field", "value"), JSON_DAMAGE.values(), ids=JSON_DAMAGE.keys())
def test_a_damaged_field_is_told(files: dict[str, bytes], name: str, field: str, value: Any) -> None:
    with pytest.raises(LiquidError):
        from_files(edited(files, name, **{field: value}))


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
        from_files(row(files, number, **others))


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
        from_files(lines(files, name, change))


@pytest.mark.parametrize("value", [b"inf", b"1e200"])
def test_values_that_nothing_can_be_computed_with_are_told(files: dict[str, bytes], value: bytes) -> None:
    with pytest.raises(LiquidError):
        from_files(lines(files, VALUES, lambda all_: [all_[0], all_[1].rsplit(b",", 1)[0] + b"," + value, *all_[2:]]))


ROW_COUNT = 120
MISSING: dict[str, Callable[[int], bool]] = {
    "of the test part": lambda row: row == ROW_COUNT - 3,
    "at the end": lambda row: row >= ROW_COUNT - 2,
    "of the calibration part": lambda row: 82 <= row < 96,
    "of the training part": lambda row: 5 < row < 66,
    "everywhere": lambda row: True,
}


@pytest.mark.parametrize("is_gone", MISSING.values(), ids=MISSING.keys())
def test_a_target_that_was_measured_on_and_is_gone_is_told(
    files: dict[str, bytes], is_gone: Callable[[int], bool]
) -> None:
    """A value may be missing, but none of those that the run's numbers come from."""

    def without(all_: list[bytes]) -> list[bytes]:
        cells = [line.split(b",") for line in all_[1:-1]]
        assert len(cells) == ROW_COUNT
        rows = [[one[0], b"nan", *one[2:]] if is_gone(row) else one for row, one in enumerate(cells)]
        return [all_[0], *(b",".join(one) for one in rows), b""]

    with pytest.raises(LiquidError):
        from_files(lines(files, VALUES, without))


def test_a_time_that_is_missing_is_told(files: dict[str, bytes]) -> None:
    with pytest.raises(LiquidError):
        from_files(lines(files, VALUES, lambda all_: [all_[0], b"nan," + all_[1].split(b",", 1)[1], *all_[2:]]))


@pytest.mark.parametrize("aged", [[True], [0, 1], "both", [True, "x"], None])
def test_columns_with_age_that_do_not_fit_are_told(files: dict[str, bytes], aged: object) -> None:
    with pytest.raises(LiquidError):
        from_files(edited(files, SCALING, aged=aged))


def test_dates_beyond_every_calendar_are_told(files: dict[str, bytes]) -> None:
    late = lines(files, VALUES, lambda all_: [*all_[:-2], b"1e15,1,1", b""])
    with pytest.raises(LiquidError, match="year 9000"):
        from_files(edited(late, SERIES, time_kind="date"))


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
        from_files({**files, RESULT: save_tensors(tensors)})


@pytest.mark.parametrize("name", sorted(NAMES - {"forecast.csv"}))
def test_a_file_that_is_none_of_ours_is_told(files: dict[str, bytes], name: str) -> None:
    without = {other: content for other, content in files.items() if other != name}
    with pytest.raises(LiquidError, match=name):
        from_files(without)
    for content in (b"", b"\x00" * 64, b"[]", b"[" * 100_000, pickle.dumps({"a": 1}), b"\xff\xfe{", b"1" * 10_000):
        with pytest.raises(LiquidError):
            from_files({**files, name: content})


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
            from_files({**files, name: bytes(content)})
        except LiquidError:
            told += 1
    assert told > 150
