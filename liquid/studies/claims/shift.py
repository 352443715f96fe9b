"""What the article expects of the ODE: robustness to a shifted distribution, and a natural way with uneven samples.

Lorenz and Mackey-Glass, clean next value as the target, about equal parameters, and the same batches, steps and
schedule for both models; each has the peak rate that a small search found best for it, and Liquid its start for short
trainings. Every pair of networks has a draw of the series, of its noise and of the test of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from liquid.dynamics import scan
from liquid.engine import Stop
from liquid.learning.batches import Batch
from liquid.models.network import SequenceModel
from liquid.series import generators
from liquid.series.series import Series
from liquid.series.words import enumerated
from liquid.studies.claims import networks
from liquid.studies.claims.layer import liquid_parameters, lstm_parameters
from liquid.studies.claims.measure import Budget, Events, Measured
from liquid.studies.progress import StudyProgress
from liquid.studies.statistics import Floats, digits
from liquid.studies.verdict import Check, ratio

STATE, HIDDEN = 32, 16  # 1,185 and 1,233 parameters
RATES = {"Liquid": 0.1, "LSTM": 0.05}
DT = 0.25
WINDOW, BATCH, WARM_UP = 64, 32, 16
TRAIN_NOISE = 0.2  # of the series' standard deviation
NOISES = (0.0, 0.1, 0.4, 0.8)  # shifted: anything but the training's
DROPS = (0.1, 0.3, 0.5)
MISSING, LONGEST_GAP = 0.5, 5  # uneven sampling: the chance that a sample is missed, and the longest step in samples
MISSED = (0.1, 0.3, MISSING, 0.7)  # at the test; the claim is judged at the training's
MEAN_GAP = (1 - MISSING**LONGEST_GAP) / (1 - MISSING)  # of a geometric gap, cut at the longest
LESS = 0.95  # an advantage worth its name: 5 % less error, as the claims' tests say
COLUMNS = ("task", "shift", "model", "time", "level", "run", "error")  # of a picture's rows; RMSE over the spread
EVEN, STEPS, INPUT, BLIND = "even", "steps", "input", "blind"  # what a model learns about the time between samples
ByLevel = dict[float, Floats]  # RMSE of every member, by the test's level of noise or share of samples
TASKS: dict[str, Callable[[int, float, int], Series]] = {
    "Lorenz": generators.lorenz,
    "Mackey-Glass": generators.mackey_glass,
}


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
class ShiftErrors:
    """A model's errors under other noise and with samples dropped, the training's level among them."""

    noise: ByLevel
    dropped: ByLevel

    @property
    def home(self) -> Floats:
        return self.noise[TRAIN_NOISE]

    @property
    def growth(self) -> dict[str, Floats]:
        """The error under each shift over that at home: geometric means over the levels that are not the training's."""
        shifted = {"noise": [self.noise[sd] for sd in NOISES], "dropped": [self.dropped[part] for part in DROPS]}
        return {shift: np.exp(np.log(levels).mean(axis=0)) / self.home for shift, levels in shifted.items()}


def robustness(budget: Budget, stop: Stop) -> Events:
    """Trained at one noise level, tested at others and with samples dropped (the last one seen is held)."""
    scan.ready(wait=True)
    members, steps = budget.pick(6, 4), budget.pick(800, 250)
    rows: list[list[Any]] = []
    errors: dict[str, dict[str, ShiftErrors]] = {name: {} for name in TASKS}
    total, done = 2 * len(TASKS) * steps, 0
    for name in TASKS:
        task = CleanSeries.of(name, members, budget.pick(6000, 3000), budget.seed)
        for kind, model in _pair(members, budget.seed).items():
            batches = NoisyWindows(task.train, budget.seed)
            for step in networks.fit_batches(
                model, batches, steps=steps, rate=RATES[kind], longest_span=1.0, stop=stop
            ):
                yield StudyProgress(done + step, total, f"{kind} on {name}, {members} networks")
            if stop():
                return
            done += steps
            errors[name][kind] = shifted = _shifted(model, task.test, budget.seed)
            rows += _rows(name, "noise", (kind, EVEN), shifted.noise)
            rows += _rows(name, "dropped", (kind, EVEN), shifted.dropped)
    dropped, noisy = _growth(errors, "dropped"), _growth(errors, "noise")
    home = [ratio(both["Liquid"].home, both["LSTM"].home) for both in errors.values()]
    by_drops, by_noise, shiftless = (
        enumerated([f"{value}" for value in values])
        for values in ([check.value for check in dropped], [check.value for check in noisy], home)
    )
    yield Measured(
        (*dropped, *noisy),
        f"Dropped samples raise Liquid's error {by_drops} times as much as the LSTM's "
        f"({enumerated(list(TASKS))}), noise other than the training's {by_noise} times. "
        f"Without a shift, Liquid's error is {shiftless} times the LSTM's, at about equal parameters "
        f"({liquid_parameters(STATE):,} and {lstm_parameters(HIDDEN):,}).",
        _picture(rows, members, steps),
    )


# (e_shifted / e_home of Liquid) / (e_shifted / e_home of the LSTM): a deficit at home is no lack of robustness
def _growth(errors: dict[str, dict[str, ShiftErrors]], shift: str) -> list[Check]:
    """How much more Liquid's error grows under a shift than the LSTM's, one statement per task; paired by member."""
    words = {"noise": "other noise", "dropped": "dropped samples"}[shift]
    quantity = f"Growth of the error under {words}, Liquid's over LSTM's"
    return [
        Check(quantity, ratio(both["Liquid"].growth[shift], both["LSTM"].growth[shift]), at_most=LESS, condition=task)
        for task, both in errors.items()
    ]


def irregular(budget: Budget, stop: Stop) -> Events:
    """Every second sample missing at random: Liquid with the elapsed time as its step, LSTM with it as an input."""
    scan.ready(wait=True)
    members, steps = budget.pick(5, 3), budget.pick(700, 400)  # 200 are too few to see it
    rows: list[list[Any]] = []
    checks, with_time, total, done = [], [], 4 * len(TASKS) * steps, 0
    for name in TASKS:
        task = CleanSeries.of(name, members, budget.pick(6000, 3000), budget.seed)
        errors: dict[tuple[str, str], Floats] = {}
        for (kind, time), model in _uneven_models(members, budget.seed).items():
            batches = UnevenWindows(task.train, time, budget.seed)
            for step in networks.fit_batches(
                model, batches, steps=steps, rate=RATES[kind], longest_span=None, stop=stop
            ):
                yield StudyProgress(done + step, total, f"{kind}, time: {time}, on {name}, {members} networks")
            if stop():
                return
            done += steps
            by_level = {level: _uneven_error(model, task.test, time, level, budget.seed) for level in MISSED}
            errors[kind, time] = by_level[MISSING]
            rows += _rows(name, "uneven", (kind, time), by_level)
        with_time.append(f"{digits(ratio(errors['LSTM', INPUT], errors['LSTM', BLIND]).mean)} on {name}")
        checks += [
            Check(
                f"Liquid's error with true time steps over {rival}",
                ratio(errors["Liquid", STEPS], errors[of]),
                at_most=LESS,
                condition=name,
            )
            for rival, of in (
                ("that without", ("Liquid", BLIND)),
                ("an LSTM's without the time", ("LSTM", BLIND)),
                ("an LSTM's with the time as an input", ("LSTM", INPUT)),
            )
        ]
    yield Measured(
        tuple(checks),
        "An LSTM that is given the elapsed time as one more input is not helpless: its error over that of one without "
        f"is {enumerated(with_time)}.",
        _picture(rows, members, steps),
    )


def _pair(members: int, seed: int) -> dict[str, SequenceModel]:
    return {
        "Liquid": networks.liquid(members, STATE, seed, dt=DT, spread=True),
        "LSTM": networks.lstm(members, HIDDEN, seed),
    }


def _uneven_models(members: int, seed: int) -> dict[tuple[str, str], SequenceModel]:
    """Semi-implicit steps, which cannot run away however long a gap is; blind models take the mean gap for each."""
    steps, blind = (networks.liquid(members, STATE, seed, dt=DT, spread=True, solver="semi_implicit") for _ in range(2))
    return {
        ("Liquid", STEPS): steps,
        ("Liquid", BLIND): blind,
        ("LSTM", INPUT): networks.lstm(members, HIDDEN, seed, inputs=2),
        ("LSTM", BLIND): networks.lstm(members, HIDDEN, seed),
    }


class NoisyWindows:
    """Windows of one noisy recording per member; the target is the clean next value at every sample."""

    def __init__(self, clean: Floats, seed: int) -> None:
        self.rng = np.random.default_rng([seed, 1])
        self.clean, self.seen = clean, clean + TRAIN_NOISE * self.rng.normal(size=clean.shape)

    def draw(self) -> Batch:
        rows = self.rng.integers(self.clean.shape[1] - WINDOW - 1, size=BATCH)[:, None] + np.arange(WINDOW)
        return Batch(_tensor(self.seen[:, rows, None]), _tensor(self.clean[:, rows[:, WARM_UP:] + 1, None]))


def _rows(task: str, shift: str, model: tuple[str, str], errors: ByLevel) -> list[list[Any]]:
    """One row per level and network, as COLUMNS says; `model` is a kind and what it learns about time."""
    return [
        [task, shift, *model, level, run, float(error)]
        for level, members in sorted(errors.items())
        for run, error in enumerate(members)
    ]


def _picture(rows: list[list[Any]], members: int, steps: int) -> dict[str, Any]:
    home = {"noise": TRAIN_NOISE, "dropped": 0.0, "uneven": MISSING}
    sizes = {"Liquid": liquid_parameters(STATE), "LSTM": lstm_parameters(HIDDEN)}
    return {"columns": COLUMNS, "rows": rows, "home": home, "members": members, "steps": steps, "parameters": sizes}


def _shifted(model: SequenceModel, clean: Floats, seed: int) -> ShiftErrors:
    rng = np.random.default_rng([seed, 2])
    rows = np.arange(0, clean.shape[1] - WINDOW - 1, 3)[:, None] + np.arange(WINDOW)
    noise = rng.normal(size=clean.shape)

    def error(seen: Floats) -> Floats:
        return _rmse(model, _tensor(seen[:, rows, None]), clean[:, rows[:, -1] + 1], 1.0)

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


def _sampled(length: int, missing: float, rng: np.random.Generator) -> np.ndarray:
    """Which samples are seen: all but about a share `missing`, never more than LONGEST_GAP apart."""
    gaps = np.minimum(rng.geometric(1 - missing, size=length), LONGEST_GAP)
    at = np.cumsum(gaps)
    return np.asarray(at[at < length - 1])


class UnevenWindows:
    """Windows of samples at random times; the target is the clean value one even step after each.

    Series and noise are a member's own; which samples are missing is drawn for all of them, anew for every batch.
    """

    def __init__(self, clean: Floats, time: str, seed: int) -> None:
        self.rng = np.random.default_rng([seed, 3])
        self.clean, self.seen = clean, clean + TRAIN_NOISE / 2 * self.rng.normal(size=clean.shape)
        self.time = time

    def draw(self) -> Batch:
        seen_at = _sampled(self.clean.shape[1], MISSING, self.rng)
        rows = self.rng.integers(1, len(seen_at) - WINDOW, size=BATCH)[:, None] + np.arange(WINDOW)
        x, spans = _inputs(self.seen, seen_at, rows, self.time)
        return Batch(x, _tensor(self.clean[:, seen_at[rows[:, WARM_UP:]] + 1, None]), spans)


def _inputs(seen: Floats, seen_at: np.ndarray, rows: np.ndarray, time: str) -> tuple[Tensor, Tensor | float]:
    """What a model is given: values, and the time since the sample before as its step, as an input, or not at all."""
    values, gaps = seen[:, seen_at[rows], None], (seen_at[rows] - seen_at[rows - 1]).astype(np.float64)
    if time == STEPS:
        return _tensor(values), _tensor(gaps)
    if time == INPUT:
        elapsed = np.broadcast_to(gaps[..., None] - MEAN_GAP, values.shape)
        return _tensor(np.concatenate([values, elapsed], axis=-1)), 1.0
    return _tensor(values), MEAN_GAP


def _uneven_error(model: SequenceModel, clean: Floats, time: str, missing: float, seed: int) -> Floats:
    rng = np.random.default_rng([seed, 4])
    seen = clean + TRAIN_NOISE / 2 * rng.normal(size=clean.shape)
    seen_at = _sampled(clean.shape[1], missing, rng)
    rows = np.arange(1, len(seen_at) - WINDOW)[:, None] + np.arange(WINDOW)
    x, spans = _inputs(seen, seen_at, rows, time)
    return _rmse(model, x, clean[:, seen_at[rows[:, -1]] + 1], spans)


@torch.no_grad()
def _rmse(model: SequenceModel, x: Tensor, truth: Floats, spans: Tensor | float) -> Floats:
    """Of the forecast at the end of each window, `[members]`."""
    forecast = model(x, spans)[..., -1, 0].double().numpy()
    errors: Floats = np.sqrt(np.mean((forecast - truth) ** 2, axis=1))
    return errors


def _tensor(values: Floats) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
