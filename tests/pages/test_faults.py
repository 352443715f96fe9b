"""Faults beneath the pages: a sentence in place, all else goes on, and it is well again by itself."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from test_runs import links_in, pressed, trained, visit

from benchmarks.people import LONG, Server, served, start_training
from benchmarks.tab import Tab, visitor
from liquid.learning.run import Run
from liquid.runs.store import connect
from pages.shared import saved_runs
from tests.faults import full_disk, locked

RunLoop = Callable[[Coroutine[Any, Any, Any]], Any]
OWNER = "m" * 43


@pytest.fixture(scope="module")
def own() -> Run:
    return trained("own")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(connect, "PATIENCE", 0.2)
    monkeypatch.setenv(connect.SETTING, f"sqlite:///{tmp_path / 'runs.sqlite3'}")
    saved_runs._opened_store.clear()
    yield tmp_path / "runs.sqlite3"
    saved_runs._opened_store.clear()


def test_a_save_that_the_disk_or_another_program_prevents_is_a_sentence_and_the_next_succeeds(
    own: Run, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = visit(shown=own)
    saved_runs.store()
    for fault in (full_disk(file.stat().st_size + 4096), locked(f"sqlite:///{file}")):
        with fault:
            app = pressed(app, "share_save")
        (problem,) = app.error
        assert "nothing was saved" in problem.value
        assert links_in(app) == []
        assert "The store does not answer" in caplog.text
        caplog.clear()
    app = pressed(app, "share_save")
    assert not app.error
    assert len(links_in(app)) == 1
    assert len(visit("runs").expander) == 1


def test_a_database_that_is_none_at_start_hides_saved_runs_and_nothing_else(
    own: Run, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file.write_bytes(b"no database at all, " * 1000)
    app = visit(shown=own)
    assert not app.error
    app = pressed(app, "share_save")
    assert "Saved runs cannot be reached" in app.error[0].value
    assert "is not a database" in caplog.text
    file.unlink()
    assert len(links_in(pressed(app, "share_save"))) == 1


async def come_back(server: Server, worked: bool) -> str:
    """What a tab is shown that this server does not know, and whose browser says whether it had trained here."""
    tab = Tab(server.url, path="train")
    await tab.connect()
    await tab.run()
    tokens = [OWNER, f"{worked:d}" * 43, worked]
    await tab.run(tab.put("browser", json_value=json.dumps({"tokens": tokens})))
    await tab.settle()
    assert tab.errors == []
    await tab.close()
    return " ".join(tab.texts)


async def train_and_end(server: Server) -> None:
    async with visitor(server.url, "train", LONG) as tab:
        await start_training(tab, "owner-0123456789abcdef")
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(30)


def test_a_server_that_ends_says_what_is_lost_to_the_log_and_the_next_one_to_the_tab(run_loop: RunLoop) -> None:
    with served() as server:
        assert "is gone: the server was restarted" in run_loop(come_back(server, worked=True))
        assert "is gone" not in run_loop(come_back(server, worked=False))
        run_loop(train_and_end(server))
        assert "The server ends with 1 trainings or studies unfinished" in server.log.read_text()
        assert server.tracebacks() == 0
