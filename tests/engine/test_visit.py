"""A visit's work outlives a lost connection, and not a closed tab."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import work
from test_engine import ended, wait

from benchmarks.people import LONG, served, start_training
from benchmarks.tab import visitor
from liquid.engine import Engine, Job, Task
from pages.shared import sessions as place
from pages.shared.sessions import Visit, Visits


@pytest.fixture
def working(local: Engine, flag: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Visit, Job]:
    """A visit with a job that runs until it is stopped or the flag appears."""
    monkeypatch.setattr(place, "engine", lambda: local)
    visit = Visit()
    visit.came()
    job = visit.submit(Task(work.until, (str(flag),)))
    wait(lambda: job.events)
    return visit, job


@pytest.mark.parametrize(("given", "seconds"), [("", 60), ("0", 0), ("90.5", 90.5)])
def test_the_grace_is_what_is_set(given: str, seconds: float, caplog: pytest.LogCaptureFixture) -> None:
    assert place.grace(given) == seconds
    assert not caplog.text


@pytest.mark.parametrize("given", ["abc", "-1", "nan", "inf", "1e6"])
def test_a_grace_that_is_none_is_told_and_not_used(given: str, caplog: pytest.LogCaptureFixture) -> None:
    assert place.grace(given) == 60
    assert f"LIQUID_GRACE_SECONDS={given} is no number of seconds" in caplog.text


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


def test_a_browser_that_reconnects_finds_its_training(run_loop: Callable[[Coroutine[Any, Any, None]], None]) -> None:
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
        run_loop(lose_the_connection(server.url))
        assert server.tracebacks() == 0


def test_a_tab_finds_its_visit_and_no_other_until_the_grace_is_over(
    working: tuple[Visit, Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, job = working
    registry, stranger, again = Visits(), Visit(), Visit()
    for one in (stranger, again):
        one.came()
    before.kept["run"] = "a result"
    assert registry.enter("tab", before) is before
    before.left()
    assert registry.enter("another", stranger) is stranger
    assert registry.enter("tab", again) is before
    assert not before.ending
    assert job.active
    monkeypatch.setattr(place, "GRACE", 0.05)
    before.left()
    ended(job)
    assert before.kept == {}
    assert registry.enter("tab", again) is again
    assert len(registry) == 2


def test_a_reload_that_the_old_session_has_not_noticed_loses_nothing(working: tuple[Visit, Job]) -> None:
    before, job = working
    registry, again = Visits(), Visit()
    registry.enter("tab", before)
    assert registry.enter("tab", again) is before
    before.left()
    assert not before.ending
    assert job.active


def test_what_a_page_began_before_its_tab_was_known_goes_on_in_the_tabs_visit(
    working: tuple[Visit, Job], flag: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy, job = working
    registry, before = Visits(), Visit()
    before.came()
    before.kept["run"] = "a result"
    registry.enter("tab", before)
    assert registry.enter("tab", busy) is before
    busy.left()
    busy.end()
    assert not job.stopping
    assert before.kept == {"run": "a result"}
    monkeypatch.setattr(place, "GRACE", 0.05)
    before.left()
    before.left()
    assert ended(job).events == ("started", "stopped")


def test_only_so_many_who_are_away_are_kept(working: tuple[Visit, Job]) -> None:
    eldest, job = working
    registry = Visits(most_away=2)
    registry.enter("0", eldest)
    eldest.left()
    others = [Visit() for _ in range(3)]
    for name, other in enumerate(others, 1):
        other.came()
        registry.enter(str(name), other)
        other.left()
    ended(job)
    assert registry.enter("0", fresh := Visit()) is fresh
    assert registry.enter("3", Visit()) is others[2]
