"""From a setting to a database that is ready: where it lies, how it is spoken to, and its tables brought up to date."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from platformdirs import user_data_path
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from liquid.errors import LiquidError

SETTING = "LIQUID_DATABASE_URL"
MIGRATIONS = Path(__file__).with_name("migrations")
PATIENCE = 4.0  # seconds to wait for another writer, or for a server that does not answer: a page waits as long
LOCK = 0x6C6971756964  # of PostgreSQL, for who writes: an arbitrary number that all of us agree on

_ONE_AT_A_TIME = threading.Lock()  # Alembic keeps its running migration in a module


def connect(url: str | None) -> Engine:
    """An engine for `url`, else for LIQUID_DATABASE_URL, else for a file in the user's data folder; tables are made.

    LiquidError, without the password, if the database is of another kind, cannot be reached or is newer than this.
    """
    address = _address(url or os.environ.get(SETTING))
    engine = _sqlite(address) if address.get_backend_name() == "sqlite" else _postgresql(address)
    try:
        _migrate(engine)
    except (SQLAlchemyError, LiquidError) as error:
        engine.dispose()
        raise _refusal(error, address) from error
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that no other writer is in, also of another process; whole at its end, or not there at all."""
    with engine.execution_options(immediate=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        yield connection


def default_file() -> Path:
    """Where the store lies when nothing is set: the user's data folder."""
    return user_data_path("liquid", appauthor=False) / "liquid.sqlite3"


def _address(url: str | None) -> URL:
    if not url:
        return URL.create("sqlite", database=str(default_file()))
    try:
        address = make_url(url)
        kind = address.get_backend_name()
    except (ArgumentError, ValueError) as error:
        raise LiquidError(f"{SETTING} is no database address: write sqlite:///file or postgresql://…") from error
    if kind == "sqlite" and address.database in (None, "", ":memory:"):
        raise LiquidError(f"{SETTING} names a database in memory: name a file, as in sqlite:///liquid.sqlite3.")
    if kind == "sqlite":
        return address.set(drivername="sqlite")
    if kind in ("postgresql", "postgres"):
        return address.set(drivername="postgresql+psycopg")
    raise LiquidError(f"{SETTING} names a database of kind '{kind}': use sqlite or postgresql.")


def _sqlite(address: URL) -> Engine:
    try:
        if not str(address.database).startswith("file:"):  # which SQLite takes apart itself
            Path(str(address.database)).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise LiquidError(
            f"The folder of {address.database} cannot be made ({error.strerror}): set {SETTING} to sqlite:///another "
            "file."
        ) from error
    engine = create_engine(address, pool_timeout=PATIENCE, connect_args={"timeout": PATIENCE})
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _postgresql(address: URL) -> Engine:
    """An engine that notices a server that was restarted, and waits for nobody without end."""
    patience = {"connect_timeout": max(1, int(PATIENCE)), "tcp_user_timeout": int(1000 * PATIENCE)}
    engine = create_engine(address, pool_pre_ping=True, pool_timeout=PATIENCE, connect_args=patience)
    event.listen(engine, "begin", _wait_for_no_lock)
    return engine


def _wait_for_no_lock(connection: Connection) -> None:
    # who reads too: a backup's or an administrator's lock on a table would hold pages without end
    connection.exec_driver_sql(f"SELECT set_config('lock_timeout', '{1000 * PATIENCE:.0f}ms', true)")  # until its end


def _set_up(connection: Any, record: object) -> None:
    connection.isolation_level = None  # transactions begin when `_begin` says so, not when Python's driver guesses
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _migrate(engine: Engine) -> None:
    """Bring the tables up to date; of many that open at once one does it and the others wait."""
    script = ScriptDirectory(str(MIGRATIONS))
    head = script.get_current_head()
    with engine.connect() as connection:
        if _revision(connection) == head:
            return
    with _ONE_AT_A_TIME, writing(engine) as connection:
        revision = _revision(connection)
        if revision is not None and revision not in {step.revision for step in script.walk_revisions()}:
            raise LiquidError(f"it was written by a newer version (step {revision}): update this program")
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refusal(error: Exception, address: URL) -> LiquidError:
    where = address.render_as_string(hide_password=True)
    why = str(error) if isinstance(error, LiquidError) else reason(error)
    return LiquidError(f"The store at {where} cannot be opened ({why}). Check {SETTING}.")


def reason(error: Exception) -> str:
    """The database's own words, in one line and without the statement."""
    return " ".join(str(getattr(error, "orig", None) or type(error).__name__).split())[:300]
