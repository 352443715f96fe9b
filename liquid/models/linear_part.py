"""The linear part of a forecast: an autoregression, repeated, and a ridge regression of what it misses."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from liquid.models.linear_ar import LinearAR
from liquid.series.windows import Floats

Origins = NDArray[np.int64]

CHUNK = 8192  # origins


# y[t + h] = s a_h(t) + (1 - s) y[t] + c_h + w_h phi_h(t)
# a_h(t): the autoregression's forecast, s: its share
# phi_h(t): y[t], the further columns at t, y[t - k] - y[t], and y - y[t] one and two seasons ago, at t + h and at t
@dataclass(frozen=True)
class LinearPart:
    """`weights[features, horizon]`, `offset[horizon]`; levels are counted from `centre[columns]`, target first.

    `lags` values of the target are read, the newest included; `season` in samples, 0 for none. With weights and offset
    of 0 and a share of 1 the autoregression is left alone.
    """

    ar: LinearAR
    share: float
    weights: Floats
    offset: Floats
    centre: Floats
    lags: int
    season: int

    @property
    def memory(self) -> int:
        """How many values of the target are read; those that a series lacks count as the first, or the newest."""
        back = self._newest_season(len(self.offset)) + self.season if self.season else 0
        return max(self.ar.memory, self.lags, back + 1)

    @property
    def count(self) -> int:
        """Fitted numbers in use."""
        regression = np.count_nonzero(self.weights) + np.count_nonzero(self.offset)
        return int(regression + (self.ar.order + 1) * (self.share > 0))

    @staticmethod
    def alone(ar: LinearAR, horizon: int, centre: Floats, lags: int, season: int) -> LinearPart:
        """The autoregression, corrected by nothing."""
        features = feature_count(len(centre), lags, season)
        return LinearPart(ar, 1.0, np.zeros((features, horizon)), np.zeros(horizon), centre, lags, season)

    def in_units_of(self, units: Floats) -> LinearPart:
        """The same of columns that are divided by `units[columns]`."""
        weights = self.weights.copy()
        weights[: len(units)] *= (units / units[0])[:, None]
        offset, centre = self.offset / units[0], self.centre / units
        return replace(self, ar=self.ar.in_units_of(units[0]), weights=weights, offset=offset, centre=centre)

    def forecast(self, observed: Floats, channels: Floats, origins: Origins) -> Floats:
        """The next values after each origin, `[origins, horizon]`, in the series' units; reads no later value.

        `observed[time]` is the target, NaN if missing; `channels[time, columns]` what was known by then, target first.
        """
        parts = np.array_split(origins, max(1, -(-len(origins) // CHUNK)))
        return np.concatenate([self._forecast(observed, channels, part) for part in parts])

    def _forecast(self, observed: Floats, channels: Floats, origins: Origins) -> Floats:
        steps: Floats = self.ar.predict(observed, origins, len(self.offset))
        if self.share < 1:
            steps = self.share * steps + (1 - self.share) * channels[origins, :1]
        if self.weights.any() or self.offset.any():
            for step in range(len(self.offset)):
                read = self.features(observed, channels, origins, step + 1)
                steps[:, step] += self.offset[step] + read @ self.weights[:, step]
        return steps

    def features(self, observed: Floats, channels: Floats, origins: Origins, ahead: int) -> Floats:
        """What the correction reads to forecast `ahead` samples, `[origins, features]`; what lies before the first
        known value counts as the newest."""
        first = int(np.argmax(np.isfinite(observed)))
        now = channels[origins, 0]

        def ago(samples: int) -> Floats:
            rows = origins - samples
            return np.asarray(np.where(rows >= first, channels[np.maximum(rows, first), 0], now) - now)

        past = [ago(lag) for lag in range(1, self.lags)]
        if self.season:
            near = self._newest_season(ahead)
            past += [ago(back - shift) for back in (near, near + self.season) for shift in (ahead, 0)]
        return np.column_stack([channels[origins] - self.centre, *past])

    def _newest_season(self, ahead: int) -> int:
        """The whole seasons, in samples, from the newest value of its phase that is known to the one `ahead`."""
        return self.season * -(-ahead // self.season)


def feature_count(columns: int, lags: int, season: int) -> int:
    """How many values the correction reads at once."""
    return columns + lags - 1 + (4 if season else 0)
