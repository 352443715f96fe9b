"""The seam: what a task, a job and an engine are, wherever the work runs."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

from liquid.errors import LiquidError

Stop = Callable[[], bool]
State = Literal["waiting", "running", "done", "failed"]
Item = TypeVar("Item")
Result = TypeVar("Result")
INTERNAL_ERROR = "An internal error occurred ({}). Please try again."


def never() -> bool:
    return False


def by_name(function: Callable[..., Any]) -> None:
    """Raises LiquidError for a function that another process could not find by its name."""
    named: Any = sys.modules.get(function.__module__)
    for part in function.__qualname__.split("."):
        named = getattr(named, part, None)
    if named is not function:
        raise LiquidError(
            f"{function.__qualname__} cannot be run elsewhere: it is not found by its name in {function.__module__}. "
            "Move it to the top level of a module, and hand what it needs in as arguments."
        )


@dataclass(frozen=True)
class Task:
    """A generator function of a module, and its arguments: enough to run it in another process.

    It is called as `function(*arguments, stop)` and is to end soon after `stop()` turns true; its events are the job's.
    """

    function: Callable[..., Iterator[Any]]
    arguments: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        by_name(self.function)

    def events(self, stop: Stop) -> Iterator[Any]:
        return self.function(*self.arguments, stop)


@runtime_checkable
class Timed(Protocol):
    """An event that knows how many seconds of work are left after it."""

    @property
    def time_left(self) -> float: ...


class Turns(Protocol):
    """What a job asks its engine while others are before it."""

    def place(self, job: Job) -> int: ...

    def seconds_until(self, job: Job) -> float | None: ...

    def stopped(self, job: Job) -> None: ...


class Job:
    """One task being worked off, as its owner sees it. Safe to use from any thread."""

    def __init__(self, task: Task, owner: str, turns: Turns) -> None:
        self.task = task
        self.owner = owner
        self.began = 0.0  # seconds of the monotonic clock
        self._turns = turns
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
    def place(self) -> int:
        """How many jobs start until this one has, itself among them; 0 once it runs."""
        return self._turns.place(self)

    @property
    def seconds_until_start(self) -> float | None:
        """An estimate from the jobs before this one and from those before them; None while nothing is known."""
        return self._turns.seconds_until(self)

    @property
    def time_left(self) -> float | None:
        """Seconds that the running work thinks it still needs; None while it has not said."""
        return next((event.time_left for event in reversed(self.events) if isinstance(event, Timed)), None)

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    def stop(self) -> None:
        """Ask the work to end; what it has so far is kept. What has not started ends at once."""
        self._stop.set()
        self._turns.stopped(self)

    def asked_to_stop(self, wait: float = 0.0) -> bool:
        """Whether `stop` was called, after waiting up to `wait` seconds for it."""
        return self._stop.wait(wait)

    def started(self) -> None:
        """The work begins, or begins anew after its worker was lost: events of an earlier attempt are void."""
        with self._lock:
            self._events.clear()
        self.began = time.monotonic()
        self._state = "running"

    def happened(self, event: Any) -> None:
        with self._lock:
            self._events.append(event)

    def ended(self, problem: str = "") -> None:
        self._problem, self._state = problem, "failed" if problem else "done"


class Engine(Protocol):
    """Bounded workers behind a fair queue, here or elsewhere."""

    def submit(self, task: Task, owner: str) -> Job:
        """Queue `task`. Nobody's second job starts while somebody else's first waits."""

    def results(
        self, function: Callable[[Item], Result], items: Iterable[Item], stop: Stop = never
    ) -> Iterator[tuple[Item, Result]]:
        """`(item, function(item))` for every item, in the order in which they finish, over all workers.

        A worker that dies costs its item another try. `stop()` true ends the stream within a second; an error of the
        function ends it with that error.
        """

    def close(self) -> int:
        """Stop everything and let the workers go; how many jobs ran or waited."""
