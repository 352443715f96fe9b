"""The threads that enter a compiled loop together: torch's own team if it has one, threads of ours elsewhere.

torch shares its larger operations out among a team of OpenMP threads (libgomp), which wait for the next one by
spinning: for milliseconds they hold the very core that a second thread of ours would want. Asked to do our work too,
they begin it within microseconds. Each Python thread has a team of its own, so that any number of visitors may call at
once; numba's own parallel loops are not used, because their default threading layer ends the process when two threads
enter it together.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Event
from typing import TYPE_CHECKING

from liquid.dynamics.scan.jobs import FAILED, HEAD
from liquid.dynamics.torch_internals import openmp_team

if TYPE_CHECKING:
    from liquid.dynamics.compiled import Callback


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="liquid-scan")


_forked = Event()


# A forked child inherits team and pool, but not their threads, and would wait for them for ever.
def _after_fork() -> None:
    _forked.set()
    _pool.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def share(work: Callback, numbers: Sequence[int], tasks: int, threads: int, owner: object) -> bool:
    """Run `work` on one job of so many tasks in up to `threads` threads, the caller's among them; returns when all have
    come back.

    A job is int64 in memory: its head, then `numbers`. False if a thread ran out of memory. `owner` keeps alive what
    addresses among the numbers point to: if an interrupt (Ctrl-C) ends the waiting for threads of our own, they may
    still be writing.
    """
    job = array("q", (0,) * HEAD + tuple(numbers))
    place = job.buffer_info()[0]
    team = openmp_team() if threads > 1 and not _forked.is_set() else None
    if threads < 2 or tasks < 2:
        work.run(place)
    elif team is not None:
        team(work.address, place, threads, 0)  # all of them: those beyond a smaller team would be ended and made anew
    else:

        def help_out(_: object = (owner, job)) -> None:
            work.run(place)

        helpers = [_pool().submit(help_out) for _ in range(min(threads, tasks) - 1)]
        work.run(place)
        for helper in helpers:
            if not helper.cancel():  # a busy pool only means less help, never waiting in line
                helper.result()
    return not job[FAILED]
