"""The script and the notebook train a run again to the same numbers, whatever its file and columns are called."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from hostile_names import NAMES
from named_runs import renamed, small_run

from liquid.errors import LiquidError
from liquid.export import c_file, code
from liquid.export.formats import formats_of
from liquid.export.network import network_of
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.series import builtin
from liquid.series.reading import ReadOptions, understand
from liquid.series.reading.read import chosen_part
from liquid.series.series import Series

SMALL: dict[str, Any] = {"members": 1, "steps": 4, "window": 12, "batch": 8, "state_size": 2, "horizon": 3, "seed": 5}
FILE = "\"; open('broken', 'w') #'''.csv"
COLUMN = '"); open("broken", "w") # {y} \\'


def trained(series: Series, **settings: Any) -> Run:
    return next(event for event in run(series, TrainConfig(**SMALL | settings)) if isinstance(event, Run))


def by_script(made: Run) -> dict[str, Any]:
    space: dict[str, Any] = {}
    exec(code.script(made), space)
    return space


def by_notebook(made: Run) -> dict[str, Any]:
    """Cell after cell, of a notebook that is valid."""
    document = nbformat.reads(code.notebook(made).decode(), as_version=4)
    nbformat.validate(document)
    space: dict[str, Any] = {}
    for cell in document.cells:
        if cell.cell_type == "code":
            exec(cell.source, space)
    return space


@pytest.fixture
def uploaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A file with a decimal comma that was said to have one, read as the page reads an upload; it lies here too."""
    monkeypatch.chdir(tmp_path)
    wave = np.sin(np.arange(90) / 4) + 0.1 * np.random.default_rng(0).normal(size=90)
    quoted = COLUMN.replace('"', '""')
    rows = "\n".join(f"{number};{value:.3f}".replace(".", ",") for number, value in enumerate(wave))
    content = f'step;"{quoted}"\n{rows}\n'.encode()
    Path(FILE).write_bytes(content)
    series = understand(content, name=FILE, options=ReadOptions(decimal=",", header=True)).series
    return trained(series, model="GRU")


@pytest.mark.parametrize("way", [by_script, by_notebook])
def test_a_built_in_trains_to_the_same_numbers(way: Callable[[Run], dict[str, Any]]) -> None:
    made, told = trained(builtin.load("nile")), io.StringIO()
    with contextlib.redirect_stdout(told):
        again: Run = way(made)["trained"]
    assert "The same numbers." in told.getvalue()
    assert again.config == replace(made.config, target=made.series.names[0])
    assert np.array_equal(again.forecast.mean, made.forecast.mean)


def test_a_part_of_a_built_in_is_trained_again(capsys: pytest.CaptureFixture[str]) -> None:
    part = ReadOptions(first="1880", last="1960", without="1900 to 1904")
    made = trained(chosen_part(builtin.load("nile"), part), outliers="clip")
    again: Run = by_script(made)["trained"]
    assert "The same numbers." in capsys.readouterr().out
    assert len(again.series) == 81
    assert np.array_equal(again.series.values, made.series.values, equal_nan=True)
    assert "onnx" not in formats_of(made)
    with pytest.raises(LiquidError, match="keeps outliers"):
        network_of(made)


def test_a_part_of_a_part_of_an_upload_is_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = "\n".join(f"{number};{np.sin(number / 4):.3f}".replace(".", ",") for number in range(120))
    Path("waves.csv").write_text(f"step;wave\n{rows}\n")
    options = ReadOptions(decimal=",", first="5", without="40 to 44")
    series = understand(Path("waves.csv").read_bytes(), name="waves.csv", options=options).series
    made = trained(chosen_part(series, ReadOptions(last="110", without="70")))
    again: Run = by_script(made)["trained"]
    assert "The same numbers." in capsys.readouterr().out
    assert np.array_equal(again.series.values, made.series.values, equal_nan=True)


@pytest.mark.parametrize("way", [by_script, by_notebook])
def test_an_upload_with_hostile_names_trains_to_the_same_numbers(
    way: Callable[[Run], dict[str, Any]], uploaded: Run, tmp_path: Path
) -> None:
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        again: Run = way(uploaded)["trained"]
    assert "The same numbers." in told.getvalue()
    assert again.series.names == (COLUMN,)
    assert np.array_equal(again.forecast.mean, uploaded.forecast.mean)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_other_numbers_are_said_to_be_others(uploaded: Run) -> None:
    Path(FILE).write_bytes(Path(FILE).read_bytes().replace(b"\n3;", b"\n3;1"))
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        by_script(uploaded)
    assert "Other numbers: is it the same file" in told.getvalue()


def test_times_that_the_file_does_not_have_are_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    times = np.cumsum(np.random.default_rng(1).exponential(size=90)) + 1
    Path("uneven.csv").write_text("time,level\n" + "\n".join(f"{t:.4f},{np.sin(t):.3f}" for t in times) + "\n")
    file = understand(Path("uneven.csv").read_bytes(), name="uneven.csv", options=ReadOptions(last="80")).series
    assert file.time[-1] < 80
    made = trained(chosen_part(file, ReadOptions(at="81, 82.5")))
    assert list(made.forecast.stamps[:2]) == [81, 82.5]
    assert json.loads(made.series.read_as) == {"last": "80", "at": "81, 82.5"}
    by_script(made)
    assert "The same numbers." in capsys.readouterr().out
    part = chosen_part(builtin.load("ice-ages"), ReadOptions(first="-400", at="10"))
    by_script(trained(part))
    assert "The same numbers." in capsys.readouterr().out


def test_a_training_that_ended_early_is_said_to_have() -> None:
    made = trained(builtin.load("nile"))
    stopped = replace(made, finished=replace(made.finished, outcome="stopped"))
    assert "that training ended early, at step 4" in code.script(stopped).decode()


@pytest.fixture(scope="module")
def plain() -> Run:
    return small_run()


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_name_is_a_literal_whatever_it_is(name: str, plain: Run) -> None:
    """With its texts taken out the script is the same as that of any other name, and names no other folder."""
    made = renamed(plain, name)
    for write in (code.script, _cells):
        assert _skeleton(write(made)) == _skeleton(write(renamed(plain, "plain")))
    (file,) = re.findall(r"^series = read\((.*)\)$", code.script(made).decode(errors="replace"), re.MULTILINE)
    assert not {"/", "\\"} & set(ast.literal_eval(file))


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_name_stays_in_the_comment_of_the_c_file(name: str, plain: Run) -> None:
    comment, _, rest = c_file.write(renamed(plain, name)).partition(b"*/")
    assert rest == c_file.write(renamed(plain, "plain")).partition(b"*/")[2]
    assert b"/*" not in comment[2:]


def test_how_a_file_was_read_is_checked_before_it_is_code(plain: Run) -> None:
    for text in ('{"decimal": ";"}', '{"import os": 1}', "[1]", "no JSON", '{"names_line": "os"}'):
        series = replace(plain.series, read_as=text)
        with pytest.raises(LiquidError, match="How the file was read is not understood"):
            code.script(replace(plain, series=series))


def _cells(made: Run) -> bytes:
    cells = json.loads(code.notebook(made))["cells"]
    return "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "code").encode()


def _skeleton(source: bytes) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)
