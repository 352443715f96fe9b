"""The article's benchmark again, over all that it leaves open: frequencies, noise, seeds, rate, first state.

Its protocol: 300 values of a sum of sines with Gaussian noise, the first 200 to train on, the last 100 to test, the
next value as the target, 1,000 full-sequence epochs of Adam on the mean squared error, and no early stopping.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.spatial import Delaunay

from liquid.dynamics import scan
from liquid.engine import Stop
from liquid.learning.baselines import LinearAR
from liquid.studies.claims import networks
from liquid.studies.claims.layer import liquid_parameters, lstm_parameters
from liquid.studies.claims.measure import Budget, Events, Measured
from liquid.studies.claims.verdict import Check, digits, exact, ratio
from liquid.studies.progress import Step
from liquid.studies.statistics import Floats

LENGTH, TRAIN, EPOCHS = 300, 200, 1000
RATES = (0.001, 0.003, 0.01)  # the article names no learning rate; these are the usual ones
NOISES = (0.05, 0.1, 0.2)
PERIODS = (8.0, 80.0)  # samples; drawn evenly on a log scale
SIZES = np.array([1.0, 0.5, 0.3])
REPORTED = {"Liquid": (0.0179, 0.0204), "LSTM": (0.0007, 0.0047)}  # the article's train and test error
LIQUID = "Liquid-8"
LSTMS = (16, 8, 4)  # 1,233 parameters as the article says; its hidden size; about as many as Liquid-8
COLUMNS = ("model", "rate", "draw", "noise", "train", "warm", "zero")


@dataclass(frozen=True)
class Plan:
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
        """One noisy series a member, `[members, time]`, draws slowest."""
        rng = np.random.default_rng(self.seed)
        rows = []
        for _ in range(self.draws):
            periods = np.exp(rng.uniform(np.log(PERIODS[0]), np.log(PERIODS[1]), len(SIZES)))
            phases = rng.uniform(0, 2 * np.pi, len(SIZES))
            clean = np.sin(2 * np.pi * np.arange(LENGTH)[:, None] / periods + phases) @ SIZES
            rows += [clean + sd * rng.normal(size=LENGTH) for sd in self.noises]
        return np.array(rows)

    def networks(self, place: int) -> dict[str, networks.Networks]:
        """The models for one rate, with starts of their own."""
        seed = self.seed + 1 + place
        ours = {LIQUID: networks.liquid(self.members, 8, seed)}
        return ours | {f"LSTM-{hidden}": networks.lstm(self.members, hidden, seed) for hidden in LSTMS}

    def by_draw(self, values: Floats) -> Floats:
        """Geometric means over rates and noises, `[rate, members] -> [draw]`."""
        means: Floats = np.exp(np.log(values.reshape(len(self.rates), self.draws, -1)).mean(axis=(0, 2)))
        return means


@dataclass(frozen=True)
class Errors:
    """Mean squared errors of every training, `[rate, members]`: on the training part, and on the test part with a
    warm and with a zero state."""

    train: Floats
    warm: Floats
    zero: Floats

    @staticmethod
    def stack(parts: Sequence[Errors]) -> Errors:
        """Of several rates, each with arrays `[members]`."""
        return Errors(*(np.stack([getattr(part, name) for part in parts]) for name in ("train", "warm", "zero")))


def part_3(budget: Budget, stop: Stop) -> Events:
    """Liquid-8, three LSTMs, persistence and a linear regression under the article's protocol."""
    scan.ready(wait=True)  # the same numbers in every run
    plan = Plan(budget.pick(12, 4), NOISES if budget.full else (0.1,), RATES if budget.full else RATES[1:], budget.seed)
    series = plan.series()
    parts: dict[str, list[Errors]] = {}
    total, done = len(plan.rates) * (1 + len(LSTMS)) * EPOCHS, 0
    for place, rate in enumerate(plan.rates):
        for name, model in plan.networks(place).items():
            for epoch in _fit(model, series, rate, stop):
                yield Step(done + epoch, total, f"{name}, {plan.members} networks, learning rate {rate:g}")
            if stop():
                return
            done += EPOCHS
            parts.setdefault(name, []).append(_judge(model, series))
    for name, simple in (("Persistence", _persistence(series)), ("Linear AR", _linear(series))):
        parts[name] = [simple] * len(plan.rates)  # they have no rate: the same at each
    found = {name: Errors.stack(part) for name, part in parts.items()}
    yield Measured(_checks(found, plan), _why(found, plan), _picture(found, plan))


def _fit(model: networks.Networks, series: Floats, rate: float, stop: Stop) -> Iterator[int]:
    past = torch.from_numpy(series[:, :TRAIN]).float()
    x, y = past[:, None, :-1, None], past[:, None, 1:]
    yield from networks.fit_whole(model, x, y, epochs=EPOCHS, rate=rate, stop=stop)


@torch.no_grad()
def _judge(model: networks.Networks, series: Floats) -> Errors:
    """Warm: the state has read the training part before the first test value. Zero: it has read nothing."""
    values = torch.from_numpy(series).float()[:, None]
    squares = (model(values[..., :-1, None]) - values[..., 1:]).square()[:, 0].double().numpy()
    test = values[..., TRAIN:]
    zero = (model(test[..., :-1, None]) - test[..., 1:]).square()[:, 0].double().numpy()
    return Errors(squares[:, : TRAIN - 1].mean(1), squares[:, TRAIN - 1 :].mean(1), zero.mean(1))


def _persistence(series: Floats) -> Errors:
    squares = np.diff(series, axis=1) ** 2
    test = squares[:, TRAIN - 1 :].mean(1)
    return Errors(squares[:, : TRAIN - 1].mean(1), test, test)


def _linear(series: Floats) -> Errors:
    train, test = [], []
    for row in series:
        fit = LinearAR.choose(row, range(150), range(150, TRAIN))
        ahead = fit.predict(row, np.arange(fit.order - 1, LENGTH - 1), 1)[:, 0]
        squares = (ahead - row[fit.order :]) ** 2
        train.append(squares[: TRAIN - fit.order].mean())
        test.append(squares[TRAIN - fit.order :].mean())
    return Errors(np.array(train), np.array(test), np.array(test))


def _checks(found: dict[str, Errors], plan: Plan) -> tuple[Check, ...]:
    """Geometric means over rates and noises within a draw; the draws are the independent repetitions."""
    ours = found[LIQUID]
    checks = [
        Check(
            f"Test error from a {state} state, Liquid-8 over LSTM-{hidden} ({lstm_parameters(hidden):,} parameters)",
            ratio(plan.by_draw(getattr(ours, state)), plan.by_draw(getattr(found[f"LSTM-{hidden}"], state))),
            at_most=1,
        )
        for hidden in LSTMS
        for state in ("warm", "zero")
    ]
    other = found["LSTM-8"]
    gap = ratio(plan.by_draw(ours.warm / ours.train), plan.by_draw(other.warm / other.train))
    own = REPORTED["Liquid"][1] / REPORTED["LSTM"][1]
    return (
        *checks,
        Check("Growth of the error from training to test, Liquid-8 over LSTM-8", gap, at_most=1),
        Check("The article's own table: test error, Liquid over LSTM", exact(own), at_most=1),
    )


def _why(found: dict[str, Errors], plan: Plan) -> str:
    middle = {name: float(np.exp(np.log(errors.warm).mean())) for name, errors in found.items()}
    ranks = ", ".join(f"{name} {digits(middle[name])}" for name in sorted(middle, key=middle.__getitem__))
    by_rate = np.exp(np.log(found[LIQUID].warm / found["LSTM-16"].warm).mean(axis=1))
    each = ", ".join(f"{digits(value)} at {rate:g}" for value, rate in zip(by_rate, plan.rates, strict=True))
    return (
        "Much hangs on the learning rate, which the article does not name: Liquid-8's test error over LSTM-16's is "
        f"{each}. Over all that is open, from the lowest test error up: {ranks} (geometric means, warm state; Liquid-8 "
        f"has {liquid_parameters(8)} parameters)."
    )


def _picture(found: dict[str, Errors], plan: Plan) -> dict[str, Any]:
    """Every training as a row, and where the article's two points lie."""
    rows = [
        [name, rate, member // len(plan.noises), plan.noises[member % len(plan.noises)]]
        + [float(values[place, member]) for values in (one.train, one.warm, one.zero)]
        for name, one in found.items()
        for place, rate in enumerate(plan.rates)
        for member in range(plan.members)
    ]
    places = {
        f"{kind} beside {name}": inside(found[name], REPORTED[kind])
        for kind, name in (("Liquid", LIQUID), ("LSTM", "LSTM-8"), ("LSTM", "LSTM-16"))
    }
    settings = {"draws": plan.draws, "noises": plan.noises, "rates": plan.rates, "epochs": EPOCHS}
    return {"columns": COLUMNS, "rows": rows, "reported": REPORTED, "inside": places, "settings": settings}


def inside(errors: Errors, point: tuple[float, float]) -> bool:
    """Does a point of (train, test) error lie in the convex hull of the runs, on log axes, for either first state?"""
    tests = (errors.warm, errors.zero)
    cloud = np.log(np.concatenate([np.stack([errors.train.ravel(), test.ravel()], axis=1) for test in tests]))
    return bool(Delaunay(cloud).find_simplex(np.log(point)) >= 0)
