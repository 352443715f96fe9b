"""How tau_sys responds to noise and speed: paired runs, intervals, verdicts, and the theory beside them.

"Noisy" and "fast" are separate claims, so each has its own control. The noise level compares a noisy run with the
clean run of the same input at the same rate; the rate compares the input played at a rate with the same stretch at
rate 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from annotated_types import Interval
from numpy.typing import NDArray
from pydantic import Field
from scipy.signal import lfilter

from liquid.dynamics.diagnostics import states_before
from liquid.dynamics.moments import TheoryFails, closure
from liquid.dynamics.weights import Floats, LayerWeights, sigmoid
from liquid.engine.base import Stop, never
from liquid.errors import LiquidError
from liquid.settings import Settings, limits, one_of
from liquid.studies.noise.response import Response, Tally
from liquid.studies.noise.signal import Signal
from liquid.studies.progress import StudyProgress

PLACES = ("everywhere", "burst", "spike")
BURST = (0.4, 0.6)  # a burst fills this part of the series
CHUNK = 25  # antithetic pairs between two progress events
STRETCHES = 20  # batch means for the rate setting: long enough to be nearly independent, enough for an interval


class NoiseConfig(Settings):
    """Settings of a noise study, validated when made.

    `level` is the noise's standard deviation, or a spike's signed height, in standard deviations of the input;
    `place` is "everywhere", "burst" (the middle fifth) or "spike" (one sample, which the prediction puts `at` this part
    of the series and the repetitions anywhere); `phi` the noise's correlation from a
    sample to the next; `rate` the speed at which the input is played; `warm_up` samples are left out of averages;
    `pairs` antithetic pairs of runs (noise n and -n) are the independent repetitions.
    """

    level: Annotated[float, Interval(ge=-10.0, le=10.0)] = 0.5
    place: Annotated[str, one_of(PLACES)] = "everywhere"
    phi: Annotated[float, Interval(ge=0.0, le=0.99)] = 0.0
    rate: Annotated[float, Interval(ge=0.25, le=4.0)] = 1.0
    at: Annotated[float, Interval(ge=0.0, le=1.0)] = 0.5
    columns: Annotated[tuple[int, ...], Field(fail_fast=True)] = ()  # that the noise falls on; empty: all
    warm_up: Annotated[int, Interval(ge=0, le=10_000)] = 30
    pairs: Annotated[int, Interval(ge=20, le=5_000)] = 200
    seed: Annotated[int, Interval(ge=0, le=2**31 - 1)] = 0

    def __post_init__(self) -> None:
        if self.level < 0 and self.place != "spike":
            raise LiquidError(f"level={self.level:g}: noise has a size of 0 or more; only a spike has a sign.")


LIMITS = limits(NoiseConfig)


@dataclass(frozen=True)
class Prediction:
    """The theory's answer, without a simulation: paths `[time, state]`, change of mean tau_sys `[state]`."""

    clean: Floats
    treated: Floats
    sd: Floats
    z_mean: Floats
    z_sd: Floats
    change: Floats


def predict(weights: LayerWeights, signal: Signal, config: NoiseConfig) -> Prediction:
    """The Gaussian closure for noise, a plain run for one spike. TheoryFails where the closure does not hold."""
    signal = signal.at_rate(config.rate)
    measured = measured_samples(len(signal), config)
    clean = weights.tau_sys(weights.run(signal.inputs())[1])
    if config.place == "spike":
        spiked = signal.inputs(_spike(signal, config, np.array([measured.start]))[:, 0])
        states = states_before(weights, spiked)
        z = spiked @ weights.inputs.T + states @ weights.recurrent.T + weights.bias
        treated, still = weights.tau_sys(sigmoid(z)), np.zeros_like(clean)
        return Prediction(clean, treated, still, z, still, (treated - clean)[measured].mean(axis=0))
    moments = closure(weights, signal.inputs(), signal.noise(noise_scale(signal, config), config.phi))
    change = (moments.tau_sys - clean)[measured].mean(axis=0)
    return Prediction(clean, moments.tau_sys, moments.tau_sys_sd, moments.z_mean, moments.z_sd, change)


def noise_response(
    weights: LayerWeights, signal: Signal, config: NoiseConfig, readout: Floats | None = None, stop: Stop = never
) -> Iterator[StudyProgress | Response]:
    """Paired clean and noisy runs along a series: steps, then the response; `readout[state]` weights the neurons.

    For a spike the repetitions are its positions in the series, and the change is that of the spike's own sample.
    Stopped early, it ends without a response. Where the theory does not hold, the response has none beside it.
    """
    signal = signal.at_rate(config.rate)
    clean = weights.tau_sys(weights.run(signal.inputs())[1])
    tally = Tally(clean, readout)
    rng = np.random.default_rng(config.seed)
    if config.place == "spike":
        yield _spiked(weights, signal, config, tally, rng)
        return
    try:
        theory = predict(weights, signal, replace(config, rate=1.0)).change
    except TheoryFails:
        theory = None
    measured = measured_samples(len(signal), config)
    done = 0
    while done < config.pairs:
        if stop():
            return
        pairs = min(CHUNK, config.pairs - done)
        tally.add(_noisy_runs(weights, signal, config, pairs, rng), measured)
        done += pairs
        yield StudyProgress(done, config.pairs, f"{done} of {config.pairs} pairs of runs")
    yield tally.response(measured, theory)


def measured_response(
    weights: LayerWeights, signal: Signal, config: NoiseConfig, readout: Floats | None = None
) -> Response:
    """What `noise_response` ends with."""
    return next(event for event in noise_response(weights, signal, config, readout) if isinstance(event, Response))


def rate_response(
    weights: LayerWeights, signal: Signal, config: NoiseConfig, readout: Floats | None = None
) -> Response:
    """The series played `config.rate` times as fast, against the same stretches at rate 1, both at the noise level.

    The repetitions are 20 stretches of the series (batch means), so the interval says how the effect varies along it.
    """
    if config.place == "spike":
        raise LiquidError("place='spike' has no rate to compare; choose place='everywhere'.")
    slow, fast = (
        _noisy_runs(weights, played, config, CHUNK if config.level else 1, np.random.default_rng(config.seed)).mean(1)
        for played in (signal, signal.at_rate(config.rate))
    )
    position = np.arange(len(fast)) * config.rate  # in samples of the slow run
    edges = np.linspace(min(config.warm_up, len(signal) // 4), len(signal), STRETCHES + 1)
    place_fast, place_slow = np.digitize(position, edges) - 1, np.digitize(np.arange(len(slow)), edges) - 1
    changes, base = [], []
    for stretch in range(STRETCHES):
        in_fast, in_slow = fast[place_fast == stretch], slow[place_slow == stretch]
        if len(in_fast) and len(in_slow):
            base.append(in_slow.mean(axis=0))
            changes.append(in_fast.mean(axis=0) - base[-1])
    if len(changes) < STRETCHES // 2:
        raise LiquidError(f"{len(signal)} samples at rate {config.rate:g} are too few; use a longer series.")
    whole = slice(min(config.warm_up, len(fast) // 4), None)
    return Tally(slow, readout).judge(
        np.array(changes),
        np.mean(base, axis=0),
        spread=fast[whole].std(axis=0),
        theory=None,
        paths=(slow, fast),
        measured=whole,
    )


def _noisy_runs(
    weights: LayerWeights, signal: Signal, config: NoiseConfig, pairs: int, rng: np.random.Generator
) -> Floats:
    """tau_sys of antithetic runs: `[time, 2 pairs, state]`, first all noises n, then all -n.

    The effect's odd part, which is most of its variance, cancels within a pair.
    """
    noise = coloured_noise(rng, len(signal), pairs, signal.columns, config.phi)
    noise *= noise_scale(signal, config)[:, None]
    gates = weights.run(signal.inputs(np.concatenate([noise, -noise], axis=1)))[1]
    return weights.tau_sys(gates)


def _spiked(
    weights: LayerWeights, signal: Signal, config: NoiseConfig, tally: Tally, rng: np.random.Generator
) -> Response:
    """One spike at a random sample in each of `pairs` runs: all runs are clean up to it, so one step suffices."""
    first = min(config.warm_up, len(signal) // 4)
    at = rng.integers(first, len(signal), config.pairs)
    runs = np.arange(config.pairs)
    before = states_before(weights, signal.inputs())[at]
    drive = weights.drive(signal.inputs(_spike(signal, config, at))[at, runs])
    spiked = weights.tau_sys(weights.gate(drive, before))
    drawn = predict(weights, signal, replace(config, rate=1.0))
    whole = slice(first, None)
    return tally.judge(
        spiked - tally.clean[at],
        tally.clean[at].mean(axis=0),
        spread=drawn.treated[whole].std(axis=0),
        theory=None,
        paths=(tally.clean, drawn.treated),
        measured=whole,
    )


def _spike(signal: Signal, config: NoiseConfig, at: NDArray[np.int64]) -> Floats:
    """One spike in each run, at its own sample: `[time, run, column]`."""
    added = np.zeros((len(signal), len(at), signal.columns))
    added[at, np.arange(len(at))] = config.level * _direction(signal, config)
    return added


# n_t = phi n_(t-1) + sqrt(1 - phi^2) e_t, with variance 1 from the first sample on
def coloured_noise(rng: np.random.Generator, time: int, runs: int, channels: int, phi: float) -> Floats:
    """Gaussian AR(1) noise of unit variance: `[time, run, channel]`."""
    noise = rng.normal(size=(time, runs, channels))
    noise[1:] *= np.sqrt(1 - phi**2)
    filtered: Floats = lfilter([1.0], [1.0, -phi], noise, axis=0)
    return filtered


def _direction(signal: Signal, config: NoiseConfig) -> Floats:
    """One standard deviation on every column that the noise falls on, zero elsewhere: `[column]`."""
    if any(not 0 <= column < signal.columns for column in config.columns):
        raise LiquidError(f"columns={config.columns}: the series has columns 0 to {signal.columns - 1}.")
    chosen = np.zeros(signal.columns)
    chosen[list(config.columns) or slice(None)] = 1.0
    direction: Floats = chosen * signal.values.std(axis=0)
    return direction


def noise_scale(signal: Signal, config: NoiseConfig) -> Floats:
    """The noise's standard deviation at every sample: `[time, column]`."""
    scale = np.zeros(signal.values.shape)
    where = measured_samples(len(signal), config) if config.place == "burst" else slice(None)
    scale[where] = config.level * _direction(signal, config)
    return scale


def measured_samples(length: int, config: NoiseConfig) -> slice:
    """The samples that averages are taken over: after the warm-up, in the burst, or the spike's own."""
    if config.place == "spike":
        at = round(config.at * (length - 1))
        return slice(at, at + 1)
    if config.place == "burst":
        return slice(int(BURST[0] * length), max(int(BURST[1] * length), int(BURST[0] * length) + 1))
    return slice(min(config.warm_up, length // 4), length)
