"""What all tests share: one thread a process, and no test left out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Before anything imports numpy or torch: small matrices gain nothing from threads, and sums keep their order.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")


# Folders whose tests share a server: where two processes test, one of them takes the whole folder.
TOGETHER = {"browser", "engine", "store"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser's tests run last; where two processes test, first, because one alone works them off."""
    browser = [item for item in items if Path(item.path).parent.name == "browser"]
    rest = [item for item in items if item not in browser]
    for item in items:
        folder = Path(item.path).parent.name
        if folder in TOGETHER:
            item.add_marker(pytest.mark.xdist_group(folder))
    for item in browser:
        item.add_marker(pytest.mark.browser)
    items[:] = browser + rest if "PYTEST_XDIST_WORKER" in os.environ else rest + browser


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test is a promise nobody checked: the run fails."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line("\nSome tests were skipped, so this run does not count as passed.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
