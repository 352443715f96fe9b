"""A trained model with all it needs to forecast: weights, scaling, and its band."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from liquid.learning.band import LEVEL, LEVELS, Band, calibrated, floors, follow
from liquid.learning.config import TrainConfig
from liquid.learning.data import Prepared, chunks
from liquid.learning.models import Model
from liquid.series.series import Series, Stamps
from liquid.series.windows import Floats


@dataclass(frozen=True)
class Forecast:
    """The `horizon` values after the last known one of a series, in its units, and the band around them."""

    stamps: Stamps
    mean: Floats
    band: Band

    @property
    def low(self) -> Floats:
        return self.within()[0]

    @property
    def high(self) -> Floats:
        return self.within()[1]

    def within(self, level: float = LEVEL) -> tuple[Floats, Floats]:
        """Both ends of the band that covers each value with this probability."""
        return self.band.around(self.mean, level)


@dataclass(frozen=True)
class Forecaster:
    """A fitted model, and its band as it is after the newest value that it has been told."""

    config: TrainConfig
    model: Model
    prepared: Prepared
    band: Band

    @staticmethod
    def calibrated(prepared: Prepared, config: TrainConfig, model: Model) -> Forecaster:
        """A band from residuals on the calibration part, which neither training nor early stopping has seen."""
        fitted = Forecaster(config, model, prepared, Band((), np.empty((0, config.horizon))))
        calibration = prepared.split.calibration
        origins, truth = prepared.reaching(calibration)
        half_width = calibrated(fitted.predict(origins) - truth)
        floor = float(floors(prepared.observed, np.array([calibration.stop - 1]))[0])
        return replace(fitted, band=Band(LEVELS, half_width, floor))

    def told(self, origins: NDArray[np.int64], errors: Floats) -> tuple[Floats, Floats, Forecaster]:
        """The band while the values of a part become known, whose `errors[origins, horizon]` are forecast minus truth.

        Half widths as known at each origin `[levels, origins, horizon]`, the floor there `[origins]`, and the same
        forecaster with the band as it is after the series' last value.
        """
        observed = self.prepared.observed
        given, after = follow(origins, errors, self.band.half_width)
        floor = floors(observed, np.append(origins, len(observed) - 1))
        return given, floor[:-1], replace(self, band=replace(self.band, half_width=after, floor=float(floor[-1])))

    def caught_up(self) -> Forecaster:
        """The same forecaster, its band told every value of the test part."""
        origins, truth = self.prepared.reaching(self.prepared.split.test)
        return self.told(origins, self.predict(origins) - truth)[-1]

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
        prepared = self.prepared.over(series)
        band = self.band if np.nanmin(prepared.observed) >= 0 else replace(self.band, floor=-np.inf)
        return replace(self, prepared=prepared, band=band)

    def forecast(self, series: Series) -> Forecast:
        """The next `horizon` values after the last known target of `series`, the one that this forecaster was made or
        continued on. They are those of the rows that follow, if the file has some.

        Stamps are datetime64 for dates, as those of `series.stamps()`.
        """
        rows = len(self.prepared.target)
        mean = self.predict(np.array([rows - 1]))[0]
        stamps = series.stamps(series.times_after(rows, self.config.horizon))
        return Forecast(stamps, mean, self.band)
