"""Does it learn my series? A series in, a forecast out."""

from __future__ import annotations

import streamlit as st

from liquid.charts import train as charts
from pages.shared.display import page_look, verbatim
from pages.shared.series_picker import pick_series, show_reading
from pages.shared.sessions import trained_run
from pages.shared.studies import studies_of
from pages.train.model_settings import choose_config
from pages.train.results import show_results
from pages.train.saved_run import PARAMETER, show_saved
from pages.train.training import check, desk, training_panel


def show_training() -> None:
    """The sidebar's settings, the training, and what came of it."""
    with st.sidebar:
        picked = pick_series()
        config = choose_config(picked) if picked else None

    if picked is None:
        st.info("Give a series in the sidebar, or go back to one that is built in.", icon=":material/arrow_back:")
    else:
        show_reading(picked)
    if picked is not None and config is not None:
        split, problem = check(picked.key, picked.series, config)
        st.plotly_chart(
            charts.series_figure(picked.series, str(config.target), split, page_look()),
            key="series_chart",
            alt=f"{picked.series.title}: {len(picked.series):,} values, the parts for training and testing shaded.",
        )
        if problem:
            st.error(verbatim(problem), icon=":material/error:")
        current = desk()
        st.button(
            "Train",
            type="primary",
            icon=":material/play_arrow:",
            key="train",
            disabled=bool(problem) or current.busy,
            on_click=current.start,
            args=(picked.key, picked.series, config, picked.read_as),
            help="One training at a time: stop this one first."
            if current.busy
            else "Trains on the first part, chooses on the second, sizes the band on the third, is judged on the last.",
        )
    training_panel()
    run = trained_run()
    if run is not None:
        shown_for = (picked.key, config) if picked else None
        show_results(run, studies_of(run), outdated=shown_for != desk().trained_on)


st.title("Does it learn my series?")
st.caption(
    "Choose a series, press Train, and see the liquid layer's forecast on values that it has never seen, beside what "
    "simple methods make of them."
)
if PARAMETER in st.query_params:
    show_saved(st.query_params[PARAMETER])
else:
    show_training()
