"""Threads of our own for compiled loops: any number of callers at once, and never a lock between them.

numba's own parallel loops are not used: its default threading layer ends the process when two threads enter it
together, and a dashboard's visitors are threads. The loops here release Python's lock, so plain threads are enough.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import TypeVar

Task = TypeVar("Task")


@cache
def _pool(process: int) -> ThreadPoolExecutor:
    # By process: a forked child inherits the pool but not its threads.
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="liquid-scan")


def share(work: Callable[[Task], None], tasks: Iterable[Task], threads: int) -> None:
    """Do every task on up to `threads` threads, the caller's among them; returns when all are done.

    The caller takes tasks too, so that a busy pool only means less help, never waiting in line. After an error or an
    interrupt (Ctrl-C) no task is begun, those under way are waited for, and the first error is raised. A second
    interrupt ends this waiting: `work` must own the memory that it writes to.
    """
    waiting = deque(tasks)

    def take() -> None:
        while True:
            try:
                task = waiting.popleft()
            except IndexError:
                return
            try:
                work(task)
            except BaseException:
                waiting.clear()
                raise

    helpers: list[Future[None]] = []
    try:
        for _ in range(min(threads, len(waiting)) - 1):
            helpers.append(_pool(os.getpid()).submit(take))
        take()
    finally:
        waiting.clear()
        errors = [helper.exception() for helper in helpers if not helper.cancel()]
    for error in errors:
        if error is not None:
            raise error
