"""Long work on this machine: jobs in threads of this process, sweeps in processes beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from liquid.engine.base import Item, Job, Result, Stop, never
from liquid.engine.processes import sweep
from liquid.engine.workers import Workers

GIVE_WAY = 0.0005  # seconds per step


class LocalEngine(Workers):
    """A job is worked off in the worker's own thread."""

    def __init__(self, workers: int = 2) -> None:
        super().__init__(workers)

    def results(
        self, function: Callable[[Item], Result], items: Iterable[Item], stop: Stop = never
    ) -> Iterator[tuple[Item, Result]]:
        return sweep(function, items, self.workers, stop)

    def perform(self, job: Job) -> None:
        """Work the job's task off in this thread. Waiting a moment at each step lets pages have Python's lock."""
        for event in job.task.events(lambda: job.asked_to_stop(GIVE_WAY)):
            job.happened(event)
