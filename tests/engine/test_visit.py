"""A visit's work outlives a lost connection, and not a closed tab."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import work
from test_engine import ended, wait

from benchmarks.load import LONG, served, start_training
from benchmarks.tab import visitor
from liquid.engine import Engine, Job, Task
from pages.components import work as place
from pages.components.work import Visit


@pytest.fixture
def working(local: Engine, flag: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Visit, Job]:
    """A visit with a job that runs until it is stopped or the flag appears."""
    monkeypatch.setattr(place, "engine", lambda: local)
    visit = Visit()
    visit.came()
    job = visit.submit(Task(work.until, (str(flag),)))
    wait(lambda: job.events)
    return visit, job


def test_a_closed_tabs_work_ends_after_the_grace(
    working: tuple[Visit, Job], flag: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit, job = working
    monkeypatch.setattr(place, "GRACE", 0.05)
    visit.left()
    assert ended(job).events == ("started", "stopped")


def test_who_comes_back_in_time_finds_the_work_going_on(
    working: tuple[Visit, Job], flag: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit, job = working
    monkeypatch.setattr(place, "GRACE", 0.2)
    visit.left()
    visit.came()
    assert not visit.ending
    flag.touch()
    assert ended(job).events == ("started", "flag")


def test_a_browser_that_reconnects_finds_its_training() -> None:
    async def lose_the_connection(url: str) -> None:
        async with visitor(url, "train", LONG) as tab:
            await start_training(tab, "owner-0123456789abcdef")
            session = tab.session
            for _ in range(2):
                await tab.drop()
                await tab.connect()
                await tab.run()
                await tab.settle()
                await tab.run()
                assert tab.session == session
                assert "stop" in tab.widgets
            tab.page = tab.pages[""]
            await tab.drop()
            await tab.connect()
            await tab.run()
            assert "stop" not in tab.widgets
            await tab.settle()
            tab.page = tab.pages["train"]
            await tab.run()
            assert "stop" in tab.widgets
            await tab.run(tab.widgets["stop"].fragment, pressed="stop")
            assert tab.errors == []

    with served() as server:
        asyncio.run(lose_the_connection(server.url))
        assert server.tracebacks() == 0
