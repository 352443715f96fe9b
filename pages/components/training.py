"""The Train page's middle: a button, a training that is watched while it runs, and what came of it."""

from __future__ import annotations

import streamlit as st

from liquid.charts import train as charts
from liquid.engine import Job
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.learning.training import Progress, Started
from liquid.series.series import Series
from pages.components.page import page_look, verbatim
from pages.components.work import engine


class Desk:
    """One visitor's training: stopped when the visit ends, so that nobody's closed tab keeps a worker."""

    def __init__(self) -> None:
        self.job: Job | None = None
        self.config: TrainConfig | None = None
        self.shown = False  # whether the end of the job was noticed by the page

    def start(self, series: Series, config: TrainConfig) -> None:
        """Idempotent: a script that is run again must not start a second training."""
        if self.job is not None and self.job.active:
            return
        self.config, self.shown = config, False
        self.job = engine().submit(lambda stop: run(series, config, stop))

    def close(self) -> None:
        if self.job is not None:
            self.job.stop()


@st.cache_resource(scope="session", on_release=Desk.close)
def desk() -> Desk:
    return Desk()


def training_panel() -> None:
    """Progress while a training runs; a problem where it ended in one; nothing otherwise."""
    job = desk().job
    if job is None:
        return
    if job.active:
        _watched()
        return
    if job.state == "failed":
        st.error(verbatim(job.problem), icon=":material/error:")
    elif not desk().shown:
        desk().shown = True
        finished = job.events[-1]
        if isinstance(finished, Run):
            st.session_state["run"] = finished


@st.fragment(run_every=0.4)
def _watched() -> None:
    current = desk()
    job, config = current.job, current.config
    if job is None or config is None or not job.active:
        st.rerun()
        return
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
        st.plotly_chart(
            charts.loss_figure(curve, config.steps, page_look(), config.model),
            key="live_loss",
            alt="Training and validation loss so far, against training steps.",
        )


def _state(events: tuple[object, ...], curve: tuple[Progress, ...], job: Job) -> tuple[float, str]:
    if job.stopping:
        return (curve[-1].step / curve[-1].steps if curve else 0.0), "Stopping …"
    if job.state == "waiting":
        return 0.0, "Waiting for a free worker: others are training."
    if not curve:
        started = any(isinstance(event, Started) for event in events)
        return 0.0, "First steps …" if started else "Getting ready …"
    now = curve[-1]
    if now.step == now.steps:
        return 1.0, "Judging the forecast on the test part …"
    return now.step / now.steps, f"Step {now.step:,} of {now.steps:,}, about {max(now.time_left, 1):.0f} s left"
