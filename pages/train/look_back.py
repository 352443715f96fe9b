"""A look back: the forecast as it would have been made at cutoffs of the past, run as a job."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from liquid.charts import backtest as charts
from liquid.charts.style import Look
from liquid.engine import Task
from liquid.learning.run import Run
from liquid.runs.studies import Studies
from liquid.series.words import enumerated
from liquid.studies.backtest.report import answer, band_words, cutoff_table, step_table
from liquid.studies.backtest.study import LIMITS, Backtest, BacktestConfig, backtest
from pages.shared.controls import choice
from pages.shared.display import verbatim
from pages.shared.downloads import csv_button
from pages.shared.job import run_job
from pages.shared.links import linked
from pages.shared.studies import offer
from pages.shared.tables import number_table

JOB = "look_back"
AGAIN, ONCE = "at each cutoff", "once"


def look_back(run: Run, studies: Studies, look: Look, *, own: bool) -> None:
    """Its two settings, the button, progress with a way to stop, and what was found, which is kept with one's own
    run."""
    how, known = _settings(), studies.backtest
    if known is None or known.config != how:
        result: Backtest | None = run_job(
            JOB,
            f"{run.finished.seconds!r} {run.config.to_json()} {how.to_json()}",
            lambda: Task(backtest, (run.series, run.config, how)),
            label="Look back",
            help="Makes the forecast again at cutoffs of the past, with what was known there, and measures it on what "
            "came.",
            icon=":material/history:",
        )
        if result is not None and own:
            offer(JOB, run, replace(studies, backtest=result))
        known = result or known
    if known is not None:
        _found(known, run, look)


def _settings() -> BacktestConfig:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        cutoffs = st.slider(
            "Cutoffs",
            *LIMITS["cutoffs"],
            value=BacktestConfig.cutoffs,
            key=linked("cutoffs"),
            bind="query-params",
            help="How many dates of the test part the forecast is made from, as if it ended there.",
        )
        trained = choice(
            "Trained",
            (AGAIN, ONCE),
            AGAIN,
            key="look_back_trained",
            help="At each cutoff: trained again on all that was known there, which takes as many trainings. Once: "
            "trained on what was known before the first cutoff, and run forward.",
        )
    return BacktestConfig(cutoffs=int(cutoffs), retrain=trained == AGAIN)


def _found(result: Backtest, run: Run, look: Look) -> None:
    """The answer, the forecasts beside the truth, errors by step and cutoff, and their table."""
    st.markdown(f"### {answer(result)}")
    st.caption(band_words(result))
    series = run.series.select(run.forecaster.prepared.names)
    st.plotly_chart(
        charts.fans(series, result.rows, result.ahead, (result.mean, result.low, result.high), result.model, look),
        key="look_back_fans",
        alt=f"The truth, and the forecasts that would have been made at {len(result.rows)} cutoffs, with their band.",
    )
    table = cutoff_table(result, series)
    labels = [str(label) for label in np.asarray(table["last known"])]
    st.plotly_chart(
        charts.errors(
            result.rmse, (result.rival, result.baselines[result.rival]), labels, result.model, run.unit, look
        ),
        key="look_back_errors",
        alt="RMSE against steps ahead, a line for each cutoff.",
    )
    number_table(table, key="look_back_table")
    st.caption(
        f"{verbatim(result.model)} is measured on every forecast that begins between a cutoff and the next; the band "
        f"follows the values as they become known. Over {result.rival}: RMSE over that of the best of the baselines "
        f"{enumerated(list(result.baselines))}, geometric mean over the steps ahead."
    )
    csv_button(
        "Download as CSV",
        "look_back.csv",
        partial(step_table, result, series),
        help="Errors, coverage and forecasts by cutoff and step ahead.",
    )
