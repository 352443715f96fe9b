"""Trained and tested on uneven samples: what a clock is worth to Liquid, and the time as an input to an LSTM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor

from liquid.engine import Stop
from liquid.learning.batches import Batch
from liquid.models.network import SequenceModel
from liquid.series.words import enumerated
from liquid.studies.claims import networks
from liquid.studies.claims.measure import Budget, Events, Measured
from liquid.studies.claims.networks import BETTER, PLAIN, WORDS, Better
from liquid.studies.claims.shift import (
    BATCH,
    BLIND,
    DT,
    INPUT,
    LESS,
    MISSING,
    SIZES,
    STEPS,
    TRAIN_NOISE,
    WARM_UP,
    WINDOW,
    Kind,
    Plan,
    changed,
    picture,
    rmse,
    subjects,
    tensor,
    tiled,
)
from liquid.studies.progress import StudyProgress
from liquid.studies.statistics import Floats, digits
from liquid.studies.verdict import Check, ratio

LONGEST_GAP = 5  # samples
MISSED = (0.1, 0.3, MISSING, 0.7)  # at the test; the claim is judged at the training's
MEAN_GAP = (1 - MISSING**LONGEST_GAP) / (1 - MISSING)  # of a geometric gap, cut at the longest
NOISE = TRAIN_NOISE / 2
STEPPED, BLIND_LIQUID = Kind("Liquid", STEPS), Kind("Liquid", BLIND)
TIMED, BLIND_LSTM = Kind("LSTM", INPUT), Kind("LSTM", BLIND)
RIVALS = {
    "that without": BLIND_LIQUID,
    "an LSTM's without the time": BLIND_LSTM,
    "an LSTM's with the time as an input": TIMED,
}
ByTask = Mapping[str, Mapping[Kind, Floats]]  # RMSE of every network where as many are missing as in training


def irregular(budget: Budget, stop: Stop) -> Events:
    """Every second sample missing at random: Liquid with the elapsed time as its step, LSTM with it as an input."""
    rows: list[list[Any]] = []
    errors: dict[str, dict[str, dict[Kind, Floats]]] = {}
    plan = Plan(budget.pick(5, 3), budget.pick(700, 400), Better.of(budget), longest_span=None)  # 200 of Adam: too few
    for event in subjects(budget, stop, _models, UnevenWindows, plan):
        if isinstance(event, StudyProgress):
            yield event
            continue
        test, time = event.task.test, event.kind.time
        by_level = {level: _uneven_error(event.model, test, time, level, budget.seed) for level in MISSED}
        errors.setdefault(event.training, {}).setdefault(event.task.name, {})[event.kind] = by_level[MISSING]
        rows += event.rows("uneven", by_level)
    if stop():
        return
    yield _judged(errors, rows, plan)


def _judged(errors: Mapping[str, ByTask], rows: list[list[Any]], plan: Plan) -> Measured:
    checks = [check for training, by_task in errors.items() for check in _checks(by_task, training)]
    return Measured(tuple(checks), _why(errors), picture(rows, plan))


def _checks(by_task: ByTask, training: str) -> list[Check]:
    return [
        Check(
            f"Liquid's error with true time steps over {rival}",
            ratio(of[STEPPED], of[kind]),
            at_most=LESS,
            condition=task,
            training=training,
        )
        for task, of in by_task.items()
        for rival, kind in RIVALS.items()
    ]


def _why(errors: Mapping[str, ByTask]) -> str:
    helped = {
        f"on {task} ({training})": ratio(of[TIMED], of[BLIND_LSTM])
        for training, by_task in errors.items()
        for task, of in by_task.items()
    }
    with_time = [f"{digits(value.mean)} {where}" for where, value in helped.items()]
    sure = " is not helpless" if all(value.high < 1 for value in helped.values()) else ""
    plain, better = errors[WORDS[PLAIN]], errors[WORDS[BETTER]]
    moved = [
        f"{changed((better[task][STEPPED], better[task][TIMED]), (plain[task][STEPPED], plain[task][TIMED]))} on {task}"
        for task in better
    ]
    return (
        f"An LSTM that is given the elapsed time as one more input{sure}: its error over that of one without is "
        f"{enumerated(with_time)}. The better training multiplies Liquid's error over that of the LSTM with the "
        f"time by {enumerated(moved)}, compared network by network."
    )


def _models(members: int, seed: int) -> dict[Kind, SequenceModel]:
    """Semi-implicit steps, which cannot run away however long a gap is; blind models take the mean gap for each."""
    steps, blind = (
        networks.liquid(members, SIZES["Liquid"], seed, dt=DT, spread=True, solver="semi_implicit") for _ in range(2)
    )
    return {
        STEPPED: steps,
        BLIND_LIQUID: blind,
        TIMED: networks.lstm(members, SIZES["LSTM"], seed, inputs=2),
        BLIND_LSTM: networks.lstm(members, SIZES["LSTM"], seed),
    }


class UnevenWindows:
    """Windows of samples at random times; the target is the clean value one even step after each.

    Series and noise are a member's own; which samples are missing is drawn for all of them, anew for every batch.
    """

    def __init__(self, clean: Floats, time: str, seed: int, trained: float) -> None:
        self.rng = np.random.default_rng([seed, 3])
        self.clean, self.seen = clean, clean + NOISE * self.rng.normal(size=clean.shape)
        self.end = round(trained * clean.shape[1])
        self.time = time

    def draw(self) -> Batch:
        seen_at = self._seen_at(0, self.end)
        rows = self.rng.integers(1, len(seen_at) - WINDOW, size=BATCH)[:, None] + np.arange(WINDOW)
        return self._at(seen_at, rows)

    def whole(self) -> Batch:
        """Windows whose targets follow each other, at one draw of what is missing."""
        return self._tiled(0, self.end)

    def held_out(self) -> Batch:
        """The same of the end."""
        return self._tiled(self.end, self.clean.shape[1])

    def _tiled(self, first: int, stop: int) -> Batch:
        seen_at = self._seen_at(first, stop)
        return self._at(seen_at, tiled(1, len(seen_at)))

    def _seen_at(self, first: int, stop: int) -> np.ndarray:
        return first + _sampled(stop - first, MISSING, self.rng)

    def _at(self, seen_at: np.ndarray, rows: np.ndarray) -> Batch:
        x, spans = _inputs(self.seen, seen_at, rows, self.time)
        return Batch(x, tensor(self.clean[:, seen_at[rows[:, WARM_UP:]] + 1, None]), spans)


def _sampled(length: int, missing: float, rng: np.random.Generator) -> np.ndarray:
    """Which samples are seen: all but about a share `missing`, never more than LONGEST_GAP apart."""
    gaps = np.minimum(rng.geometric(1 - missing, size=length), LONGEST_GAP)
    at = np.cumsum(gaps)
    return np.asarray(at[at < length - 1])


def _inputs(seen: Floats, seen_at: np.ndarray, rows: np.ndarray, time: str) -> tuple[Tensor, Tensor | float]:
    """What a model is given: values, and the time since the sample before as its step, as an input, or not at all."""
    values, gaps = seen[:, seen_at[rows], None], (seen_at[rows] - seen_at[rows - 1]).astype(np.float64)
    if time == STEPS:
        return tensor(values), tensor(gaps)
    if time == INPUT:
        elapsed = np.broadcast_to(gaps[..., None] - MEAN_GAP, values.shape)
        return tensor(np.concatenate([values, elapsed], axis=-1)), 1.0
    return tensor(values), MEAN_GAP


def _uneven_error(model: SequenceModel, clean: Floats, time: str, missing: float, seed: int) -> Floats:
    rng = np.random.default_rng([seed, 4])
    seen = clean + NOISE * rng.normal(size=clean.shape)
    seen_at = _sampled(clean.shape[1], missing, rng)
    rows = np.arange(1, len(seen_at) - WINDOW)[:, None] + np.arange(WINDOW)
    x, spans = _inputs(seen, seen_at, rows, time)
    return rmse(model, x, clean[:, seen_at[rows[:, -1]] + 1], spans)
