"""The benchmark's tasks: scaled without the future, the same question for all, times told to every model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from liquid.errors import LiquidError
from liquid.models.network import SequenceModel
from liquid.series import generators
from liquid.studies.benchmark.about import about
from liquid.studies.benchmark.config import Cell, Recipe
from liquid.studies.benchmark.fit import predict
from liquid.studies.benchmark.problem import ending
from liquid.studies.benchmark.sweep import run_group, train_group
from liquid.studies.benchmark.tasks import KINDS, MEASURED, TASKS, problem_of

RECIPE = Recipe(length=400, window=16, batch=8, rates=(0.03, 0.2), trainings=("adam",))


def test_there_are_thirty_of_different_kinds_and_each_says_where_it_comes_from() -> None:
    kinds = [task.kind for task in TASKS.values()]
    assert len(TASKS) >= 30
    assert set(kinds) == set(KINDS)
    assert kinds.count("chaotic flow") + kinds.count("chaotic map") >= 16
    assert kinds.count(MEASURED) >= 8
    for name in TASKS:
        told = about(name)
        assert told.title
        assert told.origin
        assert told.licence
        assert told.samples >= 700


@pytest.mark.parametrize("task", TASKS)
def test_scale_and_noise_come_from_the_training_part(task: str) -> None:
    clean, noisy = problem_of(task, 0.0, 0, 600), problem_of(task, 0.4, 0, 600)
    train = slice(0, clean.split.train.stop)
    assert clean.inputs[train].mean() == pytest.approx(0, abs=1e-12)
    assert clean.inputs[train].std() == pytest.approx(1)
    if task == "switching-level":
        return  # its own noise is on the input, always
    assert np.array_equal(clean.inputs[1:], clean.target[:-1])  # without noise, the next input is the target
    added = noisy.inputs[1:] - noisy.target[:-1]
    assert added.std() / noisy.unit == pytest.approx(0.4, rel=0.15)


def test_a_task_at_uneven_times_tells_every_model_when_the_next_value_comes() -> None:
    problem = problem_of("uneven-sines", 0.0, 0, 600)
    assert problem.gaps is not None
    t = np.concatenate([[0.0], np.cumsum(problem.gaps)])  # in mean gaps; the sines' phases are free
    waves = 2 * np.pi * t[:, None] / np.array(generators.SINE_PERIODS) * mean_gap(0, 601)
    basis = np.column_stack([np.sin(waves), np.cos(waves), np.ones(len(t))])
    values = np.append(problem.inputs, problem.target[-1])
    found, *_ = np.linalg.lstsq(basis, values, rcond=None)
    np.testing.assert_allclose(basis @ found, values, atol=1e-9)  # the gap after a sample is the one to the next value
    assert problem.columns.shape == (599, 2)
    np.testing.assert_allclose(np.argsort(problem.columns[:, 1]), np.argsort(problem.gaps))


def mean_gap(seed: int, length: int) -> float:
    time = generators.uneven_sines(length, noise=0.0, seed=seed).time
    return float((time[-1] - time[0]) / (length - 1))


@pytest.mark.parametrize("model", ["Liquid", "GRU"])
def test_gaps_are_trained_on_seed_by_seed(model: str) -> None:
    cells = tuple(Cell("uneven-sines", 0.0, model, 100, seed, 6, RECIPE) for seed in (0, 1))
    together, alone = run_group(cells), run_group(cells[1:])
    assert [one.error for one in together[1:]] == [one.error for one in alone]
    with pytest.raises(LiquidError, match="2 problems with gaps of their own"):
        train_group(cells, [problem_of(cell.task, 0.0, cell.seed, 400) for cell in cells])


def test_a_clocked_model_steps_by_the_gaps() -> None:
    problem, network = problem_of("uneven-sines", 0.0, 0, 400), SequenceModel("Liquid", 2, 4, (0,))
    even = replace(problem, gaps=np.ones_like(problem.target))
    x, origins = problem.columns, problem.origins(problem.split.test, 16)
    assert not np.array_equal(
        predict(network, ending(x, origins, 16)[None], ending(problem.gaps, origins, 16)),  # type: ignore[arg-type]
        predict(network, ending(x, origins, 16)[None], ending(even.gaps, origins, 16)),  # type: ignore[arg-type]
    )
