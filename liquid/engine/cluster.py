"""Long work on a Dask cluster: its scheduler and workers run this project's code and are trusted like this process."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from distributed import Client, Event, Future, KilledWorker, Queue, get_client, secede
from distributed.protocol.serialize import deserialize_bytes, serialize_bytes

from liquid.engine.base import Item, Job, Result, Stop, Task, by_name, never
from liquid.engine.workers import PATIENCE, Workers
from liquid.errors import LiquidError

PULSE = 0.1  # seconds between two looks at what the cluster has to tell
CONNECT = 10.0  # seconds


class DaskEngine(Workers):
    """As many jobs at once as the cluster had threads when this began; each is watched by a thread here.

    The cluster starts a lost worker's task again on another (its own setting `allowed-failures` says how often).
    """

    def __init__(self, scheduler: str) -> None:
        try:
            self._client = Client(scheduler, timeout=CONNECT, set_as_default=False)
        except (OSError, ValueError) as error:
            raise LiquidError(
                f"No Dask scheduler answers at {scheduler!r}. Start one with `dask scheduler`, or unset "
                "LIQUID_DASK_SCHEDULER to work on this machine."
            ) from error
        super().__init__(max(1, sum(self._client.nthreads().values())))

    def close(self) -> int:
        unfinished = super().close()
        self._client.close()
        return unfinished

    def perform(self, job: Job) -> None:
        name = f"liquid-{uuid.uuid4().hex}"
        events, stop_request = Queue(name, self._client), Event(name, self._client)
        future = self._client.submit(relay, job.task, name, key=name, pure=False)
        attempt = ""
        stopping = False
        try:
            ended = False
            while not ended:
                ended = future.done()  # before the last look, so that no event is missed
                for sender, event in events.get(batch=True):
                    if attempt not in ("", sender):
                        job.started()  # the worker was lost, and another began anew
                    attempt = sender
                    job.happened(deserialize_bytes(event))
                if job.stopping and not stopping:
                    stopping = True
                    stop_request.set()
                time.sleep(0 if ended else PULSE)
            answer(future, "The work")
        finally:
            events.close()
            stop_request.clear()

    def results(
        self, function: Callable[[Item], Result], items: Iterable[Item], stop: Stop = never
    ) -> Iterator[tuple[Item, Result]]:
        by_name(function)
        pending = {self._client.submit(function, item, pure=False): item for item in items}
        try:
            while pending and not stop():
                finished = [future for future in pending if future.done()]
                for future in finished:
                    item = pending.pop(future)
                    yield item, answer(future, repr(item))
                time.sleep(0 if finished else PULSE)
        finally:
            self._client.cancel(list(pending))


def answer(future: Future[Any], what: str) -> Any:
    try:
        return future.result()
    except KilledWorker as error:
        raise LiquidError(
            f"{what} ended its worker every time, perhaps for want of memory. Make it smaller."
        ) from error


def relay(task: Task, name: str) -> None:
    """On a worker: tell every event of the task to the queue called `name`, signed by this attempt."""
    client = get_client()
    events, stop_request, stop = Queue(name, client), Event(name, client), threading.Event()
    attempt = uuid.uuid4().hex

    def tell() -> None:
        for event in task.events(stop.is_set):
            events.put((attempt, serialize_bytes(event)))

    with ThreadPoolExecutor(1, thread_name_prefix="liquid-work") as own:
        working = own.submit(tell)
        while not wait([working], PULSE).done:
            if not stop.is_set() and stop_request.is_set():
                stop.set()
                if not wait([working], PATIENCE).done:
                    secede()  # it has not stopped: the worker takes the next task beside it
        working.result()
