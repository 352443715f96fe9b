"""Save and share: a run goes into the store, its link to anybody, its owner's secret nowhere but to this server."""

from __future__ import annotations

import streamlit as st

from liquid.errors import LiquidError
from liquid.learning.archive import pack
from liquid.learning.run import Run
from liquid.learning.saved import run_documents, title_of
from liquid.series import builtin
from liquid.store import Store
from liquid.store.store import LONGEST_TITLE
from pages.components.browser import owner
from pages.components.links import run_link, settings_link
from pages.components.page import verbatim

WHOLE, SETTINGS = "The whole run", "Its settings only"


@st.cache_resource
def store() -> Store:
    return Store.open()


def share_button(run: Run) -> None:
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
            _share_run(run, token)


def _share_settings(run: Run) -> None:
    series, names = builtin_name(run), run.forecaster.prepared.names
    st.caption(
        "All settings and the seed are in this link."
        if series
        else f"All settings, the seed and the names {verbatim(', '.join(names))} are in this link, and no value of the "
        "series: who opens it brings the same file."
    )
    st.code(settings_link(run.config, series, names[0]), language=None)


def _share_run(run: Run, token: str | None) -> None:
    columns = ", ".join(run.forecaster.prepared.names)
    st.caption(
        f"Kept on this server, for everybody who has the link: the {len(run.series):,} values of {verbatim(columns)} "
        f"with their times, the title {verbatim(repr(run.series.title))} and how the file was read, settings, trained "
        "weights, metrics and forecast. Other columns are not kept. This browser can rename, pin and delete it."
    )
    field = f"share_title-{id(run)}"  # a new result starts with a title of its own
    title = st.text_input(
        "Title",
        title_of(run)[:LONGEST_TITLE],
        max_chars=LONGEST_TITLE,
        key=field,
        help="Everybody who opens the link reads it.",
    )
    saved: tuple[Run, str] | None = st.session_state.get("saved_run")
    if saved is not None and saved[0] is run:
        st.success("Saved. The link opens it for anybody, read-only:", icon=":material/check:")
        st.code(run_link(saved[1]), language=None)
        return
    st.button(
        "Save and get the link",
        type="primary",
        icon=":material/save:",
        key="share_save",
        disabled=token is None,
        on_click=_save,
        args=(run, field, token),
        help=f"Runs that are not pinned are kept {store_days()} days, or until newer ones need the room.",
    )
    if problem := st.session_state.pop("share_problem", ""):
        st.error(verbatim(problem), icon=":material/error:")
    st.download_button(
        "Download as a file",
        data=lambda: pack(run_documents(run), title),
        file_name="run.zip",
        icon=":material/download:",
        on_click="ignore",
        key="share_download",
        help="One zip of JSON, CSV and safetensors, to be opened on the page Runs, here or anywhere else.",
    )


def store_days() -> str:
    return f"{store().limits.days:.0f}"


def _save(run: Run, field: str, token: str) -> None:
    try:
        identity = store().save(run_documents(run), st.session_state[field], token)
    except LiquidError as problem:
        st.session_state["share_problem"] = str(problem)
    else:
        st.session_state["saved_run"] = (run, identity)


def builtin_name(run: Run) -> str | None:
    """The built-in series that a run was trained on; None for a series of the visitor's own."""
    for entry in builtin.catalogue():
        if entry.title == run.series.title:
            series, names = builtin.load(entry.name), run.series.names
            if set(names) <= set(series.names) and series.select(names) == run.series:
                return entry.name
    return None
