"""Which cells are trained: a grid for minutes, the whole one for a night, and a small one to watch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from liquid.models.registry import ARTICLE
from liquid.studies.benchmark.config import AR, ECHO, PERSISTENCE, SIZED, Cell, CellResult, Recipe
from liquid.studies.benchmark.tasks import TASKS

SIZES = (100, 300, 1000, 3000)
NOISES = (0.0, 0.1, 0.2, 0.4)
FAST = ("Liquid", "LSTM", "GRU", ECHO)
FIXED = (AR, PERSISTENCE)
STEPS = 600
# At 300 parameters a step of Liquid takes 0.48 of an LSTM's time (0.45 to 0.53, by noise; stored trainings of 600 and
# of 1,600 steps together), so twice the steps take about as long. Every such result shows the measured ratio.
LONGER = 2


def reduced(seeds: int = 5) -> tuple[Cell, ...]:
    """The stored grid, most important first; every part of it covers all tasks, so that it may be stopped anywhere."""
    first, then, small_sizes = (0.2, 0.0), (0.4, 0.1), (300, 100)
    cells = _cells(TASKS, NOISES, FIXED, (100,), seeds, STEPS)
    cells += _cells(TASKS, first, ("Liquid", "LSTM"), small_sizes, seeds, STEPS)
    for noise in first:
        cells += _cells(TASKS, (noise,), ("Liquid",), (300,), seeds, LONGER * STEPS)
        for model in ("GRU", ECHO):
            cells += _cells(TASKS, (noise,), (model,), small_sizes, seeds, STEPS)
    cells += _cells(TASKS, first, (ARTICLE,), small_sizes, seeds, STEPS)
    cells += _cells(TASKS, then, FAST, small_sizes, seeds, STEPS)
    cells += _cells(TASKS, first, ("Liquid", "LSTM"), (1000,), seeds, STEPS)
    cells += _cells(TASKS, (0.2,), ("CfC",), (300,), seeds, STEPS)
    cells += _cells(("lorenz",), (0.2,), ("LTC",), (100,), seeds, STEPS)
    cells += _cells(TASKS, then, ("Liquid",), (300,), seeds, LONGER * STEPS)
    cells += _cells(TASKS, first, ("GRU", ECHO), (1000,), seeds, STEPS)
    return tuple(cells)


def full(seeds: int = 10, steps: int = 1500) -> tuple[Cell, ...]:
    """Every task, noise, model and size, long trainings, and Liquid once more in the LSTM's time."""
    cells = _cells(TASKS, NOISES, FIXED, (100,), seeds, steps)
    cells += _cells(TASKS, NOISES, SIZED, SIZES, seeds, steps)
    cells += _cells(TASKS, NOISES, ("Liquid",), SIZES, seeds, LONGER * steps)
    return tuple(cells)


def small(task: str = "lorenz", noise: float = 0.2, seeds: int = 2) -> tuple[Cell, ...]:
    """A grid to watch: three models at two sizes, short trainings."""
    recipe = Recipe(length=1500, window=32, rates=(0.2,), trainings=("adam", "soap-solved"))
    cells = _cells((task,), (noise,), FIXED, (100,), seeds, 100, recipe)
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
    return replace(cell, task=TASKS[0], seed=0)


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
    tasks: Sequence[str],
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
