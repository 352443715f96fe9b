"""Where long work runs. A page, the terminal and a study hand work in here and never ask where it went."""

from liquid.engine.base import Engine, Job, Stop, Task
from liquid.engine.local import LocalEngine

__all__ = ["Engine", "Job", "LocalEngine", "Stop", "Task"]
