"""Does it learn my series? A series in, a forecast out."""

from __future__ import annotations

import streamlit as st

from liquid.charts import train as charts
from liquid.learning.report import missing_sentence
from liquid.series.known_ahead import ahead_sentence
from pages.shared.address import RUN
from pages.shared.display import page_look, show_problem, verbatim
from pages.shared.series_picker import NO_SERIES, pick_series, remember_series
from pages.shared.sessions import trained_run
from pages.shared.studies import studies_of
from pages.train.asked_times import with_asked_times
from pages.train.model_settings import choose_config
from pages.train.reading import show_reading
from pages.train.results import show_results
from pages.train.saved_run import show_saved
from pages.train.second_file import with_second_file
from pages.train.training import Setup, check, training, training_panel

MORE_OF_OUTLIERS = " More, in the sidebar, has what else can be done about them."


def show_training() -> None:
    """The sidebar's settings, the training, and its result."""
    with st.sidebar:
        picked = with_asked_times(with_second_file(pick_series()))
        config = choose_config(picked)

    if picked is None:
        st.info(NO_SERIES, icon=":material/arrow_back:")
    else:
        show_reading(picked)
    if picked is not None and config is not None:
        remember_series(picked, str(config.target))
        split, problem, outliers, rows = check(picked.key, picked.series, config)
        st.plotly_chart(
            charts.series_figure(picked.series, str(config.target), split, page_look(), rows),
            key="series_chart",
            alt=f"{picked.series.title}: {len(picked.series):,} rows, the parts for training and testing shaded.",
        )
        if missing := missing_sentence(picked.series, str(config.target), config.horizon):
            st.caption(verbatim(missing))
        if outliers:
            st.caption(verbatim(outliers) + (MORE_OF_OUTLIERS if config.outliers == "keep" else ""))
        if unknown := ahead_sentence(picked.series, str(config.target), config.ahead, config.horizon):
            st.caption(verbatim(unknown))
        if problem:
            show_problem(problem)
        current = training()
        st.button(
            "Train",
            type="primary",
            icon=":material/play_arrow:",
            key="train",
            disabled=bool(problem),  # while one trains too, the button keeps the keyboard's focus
            on_click=current.start,
            args=(picked.series, Setup(picked.key, config), picked.read_as, picked.place),
            help="Only one training at a time: stop the current one first."
            if current.active
            else "Trains on the first part, selects the best weights on the second, calibrates the band on the third "
            "and tests on the last.",
        )
    training_panel()
    run = trained_run()
    if run is not None:
        setup = Setup(picked.key, config) if picked and config else None
        show_results(run, studies_of(run), outdated=setup != training().finished)


st.title("Does it learn my series?")
st.caption(
    "Choose a series, press Train, and compare the model's forecast of values that it has never seen with those of "
    "simple methods."
)
if RUN in st.query_params:
    show_saved(st.query_params[RUN])
else:
    show_training()
