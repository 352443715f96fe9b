"""Small series and one small finished run that several files look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.series.series import Series, from_columns

SMALL: dict[str, Any] = {
    "members": 1,
    "steps": 12,
    "window": 12,
    "batch": 8,
    "state_size": 5,
    "horizon": 3,
    "dt": 0.5,
}


def two_waves(length: int = 160, seed: int = 0) -> Series:
    """A noisy wave and a second column that runs ahead of it, at uneven times."""
    rng = np.random.default_rng(seed)
    t = np.arange(length)
    wave = np.sin(t / 4) + 0.2 * rng.normal(size=length)
    return from_columns(
        {"wave": wave, "ahead": np.sin((t + 3) / 4)},
        "two waves",
        time=np.cumsum(rng.uniform(0.5, 1.5, size=length)),
        time_kind="number",
    )


def finished(series: Series, config: TrainConfig) -> Run:
    return next(event for event in run(series, config) if isinstance(event, Run))


@pytest.fixture(scope="session")
def waves() -> Series:
    return two_waves()


@pytest.fixture(scope="session")
def small() -> Callable[..., TrainConfig]:
    """A config that trains in a moment."""
    return lambda **others: TrainConfig(**{**SMALL, **others})


@pytest.fixture(scope="session")
def train_run() -> Callable[[Series, TrainConfig], Run]:
    return finished


@pytest.fixture(scope="session")
def done(waves: Series) -> Run:
    return finished(waves, TrainConfig(**{**SMALL, "members": 2}, inputs=("ahead",), timespans=True))
