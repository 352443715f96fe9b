"""Networks on shifted data: two chaotic series, equal parameters, both trainings, and errors by level of a shift.

The target is the clean next value. All models have the same batches, steps and schedule; Liquid has its start for short
trainings. Adam reads the whole training part, at the peak rate that a small search found best for each model; the
better training has one list of rates for all, and each network the one that does best on the end of the training part,
which is held out. Every network of a kind has a draw of the series, of its noise and of the test of its own, the same
for all kinds and both trainings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from liquid.dynamics import scan
from liquid.engine import Stop
from liquid.models.network import SequenceModel, count
from liquid.series import generators
from liquid.series.series import Series
from liquid.studies.claims import networks
from liquid.studies.claims.measure import Budget
from liquid.studies.claims.networks import BETTER, PLAIN, WORDS, Parted
from liquid.studies.progress import StudyProgress
from liquid.studies.statistics import Floats, Interval
from liquid.studies.verdict import ratio

STATE, HIDDEN = 32, 16  # of Liquid and LSTM: 1,185 and 1,233 parameters
SIZES = {"Liquid": STATE, "LSTM": HIDDEN, "CfC": 15}  # 1,231
RATES = {"Liquid": 0.1, "LSTM": 0.05, "CfC": 0.02}  # of Adam
DT = 0.25
WINDOW, BATCH, WARM_UP = 64, 32, 16
TRAINED = 0.8  # of the training part, where the rest of it is held out
TRAIN_NOISE = 0.2  # of the series' standard deviation
MISSING = 0.5  # the chance that a sample is missed, where a training has uneven samples
HOME = {"noise": TRAIN_NOISE, "dropped": 0.0, "uneven": MISSING}  # the training's level, by shift
LESS = 0.95  # an advantage worth its name: 5 % less error, as the claims' tests say
COLUMNS = ("task", "shift", "training", "model", "time", "level", "run", "rate", "error")  # RMSE over the spread
EVEN, STEPS, INPUT, BLIND = "even", "steps", "input", "blind"  # what a model learns about the time between samples
ByLevel = dict[float, Floats]  # RMSE of every member, by the test's level of noise or share of samples
TASKS: dict[str, Callable[[int, float, int], Series]] = {
    "Lorenz": generators.lorenz,
    "Mackey-Glass": generators.mackey_glass,
}


class Kind(NamedTuple):
    """A model, and what it learns about the time between samples."""

    model: str
    time: str = EVEN


@dataclass(frozen=True)
class CleanSeries:
    """A draw of a series for every member, in standard deviations, `[members, time]`: the first two thirds train, the
    rest tests."""

    name: str
    clean: Floats

    @staticmethod
    def of(name: str, members: int, length: int, seed: int) -> CleanSeries:
        draws = (TASKS[name](length, 0.0, members * seed + member).values[:, 0] for member in range(members))
        values = np.stack(list(draws))
        train = values[:, : 2 * length // 3]
        return CleanSeries(name, (values - train.mean(axis=1)[:, None]) / train.std(axis=1)[:, None])

    @property
    def train(self) -> Floats:
        return self.clean[:, : 2 * self.clean.shape[1] // 3]

    @property
    def test(self) -> Floats:
        return self.clean[:, 2 * self.clean.shape[1] // 3 :]


@dataclass(frozen=True)
class Plan:
    """How many networks of each kind are trained, and how: steps of Adam, and the better training. `longest_span` as in
    `networks.fit_batches`."""

    members: int
    adam: int
    better: networks.Better
    longest_span: float | None

    @property
    def steps(self) -> dict[str, int]:
        """By training."""
        return {PLAIN: self.adam, BETTER: self.better.steps}


class Parts(Parted, Protocol):
    """Windows of a training part, the first share `trained` to train on, the rest held out."""

    def __init__(self, clean: Floats, time: str, seed: int, trained: float) -> None: ...


@dataclass(frozen=True)
class Subject:
    """Networks of a kind, trained on a task by a training (its words), each with the rate that validation chose."""

    training: str
    task: CleanSeries
    kind: Kind
    model: SequenceModel
    rates: tuple[float, ...]

    def rows(self, shift: str, errors: ByLevel) -> list[list[Any]]:
        """One row per level and network, as COLUMNS says."""
        return [
            [self.task.name, shift, self.training, *self.kind, level, run, self.rates[run], float(error)]
            for level, members in sorted(errors.items())
            for run, error in enumerate(members)
        ]


def subjects(
    budget: Budget,
    stop: Stop,
    models: Callable[[int, int], Mapping[Kind, SequenceModel]],
    windows: type[Parts],
    plan: Plan,
) -> Iterator[StudyProgress | Subject]:
    """Train all kinds on all tasks, `models(members, seed)`, by both trainings: steps, and each kind when it is done.
    It ends early if it is stopped."""
    scan.ready(wait=True)  # the same numbers in every run
    tasks = [CleanSeries.of(name, plan.members, budget.pick(6000, 3000), budget.seed) for name in TASKS]
    total = len(models(1, budget.seed)) * len(tasks) * sum(plan.steps.values())
    done = 0
    for training, steps in plan.steps.items():
        for task in tasks:
            for kind, model in models(plan.members, budget.seed).items():
                data = windows(task.train, kind.time, budget.seed, TRAINED if training == BETTER else 1.0)
                for event in _trained(model, kind, training, data, plan, stop):
                    if stop():
                        return
                    if isinstance(event, networks.Chosen):
                        yield Subject(WORDS[training], task, kind, event.model, event.rates)
                    else:
                        doing = f"{kind.model} on {task.name}, {plan.members} networks, {WORDS[training]}"
                        yield StudyProgress(done + event, total, doing)
                done += steps


def _trained(
    model: SequenceModel, kind: Kind, training: str, data: Parted, plan: Plan, stop: Stop
) -> Iterator[int | networks.Chosen]:
    span = plan.longest_span
    if training == BETTER:
        yield from networks.fit_chosen(model, data, plan.better, longest_span=span, stop=stop)
        return
    rate = RATES[kind.model]
    yield from networks.fit_batches(model, data, plan.adam, rate, longest_span=span, stop=stop)
    yield networks.Chosen(model, (rate,) * model.members)


def picture(rows: list[list[Any]], plan: Plan) -> dict[str, Any]:
    """What the charts read: every network at every level, and how it came about."""
    models = dict.fromkeys(row[COLUMNS.index("model")] for row in rows)
    return {
        "columns": COLUMNS,
        "rows": rows,
        "home": HOME,
        "members": plan.members,
        "steps": {WORDS[training]: steps for training, steps in plan.steps.items()},
        "parameters": {model: count(model, SIZES[model]) for model in models},
    }


def changed(better: tuple[Floats, Floats], plain: tuple[Floats, Floats]) -> Interval:
    """How a ratio of two models' errors (above, below) changes with the training; networks are paired."""
    return ratio(better[0] / better[1], plain[0] / plain[1])


@torch.no_grad()
def rmse(model: SequenceModel, x: Tensor, truth: Floats, spans: Tensor | float) -> Floats:
    """Of the forecast at the end of each window, `[members]`."""
    forecast = model(x, spans)[..., -1, 0].double().numpy()
    errors: Floats = np.sqrt(np.mean((forecast - truth) ** 2, axis=1))
    return errors


def tensor(values: Floats) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))


def tiled(first: int, stop: int) -> np.ndarray:
    """Rows of windows between two samples whose targets, one sample on, follow each other: `[windows, time]`."""
    return np.arange(first, stop - WINDOW, WINDOW - WARM_UP)[:, None] + np.arange(WINDOW)
