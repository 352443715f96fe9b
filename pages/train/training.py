"""A session's training: how it starts, how far it is, and what it ends with."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from liquid.charts import train as charts
from liquid.engine import Job, State, Task
from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.learning.data import checked
from liquid.learning.preview import Preview
from liquid.learning.report import outlier_sentence
from liquid.learning.run import Run, watched
from liquid.learning.training import Compiling, Progress, Started
from liquid.series.series import Series
from liquid.series.windows import Split
from pages.shared.browser import TRAINED
from pages.shared.display import page_look, show_problem
from pages.shared.job import queued, stoppable
from pages.shared.links import OWN
from pages.shared.sessions import remember, session
from pages.shared.voice import announce
from pages.train.preview import show_preview

_QUARTERS = ("begun", "a quarter done", "half done", "three quarters done", "the forecast is being evaluated")


class Setup(NamedTuple):
    """What is trained: a series by its key, and the settings."""

    series: str
    config: TrainConfig


class Checked(NamedTuple):
    """A series before it is trained on: its split or the problem; of outliers a sentence, and the target's rows."""

    split: Split | None
    problem: str
    outliers: str = ""
    rows: NDArray[np.int64] = np.empty(0, dtype=np.int64)


class Training:
    """A session's training and what is known of it."""

    def __init__(self) -> None:
        self.job: Job | None = None
        self.submitted: Setup | None = None  # of the job
        self.finished: Setup | None = None  # of the newest finished run
        self._readings: dict[str, tuple[str, str]] = {}  # by series: how it was read, and its place

    @property
    def reading(self) -> str:
        """The file-reading options that the user changed for the newest finished run, as the address has them."""
        return self._read[0]

    @property
    def place(self) -> str:
        """The built-in that the newest finished run's series is, or is a part of; OWN if it is none."""
        return self._read[1]

    @property
    def _read(self) -> tuple[str, str]:
        return self._readings.get(self.finished.series, ("", OWN)) if self.finished else ("", OWN)

    @property
    def active(self) -> bool:
        return self.job is not None and self.job.active

    def start(self, series: Series, setup: Setup, reading: str = "", place: str = OWN) -> None:
        """Start one training: does nothing while one is active, since scripts are run again."""
        if self.active:
            return
        st.session_state[TRAINED] = True
        remember(TRAINED)
        self.submitted, self._readings[setup.series] = setup, (reading, place)
        self.job = session().submit(Task(watched, (series, setup.config)))


def training() -> Training:
    current: Training = st.session_state.setdefault("training", Training())
    return current


@st.cache_resource(max_entries=64, ttl="1h", show_spinner=False, hash_funcs={TrainConfig: TrainConfig.to_json})
def check(key: str, _series: Series, config: TrainConfig) -> Checked:
    """How the series would be split, or why it cannot be trained on. Cached by `key`: it may have a million rows."""
    try:
        columns = checked(_series, config)
        rows = np.flatnonzero(columns.usual.outside(columns.values[:, :1])[:, 0])
        return Checked(columns.split, "", outlier_sentence(columns, _series, config.outliers), rows)
    except LiquidError as problem:
        return Checked(None, str(problem))


def settle() -> None:
    """Take over what a training has ended with, once."""
    spoken = st.container(key="spoken")  # always there: what comes and goes before an open popover would close it
    current, job = training(), training().job
    remember("training", "run", "job_shown", "saved_run")
    if job is None or job.active or job.state == "failed" or st.session_state.get("job_shown") is job:
        return
    st.session_state["job_shown"] = job
    finished = job.events[-1] if job.events else None
    if isinstance(finished, Run):
        st.session_state["run"] = finished
        with spoken:
            announce(f"The training is done. {finished.report.sentence}")
        current.finished = current.submitted
    remember("run", "job_shown")


def progress() -> None:
    """How far a training is, with a way to stop it; the problem if it failed; nothing otherwise."""
    job = training().job
    if job is None:
        return
    if job.active:
        _watched(_progress, job)
    elif job.state == "failed":
        show_problem(job.problem)


def live() -> None:
    """Beside the chart: the loss while a training runs, and in the chart what it would forecast now."""
    job, setup = training().job, training().submitted
    if job is not None and job.state == "running" and setup is not None and setup.config.kind.trained:
        _watched(_live, job)


def _watched(show: Callable[[State], None], job: Job) -> None:
    """Again and again; those who wait need not ask as often as those who watch."""
    st.fragment(show, run_every=0.4 if job.state == "running" else 1.0)(job.state)


def _progress(state: State) -> None:
    job = training().job
    if job is None or job.state != state:
        st.rerun()
        return
    events = job.events
    with st.container(key="training"):
        share, text = _state(events, _curve(events), job)
        announce(f"Training, {_QUARTERS[int(4 * share)]}.")
        help = "Ends the training and keeps the best weights so far."
        stoppable(job, share, text, key="stop", help=help, icon=":material/stop_circle:")


def _live(state: State) -> None:
    job, setup = training().job, training().submitted
    if job is None or setup is None or job.state != state:
        return  # the progress sees to that
    config, events = setup.config, job.events
    preview = next((event for event in reversed(events) if isinstance(event, Preview)), None)
    series: Series = job.task.arguments[0]
    if preview is not None:
        show_preview(series, config.target or series.names[0], preview)
    curve = _curve(events)
    st.plotly_chart(
        charts.loss_figure(curve, curve[-1].steps if curve else config.steps, page_look(), config.model, height=420),
        key="live_loss",
        alt="Training and validation loss so far, against training steps.",
    )


def _curve(events: tuple[object, ...]) -> tuple[Progress, ...]:
    return tuple(event for event in events if isinstance(event, Progress))


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
        return 1.0, "Evaluating the forecast on the test part …"
    return now.step / now.steps, f"Step {now.step:,} of {now.steps:,}, about {max(now.time_left, 1):.0f} s left"
