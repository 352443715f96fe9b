"""A sweep over items in processes of this machine, and one call in a process of its own.

Dask's LocalCluster could do it: its first result came after 1.7 to 2.0 s instead of 0.2 to 0.3, 500 small items took
14 times as long, and a worker held four times the memory (two workers, two runs of each in turn).
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from liquid.engine.base import Item, Result, Stop, by_name, never
from liquid.errors import LiquidError

TRIES = 3
PULSE = 0.1  # seconds between two looks at `stop`
SPAWN = multiprocessing.get_context("spawn")  # a fork would inherit torch's threads' locks, held


class Worker:
    """A process that answers one item at a time; it ends by itself when this process does."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.pipe, theirs = SPAWN.Pipe()
        self.process = SPAWN.Process(target=serve, args=(function, theirs), name="liquid-cell", daemon=True)
        self.process.start()
        theirs.close()  # so that its end of the pipe closes when it dies

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def serve(function: Callable[[Any], Any], pipe: Connection) -> None:
    """The worker's life: an item in, `(result, None)` or `(None, error)` out, until the other end is closed."""
    while True:
        try:
            item = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send((function(item), None))
        except Exception as error:
            pipe.send((None, error))


@dataclass(frozen=True)
class Call:
    """A call with a name that stands for its arguments, which may be a large file."""

    name: str
    call: Callable[[], Any]

    def __repr__(self) -> str:
        return self.name


def answered(call: Call) -> Any:
    """What a call returns, or the LiquidError that it raises."""
    try:
        return call.call()
    except LiquidError as problem:
        return problem


def apart(name: str, call: Callable[[], Any], stop: Stop) -> Iterator[Any]:
    """A task whose one event is what `call()` returns, or the LiquidError that it raises, from a process of its own.

    For work that would hold Python's lock, and whose memory is not to stay with the server.
    """
    one = Call(name, call)
    if multiprocessing.current_process().daemon:  # a cluster's worker, which has its own process and may start none
        yield answered(one)
        return
    for _, outcome in sweep(answered, [one], 1, stop):
        yield outcome


def sweep(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int, stop: Stop = never
) -> Iterator[tuple[Item, Result]]:
    """`(item, function(item))` as they finish, over `workers` processes. A killed process costs its item a try."""
    by_name(function)
    waiting = deque((item, 1) for item in items)
    idle = [Worker(function) for _ in range(min(workers, len(waiting)))]
    busy: dict[Connection, tuple[Worker, Item, int]] = {}
    try:
        while (waiting or busy) and not stop():
            while waiting and idle:
                worker = idle.pop()
                item, attempt = waiting.popleft()
                busy[worker.pipe] = (worker, item, attempt)
                try:
                    worker.pipe.send(item)
                except BrokenPipeError:
                    continue  # it died while idle: the pipe is at its end, which `wait` reports below
            ready = wait(list(busy), PULSE)
            for pipe in [pipe for pipe in busy if pipe in ready]:
                worker, item, attempt = busy.pop(pipe)
                try:
                    result, error = worker.pipe.recv()
                except (EOFError, ConnectionResetError):
                    worker.end()
                    if attempt == TRIES:
                        raise LiquidError(
                            f"{item!r} ended its worker {TRIES} times, perhaps for want of memory. Make it smaller."
                        ) from None
                    waiting.appendleft((item, attempt + 1))
                    idle.append(Worker(function))
                    continue
                idle.append(worker)
                if error is not None:
                    raise error
                yield item, result
    finally:
        for worker in [*idle, *(worker for worker, _, _ in busy.values())]:
            worker.end()
