"""Threads of our own for compiled loops: any number of callers at once, and never a lock between them.

numba's own parallel loops are not used: its default threading layer ends the process when two threads enter it
together, and a dashboard's visitors are threads. The loops here release Python's lock, so plain threads are enough.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

Task = TypeVar("Task")


@cache
def _pool(process: int) -> ThreadPoolExecutor:
    # By process: a forked child inherits the pool but not its threads.
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="liquid-scan")


def share(work: Callable[[Task], None], tasks: Iterable[Task], threads: int) -> None:
    """Do every task on up to `threads` threads, the caller's among them; returns when all are done.

    The caller takes tasks too, so that a busy pool only means less help, never waiting in line.
    """
    waiting = deque(tasks)

    def take() -> None:
        while True:
            try:
                task = waiting.popleft()
            except IndexError:
                return
            work(task)

    helpers = [_pool(os.getpid()).submit(take) for _ in range(min(threads, len(waiting)) - 1)]
    take()
    for helper in helpers:
        if not helper.cancel():
            helper.result()
