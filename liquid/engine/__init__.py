"""Where long work runs. A page, the terminal and a study hand work in here and never ask where it went."""

from __future__ import annotations

import importlib
import os

from liquid.engine.base import Engine, Job, State, Stop, Task
from liquid.engine.local import LocalEngine
from liquid.engine.processes import apart

SETTING = "LIQUID_DASK_SCHEDULER"  # tcp://host:port of a Dask scheduler

__all__ = ["SETTING", "Engine", "Job", "LocalEngine", "State", "Stop", "Task", "apart", "chosen_engine", "engine_at"]


def chosen_engine(workers: int = 2) -> Engine:
    """The engine that the setting asks for: `workers` here, or a cluster's."""
    scheduler = os.environ.get(SETTING, "")
    return engine_at(scheduler) if scheduler else LocalEngine(workers)


def engine_at(scheduler: str) -> Engine:
    """An engine on the Dask cluster with this scheduler. Dask is loaded only for who asks for it.

    Raises LiquidError if no scheduler answers.
    """
    engine: Engine = importlib.import_module("liquid.engine.cluster").DaskEngine(scheduler)
    return engine
