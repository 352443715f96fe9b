"""Save and share: a run goes into the store, its link to anybody, its owner's secret nowhere but to this server."""

from __future__ import annotations

import logging

import streamlit as st

from liquid.errors import LiquidError
from liquid.learning.run import Run
from liquid.runs.archive import pack
from liquid.runs.format import title_of, to_files
from liquid.runs.store import Limits, SavedRun, Store
from liquid.runs.store.store import LONGEST_TITLE
from liquid.runs.studies import Studies
from liquid.series import builtin
from pages.shared.browser import owner
from pages.shared.display import verbatim
from pages.shared.links import run_link, settings_link
from pages.shared.studies import described
from pages.train.training import desk

WHOLE, SETTINGS = "The whole run", "Its settings only"


DAYS = f"{Limits().days:.0f}"


@st.cache_resource
def _opened_store() -> Store:
    return Store.open()


def store() -> Store:
    """The server's saved runs. LiquidError, for visitors, where the database does not answer: its address is logged."""
    try:
        return _opened_store()
    except LiquidError as problem:
        logging.getLogger(__name__).error("%s", problem)
        raise LiquidError("Saved runs cannot be reached at the moment: try again later; all else works.") from problem


def owns(run: str, token: str) -> bool:
    """Whether the run is this browser's, as far as the store can say."""
    try:
        return store().is_owner(run, token)
    except LiquidError:
        return False


def share_button(run: Run, studies: Studies) -> None:
    """Opens the dialog in which a run is saved and its link is found."""
    token = owner()
    with st.popover("Save and share", icon=":material/share:", help="A link that brings anybody to this picture."):
        what = st.radio(
            "What to share",
            (WHOLE, SETTINGS),
            captions=("Keeps the series, too.", "Keeps nothing on this server."),
            key="share_what",
            help="The whole run opens at once, without training. Settings have to be trained again.",
        )
        if what == SETTINGS:
            _share_settings(run)
        else:
            _share_run(run, studies, token)


def _share_settings(run: Run) -> None:
    series, names = builtin.name_of(run.series), run.forecaster.prepared.names
    st.caption(
        "All settings and the seed are in this link."
        if series
        else f"All settings, the seed and the names {verbatim(', '.join(names))} are in this link, and no value of the "
        "series: who opens it brings the same file."
    )
    st.code(settings_link(run.config, series, names[0], desk().read_as), language=None)


def _share_run(run: Run, studies: Studies, token: str | None) -> None:
    columns = ", ".join(run.forecaster.prepared.names)
    st.caption(
        f"Kept on this server, for everybody who has the link: the {len(run.series):,} values of {verbatim(columns)} "
        f"with their times, the title {verbatim(repr(run.series.title))} and how the file was read, settings, trained "
        f"weights, metrics and forecast{_studied(run, studies)}. Other columns are not kept. This browser can "
        "rename, pin and delete it."
    )
    saved = _saved(run)
    field = f"share_title-{id(run)}"  # a new result starts with a title of its own
    if saved is None:
        title = st.text_input(
            "Title",
            title_of(run)[:LONGEST_TITLE],
            max_chars=LONGEST_TITLE,
            key=field,
            help="Everybody who opens the link reads it.",
        )
    else:
        title = saved[0].title
        st.success("Saved. The link opens it for anybody, read-only:", icon=":material/check:")
        st.code(run_link(saved[0].id), language=None)
        if saved[1] is studies:
            return
        st.info("Studies have found more since; the link does not show it yet.", icon=":material/update:")
    st.button(
        "Save and get the link" if saved is None else "Save again, under the same link",
        type="primary",
        icon=":material/save:",
        key="share_save",
        disabled=token is None,
        on_click=_save,
        args=(run, studies, field, token),
        help=f"Runs that are not pinned are kept {DAYS} days, or until newer ones need the space. What studies "
        "find later is added by saving again.",
    )
    if problem := st.session_state.pop("share_problem", ""):
        st.error(verbatim(problem), icon=":material/error:")
    st.download_button(
        "Download as a file",
        data=lambda: pack(to_files(run, studies), title),
        file_name="run.zip",
        icon=":material/download:",
        on_click="ignore",
        key="share_download",
        help="One zip of JSON, CSV and safetensors, to be opened on the page Runs, here or anywhere else.",
    )


def _studied(run: Run, studies: Studies) -> str:
    if studies:
        return f"; and what studies found: {described(studies)}"
    if run.config.kind.liquid and not run.config.timespans:
        return ". What the pages Time constant and Solver find about it is kept, too, once you have asked them"
    return ""


def _saved(run: Run) -> tuple[SavedRun, Studies] | None:
    """What this visit has saved of its run, with the studies of then; None where it has not, or where it is gone."""
    kept: tuple[Run, str, Studies] | None = st.session_state.get("saved_run")
    if kept is None or kept[0] is not run:
        return None
    try:
        return store().find(kept[1]), kept[2]
    except LiquidError:
        return None


def _save(run: Run, studies: Studies, field: str, token: str) -> None:
    """A second time under the same id, and under the title that it has there."""
    saved = _saved(run)
    before, title = (saved[0].id, saved[0].title) if saved else (None, st.session_state[field])
    try:
        identity = store().save(to_files(run, studies), title, token, run=before)
    except LiquidError as problem:
        st.session_state["share_problem"] = str(problem)
    else:
        st.session_state["saved_run"] = (run, identity, studies)
