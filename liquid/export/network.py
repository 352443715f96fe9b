"""All that another program needs to forecast as a run does: one step of the networks, and a linear map at the end.

    level   = (values - mean) / scale                 counted from the window's first values if the series trends
    change  = (values - previous) / change_scale      0 at the window's first sample
    age     = log(1 + samples since the value was measured), for columns with gaps
    states <- step(level, change, age, states)        from zero states, once for each sample of the window
    forecast = mean + scale (R states + H history + C values + c)

The last line, in scaled values, holds the readouts' mean and the linear part, which reads the newest values of the
target. It holds for series without a gap among those; `age` is about the networks' inputs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liquid.errors import LiquidError
from liquid.export.expression import Floats, Value, named
from liquid.export.steps import readout_of, step_of
from liquid.learning.data import Prepared
from liquid.learning.models import ForecastModel
from liquid.learning.run import Run
from liquid.models.registry import MODELS

LEVEL, CHANGE, AGE, SPAN = "level", "change", "log_age", "span"
ROUNDING = 1e-13  # of the largest weight


@dataclass(frozen=True)
class Network:
    """`before` and `after` are the states by name, as formulas; the matrices read scaled values.

    `from_states[horizon, members, state]`, `from_history[horizon, memory]`, oldest first, the newest included, and
    `from_columns[horizon, columns]`, target first; its weights are in the history.
    """

    title: str
    model: str
    names: tuple[str, ...]
    aged: tuple[str, ...]
    members: int
    size: int
    horizon: int
    window: int
    trending: bool
    timespans: bool
    mean: Floats
    scale: Floats
    change_scale: Floats
    before: dict[str, Value]
    after: dict[str, Value]
    from_states: Floats
    from_history: Floats
    from_columns: Floats
    offset: Floats

    @property
    def memory(self) -> int:
        """How many of the newest values of the target a forecast reads."""
        return int(self.from_history.shape[1])


def network_of(run: Run) -> Network:
    """LiquidError for a model without states, and for a run that clips outliers or counts them as missing."""
    prepared, model = run.forecaster.prepared, run.forecaster.model
    if not isinstance(model, ForecastModel):
        known = ", ".join(kind.name for kind in MODELS.values() if kind.sized)
        raise LiquidError(f"{run.config.model} has no network to export: choose a run of {known}.")
    columns, config = len(prepared.names), run.config
    if config.outliers != "keep":
        raise LiquidError("The exported step reads values as they are: choose a run that keeps outliers.")
    features = [named(LEVEL, columns), named(CHANGE, columns)]
    if prepared.aged:
        features.append(named(AGE, len(prepared.aged)))
    step, states = step_of(model)
    before = {state: named(state, config.state_size) for state in states}
    after = step(model.core, features, tuple(before.values()), named(SPAN) if prepared.timespans else 1.0)
    unit = prepared.step_scale / prepared.scaler.scale[0]
    weight, bias = (values / model.members for values in readout_of(model))
    history, others, offset = linear(prepared, model)
    return Network(
        title=run.series.title,
        model=config.model,
        names=prepared.names,
        aged=prepared.aged,
        members=model.members,
        size=config.state_size,
        horizon=config.horizon,
        window=prepared.window,
        trending=prepared.trending,
        timespans=prepared.timespans,
        mean=prepared.scaler.mean,
        scale=prepared.scaler.scale,
        change_scale=prepared.change_scale,
        before=before,
        after=dict(zip(states, after, strict=True)),
        from_states=unit[:, None, None] * weight.transpose(1, 0, 2),
        from_history=history,
        from_columns=others,
        offset=offset + unit * bias.sum(axis=0),
    )


# a map that is linear is known by what it makes of nothing, and of one value at a time
def linear(prepared: Prepared, model: ForecastModel) -> tuple[Floats, Floats, Floats]:
    """What a forecast takes from the newest values without the networks' states: the linear part, and the taps.

    `[horizon, memory]`, `[horizon, columns]` and an offset `[horizon]`, all of scaled values.
    """
    columns, horizon, part = len(prepared.names), len(prepared.step_scale), prepared.linear
    memory = prepared.window
    if part is not None:
        seasons = part.season * (-(-horizon // part.season) + 1) if part.season else 0
        memory = max(memory, part.ar.order, part.lags, seasons + 1)
    probes = memory + columns  # nothing; every value of the target; the newest one of every other column
    scaled = np.zeros((probes, memory, columns))
    scaled[np.arange(1, memory + 1), np.arange(memory), 0] = 1
    scaled[np.arange(memory + 1, probes), -1, np.arange(1, columns)] = 1
    channels = (prepared.scaler.mean + prepared.scaler.scale * scaled).reshape(-1, columns)
    ends = np.arange(1, probes + 1) * memory - 1
    mean, scale = prepared.scaler.mean[0], prepared.scaler.scale[0]
    if part is None:
        answers = np.repeat(channels[ends, :1], horizon, axis=1)
    else:
        answers = part.forecast(channels[:, 0], channels, ends)
    answers = (answers - mean) / scale
    offset, change = answers[0], (answers[1:] - answers[0]).T
    history, others = change[:, :memory].copy(), np.column_stack([np.zeros(horizon), change[:, memory:]])
    taps = (prepared.step_scale / scale)[:, None] * model.taps.double().numpy().mean(axis=0).T
    history[:, memory - prepared.window : -1] += taps
    history[:, -1] -= taps.sum(axis=1)
    history[np.abs(history) < ROUNDING * np.abs(history).max()] = 0
    read = np.flatnonzero(history.any(axis=0))
    first = int(read[0]) if read.size else memory - 1
    return history[:, first:], others, offset
