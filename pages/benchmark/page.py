"""Which model makes the most of its parameters? Stored results of a sweep, and a small live one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from liquid.errors import LiquidError
from liquid.studies.benchmark.config import CellResult
from pages.benchmark import results
from pages.benchmark.method import downloads, how, tasks_fold
from pages.benchmark.overall import answer, forests, rank_picture
from pages.benchmark.shift import shifted_view
from pages.benchmark.small_run import small_run
from pages.benchmark.tasks import AXES, one_task, task_by_task
from pages.shared.controls import choice
from pages.shared.display import show_problem
from pages.shared.links import linked

HELP = {
    "task": "Made and measured series; the fold The tasks says where each comes from.",
    "noise": "Gaussian noise on the models' input, relative to the series' spread. The target is the clean value.",
    "rival": "Whom Liquid is compared with task by task.",
    "axis": "The same errors against trained parameters, or against the time of a training.",
}
DEFAULT_NOISE = 0.2  # also what a link without a noise means
DEFAULT_RIVAL = "LSTM"


class Chosen(NamedTuple):
    """What the sidebar says."""

    task: str
    noise: float
    rival: str
    axis: str


def chosen(rows: Sequence[CellResult]) -> Chosen:
    """Task and noise, also of the pictures beside each other, rival, and the axis of the one task."""
    with st.sidebar:
        tasks = list(dict.fromkeys(row.cell.task for row in rows))
        task = st.selectbox(
            "Task", tasks, index=0, key=linked("benchmark_task"), bind="query-params", help=HELP["task"]
        )
        noises = sorted({row.cell.noise for row in rows if row.cell.task == task})
        noise = choice(
            "Noise",
            noises,
            DEFAULT_NOISE if DEFAULT_NOISE in noises else noises[-1],
            key="benchmark_noise",
            help=HELP["noise"],
            show=lambda share: f"{100 * share:.0f} %",
        )
        rivals = results.rivals()
        rival = st.selectbox(
            "Rival",
            rivals,
            index=rivals.index(DEFAULT_RIVAL) if DEFAULT_RIVAL in rivals else 0,
            key=linked("benchmark_rival"),
            bind="query-params",
            help=HELP["rival"],
        )
        axis = choice("Against", AXES, AXES[0], key="benchmark_axis", help=HELP["axis"])
    return Chosen(task, noise, rival, axis)


def equal_parameters() -> None:
    """The stored sweep: the answer, ranks, ratios, all tasks, one task, and how it was measured."""
    try:
        result = results.result()
    except LiquidError as problem:
        show_problem(problem)
        st.stop()
    answer()
    rows, now = result.rows, chosen(result.rows)
    rank_picture()
    forests(now.rival)
    st.header("Task by task")
    task_by_task(now.rival, now.noise)
    st.header("One task at a time")
    one_task(
        [row for row in rows if (row.cell.task, row.cell.noise) == (now.task, now.noise)], now.task, now.noise, now.axis
    )
    tasks_fold(now.noise)
    how(result)
    downloads(result, "benchmark")
    small_run()


st.title("Which model makes the most of its parameters?")
equal, shifted = st.tabs(
    ["At about equal parameters", "When the data shift"], key=linked("benchmark_view"), bind="query-params"
)
with shifted if shifted.open else equal:
    if shifted.open:
        shifted_view()
    else:
        equal_parameters()
