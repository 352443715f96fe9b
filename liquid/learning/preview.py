"""What networks would forecast as they are, while they train: to be drawn, and never measured.

A preview reads inputs alone and changes nothing that training reads: the same weights come out with and without it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from liquid.learning.data import Origins, Prepared
from liquid.learning.models import ForecastModel
from liquid.series.windows import Floats

MOST_WINDOWS = 48
SHARE = 0.02  # of a training's time that its previews may take
APART = 0.25  # seconds: more of them nobody sees


@dataclass(frozen=True)
class Preview:
    """Forecasts of the members' mean, `[origins, horizon]`, in the series' units, each from the rows up to its origin;
    the last is that of the values to come."""

    origins: Origins
    forecast: Floats


class Previews:
    """Makes previews, as many as SHARE of the time allows."""

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared
        self.origins = shown_origins(prepared)
        self.began = time.perf_counter()
        self.spent, self.cost, self.newest = 0.0, 0.0, -np.inf

    def due(self, model: ForecastModel) -> Preview | None:
        """What the model forecasts now; None while the last preview is young, or has to be paid for."""
        now = time.perf_counter()
        if now - self.newest < APART or self.spent + self.cost > SHARE * (now - self.began):
            return None
        forecast = model.forecast(self.prepared, self.origins).mean(axis=0)
        self.newest = time.perf_counter()
        self.cost = self.newest - now
        self.spent += self.cost
        return Preview(self.origins, forecast)


def shown_origins(prepared: Prepared) -> Origins:
    """Origins of forecasts that lie end to end up to the last value, behind the training part, and the last value's."""
    last, horizon = len(prepared.observed) - 1, len(prepared.step_scale)
    first = max(prepared.split.validation.start - 1, prepared.split.train.start + prepared.window - 1)
    return np.arange(last, first - 1, -horizon)[:MOST_WINDOWS][::-1]
