"""The benchmark page's parts: rows as curves, ratios as a table, downloads, and a small sweep to watch."""

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
from liquid.series.export import to_csv
from liquid.series.series import Series
from liquid.studies.benchmark import grids, stored
from liquid.studies.benchmark.config import CellResult
from liquid.studies.benchmark.report import levels, statements
from liquid.studies.benchmark.stored import Stored
from liquid.studies.benchmark.sweep import Swept, watch
from liquid.studies.benchmark.tasks import MADE, OWN, TASKS
from liquid.studies.benchmark.verdict import ErrorPoint, Ratio, points, ratios
from liquid.studies.stored import plain
from pages.shared.display import page_look, verbatim
from pages.shared.job import answer

AXES = ("Parameters", "Training time")


@st.cache_resource
def result() -> Stored:
    return stored.load()


@st.cache_resource(show_spinner=False)
def compared() -> tuple[Ratio, ...]:
    """Liquid against all, from the stored rows."""
    return ratios(result().rows)


@st.cache_resource(show_spinner=False)
def said() -> list[str]:
    """What else the stored rows say."""
    return statements(result().rows)


def figure(rows: Sequence[CellResult], axis: str, title: str) -> Any:
    """Error against parameters or training time: each model's shortest trainings by size, in time also longer ones."""
    shortest = {row.cell.model: min(r.cell.steps for r in rows if r.cell.model == row.cell.model) for row in rows}
    found = [point for point in points(rows) if axis == AXES[1] or point.steps == shortest[point.model]]
    models = [model for model in MODELS if any(point.model == model for point in found)]
    by_model = {model: [point for point in found if point.model == model] for model in models}
    curves = [_curve(model, mine, axis) for model, mine in by_model.items()]
    unit = "seconds, all rates and settings tried, one core" if axis == AXES[1] else "trained parameters"
    return charts.against(page_look(), curves, title, unit)


def _curve(model: str, mine: list[ErrorPoint], axis: str) -> charts.Curve:
    where = {AXES[0]: lambda point: point.parameters, AXES[1]: lambda point: point.seconds}[axis]
    mine = sorted(mine, key=where)
    return charts.Curve(
        model=model,
        x=[where(point) for point in mine],
        error=[point.error.mean for point in mine],
        low=[point.error.low for point in mine],
        high=[point.error.high for point in mine],
        sized=MODELS[model].sized,
    )


def ratio_table(found: Sequence[Ratio]) -> pd.DataFrame:
    """One row a rival; the intervals' level is said beside it."""
    return pd.DataFrame(
        {
            "rival": [ratio.rival for ratio in found],
            "error ratio": [ratio.ratio.mean for ratio in found],
            "low": [ratio.ratio.low for ratio in found],
            "high": [ratio.ratio.high for ratio in found],
            "Liquid is": [ratio.verdict for ratio in found],
            "p (Wilcoxon, Holm)": [ratio.adjusted for ratio in found],
            "training time ratio": [ratio.times for ratio in found],
            "noise": [levels(ratio) for ratio in found],
            "tasks": [ratio.tasks for ratio in found],
            "seeds": [ratio.seeds for ratio in found],
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


def ratio_figure(found: Sequence[Ratio]) -> Any:
    bars = [
        charts.Bar(ratio.rival, ratio.ratio.mean, ratio.ratio.low, ratio.ratio.high)
        for ratio in found
        if math.isfinite(ratio.ratio.low)
    ]
    return charts.ratios(page_look(), bars, "Liquid")


def downloads(result: Stored, key: str) -> None:
    """The rows as CSV; as JSON with recipe, date, machine and versions too."""
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
                help="One row a task, noise, model, size and seed: settings, counts, chosen rate, error and time. "
                "The JSON also says how it was made.",
            )


def used(key: str, series: Series) -> str:
    """Which values of the picked series a small run is on."""
    length = grids.small()[0].recipe.length
    if key in MADE:
        return f"From its equations {length:,} values are made anew for every seed, with the noise set below alone."
    column = f"column {verbatim(series.names[0])}" if len(series.names) > 1 else "series"
    return f"Forecast one value ahead: the {column}, its {'first' if key in TASKS else 'newest'} {length:,} values."


def live(key: str, series: Series, noise: float) -> Swept | None:
    """A small sweep on a built-in or on the visitor's series: a button, progress, then what came out."""
    made = key in TASKS
    cells = grids.small(key if made else OWN, noise)
    swept: Swept | None = answer(
        "benchmark_live",
        f"{key} {noise}",
        lambda: Task(watch, (cells, None if made else series)),
        label="Run a small one now",
        help=f"{len(cells)} short trainings, under a minute: Liquid, LSTM and GRU at two sizes, two seeds.",
    )
    return swept
