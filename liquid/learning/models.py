"""A model of the registry made to forecast: what is trained, saved and opened again."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import torch
from torch import Tensor, nn

from liquid.dynamics.ensemble import LiquidEnsemble
from liquid.dynamics.rnn import LiquidRNN
from liquid.learning.config import TrainConfig
from liquid.learning.data import Origins, Prepared, chunks
from liquid.models.baseline import Baseline
from liquid.models.core import Core, generators_of, member_seeds
from liquid.models.network import SequenceModel, make_core
from liquid.models.registry import MODELS, Clock
from liquid.series.windows import Floats


class ForecastModel(SequenceModel):
    """`members` networks side by side, trained as one: every parameter has a leading members axis.

    The output is what the linear part leaves over of each of the next `horizon` values (of the change to them, without
    one), in units of `Prepared.step_scale`. `taps[members, window - 1, horizon]` weigh the older values of the target
    in the window; they are zero until `refine` finds them.
    """

    taps: Tensor

    def __init__(self, config: TrainConfig, features: int, window: int) -> None:
        seeds = member_seeds(config.seed, config.members)
        super().__init__(config.model, features, config.state_size, seeds, config.horizon, config.clock)
        self.config, self.features = config, features
        self.register_buffer("taps", torch.zeros(config.members, window - 1, config.horizon))

    # leftover = W x_t + b + taps [..., y_{t-2} - y_t, y_{t-1} - y_t]
    def at_end(self, x: Tensor, past: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        """The forecast at the end of each window: `[members, batch, horizon]`.

        `past[batch, window - 1]` are the older values of the target, scaled and counted from the newest, oldest first.
        """
        return self.read(self.states(x, timespans), past)

    def read(self, states: Tensor, past: Tensor) -> Tensor:
        """The same from `states[members, batch, time, state]`."""
        end: Tensor = self.readout(states[:, :, -1])
        return end + past @ self.taps

    def forecast(self, prepared: Prepared, origins: Origins) -> Floats:
        """The next values after each origin in the series' units: `[members, origins, horizon]`."""
        return prepared.base(origins) + prepared.step_scale * self.added(prepared, origins)

    @torch.no_grad()
    def added(self, prepared: Prepared, origins: Origins) -> Floats:
        """What the networks add to the linear part, in units of `step_scale`: `[members, origins, horizon]`."""
        parts = [np.empty((self.members, 0, self.config.horizon))]
        for chunk in chunks(origins, self.config) if len(origins) else ():
            parts.append(self.at_end(*prepared.at(chunk)).numpy().astype(np.float64))
        return np.concatenate(parts, axis=1)

    @property
    def adds(self) -> bool:
        """Whether the networks have a say in the forecast, or were shrunk to nothing."""
        return any(bool(values.any()) for values in (*self.readout.parameters(), self.taps))

    def stepped_by(self, solver: str, unfolds: int) -> ForecastModel:
        """A copy with the same weights whose layer is stepped otherwise."""
        config = self.config
        seeds, clock = member_seeds(config.seed, config.members), Clock(config.dt, unfolds, solver)
        core = make_core(config.model, self.features, config.state_size, generators_of(seeds), clock)
        core.load_state_dict(self.core.state_dict())
        return self.with_core(core)

    def with_core(self, core: Core) -> ForecastModel:
        """A copy with the same readout, whose states come from `core`."""
        other = deepcopy(self)
        other.core = core
        return other

    def liquid_members(self) -> list[LiquidRNN]:
        """The liquid networks, as they are now; none for a model without tau_sys."""
        if not isinstance(self.core, LiquidEnsemble):
            return []
        return [self.core.member(index) for index in range(self.members)]


class BaselineModel(nn.Module):
    """A model without states: its rule forecasts from the target alone. What it has learned are buffers, float64.

    Its `window` is one more than what the rule remembers.
    """

    def __init__(self, config: TrainConfig, window: int, rule: Baseline | None = None) -> None:
        super().__init__()
        self.config = config
        self.kind: type[Baseline] = MODELS[config.model].load()
        self.window = window
        for name, values in (rule or self.kind.of(window - 1)).arrays.items():
            self.register_buffer(name, torch.from_numpy(values.copy()))

    @property
    def rule(self) -> Baseline:
        return self.kind.of(self.window - 1, {name: values.numpy() for name, values in self.named_buffers()})

    @property
    def taps(self) -> Tensor:
        """None: `[members, 0, horizon]`."""
        return torch.zeros(1, 0, self.config.horizon)

    def forecast(self, prepared: Prepared, origins: Origins) -> Floats:
        """The next values after each origin in the series' units: `[1 member, origins, horizon]`."""
        return self.rule.predict(prepared.read, origins, self.config.horizon)[None]

    def liquid_members(self) -> list[LiquidRNN]:
        return []

    @property
    def adds(self) -> bool:
        return True

    def parameter_count(self) -> int:
        return sum(values.numel() for values in self.buffers())


Model = ForecastModel | BaselineModel


def forecast_model(config: TrainConfig, features: int, window: int) -> Model:
    """The model of a config before training, for windows of `window` samples and `features` inputs."""
    if MODELS[config.model].sized:
        return ForecastModel(config, features, window)
    return BaselineModel(config, window)
