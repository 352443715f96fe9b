"""Models that no gradients train: baselines, and a reservoir's readout."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from liquid.learning.config import TrainConfig
from liquid.learning.data import Prepared
from liquid.learning.linear import linear_first
from liquid.learning.loop import Best
from liquid.learning.models import BaselineModel, ForecastModel, Model
from liquid.learning.refine import refine
from liquid.learning.shrink import shrink
from liquid.models.echo_state import EchoState
from liquid.series.windows import Floats

MOST_WINDOWS = 1024


def fitted(prepared: Prepared, config: TrainConfig) -> tuple[Model, Prepared]:
    """The model of a config, fitted on the training part, its choices made on the validation part; and the data with
    the window that it reads. LiquidError if it cannot be fitted."""
    if config.kind.sized:
        prepared = linear_first(prepared)
        return _reservoir(prepared, config), prepared
    rule = config.kind.load().fit(prepared.read, prepared.split, prepared.season)
    window = rule.memory + 1
    return BaselineModel(config, window, rule), replace(prepared, window=window)


@torch.no_grad()
def _reservoir(prepared: Prepared, config: TrainConfig) -> ForecastModel:
    """A readout that starts at zero and is solved for each leak; every member keeps its best."""
    model = ForecastModel(config, prepared.features, prepared.window)
    core, best = model.core, Best(model)
    assert isinstance(core, EchoState)
    for leak in core.leaks:
        core.leak.fill_(leak)
        for values in (*model.readout.parameters(), model.taps):
            values.zero_()
        refine(model, prepared)
        best.update(model, torch.from_numpy(losses(model, prepared, prepared.split.validation)), 1)
    best.restore(model)
    shrink(model, prepared)
    return model


def losses(model: Model, prepared: Prepared, part: range) -> Floats:
    """Mean squared errors of every member over a part and all steps of the horizon, `[members]`, in units of
    `step_scale`."""
    origins, values = prepared.reaching(part, MOST_WINDOWS)
    miss = (model.forecast(prepared, origins) - values) / prepared.step_scale
    errors: Floats = np.nanmean(miss**2, axis=(1, 2))
    return errors
