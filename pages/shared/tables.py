"""A table of measured numbers on a page."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st
from numpy.typing import ArrayLike


def number_table(columns: Mapping[str, ArrayLike], *, key: str) -> None:
    """Columns by name, as wide as the page; what is not whole has four digits that count."""
    table = pd.DataFrame(columns)
    number = st.column_config.NumberColumn(format="%.4g")
    st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        key=key,
        column_config={str(name): number for name, column in table.items() if column.dtype.kind == "f"},
    )
