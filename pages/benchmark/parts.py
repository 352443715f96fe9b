"""The Benchmark page's parts: curves, the table of ratios, downloads, and a small live sweep."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from liquid.charts import benchmark as charts
from liquid.engine import Task
from liquid.models.registry import MODELS
from liquid.series.builtin import MADE
from liquid.series.export import to_csv
from liquid.series.series import Series
from liquid.series.windows import longest_complete
from liquid.studies.benchmark import grids, stored
from liquid.studies.benchmark.config import CellResult
from liquid.studies.benchmark.report import Section, Standing, levels, sections
from liquid.studies.benchmark.stored import Stored
from liquid.studies.benchmark.sweep import Swept, watch
from liquid.studies.benchmark.tasks import OWN, TASKS
from liquid.studies.benchmark.verdict import ErrorPoint, Ratio, main_steps, points, ratios
from liquid.studies.stored import plain
from pages.shared.display import page_look, verbatim
from pages.shared.job import run_job

AXES = ("Parameters", "Training time")


@st.cache_resource
def result() -> Stored:
    return stored.load()


@st.cache_resource(show_spinner=False)
def compared() -> tuple[Ratio, ...]:
    """Liquid compared with every rival, from the stored rows."""
    return ratios(result().rows)


@st.cache_resource(show_spinner=False)
def standing() -> Standing:
    """Who is ahead of all, from the stored rows."""
    return Standing.of(result().rows)


@st.cache_resource(show_spinner=False)
def forest_rows() -> tuple[Section, ...]:
    """Liquid's ratios to every rival, and to the LSTM part by part."""
    return sections(result().rows, compared())


def figure(rows: Sequence[CellResult], axis: str, title: str) -> Any:
    """Error against parameters or training time: the main trainings, against time also shorter and longer ones."""
    main = main_steps(rows)
    shown = [point for point in points(rows) if axis == AXES[1] or point.steps == main]
    models = [model for model in MODELS if any(point.model == model for point in shown)]
    by_model = {model: [point for point in shown if point.model == model] for model in models}
    curves = [_curve(model, its_points, axis) for model, its_points in by_model.items()]
    unit = "seconds on one core, for all rates and settings tried" if axis == AXES[1] else "trained parameters"
    return charts.against(page_look(), curves, title, unit)


def _curve(model: str, points: list[ErrorPoint], axis: str) -> charts.Curve:
    def x(point: ErrorPoint) -> float:
        return point.parameters if axis == AXES[0] else point.seconds

    points = sorted(points, key=x)
    return charts.Curve(
        model=model,
        x=[x(point) for point in points],
        error=[point.error.mean for point in points],
        low=[point.error.low for point in points],
        high=[point.error.high for point in points],
        sized=MODELS[model].sized,
    )


def ratio_table(compared: Sequence[Ratio]) -> pd.DataFrame:
    """One row per rival; the caption states the level of the intervals."""
    return pd.DataFrame(
        {
            "rival": [ratio.rival for ratio in compared],
            "error ratio": [ratio.ratio.mean for ratio in compared],
            "low": [ratio.ratio.low for ratio in compared],
            "high": [ratio.ratio.high for ratio in compared],
            "Liquid is": [ratio.word for ratio in compared],
            "p (Wilcoxon, Holm)": [ratio.adjusted for ratio in compared],
            "training time ratio": [ratio.times for ratio in compared],
            "noise": [levels(ratio) for ratio in compared],
            "tasks": [ratio.tasks for ratio in compared],
            "seeds": [ratio.seeds for ratio in compared],
        }
    )


COLUMNS = {
    name: st.column_config.NumberColumn(format=digits)
    for name, digits in {
        "error ratio": "%.2f",
        "low": "%.2f",
        "high": "%.2f",
        "p (Wilcoxon, Holm)": "%.2f",
        "training time ratio": "%.2f",
    }.items()
}


def forest() -> Any:
    """The forest plot of all ratios that have an interval."""
    drawn = [
        (
            title,
            [
                charts.Bar(one.rival, one.ratio.mean, one.ratio.low, one.ratio.high, label)
                for label, one in rows
                if math.isfinite(one.ratio.low)
            ],
        )
        for title, rows in forest_rows()
    ]
    return charts.forest(page_look(), drawn, "Liquid")


def downloads(result: Stored, key: str) -> None:
    """The rows as CSV; as JSON also with recipe, date, machine and versions."""
    flat = {name: column for name, column in stored.table(result.rows).items() if name != "validation"}
    with st.container(horizontal=True):
        for label, text, kind in (
            ("CSV", to_csv(flat), "text/csv"),
            ("JSON", json.dumps(plain(stored.content(result))), "application/json"),
        ):
            st.download_button(
                f"Every training as {label}",
                text,
                f"benchmark.{label.lower()}",
                kind,
                key=f"{key}_{label}",
                on_click="ignore",
                icon=":material/download:",
                help="One row per task, noise, model, size and seed: settings, counts, chosen rate, error and time. "
                "The JSON also states how it was measured.",
            )


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
