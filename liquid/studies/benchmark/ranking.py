"""Who ranks where over the tasks, and which models can't be told apart: what a critical difference picture draws."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.stats import rankdata, wilcoxon

from liquid.series.windows import Floats
from liquid.studies.benchmark.config import SIZED, CellResult
from liquid.studies.benchmark.verdict import ALPHA, main_steps
from liquid.studies.statistics import holm

Condition = tuple[float, int]  # noise, and parameters asked for


@dataclass(frozen=True)
class Ranking:
    """Mean ranks over tasks (1 is best), best first, and the runs of models of which no two differ measurably.

    `p[i][j]` is Wilcoxon's over the tasks for the models in that order, Holm-corrected over all pairs (J. Demšar, JMLR
    7, 2006; A. Benavoli and others, JMLR 17, 2016). Ranked are models that are there on all tasks, on the `conditions`
    that all of them have; `left_out` are the others.
    """

    ranks: dict[str, float]
    groups: tuple[tuple[str, ...], ...]
    p: tuple[tuple[float, ...], ...]
    tasks: int
    conditions: tuple[Condition, ...]
    left_out: tuple[str, ...]

    def alike(self, one: str, other: str) -> bool:
        """Whether the two can't be told apart."""
        order = list(self.ranks)
        return self.p[order.index(one)][order.index(other)] >= ALPHA

    @staticmethod
    def of(rows: Sequence[CellResult]) -> Ranking:
        logs = _logs(rows)
        tasks = tuple(dict.fromkeys(row.cell.task for row in rows))
        everywhere = {
            model: {condition for condition, by_task in found.items() if len(by_task) == len(tasks)}
            for model, found in logs.items()
        }
        models, shared = _shared({model: found for model, found in everywhere.items() if found})
        left_out = tuple(model for model in logs if model not in models)
        if not models:
            return Ranking({}, (), (), len(tasks), (), left_out)
        # error[condition, task, model]
        error = np.array([[[logs[m][condition][task] for m in models] for task in tasks] for condition in shared])
        ranks = rankdata(error, axis=2).mean(axis=(0, 1))
        order = list(np.argsort(ranks, kind="stable"))
        p = _pairwise(error.mean(axis=0)[:, order])
        ordered = [models[place] for place in order]
        return Ranking(
            ranks={models[place]: float(ranks[place]) for place in order},
            groups=tuple(tuple(ordered[first:last]) for first, last in _runs(p)),
            p=tuple(tuple(map(float, line)) for line in p),
            tasks=len(tasks),
            conditions=shared,
            left_out=left_out,
        )


def _logs(rows: Sequence[CellResult]) -> dict[str, dict[Condition, dict[str, float]]]:
    """Mean log error over seeds, `[model][condition][task]`; a model without sizes stands at every size of the rest."""
    main = main_steps(rows)
    sizes = {row.cell.parameters for row in rows if row.cell.model in SIZED} or {0}
    seeds: dict[str, dict[Condition, dict[str, list[float]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for row in rows:
        cell = row.cell
        if cell.steps == main:
            for size in (cell.parameters,) if cell.model in SIZED else sizes:
                seeds[cell.model][cell.noise, size][cell.task].append(float(np.log(max(row.error, 1e-300))))
    return {
        model: {condition: {task: float(np.mean(logs)) for task, logs in by_task.items()}
                for condition, by_task in found.items()}
        for model, found in seeds.items()
    }  # fmt: skip


def _shared(everywhere: dict[str, set[Condition]]) -> tuple[list[str], tuple[Condition, ...]]:
    """Models and the conditions that all of them have: if there is none, without the model that has the fewest."""
    while everywhere:
        if common := set.intersection(*everywhere.values()):
            return list(everywhere), tuple(sorted(common))
        fewest = min(everywhere, key=lambda model: len(everywhere[model]))
        everywhere = {model: found for model, found in everywhere.items() if model != fewest}
    return [], ()


def _pairwise(error: Floats) -> Floats:
    """Holm-corrected p of every pair, `[model, model]`, from `error[task, model]`."""
    pairs = list(combinations(range(error.shape[1]), 2))
    differences = [error[:, i] - error[:, j] for i, j in pairs]
    each = [float(wilcoxon(one).pvalue) if len(one) > 1 and np.any(one) else 1.0 for one in differences]
    p = np.ones((error.shape[1], error.shape[1]))
    for (i, j), value in zip(pairs, holm(np.array(each)), strict=True):
        p[i, j] = p[j, i] = value
    return p


def _runs(p: Floats) -> list[tuple[int, int]]:
    """The longest runs [first, last) of two or more neighbours of which no pair is told apart; none within another."""
    runs: list[tuple[int, int]] = []
    for first in range(len(p)):
        last = first + 1
        while last < len(p) and (p[first : last + 1, first : last + 1] >= ALPHA).all():
            last += 1
        if last - first > 1 and (not runs or last > runs[-1][1]):
            runs.append((first, last))
    return runs
