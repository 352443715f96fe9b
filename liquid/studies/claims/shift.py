"""Networks on shifted data: two chaotic series, equal parameters, both trainings, and errors by level of a shift.

The target is the clean next value. All models have the same batches, steps, schedule and rates to choose from, the
choice being made on the end of the training part; Liquid has its start for short trainings. Every network of a kind has
a draw of the series, of its noise and of the test of its own, the same for all kinds and both trainings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

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
from liquid.studies.claims.networks import Parted
from liquid.studies.progress import StudyProgress
from liquid.studies.statistics import Floats, Interval
from liquid.studies.verdict import ratio

STATE, HIDDEN = 32, 16  # of Liquid and LSTM: 1,185 and 1,233 parameters
SIZES = {"Liquid": STATE, "LSTM": HIDDEN, "CfC": 15}  # 1,231
DT = 0.25
WINDOW, BATCH, WARM_UP = 64, 32, 16
TRAINED = 0.8  # of the training part; the rest of it is held out
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
    windows: Callable[[Floats, str, int], Parted],
    longest_span: float | None,
) -> Iterator[StudyProgress | Subject]:
    """Train all kinds on all tasks by both trainings, `models(members, seed)` on `windows(series, time, seed)` of the
    training part: steps, and each kind when it is trained; it ends early if it is stopped."""
    scan.ready(wait=True)  # the same numbers in every run
    members, recipes = budget.pick(6, 3), networks.recipes(budget)
    tasks = [CleanSeries.of(name, members, budget.pick(6000, 3000), budget.seed) for name in TASKS]
    kinds = len(models(1, budget.seed))
    total, done = kinds * len(tasks) * sum(recipe.steps for recipe in recipes), 0
    for recipe in recipes:
        for task in tasks:
            for kind, model in models(members, budget.seed).items():
                data = windows(task.train, kind.time, budget.seed)
                for event in networks.fit_chosen(model, data, recipe, longest_span=longest_span, stop=stop):
                    if stop():
                        return
                    if isinstance(event, networks.Chosen):
                        yield Subject(recipe.words, task, kind, event.model, event.rates)
                    else:
                        doing = f"{kind.model} on {task.name}, {members} networks, {recipe.words}"
                        yield StudyProgress(done + event, total, doing)
                done += recipe.steps


def picture(rows: list[list[Any]], budget: Budget) -> dict[str, Any]:
    """What the charts read: every network at every level, and how it came about."""
    models = dict.fromkeys(row[COLUMNS.index("model")] for row in rows)
    steps = {recipe.words: recipe.steps for recipe in networks.recipes(budget)}
    members = 1 + max(row[COLUMNS.index("run")] for row in rows)
    sizes = {model: count(model, SIZES[model]) for model in models}
    return {"columns": COLUMNS, "rows": rows, "home": HOME, "members": members, "steps": steps, "parameters": sizes}


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
