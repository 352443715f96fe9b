"""Save and share: a run goes into the store, its link to everyone, its owner's secret to this server alone."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from liquid.errors import LiquidError
from liquid.learning.run import Run
from liquid.runs.archive import pack
from liquid.runs.format import title_of, to_files
from liquid.runs.store import SavedRun
from liquid.runs.store.store import LONGEST_TITLE
from liquid.runs.studies import Studies
from liquid.series import builtin
from liquid.series.words import enumerated
from pages.shared.browser import owner_token
from pages.shared.display import show_problem, verbatim
from pages.shared.links import OWN, run_link
from pages.shared.saved_runs import DAYS, store
from pages.shared.studies import described
from pages.train.reach import clock_widget
from pages.train.settings_link import settings_link
from pages.train.training import training

WHOLE, SETTINGS = "The whole run", "Its settings only"


class Saved(NamedTuple):
    """What this session has saved of its run: under which id, and with which studies."""

    run: Run
    id: str
    studies: Studies


class Copy(NamedTuple):
    """That run in the store, and the studies that were saved with it."""

    stored: SavedRun
    studies: Studies


def share_button(run: Run, studies: Studies) -> None:
    """Opens the dialog in which a run is saved and gets its link."""
    token = owner_token()
    with st.popover("Save and share", icon=":material/share:", help="A link that opens this result for everyone."):
        choice = st.radio(
            "What to share",
            (WHOLE, SETTINGS),
            captions=("Includes the series.", "Stores nothing on this server."),
            key="share_what",
            help="The whole run opens at once, without training. Settings have to be trained again.",
        )
        if choice == SETTINGS:
            _share_settings(run)
        else:
            _share_run(run, studies, token)


def download_run(run: Run, studies: Studies, title: str, key: str) -> None:
    st.download_button(
        "Download as a file",
        data=lambda: pack(to_files(run, studies), title),
        file_name="run.zip",
        icon=":material/download:",
        on_click="ignore",
        key=key,
        help="One zip of JSON, CSV and safetensors, which the Runs page opens, here or on another server.",
    )


def _share_settings(run: Run) -> None:
    place = builtin.name_of(run.series) or training().place
    series, names = None if place == OWN else place, run.forecaster.prepared.names
    st.caption(
        "The link contains all settings and the seed."
        if series
        else f"The link contains all settings, the seed and the column names {verbatim(', '.join(names))}, but no "
        "values: whoever opens it needs the same file."
    )
    clock = clock_widget(run.series, names[0])
    st.code(settings_link(run.config, series, names[0], training().reading, clock=clock), language=None)


def _share_run(run: Run, studies: Studies, token: str | None) -> None:
    columns = ", ".join(names := run.forecaster.prepared.names)
    known = sum(int(run.series.known(name).sum()) for name in names)
    missing = len(run.series) * len(names) - known
    gaps = f" ({missing:,} are missing)" if missing else ""
    st.caption(
        f"Stored on this server, for everyone who has the link: the {known:,} values of {verbatim(columns)}"
        f"{gaps} with their times, the title {verbatim(repr(run.series.title))} and how the file was read, settings, "
        f"trained weights, metrics and forecast{_studied(run, studies)}. Other columns are not stored. This browser "
        "can rename, pin and delete it."
    )
    saved = _saved(run)
    field = f"share_title-{id(run)}"  # a new result starts with a title of its own
    if saved is None:
        title = st.text_input(
            "Title",
            title_of(run)[:LONGEST_TITLE],
            max_chars=LONGEST_TITLE,
            key=field,
            help="Everyone who opens the link can read it.",
        )
    else:
        title = saved.stored.title
        st.success("Saved. The link opens it for everyone, read-only:", icon=":material/check:")
        st.code(run_link(saved.stored.id), language=None)
        if saved.studies is studies:
            return
        st.info("Studies have found more since then; the link does not show it yet.", icon=":material/update:")
    st.button(
        "Save and get the link" if saved is None else "Save again, under the same link",
        type="primary",
        icon=":material/save:",
        key="share_save",
        disabled=token is None,
        on_click=_save,
        args=(run, studies, field, token),
        help=f"Runs that are not pinned are kept for {DAYS} days, or until newer ones need the space. To add what "
        "studies find later, save again.",
    )
    if problem := st.session_state.pop("share_problem", ""):
        show_problem(problem)
    download_run(run, studies, title, key="share_download")


def _studied(run: Run, studies: Studies) -> str:
    if studies:
        return f"; and what studies found: {described(studies)}"
    liquid = run.config.kind.liquid and not run.config.timespans
    pages = ["the Time constant page", "the Solver page"] if liquid else []
    return f". What {enumerated(['other models', 'a look back', *pages])} show about it is stored too"


def _saved(run: Run) -> Copy | None:
    """This session's saved copy of the run, with its studies at that time; None if there is none any more."""
    saved: Saved | None = st.session_state.get("saved_run")
    if saved is None or saved.run is not run:
        return None
    try:
        return Copy(store().find(saved.id), saved.studies)
    except LiquidError:
        return None


def _save(run: Run, studies: Studies, field: str, token: str) -> None:
    """Save the run; a second time under the same id, with the title that it has there."""
    saved = _saved(run)
    before, title = (saved.stored.id, saved.stored.title) if saved else (None, st.session_state[field])
    try:
        identity = store().save(to_files(run, studies), title, token, run=before)
    except LiquidError as problem:
        st.session_state["share_problem"] = str(problem)
    else:
        st.session_state["saved_run"] = Saved(run, identity, studies)
