"""Where a visitor's long work runs, and what it last gave."""

from __future__ import annotations

import importlib
import logging
import os
import secrets
import sys
import threading
from typing import Any

import streamlit as st
import torch

from liquid.dynamics import reference, scan
from liquid.engine import Engine, Job, Task, chosen_engine
from liquid.engine.memory import keep_freed_memory, leave_old_objects_alone
from liquid.learning.run import Run
from liquid.series import builtin

# Plotly asks sys.modules for pandas and takes what it finds: on a server that has just started, half of it, while
# another visitor's script is still importing it. Who imports this module waits until pandas is whole.
importlib.import_module("pandas")

LONGEST_GRACE = 86_400.0  # seconds


def grace(given: str) -> float:
    """LIQUID_GRACE_SECONDS as a number; for anything else 60, and a sentence in the log."""
    try:
        seconds = float(given or 60)
    except ValueError:
        seconds = -1.0
    if 0 <= seconds <= LONGEST_GRACE:
        return seconds
    logging.getLogger(__name__).error(
        "LIQUID_GRACE_SECONDS=%s is no number of seconds from 0 to %.0f: 60 is used; set another.", given, LONGEST_GRACE
    )
    return 60.0


GRACE = grace(os.environ.get("LIQUID_GRACE_SECONDS", ""))  # how long a lost visitor's work goes on
MOST_AWAY = 200  # visitors who are not there and whose results are kept all the same


@st.cache_resource
def engine() -> Engine:
    """The workers that all visitors share; what is compiled is made ready beside them."""
    sys.setswitchinterval(0.001)  # seconds: a page that wants Python's lock does not wait for five of a training's
    torch.set_num_threads(1)  # matrices are small: more threads a training only get into each other's way
    keep_freed_memory()
    threading.Thread(target=_warm_up, name="liquid-warm-up", daemon=True).start()
    return chosen_engine(workers=2)


def _warm_up() -> None:
    reference.warm()
    for name in builtin.names():
        builtin.load(name)
    scan.ready(wait=True)
    leave_old_objects_alone()


class Visit:
    """One browser tab's work. It goes on for GRACE seconds after the tab is gone, in case only the connection was, or
    the page is being loaded again."""

    def __init__(self) -> None:
        self.owner = secrets.token_hex(16)  # whose turn in the queue it is; all tabs of a browser share one
        self.kept: dict[str, Any] = {}  # of the session's state, for a session that comes after it
        self.over = False
        self._jobs: list[Job] = []
        self._sessions = 0
        self._end: threading.Timer | None = None
        self._lock = threading.Lock()

    def submit(self, task: Task) -> Job:
        job = engine().submit(task, self.owner)
        self._jobs = [*(job for job in self._jobs if job.active), job]
        return job

    def take(self, other: Visit) -> None:
        """What a session has begun before its tab was known goes on in the tab's visit."""
        self._jobs, other._jobs = [*self._jobs, *other._jobs], []

    @property
    def ending(self) -> bool:
        """Whether the browser is away and the grace runs."""
        return self._end is not None

    def came(self) -> None:
        """A session is there. One that comes too late finds nothing kept."""
        with self._lock:
            self.over = False
            self._sessions += 1
            if self._end is not None:
                self._end.cancel()
            self._end = None

    def left(self) -> None:
        with self._lock:
            self._sessions -= 1
            if self._sessions == 0:
                self._end = threading.Timer(GRACE, self.end)
                self._end.daemon = True
                self._end.start()

    def end(self) -> None:
        with self._lock:
            if self._sessions:
                return  # somebody came while the timer was going off
            self.over, self._end = True, None
            self.kept.clear()
        for job in self._jobs:
            job.stop()


class Visits:
    """Every tab's visit under the secret that only this tab's browser has, until it is over."""

    def __init__(self, most_away: int = MOST_AWAY) -> None:
        self.most_away = most_away
        self._visits: dict[str, Visit] = {}  # in the order in which they came
        self._lock = threading.Lock()

    def enter(self, tab: str, mine: Visit) -> Visit:
        """The visit of that tab: the one before, which now has a session more, or `mine`, which it did not have."""
        with self._lock:
            self._visits = {key: visit for key, visit in self._visits.items() if not visit.over}
            found = self._visits.get(tab)
            if found is mine:
                return mine
            if found is not None:
                found.came()
                found.take(mine)
                return found
            self._visits[tab] = mine
            away = [visit for visit in self._visits.values() if visit.ending]
        for visit in away[: max(len(away) - self.most_away, 0)]:
            visit.end()
        return mine

    def __len__(self) -> int:
        return len(self._visits)


@st.cache_resource
def visits() -> Visits:
    return Visits()


class _Seat:
    """One session's place in a visit."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        visit.came()

    def move(self, visit: Visit) -> None:
        """Into a visit that has been told of this session."""
        self.visit, before = visit, self.visit
        before.left()

    def leave(self) -> None:
        self.visit.left()


def visit() -> Visit:
    """This visitor's. Streamlit keeps the session's state for a browser that comes back after a lost connection, but
    lets go of what it cached for the session as soon as the connection is lost: so the one holds the visit, and the
    other tells of its coming and going. To be asked on every page."""
    if "visit" not in st.session_state:
        st.session_state["visit"] = Visit()
    mine: Visit = st.session_state["visit"]
    _seat(mine)
    return mine


@st.cache_resource(scope="session", show_spinner=False, on_release=_Seat.leave)
def _seat(_visit: Visit) -> _Seat:
    return _Seat(_visit)


def rejoin(tab: str) -> bool:
    """Whether this session's tab had another before, whose work and results are now this one's."""
    mine = visit()
    found = visits().enter(tab, mine)
    if found is mine:
        return False
    found.owner = mine.owner
    _seat(mine).move(found)
    st.session_state["visit"] = found
    st.session_state.update(found.kept)
    return True


def remember(*names: str) -> None:
    """Keep these entries of the session's state for a session that the same tab opens next."""
    visit().kept.update({name: st.session_state[name] for name in names if name in st.session_state})


def trained_run() -> Run | None:
    """This visitor's newest finished training."""
    run = st.session_state.get("run")
    return run if isinstance(run, Run) else None
