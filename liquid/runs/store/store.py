"""Saved runs and study results in a database. A save is one transaction: whole, or not there."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from liquid.errors import LiquidError
from liquid.runs import FORMAT
from liquid.runs.store.connect import connect, reason, writing
from liquid.runs.store.retention import Limits, check_pin, evict, expired, megabytes, remove, remove_expired
from liquid.runs.store.tables import CELLS, FILES, RUNS

LONGEST_TITLE = 120
LONGEST_ID = 64
MOST_ASKED = 500  # runs in one question
TICK = 1e-5  # seconds, which a float of today still tells apart
NO_RUN = "There is no run under this link: it was deleted, it has expired, or the link is incomplete."


@dataclass(frozen=True)
class SavedRun:
    """What is known of a saved run without opening it; `created` in seconds since 1970."""

    id: str
    title: str
    created: float
    pinned: bool
    bytes: int


class Store:
    """Saved runs and cells. Safe to use from any thread; many processes may have the same store open."""

    def __init__(self, engine: Engine, limits: Limits) -> None:
        self._engine = engine
        self.limits = limits

    @staticmethod
    def open(url: str | None = None, limits: Limits | None = None) -> Store:
        """The store at `url`, else at LIQUID_DATABASE_URL, else an SQLite file in the user's data folder."""
        store = Store(connect(url), limits or Limits())
        with store._writing() as connection:
            remove_expired(connection, store.limits)
        return store

    def close(self) -> None:
        self._engine.dispose()

    # Runs

    def save(self, files: Mapping[str, bytes], title: str, owner: str, run: str | None = None) -> str:
        """Save the files of a run; its id. `run` replaces a run of the same owner instead, and keeps its id.

        `owner` is a secret token, of which a hash is stored. Expired runs are deleted, and if the store is full the
        oldest that are not pinned, those of an owner over quota first. LiquidError if the run is too large or pinned
        runs leave no space.
        """
        size = sum(map(len, files.values()))
        if size > self.limits.run_bytes:
            raise LiquidError(
                f"The run has {megabytes(size)}, the limit is {megabytes(self.limits.run_bytes)}: train a smaller "
                "network or on a shorter series, or share its settings only."
            )
        title = clean_title(title)
        with self._writing() as connection:
            if run is not None:
                pinned = self._owned(connection, run, owner).pinned
                connection.execute(delete(FILES).where(FILES.c.run == run))
                connection.execute(delete(RUNS).where(RUNS.c.id == run))
            else:
                pinned = False
            identity = run or new_id()
            if pinned:
                check_pin(connection, self.limits, identity, _hash(owner), size)
            evict(connection, self.limits, _hash(owner), size)
            connection.execute(
                insert(RUNS).values(
                    id=identity,
                    owner=_hash(owner),
                    title=title,
                    created=_now(connection),
                    pinned=pinned,
                    bytes=size,
                    format=FORMAT,
                )
            )
            rows = [{"run": identity, "name": name, "content": content} for name, content in files.items()]
            connection.execute(insert(FILES), rows)
        return identity

    def find(self, run: str) -> SavedRun:
        """What is known of a run. LiquidError if there is none of that id."""
        with self._reading() as connection:
            return _saved(self._row(connection, run))

    def files(self, run: str) -> dict[str, bytes]:
        """The files of a run by name. LiquidError if there is none of that id."""
        with self._reading() as connection:
            if (version := self._row(connection, run).format) != FORMAT:
                raise LiquidError(f"The run was saved in format {version}, this program reads {FORMAT}: update it.")
            rows = connection.execute(select(FILES.c.name, FILES.c.content).where(FILES.c.run == run))
            files = {name: bytes(content) for name, content in rows}
        if not files:  # deleted between the two questions
            raise LiquidError(NO_RUN)
        return files

    def parts(self, runs: Sequence[str], names: Collection[str]) -> dict[str, dict[str, bytes]]:
        """Those files of many runs that have one of these names, by run; of one that is gone there are none."""
        found: dict[str, dict[str, bytes]] = {run: {} for run in runs}
        with self._reading() as connection:
            for start in range(0, len(runs), MOST_ASKED):
                some = FILES.c.run.in_(runs[start : start + MOST_ASKED]) & FILES.c.name.in_(names)
                for run, name, content in connection.execute(select(FILES).where(some)):
                    found[run][name] = bytes(content)
        return found

    def runs(self, owner: str) -> tuple[SavedRun, ...]:
        """The runs of one owner, newest first."""
        with self._reading() as connection:
            query = (
                select(RUNS).where(RUNS.c.owner == _hash(owner), ~expired(self.limits)).order_by(RUNS.c.created.desc())
            )
            return tuple(map(_saved, connection.execute(query)))

    def everything(self) -> tuple[SavedRun, ...]:
        """The runs of all owners, newest first: for whoever runs the server, never for a page."""
        with self._reading() as connection:
            query = select(RUNS).where(~expired(self.limits)).order_by(RUNS.c.created.desc())
            return tuple(map(_saved, connection.execute(query)))

    def remove(self, run: str) -> None:
        """Delete anybody's run: for whoever runs the server, never for a page."""
        with self._writing() as connection:
            self._row(connection, run)
            remove(connection, [run])

    def is_owner(self, run: str, owner: str) -> bool:
        with self._reading() as connection:
            return secrets.compare_digest(str(self._row(connection, run).owner), _hash(owner))

    def rename(self, run: str, owner: str, title: str) -> None:
        """LiquidError for anybody but the owner."""
        with self._writing() as connection:
            self._owned(connection, run, owner)
            connection.execute(update(RUNS).where(RUNS.c.id == run).values(title=clean_title(title)))

    def pin(self, run: str, owner: str, pinned: bool) -> None:
        """A pinned run stays until its owner deletes it. LiquidError for anybody else, and if no more can be pinned."""
        with self._writing() as connection:
            size = self._owned(connection, run, owner).bytes
            if pinned:
                check_pin(connection, self.limits, run, _hash(owner), size)
            connection.execute(update(RUNS).where(RUNS.c.id == run).values(pinned=pinned))

    def delete(self, run: str, owner: str) -> None:
        """LiquidError for anybody but the owner."""
        with self._writing() as connection:
            self._owned(connection, run, owner)
            remove(connection, [run])

    def _row(self, connection: Connection, run: str) -> Row[tuple[object, ...]]:
        # A NUL or a lone surrogate is no text to a database.
        plain = len(run) <= LONGEST_ID and run.isascii() and run.isprintable()
        query = select(RUNS).where(RUNS.c.id == run, ~expired(self.limits))
        row = connection.execute(query).one_or_none() if plain else None
        if row is None:
            raise LiquidError(NO_RUN)
        return row

    def _owned(self, connection: Connection, run: str, owner: str) -> Row[tuple[object, ...]]:
        row = self._row(connection, run)
        if not secrets.compare_digest(str(row.owner), _hash(owner)):
            raise LiquidError("Only the browser that saved this run can change it: open it as a copy instead.")
        return row

    # Cells of studies

    def cell(self, study: str, key: str) -> str | None:
        """The result stored under `key` as JSON text; None if there is none yet."""
        with self._reading() as connection:
            return connection.scalar(select(CELLS.c.result).where(CELLS.c.study == study, CELLS.c.key == key))

    def put_cell(self, study: str, key: str, result: str) -> None:
        """Store a result, JSON text; a later one replaces it. LiquidError if it is not JSON."""
        try:
            json.loads(result)
        except (ValueError, RecursionError) as error:
            raise LiquidError(f"The result of {study} {key!r} is no JSON ({error}): give json.dumps of it.") from error
        here = (CELLS.c.study == study) & (CELLS.c.key == key)
        values = {"result": result, "created": time.time()}
        with self._writing() as connection:
            if connection.execute(update(CELLS).where(here).values(values)).rowcount == 0:
                connection.execute(insert(CELLS).values(study=study, key=key, **values))

    def cells(self, study: str) -> dict[str, str]:
        """Every result of a study as JSON text by key, in the order of the keys."""
        with self._reading() as connection:
            rows = connection.execute(select(CELLS.c.key, CELLS.c.result).where(CELLS.c.study == study))
            return dict(sorted((key, result) for key, result in rows))

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._answering("nothing was saved; try again"), writing(self._engine) as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._answering("try again"), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _answering(self, then: str) -> Iterator[None]:
        """What a database objects to, as a sentence without statement or address; the log has its own words."""
        try:
            yield
        except SQLAlchemyError as error:
            self._engine.dispose()  # the next try connects anew: the file may have been replaced, the server restarted
            logging.getLogger(__name__).error("The store does not answer: %s", reason(error))
            raise LiquidError(f"The store does not answer ({type(error).__name__}): {then}.") from error


def _now(connection: Connection) -> float:
    """The time, but after every run that there is: with the clock set back, a new run would be the next to expire."""
    newest = connection.scalar(select(func.max(RUNS.c.created)))
    return max(time.time(), (newest or 0.0) + TICK)


def new_id() -> str:
    """128 bits that nobody guesses; no first sign that a command would take for an option."""
    while (identity := secrets.token_urlsafe(16)).startswith("-"):
        pass
    return identity


def new_token() -> str:
    """A secret that makes its holder an owner."""
    return secrets.token_urlsafe(32)


def clean_title(title: str) -> str:
    """One line without control characters, as long as a list can show. LiquidError if nothing is left."""
    signs = "".join(sign if sign.isprintable() else " " for sign in title)
    if not (text := " ".join(signs.split())[:LONGEST_TITLE]):
        raise LiquidError("The title is empty: give the run a name.")
    return text


def _hash(token: str) -> str:
    """Tokens are random and long, so a plain hash cannot be turned back."""
    return hashlib.sha256(token.encode("utf-8", errors="replace")).hexdigest()


def _saved(row: Row[tuple[object, ...]]) -> SavedRun:
    return SavedRun(row.id, row.title, row.created, row.pinned, row.bytes)
