"""Whose turn it is."""

from __future__ import annotations

import heapq
import threading
import time
from collections import Counter, deque
from statistics import mean

from liquid.engine.base import Job

RECENT = 8  # finished jobs that an estimate is made from


class FairQueue:
    """Jobs in the order of turns: everybody's first before anybody's second, and among equals who came first."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._changed = threading.Condition()
        self._waiting: list[Job] = []
        self._running: list[Job] = []
        self._durations: deque[float] = deque(maxlen=RECENT)  # seconds
        self._closed = False

    def put(self, job: Job) -> None:
        with self._changed:
            self._waiting.append(job)
            self._changed.notify()

    def take(self) -> Job | None:
        """Waits for the next job and marks it as running; None once the queue is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if self._closed:
                return None
            job = self._order()[0]
            self._waiting.remove(job)
            self._running.append(job)
            return job

    def release(self, job: Job) -> None:
        """The job no longer holds a worker."""
        with self._changed:
            self._running.remove(job)
            self._durations.append(time.monotonic() - job.began)

    def withdraw(self, job: Job) -> bool:
        """Take a job out that has not started; False if it has."""
        with self._changed:
            if job not in self._waiting:
                return False
            self._waiting.remove(job)
            return True

    def place(self, job: Job) -> int:
        """1 for the next to start; 0 for what does not wait."""
        with self._changed:
            return self._order().index(job) + 1 if job in self._waiting else 0

    def seconds_until(self, job: Job) -> float | None:
        """Estimated seconds until `job` starts, from what running jobs say and how long recent ones took."""
        with self._changed:
            left = {running: running.time_left for running in self._running}
            now = time.monotonic()
            totals = [now - running.began + rest for running, rest in left.items() if rest is not None]
            if not self._durations and not totals:
                return None
            typical = mean([*self._durations, *totals])
            free = [typical if rest is None else rest for rest in left.values()]
            free += [0.0] * (self.workers - len(free))
            heapq.heapify(free)
            for waiting in self._order():
                if waiting is job:
                    return free[0]
                heapq.heapreplace(free, free[0] + typical)
            return 0.0

    def close(self) -> list[Job]:
        """Nothing starts any more; returns what runs and what waited."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            return [*self._running, *self._waiting]

    def _order(self) -> list[Job]:
        places = Counter(job.owner for job in self._running)
        turns: list[tuple[int, int, Job]] = []
        for arrival, job in enumerate(self._waiting):
            turns.append((places[job.owner], arrival, job))
            places[job.owner] += 1
        return [job for _, _, job in sorted(turns, key=lambda turn: turn[:2])]
