"""What every engine shares: bounded workers that take jobs by turns."""

from __future__ import annotations

import os
import sys
import threading
from abc import ABC, abstractmethod

from liquid.engine.base import INTERNAL_ERROR, Job, Task
from liquid.engine.queue import FairQueue
from liquid.errors import LiquidError

COURTESY = 10  # of nice's 19: whoever clicks goes first, a training takes what is left
PATIENCE = 0.8  # seconds from a stop to the worker's next job


def step_aside() -> None:
    """Give this thread, and those that it starts, a low priority; only Linux has one for each thread."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), COURTESY)


class Workers(ABC):
    """`workers` threads; what one does with a job is `perform`."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._queue = FairQueue(workers)
        self._lock = threading.Lock()
        self._stragglers: set[Job] = set()  # stopped, but not yet at a step where they notice
        for _ in range(workers):
            self._hire()

    def submit(self, task: Task, owner: str) -> Job:
        job = Job(task, owner, self)
        self._queue.put(job)
        return job

    def close(self) -> int:
        unfinished = self._queue.close()
        for job in unfinished:
            job.stop()
        return len(unfinished)

    def place(self, job: Job) -> int:
        return self._queue.place(job)

    def seconds_until(self, job: Job) -> float | None:
        return self._queue.seconds_until(job)

    def stopped(self, job: Job) -> None:
        """A job that waits ends at once; one that runs has PATIENCE to end before its worker is given to the next."""
        if self._queue.withdraw(job):
            job.ended()
        else:
            timer = threading.Timer(PATIENCE, self._replace, (job,))
            timer.daemon = True
            timer.start()

    @abstractmethod
    def perform(self, job: Job) -> None:
        """Work the job's task off, telling the job its events; raises LiquidError with a sentence for its owner."""

    def _hire(self) -> None:
        threading.Thread(target=self._serve, name="liquid-work", daemon=True).start()

    def _replace(self, job: Job) -> None:
        """A long step may not keep others waiting: its thread ends by itself, and another serves the queue."""
        with self._lock:
            # As many again at most: starting and stopping over and over must not fill the machine with threads.
            if not job.active or job in self._stragglers or len(self._stragglers) >= self.workers:
                return
            self._stragglers.add(job)
        self._queue.release(job)
        self._hire()

    def _serve(self) -> None:
        step_aside()
        while (job := self._queue.take()) is not None:
            job.started()
            try:
                self.perform(job)
            except LiquidError as error:
                problem = str(error)
            except Exception as error:
                problem = INTERNAL_ERROR.format(type(error).__name__)
                # The server's log gets the traceback, the visitor the sentence, and the worker the next job.
                threading.excepthook(threading.ExceptHookArgs((type(error), error, error.__traceback__, None)))
            else:
                problem = ""
            with self._lock:
                job.ended(problem)
                replaced = job in self._stragglers
                self._stragglers.discard(job)
            if replaced:
                return
            self._queue.release(job)
