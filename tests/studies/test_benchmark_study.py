"""The benchmark's loop and sweep: fair and resumable."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import torch

from liquid.__main__ import main
from liquid.cli import benchmark as command
from liquid.errors import LiquidError
from liquid.models.network import SequenceModel
from liquid.runs.store import Store
from liquid.series.series import from_columns
from liquid.studies.benchmark import grids, stored
from liquid.studies.benchmark.closed_form import Solved, baseline, echo_state
from liquid.studies.benchmark.config import Cell, CellResult, Recipe
from liquid.studies.benchmark.fit import Fitted, fit
from liquid.studies.benchmark.problem import Problem
from liquid.studies.benchmark.sweep import (
    CellStore,
    MemoryStore,
    SweepProgress,
    Swept,
    group,
    plainest,
    run_group,
    run_sweep,
    take_over,
)
from liquid.studies.benchmark.tasks import TASKS, problem_from, problem_of
from liquid.studies.benchmark.trajectories import load_trajectories
from liquid.studies.stored import versions as here

RECIPE = Recipe(length=400, window=16, batch=8, rates=(0.03, 0.2))
CELLS = tuple(
    Cell("sines", 0.2, model, 100, seed, 6, RECIPE) for model in ("Liquid", "LSTM", "Linear AR") for seed in (0, 1)
)


def sweep(store: CellStore, most: int = 99) -> Swept:
    """A sweep that is stopped after `most` groups."""
    trained: list[SweepProgress] = []
    for event in run_sweep(CELLS, store, stop=lambda: len(trained) > most):  # the first event is before any group
        if isinstance(event, Swept):
            return event
        trained.append(event)
    raise AssertionError("a sweep ends with Swept")


def timeless(swept: Swept) -> list[CellResult]:
    return [replace(row, seconds=0.0) for row in swept.rows]


@pytest.fixture(scope="module")
def whole() -> Swept:
    return sweep(MemoryStore())


def test_a_resumed_sweep_equals_an_uninterrupted_one(whole: Swept, tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'cells.sqlite3'}")
    first = sweep(store, most=1)
    assert not first.complete
    assert len(first.rows) == 2
    resumed = sweep(store)
    assert resumed.complete
    assert timeless(resumed) == timeless(whole)
    assert resumed.rows[:2] == first.rows  # what was finished was not trained again: its time is the same
    store.close()


def test_rows_of_other_versions_are_trained_again(whole: Swept) -> None:
    store = MemoryStore()
    for row in whole.rows[:4]:
        versions = here() if row.cell.seed == 0 else {**here(), "torch": "0.1"}
        marked = replace(row, error=12.5)
        store.put_cell("benchmark", row.cell.key, marked.to_json(versions=versions))
    assert sum(row.error == 12.5 for row in sweep(store, most=0).rows) == 2
    store.put_cell("benchmark", whole.rows[1].cell.key, replace(whole.rows[1], error=12.5).to_json())  # does not say
    assert sum(row.error == 12.5 for row in sweep(store, most=0).rows) == 3
    take_over(whole.rows, store)
    assert [row.error for row in sweep(store, most=0).rows] == [12.5, 12.5, 12.5, *(r.error for r in whole.rows[3:])]


def test_a_row_under_its_models_former_name_is_not_trained_again(whole: Swept) -> None:
    cell, store = Cell("sines", 0.2, "Liquid (article)", 100, 0, 6, RECIPE), MemoryStore()
    row = replace(whole.rows[0], cell=cell).to_json(versions=here())
    store.put_cell("benchmark", cell.key.replace("Liquid (article)", "Liquid, article"),
                   row.replace("Liquid (article)", "Liquid, article"))  # fmt: skip
    *_, swept = run_sweep((cell,), store, stop=lambda: True)
    assert isinstance(swept, Swept)
    assert swept.complete
    assert [row.cell for row in swept.rows] == [cell]


def test_progress_counts_up_to_the_whole(whole: Swept) -> None:
    events = [event for event in run_sweep(CELLS, MemoryStore()) if isinstance(event, SweepProgress)]
    assert [event.done for event in events] == [0, 2, 4, 6]
    assert events[-1].time_left == 0
    assert events[-1].doing == "Linear AR is measured"
    assert [cell.seed for cell in group(CELLS)[0]] == [0, 1]
    assert [row.cell for row in whole.rows] == list(CELLS)


def test_seeds_side_by_side_train_as_alone(whole: Swept) -> None:
    for cell in CELLS[:4]:
        alone, together = run_group((cell,))[0], next(row for row in whole.rows if row.cell == cell)
        assert alone.error == pytest.approx(together.error, rel=1e-3)
        assert alone.rate == together.rate


def fitted(model: str, problem: Problem) -> Fitted:
    network = SequenceModel(model, 1, 4, (0, 0))
    return fit(network, [problem], [0], 6, RECIPE, "adam")


def spoilt(problem: Problem) -> Problem:
    """Another test part."""
    inputs, target = problem.inputs.copy(), problem.target.copy()
    first = problem.split.test.start
    inputs[first:] = 1e6
    target[first - 1 :] = -1e6  # the target of a sample is the value after it
    return replace(problem, inputs=inputs, target=target)


def weights(fitted: Fitted) -> list[torch.Tensor]:
    return list(fitted.model.parameters())


@pytest.mark.parametrize("model", ["Liquid", "GRU", "CfC"])
def test_no_choice_reads_the_test_part(model: str) -> None:
    problem = problem_of("lorenz", 0.1, 0, 400)
    before, after = fitted(model, problem), fitted(model, spoilt(problem))
    assert np.array_equal(before.validation, after.validation)
    assert all(map(torch.equal, weights(before), weights(after)))


def test_neither_does_a_finish() -> None:
    problem, recipe = problem_of("sines", 0.0, 0, 1000), replace(RECIPE, rates=(0.1,))
    start, before, after = (
        weights(fit(SequenceModel("Liquid", 1, 6, (0,)), [one], [0], 60, recipe, training))
        for one, training in ((problem, "soap-solved"), (problem, "soap-finished"), (spoilt(problem), "soap-finished"))
    )
    assert not all(map(torch.equal, start, before))  # it has moved
    assert all(map(torch.equal, before, after))


@pytest.mark.parametrize(
    "fit_to", [lambda problem: baseline("Linear AR", problem), lambda problem: echo_state(problem, 20, 0)]
)
def test_least_squares_chooses_without_the_test_part(fit_to: Callable[[Problem], Solved]) -> None:
    problem = problem_of("lorenz", 0.1, 0, 400)
    blind = replace(problem, target=problem.target.copy())
    blind.target[problem.split.test.start - 1 :] = np.nan
    assert np.array_equal(fit_to(problem).learned, fit_to(blind).learned)
    assert np.isnan(fit_to(blind).error(blind, blind.split.test))


def test_cells_rows_and_results_come_back_as_they_went(whole: Swept, tmp_path: Path) -> None:
    assert Cell.from_json(CELLS[0].key) == CELLS[0]
    assert CellResult.from_json(whole.rows[0].to_json()) == whole.rows[0]
    stored.save(stored.Stored.of("small", whole.rows, True), tmp_path)
    back = stored.load(tmp_path)
    assert [one.cell for one in back.rows] == list(CELLS)
    assert [one.error for one in back.rows] == pytest.approx([one.error for one in whole.rows], rel=1e-5)
    assert back.versions["torch"] == version("torch")  # torch.__version__ may also name the build: 2.13.0+cu130


def test_mistakes_are_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(LiquidError, match="task='weather' is not known; choose one of sines"):
        Cell("weather", 0.2, "Liquid", 100, 0)
    with pytest.raises(LiquidError, match="noise=-1 is outside 0 to 10"):
        Cell("sines", -1, "Liquid", 100, 0)
    with pytest.raises(LiquidError, match=r"steps=2\.5 must be a whole number"):
        Cell.from_json(json.dumps({**json.loads(CELLS[0].key), "steps": 2.5}))
    with pytest.raises(LiquidError, match="settings that do not exist: colour"):
        Cell.from_json(json.dumps({**json.loads(CELLS[0].key), "colour": 1}))
    (tmp_path / "benchmark.json").write_text('{"grid": "full"}', encoding="utf-8")
    with pytest.raises(LiquidError, match="Build it: python -m liquid benchmark"):
        stored.load(tmp_path)


def test_a_training_that_is_not_surely_better_leaves_the_plainer_one() -> None:
    rng = np.random.default_rng(0)
    plain = rng.normal(size=(3, 200))
    luckier = plain * np.array([0.7, 0.99, 1.2])[:, None] + 0.2 * rng.normal(size=plain.shape)
    assert plainest([plain, luckier]) == [1, 0, 0]
    assert plainest([plain, 0.8 * plain, luckier]) == [2, 1, 1]
    assert plainest([plain, np.full_like(plain, np.nan)]) == [0, 0, 0]


def test_a_row_says_which_training_validation_chose() -> None:
    cell = Cell("sines", 0.0, "Liquid", 100, 0, 60, replace(RECIPE, length=1500, rates=(0.1,)))
    (row,) = run_group((cell,))
    assert row.training == "soap-finished"
    assert len(row.validation) == 2
    assert CellResult.from_json(row.to_json()) == row


def test_the_estimate_is_steps_times_rates_and_trainings_times_measured_time() -> None:
    timed = Cell("sines", 0.2, "LSTM", 300, 0, 600)
    measured = [CellResult(timed, 8, 300, 0.1, (0.1,), 0.1, 6.0)]  # 10 ms a step
    cells = [Cell("sines", 0.2, "LSTM", 600, seed, 1000, Recipe(rates=(0.1, 0.2))) for seed in range(3)]
    assert grids.hours(cells, measured) == pytest.approx(3 * 2 * 2 * 1000 * 0.01 * 2 / 3600)  # twice the size
    assert {cell.model for cell in grids.full()} == {*grids.SIZED, *grids.FIXED, *grids.SEASONAL}
    assert len(set(grids.full())) == len(grids.full())


CORES = ("Liquid", "LSTM", "GRU", "Echo state")


def test_what_a_stopped_sweep_finished_on_some_tasks_only_is_left_out() -> None:
    cells = [Cell(task, 0.2, model, 300, seed) for model in CORES for task in TASKS for seed in range(2)]
    cells.append(Cell("lorenz", 0.2, "CfC", 300, 0))  # asked for on one task: nothing is missing
    rows = [CellResult(cell, 8, 300, 0.1, (), 1.0, 1.0) for cell in cells if (cell.model, cell.task) != ("GRU", "ecg")]
    kept = grids.balanced(rows, cells)
    assert {row.cell.model for row in kept} == {*CORES, "CfC"} - {"GRU"}
    assert len(kept) == 3 * len(TASKS) * 2 + 1
    beside = [Cell("lorenz", noise, "Persistence", 100, 0) for noise in (0.2, 0.4)]
    asked = [*cells, *beside, Cell("lorenz", 0.4, "LSTM", 300, 0)]
    more = grids.balanced([*rows, *(CellResult(cell, 0, 0, None, (), 1.0, 0.0) for cell in beside)], asked)
    assert {row.cell.noise for row in more} == {0.2}  # at 40 % no model is finished
    assert len(more) == len(kept) + 1


def test_trajectories_go_whole_to_one_part(tmp_path: Path) -> None:
    for number in range(10):
        values = np.full((60, 3), float(number)) + 0.01 * np.arange(60)[:, None] * [1, 2, 3]
        np.save(tmp_path / f"{number}.npy", values) if number % 2 else np.savetxt(
            tmp_path / f"{number}.csv", values, delimiter=",", header="a,b,c", comments=""
        )
    found = load_trajectories(tmp_path)
    assert (found.files, found.columns) == (10, 3)
    assert [len(part[0]) for part in (found.train, found.validation, found.test)] == [21, 6, 3]  # 3 pieces each
    x, y = found.test
    assert x.shape == y.shape == (3, 32, 3)
    assert np.array_equal(x[:, 1:], y[:, :-1])
    assert x.min() > found.train[0].max()  # the last trajectory is the largest
    np.save(tmp_path / "x.npy", np.zeros((60, 2)))
    with pytest.raises(LiquidError, match=r"'x.npy' has 2 columns"):
        load_trajectories(tmp_path)
    with pytest.raises(LiquidError, match="is no folder"):
        load_trajectories(tmp_path / "none")


def test_the_command_writes_what_it_swept_and_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = tuple(Cell("sines", 0.2, model, 100, seed, 6, RECIPE) for model in grids.FIXED for seed in range(3))
    monkeypatch.setitem(command.GRIDS, "small", lambda: cells)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    options = ["benchmark", "--small", "--store", f"sqlite:///{tmp_path / 'cells.sqlite3'}", "--out", str(tmp_path)]
    assert main(options) == 0
    written = (tmp_path / "benchmark.csv").read_text(encoding="utf-8").splitlines()
    assert len(written) == 1 + len(cells)
    assert stored.load(tmp_path).complete
    assert f"{len(cells)} cells: about" in capsys.readouterr().err
    assert main(options) == 0
    assert f"{len(cells)}/{len(cells)} {len(cells)} of {len(cells)} trainings are there" in capsys.readouterr().err
    assert (tmp_path / "benchmark.csv").read_text(encoding="utf-8").splitlines() == written


def test_the_command_goes_on_from_a_stored_result_of_the_same_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = tuple(Cell("sines", 0.2, model, 100, seed, 6, RECIPE) for model in grids.FIXED for seed in range(2))
    monkeypatch.setitem(command.GRIDS, "small", lambda: cells)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    marked = tuple(CellResult(cell, 0, 0, None, (), 12.5, 0.0) for cell in cells[:2])
    stored.save(stored.Stored.of("small", marked, False), tmp_path)
    options = ["benchmark", "--small", "--store", f"sqlite:///{tmp_path / 'cells.sqlite3'}"]
    assert main([*options, "--go-on", str(tmp_path), "--out", str(tmp_path / "out")]) == 0
    errors = [one.error for one in stored.load(tmp_path / "out").rows]
    assert errors[:2] == [12.5, 12.5]
    assert all(error < 5 for error in errors[2:])
    monkeypatch.setattr("liquid.studies.stored.version", lambda name: "0.1")
    assert main([*options, "--go-on", str(tmp_path)]) == 2
    assert f"made with python {platform.python_version()}, torch {version('torch')}" in capsys.readouterr().err


def test_a_series_with_gaps_is_asked_about_its_longest_stretch() -> None:
    values = np.sin(np.arange(200.0))
    values[[30, 150]] = np.nan
    problem = problem_from(from_columns({"y": values, "z": np.arange(200.0)}, "gaps"), 0.0, 0, 100)
    whole = problem_from(from_columns({"y": values[31:150]}, "stretch"), 0.0, 0, 100)
    np.testing.assert_array_equal(problem.inputs, whole.inputs)
    np.testing.assert_array_equal(problem.target, whole.target)
    values[::20] = np.nan
    with pytest.raises(LiquidError, match="'y' has at most 19 values in a row without a gap"):
        problem_from(from_columns({"y": values}, "gaps"), 0.0, 0, 100)
