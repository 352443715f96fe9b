"""A sweep of less than a minute, on a built-in or an uploaded series."""

from __future__ import annotations

import streamlit as st

from liquid.charts.style import plain
from liquid.engine import Task
from liquid.series.builtin import MADE
from liquid.series.series import Series
from liquid.series.windows import longest_complete
from liquid.studies.benchmark import grids
from liquid.studies.benchmark.stored import Stored
from liquid.studies.benchmark.sweep import Swept, watch
from liquid.studies.benchmark.tasks import OWN, TASKS
from liquid.studies.benchmark.verdict import ratios
from pages.benchmark.method import downloads
from pages.benchmark.overall import ratio_table
from pages.benchmark.tasks import AXES, figure
from pages.shared.display import NO_TOOLBAR, verbatim
from pages.shared.job import run_job
from pages.shared.links import linked
from pages.shared.series_picker import pick_series


def small_run() -> None:
    """The series, the noise, the button, and what came out."""
    st.header("Run a small one now")
    st.caption("On a built-in series or your own: its first column is forecast one value ahead.")
    picked = pick_series()
    if picked is not None:
        st.caption(used(picked.key, picked.series))
    level = st.select_slider(
        "Noise added",
        [0.0, 0.1, 0.2, 0.4],
        0.2,
        format_func=lambda share: f"{100 * share:.0f} %",
        key=linked("benchmark_level"),
        bind="query-params",
        help="Strength of the noise for this run, relative to the series' spread.",
    )
    if picked is not None:
        swept = live(picked.key, picked.series, level)
        if swept is not None and swept.rows:
            st.plotly_chart(
                figure(swept.rows, AXES[0], f"{plain(picked.series.title)}, just now"),
                key="benchmark_own",
                config=NO_TOOLBAR,
                alt="Error against parameters of the models trained just now.",
            )
            ratio_table(ratios(swept.rows), "Ratio of errors of the models trained just now")
            st.caption("Two seeds and short trainings: enough for a first impression, too few for a verdict.")
            downloads(Stored.of("small", swept.rows, swept.complete), "benchmark_own")


def used(key: str, series: Series) -> str:
    """Which values of the picked series a small sweep uses."""
    length = grids.small()[0].recipe.length
    if key in TASKS and key in MADE:
        return f"For every seed, {length:,} new values are generated, with only the noise that is set below."
    column = f"column {verbatim(series.names[0])}" if len(series.names) > 1 else "series"
    whole = longest_complete(series.values[:, :1])
    there = whole.stop - whole.start
    stretch = f" of its longest stretch without a gap, {there:,} of {len(series):,} rows" if there < len(series) else ""
    which = f"{'first' if key in TASKS else 'newest'} {length:,}" if there > length else f"{there:,}"
    return f"Forecast one value ahead: the {column}, its {which} values{stretch}."


def live(key: str, series: Series, noise: float) -> Swept | None:
    """A small sweep on a built-in or an uploaded series: a button, progress, then its result."""
    is_task = key in TASKS
    cells = grids.small(key if is_task else OWN, noise)
    swept: Swept | None = run_job(
        "benchmark_live",
        f"{key} {noise}",
        lambda: Task(watch, (cells, None if is_task else series)),
        label="Run a small one now",
        help=f"{len(cells)} short trainings, under a minute: Liquid, LSTM and GRU at two sizes, two seeds.",
    )
    return swept
