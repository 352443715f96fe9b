"""What a model without a state is: a rule for the next values, from the target's own past."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

import numpy as np
from numpy.typing import NDArray

from liquid.series.windows import Floats, Split


class Baseline(ABC):
    """A forecast of a target from its newest `memory` values; `arrays` is what it has learned, by name.

    A missing value is NaN: rules fall back on what was known before it.
    """

    @property
    @abstractmethod
    def memory(self) -> int: ...

    @property
    def arrays(self) -> dict[str, Floats]:
        return {}

    @classmethod
    @abstractmethod
    def of(cls, memory: int, arrays: dict[str, Floats] | None = None) -> Self:
        """The one with this memory and these arrays; zeros if none are given."""

    @classmethod
    @abstractmethod
    def fit(cls, values: Floats, split: Split, season: int | None = None, truth: Floats | None = None) -> Self:
        """Fitted to forecast the value after each of `values[time]`, which is `truth[time]` if that is given.

        Reads the training part, and the validation part to choose. `season` is that of the training part in samples.
        LiquidError if it cannot be fitted.
        """

    @abstractmethod
    def predict(self, values: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        """Forecasts of the `horizon` values after each origin: `-> [origins, horizon]`; reads no later value."""
