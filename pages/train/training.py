"""The Train page's middle: a button, a training that is watched while it runs, and what came of it."""

from __future__ import annotations

import streamlit as st

from liquid.charts import train as charts
from liquid.engine import Job, State, Task
from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.learning.data import prepare
from liquid.learning.run import Run, run
from liquid.learning.training import Compiling, Progress, Started
from liquid.series.series import Series
from liquid.series.windows import Split
from pages.shared.display import page_look, verbatim
from pages.shared.job import queued
from pages.shared.sessions import remember, visit


class Desk:
    """One visitor's training and what is known of it."""

    def __init__(self) -> None:
        self.job: Job | None = None
        self.asked: tuple[str, TrainConfig] | None = None  # series key and config of the job
        self.trained_on: tuple[str, TrainConfig] | None = None  # of the newest finished run
        self.readings: dict[str, str] = {}  # of the series by their keys

    @property
    def read_as(self) -> str:
        """What was overruled of how the newest finished run's file is read, as the address says it."""
        return self.readings.get(self.trained_on[0], "") if self.trained_on else ""

    @property
    def busy(self) -> bool:
        return self.job is not None and self.job.active

    def start(self, key: str, series: Series, config: TrainConfig, read_as: str = "") -> None:
        """Idempotent: a script that is run again must not start a second training."""
        if self.busy:
            return
        self.asked, self.readings[key] = (key, config), read_as
        self.job = visit().submit(Task(run, (series, config)))


def desk() -> Desk:
    mine: Desk = st.session_state.setdefault("desk", Desk())
    return mine


@st.cache_resource(max_entries=64, ttl="1h", show_spinner=False, hash_funcs={TrainConfig: TrainConfig.to_json})
def check(key: str, _series: Series, config: TrainConfig) -> tuple[Split | None, str]:
    """How the series named `key` would be split, or why it cannot be trained on. Cached: it may have a million rows."""
    try:
        return prepare(_series, config).split, ""
    except LiquidError as problem:
        return None, str(problem)


def training_panel() -> None:
    """Progress while a training runs; a problem where it ended in one; nothing otherwise."""
    current = desk()
    job = current.job
    remember("desk", "run", "job_shown", "saved_run")
    if job is None:
        return
    if job.active:
        # Eight people who wait need not ask as often as two who watch.
        st.fragment(_watched, run_every=0.4 if job.state == "running" else 1.0)(job.state)
        return
    if job.state == "failed":
        st.error(verbatim(job.problem), icon=":material/error:")
    elif st.session_state.get("job_shown") is not job:
        st.session_state["job_shown"] = job
        finished = job.events[-1] if job.events else None
        if isinstance(finished, Run):
            st.session_state["run"] = finished
            current.trained_on = current.asked
        remember("run", "job_shown")


def _watched(state: State) -> None:
    current = desk()
    job, asked = current.job, current.asked
    if job is None or asked is None or job.state != state:
        st.rerun()
        return
    config = asked[1]
    events = job.events
    curve = tuple(event for event in events if isinstance(event, Progress))
    with st.container(border=True, key="training"):
        with st.container(horizontal=True, vertical_alignment="center"):
            share, words = _state(events, curve, job)
            st.progress(share, text=words, width="stretch")
            st.button(
                "Stop",
                icon=":material/stop_circle:",
                on_click=job.stop,
                disabled=job.stopping,
                key="stop",
                help="Ends the training and keeps the best weights so far.",
            )
        if state == "running":
            st.plotly_chart(
                charts.loss_figure(curve, config.steps, page_look(), config.model),
                key="live_loss",
                alt="Training and validation loss so far, against training steps.",
            )


def _state(events: tuple[object, ...], curve: tuple[Progress, ...], job: Job) -> tuple[float, str]:
    if job.stopping:
        return (curve[-1].step / curve[-1].steps if curve else 0.0), "Stopping …"
    if job.state == "waiting":
        return 0.0, queued(job)
    if not curve:
        newest = events[-1] if events else None
        if isinstance(newest, Compiling):
            return 0.0, newest.message
        return 0.0, "First steps …" if isinstance(newest, Started) else "Getting ready …"
    now = curve[-1]
    if now.step == now.steps:
        return 1.0, "Judging the forecast on the test part …"
    return now.step / now.steps, f"Step {now.step:,} of {now.steps:,}, about {max(now.time_left, 1):.0f} s left"
