"""What all tests share: one thread a process, and no test left out."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import settings

# The same examples every time, and no judgement by the clock: a busy machine is slow, not wrong.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")

# Before anything imports numpy or torch: small matrices gain nothing from threads, and sums keep their order.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")


MAIN = sys.modules["__main__"]


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """A page under test becomes `__main__`, and every process started later would begin by running it."""
    sys.modules["__main__"] = MAIN  # a page may have been run for a whole module of tests
    yield
    sys.modules["__main__"] = MAIN


@pytest.fixture
def run_loop() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """asyncio.run in a thread of its own: after a browser's test a loop goes on running in the main one."""

    def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, coroutine).result()

    return run


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Among several processes a file is one's own, and so is the browser, which takes longest and begins first."""
    if not hasattr(config, "workerinput"):
        return
    items.sort(key=lambda item: item.path.parent.name != "browser")
    for item in items:
        name = item.path.parent.name
        item.add_marker(pytest.mark.xdist_group(name if name == "browser" else str(item.path)))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test is a promise nobody checked: the run fails."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line("\nSome tests were skipped, so this run does not count as passed.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
