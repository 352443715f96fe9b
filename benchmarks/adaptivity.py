"""Who adapts? Liquid layers, LSTM and GRU at equal parameters on the filter task, trained alike and scored alike."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
import torch
from annotated_types import Interval
from torch import Tensor, nn

from benchmarks.filter_task import Scoring, bayes_filter, draw, error_of
from liquid.dynamics import scan
from liquid.dynamics.ensemble import LinearEnsemble, LiquidEnsemble
from liquid.dynamics.rnn import LiquidRNN
from liquid.dynamics.weights import Floats, LayerWeights
from liquid.errors import LiquidError
from liquid.learning.batches import Batch
from liquid.learning.loop import Descent, Point, fit
from liquid.models.core import start_uniform
from liquid.models.gated import GatedEnsemble
from liquid.models.liquid import inverse_softplus, keep_tau_above, start_spread
from liquid.models.liquid_article import start_plain
from liquid.models.network import count_parameters
from liquid.settings import Settings, one_of

CORES = ("Liquid", "LSTM", "GRU")
INPUTS = ("value", "change")
CURVE_POINTS = 12


class AdaptivityConfig(Settings):
    """One training on the filter task, validated when made.

    `inputs` "value" shows the core the observation and estimates the level directly; "change" shows it the newest
    change and its absolute value (an even feature: the only kind that can move a gate the same way for a jump up and
    a jump down) and estimates how far the level is from the newest observation. `plain` starts and reads out as in
    the article: the layer's own start, and a readout that sees the state alone.
    """

    core: Annotated[str, one_of(CORES)] = "Liquid"
    inputs: Annotated[str, one_of(INPUTS)] = "change"
    plain: bool = False
    state_size: Annotated[int, Interval(ge=1, le=256)] = 32
    dt: Annotated[float, Interval(ge=0.01, le=1.0)] = 0.5
    learning_rate: Annotated[float, Interval(ge=1e-5, le=1.0)] = 0.05
    steps: Annotated[int, Interval(ge=1, le=100_000)] = 1200
    batch: Annotated[int, Interval(ge=1, le=1024)] = 64
    seed: Annotated[int, Interval(ge=0, le=2**31 - 1)] = 0


@dataclass(frozen=True)
class Variant:
    """A training that is compared, and what charts and tables call it; results are stored under its id."""

    name: str
    config: AdaptivityConfig


# About 1,200 parameters each. Peak rates: the best of those tried in short trainings (Liquid 0.01, 0.03, 0.05, 0.1).
VARIANTS: dict[str, Variant] = {
    "liquid-article": Variant("Liquid, as in the article", AdaptivityConfig(inputs="value", plain=True, dt=0.1)),
    "liquid": Variant("Liquid", AdaptivityConfig(inputs="value")),
    "liquid-change": Variant("Liquid, change as input", AdaptivityConfig()),
    "liquid-change-long": Variant("Liquid, change as input, four times as long", AdaptivityConfig(steps=4800)),
    "lstm-change": Variant("LSTM, change as input", AdaptivityConfig("LSTM", state_size=15, learning_rate=0.01)),
    "gru-change": Variant("GRU, change as input", AdaptivityConfig("GRU", state_size=18, learning_rate=0.01)),
}


class FilterModel(nn.Module):
    """One recurrent network that estimates the level: `observed[batch, time] -> [1 member, batch, time, 1]`."""

    members = 1

    def __init__(self, config: AdaptivityConfig) -> None:
        super().__init__()
        self.config = config
        channels = {"value": 1, "change": 2}[config.inputs]
        generator = torch.Generator().manual_seed(config.seed)
        readout = nn.Linear(config.state_size + (0 if config.plain else channels), 1)
        self.core: LiquidEnsemble | GatedEnsemble
        if config.core == "Liquid":
            liquid = LiquidRNN(channels, config.state_size, config.dt)
            start_torch((liquid, readout), config.state_size, generator)
            self._start_liquid(liquid, generator)
            self.core = LiquidEnsemble([liquid])
        else:
            gated = {"LSTM": nn.LSTM, "GRU": nn.GRU}[config.core](channels, config.state_size, batch_first=True)
            start_torch((gated, readout), config.state_size, generator)
            self.core = GatedEnsemble([gated])
        self.readout = LinearEnsemble([readout])

    def forward(self, observed: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        estimate: Tensor = self.readout(self.states(observed))
        return estimate if self.config.inputs == "value" else observed[..., None] + estimate

    def states(self, observed: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        """What the readout sees, `[1 member, batch, time, state]`: the input too, unless the layer is plain."""
        x = self.features(observed)
        states = self.core(x)[0] if isinstance(self.core, LiquidEnsemble) else self.core(x)
        return states if self.config.plain else torch.cat([states, x[None]], dim=-1)

    def estimate(self, observed: Tensor) -> Tensor:
        """The level, `[batch, time] -> [batch, time]`."""
        level: Tensor = self(observed)[0, ..., 0]
        return level

    def features(self, observed: Tensor) -> Tensor:
        """What the core sees: `[batch, time, 1 or 2]`."""
        if self.config.inputs == "value":
            return observed[..., None]
        change = torch.diff(observed, dim=1, prepend=observed[:, :1])
        return torch.stack([change, change.abs()], dim=-1)

    @property
    def weights(self) -> LayerWeights:
        """The liquid layer in NumPy; LiquidError for another core."""
        if not isinstance(self.core, LiquidEnsemble):
            raise LiquidError(f"core={self.config.core!r} has no tau_sys; choose core='Liquid'.")
        return LayerWeights.of(self.core.member(0).liquid_layers()[0])

    @property
    def readout_weights(self) -> Floats:
        """Of the states alone: `[state]`."""
        weights: Floats = self.readout.member(0).weight.detach().double().numpy()[0, : self.config.state_size]
        return weights

    def keep_stable(self, longest_span: float = 1.0) -> None:
        """Keep tau >= dt: under half of it Euler diverges whatever the gate does."""
        if isinstance(self.core, LiquidEnsemble):
            keep_tau_above(self.core.network, self.core.network.dt * longest_span)

    @torch.no_grad()
    def _start_liquid(self, network: LiquidRNN, generator: torch.Generator) -> None:
        """Spread unless plain."""
        for layer in network.liquid_layers():
            start_spread(layer, generator)
            # Base time constants of 2 to 30 samples, evenly in their logarithm: a slow filter has to be found.
            span = torch.empty(layer.state_size).uniform_(math.log(2), math.log(30), generator=generator).exp()
            layer.tau.copy_(torch.from_numpy(inverse_softplus(layer.dt * span.numpy())))
            if self.config.plain:
                start_plain(layer, generator)


def start_torch(modules: Iterable[nn.Module], state_size: int, generator: torch.Generator) -> None:
    """torch's own default start, drawn from the generator."""
    for module in modules:
        start_uniform(module, 1 / math.sqrt(state_size), generator)


@dataclass(frozen=True)
class Pool:
    """Runs to train on: `observed`, `target` are `[run, time]`, float32.

    The target is not the level but its mean given the observations so far (the exact Bayesian filter): the same
    function minimises both squared errors, and its gradient is not shaken by what nobody could have known.
    """

    observed: Tensor
    target: Tensor

    @staticmethod
    def of(runs: int = 8_000, window: int = 256, seed: int = 1) -> Pool:
        """Draw the runs and filter them (8,000 take half a minute on one core)."""
        observed = draw(np.random.default_rng(seed), runs, window).observed
        tensors = (torch.as_tensor(values, dtype=torch.float32) for values in (observed, bayes_filter(observed)))
        return Pool(*tensors)


@dataclass(frozen=True)
class CurvePoint:
    """Mean squared error on the scoring runs after `seconds` of training (scoring time not counted)."""

    step: int
    steps: int
    seconds: float
    error: float


@dataclass(frozen=True)
class Trained:
    """A finished training: its score, its curve of error against training time, and the model."""

    config: AdaptivityConfig
    parameters: int
    error: float
    adaptivity: float
    seconds: float
    curve: tuple[CurvePoint, ...]
    model: FilterModel = field(compare=False)


class PoolBatches:
    """Random runs of a pool."""

    def __init__(self, pool: Pool, config: AdaptivityConfig) -> None:
        self.pool, self.batch = pool, config.batch
        self.rng = np.random.default_rng([config.seed, 1])

    def draw(self) -> Batch:
        chosen = torch.as_tensor(self.rng.integers(0, len(self.pool.observed), self.batch))
        return Batch(self.pool.observed[chosen], self.pool.target[chosen, :, None])


def train_filter(
    config: AdaptivityConfig, pool: Pool, scoring: Scoring, stop: Callable[[], bool] = lambda: False
) -> Iterator[CurvePoint | Trained]:
    """Train on runs of the pool, yield curve points and at last the Trained model.

    Judged on the scoring runs alone, which come from a seed of their own: no weight was fitted to their noise.
    """
    scan.ready(wait=True)  # the same numbers in every run: never the plain loop in one and the scan in the next
    model = FilterModel(config)
    descent = Descent(
        steps=config.steps,
        rate=config.learning_rate,
        every=max(1, config.steps // CURVE_POINTS),
        optimizer="soap",
        rise=0.1,
        cycle_momentum=False,
        ends_on_divergence=False,
    )
    curve: list[CurvePoint] = []
    seconds, started = 0.0, time.perf_counter()
    for event in fit(model, PoolBatches(pool, config), descent, stop=stop):
        seconds += time.perf_counter() - started
        if isinstance(event, Point):
            curve.append(CurvePoint(event.step, config.steps, seconds, score(model, scoring)))
            yield curve[-1]
        started = time.perf_counter()
    error = curve[-1].error
    if not math.isfinite(error):
        raise LiquidError(
            f"Training of {config.core} diverged at learning_rate={config.learning_rate:g}, dt={config.dt:g}; lower it."
        )
    yield Trained(config, count_parameters(model), error, scoring.adaptivity(error), seconds, tuple(curve), model)


@torch.no_grad()
def score(model: FilterModel, scoring: Scoring) -> float:
    """Mean squared error of the level on the scoring runs."""
    observed = torch.as_tensor(scoring.draws.observed, dtype=next(model.parameters()).dtype)
    return error_of(model.estimate(observed).double().numpy(), scoring.draws)
