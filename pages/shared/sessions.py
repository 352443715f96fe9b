"""A browser tab's session: its jobs and results, which outlive a lost connection and a reload."""

from __future__ import annotations

import heapq
import importlib
import itertools
import logging
import math
import os
import secrets
import sys
import threading
import time
from functools import cache
from typing import Any

import streamlit as st
import torch

from liquid.dynamics import reference, scan
from liquid.engine import Engine, Job, Task, chosen_engine
from liquid.engine.memory import leave_old_objects_alone
from liquid.learning import finish
from liquid.learning.run import Run
from liquid.models import network
from liquid.series import builtin

# Plotly takes pandas from sys.modules as it finds it: on a server that has just started, half of it, while another
# visitor's script is still importing it. Importing this module waits until pandas is complete.
importlib.import_module("pandas")

LONGEST_GRACE = 86_400.0  # seconds


def grace(setting: str) -> float:
    """LIQUID_GRACE_SECONDS as a number; for anything else 60, and a sentence in the log."""
    try:
        seconds = float(setting or 60)
    except ValueError:
        seconds = -1.0
    if 0 <= seconds <= LONGEST_GRACE:
        return seconds
    logging.getLogger(__name__).error(
        "LIQUID_GRACE_SECONDS=%s is not a number of seconds from 0 to %.0f: 60 is used; set another.",
        setting,
        LONGEST_GRACE,
    )
    return 60.0


GRACE = grace(os.environ.get("LIQUID_GRACE_SECONDS", ""))  # how long a disconnected tab's work goes on
MOST_DISCONNECTED = 200  # tabs that are disconnected and whose results are still kept


_started: list[Engine] = []  # the one, as soon as somebody has needed it


@st.cache_resource
def engine() -> Engine:
    """The workers that all visitors share; compiled code is prepared in the background."""
    sys.setswitchinterval(0.001)  # seconds: a page that wants the GIL does not wait for five of a training's
    torch.set_num_threads(1)  # matrices are small: more threads per training only get into each other's way
    threading.Thread(target=_warm_up, name="liquid-warm-up", daemon=True).start()
    started = chosen_engine(workers=2)
    _started.append(started)
    return started


def _warm_up() -> None:
    reference.warm()
    for name in builtin.names():
        builtin.load(name)
    scan.ready(wait=True)
    network.warm()
    finish.warm()
    leave_old_objects_alone()


def end_work() -> None:
    """The server is about to end: what runs or waits is stopped, and the log says how much was lost with it."""
    if lost := sum(engine.close() for engine in _started):
        logging.getLogger(__name__).warning(
            "The server ends with %d trainings or studies unfinished: they are lost, and their tabs are told so.", lost
        )
    _started.clear()
    engine.clear()  # a server that is started in this process later has workers of its own


class Session:
    """One browser tab's work. It goes on for GRACE seconds after the tab has disconnected, in case only the connection
    was lost or the page is being reloaded. Each Streamlit session of the tab is a connection to it."""

    def __init__(self) -> None:
        self.owner = secrets.token_hex(16)  # whose turn in the queue it is; all tabs of a browser share one
        self.state: dict[str, Any] = {}  # entries of st.session_state for the tab's next connection
        self.over = False
        self._jobs: list[Job] = []
        self._connections = 0
        self._ends: float | None = None  # when the grace is over, seconds of the monotonic clock
        self._lock = threading.Lock()

    def submit(self, task: Task) -> Job:
        job = engine().submit(task, self.owner)
        self._jobs = [*(job for job in self._jobs if job.active), job]
        return job

    def take_jobs(self, other: Session) -> None:
        """Jobs that were started before the browser named its tab go on in the tab's session."""
        self._jobs, other._jobs = [*self._jobs, *other._jobs], []

    @property
    def disconnected(self) -> bool:
        """Whether the tab is away and the grace runs."""
        return self._ends is not None

    def connect(self) -> None:
        """Count a connection. One that comes too late finds nothing."""
        with self._lock:
            self.over, self._ends = False, None
            self._connections += 1

    def disconnect(self) -> None:
        with self._lock:
            self._connections -= 1
            if self._connections == 0:
                self._ends = time.monotonic() + GRACE
                _graces().add(self._ends, self)

    def end(self, due: float = math.inf) -> None:
        """Stop the work, unless there is a connection, or a grace that ends later than `due`."""
        with self._lock:
            if self._connections or (self._ends or 0) > due:
                return
            self.over, self._ends = True, None
            self.state.clear()
        for job in self._jobs:
            job.stop()


class _Graces:
    """Ends sessions when their grace is over. One thread for all: with one each, visitors who only come and go would
    use up the threads that a server may have."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, Session]] = []  # a heap; the number decides between equals
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        threading.Thread(target=self._serve, name="liquid-graces", daemon=True).start()

    def add(self, due: float, session: Session) -> None:
        with self._changed:
            heapq.heappush(self._waiting, (due, next(self._numbers), session))
            self._changed.notify()

    def _serve(self) -> None:
        while True:
            due, session = self._next()
            try:
                session.end(due)
            except Exception:  # of a machine at its limits: the others' graces end all the same
                logging.getLogger(__name__).exception("A session could not be ended.")
            del session  # the next one may be long in coming

    def _next(self) -> tuple[float, Session]:
        with self._changed:
            while not self._waiting or (left := self._waiting[0][0] - time.monotonic()) > 0:
                self._changed.wait(left if self._waiting else None)
            due, _, session = heapq.heappop(self._waiting)
            return due, session


@cache
def _graces() -> _Graces:
    return _Graces()


class Sessions:
    """Every tab's session, by the secret token of the tab, until it is over."""

    def __init__(self, most_disconnected: int = MOST_DISCONNECTED) -> None:
        self.most_disconnected = most_disconnected
        self._sessions: dict[str, Session] = {}  # oldest first
        self._lock = threading.Lock()

    def enter(self, tab: str, new: Session) -> Session:
        """The tab's session: the one it had before, which is connected once more, or else `new`."""
        with self._lock:
            self._sessions = {key: session for key, session in self._sessions.items() if not session.over}
            before = self._sessions.get(tab)
            if before is new:
                return new
            if before is not None:
                before.connect()
                before.take_jobs(new)
                return before
            self._sessions[tab] = new
            away = [session for session in self._sessions.values() if session.disconnected]
        for session in away[: max(len(away) - self.most_disconnected, 0)]:
            session.end()
        return new

    def __len__(self) -> int:
        return len(self._sessions)


@st.cache_resource
def sessions() -> Sessions:
    return Sessions()


class _Connection:
    """A Streamlit session's connection to the session of its tab."""

    def __init__(self, session: Session) -> None:
        self.session = session
        session.connect()

    def move(self, session: Session) -> None:
        """To a session that has counted this connection already."""
        self.session, before = session, self.session
        before.disconnect()

    def close(self) -> None:
        self.session.disconnect()


def session() -> Session:
    """This tab's session. Call it on every page.

    Streamlit keeps st.session_state for a browser that reconnects, but releases a session's cached resources as soon as
    the connection is lost: the former holds the session, the latter counts its connections.
    """
    if "session" not in st.session_state:
        st.session_state["session"] = Session()
    current: Session = st.session_state["session"]
    _connection(current)
    return current


@st.cache_resource(scope="session", show_spinner=False, on_release=_Connection.close)
def _connection(_session: Session) -> _Connection:
    return _Connection(_session)


def rejoin(tab: str) -> bool:
    """Go on with the session that this tab had before, with its jobs and results. False if there was none."""
    current = session()
    before = sessions().enter(tab, current)
    if before is current:
        return False
    before.owner = current.owner
    _connection(current).move(before)
    st.session_state["session"] = before
    st.session_state.update(before.state)
    return True


def remember(*names: str) -> None:
    """Keep these entries of st.session_state for the tab's next connection."""
    session().state.update({name: st.session_state[name] for name in names if name in st.session_state})


def forget(*names: str) -> None:
    """Drop these entries, also for the tab's next connection."""
    for name in names:
        st.session_state.pop(name, None)
        session().state.pop(name, None)


def trained_run() -> Run | None:
    """This session's newest finished training."""
    run = st.session_state.get("run")
    return run if isinstance(run, Run) else None
