"""A trained model with all it needs to forecast: weights, scaling, and how wide its band must be."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from liquid.learning.config import TrainConfig
from liquid.learning.data import Prepared, chunks
from liquid.learning.metrics import conformal_quantiles
from liquid.learning.models import Model
from liquid.series.series import Series, Stamps
from liquid.series.windows import Floats

LEVEL = 0.9  # of the band


@dataclass(frozen=True)
class Forecast:
    """The `horizon` values after the last known one of a series, in its units; the band covers each with probability
    LEVEL."""

    stamps: Stamps
    mean: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Forecaster:
    """A fitted model. `names` are its channels (target first); `half_width[horizon]` is the band's, in series units."""

    config: TrainConfig
    model: Model
    prepared: Prepared
    half_width: Floats

    @staticmethod
    def calibrated(prepared: Prepared, config: TrainConfig, model: Model) -> Forecaster:
        """Band widths from residuals on the calibration part, which neither training nor early stopping has seen."""
        fitted = Forecaster(config, model, prepared, np.full(config.horizon, np.inf))
        origins, truth = prepared.reaching(prepared.split.calibration)
        return replace(fitted, half_width=conformal_quantiles(fitted.predict(origins) - truth, LEVEL))

    def predict(self, origins: NDArray[np.int64]) -> Floats:
        """The members' mean forecast after each origin, `[origins, horizon]`; reads nothing later than the origin."""
        mean: Floats = self.predict_members(origins).mean(axis=0)
        return mean

    def predict_members(self, origins: NDArray[np.int64]) -> Floats:
        """The forecast of every network: `[members, origins, horizon]`."""
        return self.model.forecast(self.prepared, origins)

    @torch.no_grad()
    def tau_sys(self, origins: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
        """tau_sys at the end of each origin's window `[members, origins, state]`, its floor tau / (1 + tau) and its
        ceiling tau, `[members, state]`, in the layer's time. Members is 0 for a model without tau_sys."""
        size = self.config.state_size
        values, floors, ceilings = [np.empty((0, len(origins), size))], [np.empty((0, size))], [np.empty((0, size))]
        for network in self.model.liquid_members():
            parts = []
            for chunk in chunks(origins, self.config):
                x, _, spans = self.prepared.at(chunk)
                parts.append(network.trace(x, timespans=spans)[-1].tau_sys[:, -1].numpy().astype(np.float64))
            tau = network.liquid_layers()[-1].base_tau.numpy().astype(np.float64)
            values.append(np.concatenate(parts)[None])
            floors.append((tau / (1 + tau))[None])
            ceilings.append(tau[None])
        return np.concatenate(values), np.concatenate(floors), np.concatenate(ceilings)

    def continued(self, series: Series) -> Forecaster:
        """The same model, scaling and band over other data. LiquidError if columns or samples are missing."""
        return replace(self, prepared=self.prepared.over(series))

    def forecast(self, series: Series) -> Forecast:
        """The next `horizon` values after the last known target of `series`, the one that this forecaster was made or
        continued on. They are those of the rows that follow, if the file has some.

        Stamps are datetime64 for dates, as those of `series.stamps()`.
        """
        rows = len(self.prepared.target)
        mean = self.predict(np.array([rows - 1]))[0]
        stamps = series.stamps(series.times_after(rows, self.config.horizon))
        return Forecast(stamps, mean, mean - self.half_width, mean + self.half_width)
