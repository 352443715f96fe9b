"""What the rows say: errors with intervals, ratios with intervals over tasks, ranks, tests, time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata, wilcoxon

from liquid.series.windows import Floats
from liquid.studies.benchmark.config import SIZED, CellResult
from liquid.studies.statistics import Interval, digits, holm, interval, simultaneous

ALPHA = 0.05
FEWEST_SEEDS = 3  # with fewer no interval can be trusted, so there is none
# Errors below a thousandth of the series' spread count as a thousandth in every ratio, whoever makes them: nobody sees
# the difference, and if a linear filter is exact, as on sines without noise, only its rounding would be compared.
FLOOR = 1e-3


@dataclass(frozen=True)
class ErrorPoint:
    """A model's error on one task at one size: geometric mean over seeds of the NRMSE, and its 95 % interval.

    `seconds` are of all that was tried for it.
    """

    task: str
    noise: float
    model: str
    steps: int
    parameters: float
    error: Interval
    seconds: float
    seeds: int


@dataclass(frozen=True)
class Ratio:
    """Error of `model` over that of `rival`, geometric mean over tasks, on the cells that both have.

    Below 1 the model is better; `level` is that of the interval. `parameters` and `noises` are those compared. `times`
    is the ratio of the times of all that was tried; `p` Wilcoxon's over the tasks, `adjusted` the same with Holm's
    correction for all rivals looked at together.
    """

    model: str
    rival: str
    steps: int
    rival_steps: int
    parameters: tuple[int, ...]
    noises: tuple[float, ...]
    ratio: Interval
    level: float
    times: float
    p: float
    adjusted: float
    tasks: int
    conditions: int
    seeds: int

    @property
    def verdict(self) -> str:
        """better, worse, or undecided: what the interval allows to say."""
        if self.ratio.high < 1:
            return "better"
        return "worse" if self.ratio.low > 1 else "undecided"

    @property
    def sentence(self) -> str:
        mean, low, high = (digits(value) for value in (self.ratio.mean, self.ratio.low, self.ratio.high))
        size = f"{mean} ({100 * self.level:.3g} % interval {low} to {high})"
        if not np.isfinite(self.ratio.low):
            return f"{self.model}'s error is {mean} times {self.rival}'s; too few seeds for an interval."
        words = {
            "better": f"{self.model} is more accurate than {self.rival}: its error is {size} times as large.",
            "worse": f"{self.rival} is more accurate than {self.model}, whose error is {size} times as large.",
            "undecided": f"{self.model} and {self.rival} do not differ measurably: the error ratio is {size}.",
        }
        return words[self.verdict]


class Condition(NamedTuple):
    """What models are ranked on; `parameters` are those asked for."""

    task: str
    noise: float
    parameters: int


def points(rows: Sequence[CellResult]) -> tuple[ErrorPoint, ...]:
    """One point per task, noise, model, size and length of training, in the order of the rows."""
    groups: dict[tuple[str, float, str, int, int], list[CellResult]] = defaultdict(list)
    for row in rows:
        cell = row.cell
        groups[cell.task, cell.noise, cell.model, cell.steps, cell.parameters].append(row)
    return tuple(
        ErrorPoint(
            task=task,
            noise=noise,
            model=model,
            steps=steps,
            parameters=float(np.mean([row.counted for row in group])),
            error=_geometric(np.log([row.error for row in group])),
            seconds=float(np.mean([row.spent for row in group])),
            seeds=len(group),
        )
        for (task, noise, model, steps, _), group in groups.items()
    )


def ratios(
    rows: Sequence[CellResult], model: str = "Liquid", steps: int | None = None, rival_steps: int | None = None
) -> tuple[Ratio, ...]:
    """The model against every rival; `steps` chooses trainings by length, by default each model's shortest.

    The intervals are at 1 - 0.05 / rivals (Bonferroni): if nothing differs, some verdict is wrong in 5 % of studies.
    """
    others = dict.fromkeys(row.cell.model for row in rows if row.cell.model != model)
    rivals = [rival for rival in others if _pairs(rows, model, rival, steps, rival_steps)]
    level = simultaneous(len(rivals))
    compared = [
        one for rival in rivals if (one := compare(rows, model, rival, steps, rival_steps, level=level)) is not None
    ]
    adjusted = holm(np.array([one.p for one in compared]))
    return tuple(replace(one, adjusted=float(value)) for one, value in zip(compared, adjusted, strict=True))


def compare(
    rows: Sequence[CellResult],
    model: str,
    rival: str,
    steps: int | None = None,
    rival_steps: int | None = None,
    *,
    level: float = 1 - ALPHA,
) -> Ratio | None:
    """One ratio, Holm not yet applied; None if the two have no cell in common."""
    pairs = _pairs(rows, model, rival, steps, rival_steps)
    if not pairs:
        return None
    tasks = _by_task(pairs)
    # One value per task: its noises share the series and the luck of the seeds, so they are not independent.
    means = np.array([np.mean(seeds) for seeds in tasks])
    p = float(wilcoxon(means).pvalue) if len(means) > 1 and np.any(means) else 1.0
    times = [np.log(own.spent / other.spent) for own, other in pairs if other.spent > 0 < own.spent]
    first, first_rival = pairs[0]
    return Ratio(
        model=model,
        rival=rival,
        steps=first.cell.steps,
        rival_steps=first_rival.cell.steps,
        parameters=tuple(sorted({own.cell.parameters for own, _ in pairs})),
        noises=tuple(sorted({own.cell.noise for own, _ in pairs})),
        ratio=_geometric(tasks[0], level) if len(tasks) == 1 else over_tasks(tasks, level).exp(),
        level=level,
        times=float(np.exp(np.mean(times))) if times else float("nan"),
        p=p,
        adjusted=p,
        tasks=len(tasks),
        conditions=len({(own.cell.task, own.cell.noise) for own, _ in pairs}),
        seeds=min(len(seeds) for seeds in tasks),
    )


def mean_ranks(rows: Sequence[CellResult]) -> dict[str, float]:
    """Mean rank of every model that all conditions have (1 is best), over tasks, noises and sizes; shortest trainings.

    A model without sizes takes part at every size as it is.
    """
    models = list(dict.fromkeys(row.cell.model for row in rows))
    errors: dict[Condition, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    conditions = {
        Condition(row.cell.task, row.cell.noise, row.cell.parameters) for row in rows if row.cell.model == "Liquid"
    }
    for model in models:
        for row in _of(rows, model, None).values():
            cell = row.cell
            for condition in conditions:
                same_task = (condition.task, condition.noise) == (cell.task, cell.noise)
                if same_task and (model not in SIZED or condition.parameters == cell.parameters):
                    errors[condition][model].append(row.error)
    everywhere = [model for model in models if all(model in errors[condition] for condition in conditions)]
    if not conditions or not everywhere:
        return {}
    table = [[np.mean(np.log(errors[condition][model])) for model in everywhere] for condition in conditions]
    ranks = rankdata(np.array(table), axis=1).mean(axis=0)
    return dict(sorted(zip(everywhere, map(float, ranks), strict=True), key=lambda item: item[1]))


# m = mean_k m_k,    error^2 = sum_k (m_k - m)^2 / (K (K - 1))
def over_tasks(tasks: Sequence[Floats], level: float = 1 - ALPHA) -> Interval:
    """Student's interval for the mean m over K tasks of `tasks[task][seed]`, with means m_k over seeds.

    The unit is the task: what another draw of seeds would change moves the means m_k too, so their spread holds it
    already.
    """
    return interval(np.array([np.mean(values) for values in tasks]), level)


def _geometric(logs: Floats, level: float = 1 - ALPHA) -> Interval:
    """Geometric mean with Student's interval; no bounds (NaN) below three seeds."""
    if len(logs) < FEWEST_SEEDS:
        return Interval(float(np.exp(np.mean(logs))), float("nan"), float("nan"))
    return interval(logs, level).exp()


def _of(rows: Sequence[CellResult], model: str, steps: int | None) -> dict[tuple[str, float, int, int], CellResult]:
    """A model's rows of one length of training, by task, noise, seed and size asked for (0 if it has none)."""
    own = [row for row in rows if row.cell.model == model]
    chosen = steps if steps is not None else min((row.cell.steps for row in own), default=0)
    return {
        (row.cell.task, row.cell.noise, row.cell.seed, row.cell.parameters if model in SIZED else 0): row
        for row in own
        if row.cell.steps == chosen
    }


def _pairs(
    rows: Sequence[CellResult], model: str, rival: str, steps: int | None, rival_steps: int | None
) -> list[tuple[CellResult, CellResult]]:
    """Rows of both on the same task, noise, seed and size; a rival without sizes is beside every size."""
    others = _of(rows, rival, rival_steps)
    own = _of(rows, model, steps).items()
    pairs = [(row, others.get(key if rival in SIZED else (*key[:3], 0))) for key, row in own]
    return [(row, other) for row, other in pairs if other is not None]


def _by_task(pairs: list[tuple[CellResult, CellResult]]) -> list[Floats]:
    """Log ratios `[task][seed]`, means over noises and sizes: a seed draws series and start for all of them."""
    by_task: dict[str, dict[int, dict[float, list[float]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for own, other in pairs:
        log = float(np.log(max(own.error, FLOOR) / max(other.error, FLOOR)))
        by_task[own.cell.task][own.cell.seed][own.cell.noise].append(log)
    return [
        np.array([np.mean([np.mean(logs) for logs in noises.values()]) for noises in seeds.values()])
        for seeds in by_task.values()
    ]
