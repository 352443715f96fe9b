"""What may go wrong beneath the store: each fault is a sentence and a line in the log, leaves nothing half-saved, and
everything works again, in the same store, as soon as the fault is gone."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from liquid.errors import LiquidError
from liquid.runs.store import Store, connect, store
from liquid.runs.store.retention import DAY
from tests.faults import PostgreSQL, full_disk, locked

ROOT = Path(__file__).resolve().parents[2]
OWNER = "o" * 43
FILES = {"config.json": b"{}", "weights.safetensors": bytes(range(256)) * 2000}  # more than a page of the database


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "liquid.sqlite3"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "PATIENCE", 0.2)


def assert_said(attempt: Callable[[], object], caplog: pytest.LogCaptureFixture, logged: str) -> None:
    """A sentence for the visitor, and the database's own words in the log, without a statement."""
    caplog.clear()
    with pytest.raises(LiquidError) as problem:
        attempt()
    said = str(problem.value)
    if said.startswith("The store at "):  # it could not be opened: the page logs this sentence
        assert "cannot be opened" in said
        assert logged in said
    else:
        assert re.fullmatch(r"The store does not answer \(\w+\): (nothing was saved; )?try again\.", said)
        assert logged in caplog.text
    assert "INSERT" not in said + caplog.text


def test_a_full_disk(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept = Store.open(f"sqlite:///{file}")
    before = kept.save(FILES, "before", OWNER)
    with full_disk(file.stat().st_size + 100_000):
        assert_said(lambda: kept.save(FILES, "too much", OWNER), caplog, "disk")
        assert kept.files(before) == FILES
    assert [run.title for run in kept.runs(OWNER)] == ["before"]
    kept.save(FILES, "after", OWNER)
    assert [run.title for run in kept.runs(OWNER)] == ["after", "before"]


def test_a_file_that_may_only_be_read(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    run = Store.open(f"sqlite:///{file}").save(FILES, "before", OWNER)
    read_only = f"sqlite:///file:{file}?mode=ro&uri=true"  # as for a user without the right to write
    kept = Store.open(read_only)
    assert kept.files(run) == FILES  # what was saved can still be opened
    for attempt in (lambda: kept.save(FILES, "after", OWNER), lambda: kept.delete(run, OWNER)):
        assert_said(attempt, caplog, "readonly database")
    assert_said(lambda: Store.open(f"sqlite:///file:{file}.new?mode=ro&uri=true"), caplog, "")
    again = Store.open(f"sqlite:///{file}")
    again.save(FILES, "after", OWNER)
    assert [one.title for one in again.runs(OWNER)] == ["after", "before"]


@pytest.mark.parametrize("damage", ["no database", "a page in the middle", "the end"])
def test_a_damaged_file_at_start(file: Path, damage: str, caplog: pytest.LogCaptureFixture) -> None:
    run = Store.open(f"sqlite:///{file}").save(FILES, "before", OWNER)
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    whole = file.read_bytes()
    damaged = {
        "no database": b"x" * len(whole),
        "a page in the middle": whole[:4096] + b"\xff" * 8192 + whole[12288:],
        "the end": whole[: len(whole) // 2],
    }
    file.write_bytes(damaged[damage])

    def use() -> None:
        opened = Store.open(f"sqlite:///{file}")
        assert opened.files(run) == FILES

    assert_said(use, caplog, "database")
    file.write_bytes(whole)
    use()


def test_a_file_that_is_damaged_and_replaced_under_a_store_that_is_open(
    file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = Store.open(f"sqlite:///{file}")
    run = kept.save(FILES, "before", OWNER)
    kept.close()  # what lay beside the file is in it
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    assert_said(lambda: kept.files(run), caplog, "malformed")
    with pytest.raises(LiquidError, match=r": try again\.$"):  # who reads is told nothing of saving
        kept.files(run)
    (tmp_path / "copy").write_bytes(whole)
    (tmp_path / "copy").replace(file)
    assert kept.files(run) == FILES


def test_a_lock_that_another_program_holds(url: str, impatient: None, caplog: pytest.LogCaptureFixture) -> None:
    kept = Store.open(url)
    run = kept.save(FILES, "before", OWNER)
    with locked(url):
        assert_said(lambda: kept.save(FILES, "after", OWNER), caplog, "lock")
        assert_said(lambda: kept.rename(run, OWNER, "renamed"), caplog, "lock")
        assert kept.files(run) == FILES  # who reads does not wait
    assert [one.title for one in kept.runs(OWNER)] == ["before"]
    kept.save(FILES, "after", OWNER)
    kept.close()


def test_a_table_that_an_administrator_has_locked(
    server: PostgreSQL, impatient: None, caplog: pytest.LogCaptureFixture
) -> None:
    kept = Store.open(server.url)
    run = kept.save(FILES, "before", OWNER)
    with psycopg.connect(server.url) as other:
        other.execute("LOCK TABLE runs")
        assert_said(lambda: kept.files(run), caplog, "lock")
        assert_said(lambda: kept.delete(run, OWNER), caplog, "lock")
        other.rollback()
    kept.delete(run, OWNER)
    kept.close()


def test_a_postgresql_that_is_restarted(server: PostgreSQL, caplog: pytest.LogCaptureFixture) -> None:
    kept = Store.open(server.url)
    run = kept.save(FILES, "before", OWNER)
    server.stop()
    try:
        assert_said(lambda: kept.files(run), caplog, "refused")
        assert_said(lambda: kept.save(FILES, "meanwhile", OWNER), caplog, "refused")
    finally:
        server.start()
    assert kept.files(run) == FILES
    server.stop()
    server.start()  # nobody asked while it was away: the connections that are kept are dead
    assert [one.title for one in kept.runs(OWNER)] == ["before"]
    kept.delete(run, OWNER)
    kept.close()


def test_a_clock_that_is_set_back(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Store.open(url)
    kept.save(FILES, "before", OWNER)
    now = time.time()
    monkeypatch.setattr(store.time, "time", lambda: now - 400 * DAY)
    first = kept.save(FILES, "first", OWNER)
    kept.save(FILES, "second", OWNER)
    assert [run.title for run in kept.runs(OWNER)] == ["second", "first", "before"]
    monkeypatch.setattr(store.time, "time", lambda: now + DAY)
    kept.save(FILES, "later", OWNER)  # runs of the wrong year have not expired by now
    assert kept.files(first) == FILES
    kept.close()


def test_two_servers_on_one_file(file: Path) -> None:
    program = (
        "import sys; from liquid.runs.store import Store; store = Store.open(sys.argv[1]);\n"
        "for n in range(20): store.save({'a': sys.argv[2].encode() * 30000}, f'{sys.argv[2]} {n}', 'o' * 43)"
    )
    command = [sys.executable, "-c", program, f"sqlite:///{file}"]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    both = [subprocess.Popen([*command, name], cwd=ROOT, env=env) for name in "xy"]
    assert [process.wait() for process in both] == [0, 0]
    kept = Store.open(f"sqlite:///{file}")
    found = kept.runs(OWNER)
    assert sorted(run.title for run in found) == sorted(f"{name} {n}" for name in "xy" for n in range(20))
    assert all(kept.files(run.id) == {"a": run.title[0].encode() * 30000} for run in found)
    kept.close()
