"""A saved run on the Train page: read-only, with a copy to go on with, and its owner's controls."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import streamlit as st

from liquid.errors import LiquidError
from liquid.learning.run import Run
from liquid.runs.store import SavedRun
from liquid.runs.studies import Studies
from liquid.series import builtin
from pages.shared.address import RUN
from pages.shared.browser import owner_token
from pages.shared.display import show_problem, verbatim
from pages.shared.links import OWN, write_address
from pages.shared.saved_runs import day, manage, opened, owns, store
from pages.shared.series_picker import COPY, copy_series
from pages.shared.studies import described, keep
from pages.train.model_settings import set_config
from pages.train.reach import clock_widget
from pages.train.results import band_level, show_answer, show_forecast, show_results
from pages.train.settings_link import query
from pages.train.share import download_run
from pages.train.training import Setup, training


def show_saved(identity: str) -> None:
    """The run of that id with all that was measured on it; a sentence if there is none."""
    try:
        saved = store().find(identity)
        run, studies = opened(identity, saved.created)
    except LiquidError as problem:
        show_problem(problem)
        st.button("Train one", key="leave", on_click=_leave, help="Closes the link and shows the settings.")
        return
    token = owner_token(matters=lambda token: owns(identity, token))
    with st.container(border=True, key="saved"):
        st.markdown(f"**{verbatim(saved.title)}**, saved {day(saved)}. Read-only; nothing was trained to show it.")
        if studies:
            st.caption(f"Its tabs show what studies found: {described(studies)}.")
        with st.container(horizontal=True):
            st.button(
                "Open as a copy",
                icon=":material/edit:",
                key="copy",
                on_click=_copy,
                args=(run, studies),
                help="Puts its series and settings into the sidebar, where you can change them, and what studies found "
                "on their pages. If you save the copy, it becomes your own run.",
            )
            download_run(run, studies, saved.title, key="export")
            if token is not None and owns(identity, token):
                _manage(saved, token)
    with st.container(key="answer"):
        show_answer(run)
    picture = st.container(key="picture")
    level = band_level(run)
    with picture:
        show_forecast(run, level)
    show_results(run, studies, level, shareable=False)


def _manage(saved: SavedRun, token: str) -> None:
    with st.popover("Manage", icon=":material/key:", help="Rename, pin or delete it: this browser saved it."):
        manage(saved, token)


def _leave() -> None:
    del st.query_params[RUN]


def _copy(run: Run, studies: Studies) -> None:
    """The series and settings into the sidebar and the address, and the run as this session's result."""
    names, name = run.forecaster.prepared.names, builtin.name_of(run.series)
    digest = hashlib.sha256(run.series.time.tobytes() + run.series.values.tobytes()).hexdigest()[:16]
    key = name or f"copy-{digest}"
    copy_series(name, key, run.series)
    clock = clock_widget(run.series, names[0])
    shown = set_config(run.config, name or OWN, names[0], clock=clock)
    st.session_state["run"] = run
    keep(run, studies)
    training().finished = Setup(key, replace(run.config, target=names[0]))
    write_address(query(shown, name, names[0], clock=clock) | ({} if name else {"source": COPY}))
