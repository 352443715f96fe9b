"""A visit's work outlives a lost connection, and not a closed tab."""

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import work
from test_engine import ended, wait

from benchmarks.people import LONG, served, start_training
from benchmarks.tab import visitor
from liquid.engine import Engine, Job, Task
from pages.shared import sessions
from pages.shared.sessions import Session, Sessions


@pytest.fixture
def working(local: Engine, flag: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Session, Job]:
    """A visit with a job that runs until it is stopped or the flag appears."""
    monkeypatch.setattr(sessions, "engine", lambda: local)
    session = Session()
    session.connect()
    job = session.submit(Task(work.until, (str(flag),)))
    wait(lambda: job.events)
    return session, job


@pytest.mark.parametrize(("given", "seconds"), [("", 60), ("0", 0), ("90.5", 90.5)])
def test_the_grace_is_what_is_set(given: str, seconds: float, caplog: pytest.LogCaptureFixture) -> None:
    assert sessions.grace(given) == seconds
    assert not caplog.text


@pytest.mark.parametrize("given", ["abc", "-1", "nan", "inf", "1e6"])
def test_a_grace_that_is_none_is_told_and_not_used(given: str, caplog: pytest.LogCaptureFixture) -> None:
    assert sessions.grace(given) == 60
    assert f"LIQUID_GRACE_SECONDS={given} is not a number of seconds" in caplog.text


def test_a_closed_tabs_work_ends_after_the_grace(
    working: tuple[Session, Job], flag: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, job = working
    monkeypatch.setattr(sessions, "GRACE", 0.05)
    session.disconnect()
    assert ended(job).events == ("started", "stopped")


def test_who_comes_back_in_time_finds_the_work_going_on(
    working: tuple[Session, Job], flag: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, job = working
    monkeypatch.setattr(sessions, "GRACE", 0.2)
    session.disconnect()
    session.connect()
    assert not session.disconnected
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
    working: tuple[Session, Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, job = working
    registry, stranger, again = Sessions(), Session(), Session()
    for one in (stranger, again):
        one.connect()
    before.state["run"] = "a result"
    assert registry.enter("tab", before) is before
    before.disconnect()
    assert registry.enter("another", stranger) is stranger
    assert registry.enter("tab", again) is before
    assert not before.disconnected
    assert job.active
    monkeypatch.setattr(sessions, "GRACE", 0.05)
    before.disconnect()
    ended(job)
    assert before.state == {}
    assert registry.enter("tab", again) is again
    assert len(registry) == 2


def test_a_reload_that_the_old_session_has_not_noticed_loses_nothing(working: tuple[Session, Job]) -> None:
    before, job = working
    registry, again = Sessions(), Session()
    registry.enter("tab", before)
    assert registry.enter("tab", again) is before
    before.disconnect()
    assert not before.disconnected
    assert job.active


def test_what_a_page_began_before_its_tab_was_known_goes_on_in_the_tabs_visit(
    working: tuple[Session, Job], flag: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy, job = working
    registry, before = Sessions(), Session()
    before.connect()
    before.state["run"] = "a result"
    registry.enter("tab", before)
    assert registry.enter("tab", busy) is before
    busy.disconnect()
    busy.end()
    assert not job.stopping
    assert before.state == {"run": "a result"}
    monkeypatch.setattr(sessions, "GRACE", 0.05)
    before.disconnect()
    before.disconnect()
    assert ended(job).events == ("started", "stopped")


def test_a_thousand_who_leave_take_no_thread_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "GRACE", 0.3)
    left = [Session() for _ in range(1000)]
    before = threading.active_count()
    for session in left:
        session.connect()
        session.disconnect()
    left[0].connect()
    assert threading.active_count() <= before + 1
    wait(lambda: all(session.over for session in left[1:]))
    assert not left[0].over
    left[0].disconnect()
    wait(lambda: left[0].over)


def test_a_grace_that_began_anew_is_not_ended_by_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session()
    session.connect()
    monkeypatch.setattr(sessions, "GRACE", 0.05)
    session.disconnect()
    session.connect()
    monkeypatch.setattr(sessions, "GRACE", 60)
    session.disconnect()
    other = Session()
    other.connect()
    monkeypatch.setattr(sessions, "GRACE", 0.1)
    other.disconnect()
    wait(lambda: other.over)
    assert session.disconnected


def test_only_so_many_who_are_away_are_kept(working: tuple[Session, Job]) -> None:
    eldest, job = working
    registry = Sessions(most_disconnected=2)
    registry.enter("0", eldest)
    eldest.disconnect()
    others = [Session() for _ in range(3)]
    for name, other in enumerate(others, 1):
        other.connect()
        registry.enter(str(name), other)
        other.disconnect()
    ended(job)
    assert registry.enter("0", fresh := Session()) is fresh
    assert registry.enter("3", Session()) is others[2]
