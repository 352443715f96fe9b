"""Seasonal naive: the value a season ago; and what a season is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from liquid.errors import LiquidError
from liquid.models.baseline import Baseline
from liquid.series.season import find_season
from liquid.series.series import Series
from liquid.series.windows import Floats, Split, carried


@dataclass(frozen=True)
class SeasonalNaive(Baseline):
    """`season` in samples."""

    season: int

    @property
    def memory(self) -> int:
        return self.season

    @classmethod
    def of(cls, memory: int, arrays: dict[str, Floats] | None = None) -> Self:
        return cls(memory)

    @classmethod
    def fit(cls, values: Floats, split: Split, season: int | None = None, truth: Floats | None = None) -> Self:
        if season is None:
            raise LiquidError(
                "No season was found in the training part, which Seasonal naive needs: choose another model."
            )
        return cls(season)

    # y[t + h] = y[t + h - k season], the newest value of the same phase that is known at t; of a phase without any, the
    # last known value
    def predict(self, values: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        ahead = np.arange(1, horizon + 1)
        back = ahead - self.season * -(-ahead // self.season)
        newest = np.maximum(origins[:, None] + back, 0)
        same_phase = self._carried_by_phase(values)[newest]
        return np.where(np.isfinite(same_phase), same_phase, carried(values)[origins][:, None])

    def _carried_by_phase(self, values: Floats) -> Floats:
        """Each missing value is the newest known one of its phase: `[time]`."""
        if np.isfinite(values).all():
            return values
        seasons = -(-len(values) // self.season)
        padded = np.concatenate([values, np.full(seasons * self.season - len(values), np.nan)])
        return carried(padded.reshape(seasons, self.season)).ravel()[: len(values)]


def season_of(series: Series, target: str, end: int, read: Floats | None = None) -> int | None:
    """Samples in a season: what is known of the series, else what its first `end` values show; None without one.

    `read[time]` are the values as they are read, where that is not as the file has them: outliers hide a season.
    """
    if series.season is not None and target == series.names[0]:
        return series.season
    alone = series.select((target,))
    values = alone.values if read is None else read[:, None]
    past = replace(alone, time=series.time[:end], values=values[:end], season=None)
    return find_season(past)
