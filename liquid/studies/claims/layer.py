"""What the article says about the layer itself: how many parameters, how its gate and tau_sys answer, its bounds."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np

from liquid.dynamics.weights import Floats, LayerWeights
from liquid.engine import Stop
from liquid.models.network import count
from liquid.studies.claims import trained
from liquid.studies.claims.measure import Budget, Events, Measured
from liquid.studies.claims.networks import BETTER
from liquid.studies.claims.trained import Subject
from liquid.studies.noise.judged import LEFT, MOST, mean_shrinks, neurons_shrink
from liquid.studies.noise.response import Response
from liquid.studies.noise.signal import Signal, clean_values
from liquid.studies.noise.study import NoiseConfig, measured_response
from liquid.studies.progress import StudyProgress
from liquid.studies.statistics import SHRINKS, digits
from liquid.studies.verdict import Check, exact, over, share

STATE = 8  # the article's hidden size
REPORTED_LIQUID, REPORTED_LSTM = 105, 1233  # the article's parameter counts
LENGTH = 300  # samples, as in the article
NEURONS = 32  # of the layers whose neurons are counted
ON_NOISY = "trained on noisy Lorenz"
SPIKE = 5.0  # standard deviations
SETTLE = 300  # samples that an input is held for
SOLVED = "readout solved"  # how the better training, beside plain Adam, is told


def liquid_parameters(state_size: int) -> int:
    return count("Liquid", state_size)


def lstm_parameters(hidden: int) -> int:
    return count("LSTM", hidden)


def parameters(budget: Budget, stop: Stop) -> Events:
    """Counted on modules as they are built."""
    liquid, lstm = liquid_parameters(STATE), lstm_parameters(STATE)
    hidden = next(n for n in range(1, 256) if lstm_parameters(n) >= REPORTED_LSTM)
    same = lstm_parameters(hidden) == REPORTED_LSTM
    where = f" {REPORTED_LSTM:,} is the count at hidden size {hidden}." if same else ""
    yield Measured(
        (
            Check(f"An LSTM's parameters over the Liquid layer's, both of size {STATE}", exact(lstm / liquid), 11, 13),
            Check(f"Parameters of Liquid-{STATE} with its head", exact(liquid), REPORTED_LIQUID, REPORTED_LIQUID),
            Check(f"Parameters of LSTM-{STATE} with its head", exact(lstm), REPORTED_LSTM, REPORTED_LSTM),
        ),
        f"The Liquid count of {liquid} is right, and it is the smaller model: an LSTM of size {STATE} has {lstm}, "
        f"{digits(lstm / liquid)} times as many.{where}",
    )


def noise(budget: Budget, stop: Stop) -> Events:
    """Noise of one standard deviation against none on the same input, in trained and in untrained layers."""
    layers, pairs = budget.pick(20, 8), budget.pick(200, 50)
    config = NoiseConfig(level=1.0, pairs=pairs, seed=budget.seed)
    trained_layers = {
        ON_NOISY: (yield from trained.layers(budget, trained.NOISY, stop)),
        "trained on calm Lorenz": (yield from trained.layers(budget, 0.0, stop)),
        f"{ON_NOISY}, {SOLVED}": (yield from trained.layers(budget, trained.NOISY, stop, BETTER)),
    }
    kinds = {**trained_layers, "untrained": _fresh(layers, budget.seed)}
    responses: dict[str, list[Response]] = {kind: [] for kind in kinds}
    for kind, subject, progress in _each(kinds):
        if stop():
            return
        yield progress
        responses[kind].append(measured_response(*subject, config))
    changes = {kind: over([one.percent.mean for one in some]) for kind, some in responses.items()}
    shrinking = {kind: [100 * one.count(SHRINKS) / len(one.clean) for one in some] for kind, some in responses.items()}
    yield Measured(
        (
            *(mean_shrinks(one, kind) for kind, one in changes.items()),
            *(neurons_shrink(over(shares), kind) for kind, shares in shrinking.items()),
        ),
        "Noise spreads the gate's argument, and its effect depends on the gate's operating point: a mostly closed gate "
        "opens a little, a mostly open one closes. So neurons go both ways; of the neurons of a layer, "
        + ", ".join(f"{np.mean(shares):.0f} % ({kind})" for kind, shares in shrinking.items())
        + " shrink.",
    )


def spike(budget: Budget, stop: Stop) -> Events:
    """One sample that jumps by five standard deviations, up and down, at many places of the series."""
    layers, places = budget.pick(20, 8), budget.pick(200, 50)
    kinds = {"untrained": _fresh(layers, budget.seed), **(yield from _trained(budget, stop))}
    up: dict[str, list[float]] = {kind: [] for kind in kinds}
    down: dict[str, list[float]] = {kind: [] for kind in kinds}
    left: dict[str, list[float]] = {kind: [] for kind in kinds}
    for kind, subject, progress in _each(kinds):
        if stop():
            return
        yield progress
        rise, fall = _spikes(*subject, places, budget.seed)
        up[kind].append(100 * float(np.mean(rise < 1)))
        down[kind].append(100 * float(np.mean(fall < 1)))
        left[kind].append(100 * float(np.minimum(rise, fall).mean()))
    floor = 1 / (1 + float(LayerWeights.fresh(1, 1).tau[0]))
    yield Measured(
        (
            *(
                Check(
                    f"Neurons whose tau_sys falls at a spike {way}",
                    over(shares),
                    at_least=MOST,
                    unit="%",
                    condition=kind,
                )
                for way, by_kind in (("up", up), ("down", down))
                for kind, shares in by_kind.items()
            ),
            *(
                Check("What a fall leaves of tau_sys", over(shares), at_most=LEFT, unit="%", condition=kind)
                for kind, shares in left.items()
            ),
        ),
        "A neuron's gate rises or falls with the input, so where a spike up lowers tau_sys, a spike down raises it: "
        "one of the two always lowers it, in any layer whose gate is monotone, which says nothing about spikes. And "
        f"there is a floor, tau / (1 + tau): {100 * floor:.0f} % of tau in a fresh layer, never zero.",
    )


def gate(budget: Budget, stop: Stop) -> Events:
    """Inputs held at five levels, and white noise around the same levels."""
    layers = budget.pick(40, 10)
    trained_layers = yield from _trained(budget, stop)
    if stop():
        return
    yield StudyProgress(0, 1, f"{layers} untrained layers, and trained ones")
    gates = {
        kind: [_gates(weights, budget.seed + index) for index, (weights, _) in enumerate(subjects)]
        for kind, subjects in {"untrained": _fresh(layers, budget.seed), **trained_layers}.items()
    }
    fresh = gates["untrained"]
    by_level = np.array([np.ptp(calm, axis=0).mean() for calm, _ in fresh])
    by_noise = np.array([np.abs(wild - calm).mean() for calm, wild in fresh])
    yield Measured(
        (
            *(
                check
                for kind, pairs in gates.items()
                for check in (
                    Check(
                        "Mean gate while the input is held",
                        over([calm.mean() for calm, _ in pairs]),
                        at_most=0.1,
                        condition=kind,
                    ),
                    Check(
                        "Mean gate under white noise",
                        over([wild.mean() for _, wild in pairs]),
                        at_least=0.9,
                        condition=kind,
                    ),
                )
            ),
            Check("How far noise moves the gate, over how far a level does", over(by_noise / by_level), at_least=1),
        ),
        f"The gate sees the input's level, not its change. Between held inputs of -2 and +2 sd it moves by "
        f"{np.mean(by_level):.2f} in an untrained layer; white noise of 1 sd around the same level moves its mean by "
        f"{np.mean(by_noise):.3f}.",
    )


def _each(kinds: dict[str, list[Subject]]) -> Iterator[tuple[str, Subject, StudyProgress]]:
    """Every layer with its kind, and how far the measurement is before it."""
    layers = [(kind, subject) for kind, subjects in kinds.items() for subject in subjects]
    for done, (kind, subject) in enumerate(layers):
        yield kind, subject, StudyProgress(done, len(layers), f"Layer {done + 1} of {len(layers)}, {kind}")


def _trained(budget: Budget, stop: Stop) -> Generator[StudyProgress, None, dict[str, list[Subject]]]:
    """Layers trained on noisy Lorenz by Adam, and by the better training."""
    plain = yield from trained.layers(budget, trained.NOISY, stop)
    return {
        "trained on Lorenz": plain,
        f"trained on Lorenz, {SOLVED}": (yield from trained.layers(budget, trained.NOISY, stop, BETTER)),
    }


def bounded(budget: Budget, stop: Stop) -> Events:
    """Random layers and inputs, wild ones too, with steps up to the longest that the condition allows."""
    trials, worst, inside, beyond = budget.pick(2000, 500), 0.0, 0, 0
    rng = np.random.default_rng(budget.seed)
    for trial in range(trials):
        if trial % 100 == 0:
            if stop():
                return
            yield StudyProgress(trial, trials, f"Random layer {trial + 1:,} of {trials:,}")
        outside, left = overshoot(rng, 1.0), overshoot(rng, 3.0)
        worst, inside, beyond = max(worst, outside), inside + (outside <= 1e-9), beyond + (left > 1e-9)
    tau = LayerWeights.fresh(1, 1).tau[0]
    yield Measured(
        (
            Check("Random layers whose state stays between 0 and A", share(inside, trials), at_least=99, unit="%"),
            Check("The farthest excursion, in units of the range", exact(worst), at_most=1e-9),
            Check("dt (1 / tau + 1) of the article's own layer", exact(0.1 * (1 / tau + 1)), at_most=1),
        ),
        "Each step is a weighted mean of 0, A and the old state as long as dt (1 / tau + 1) <= 1, and the article's "
        f"own settings keep far below. The condition matters: of layers stepped up to three times as far, "
        f"{100 * beyond / trials:.0f} % leave their range.",
    )


def overshoot(rng: np.random.Generator, reach: float) -> float:
    """How far a random layer's state leaves [min(0, A), max(0, A)], in units of that range; `reach` times the limit."""
    size = int(rng.integers(1, 9))
    tau, level = np.exp(rng.normal(0, 1.5, size)), 3 * rng.normal(size=size)
    scale = np.exp(rng.normal(0, 1))
    longest = float((tau / (1 + tau)).min())  # dt (1 / tau + 1) <= 1 for every neuron
    weights = LayerWeights(
        scale * rng.normal(size=(size, 1)),
        scale * rng.normal(size=(size, size)),
        rng.normal(size=size),
        level,
        tau,
        dt=longest * reach * float(rng.uniform(0.5, 1) if reach > 1 else rng.uniform(0.05, 1)),
    )
    states, _ = weights.run(5 * rng.normal(size=(60, 1)), level * rng.uniform(size=size))
    low, high = np.minimum(level, 0), np.maximum(level, 0)
    return float((np.maximum(low - states, states - high) / (high - low)).max())


def _spikes(weights: LayerWeights, signal: Signal, places: int, seed: int) -> tuple[Floats, Floats]:
    """tau_sys at a spike up and at a spike down, as a share of what it is there without one: both `[state]`."""
    rise, fall = (
        measured_response(weights, signal, NoiseConfig(level=size, place="spike", pairs=places, seed=seed))
        for size in (SPIKE, -SPIKE)
    )
    return 1 + rise.change.mean / rise.clean, 1 + fall.change.mean / fall.clean


def _fresh(count: int, seed: int) -> list[Subject]:
    """Untrained layers, each with the sum of sines."""
    signal = Signal(clean_values("sines", LENGTH))
    return [(LayerWeights.fresh(1, NEURONS, seed=seed + index), signal) for index in range(count)]


def _gates(weights: LayerWeights, seed: int) -> tuple[Floats, Floats]:
    """The settled gate at five held levels, and its mean under white noise around them: both `[level, state]`."""
    noise = np.random.default_rng(seed).normal(size=SETTLE)
    levels = np.linspace(-2, 2, 5)
    calm, wild = (
        weights.run((levels + added[:, None])[..., None])[1][SETTLE // 3 :].mean(axis=0)
        for added in (np.zeros(SETTLE), noise)
    )
    return calm, wild
