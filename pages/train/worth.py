"""What each column is worth that the forecast reads: trained again without it, run as a job."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from liquid.engine import Task
from liquid.learning.run import Run
from liquid.series.export import safe_cell
from liquid.studies.worth.report import answer, worth_table
from liquid.studies.worth.study import Worth, columns_of, worth
from pages.shared.display import verbatim
from pages.shared.downloads import csv_button
from pages.shared.job import run_job
from pages.shared.tables import number_table


def has_columns(run: Run) -> bool:
    """Whether the run reads anything beside its target."""
    return bool(columns_of(run.config))


def columns_worth(run: Run) -> None:
    """The button, progress with a way to stop, and what was found."""
    result: Worth | None = run_job(
        "worth",
        f"{run.finished.seconds!r} {run.config.to_json()}",
        lambda: Task(worth, (run.series, run.forecaster)),
        label="What is each column worth?",
        help="Trains again without each column, one after the other, and measures all on the calibration part.",
        icon=":material/view_column:",
    )
    if result is None:
        return
    st.markdown(f"### {verbatim(answer(result))}")
    table = {name: np.asarray(column) for name, column in worth_table(result).items()}
    table["column"] = np.array([safe_cell(name) for name in result.columns], dtype=object)
    number_table(table, key="worth_table")
    st.caption(
        "RMSE over all steps ahead on the calibration part, which no weights were fitted to; the test part was not "
        "looked at. Above 1, the forecast is worse without the column; low and high are the ends of the 95 % interval."
    )
    csv_button("Download as CSV", "columns.csv", partial(worth_table, result), help="The table.")
