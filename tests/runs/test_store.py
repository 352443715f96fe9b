"""The store keeps what it is given, for its owner, within its limits; on SQLite and PostgreSQL alike."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, select, text, update

from liquid.errors import LiquidError
from liquid.runs.store import Limits, Store, connect, new_token
from liquid.runs.store.retention import DAY
from liquid.runs.store.tables import FILES as FILES_TABLE
from liquid.runs.store.tables import METADATA, RUNS

ROOT = Path(__file__).resolve().parents[2]
FILES = {"config.json": b"{}", "weights.safetensors": bytes(range(256)), "empty.csv": b""}
MINE, THINE = "mine" * 10, "thine" * 10


def made_before(store: Store, run: str, days: float) -> None:
    with store._writing() as connection:
        connection.execute(update(RUNS).where(RUNS.c.id == run).values(created=time.time() - days * DAY))


def test_a_run_comes_back_byte_for_byte(opened: Callable[..., Store]) -> None:
    run = opened().save(FILES, "Sunspots", MINE)
    again = opened()
    assert again.files(run) == FILES
    found = again.find(run)
    assert (found.title, found.pinned, found.bytes) == ("Sunspots", False, 258)
    assert abs(found.created - time.time()) < 3600


def test_ids_and_tokens_cannot_be_guessed(store: Store) -> None:
    ids = {store.save(FILES, "x", MINE) for _ in range(20)}
    assert len(ids) == 20
    assert all(len(run) >= 22 for run in ids)  # base64 characters of 128 bits
    assert len(new_token()) >= 43
    assert new_token() != new_token()


def test_no_id_looks_like_an_option_of_a_command(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    made = iter(["-" + "x" * 21, "-" + "y" * 21, "z" * 22])
    monkeypatch.setattr("liquid.runs.store.store.secrets.token_urlsafe", lambda size: next(made))
    assert store.save(FILES, "x", MINE) == "z" * 22


def test_the_owners_token_is_not_kept(store: Store) -> None:
    store.save(FILES, "x", MINE)
    with store._reading() as connection:
        rows = str([tuple(row) for row in connection.execute(text("SELECT * FROM runs"))])
    assert MINE not in rows


def test_runs_lists_ones_own_newest_first(store: Store) -> None:
    first, second = store.save(FILES, "first", MINE), store.save(FILES, "second", MINE)
    store.save(FILES, "another", THINE)
    made_before(store, first, 1)
    assert [run.id for run in store.runs(MINE)] == [second, first]
    assert store.runs("nobody") == ()


def test_whoever_runs_the_server_sees_and_removes_all(store: Store) -> None:
    first, second = store.save(FILES, "first", MINE), store.save(FILES, "second", THINE)
    made_before(store, first, 1)
    assert [run.id for run in store.everything()] == [second, first]
    store.remove(first)
    assert [run.id for run in store.everything()] == [second]
    with pytest.raises(LiquidError, match="no run under this link"):
        store.remove(first)


def test_only_the_owner_changes_a_run(store: Store) -> None:
    run = store.save(FILES, "mine", MINE)
    attempts: list[Callable[[], object]] = [
        lambda: store.rename(run, THINE, "yours"),
        lambda: store.pin(run, THINE, True),
        lambda: store.delete(run, THINE),
        lambda: store.save({"config.json": b"0"}, "yours", THINE, run=run),
        lambda: store.delete(run, ""),
    ]
    for attempt in attempts:
        with pytest.raises(LiquidError, match="Only the browser that saved"):
            attempt()
    assert store.find(run).title == "mine"
    assert store.files(run) == FILES
    assert store.is_owner(run, MINE)
    assert not store.is_owner(run, THINE)
    store.rename(run, MINE, "still mine")
    store.pin(run, MINE, True)
    assert (store.find(run).title, store.find(run).pinned) == ("still mine", True)
    assert store.save({"b": b"2"}, "new", MINE, run=run) == run
    assert store.files(run) == {"b": b"2"}
    assert store.find(run).pinned
    store.delete(run, MINE)
    with pytest.raises(LiquidError, match="no run under this link"):
        store.files(run)


HOSTILE_IDS = (
    "",
    "x",
    "' OR 1=1 --",
    "%",
    "../../etc/passwd",
    "a" * 100_000,
    "\x00",
    "\ud800",
    "運",
    "x; DROP TABLE runs",
)


def test_an_id_that_is_none_finds_nothing(store: Store) -> None:
    run = store.save(FILES, "x", MINE)
    for identity in HOSTILE_IDS:
        for question in (store.find, store.files, lambda run: store.delete(run, MINE)):
            with pytest.raises(LiquidError, match="no run under this link"):
                question(identity)
    assert store.files(run) == FILES


def test_titles_are_one_plain_line(store: Store) -> None:
    run = store.save(FILES, "  a\x00b\n\x1b[2J\u202ec  " + "d" * 1000, MINE)
    title = store.find(run).title
    assert title.startswith("a b [2J c ")
    assert len(title) == 120
    with pytest.raises(LiquidError, match="title is empty"):
        store.save(FILES, " \n\x00", MINE)


def test_a_run_too_large_is_refused(opened: Callable[..., Store]) -> None:
    store = opened(run_bytes=1000)
    with pytest.raises(LiquidError, match="the limit is"):
        store.save({"a": bytes(600), "b": bytes(401)}, "x", MINE)
    assert store.runs(MINE) == ()
    store.save({"a": bytes(600), "b": bytes(400)}, "x", MINE)


def test_the_oldest_unpinned_go_first(opened: Callable[..., Store]) -> None:
    store = opened(runs=4, share=0.5)
    runs = [store.save(FILES, str(number), MINE) for number in range(4)]
    for number, run in enumerate(runs):
        made_before(store, run, 10 - number)
    store.pin(runs[0], MINE, True)
    runs.append(store.save(FILES, "4", THINE))
    assert [run.title for run in store.runs(MINE)] == ["3", "2", "0"]
    assert store.find(runs[4]).title == "4"


def test_bytes_in_all_are_kept_below_the_limit(opened: Callable[..., Store]) -> None:
    store = opened(bytes=1000)
    for number in range(5):
        made_before(store, store.save({"a": bytes(300)}, str(number), MINE), 5 - number)
    assert [run.title for run in store.runs(MINE)] == ["4", "3", "2"]
    store.save({"a": bytes(1000)}, "all", MINE)
    assert [run.title for run in store.runs(MINE)] == ["all"]


def test_pins_take_at_most_half_of_the_space(opened: Callable[..., Store]) -> None:
    store = opened(runs=4, bytes=1000, share=1)
    one, two, three = (store.save({"a": bytes(100)}, str(number), MINE) for number in range(3))
    store.pin(one, MINE, True)
    store.pin(two, MINE, True)
    store.pin(two, MINE, True)  # again is no second pin
    with pytest.raises(LiquidError, match="half of the space"):
        store.pin(three, MINE, True)
    store.pin(one, MINE, False)
    store.pin(three, MINE, True)
    large = store.save({"a": bytes(800)}, "large", MINE)
    with pytest.raises(LiquidError, match="half of the space"):
        store.pin(large, MINE, True)


def test_a_full_store_says_so_and_keeps_everything(opened: Callable[..., Store]) -> None:
    store = opened(bytes=1000, share=1)
    pinned = store.save({"a": bytes(500)}, "pinned", MINE)
    store.pin(pinned, MINE, True)
    loose = store.save({"a": bytes(400)}, "loose", MINE)
    with pytest.raises(LiquidError, match="store is full"):
        store.save({"a": bytes(600)}, "x", THINE)
    assert {run.id for run in store.runs(MINE)} == {pinned, loose}  # nothing was deleted for a save that failed


def stored(store: Store) -> set[str]:
    with store._reading() as connection:
        return set(connection.scalars(select(FILES_TABLE.c.run)))


@pytest.mark.parametrize("at", ["the next save", "the next start"])
def test_expired_runs_are_gone_at_once_and_deleted_later(opened: Callable[..., Store], at: str) -> None:
    store = opened(days=30)
    old, pinned, young = (store.save(FILES, title, MINE) for title in ("old", "pinned", "young"))
    store.pin(pinned, MINE, True)
    for run, days in ((old, 31), (pinned, 31), (young, 29)):
        made_before(store, run, days)
    assert {run.id for run in store.runs(MINE)} == {run.id for run in store.everything()} == {pinned, young}
    attempts: list[Callable[[], object]] = [
        lambda: store.find(old),
        lambda: store.files(old),
        lambda: store.pin(old, MINE, True),
        lambda: store.save(FILES, "again", MINE, run=old),
    ]
    for attempt in attempts:
        with pytest.raises(LiquidError, match="it has expired"):
            attempt()
    assert old in stored(store)
    if at == "the next save":
        store.save(FILES, "next", THINE)
    else:
        opened(days=30)
    assert old not in stored(store)
    assert {pinned, young} <= stored(store)


def test_an_owner_over_quota_loses_their_own_oldest_runs_first(opened: Callable[..., Store]) -> None:
    store = opened(runs=10, bytes=10_000, share=0.3)
    others = [store.save({"a": bytes(100)}, f"theirs {number}", str(number)) for number in range(4)]
    for number, run in enumerate(others):
        made_before(store, run, 100 - number)
    for number in range(6):  # space that is free is anybody's
        made_before(store, store.save({"a": bytes(100)}, f"mine {number}", MINE), 50 - number)
    assert len(store.everything()) == 10
    made_before(store, store.save({"a": bytes(100)}, "mine 6", MINE), 44)
    assert [run.title for run in store.runs(MINE)] == [f"mine {number}" for number in range(6, 0, -1)]
    assert {run.id for run in store.everything()} >= set(others)
    store.save({"a": bytes(100)}, "theirs", THINE)  # within a share: the oldest of all goes
    assert others[0] not in stored(store)


def test_a_share_is_counted_in_bytes_too(opened: Callable[..., Store]) -> None:
    store = opened(bytes=1000, share=0.3)
    theirs = store.save({"a": bytes(300)}, "theirs", THINE)
    mine = [store.save({"a": bytes(300)}, "mine", MINE) for _ in range(2)]
    for number, run in enumerate([theirs, *mine]):
        made_before(store, run, 9 - number)
    newest = store.save({"a": bytes(300)}, "mine", MINE)
    assert {run.id for run in store.everything()} == {theirs, mine[1], newest}


def test_one_owner_pins_a_share_and_leaves_pins_to_others(opened: Callable[..., Store]) -> None:
    store = opened(runs=10, bytes=10_000, share=0.2)
    mine = [store.save({"a": bytes(100)}, str(number), MINE) for number in range(3)]
    for run in (*mine[:2], mine[0]):  # again is no third pin
        store.pin(run, MINE, True)
    with pytest.raises(LiquidError, match="more than 20% of the space"):
        store.pin(mine[2], MINE, True)
    theirs, large = store.save({"a": bytes(100)}, "x", THINE), store.save({"a": bytes(2_001)}, "large", THINE)
    store.pin(theirs, THINE, True)
    with pytest.raises(LiquidError, match="more than 20% of the space"):
        store.pin(large, THINE, True)
    with pytest.raises(LiquidError, match="more than 20% of the space"):  # nor by growing when it is saved again
        store.save({"a": bytes(2_001)}, "large", THINE, run=theirs)
    assert store.find(theirs).bytes == 100
    store.pin(mine[0], MINE, False)
    store.pin(mine[2], MINE, True)


def test_a_save_that_fails_leaves_nothing(store: Store) -> None:
    run = store.save(FILES, "whole", MINE)
    broken = {"a": b"1", "b": "text, which is no bytes"}
    for target in (None, run):
        with pytest.raises((LiquidError, TypeError)):
            store.save(broken, "broken", MINE, run=target)  # type: ignore[arg-type]
    assert [found.title for found in store.runs(MINE)] == ["whole"]
    assert store.files(run) == FILES


def test_cells_keep_results_of_studies(store: Store) -> None:
    assert store.cell("benchmark", "a") is None
    store.put_cell("benchmark", "b", json.dumps({"rmse": 0.1}))
    store.put_cell("benchmark", "a", "[1, null]")
    store.put_cell("noise", "a", "2")
    store.put_cell("noise", "a", "3")  # the later one stays
    assert store.cell("benchmark", "a") == "[1, null]"
    assert store.cell("noise", "a") == "3"
    assert store.cells("benchmark") == {"a": "[1, null]", "b": '{"rmse": 0.1}'}
    assert store.cells("nothing") == {}
    for text_ in ("", "{", "[" * 100_000):
        with pytest.raises(LiquidError, match="no JSON"):
            store.put_cell("noise", "a", text_)
    assert store.cell("noise", "a") == "3"


def test_many_threads_write_at_once(opened: Callable[..., Store]) -> None:
    store, other = opened(runs=10), opened(runs=10)
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit((store, other)[n % 2].save, FILES, str(n), MINE) for n in range(40)]:
            done.result()
        for done in [pool.submit((store, other)[n % 2].put_cell, "s", str(n % 5), str(n)) for n in range(40)]:
            done.result()
    assert len(store.runs(MINE)) == 10
    assert set(store.cells("s")) == set("01234")


def test_many_processes_open_a_new_database_at_once(url: str) -> None:
    program = "import sys; from liquid.runs.store import Store; Store.open(sys.argv[1]).put_cell('s', sys.argv[2], '1')"
    opening = [subprocess.Popen([sys.executable, "-c", program, url, str(n)], cwd=ROOT) for n in range(5)]
    assert [process.wait() for process in opening] == [0] * 5
    store = Store.open(url)
    assert set(store.cells("s")) == set("01234")
    store.close()


def test_migrations_make_the_tables_that_the_code_uses(store: Store) -> None:
    with store._reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_a_database_from_the_future_is_left_alone(opened: Callable[..., Store]) -> None:
    with opened()._writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LiquidError, match="newer version"):
        opened()


def test_sqlite_runs_in_wal_mode(tmp_path: Path) -> None:
    file = tmp_path / "liquid.sqlite3"
    Store.open(f"sqlite:///{file}").close()
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
    engine.dispose()


def test_nothing_needs_to_be_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(connect.SETTING, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    Store.open().close()
    assert (tmp_path / "data" / "liquid" / "liquid.sqlite3").is_file()
    monkeypatch.setenv(connect.SETTING, f"sqlite:///{tmp_path / 'other.sqlite3'}")
    Store.open().close()
    assert (tmp_path / "other.sqlite3").is_file()


ADDRESSES = {
    "no address": ("what?", "no database address"),
    "another database": ("mysql://a:secret@b/c", "kind 'mysql'"),
    "memory": ("sqlite://", "in memory"),
    "nobody there": ("postgresql://liquid:secret@127.0.0.1:1/liquid", "cannot be opened"),
    "a folder that cannot be": ("sqlite:////dev/null/liquid.sqlite3", "cannot be made"),
    "a file that is none": (f"sqlite:///{__file__}", "cannot be opened"),
}


@pytest.mark.parametrize(("address", "sentence"), ADDRESSES.values(), ids=ADDRESSES.keys())
def test_a_wrong_address_is_told_without_its_password(address: str, sentence: str) -> None:
    with pytest.raises(LiquidError, match=sentence) as told:
        Store.open(address)
    assert "secret" not in str(told.value)
    assert "\n" not in str(told.value)


def test_limits_are_what_they_say() -> None:
    assert Limits().run_bytes <= Limits().share * Limits().bytes
