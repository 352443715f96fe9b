"""A saved run on the Train page: read-only at once, a copy to go on with, and for its owner a name, a pin, an end."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from liquid.errors import LiquidError
from liquid.learning.run import Run
from liquid.runs.archive import pack
from liquid.runs.format import from_files, to_files
from liquid.runs.store import SavedRun
from liquid.runs.store.store import LONGEST_TITLE
from liquid.runs.studies import Studies
from liquid.series import builtin
from pages.shared.browser import owner
from pages.shared.display import verbatim
from pages.shared.links import OWN, settings
from pages.shared.series_picker import COPY, copy_series
from pages.shared.share import owns, store
from pages.shared.studies import described, keep
from pages.train.model_settings import set_config
from pages.train.results import show_results
from pages.train.training import desk

PARAMETER = "run"


def show_saved(identity: str) -> None:
    """The run of that id with everything that was measured on it; a sentence where there is none."""
    try:
        saved = store().find(identity)
        run, studies = _opened(identity, saved.created)
    except LiquidError as problem:
        st.error(verbatim(str(problem)), icon=":material/error:")
        st.button("Train one", key="leave", on_click=_leave, help="Goes on without the saved run.")
        return
    token = owner(matters=lambda token: owns(identity, token))
    with st.container(border=True, key="saved"):
        st.markdown(f"**{verbatim(saved.title)}**, saved {day(saved)}. Read-only; nothing was trained to show it.")
        if studies:
            st.caption(f"Its last tabs hold what studies found: {described(studies)}.")
        with st.container(horizontal=True):
            st.button(
                "Open as a copy",
                icon=":material/edit:",
                key="copy",
                on_click=_copy,
                args=(run, studies),
                help="Takes its series and settings into the sidebar, where you can change them, and what studies "
                "found to their pages. Saved again, it becomes a run of your own.",
            )
            st.download_button(
                "Download as a file",
                data=lambda: pack(to_files(run, studies), saved.title),
                file_name="run.zip",
                icon=":material/download:",
                on_click="ignore",
                key="export",
                help="One zip of JSON, CSV and safetensors, to be opened on the page Runs.",
            )
            if token is not None and owns(identity, token):
                _manage(saved, token)
    show_results(run, studies, outdated=False, mine=False)


def manage(saved: SavedRun, token: str) -> None:
    """What only the owner's browser may do with a run."""
    key = saved.id
    field = f"title-{key}"
    st.text_input("Title", saved.title, max_chars=LONGEST_TITLE, key=field, help="Everybody with the link reads it.")
    with st.container(horizontal=True):
        st.button(
            "Rename",
            key=f"rename-{key}",
            on_click=_rename,
            args=(saved.id, token, field),
            help="Keeps the title above.",
        )
        st.button(
            "Unpin" if saved.pinned else "Pin",
            icon=":material/keep_off:" if saved.pinned else ":material/keep:",
            key=f"pin-{key}",
            on_click=_try,
            args=("pin", saved.id, token, not saved.pinned),
            help="A pinned run stays until you delete it; others are deleted when newer ones need the space.",
        )
        st.button(
            "Delete",
            icon=":material/delete:",
            key=f"delete-{key}",
            on_click=_ask,
            args=(key,),
            help="Asks once more before it does.",
        )
    if st.session_state.get("asked_to_delete") == key:
        st.warning("This is permanent. The link will stop working for everyone.", icon=":material/delete:")
        with st.container(horizontal=True):
            st.button(
                "Delete for good",
                type="primary",
                key=f"delete_sure-{key}",
                on_click=_try,
                args=("delete", saved.id, token),
                help="There is no way back.",
            )
            st.button("Keep it", key=f"keep-{key}", on_click=_ask, help="Deletes nothing.")
    if problem := st.session_state.pop("manage_problem", ""):
        st.error(verbatim(problem), icon=":material/error:")


def day(saved: SavedRun) -> str:
    return datetime.fromtimestamp(saved.created, UTC).strftime("%Y-%m-%d")


def _manage(saved: SavedRun, token: str) -> None:
    with st.popover("Yours", icon=":material/key:", help="Rename, pin or delete it: this browser saved it."):
        manage(saved, token)


def _ask(run: str | None = None) -> None:
    """Which run is to be deleted, if its owner says so once more."""
    st.session_state["asked_to_delete"] = run


def _rename(run: str, token: str, field: str) -> None:
    _try("rename", run, token, st.session_state[field])  # as it is now, not as it was when the button was drawn


def _try(what: str, *arguments: object) -> None:
    try:
        getattr(store(), what)(*arguments)
    except LiquidError as problem:
        st.session_state["manage_problem"] = str(problem)


@st.cache_resource(max_entries=16, ttl="1h", show_spinner=False)
def _opened(identity: str, created: float) -> tuple[Run, Studies]:
    """Opened once for all visitors; a run that was saved anew has another time."""
    return from_files(store().files(identity))


def _leave() -> None:
    del st.query_params[PARAMETER]


def _copy(run: Run, studies: Studies) -> None:
    """The series and settings into the sidebar and the address, and the run as this visitor's result."""
    names, name = run.forecaster.prepared.names, builtin.name_of(run.series)
    digest = hashlib.sha256(run.series.time.tobytes() + run.series.values.tobytes()).hexdigest()[:16]
    key = name or f"copy-{digest}"
    copy_series(name, key, run.series)
    shown = set_config(run.config, name or OWN, names[0])
    st.session_state["run"] = run
    keep(run, studies)
    desk().trained_on = (key, replace(run.config, target=names[0]))
    st.query_params.from_dict(settings(shown, name, names[0]) | ({} if name else {"source": COPY}))
