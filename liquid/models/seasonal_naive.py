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
from liquid.series.windows import Floats, Split


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
            raise LiquidError("No season was found in the training part: choose another model.")
        return cls(season)

    # y[t + h] = y[t + h - k season], the newest value of the same phase that is known at t
    def predict(self, values: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        ahead = np.arange(1, horizon + 1)
        back = ahead - self.season * -(-ahead // self.season)
        return values[np.maximum(origins[:, None] + back, 0)]


def season_of(series: Series, target: str, end: int) -> int | None:
    """Samples in a season: what is known of the series, else what its first `end` values show; None without one."""
    if series.season is not None and target == series.names[0]:
        return series.season
    past = replace(series, time=series.time[:end], values=series.values[:end], season=None)
    return find_season(past, series.names.index(target))
