"""Forecasts of several columns of one series as tables: their errors beside the best baseline's, and their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from liquid.answers import WORDS
from liquid.learning.run import Run
from liquid.series.export import safe_cell
from liquid.studies.compare.report import ratio_words

Table = Mapping[str, ArrayLike]


def target_of(run: Run) -> str:
    return run.forecaster.prepared.names[0]


def errors_table(runs: Sequence[Run]) -> Table:
    """One row per target: RMSE over the horizon and one step ahead, each beside that of the baseline which is best
    there. All runs have the same model and horizon."""
    model, steps = runs[0].config.model, runs[0].config.horizon
    reports = [run.report for run in runs]
    table: dict[str, ArrayLike] = {
        "target": [safe_cell(target_of(run)) for run in runs],
        "better": [WORDS[report.answer.verdict] for report in reports],
    }
    if steps > 1:
        best = [min(report.rows[1:], key=lambda row: row.rmse) for report in reports]
        table |= {
            f"RMSE, 1 to {steps} ahead": np.array([report.rows[0].rmse for report in reports]),
            f"best baseline, 1 to {steps}": [row.name for row in best],
            f"its RMSE, 1 to {steps}": np.array([row.rmse for row in best]),
            f"{model} / it, 1 to {steps} [95 %]": [
                ratio_words(row.horizon_ratio) if row.horizon_ratio else "" for row in best
            ],
        }
    first = [min(report.rows[1:], key=lambda row: row.one_step.rmse) for report in reports]
    return table | {
        "RMSE, 1 ahead": np.array([report.rows[0].one_step.rmse for report in reports]),
        "best baseline, 1": [row.name for row in first],
        "its RMSE, 1": np.array([row.one_step.rmse for row in first]),
        f"{model} / it, 1 [95 %]": [ratio_words(row.ratio) for row in first],
    }


def forecasts_table(runs: Sequence[Run]) -> Table:
    """One row per time, a column per target. They may end at different times: what is not forecast is empty."""
    series = runs[0].series
    forecasts = {
        target_of(run): (series.times_after(series.known_end(target_of(run)), len(run.forecast.mean)), run)
        for run in runs
    }
    times = np.unique(np.concatenate([stamps for stamps, _ in forecasts.values()]))
    label = series.time_name
    while label in forecasts:
        label += " "
    columns: dict[str, ArrayLike] = {label: series.stamp_labels(times) if series.time_kind == "date" else times}
    for name, (stamps, run) in forecasts.items():
        column = np.full(len(times), np.nan)
        column[np.searchsorted(times, stamps)] = run.forecast.mean
        columns[name] = column
    return columns
