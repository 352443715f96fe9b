"""A sweep that goes on where it was: one row per finished cell in a store, cells of one training done together."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np

from liquid.engine import Stop
from liquid.learning.comparison import rmse_ratio
from liquid.models.network import SequenceModel, size_for
from liquid.models.registry import model_named
from liquid.series.series import Series
from liquid.series.windows import Floats
from liquid.settings import finite
from liquid.studies.benchmark.closed_form import solved
from liquid.studies.benchmark.config import Cell, CellResult
from liquid.studies.benchmark.fit import fit, misses
from liquid.studies.benchmark.problem import Problem
from liquid.studies.benchmark.tasks import problem_from, problem_of
from liquid.studies.stored import versions

STUDY = "benchmark"

Group = tuple[Cell, ...]  # cells that differ in nothing but their seed


class CellStore(Protocol):
    """Where finished cells are kept, as JSON by study and key."""

    def cell(self, study: str, key: str) -> str | None: ...

    def put_cell(self, study: str, key: str, result: str) -> None: ...


class MemoryStore:
    """Cells kept as long as the process lives."""

    def __init__(self) -> None:
        self.cells: dict[tuple[str, str], str] = {}

    def cell(self, study: str, key: str) -> str | None:
        return self.cells.get((study, key))

    def put_cell(self, study: str, key: str, result: str) -> None:
        self.cells[study, key] = result


@dataclass(frozen=True)
class SweepProgress:
    """`done` of `total` cells are in the store; `rows` came with this event; `time_left` in seconds, NaN at first."""

    done: int
    total: int
    rows: tuple[CellResult, ...]
    time_left: float

    @property
    def doing(self) -> str:
        """What was finished last, in words."""
        if not self.rows or math.isnan(self.time_left):
            return f"{self.done} of {self.total} trainings are there"
        cell = self.rows[-1].cell
        if not model_named(cell.model).sized:
            return f"{cell.model} is measured"
        return f"{cell.model} with about {cell.parameters} parameters is trained"


@dataclass(frozen=True)
class Swept:
    """Every row of the cells asked for that is in the store, in the order of the cells."""

    rows: tuple[CellResult, ...]
    complete: bool


Rows = tuple[CellResult, ...]
Work = Callable[[Group], Rows]
Results = Callable[[Work, Iterable[Group], Stop], Iterator[tuple[Group, Rows]]]


def one_after_another(function: Work, items: Iterable[Group], stop: Stop) -> Iterator[tuple[Group, Rows]]:
    """The results here, one after another, until `stop`."""
    for item in items:
        if stop():
            return
        yield item, function(item)


def run_sweep(
    cells: Sequence[Cell],
    store: CellStore,
    results: Results = one_after_another,
    stop: Stop = lambda: False,
    work: Work | None = None,
) -> Iterator[SweepProgress | Swept]:
    """Train what is not in the store yet, a progress event after every group, then Swept.

    A group with a cell missing is trained whole, so a resumed sweep ends with the numbers of an uninterrupted one.
    `results` hands groups to workers (an engine's, or one after another here); `work` is what they do, `run_group`.
    """
    here = versions()
    finished = {cell: row for cell in cells if (row := _stored_row(store, cell, here)) is not None}
    groups = group(cells)
    open_groups = [cells_ for cells_ in groups if any(cell not in finished for cell in cells_)]
    began = time.monotonic()
    yield SweepProgress(len(finished), len(cells), tuple(finished.values()), math.nan)
    for trained, (_, rows) in enumerate(results(work or run_group, open_groups, stop), 1):
        for row in rows:
            store.put_cell(STUDY, row.cell.key, row.to_json(versions=here))
            finished[row.cell] = row
        left = (time.monotonic() - began) / trained * (len(open_groups) - trained)
        yield SweepProgress(len(finished), len(cells), rows, left)
    yield Swept(tuple(finished[cell] for cell in cells if cell in finished), all(cell in finished for cell in cells))


def take_over(rows: Iterable[CellResult], store: CellStore) -> None:
    """Rows of a result that these versions made elsewhere, so that no sweep over this store trains them again; those
    of its own are kept."""
    here = versions()
    for row in rows:
        if _stored_row(store, row.cell, here) is None:
            store.put_cell(STUDY, row.cell.key, row.to_json(versions=here))


def _stored_row(store: CellStore, cell: Cell, here: dict[str, str]) -> CellResult | None:
    """A cell's row; None if other versions of the packages made it. Rows of before 2026-11-27 do not say."""
    stored = (store.cell(STUDY, key) for key in (cell.key, *cell.former_keys))
    text = next((text for text in stored if text is not None), None)
    return None if text is None or json.loads(text).get("versions", here) != here else CellResult.from_json(text)


def group(cells: Sequence[Cell]) -> list[Group]:
    """Cells that can train together, in the order of the first of each."""
    order: dict[Cell, list[Cell]] = {}
    for cell in cells:
        order.setdefault(replace(cell, seed=0), []).append(cell)
    return [tuple(members) for members in order.values()]


def watch(cells: Sequence[Cell], series: Series | None, stop: Stop) -> Iterator[SweepProgress | Swept]:
    """A small sweep that nobody keeps: on its tasks, or on `series` if given."""
    yield from run_sweep(cells, MemoryStore(), stop=stop, work=partial(run_group, series=series))


def run_group(cells: Group, series: Series | None = None) -> tuple[CellResult, ...]:
    """Rows of cells that differ in their seeds alone; on `series` instead of their task if given."""
    if series is None:
        problems = [problem_of(cell.task, cell.noise, cell.seed, cell.recipe.length) for cell in cells]
    else:
        problems = [problem_from(series, cell.noise, cell.seed, cell.recipe.length) for cell in cells]
    if not model_named(cells[0].model).trained:
        return tuple(_closed_form(cell, problem) for cell, problem in zip(cells, problems, strict=True))
    if problems[0].gaps is not None:  # members of a clocked model share their time steps
        return tuple(train_group((cell,), (problem,))[0] for cell, problem in zip(cells, problems, strict=True))
    return train_group(cells, problems)


def train_group(cells: Group, problems: Sequence[Problem]) -> tuple[CellResult, ...]:
    """Rows of trained models on problems given; the test part is read once, by the chosen training's models."""
    first, seeds = cells[0], [cell.seed for cell in cells]
    recipe, columns = first.recipe, problems[0].columns.shape[1]
    size = size_for(first.model, first.parameters, columns)
    tried = []
    for training in recipe.trainings:
        model = SequenceModel(first.model, columns, size, [seed for seed in seeds for _ in recipe.rates])
        tried.append(fit(model, problems, seeds, first.steps, recipe, training))
    choices = plainest([misses(fitted.model, problems, "validation", recipe.window) for fitted in tried])
    tests = [misses(fitted.model, problems, "test", recipe.window) for fitted in tried]
    validation = np.concatenate([fitted.validation for fitted in tried], axis=1)
    return tuple(
        CellResult(
            cell=cell,
            size=size,
            counted=tried[choice].model.parameter_count(),
            rate=tried[choice].rate(place),
            validation=tuple(finite(value) for value in validation[place]),
            error=float(np.sqrt(np.mean(tests[choice][place] ** 2)) / problems[place].unit),
            seconds=tried[choice].seconds,
            training=tried[choice].training,
        )
        for place, (cell, choice) in enumerate(zip(cells, choices, strict=True))
    )


def plainest(errors: Sequence[Floats]) -> list[int]:
    """The training of every seed, the plainest first in `errors[training][seed, time]`: a later one is taken only if
    its error is surely less than that of the one before."""
    chosen = [0] * len(errors[0])
    for later in range(1, len(errors)):
        for seed, now in enumerate(chosen):
            if rmse_ratio(errors[later][seed], errors[now][seed]).high < 1:
                chosen[seed] = later
    return chosen


def _closed_form(cell: Cell, problem: Problem) -> CellResult:
    began = time.process_time()
    fit = solved(cell, problem)
    seconds = time.process_time() - began
    squares = fit.error(problem, problem.split.test), fit.validation
    error, validation = (value**0.5 / problem.unit for value in squares)
    counted = len(fit.learned)
    tried = (validation,) if counted else ()
    return CellResult(cell, max(0, counted - 1), counted, None, tried, error, seconds)
