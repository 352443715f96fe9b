"""Persistence: the last value again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from liquid.models.baseline import Baseline
from liquid.series.windows import Floats, Split


@dataclass(frozen=True)
class Persistence(Baseline):
    @property
    def memory(self) -> int:
        return 1

    @classmethod
    def of(cls, memory: int, arrays: dict[str, Floats] | None = None) -> Self:
        return cls()

    @classmethod
    def fit(cls, values: Floats, split: Split, season: int | None = None, truth: Floats | None = None) -> Self:
        return cls()

    # y[t + h] = y[t]
    def predict(self, values: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        return np.repeat(values[origins][:, None], horizon, axis=1)
