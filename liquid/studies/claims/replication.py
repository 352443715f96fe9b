"""The article's benchmark again, over all that it leaves open: frequencies, noise, seeds, rate, first state.

Its protocol: 300 values of a sum of sines with Gaussian noise, the first 200 to train on, the last 100 to test, the
next value as the target, 1,000 full-sequence epochs of Adam on the mean squared error, and no early stopping. The same
networks on the same series are trained by this project's training as well, which needs the last 50 training values to
choose its ridge and rate on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from scipy.spatial import Delaunay

from liquid.answers import DOES_NOT_HOLD, HOLDS
from liquid.dynamics import scan
from liquid.engine import Stop
from liquid.learning.batches import Batch
from liquid.models.linear_ar import LinearAR
from liquid.models.network import SequenceModel
from liquid.studies.claims import networks
from liquid.studies.claims.layer import lstm_parameters
from liquid.studies.claims.measure import Budget, Events, Measured
from liquid.studies.claims.networks import BETTER, PLAIN, WORDS
from liquid.studies.progress import StudyProgress
from liquid.studies.statistics import Floats, Interval, digits
from liquid.studies.verdict import Check, exact, ratio


class TrainTest(NamedTuple):
    """Mean squared errors on the training part and on the test part."""

    train: float
    test: float


LENGTH, TRAIN, EPOCHS = 300, 200, 1000
FIRST = 150  # of the training part, if its end has to choose something
RATES = (0.001, 0.003, 0.01)  # the article names no learning rate; these are the usual ones
NOISES = (0.05, 0.1, 0.2)
PERIODS = (8.0, 80.0)  # samples; drawn evenly on a log scale
SIZES = np.array([1.0, 0.5, 0.3])
REPORTED = {"Liquid": TrainTest(0.0179, 0.0204), "LSTM": TrainTest(0.0007, 0.0047)}  # by the article
LIQUID = "Liquid-8"
LSTMS = (16, 8, 4)  # 1,233 parameters as the article says; its hidden size; about as many as Liquid-8
MODELS: dict[str, tuple[str, int | None]] = {  # kind and size of each
    LIQUID: ("Liquid", 8),
    **{f"LSTM-{hidden}": ("LSTM", hidden) for hidden in LSTMS},
    "Persistence": ("Persistence", None),
    "Linear AR": ("Linear AR", None),
}
COLUMNS = ("model", "size", "rate", "draw", "noise", "train", "warm", "zero")


@dataclass(frozen=True)
class Design:
    """What is crossed: `draws` of the sines, `noises` (standard deviation), learning `rates`; a start for each."""

    draws: int
    noises: tuple[float, ...]
    rates: tuple[float, ...]
    seed: int

    @property
    def members(self) -> int:
        """Networks that are trained side by side, at one learning rate."""
        return self.draws * len(self.noises)

    def series(self) -> Floats:
        """One noisy series per member, `[members, time]`, draws slowest."""
        rng = np.random.default_rng(self.seed)
        rows = []
        for _ in range(self.draws):
            periods = np.exp(rng.uniform(np.log(PERIODS[0]), np.log(PERIODS[1]), len(SIZES)))
            phases = rng.uniform(0, 2 * np.pi, len(SIZES))
            clean = np.sin(2 * np.pi * np.arange(LENGTH)[:, None] / periods + phases) @ SIZES
            rows += [clean + sd * rng.normal(size=LENGTH) for sd in self.noises]
        return np.array(rows)

    def networks(self, place: int) -> dict[str, SequenceModel]:
        """The models for one rate, with starts of their own."""
        seed = self.seed + 1 + place
        ours = {LIQUID: networks.liquid(self.members, 8, seed)}
        return ours | {f"LSTM-{hidden}": networks.lstm(self.members, hidden, seed) for hidden in LSTMS}

    def by_draw(self, values: Floats) -> Floats:
        """Geometric means over noises at one rate, `[members] -> [draw]`: the draws are independent."""
        means: Floats = np.exp(np.log(values.reshape(self.draws, -1)).mean(axis=1))
        return means


@dataclass(frozen=True)
class Errors:
    """Mean squared errors of every training, `[rate, members]`: on the training part, and on the test part with a
    warm and with a zero state."""

    train: Floats
    warm: Floats
    zero: Floats

    @property
    def growth(self) -> Floats:
        """From training to the test with a warm state."""
        return self.warm / self.train

    @staticmethod
    def stack(parts: Sequence[Errors]) -> Errors:
        """Of several rates, each with arrays `[members]`."""
        return Errors(*(np.stack([getattr(part, name) for part in parts]) for name in ("train", "warm", "zero")))


def part_3(budget: Budget, stop: Stop) -> Events:
    """Liquid-8, three LSTMs, persistence and a linear regression under the article's protocol, then by the better
    training."""
    scan.ready(wait=True)  # the same numbers in every run
    design = Design(
        budget.pick(12, 4), NOISES if budget.full else (0.1,), RATES if budget.full else RATES[1:], budget.seed
    )
    series = design.series()
    parts: dict[str, list[Errors]] = {}
    how = networks.Better.of(budget)
    total, done = (len(design.rates) * EPOCHS + how.steps) * (1 + len(LSTMS)), 0
    for place, rate in enumerate(design.rates):
        for name, model in design.networks(place).items():
            for epoch in _fit(model, series, rate, stop):
                yield StudyProgress(done + epoch, total, f"{name}, {design.members} networks, learning rate {rate:g}")
            if stop():
                return
            done += EPOCHS
            parts.setdefault(name, []).append(_judge(model, series))
    better: dict[str, Errors] = {}
    chosen: dict[str, tuple[float, ...]] = {}
    for name, model in design.networks(0).items():
        for event in networks.fit_chosen(model, Parts(series), how, longest_span=1.0, stop=stop):
            if stop():
                return
            if isinstance(event, networks.Chosen):
                better[name], chosen[name] = Errors.stack([_judge(event.model, series)]), event.rates
            else:
                yield StudyProgress(done + event, total, f"{name}, {design.members} networks, {WORDS[BETTER]}")
        done += how.steps
    for name, simple in (("Persistence", _persistence(series)), ("Linear AR", _linear(series))):
        parts[name] = [simple] * len(design.rates)  # they have no rate: the same at each
        better[name] = Errors.stack([simple])
    errors = {name: Errors.stack(part) for name, part in parts.items()}
    rows = [row for name, rates in chosen.items() for row in _rows(name, better[name], 0, rates, design)]
    yield _measured(errors, better, rows, design)


def _fit(model: SequenceModel, series: Floats, rate: float, stop: Stop) -> Iterator[int]:
    past = torch.from_numpy(series[:, :TRAIN]).float()
    x, y = past[:, None, :-1, None], past[:, None, 1:, None]
    yield from networks.fit_whole(model, x, y, epochs=EPOCHS, rate=rate, stop=stop)


class Parts:
    """The training part of every series, its end held out: the first values are read before those."""

    def __init__(self, series: Floats) -> None:
        self.values = torch.from_numpy(series[:, None, :TRAIN, None]).float()

    def draw(self) -> Batch:
        return Batch(self.values[:, :, : FIRST - 1], self.values[:, :, 1:FIRST])

    def whole(self) -> Batch:
        return self.draw()

    def held_out(self) -> Batch:
        return Batch(self.values[:, :, :-1], self.values[:, :, FIRST:])


@torch.no_grad()
def _judge(model: SequenceModel, series: Floats) -> Errors:
    """Warm: the state has read the training part before the first test value. Zero: it has read nothing."""
    values = torch.from_numpy(series).float()[:, None, :, None]
    test = values[:, :, TRAIN:]
    squares, zero = (
        (model(seen[:, :, :-1]) - seen[:, :, 1:]).square()[:, 0, :, 0].double().numpy() for seen in (values, test)
    )
    return Errors(squares[:, : TRAIN - 1].mean(1), squares[:, TRAIN - 1 :].mean(1), zero.mean(1))


def _persistence(series: Floats) -> Errors:
    squares = np.diff(series, axis=1) ** 2
    test = squares[:, TRAIN - 1 :].mean(1)
    return Errors(squares[:, : TRAIN - 1].mean(1), test, test)


def _linear(series: Floats) -> Errors:
    train, test = [], []
    for row in series:
        fit = LinearAR.choose(row, range(FIRST), range(FIRST, TRAIN))
        ahead = fit.predict(row, np.arange(fit.order - 1, LENGTH - 1), 1)[:, 0]
        squares = (ahead - row[fit.order :]) ** 2
        train.append(squares[: TRAIN - fit.order].mean())
        test.append(squares[TRAIN - fit.order :].mean())
    return Errors(np.array(train), np.array(test), np.array(test))


def _measured(errors: dict[str, Errors], better: dict[str, Errors], rows: list[list[Any]], design: Design) -> Measured:
    """`rows` are those of the better training, each with the rate that validation chose."""
    picture = _picture(errors, design) | {"better": rows}
    return Measured(_checks(errors, better, design), _why(errors, better, design), picture)


def _checks(errors: dict[str, Errors], better: dict[str, Errors], design: Design) -> tuple[Check, ...]:
    """Statements for each rate of Adam, at which the article is right or wrong, its best rate first; then for the
    better training."""
    at_rate = [_at_rate(errors, design, place) for place in range(len(design.rates))]
    at_rate.sort(key=lambda checks: sum(check.outcome == HOLDS for check in checks), reverse=True)
    own = Check(
        "The article's own table: test error, Liquid over LSTM",
        exact(REPORTED["Liquid"].test / REPORTED["LSTM"].test),
        at_most=1,
        training=WORDS[PLAIN],
    )
    return (*(check for checks in at_rate for check in checks), *_by_better(better, design), own)


def _at_rate(errors: dict[str, Errors], design: Design, place: int) -> list[Check]:
    return _beside(errors, design, place, f"rate {design.rates[place]:g}", WORDS[PLAIN])


def _by_better(better: dict[str, Errors], design: Design) -> list[Check]:
    return _beside(better, design, 0, "", WORDS[BETTER])


def _beside(errors: dict[str, Errors], design: Design, place: int, condition: str, training: str) -> list[Check]:
    """Liquid-8 beside every LSTM at one rate: test errors from both first states, growth from training to test."""
    ours = errors[LIQUID]
    checks = []
    for what, name in (
        ("Test error from a warm state", "warm"),
        ("Test error from a zero state", "zero"),
        ("Growth from training to test error", "growth"),
    ):
        for hidden in LSTMS:
            other = errors[f"LSTM-{hidden}"]
            checks.append(
                Check(
                    f"{what}, Liquid-8 over LSTM-{hidden} ({lstm_parameters(hidden):,} parameters)",
                    ratio(design.by_draw(getattr(ours, name)[place]), design.by_draw(getattr(other, name)[place])),
                    at_most=1,
                    condition=condition,
                    training=training,
                )
            )
    return checks


def _why(errors: dict[str, Errors], better: dict[str, Errors], design: Design) -> str:
    """The rates one by one, the largest first; then the better training, and who is ahead of all."""
    at_rate = [
        f"at {design.rates[place]:g} it is "
        + _numbers(_at_rate(errors, design, place), float(np.exp(np.log(errors[LIQUID].train[place]).mean())))
        for place in reversed(range(len(design.rates)))
    ]
    by_better = _numbers(_by_better(better, design), float(np.exp(np.log(better[LIQUID].train[0]).mean())))
    names = ", ".join(f"LSTM-{hidden}" for hidden in LSTMS)
    linear = [
        ratio(design.by_draw(errors[LIQUID].warm[place]), design.by_draw(errors["Linear AR"].warm[place]))
        for place in range(len(design.rates))
    ]
    nearest = min(linear, key=lambda one: one.mean)
    beside = f"even at its best rate Liquid-8's test error is {nearest} times that of a linear regression"
    if nearest.low <= 1:
        beside = f"at its best rate Liquid-8's test error is {nearest} times that of a linear regression"
    return (
        f"It depends on the learning rate, which the article does not name. Liquid-8's test error beside {names}, warm "
        f"state: {'; '.join(at_rate)}. The article reports a training error of {REPORTED['Liquid'].train:g} for "
        f"Liquid. By {WORDS[BETTER]}, with rate and ridge chosen on the last {TRAIN - FIRST} training values, it is "
        f"{by_better}. Beside the rate of Adam that turns out best on the test, it multiplies the test error of "
        f"Liquid-8 by {_gained(LIQUID, errors, better, design)}, that of LSTM-16 by "
        f"{_gained('LSTM-16', errors, better, design)}. And with Adam, {beside}."
    )


def _gained(name: str, errors: dict[str, Errors], better: dict[str, Errors], design: Design) -> Interval:
    """What the better training makes of a model's test error, warm state, beside Adam at its best rate."""
    now = design.by_draw(better[name].warm[0])
    before = [design.by_draw(warm) for warm in errors[name].warm]
    return ratio(now, min(before, key=lambda one: float(np.log(one).mean())))


def _numbers(checks: list[Check], trained: float) -> str:
    """What test errors from a warm state say, at one rate or by one training."""
    warm = checks[: len(LSTMS)]
    numbers = ", ".join(digits(check.value.mean) for check in warm)
    held, failed = ([check.outcome for check in warm].count(outcome) for outcome in (HOLDS, DOES_NOT_HOLD))
    return f"{numbers} times theirs ({held} right, {failed} wrong; its training error is {digits(trained)})"


def _picture(errors: dict[str, Errors], design: Design) -> dict[str, Any]:
    """Every training by Adam as a row, and where the article's two points lie."""
    rows = [
        row
        for name, one in errors.items()
        for place, rate in enumerate(design.rates)
        for row in _rows(name, one, place, [rate] * design.members, design)
    ]
    places = [
        {"model": model, "size": size, "inside": inside(errors[name], REPORTED[model])}
        for name, (model, size) in MODELS.items()
        if name in (LIQUID, "LSTM-8", "LSTM-16")
    ]
    settings = {"draws": design.draws, "noises": design.noises, "rates": design.rates, "epochs": EPOCHS}
    return {"columns": COLUMNS, "rows": rows, "reported": REPORTED, "inside": places, "settings": settings}


def _rows(name: str, errors: Errors, place: int, rates: Sequence[float], design: Design) -> list[list[Any]]:
    """One row per member, as COLUMNS says."""
    return [
        [*MODELS[name], rates[member], member // len(design.noises), design.noises[member % len(design.noises)]]
        + [float(values[place, member]) for values in (errors.train, errors.warm, errors.zero)]
        for member in range(design.members)
    ]


def inside(errors: Errors, point: TrainTest) -> bool:
    """Does a point lie in the convex hull of the runs with either first state, on log axes?"""
    clouds = (np.log(np.stack([errors.train.ravel(), test.ravel()], axis=1)) for test in (errors.warm, errors.zero))
    return any(bool(Delaunay(cloud).find_simplex(np.log(point)) >= 0) for cloud in clouds)
