"""Does it learn my series? A series in, a forecast out."""

from __future__ import annotations

import streamlit as st

from liquid.charts import train as charts
from liquid.learning.band import LEVEL
from liquid.learning.config import TrainConfig
from liquid.learning.report import missing_sentence
from liquid.series.asked import far_sentence
from liquid.series.known_ahead import ahead_sentence
from pages.shared.address import RUN
from pages.shared.display import page_look, show_problem, verbatim
from pages.shared.series_picker import NO_SERIES, Picked, pick_series, remember_series
from pages.shared.sessions import trained_run
from pages.shared.studies import studies_of
from pages.train.asked_times import with_asked_times
from pages.train.model_settings import choose_config
from pages.train.more_targets import choose_targets, show_targets, start_targets
from pages.train.reading import show_reading
from pages.train.results import band_level, chart, describe, show_answer, show_forecast, show_results
from pages.train.saved_run import show_saved
from pages.train.second_file import with_second_file
from pages.train.training import Checked, Setup, check, live, progress, settle, training

INTRODUCTION = (
    "Choose a series, press Train, and compare the model's forecast of values that it has never seen with those of "
    "simple methods."
)

MORE_OF_OUTLIERS = " More, in the sidebar, has what else can be done about them."


def show_training() -> None:
    """The sidebar's settings, the answer to them or how far it is, the chart, and the result."""
    with st.sidebar:
        picked = with_asked_times(with_second_file(pick_series()))
        config = choose_config(picked)
        more = choose_targets(picked, str(config.target)) if picked and config else ()
    settle()
    current, run = training(), trained_run()
    setup = Setup(picked.key, config) if picked and config else None
    answered = run is not None and setup == current.finished
    # Each part has a place of its own, however much it says: a chart that changed its place would be drawn twice.
    known = check(picked.key, picked.series, config) if picked and config else Checked(None, "")
    with st.container():
        if picked is None:
            st.info(NO_SERIES, icon=":material/arrow_back:")
        elif config is not None:
            remember_series(picked, str(config.target))
            if known.problem:
                show_problem(known.problem)
            _train_button(picked, config, known, more)
    with st.container():  # below Train, whose tooltip opens upwards
        if picked is not None:
            show_reading(picked)
    with st.container(key="answer"):  # of one height, so that the chart stays where it is
        progress()
        if run is not None and answered and not current.active:
            show_answer(run)
        elif not current.active:
            st.caption(INTRODUCTION)
    with st.container(horizontal=True, key="pictures"):  # look.css: beside each other where there is room
        picture = st.container(key="picture")
        with st.container(key="loss_now"):
            live()
    with st.container():
        if picked and config:
            _say_what_is_special(picked, config, known)
    if run is not None and not answered:
        st.warning(
            f"These are the results of earlier settings: {verbatim(describe(run))}. Train again to update them.",
            icon=":material/history:",
        )
        show_answer(run)
    level = band_level(run) if run is not None else LEVEL
    with picture:
        if setup is not None and picked is not None:
            show_series(picked, setup, known, level)
        elif run is not None:
            show_forecast(run, level)
    with st.container():
        if setup is not None and picked is not None and more:
            show_targets(picked, setup, more, level, run)
    if run is not None:
        show_results(run, studies_of(run), level, outliers_said=answered and bool(known.outliers))


def _train_button(picked: Picked, config: TrainConfig, known: Checked, more: tuple[str, ...]) -> None:
    current = training()
    st.button(
        "Train",
        type="primary",
        icon=":material/play_arrow:",
        key="train",
        disabled=bool(known.problem),  # while one trains too, the button keeps the keyboard's focus
        on_click=_train,
        args=(picked, Setup(picked.key, config), more),
        help="Only one training at a time: stop the current one first."
        if current.active
        else "Trains on the first part, selects the best weights on the second, calibrates the band on the third "
        "and tests on the last.",
    )


def _train(picked: Picked, setup: Setup, more: tuple[str, ...]) -> None:
    training().start(picked.series, setup, picked.read_as, picked.place)
    start_targets(picked, setup, more)


def _say_what_is_special(picked: Picked, config: TrainConfig, known: Checked) -> None:
    """Below the chart: what of the series is missing, far off, or known ahead, and what becomes of it."""
    series, target = picked.series, str(config.target)
    if missing := missing_sentence(series, target, config.horizon):
        st.caption(verbatim(missing))
    if known.outliers:
        st.caption(verbatim(known.outliers) + (MORE_OF_OUTLIERS if config.outliers == "keep" else ""))
    if far := far_sentence(series, target, config.horizon):
        st.warning(verbatim(far), icon=":material/info:")
    if unknown := ahead_sentence(series, target, config.ahead, config.horizon):
        st.caption(verbatim(unknown))


def _subject(setup: Setup | None) -> tuple[str, str | None] | None:
    """Which series, and which of its columns."""
    return (setup.series, setup.config.target) if setup else None


def show_series(picked: Picked, setup: Setup, known: Checked, level: float) -> None:
    """The chart of the series: alone, with what trains, and with what came out; of earlier settings a faint line."""
    current, run = training(), trained_run()
    series, subject = picked.series, (setup.series, setup.config.target)
    trains = current.submitted if current.active else None
    answered = run is not None and current.finished == setup and trains is None
    figure = charts.series_figure(
        series,
        str(setup.config.target),
        known.split,
        page_look(),
        outliers=known.rows,
        run=run if answered else None,
        level=level,
        earlier=run if not answered and _subject(current.finished) == subject else None,
        training=trains.config if trains is not None and _subject(trains) == subject else None,
    )
    alt = f"{series.title}: {len(series):,} rows, the parts for training and testing shaded."
    if run is not None and answered:
        alt = f"{alt} {run.report.sentence} {run.report.band_words(level)}"
    chart(figure, alt)


st.title("Does it learn my series?")
if RUN in st.query_params:
    show_saved(st.query_params[RUN])
else:
    show_training()
