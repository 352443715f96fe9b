"""What the rows say of two models: the ratio of their errors over tasks, its interval, and the word for it.

The rules are planned in docs/results/benchmark-plan.md, before the result was seen.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
from scipy.stats import wilcoxon

from liquid.series.windows import Floats
from liquid.studies.benchmark.config import SIZED, CellResult
from liquid.studies.benchmark.tasks import TASKS
from liquid.studies.statistics import DRAWS, Interval, digits, holm, interval, joint_level

ALPHA = 0.05
FEWEST_SEEDS = 3  # with fewer no interval can be trusted, so there is none
# A study of fewer tasks decides nothing, and fewer than these in common are no ground for an estimated correlation.
FEWEST_TASKS = 12
FEWEST_OF_A_KIND = 3
MARGIN = 1.05  # errors that differ by less are equal to whoever uses a model
EXACT = 1e-9  # errors below, of the series' spread, are rounding alone: that of a filter which is the series' own law

BETTER, WORSE, EQUAL, UNDECIDED, TOO_SMALL = (
    "better",
    "worse",
    "equal within 5 %",
    "undecided",
    "too small to tell",
)

Setting = Literal["noise", "size", "kind"]
Pair = tuple[CellResult, CellResult]


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
    correction for all that is looked at together. `too_small` is the study, not this row: see `is_too_small`.
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
    too_small: bool = False

    @property
    def verdict(self) -> str:
        """BETTER, WORSE, EQUAL, UNDECIDED or TOO_SMALL: what the interval allows to say."""
        return TOO_SMALL if self.too_small else judged(self.ratio)

    @property
    def word(self) -> str:
        """The verdict; of a study that is too small, only the direction."""
        ahead = "ahead" if self.ratio.mean < 1 else "behind"
        return f"{ahead}, {TOO_SMALL}" if self.verdict == TOO_SMALL else self.verdict

    @property
    def sentence(self) -> str:
        mean, low, high = (digits(value) for value in (self.ratio.mean, self.ratio.low, self.ratio.high))
        size = f"{mean} ({100 * self.level:.3g} % interval {low} to {high})"
        words = {
            BETTER: f"{self.model} is more accurate than {self.rival}: its error is {size} times as large.",
            WORSE: f"{self.rival} is more accurate than {self.model}, whose error is {size} times as large.",
            EQUAL: f"{self.model} and {self.rival} are equally accurate within 5 %: the error ratio is {size}.",
            UNDECIDED: f"{self.model} and {self.rival} do not differ measurably: the error ratio is {size}.",
            TOO_SMALL: f"{self.model}'s error is {mean} times {self.rival}'s; too few tasks or seeds to tell.",
        }
        return words[self.verdict]


def judged(ratio: Interval) -> str:
    """BETTER, WORSE, EQUAL or UNDECIDED by where the whole interval lies; without one, TOO_SMALL."""
    if not np.isfinite(ratio.low):
        return TOO_SMALL
    if ratio.high < 1:
        return BETTER
    if ratio.low > 1:
        return WORSE
    return EQUAL if ratio.low >= 1 / MARGIN and ratio.high <= MARGIN else UNDECIDED


class Part(NamedTuple):
    """A ratio on the cells with one `value` of a setting: a noise, a size or a kind of task."""

    setting: Setting
    value: float | str
    ratio: Ratio

    @property
    def label(self) -> str:
        if isinstance(self.value, str):
            return self.value
        if self.setting == "size":
            return f"about {self.value:,.0f} parameters"
        return noise_words(self.value)


def noise_words(noise: float) -> str:
    """without noise, or noise of 20 %."""
    return f"noise of {100 * noise:.0f} %" if noise else "without noise"


class TaskRatio(NamedTuple):
    """Error of a model over a rival's on one task at one noise: geometric mean over sizes and seeds, and its 95 %
    interval over seeds, which says what another draw of this task would change (NaN below three)."""

    task: str
    kind: str
    noise: float
    rival: str
    ratio: Interval
    seeds: int


class Exact(NamedTuple):
    """A model whose error on a task is rounding alone, the largest of all seeds."""

    model: str
    task: str
    noise: float
    error: float


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
            error=geometric(np.log([row.error for row in group])),
            seconds=float(np.mean([row.spent for row in group])),
            seeds=len(group),
        )
        for (task, noise, model, steps, _), group in groups.items()
    )


def main_steps(rows: Sequence[CellResult]) -> int:
    """The length of training that most rows have: the others are there for error against time."""
    return Counter(row.cell.steps for row in rows).most_common(1)[0][0] if rows else 0


def is_too_small(rows: Sequence[CellResult]) -> bool:
    """Whether a study can't decide: fewer than three seeds, or fewer than twelve tasks.

    One task alone is another question, about that series only: its seeds are the unit.
    """
    tasks, seeds = len({row.cell.task for row in rows}), len({row.cell.seed for row in rows})
    return seeds < FEWEST_SEEDS or 1 < tasks < FEWEST_TASKS


def kind_of(task: str) -> str:
    """Chaotic flow, map, ...: the kind of a task, or of a visitor's own series its name."""
    return TASKS[task].kind if task in TASKS else task


def ratios(
    rows: Sequence[CellResult],
    model: str = "Liquid",
    steps: int | None = None,
    rival_steps: int | None = None,
    *,
    draws: int = DRAWS,
) -> tuple[Ratio, ...]:
    """The model against every rival; `steps` chooses trainings by length, by default those of most rows.

    All intervals hold together with 95 %: if nothing differs, some verdict is wrong in 5 % of studies.
    """
    found = [(model, rival, _pairs(rows, model, rival, steps, rival_steps)) for rival in _rivals(rows, model)]
    return _family(found, is_too_small(rows), draws)


def by(setting: Setting, rows: Sequence[CellResult], model: str = "Liquid") -> tuple[Part, ...]:
    """The model against every rival at every noise, size or kind of task; all of these intervals hold together.

    A kind is judged if both have three tasks of it.
    """
    parts: dict[tuple[str, float | str], list[Pair]] = defaultdict(list)
    for rival in _rivals(rows, model):
        for pair in _pairs(rows, model, rival):
            parts[rival, _value(setting, pair)].append(pair)
    rivals = list(dict.fromkeys(rival for rival, _ in parts))
    judged = {
        key: parts[key]
        for key in sorted(parts, key=lambda key: (rivals.index(key[0]), key[1]))
        if setting != "kind" or len({own.cell.task for own, _ in parts[key]}) >= FEWEST_OF_A_KIND
    }
    found = _family([(model, rival, pairs) for (rival, _), pairs in judged.items()], is_too_small(rows))
    return tuple(Part(setting, value, ratio) for (_, value), ratio in zip(judged, found, strict=True))


def compare(
    rows: Sequence[CellResult], model: str, rival: str, steps: int | None = None, rival_steps: int | None = None
) -> Ratio | None:
    """One ratio alone, its interval at 95 %; None if the two have no cell in common."""
    found = _family([(model, rival, _pairs(rows, model, rival, steps, rival_steps))], is_too_small(rows))
    return found[0] if found else None


def each_with_each(rows: Sequence[CellResult], models: Sequence[str]) -> tuple[Ratio, ...]:
    """Every pair of the models, the earlier over the later; all of these intervals hold together."""
    pairs = [(one, other) for place, one in enumerate(models) for other in models[place + 1 :]]
    return _family([(one, other, _pairs(rows, one, other)) for one, other in pairs], is_too_small(rows))


def by_task(rows: Sequence[CellResult], rival: str, model: str = "Liquid") -> tuple[TaskRatio, ...]:
    """The ratio to one rival task by task and noise by noise, in the order of the rows."""
    groups: dict[tuple[str, float], dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for own, other in _pairs(rows, model, rival):
        groups[own.cell.task, own.cell.noise][own.cell.seed].append(_log(own, other))
    return tuple(
        TaskRatio(
            task,
            kind_of(task),
            noise,
            rival,
            geometric(np.array([np.mean(logs) for logs in seeds.values()])),
            len(seeds),
        )
        for (task, noise), seeds in groups.items()
    )


def exact(rows: Sequence[CellResult]) -> tuple[Exact, ...]:
    """Where a model errs by rounding alone: left out of every comparison with it, and reported apart."""
    worst: dict[tuple[str, str, float], float] = defaultdict(float)
    for row in rows:
        key = (row.cell.model, row.cell.task, row.cell.noise)
        worst[key] = max(worst[key], row.error)
    return tuple(Exact(*key, error) for key, error in worst.items() if error < EXACT)


# m = mean_k m_k,    error^2 = sum_k (m_k - m)^2 / (K (K - 1))
def over_tasks(tasks: Sequence[Floats], level: float = 1 - ALPHA) -> Interval:
    """Student's interval for the mean m over K tasks of `tasks[task][seed]`, with means m_k over seeds.

    The unit is the task: what another draw of seeds would change moves the means m_k too, so their spread holds it
    already.
    """
    return interval(np.array([np.mean(values) for values in tasks]), level)


def geometric(logs: Floats, level: float = 1 - ALPHA) -> Interval:
    """Geometric mean of the numbers with these `logs`, and Student's interval; no bounds (NaN) below three seeds."""
    if len(logs) < FEWEST_SEEDS:
        return Interval(float(np.exp(np.mean(logs))), float("nan"), float("nan"))
    return interval(logs, level).exp()


def levels_together(means: Sequence[Mapping[str, float]], draws: int = DRAWS) -> list[float]:
    """The level of every comparison's interval, so that all hold together with 95 %: `means[comparison][task]`.

    Those with twelve tasks in common share their part of the 5 % by the max-t distribution, each other takes its own
    (C. Bonferroni, 1936).
    """
    levels = [1 - ALPHA / max(len(means), 1)] * len(means)
    block: list[int] = []
    common: set[str] = set()
    for place in sorted(range(len(means)), key=lambda place: -len(means[place])):
        shared = common & set(means[place]) if block else set(means[place])
        if len(shared) >= FEWEST_TASKS:
            block, common = [*block, place], shared
    if len(block) > 1:
        values = np.array([[means[place][task] for place in block] for task in sorted(common)])
        level = joint_level(values, ALPHA * len(block) / len(means), draws)
        levels = [level if place in block else own for place, own in enumerate(levels)]
    return levels


def _family(compared: Sequence[tuple[str, str, list[Pair]]], too_small: bool, draws: int = DRAWS) -> tuple[Ratio, ...]:
    """Ratios that are looked at together; without those that have no pair."""
    found = [(model, rival, pairs, _by_task(pairs)) for model, rival, pairs in compared if pairs]
    levels = levels_together([{task: float(np.mean(s)) for task, s in tasks.items()} for *_, tasks in found], draws)
    each = [
        _ratio(model, rival, pairs, list(tasks.values()), level, too_small)
        for (model, rival, pairs, tasks), level in zip(found, levels, strict=True)
    ]
    adjusted = holm(np.array([one.p for one in each]))
    return tuple(replace(one, adjusted=float(value)) for one, value in zip(each, adjusted, strict=True))


def _ratio(model: str, rival: str, pairs: list[Pair], tasks: Sequence[Floats], level: float, too_small: bool) -> Ratio:
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
        parameters=tuple(sorted({size(pair) for pair in pairs})),
        noises=tuple(sorted({own.cell.noise for own, _ in pairs})),
        ratio=geometric(tasks[0], level) if len(tasks) == 1 else over_tasks(tasks, level).exp(),
        level=level,
        times=float(np.exp(np.mean(times))) if times else float("nan"),
        p=p,
        adjusted=p,
        tasks=len(tasks),
        conditions=len({(own.cell.task, own.cell.noise) for own, _ in pairs}),
        seeds=min(len(seeds) for seeds in tasks),
        too_small=too_small,
    )


def size(pair: Pair) -> int:
    """The size asked for at which two rows are compared: a model without sizes is beside every size."""
    own, other = pair
    return (own if own.cell.model in SIZED else other).cell.parameters


def _value(setting: Setting, pair: Pair) -> float | str:
    if setting == "size":
        return size(pair)
    return pair[0].cell.noise if setting == "noise" else kind_of(pair[0].cell.task)


def _rivals(rows: Sequence[CellResult], model: str) -> list[str]:
    return list(dict.fromkeys(row.cell.model for row in rows if row.cell.model != model))


def _pairs(
    rows: Sequence[CellResult], model: str, rival: str, steps: int | None = None, rival_steps: int | None = None
) -> list[Pair]:
    """Rows of both on the same task, noise, seed and size; not where one of them is exact."""
    main = main_steps(rows)
    own, other = _of(rows, model, steps or main), _of(rows, rival, rival_steps or main)
    apart = {(one.task, one.noise) for one in exact([*own.values(), *other.values()])}
    keys = own if model in SIZED else other
    found = [
        (own.get(key if model in SIZED else (*key[:3], 0)), other.get(key if rival in SIZED else (*key[:3], 0)))
        for key in keys
        if key[:2] not in apart
    ]
    return [(one, beside) for one, beside in found if one is not None and beside is not None]


def _of(rows: Sequence[CellResult], model: str, steps: int) -> dict[tuple[str, float, int, int], CellResult]:
    """A model's rows of one length of training, by task, noise, seed and size asked for (0 if it has none)."""
    return {
        (row.cell.task, row.cell.noise, row.cell.seed, row.cell.parameters if model in SIZED else 0): row
        for row in rows
        if row.cell.model == model and row.cell.steps == steps
    }


def _log(own: CellResult, other: CellResult) -> float:
    return float(np.log(max(own.error, EXACT) / max(other.error, EXACT)))


def _by_task(pairs: list[Pair]) -> dict[str, Floats]:
    """Log ratios `[task][seed]`, means over noises and sizes: a seed draws series and start for all of them."""
    by_task: dict[str, dict[int, dict[float, list[float]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for own, other in pairs:
        by_task[own.cell.task][own.cell.seed][own.cell.noise].append(_log(own, other))
    return {
        task: np.array([np.mean([np.mean(logs) for logs in noises.values()]) for noises in seeds.values()])
        for task, seeds in by_task.items()
    }
