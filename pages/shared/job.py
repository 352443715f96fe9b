"""A question that takes a while: a button, progress with a way to stop, then the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import streamlit as st

from liquid.engine import Job, Task
from pages.shared.display import verbatim
from pages.shared.sessions import remember, visit


@runtime_checkable
class Step(Protocol):
    """An event that says how far the work is: `done` of `total`, and what comes next."""

    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def doing(self) -> str: ...


@dataclass(frozen=True)
class _Asked:
    about: str
    job: Job


def answer(
    key: str,
    about: str,
    task: Callable[[], Task],
    *,
    label: str,
    help: str,
    icon: str | None = None,
    at_once: bool = False,
    quiet: bool = False,
) -> Any | None:
    """The last event of a task once it is done; until then a button, or the progress, and None.

    `about` names what the question is about: where it changes, an older answer is no answer any more, and work on it
    stops. A task that was stopped, or failed, can be asked again. `at_once` asks without waiting for the button,
    which is `quiet` where a page has many.
    """
    asked: _Asked | None = st.session_state.get(key)
    if asked and asked.about != about:
        asked.job.stop()
        asked = None
    if asked is None and at_once:
        asked = st.session_state[key] = _Asked(about, visit().submit(task()))
    if asked and asked.job.active:
        _watch(key)
        return None
    if asked and asked.job.state == "failed":
        st.error(verbatim(asked.job.problem), icon=":material/error:")
    elif asked and asked.job.events and not isinstance(asked.job.events[-1], Step):
        return asked.job.events[-1]
    if st.button(label, icon=icon, type="tertiary" if quiet else "primary", key=f"{key}_ask", help=help):
        st.session_state[key] = _Asked(about, visit().submit(task()))
        remember(key)
        st.rerun()
    return None


@st.fragment(run_every=0.3)
def _watch(key: str) -> None:
    job: Job = st.session_state[key].job
    if not job.active:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        share, words = _progress(job)
        st.progress(share, text=verbatim(words), width="stretch")
        st.button("Stop", key=f"{key}_stop", on_click=job.stop, disabled=job.stopping, help="Ends the work.")


def _progress(job: Job) -> tuple[float, str]:
    if job.stopping:
        return 0.0, "Stopping …"
    if job.state == "waiting":
        return 0.0, queued(job)
    newest = job.events[-1] if job.events else None
    return (newest.done / newest.total, newest.doing) if isinstance(newest, Step) else (0.0, "Getting ready …")


def queued(job: Job) -> str:
    """Where a job stands that waits for a worker, and for how long, as far as it is known."""
    seconds = job.seconds_until_start
    others = "next in the queue" if job.place == 1 else f"number {job.place} in the queue"
    return f"Waiting for a free worker: {others}" + (f", about {max(seconds, 1):.0f} s" if seconds else "") + "."
