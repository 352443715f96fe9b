"""The models on a folder of trajectories: counted, judged on trajectories that were never seen, run by the command."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from liquid.__main__ import main
from liquid.studies.benchmark import pieces, stored
from liquid.studies.benchmark.config import Recipe
from liquid.studies.benchmark.stored_series import half_cheetah
from liquid.studies.benchmark.sweep import Group, Swept
from liquid.studies.benchmark.trajectories import Pairs, load_trajectories, of_tables

RECIPE = Recipe(window=32, batch=8, rates=(0.1, 0.3))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten circles, each from a place of its own."""
    place = tmp_path / "circles"
    place.mkdir()
    for number in range(10):
        angle = 0.4 * np.arange(80) + number
        np.save(place / f"{number}.npy", np.stack([np.cos(angle), 2 * np.sin(angle)], axis=1))
    return place


@pytest.fixture
def cells(monkeypatch: pytest.MonkeyPatch) -> Group:
    monkeypatch.setattr(pieces, "MODELS", ("Liquid", "LSTM"))
    return pieces.grid(seeds=3, steps=100, sizes=(100,), recipe=RECIPE)


def test_models_learn_what_persistence_cannot(folder: Path, cells: Group) -> None:
    data = load_trajectories(folder)
    *_, swept = pieces.run(data, cells, lambda: False)
    assert isinstance(swept, Swept)
    assert swept.complete
    persistence = np.sqrt(2 - 2 * np.cos(0.4))  # of a circle's step to its spread, in both columns alike
    assert swept.rows[0].error == pytest.approx(persistence, rel=0.02)
    by_hand = {"Liquid": lambda h: h * (2 + h) + 3 * h + 2 * (h + 1), "LSTM": lambda h: 4 * h * (4 + h) + 2 * (h + 1)}
    for row in swept.rows[3:]:
        assert row.counted == by_hand[row.cell.model](row.size)
        assert abs(row.off) < 0.2
        assert row.error < persistence / 2


def test_the_simulated_robot_is_there_and_whole_runs_go_to_one_part() -> None:
    runs = half_cheetah()
    data = of_tables([*runs])
    assert (data.files, data.columns) == (25, 17)
    per_run = len(data.test.inputs) // 3
    assert [len(part.inputs) // per_run for part in (data.train, data.validation, data.test)] == [18, 4, 3]
    scaled = (runs - runs[:18].mean(axis=(0, 1))) / runs[:18].std(axis=(0, 1))
    np.testing.assert_allclose(data.test.inputs[0], scaled[22, :32], rtol=1e-9)
    np.testing.assert_allclose(data.test.targets[0], scaled[22, 1:33], rtol=1e-9)


def test_no_choice_reads_the_test_trajectories(folder: Path, cells: Group) -> None:
    data, group = load_trajectories(folder), tuple(replace(cell, steps=6) for cell in cells[3:6])
    spoilt = replace(data, test=Pairs(data.test.inputs + 100, data.test.targets - 100))
    before, after = pieces.train_on(data, group), pieces.train_on(spoilt, group)
    assert [row.validation for row in before] == [row.validation for row in after]
    assert all(row.error < 3 < other.error for row, other in zip(before, after, strict=True))


def test_the_command_trains_on_a_folder(
    folder: Path, cells: Group, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    short = tuple(replace(cell, steps=6) for cell in cells)
    monkeypatch.setattr(pieces, "grid", lambda: short)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert main(["benchmark", "--trajectories", str(folder), "--out", str(tmp_path)]) == 0
    assert [row.cell for row in stored.load(tmp_path).rows] == list(short)
    told = capsys.readouterr()
    assert "10 trajectories of 2 columns, 9 trainings." in told.err
    assert "| LSTM |" in told.out
    assert main(["benchmark", "--trajectories", str(tmp_path / "none"), "--out", str(tmp_path)]) == 2
    assert "is no folder" in capsys.readouterr().err
