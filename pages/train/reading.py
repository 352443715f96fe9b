"""How the Train page's series was read: what was repaired, and each guess with a control to change it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from liquid.series.export import safe_cell
from liquid.series.series import Series
from pages.shared.display import verbatim
from pages.shared.guesses import overrule
from pages.shared.series_picker import Picked


def show_reading(picked: Picked) -> None:
    """How the file was read and what was repaired; each guess with a control to change it."""
    reading = picked.reading
    if reading is None:
        if picked.series.notes:
            with st.expander("How the file was read", icon=":material/fact_check:"):
                st.markdown("\n".join(f"- {verbatim(note)}" for note in picked.series.notes))
        return
    series = reading.series
    doubts = sum(guess.doubtful for guess in reading.guesses)
    columns = f"{len(series.names)} column{'' if len(series.names) == 1 else 's'}"
    label = f"How the file was read: {len(series):,} rows, {columns}, {series.describe_period()}"
    if doubts:
        label += f"; {doubts} to check in the sidebar"
    with st.expander(verbatim(label), icon=":material/fact_check:"):
        for sentence in reading.repairs:
            st.markdown(f"- {verbatim(sentence)}")
        with st.grid(3, min_column_width=220):
            for guess in reading.guesses:
                if not guess.shown_first:  # those stand in the sidebar
                    overrule(picked.content_key, reading.options, guess, picked.key)
        st.dataframe(_head(series), width="stretch", height=220, key="preview")


def _head(series: Series, rows: int = 200) -> dict[str, Any]:
    """The first rows, with names that are no formulas in the table's own CSV export either."""
    time = series.time[:rows]
    stamps = series.stamp_labels(time) if series.time_kind == "date" else time
    columns: dict[str, Any] = {safe_cell(series.time_name): stamps}
    for name in series.names:
        shown = safe_cell(name)
        while shown in columns:
            shown += " "
        columns[shown] = series.column(name)[:rows]
    return columns
