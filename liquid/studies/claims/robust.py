"""Trained on even samples with some noise, tested with other noise and with samples dropped: whose error grows less."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from liquid.engine import Stop
from liquid.learning.batches import Batch
from liquid.models.network import SequenceModel, count
from liquid.series.words import enumerated
from liquid.studies.claims import networks
from liquid.studies.claims.measure import Budget, Events, Measured
from liquid.studies.claims.networks import BETTER, PLAIN, WORDS, Better
from liquid.studies.claims.shift import (
    BATCH,
    DT,
    LESS,
    SIZES,
    TASKS,
    TRAIN_NOISE,
    WARM_UP,
    WINDOW,
    ByLevel,
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
from liquid.studies.statistics import Floats
from liquid.studies.verdict import Check, ratio

NOISES = (0.0, 0.1, 0.4, 0.8)  # shifted: anything but the training's
DROPS = (0.1, 0.3, 0.5)
SHIFTS = {"dropped": "dropped samples", "noise": "other noise"}
LIQUID, LSTM, CFC = Kind("Liquid"), Kind("LSTM"), Kind("CfC")


@dataclass(frozen=True)
class ShiftErrors:
    """A model's errors under other noise and with samples dropped, the training's level among them."""

    noise: ByLevel
    dropped: ByLevel

    @property
    def home(self) -> Floats:
        return self.noise[TRAIN_NOISE]

    @property
    def shifted(self) -> dict[str, Floats]:
        """The error under each shift: geometric means over the levels that are not the training's."""
        levels = {"noise": [self.noise[sd] for sd in NOISES], "dropped": [self.dropped[part] for part in DROPS]}
        return {shift: np.exp(np.log(errors).mean(axis=0)) for shift, errors in levels.items()}

    @property
    def growth(self) -> dict[str, Floats]:
        """The same over the error at home."""
        return {shift: errors / self.home for shift, errors in self.shifted.items()}


ByTask = Mapping[str, Mapping[Kind, ShiftErrors]]  # of one training


def robustness(budget: Budget, stop: Stop) -> Events:
    """Liquid beside the LSTM: trained at one noise level, tested at others and with samples dropped."""
    return _judged(budget, stop, (LIQUID, LSTM), _robust)


def _robust(errors: Mapping[str, ByTask], rows: list[list[Any]], plan: Plan) -> Measured:
    checks = [
        check
        for training, by_task in errors.items()
        for shift in SHIFTS
        for check in _growth(by_task, training, shift, (LIQUID, LSTM))
    ]
    by_task = errors[WORDS[BETTER]]
    home = enumerated([f"{ratio(both[LIQUID].home, both[LSTM].home)}" for both in by_task.values()])
    return Measured(
        tuple(checks),
        f"{_told(errors, (LIQUID, LSTM))} Without a shift, Liquid's error ({WORDS[BETTER]}) is {home} times the "
        f"LSTM's, at about equal parameters ({_parameters(LIQUID)} and {_parameters(LSTM)}).",
        picture(rows, plan),
    )


def cfc_dropped(budget: Budget, stop: Stop) -> Events:
    """A CfC beside the LSTM under dropped samples alone: how much its error grows, and how large it is then."""
    return _judged(budget, stop, (CFC, LSTM), _less_dropped)


def _less_dropped(errors: Mapping[str, ByTask], rows: list[list[Any]], plan: Plan) -> Measured:
    checks = [
        check
        for training, by_task in errors.items()
        for check in (
            *_growth(by_task, training, "dropped", (CFC, LSTM)),
            *(
                Check(
                    "Error with samples dropped, CfC's over LSTM's",
                    ratio(both[CFC].shifted["dropped"], both[LSTM].shifted["dropped"]),
                    at_most=LESS,
                    condition=task,
                    training=training,
                )
                for task, both in by_task.items()
            ),
        )
    ]
    most = max(DROPS)
    sizes = "; ".join(
        [
            f"{ratio(both[CFC].home, both[LSTM].home)} with none dropped and "
            f"{ratio(both[CFC].dropped[most], both[LSTM].dropped[most])} with {100 * most:.0f} %, on {task}"
            for task, both in errors[WORDS[BETTER]].items()
        ]
    )
    return Measured(
        tuple(checks),
        f"{_told(errors, (CFC, LSTM))} The CfC's error over the LSTM's ({WORDS[BETTER]}): {sizes}. Both have about "
        f"equal parameters ({_parameters(CFC)} and {_parameters(LSTM)}).",
        picture([row for row in rows if row[1] == "dropped"], plan),
    )


def _judged(
    budget: Budget,
    stop: Stop,
    kinds: tuple[Kind, ...],
    judge: Callable[[Mapping[str, ByTask], list[list[Any]], Plan], Measured],
) -> Events:
    """What `judge` makes of the kinds' errors, once they are measured."""
    plan = _plan(budget)
    found = yield from _measured(budget, plan, stop, kinds)
    if found is not None:
        yield judge(*found, plan)


def _plan(budget: Budget) -> Plan:
    return Plan(budget.pick(6, 4), budget.pick(800, 250), Better.of(budget), longest_span=1.0)


def _measured(
    budget: Budget, plan: Plan, stop: Stop, kinds: tuple[Kind, ...]
) -> Generator[StudyProgress, None, tuple[dict[str, dict[str, dict[Kind, ShiftErrors]]], list[list[Any]]] | None]:
    """Errors by training, task and kind, and a picture's rows; None if it was stopped."""
    errors: dict[str, dict[str, dict[Kind, ShiftErrors]]] = {}
    rows: list[list[Any]] = []

    def models(members: int, seed: int) -> dict[Kind, SequenceModel]:
        return {kind: _model(kind, members, seed) for kind in kinds}

    for event in subjects(budget, stop, models, NoisyWindows, plan):
        if isinstance(event, StudyProgress):
            yield event
            continue
        shifted = _shifted(event.model, event.task.test, budget.seed)
        errors.setdefault(event.training, {}).setdefault(event.task.name, {})[event.kind] = shifted
        rows += event.rows("noise", shifted.noise) + event.rows("dropped", shifted.dropped)
    return None if stop() else (errors, rows)


def _model(kind: Kind, members: int, seed: int) -> SequenceModel:
    if kind == LIQUID:
        return networks.liquid(members, SIZES["Liquid"], seed, dt=DT, spread=True)
    return (networks.cfc if kind == CFC else networks.lstm)(members, SIZES[kind.model], seed)


# (e_shifted / e_home of ours) / (e_shifted / e_home of theirs): a deficit at home is no lack of robustness
def _growth(by_task: ByTask, training: str, shift: str, pair: tuple[Kind, Kind]) -> list[Check]:
    """How much more the first one's error grows under a shift than the second's, one statement per task; paired."""
    ours, theirs = pair
    quantity = f"Growth of the error under {SHIFTS[shift]}, {ours.model}'s over {theirs.model}'s"
    return [
        Check(
            quantity,
            ratio(both[ours].growth[shift], both[theirs].growth[shift]),
            at_most=LESS,
            condition=task,
            training=training,
        )
        for task, both in by_task.items()
    ]


def _told(errors: Mapping[str, ByTask], pair: tuple[Kind, Kind]) -> str:
    """Growth under dropped samples by both trainings, and how far the training changes it."""
    ours, theirs = pair
    numbers = [
        f"{training}: {enumerated([f'{check.value}' for check in _growth(by_task, training, 'dropped', pair)])}"
        for training, by_task in errors.items()
    ]
    plain, better = (
        {task: (both[ours].growth["dropped"], both[theirs].growth["dropped"]) for task, both in errors[words].items()}
        for words in (WORDS[PLAIN], WORDS[BETTER])
    )
    moved = enumerated([f"{changed(better[task], plain[task])}" for task in better])
    return (
        f"How many times as much dropped samples raise {ours.model}'s error as the {theirs.model}'s, on "
        f"{enumerated(list(TASKS))}: {'; '.join(numbers)}. The better training multiplies that by {moved}, compared "
        "network by network."
    )


def _parameters(kind: Kind) -> str:
    return f"{count(kind.model, SIZES[kind.model]):,}"


class NoisyWindows:
    """Windows of one noisy recording per member; the target is the clean next value at every sample."""

    def __init__(self, clean: Floats, time: str, seed: int, trained: float) -> None:
        self.rng = np.random.default_rng([seed, 1])
        self.clean, self.seen = clean, clean + TRAIN_NOISE * self.rng.normal(size=clean.shape)
        self.end = round(trained * clean.shape[1])

    def draw(self) -> Batch:
        return self._at(self.rng.integers(self.end - WINDOW - 1, size=BATCH)[:, None] + np.arange(WINDOW))

    def whole(self) -> Batch:
        """Windows whose targets follow each other."""
        return self._at(tiled(0, self.end))

    def held_out(self) -> Batch:
        """The same of the end."""
        return self._at(tiled(self.end, self.clean.shape[1]))

    def _at(self, rows: np.ndarray) -> Batch:
        return Batch(tensor(self.seen[:, rows, None]), tensor(self.clean[:, rows[:, WARM_UP:] + 1, None]))


def _shifted(model: SequenceModel, clean: Floats, seed: int) -> ShiftErrors:
    rng = np.random.default_rng([seed, 2])
    rows = np.arange(0, clean.shape[1] - WINDOW - 1, 3)[:, None] + np.arange(WINDOW)
    noise = rng.normal(size=clean.shape)

    def error(seen: Floats) -> Floats:
        return rmse(model, tensor(seen[:, rows, None]), clean[:, rows[:, -1] + 1], 1.0)

    home = clean + TRAIN_NOISE * noise
    at_home = error(home)
    noisy = {sd: error(clean + sd * noise) for sd in NOISES}
    dropped = {part: error(_held(home, rng.uniform(size=clean.shape) < part)) for part in DROPS}
    return ShiftErrors(noisy | {TRAIN_NOISE: at_home}, dropped | {0.0: at_home})


def _held(seen: Floats, dropped: np.ndarray) -> Floats:
    """What is read if dropped samples repeat the last one that was seen: `[members, time]`."""
    last = np.maximum.accumulate(np.where(dropped, 0, np.arange(seen.shape[1])), axis=1)
    held: Floats = np.take_along_axis(seen, last, axis=1)
    return held
