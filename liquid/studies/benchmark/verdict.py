"""What the rows say: errors with intervals, ratios with a bootstrap over tasks and seeds, ranks, tests, time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm, rankdata, wilcoxon
from scipy.stats import t as student

from liquid.series.windows import Floats
from liquid.studies.benchmark.config import SIZED, Row
from liquid.studies.statistics import Interval, holm, interval

DRAWS = 10_000
FEWEST_SEEDS = 3  # below this no interval can be trusted, and none is given


@dataclass(frozen=True)
class Point:
    """A model's error on one task at one size: geometric mean over seeds of the NRMSE, and its 95 % interval."""

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

    Below 1 the model is better. `parameters` and `noises` are those compared. `times` is the ratio of training
    times; `p` Wilcoxon's over the conditions (task and noise), `adjusted` the same with Holm's correction for all
    rivals looked at together.
    """

    model: str
    rival: str
    steps: int
    rival_steps: int
    parameters: tuple[int, ...]
    noises: tuple[float, ...]
    ratio: Interval
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
        size = f"{self.ratio:.3g}".replace("[", "(95 % interval ").replace(", ", " to ").replace("]", ")")
        if not np.isfinite(self.ratio.low):
            return f"{self.model}'s error is {self.ratio.mean:.3g} times {self.rival}'s; too few seeds for an interval."
        words = {
            "better": f"{self.model} errs less than {self.rival}: its error is {size} times as large.",
            "worse": f"{self.rival} errs less than {self.model}, whose error is {size} times as large.",
            "undecided": f"{self.model} and {self.rival} cannot be told apart: the ratio of their errors is {size}.",
        }
        return words[self.verdict]


def points(rows: Sequence[Row]) -> tuple[Point, ...]:
    """One point a task, noise, model, size and length of training, in the order of the rows."""
    found: dict[tuple[str, float, str, int, int], list[Row]] = defaultdict(list)
    for row in rows:
        cell = row.cell
        found[cell.task, cell.noise, cell.model, cell.steps, cell.parameters].append(row)
    return tuple(
        Point(
            task=task,
            noise=noise,
            model=model,
            steps=steps,
            parameters=float(np.mean([row.counted for row in group])),
            error=_geometric(np.log([row.error for row in group])),
            seconds=float(np.mean([row.seconds for row in group])),
            seeds=len(group),
        )
        for (task, noise, model, steps, _), group in found.items()
    )


def ratios(
    rows: Sequence[Row], model: str = "Liquid", steps: int | None = None, rival_steps: int | None = None
) -> tuple[Ratio, ...]:
    """The model against every rival; `steps` chooses trainings by length, by default each model's shortest."""
    rivals = list(dict.fromkeys(row.cell.model for row in rows if row.cell.model != model))
    found = [ratio for rival in rivals if (ratio := compare(rows, model, rival, steps, rival_steps)) is not None]
    adjusted = holm(np.array([one.p for one in found]))
    return tuple(replace(one, adjusted=float(value)) for one, value in zip(found, adjusted, strict=True))


def compare(
    rows: Sequence[Row], model: str, rival: str, steps: int | None = None, rival_steps: int | None = None
) -> Ratio | None:
    """One ratio, Holm not yet applied; None where the two have no cell in common."""
    mine, others = _of(rows, model, steps), _of(rows, rival, rival_steps)
    pairs: dict[tuple[str, float], dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    times, sizes = [], set()
    for key, row in mine.items():
        other = others.get(key if rival in SIZED else (*key[:2], key[2], 0))
        if other is not None and row.error > 0 and other.error > 0:
            pairs[key[:2]][key[2]].append(np.log(row.error / other.error))
            sizes.add(row.cell.parameters)
            times.append(np.log(row.seconds / other.seconds) if other.seconds > 0 < row.seconds else np.nan)
    if not pairs:
        return None
    by_condition = {key: {seed: float(np.mean(v)) for seed, v in seeds.items()} for key, seeds in pairs.items()}
    tasks = _by_task(by_condition)
    means = np.array([np.mean(list(seeds.values())) for seeds in by_condition.values()])
    p = float(wilcoxon(means).pvalue) if len(means) > 1 and np.any(means) else 1.0
    known = [time for time in times if np.isfinite(time)]
    return Ratio(
        model=model,
        rival=rival,
        steps=next(iter(mine.values())).cell.steps,
        rival_steps=next(iter(others.values())).cell.steps,
        parameters=tuple(sorted(sizes)),
        noises=tuple(sorted({noise for _, noise in by_condition})),
        ratio=_spread(tasks),
        times=float(np.exp(np.mean(known))) if known else float("nan"),
        p=p,
        adjusted=p,
        tasks=len(tasks),
        conditions=len(by_condition),
        seeds=min(len(seeds) for seeds in tasks),
    )


def mean_ranks(rows: Sequence[Row]) -> dict[str, float]:
    """Mean rank of every model that all conditions have (1 is best), over tasks, noises and sizes; shortest trainings.

    A model without sizes takes part at every size as it is.
    """
    models = list(dict.fromkeys(row.cell.model for row in rows))
    errors: dict[tuple[str, float, int], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    conditions = {(row.cell.task, row.cell.noise, row.cell.parameters) for row in rows if row.cell.model == "Liquid"}
    for model in models:
        for row in _of(rows, model, None).values():
            cell = row.cell
            for condition in conditions:
                if condition[:2] == (cell.task, cell.noise) and (model not in SIZED or condition[2] == cell.parameters):
                    errors[condition][model].append(row.error)
    everywhere = [model for model in models if all(model in errors[condition] for condition in conditions)]
    if not conditions or not everywhere:
        return {}
    table = [[np.mean(np.log(errors[condition][model])) for model in everywhere] for condition in conditions]
    ranks = rankdata(np.array(table), axis=1).mean(axis=0)
    return dict(sorted(zip(everywhere, map(float, ranks), strict=True), key=lambda item: item[1]))


# mean over tasks of the mean over a task's seeds, both drawn again with replacement
def bootstrap(tasks: Sequence[Floats], level: float = 0.95, draws: int = DRAWS, seed: int = 0) -> Interval:
    """Interval for the mean over tasks of `tasks[task][seed]`: tasks are drawn again, then seeds within each.

    The percentiles are those that make the interval as wide as Student's for so few tasks, where plain ones are too
    narrow. Source: T. Hesterberg, "What teachers should know about the bootstrap", Am. Stat. 69 (2015), section 4.
    """
    rng, n = np.random.default_rng(seed), len(tasks)
    chosen = rng.integers(n, size=(draws, n))
    means = np.empty((draws, n))
    for task, values in enumerate(tasks):
        places = chosen == task
        again = rng.integers(len(values), size=(int(places.sum()), len(values)))
        means[places] = np.asarray(values)[again].mean(axis=1)
    tail = norm.cdf(-np.sqrt(n / (n - 1)) * student.ppf(0.5 + level / 2, n - 1))
    low, high = np.quantile(means.mean(axis=1), [tail, 1 - tail])
    return Interval(float(np.mean([np.mean(values) for values in tasks])), float(low), float(high))


def _spread(tasks: Sequence[Floats]) -> Interval:
    """The geometric mean ratio with its interval, from log ratios `tasks[task][seed]`."""
    return _geometric(tasks[0]) if len(tasks) == 1 else _exp(bootstrap(tasks))


def _geometric(logs: Floats) -> Interval:
    """Geometric mean with Student's interval; no bounds (NaN) below three seeds."""
    if len(logs) < FEWEST_SEEDS:
        return Interval(float(np.exp(np.mean(logs))), float("nan"), float("nan"))
    return _exp(interval(logs))


def _exp(logs: Interval) -> Interval:
    return Interval(float(np.exp(logs.mean)), float(np.exp(logs.low)), float(np.exp(logs.high)))


def _of(rows: Sequence[Row], model: str, steps: int | None) -> dict[tuple[str, float, int, int], Row]:
    """A model's rows of one length of training, by task, noise, seed and size asked for (0 where it has none)."""
    mine = [row for row in rows if row.cell.model == model]
    chosen = steps if steps is not None else min((row.cell.steps for row in mine), default=0)
    return {
        (row.cell.task, row.cell.noise, row.cell.seed, row.cell.parameters if model in SIZED else 0): row
        for row in mine
        if row.cell.steps == chosen
    }


def _by_task(by_condition: dict[tuple[str, float], dict[int, float]]) -> list[Floats]:
    """Mean over the noises of a task, seed by seed: a seed is one draw of series and start for all of them."""
    found: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for (task, _), seeds in by_condition.items():
        for seed, value in seeds.items():
            found[task][seed].append(value)
    return [np.array([np.mean(values) for values in seeds.values()]) for seeds in found.values()]
