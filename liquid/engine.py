"""Where long work runs: a few worker threads that anybody may hand a stream of events to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Literal

from liquid.errors import LiquidError

Stop = Callable[[], bool]
Work = Callable[[Stop], Iterator[Any]]  # a stream of events that ends soon after its argument turns true
GIVE_WAY = 0.0005  # seconds a step
State = Literal["waiting", "running", "done", "failed"]


class Job:
    """One stream of events being worked off. Safe to read from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: list[Any] = []
        self._stop = threading.Event()
        self._state: State = "waiting"
        self._problem = ""

    @property
    def events(self) -> tuple[Any, ...]:
        with self._lock:
            return tuple(self._events)

    @property
    def state(self) -> State:
        return self._state

    @property
    def problem(self) -> str:
        """Why the job failed, as a sentence for its owner."""
        return self._problem

    @property
    def active(self) -> bool:
        return self._state in ("waiting", "running")

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    def stop(self) -> None:
        """Ask the work to end; what it has so far is kept."""
        self._stop.set()

    def asked_to_stop(self) -> bool:
        """What the work asks at every step. Waiting a moment lets the pages have Python's lock between two steps."""
        return self._stop.wait(GIVE_WAY)

    def work_off(self, work: Work) -> None:
        self._state = "running"
        try:
            for event in work(self.asked_to_stop):
                with self._lock:
                    self._events.append(event)
        except LiquidError as error:
            self._problem, self._state = str(error), "failed"
        except BaseException as error:
            self._problem = f"Something went wrong that is not your doing ({type(error).__name__}). Please try again."
            self._state = "failed"
            raise  # into the future, and from there to the server's log
        else:
            self._state = "done"


class LocalEngine:
    """`workers` threads in this process; what comes first is worked off first."""

    def __init__(self, workers: int = 2) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="liquid-work")

    def submit(self, work: Work) -> Job:
        job = Job()
        future = self._pool.submit(job.work_off, work)
        future.add_done_callback(_report)
        return job


def _report(future: Future[None]) -> None:
    """An error that is ours goes to the server's log with its traceback; a visitor only sees the sentence."""
    error = future.exception()
    if error is not None and not isinstance(error, LiquidError):
        threading.excepthook(threading.ExceptHookArgs((type(error), error, error.__traceback__, None)))
