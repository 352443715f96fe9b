"""Where a visitor's long work runs, and what it last gave."""

from __future__ import annotations

import importlib
import os
import secrets
import sys
import threading

import streamlit as st
import torch

from liquid.dynamics import reference, scan
from liquid.dynamics.memory import keep_freed_memory, leave_old_objects_alone
from liquid.engine import Engine, Job, Task, chosen_engine
from liquid.learning.run import Run

# Plotly asks sys.modules for pandas and takes what it finds: on a server that has just started, half of it, while
# another visitor's script is still importing it. Who imports this module waits until pandas is whole.
importlib.import_module("pandas")

GRACE = float(os.environ.get("LIQUID_GRACE_SECONDS", "60"))  # how long a lost visitor's work goes on


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
    scan.ready(wait=True)
    leave_old_objects_alone()


class Visit:
    """One browser tab's work. It goes on for GRACE seconds after the tab is gone, in case only the connection was."""

    def __init__(self) -> None:
        self.owner = secrets.token_hex(16)
        self._jobs: list[Job] = []
        self._end: threading.Timer | None = None
        self._lock = threading.Lock()

    def submit(self, task: Task) -> Job:
        job = engine().submit(task, self.owner)
        self._jobs = [*(job for job in self._jobs if job.active), job]
        return job

    @property
    def ending(self) -> bool:
        """Whether the browser is away and the grace runs."""
        return self._end is not None

    def came(self) -> None:
        with self._lock:
            if self._end is not None:
                self._end.cancel()
            self._end = None

    def left(self) -> None:
        with self._lock:
            self._end = threading.Timer(GRACE, self.over)
            self._end.daemon = True
            self._end.start()

    def over(self) -> None:
        for job in self._jobs:
            job.stop()


def visit() -> Visit:
    """This visitor's. Streamlit keeps the session's state for a browser that comes back after a lost connection, but
    lets go of what it cached for the session as soon as the connection is lost: so the one holds the visit, and the
    other tells of its coming and going. To be asked on every page."""
    if "visit" not in st.session_state:
        st.session_state["visit"] = Visit()
    mine: Visit = st.session_state["visit"]
    _presence(mine)
    return mine


@st.cache_resource(scope="session", show_spinner=False, on_release=Visit.left)
def _presence(_visit: Visit) -> Visit:
    _visit.came()
    return _visit


def trained_run() -> Run | None:
    """This visitor's newest finished training."""
    run = st.session_state.get("run")
    return run if isinstance(run, Run) else None
