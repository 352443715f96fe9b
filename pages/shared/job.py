"""A study that takes a while: a button, progress with a way to stop, then its result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import streamlit as st

from liquid.engine import Job, Task
from pages.shared.display import show_problem, verbatim
from pages.shared.sessions import remember, session

AT_ONCE = 2_000_000  # bytes of a file; more are read in a process of their own: it takes seconds, and Python's lock


@runtime_checkable
class ProgressEvent(Protocol):
    """`done` of `total`, and what comes next."""

    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def doing(self) -> str: ...


@dataclass(frozen=True)
class _Submitted:
    subject: str
    job: Job


def run_job(
    key: str,
    subject: str,
    task: Callable[[], Task],
    *,
    label: str,
    help: str,
    icon: str | None = None,
    at_once: bool = False,
    quiet: bool = False,
) -> Any | None:
    """The last event of a task once it is done; until then a button or the progress, and None.

    If `subject` changes, an older result no longer counts, and work on it stops. A task that was stopped or failed can
    be run again. `at_once` runs it without the button, which is `quiet` on a page that has many.
    """
    submitted: _Submitted | None = st.session_state.get(key)
    if submitted and submitted.subject != subject:
        submitted.job.stop()
        submitted = None
    if submitted is None and at_once:
        submitted = start(key, subject, task())
    if submitted and submitted.job.active:
        _watch(key, len(_results(submitted.job)))
        return None
    if submitted and submitted.job.state == "failed":
        show_problem(submitted.job.problem)
    elif (result := finished(key, subject)) is not None:
        return result
    if st.button(label, icon=icon, type="tertiary" if quiet else "primary", key=f"{key}_ask", help=help):
        start(key, subject, task())
        remember(key)
        st.rerun()
    return None


def start(key: str, subject: str, task: Task) -> _Submitted:
    """Submit what `run_job` is to show under this key."""
    submitted = st.session_state[key] = _Submitted(subject, session().submit(task))
    return submitted


def active(key: str) -> bool:
    """Whether the job under this key waits or runs."""
    submitted: _Submitted | None = st.session_state.get(key)
    return submitted is not None and submitted.job.active


def results_of(key: str) -> tuple[str, list[Any]]:
    """The subject of the job under this key, and what it has brought so far, whatever it ended with."""
    submitted: _Submitted | None = st.session_state.get(key)
    return (submitted.subject, _results(submitted.job)) if submitted else ("", [])


def finished(key: str, subject: str) -> Any | None:
    """The result of a job that `run_job` was given under this key, once it is done; None before, and if it failed."""
    submitted: _Submitted | None = st.session_state.get(key)
    if submitted is None or submitted.subject != subject or submitted.job.active or submitted.job.state == "failed":
        return None
    events = submitted.job.events
    return events[-1] if events and not isinstance(events[-1], ProgressEvent) else None


def _results(job: Job) -> list[Any]:
    return [event for event in job.events if not isinstance(event, ProgressEvent)]


@st.fragment(run_every=0.3)
def _watch(key: str, shown: int) -> None:
    """How far the job is; the page is drawn again when there are more results than the `shown` ones."""
    job: Job = st.session_state[key].job
    if not job.active or len(_results(job)) > shown:
        st.rerun()
    share, text = _progress(job)
    stoppable(job, share, verbatim(text), key=f"{key}_stop", help="Stops the work.")


def stoppable(job: Job, share: float, text: str, *, key: str, help: str, icon: str | None = None) -> None:
    """A job's progress beside a button that stops it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(share, text=text, width="stretch")
        st.button("Stop", icon=icon, on_click=job.stop, disabled=job.stopping, key=key, help=help)


def _progress(job: Job) -> tuple[float, str]:
    if job.stopping:
        return 0.0, "Stopping …"
    if job.state == "waiting":
        return 0.0, queued(job)
    newest = job.events[-1] if job.events else None
    if isinstance(newest, ProgressEvent):
        return newest.done / newest.total, newest.doing
    return 0.0, "Getting ready …"


def queued(job: Job) -> str:
    """A waiting job's place in the queue, and the time until its start as far as it is known."""
    seconds = job.seconds_until_start
    place = "next in the queue" if job.place == 1 else f"number {job.place} in the queue"
    return f"Waiting for a free worker: {place}" + (f", about {max(seconds, 1):.0f} s" if seconds else "") + "."
