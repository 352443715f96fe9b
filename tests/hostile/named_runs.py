"""A small run, and the same with every name in it replaced."""

from __future__ import annotations

import numpy as np

from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.series.series import Series, from_columns

WAVE = np.sin(np.arange(60.0))


def small_run() -> Run:
    series = from_columns({"level": WAVE}, "a title")
    config = TrainConfig(members=1, steps=4, window=12, batch=8, state_size=2, horizon=3)
    return next(event for event in run(series, config) if isinstance(event, Run))


def renamed(trained: Run, name: str) -> Run:
    """The same run, every name in it replaced."""
    series = Series(trained.series.time, trained.series.values, (name,), name, name, name, "number", name, (name,))
    fields = {**vars(trained), "series": series}
    prepared = trained.forecaster.prepared
    forecaster = type(trained.forecaster)(
        **{**vars(trained.forecaster), "prepared": type(prepared)(**{**vars(prepared), "names": (name,)})}
    )
    finished = type(trained.finished)(**{**vars(trained.finished), "forecaster": forecaster})
    return Run(**{key: fields[key] for key in Run.__dataclass_fields__} | {"finished": finished})
