"""The Benchmark page's tasks: Liquid against one rival on all of them, and every model on one of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from liquid.charts import benchmark as charts
from liquid.charts.ratios import Bar, forest
from liquid.models.registry import MODELS
from liquid.series.words import counted, enumerated
from liquid.studies.benchmark.config import SIZED, CellResult
from liquid.studies.benchmark.timing import over_time, time_to_error
from liquid.studies.benchmark.verdict import TaskRatio, geometric, main_steps, noise_words
from liquid.studies.statistics import digits
from pages.benchmark import results
from pages.shared.display import NO_TOOLBAR, page_look

AXES = ("Parameters", "Training time")


def task_by_task(rival: str, noise: float) -> None:
    """The ratio on every task at one noise, by kind and sorted."""
    found = [one for one in results.task_by_task(rival) if one.noise == noise]
    if not found:
        st.markdown(f"{rival} and Liquid were not both trained {noise_words(noise)}: choose another noise or rival.")
        return
    st.markdown(_won(found, rival))
    kinds = sorted({one.kind for one in found})
    sections = [
        (kind, [_bar(one) for one in sorted(found, key=lambda one: one.ratio.mean) if one.kind == kind])
        for kind in kinds
    ]
    title = f"Error of Liquid over {rival}'s, {noise_words(noise)}"
    st.plotly_chart(
        forest(page_look(), sections, title, "Liquid"),
        key="benchmark_tasks",
        config=NO_TOOLBAR,
        alt=f"{title}, on {counted(len(found), 'task')}, sorted within each kind, with intervals over seeds, around 1.",
    )
    st.caption(
        "95 % intervals over seeds: what another draw of the same task would change. Filled: it does not hold 1. These "
        "are not corrected for looking at all of them."
    )


def _won(found: Sequence[TaskRatio], rival: str) -> str:
    ahead = [one for one in found if one.ratio.mean < 1]
    clear, lost = sum(one.ratio.high < 1 for one in ahead), sum(one.ratio.low > 1 for one in found)
    return (
        f"Liquid is ahead of {rival} on **{len(ahead)} of {counted(len(found), 'task')}**: on {clear} beyond the luck "
        f"of seeds, and behind by as much on {lost}."
    )


def _bar(one: TaskRatio) -> Bar:
    decided = one.ratio.high < 1 or one.ratio.low > 1
    name = results.titles().get(one.task, one.task)
    return Bar(one.rival, one.ratio.mean, one.ratio.low, one.ratio.high, one.task, decided, name)


def one_task(rows: Sequence[CellResult], task: str, noise: float, axis: str) -> None:
    """Every model's error on one task, against parameters or time; how long each takes to one error."""
    name = results.titles().get(task, task)
    st.plotly_chart(
        figure(rows, axis, f"{name}, {100 * noise:.0f} % noise"),
        key="benchmark_error",
        config=NO_TOOLBAR,
        alt=f"Error against {axis.lower()} for every model on {name} at {100 * noise:.0f} % noise, both axes "
        "logarithmic.",
    )
    st.caption(
        "Bands: 95 % intervals over seeds. Each seed has its own noise, initial weights and, if generated, series."
    )
    if axis == AXES[1]:
        st.markdown(time_sentence(rows))


def figure(rows: Sequence[CellResult], axis: str, title: str) -> Any:
    """Error against parameters, at the length of training that most have, or against the time of a training."""
    lengths = over_time(rows) if axis == AXES[1] else ()
    sizes, main = {point.parameters for point in lengths}, main_steps(rows)
    groups: dict[str, dict[tuple[int, int], list[CellResult]]] = {}
    for row in rows:
        cell = row.cell
        if cell.model not in SIZED or (cell.parameters in sizes if lengths else cell.steps == main):
            groups.setdefault(cell.model, {}).setdefault((cell.parameters, cell.steps), []).append(row)
    curves = [_curve(model, list(groups[model].values()), axis) for model in MODELS if model in groups]
    unit = "trained parameters"
    if axis == AXES[1]:
        steps = sorted({point.steps for point in lengths})
        what = f"{steps[0]:,} to {steps[-1]:,} steps" if steps else "by size"
        unit = f"processor seconds of one training, {what}"
    return charts.against(page_look(), curves, title, unit)


def _curve(model: str, groups: Sequence[Sequence[CellResult]], axis: str) -> charts.Curve:
    """A point per size and length of training: geometric means over seeds."""

    def x(rows: Sequence[CellResult]) -> float:
        if axis == AXES[0]:
            return float(np.mean([row.counted for row in rows]))
        seconds = [row.seconds for row in rows if row.seconds > 0]
        return float(np.exp(np.mean(np.log(seconds)))) if seconds else math.nan

    points = [(x(rows), geometric(np.log([max(row.error, 1e-300) for row in rows]))) for rows in groups]
    points.sort(key=lambda point: point[0])
    return charts.Curve(
        model=model,
        x=[place for place, _ in points],
        error=[error.mean for _, error in points],
        low=[error.low for _, error in points],
        high=[error.high for _, error in points],
        sized=MODELS[model].sized,
    )


def time_sentence(rows: Sequence[CellResult]) -> str:
    """How long every model takes to the error that all of them reach."""
    found = sorted(time_to_error(rows), key=lambda one: one.seconds.mean)
    if not found:
        return "This task was trained for one length alone, so a point is a size and there is no time to an error."
    each = enumerated([f"{one.model} needs **{digits(one.seconds.mean)} s**{_within(one.seconds)}" for one in found])
    return (
        f"To an error of {digits(found[0].error)}, the least that all of these reach, {each}. Processor seconds of one "
        "training at its chosen rate, 95 % intervals over seeds."
    )


def _within(seconds: Any) -> str:
    return f" ({digits(seconds.low)} to {digits(seconds.high)})" if math.isfinite(seconds.low) else ""
