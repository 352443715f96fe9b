"""How does a trained filter adapt? What moves between regimes: tau_sys, the effective time constants, or the gain.

A Kalman filter adapts through its gain: the weight of the newest sample, which sets the age of what its estimate rests
on. For a liquid layer, on the same noisy run, at every sample:

    tau_sys      averaged over neurons, each weighted by the size of its readout weight
    effective    the effective time constants, -1 / Re(eigenvalue) of the Jacobian of dx/dt: their median
    slowest      the largest of them
    gain         d estimate_t / d observed_t
    response     d estimate_t / d observed_(t-k) for every lag k: memory as a user means it
    age          sum_k k |response_k| / sum_k |response_k|

All times are in samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch

from benchmarks.adaptivity import FilterModel
from benchmarks.filter_task import REGIMES, Draws, draw_regimes, kalman, kalman_response
from liquid.dynamics.diagnostics import effective_time_constants, states_before
from liquid.errors import LiquidError
from liquid.models.registry import MODELS
from liquid.studies.statistics import Floats, Intervals, intervals

LAGS = 48
LONGEST = 1000  # samples: a direction that grows at the moment, whose constant is infinite, counts as this
QUANTITIES = ("tau_sys", "effective", "slowest", "gain", "age")  # of a model; a Kalman filter has the last two


@dataclass(frozen=True)
class Adaptation:
    """Quantities at chosen samples: `quantities[name]` holds means and 95 % intervals, one per sample or regime, and
    `kalman` those of the optimal filter.

    `response`, `kalman_response` are `[sample or regime, lag]`; intervals are over the
    `models`, each by its median over `runs`, if there are several models; over the runs of one model otherwise.
    """

    quantities: dict[str, Intervals]
    kalman: dict[str, Intervals]
    response: tuple[Intervals, ...]
    kalman_response: Floats
    models: int
    runs: int


def by_regime(models: Sequence[FilterModel], runs: int = 40, seed: int = 20_011) -> Adaptation:
    """Every quantity in each regime, long after its start: one entry per regime, in the order of REGIMES."""
    rng = np.random.default_rng(seed)
    at = tuple(range(160, 256, 16))
    observed = []
    for regime in range(len(REGIMES)):
        draws = draw_regimes(rng, runs, (regime,), 256)
        observed.append(_average_samples([observe(model, draws, at) for model in models]))
    return _collect(observed, len(models), runs)


def through_change(
    models: Sequence[FilterModel], regimes: tuple[int, int], runs: int = 100, seed: int = 30_011
) -> tuple[Floats, Adaptation]:
    """Samples relative to a change of regime, and every quantity there: how fast does each of them follow?"""
    draws = draw_regimes(np.random.default_rng(seed), runs, regimes, 192)
    at = (*range(80, 92, 4), *range(92, 112), *range(112, 152, 4))
    seen = [observe(model, draws, at) for model in models]
    observed = [[one.at(index) for one in seen] for index in range(len(at))]
    return np.array(at, dtype=np.float64) - 96, _collect(observed, len(models), runs)


@dataclass(frozen=True)
class Observed:
    """One model, and the Kalman filter, on some runs: scalars `[name][run, sample]`, responses `[run, sample, lag]`."""

    values: dict[str, Floats]
    kalman: dict[str, Floats]
    response: Floats
    kalman_response: Floats

    def at(self, index: int) -> Observed:
        """The same for one sample alone."""
        one = slice(index, index + 1)
        values, kalman = (
            {name: value[:, one] for name, value in group.items()} for group in (self.values, self.kalman)
        )
        return Observed(values, kalman, self.response[:, one], self.kalman_response[:, one])


def observe(model: FilterModel, draws: Draws, at: tuple[int, ...], lags: int = LAGS) -> Observed:
    """Every quantity at the samples `at`, on every run; LiquidError if a response would reach before the start."""
    if min(at) < lags - 1 or max(at) >= draws.observed.shape[1]:
        raise LiquidError(
            f"at={min(at)}..{max(at)}: expected samples from {lags - 1} to {draws.observed.shape[1] - 1}."
        )
    model = deepcopy(model).double()
    response = impulse_responses(model, draws.observed, at, lags)
    optimal = kalman(draws.observed, draws.q, draws.s).gain
    kalmans = np.stack([kalman_response(optimal, t, lags) for t in at], axis=1)
    values = {"gain": response[..., 0], "age": age(response)}
    best = {"gain": optimal[:, list(at)], "age": age(kalmans)}
    if MODELS[model.config.core].liquid:
        values |= _time_constants(model, draws.observed, at)
    return Observed(values, best, response, kalmans)


# d estimate_t / d observed_(t-k), k = 0 .. lags-1
def impulse_responses(model: FilterModel, observed: Floats, at: tuple[int, ...], lags: int) -> Floats:
    """How the estimates at samples `at` rest on the inputs before them: `[batch, time] -> [batch, sample, lag]`."""
    y = torch.as_tensor(observed, dtype=next(model.parameters()).dtype).requires_grad_()
    estimate = model.estimate(y)
    rows = []
    for t in at:
        (gradient,) = torch.autograd.grad(estimate[:, t].sum(), y, retain_graph=True)
        rows.append(gradient[:, t - lags + 1 : t + 1].flip(1).double().numpy())
    return np.stack(rows, axis=1)


# sum_k k |h_k| / sum_k |h_k|
def age(response: Floats) -> Floats:
    """Mean age, in samples, of the inputs that an estimate rests on: `[..., lag] -> [...]`."""
    size = np.abs(response)
    mean_age: Floats = (size @ np.arange(size.shape[-1])) / size.sum(axis=-1)
    return mean_age


def _time_constants(model: FilterModel, observed: Floats, at: tuple[int, ...]) -> dict[str, Floats]:
    """Readout-weighted tau_sys, median and slowest effective time constant, in samples: `[run, sample]` each."""
    weights = model.weights
    with torch.no_grad():
        inputs = model.features(torch.as_tensor(observed)).transpose(0, 1).numpy()
    before = states_before(weights, inputs)
    chosen = list(at)
    tau_sys = weights.tau_sys(weights.gate(weights.drive(inputs[chosen]), before[chosen]))
    heard = np.abs(model.readout_weights)
    constants = effective_time_constants(weights, inputs[chosen], before[chosen]) / weights.dt
    return {
        "tau_sys": (tau_sys @ (heard / heard.sum())).T / weights.dt,
        "effective": np.median(np.minimum(constants, LONGEST), axis=-1).T,
        "slowest": np.minimum(constants[..., 0], LONGEST).T,
    }


def _average_samples(seen: list[Observed]) -> list[Observed]:
    """Each run's value in a regime: the median over samples, which one diverging direction cannot move."""
    return [
        Observed(
            {name: np.median(value, axis=1, keepdims=True) for name, value in one.values.items()},
            {name: np.median(value, axis=1, keepdims=True) for name, value in one.kalman.items()},
            one.response.mean(axis=1, keepdims=True),
            one.kalman_response.mean(axis=1, keepdims=True),
        )
        for one in seen
    ]


def _collect(entries: list[list[Observed]], models: int, runs: int) -> Adaptation:
    """`entries[sample or regime][model]`, each with one sample, to intervals per entry."""

    def over(values: list[list[Floats]]) -> Intervals:
        return intervals(np.concatenate([_repetitions(models) for models in values], axis=1))

    first = entries[0][0]
    names = [name for name in QUANTITIES if name in first.values]
    return Adaptation(
        {name: over([[one.values[name] for one in entry] for entry in entries]) for name in names},
        {name: over([[one.kalman[name] for one in entry] for entry in entries]) for name in first.kalman},
        tuple(intervals(_repetitions([one.response[:, 0] for one in entry])) for entry in entries),
        np.array([entry[0].kalman_response[:, 0].mean(axis=0) for entry in entries]),
        models,
        runs,
    )


def _repetitions(values: list[Floats]) -> Floats:
    """Independent repetitions `[repetition, quantity]`: the models' medians over runs, or one model's runs."""
    return values[0] if len(values) == 1 else np.array([np.median(value, axis=0) for value in values])
