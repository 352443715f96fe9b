"""The article's benchmark again, over all that it leaves open: frequencies, noise, seeds, the test's first state.

Its protocol: 300 values of a sum of sines with Gaussian noise, the first 200 to train on, the last 100 to test, the
next value as the target, 1,000 full-sequence epochs of Adam on the mean squared error, and no early stopping.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.spatial import Delaunay

from liquid.dynamics import scan
from liquid.learning.baselines import LinearAR
from liquid.studies.claims import networks
from liquid.studies.claims.layer import liquid_parameters, lstm_parameters
from liquid.studies.claims.measure import Budget, Events, Measured, Step, Stop
from liquid.studies.claims.verdict import Check, digits, exact, ratio
from liquid.studies.statistics import Floats

LENGTH, TRAIN, RATE = 300, 200, 0.01  # the article names no learning rate; this is ours
PERIODS = (8.0, 80.0)  # samples; drawn evenly on a log scale
SIZES = np.array([1.0, 0.5, 0.3])
REPORTED = {"Liquid": (0.0179, 0.0204), "LSTM": (0.0007, 0.0047)}  # the article's train and test error
LIQUID = "Liquid-8"
LSTMS = (16, 8, 4)  # 1,233 parameters as the article says; its hidden size; about as many as Liquid-8
COLUMNS = ("model", "draw", "noise", "train", "warm", "zero")


@dataclass(frozen=True)
class Plan:
    """What is crossed: `draws` of the sines, `noises` (standard deviation), `seeds` of the weights."""

    draws: int
    noises: tuple[float, ...]
    seeds: int
    epochs: int
    seed: int

    @property
    def members(self) -> int:
        return self.draws * len(self.noises) * self.seeds

    def series(self) -> Floats:
        """One noisy series a member, `[members, time]`: draws slowest, seeds fastest."""
        rng = np.random.default_rng(self.seed)
        rows = []
        for _ in range(self.draws):
            periods = np.exp(rng.uniform(np.log(PERIODS[0]), np.log(PERIODS[1]), len(SIZES)))
            phases = rng.uniform(0, 2 * np.pi, len(SIZES))
            clean = np.sin(2 * np.pi * np.arange(LENGTH)[:, None] / periods + phases) @ SIZES
            for sd in self.noises:
                rows += [clean + sd * rng.normal(size=LENGTH)] * self.seeds
        return np.array(rows)

    def shape(self, values: Floats) -> Floats:
        """`[members] -> [draw, noise, seed]`."""
        return values.reshape(self.draws, len(self.noises), self.seeds)


@dataclass(frozen=True)
class Errors:
    """Mean squared errors of every member, `[members]`: in training, and in the test with a warm and a zero state."""

    train: Floats
    warm: Floats
    zero: Floats


def part_3(budget: Budget, stop: Stop) -> Events:
    """Liquid-8, three LSTMs, persistence and a linear regression under the article's protocol."""
    scan.ready(wait=True)  # the same numbers in every run
    plan = Plan(
        budget.pick(12, 4), (0.05, 0.1, 0.2) if budget.full else (0.1,), 2, 1000,
        budget.seed,
    )  # fmt: skip
    series = plan.series()
    models = {LIQUID: networks.liquid(plan.members, 8, plan.seed)}
    models |= {f"LSTM-{hidden}": networks.lstm(plan.members, hidden, plan.seed) for hidden in LSTMS}
    found = {"Persistence": _persistence(series), "Linear AR": _linear(series)}
    for place, (name, model) in enumerate(models.items()):
        for epoch in _fit(model, series, plan, stop):
            yield Step(place * plan.epochs + epoch, len(models) * plan.epochs, f"{name}, {plan.members} networks")
        if stop():
            return
        found[name] = _judge(model, series)
    yield Measured(_checks(found, plan), _why(found), _picture(found, plan))


def _fit(model: networks.Networks, series: Floats, plan: Plan, stop: Stop) -> Iterator[int]:
    past = torch.from_numpy(series[:, :TRAIN]).float()
    x, y = past[:, None, :-1, None], past[:, None, 1:]
    yield from networks.fit_whole(model, x, y, epochs=plan.epochs, rate=RATE, stop=stop)


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
    """Geometric means over noise and seeds within a draw; the draws are the independent repetitions."""

    def by_draw(values: Floats) -> Floats:
        means: Floats = np.exp(np.log(plan.shape(values)).mean(axis=(1, 2)))
        return means

    ours, words = found[LIQUID], {16: "LSTM-16's", 8: "LSTM-8's", 4: "LSTM-4's"}
    counts = {hidden: f"{lstm_parameters(hidden):,} parameters" for hidden in LSTMS}
    ratios = [
        Check(
            f"Liquid-8's test error over {words[hidden]} ({counts[hidden]})",
            ratio(by_draw(ours.warm), by_draw(found[f"LSTM-{hidden}"].warm)),
            at_most=1,
        )
        for hidden in LSTMS
    ]
    other = found["LSTM-8"]
    gap = ratio(by_draw(ours.warm / ours.train), by_draw(other.warm / other.train))
    own = REPORTED["Liquid"][1] / REPORTED["LSTM"][1]
    return (
        *ratios,
        Check("Its growth from training to test over LSTM-8's", gap, at_most=1),
        Check("The article's own table: test error, Liquid over LSTM", exact(own), at_most=1),
    )


def _why(found: dict[str, Errors]) -> str:
    middle = {name: float(np.exp(np.log(errors.warm).mean())) for name, errors in found.items()}
    order = sorted(middle, key=middle.__getitem__)
    return (
        "From the lowest test error up, over everything the article leaves open: "
        + ", ".join(f"{name} {digits(middle[name])}" for name in order)
        + f" (geometric means, warm state; Liquid-8 has {liquid_parameters(8)} parameters)."
    )


def _picture(found: dict[str, Errors], plan: Plan) -> dict[str, Any]:
    """Every run as a row, and where the article's two points lie."""
    draws = np.repeat(np.arange(plan.draws), len(plan.noises) * plan.seeds)
    sds = np.tile(np.repeat(plan.noises, plan.seeds), plan.draws)
    rows = [
        [name, int(draw), float(sd), *(float(value) for value in errors)]
        for name, one in found.items()
        for draw, sd, *errors in zip(draws, sds, one.train, one.warm, one.zero, strict=True)
    ]
    places = {
        f"{kind} beside {name}": inside(found[name], REPORTED[kind])
        for kind, name in (("Liquid", LIQUID), ("LSTM", "LSTM-8"), ("LSTM", "LSTM-16"))
    }
    settings = {"draws": plan.draws, "noises": plan.noises, "seeds": plan.seeds, "epochs": plan.epochs, "rate": RATE}
    return {"columns": COLUMNS, "rows": rows, "reported": REPORTED, "inside": places, "settings": settings}


def inside(errors: Errors, point: tuple[float, float]) -> bool:
    """Does a point of (train, test) error lie in the convex hull of the runs, on log axes, for either first state?"""
    cloud = np.log(np.concatenate([np.stack([errors.train, test], axis=1) for test in (errors.warm, errors.zero)]))
    return bool(Delaunay(cloud).find_simplex(np.log(point)) >= 0)
