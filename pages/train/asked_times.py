"""Times to forecast that the file has no rows for, where samples come at uneven times."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import streamlit as st

from liquid.errors import LiquidError
from liquid.series.reading import ReadOptions
from liquid.series.reading.read import chosen_part
from pages.shared.display import show_problem
from pages.shared.links import linked
from pages.shared.series_picker import Picked

HELP = (
    "Times later than the last row, divided by commas: each is forecast, as far as Forecast ahead reaches. A model "
    "that is told how far it is to each (Known ahead, elapsed) answers differently to each."
)


def with_asked_times(picked: Picked | None) -> Picked | None:
    """The series with a row for each time that is asked for; folded, and absent where sampling is even."""
    if picked is None or picked.series.spacing_is_even:
        return picked
    with st.expander("Forecast at", icon=":material/schedule:"):
        text = st.text_input(
            "Times to forecast",
            key=linked(f"at-{picked.place}"),
            bind="query-params",
            max_chars=150,
            placeholder="2024-05-01, 2024-05-09 14:30" if picked.series.time_kind == "date" else "12.5, 14",
            help=HELP,
        )
    try:
        series = chosen_part(picked.series, ReadOptions(at=text))
    except LiquidError as problem:
        show_problem(problem)
        return picked
    if series is picked.series:
        return picked
    digest = hashlib.sha256(series.time[len(picked.series) :].tobytes()).hexdigest()[:8]
    return replace(picked, key=f"{picked.key}-{digest}", series=series)
