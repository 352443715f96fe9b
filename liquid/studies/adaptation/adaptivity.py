"""Who adapts? Liquid layers, LSTM and GRU at equal parameters on the filter task, trained alike and scored alike."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, fields

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from liquid.dynamics import scan
from liquid.dynamics.rnn import LiquidRNN
from liquid.dynamics.weights import LayerWeights
from liquid.errors import LiquidError, check_limits, settings_from_json
from liquid.learning.models import start_plain, start_spread
from liquid.learning.soap import Soap
from liquid.studies.adaptation.filter_task import Yardstick, bayes_filter, draw, error_of

CORES = ("Liquid", "LSTM", "GRU")
INPUTS = ("value", "change")
CLIP = 1.0  # gradient norm
CURVE_POINTS = 12

LIMITS: dict[str, tuple[float, float]] = {
    "state_size": (1, 256),
    "dt": (0.01, 1.0),
    "learning_rate": (1e-5, 1.0),
    "steps": (1, 100_000),
    "batch": (1, 1024),
    "seed": (0, 2**31 - 1),
}


@dataclass(frozen=True)
class AdaptivityConfig:
    """One training on the filter task, validated when made.

    `inputs` "value" shows the core the observation and estimates the level directly; "change" shows it the newest
    change and its absolute value (an even feature: the only kind that can move a gate the same way for a jump up and
    a jump down) and estimates how far the level is from the newest observation. `plain` starts and reads out as in
    the article: the layer's own start, and a readout that sees the state alone.
    """

    core: str = "Liquid"
    inputs: str = "change"
    plain: bool = False
    state_size: int = 32
    dt: float = 0.5
    learning_rate: float = 0.05
    steps: int = 1200
    batch: int = 64
    seed: int = 0

    def __post_init__(self) -> None:
        for name, choices in (("core", CORES), ("inputs", INPUTS)):
            if getattr(self, name) not in choices:
                raise LiquidError(f"{name}={getattr(self, name)!r} is not known; choose one of {', '.join(choices)}.")
        check_limits(self, LIMITS, whole=False)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)

    @staticmethod
    def from_json(text: str) -> AdaptivityConfig:
        """A config from its JSON; unknown settings are refused by name."""
        known = (entry.name for entry in fields(AdaptivityConfig))
        given = settings_from_json(text, known, like='{"core": "Liquid"}')
        return AdaptivityConfig(**given)


# About 1,200 parameters each. Peak rates: the best of those tried in short trainings (Liquid 0.01, 0.03, 0.05, 0.1).
VARIANTS: dict[str, AdaptivityConfig] = {
    "Liquid, as in the article": AdaptivityConfig(inputs="value", plain=True, dt=0.1),
    "Liquid": AdaptivityConfig(inputs="value"),
    "Liquid, change as input": AdaptivityConfig(),
    "Liquid, change as input, four times as long": AdaptivityConfig(steps=4800),
    "LSTM, change as input": AdaptivityConfig("LSTM", state_size=15, learning_rate=0.01),
    "GRU, change as input": AdaptivityConfig("GRU", state_size=18, learning_rate=0.01),
}


class FilterModel(nn.Module):
    """A recurrent core that estimates the level: `observed[batch, time] -> level[batch, time]`."""

    def __init__(self, config: AdaptivityConfig) -> None:
        super().__init__()
        self.config = config
        channels = {"value": 1, "change": 2}[config.inputs]
        generator = torch.Generator().manual_seed(config.seed)
        if config.core == "Liquid":
            self.core: nn.Module = LiquidRNN(channels, config.state_size, config.dt)
        else:
            self.core = {"LSTM": nn.LSTM, "GRU": nn.GRU}[config.core](channels, config.state_size, batch_first=True)
        self.readout = nn.Linear(config.state_size + (0 if config.plain else channels), 1)
        self._start(generator)

    def forward(self, observed: Tensor) -> Tensor:
        x = self.features(observed)
        states: Tensor = self.core(x)[0]
        seen = states if self.config.plain else torch.cat([states, x], dim=-1)
        estimate: Tensor = self.readout(seen)[..., 0]
        return estimate if self.config.inputs == "value" else observed + estimate

    def features(self, observed: Tensor) -> Tensor:
        """What the core sees: `[batch, time, 1 or 2]`."""
        if self.config.inputs == "value":
            return observed[..., None]
        change = torch.diff(observed, dim=1, prepend=observed[:, :1])
        return torch.stack([change, change.abs()], dim=-1)

    @property
    def weights(self) -> LayerWeights:
        """The liquid layer in NumPy; LiquidError for another core."""
        if not isinstance(self.core, LiquidRNN):
            raise LiquidError(f"core={self.config.core!r} has no tau_sys; choose core='Liquid'.")
        return LayerWeights.of(self.core.liquid_layers()[0])

    def parameter_count(self) -> int:
        return sum(parameter.numel() for parameter in self.parameters())

    @torch.no_grad()
    def keep_stable(self) -> None:
        """Keep tau >= dt: under half of it Euler diverges whatever the gate does."""
        if isinstance(self.core, LiquidRNN):
            floor = self.core.dt + math.log(-math.expm1(-self.core.dt))  # softplus(floor) = dt
            for layer in self.core.liquid_layers():
                layer.tau.clamp_(min=floor)

    @torch.no_grad()
    def _start(self, generator: torch.Generator) -> None:
        """torch's own default start, drawn from the config's seed; liquid layers start spread unless plain."""
        bound = 1 / math.sqrt(self.config.state_size)
        for parameter in self.parameters():
            parameter.uniform_(-bound, bound, generator=generator)
        if isinstance(self.core, LiquidRNN):
            for layer in self.core.liquid_layers():
                start_spread(layer, generator)
                # Base time constants of 2 to 30 samples, evenly in their logarithm: a slow filter has to be found.
                span = torch.empty(layer.state_size).uniform_(math.log(2), math.log(30), generator=generator).exp()
                layer.tau.copy_(torch.log(torch.expm1(layer.dt * span)))
                if self.config.plain:
                    start_plain(layer, generator)


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
    """Mean squared error on the yardstick's runs after `seconds` of training (scoring time not counted)."""

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


def train_filter(
    config: AdaptivityConfig, pool: Pool, yardstick: Yardstick, stop: Callable[[], bool] = lambda: False
) -> Iterator[CurvePoint | Trained]:
    """Train on runs of the pool, yield curve points and at last the Trained model.

    Judged on the yardstick's runs alone, which come from a seed of their own: no weight was fitted to their noise.
    """
    scan.ready(wait=True)  # the same numbers in every run: never the plain loop in one and the scan in the next
    model = FilterModel(config)
    rng = np.random.default_rng([config.seed, 1])
    optimizer = Soap(model.parameters(), lr=config.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, config.learning_rate, total_steps=config.steps + 1, pct_start=0.1, cycle_momentum=False
    )
    curve: list[CurvePoint] = []
    seconds, every = 0.0, max(1, config.steps // CURVE_POINTS)
    for step in range(1, config.steps + 1):
        started = time.perf_counter()
        chosen = torch.as_tensor(rng.integers(0, len(pool.observed), config.batch))
        _descend(model, pool.observed[chosen], pool.target[chosen], optimizer)
        schedule.step()
        seconds += time.perf_counter() - started
        last = step == config.steps or stop()
        if last or step % every == 0:
            curve.append(CurvePoint(step, config.steps, seconds, score(model, yardstick)))
            yield curve[-1]
        if last:
            break
    error = curve[-1].error
    if not math.isfinite(error):
        raise LiquidError(
            f"Training of {config.core} diverged at learning_rate={config.learning_rate:g}, dt={config.dt:g}; lower it."
        )
    yield Trained(config, model.parameter_count(), error, yardstick.adaptivity(error), seconds, tuple(curve), model)


def _descend(model: FilterModel, observed: Tensor, target: Tensor, optimizer: torch.optim.Optimizer) -> None:
    """One step of gradient descent on the squared error."""
    loss = functional.mse_loss(model(observed), target)
    optimizer.zero_grad()
    torch.autograd.backward(loss)
    nn.utils.clip_grad_norm_(model.parameters(), CLIP)
    optimizer.step()
    model.keep_stable()


@torch.no_grad()
def score(model: FilterModel, yardstick: Yardstick) -> float:
    """Mean squared error of the level on the yardstick's runs."""
    observed = torch.as_tensor(yardstick.draws.observed, dtype=next(model.parameters()).dtype)
    return error_of(model(observed).double().numpy(), yardstick.draws)
