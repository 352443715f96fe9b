"""A button that downloads a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st
from numpy.typing import ArrayLike

from liquid.series.export import to_csv

ICON = ":material/download:"


def csv_button(
    label: str,
    file_name: str,
    table: Callable[[], Mapping[str, ArrayLike]],
    *,
    help: str,
    key: str | None = None,
    icon: str | None = ICON,
) -> None:
    """Downloads the table as CSV, written when the button is pressed."""
    st.download_button(
        label, lambda: to_csv(table()), file_name, "text/csv", key=key, on_click="ignore", icon=icon, help=help
    )
