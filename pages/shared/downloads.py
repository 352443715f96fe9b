"""Buttons that hand out a table."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from liquid.series.export import to_csv
from liquid.studies.convergence.report import Table


def download(label: str, name: str, table: Callable[[], Table]) -> None:
    """A button that hands one curve over as CSV, written when it is pressed."""
    st.download_button(
        label,
        lambda: to_csv(table()),
        f"{name}.csv",
        "text/csv",
        key=f"solver_csv_{name}",
        on_click="ignore",
        icon=":material/download:",
        help="This curve as CSV, at full precision.",
    )
