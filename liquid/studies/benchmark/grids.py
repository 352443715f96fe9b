"""Which cells are trained: the stored grid, one for minutes, the whole one for days, and a small one to watch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from liquid.models.registry import ARTICLE, MODELS
from liquid.studies.benchmark.config import AR, ECHO, PERSISTENCE, POLYNOMIAL, SIZED, Cell, CellResult, Recipe
from liquid.studies.benchmark.tasks import TASKS

SIZES = (100, 300, 1000)
NOISES = (0.0, 0.1, 0.2, 0.4)
FIXED = (AR, POLYNOMIAL, PERSISTENCE, "ETS", "Theta")
SEASONAL = tuple(name for name, kind in MODELS.items() if kind.seasonal)
STEPS = 300
QUICK = Recipe(rates=(0.2,), trainings=("soap-finished",))
# error against training time: three kinds of series
TIMED, LENGTHS = ("lorenz", "ecg", "switching-level"), (75, 150, 600)


def stored(seeds: int = 5) -> tuple[Cell, ...]:
    """The stored grid, most important first; every part of it covers all its tasks, so it may be stopped anywhere."""
    core = ("Liquid", "LSTM", ECHO)
    cells = _closed(seeds)
    for noise in (0.2, 0.0):
        cells += _cells(TASKS, (noise,), core, (300,), seeds, STEPS)
    for noise in (0.2, 0.0):
        cells += _cells(TASKS, (noise,), ("GRU", "CfC", ARTICLE), (300,), seeds, STEPS)
    cells += _cells(TASKS, (0.1, 0.4), core, (300,), seeds, STEPS)
    cells += _cells(TASKS, (0.2,), core, (100, 1000), seeds, STEPS)
    for steps in LENGTHS:
        cells += _cells(TIMED, (0.2, 0.0), ("Liquid", "LSTM", "GRU", "CfC"), (300,), seeds, steps)
    cells += _cells(TASKS, (0.0,), core, (100,), seeds, STEPS)
    return tuple(cells)


def full(seeds: int = 10, steps: int = 1000) -> tuple[Cell, ...]:
    """Every task, noise, model and size, long trainings."""
    return tuple(_closed(seeds, steps) + _cells(TASKS, NOISES, SIZED, SIZES, seeds, steps))


def quick(seeds: int = 2) -> tuple[Cell, ...]:
    """A third of the tasks, short trainings of few networks: under three minutes on two cores, too small to decide."""
    tasks = tuple(TASKS)[::3]
    cells = _cells(tasks, (0.2, 0.0), (AR, POLYNOMIAL, PERSISTENCE), (100,), 1, 100, QUICK)
    return tuple(cells + _cells(tasks, (0.2, 0.0), ("Liquid", "LSTM", ECHO), (100,), seeds, 100, QUICK))


def _closed(seeds: int, steps: int = STEPS) -> list[Cell]:
    """Models that are what they are, at every noise; the seasonal ones where there is a season."""
    seasonal = [name for name, task in TASKS.items() if task.season]
    return _cells(TASKS, NOISES, FIXED, (100,), seeds, steps) + _cells(seasonal, NOISES, SEASONAL, (100,), seeds, steps)


def small(task: str = "lorenz", noise: float = 0.2, seeds: int = 2) -> tuple[Cell, ...]:
    """A grid to watch: three models at two sizes, short trainings."""
    recipe = Recipe(length=1500, window=32, rates=(0.2,), trainings=("adam", "soap-solved"))
    cells = _cells((task,), (noise,), (AR, POLYNOMIAL, PERSISTENCE), (100,), seeds, 100, recipe)
    return tuple(cells + _cells((task,), (noise,), ("Liquid", "LSTM", "GRU"), (100, 300), seeds, 100, recipe))


def balanced(rows: Sequence[CellResult], cells: Sequence[Cell]) -> tuple[CellResult, ...]:
    """Rows of a stopped sweep that can be compared: what is finished on some tasks only would tilt every mean.

    If models are asked for at a level of noise, the methods beside them do not stand there alone.
    """
    finished = {row.cell for row in rows}
    missing = {_condition(cell) for cell in cells if cell not in finished}
    whole = [row for row in rows if _condition(row.cell) not in missing]
    noises = {cell.noise for cell in cells if cell.model in SIZED}
    alone = noises - {row.cell.noise for row in whole if row.cell.model in SIZED}
    return tuple(row for row in whole if row.cell.noise not in alone)


def _condition(cell: Cell) -> Cell:
    """What a cell shares with those of other tasks and seeds."""
    return replace(cell, task=next(iter(TASKS)), seed=0)


# seconds per step at the stored sizes, scaled by parameters beyond them, times steps and rates
def hours(cells: Sequence[Cell], measured: Sequence[CellResult]) -> float:
    """Processor hours that the cells will take, from the training times of `measured` rows; unknown models count 0."""
    total = 0.0
    for cell in cells:
        known = [row for row in measured if row.cell.model == cell.model and row.seconds > 0]
        if not known or cell.model not in SIZED:
            continue
        gaps = [abs(math.log(row.cell.parameters / cell.parameters)) for row in known]
        near = [row for row, gap in zip(known, gaps, strict=True) if gap == min(gaps)]
        growth = max(1.0, cell.parameters / near[0].cell.parameters)
        if cell.model == ECHO:
            total += growth**2 * float(np.mean([row.seconds for row in near]))
        else:
            a_step = float(np.mean([row.seconds / row.cell.steps for row in near]))
            total += growth * a_step * cell.steps * len(cell.recipe.rates) * len(cell.recipe.trainings)
    return total / 3600


def _cells(
    tasks: Iterable[str],
    noises: Sequence[float],
    models: Sequence[str],
    sizes: Sequence[int],
    seeds: int,
    steps: int,
    recipe: Recipe | None = None,
) -> list[Cell]:
    return [
        Cell(task, noise, model, parameters, seed, steps, recipe or Recipe())
        for noise in noises
        for parameters in sizes
        for task in tasks
        for model in models
        for seed in range(seeds)
    ]
