"""Small runs of every core, with readouts that say something: what twelve steps of training leave would be shrunk."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.series.series import Series, from_columns

CORES = ("Liquid", "Liquid (article)", "LSTM", "GRU", "CfC", "LTC", "Echo state")
HOSTILE = 'a*/ "b" \\'


def uneven() -> Series:
    """120 samples of a wave, uneven in time, and beside it a column with gaps."""
    rng = np.random.default_rng(0)
    wave = np.sin(np.arange(120) / 4) + 0.1 * rng.normal(size=120)
    gaps = np.where(rng.random(120) < 0.2, np.nan, rng.normal(size=120))
    time = np.cumsum(rng.uniform(0.5, 2.5, 120))
    return from_columns({HOSTILE: 50 + 3 * wave, "beside": gaps}, "title\n*/", time=time, time_kind="number")


def outspoken(series: Series, **settings: object) -> Run:
    """A run whose networks have random readouts and taps."""
    small = {"members": 2, "steps": 2, "window": 12, "batch": 8, "state_size": 4, "horizon": 3}
    made = next(e for e in run(series, TrainConfig(**small | settings)) if isinstance(e, Run))
    model, generator = made.forecaster.model, torch.Generator().manual_seed(1)
    with torch.no_grad():
        for values in (*model.readout.parameters(), model.taps):
            values.copy_(torch.randn(values.shape, generator=generator) / 4)
    return replace(made, forecast=made.forecaster.forecast(series))


@pytest.fixture(scope="session", params=CORES)
def core(request: pytest.FixtureRequest) -> Run:
    return outspoken(uneven(), model=request.param, inputs=("beside",))
