"""Other models beside the chosen one, trained as it was, as one job."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from liquid.charts.compare import ForecastLine, forecast_lines
from liquid.charts.style import Look, model_line
from liquid.charts.train import error_lines
from liquid.engine import Task
from liquid.learning.run import Run
from liquid.models.registry import MODELS
from liquid.runs.studies import Studies
from liquid.studies.compare.report import answer, intervals_words, ranked, remarks, step_table, table
from liquid.studies.compare.study import Comparison, compare
from pages.shared.display import verbatim
from pages.shared.downloads import csv_button
from pages.shared.job import run_job
from pages.shared.links import linked
from pages.shared.studies import offer
from pages.shared.tables import number_table

JOB = "other_models"


def other_models(run: Run, studies: Studies, look: Look, *, own: bool) -> None:
    """Which models, the button, progress with a way to stop, and what was found, which is kept with one's own run."""
    models, known = _chosen(run.config.model), studies.compared
    if not models and known is None:
        st.caption("Choose models: they are trained one after the other, with the same data, inputs and horizon.")
    if models and (known is None or known.stopped or set(known.models) != set(models)):
        result: Comparison | None = run_job(
            JOB,
            f"{run.finished.seconds!r} {run.config.to_json()} {models}",
            lambda: Task(compare, (run, models, known)),
            label="Compare",
            help="Trains these models as the chosen one was trained, and measures all of them on the same test values. "
            "If you stop, the finished ones are kept; those that are there already are not trained again.",
            icon=":material/compare_arrows:",
        )
        if result is not None and own:
            offer(JOB, run, replace(studies, compared=result))
        known = result or known
    if known is not None:
        _found(known, run, look)


def _chosen(own: str) -> tuple[str, ...]:
    others = [name for name in MODELS if name != own]
    widget = "compare_with"
    if own in (chosen := st.session_state.get(widget, [])):
        st.session_state[widget] = [name for name in chosen if name != own]
    return tuple(
        st.multiselect(
            "Compare with",
            others,
            key=linked(widget),
            bind="query-params",
            placeholder="Choose models",
            help="Each is trained with the settings of this run, as far as it has them, and with its own default "
            "learning rate.",
        )
    )


def _found(result: Comparison, run: Run, look: Look) -> None:
    """The answer, all forecasts on one chart, errors against steps ahead, and their table."""
    chosen = run.config.model
    for remark in remarks(result):
        st.warning(verbatim(remark), icon=":material/info:")
    if not result.rivals:
        return
    found = answer(result.rivals, chosen)
    st.markdown(f"### {found.markdown}")
    with st.expander("Intervals", key="compare_intervals"):
        st.markdown(found.fold)
    rows = ranked(result, run)
    series = run.series.select(run.forecaster.prepared.names)
    ahead = run.forecast.stamps
    lines = [
        ForecastLine(row.model, model_line(row.model, look), run.report.stamps, row.one_step, ahead, row.ahead)
        for row in sorted(rows, key=lambda row: row.model == chosen)  # the chosen one on top
    ]
    st.plotly_chart(
        forecast_lines(series, lines, look, "One step ahead, then the next values"),
        key="compare_forecasts",
        alt=f"Forecasts of {len(rows)} models on the same test values. {found}",
    )
    st.plotly_chart(
        error_lines({row.model: row.rmse for row in rows}, run.series, run.unit, look),
        key="compare_errors",
        alt="RMSE of every model against steps ahead.",
    )
    number_table(table(result, run), key="compare_table")
    st.caption(
        f"On the same {run.report.points:,} test values. {intervals_words(len(result.rivals))} Seconds are those of "
        "training on this server."
    )
    csv_button(
        "Download as CSV",
        "models.csv",
        partial(step_table, result, run),
        key="compare_csv",
        help="Errors and next values by step ahead, for every model.",
    )
