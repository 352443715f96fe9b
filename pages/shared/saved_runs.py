"""The server's saved runs, and what a run's owner may do with it: rename, pin, delete."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import streamlit as st

from liquid.errors import LiquidError
from liquid.learning.run import Run
from liquid.runs.format import from_files
from liquid.runs.store import Limits, SavedRun, Store
from liquid.runs.store.store import LONGEST_TITLE
from liquid.runs.studies import Studies
from pages.shared.display import show_problem

DAYS = f"{Limits().days:.0f}"


@st.cache_resource
def _opened_store() -> Store:
    return Store.open()


def store() -> Store:
    """The server's saved runs. LiquidError, for visitors, if the database does not answer; its address is logged."""
    try:
        return _opened_store()
    except LiquidError as problem:
        logging.getLogger(__name__).error("%s", problem)
        raise LiquidError(
            "Saved runs cannot be reached at the moment: try again later; everything else works."
        ) from problem


@st.cache_resource(max_entries=16, ttl="1h", show_spinner=False)
def opened(identity: str, created: float) -> tuple[Run, Studies]:
    """Opened once for all visitors; a run that is saved again has another time."""
    return from_files(store().files(identity))


def owns(run: str, token: str) -> bool:
    """Whether the run is this browser's; False if the store does not answer."""
    try:
        return store().is_owner(run, token)
    except LiquidError:
        return False


def manage(saved: SavedRun, token: str) -> None:
    """What only the owner's browser may do with a run."""
    key = saved.id
    field = f"title-{key}"
    st.text_input("Title", saved.title, max_chars=LONGEST_TITLE, key=field, help="Everyone with the link can read it.")
    with st.container(horizontal=True):
        st.button("Rename", key=f"rename-{key}", on_click=_rename, args=(key, token, field), help="Saves this title.")
        st.button(
            "Unpin" if saved.pinned else "Pin",
            icon=":material/keep_off:" if saved.pinned else ":material/keep:",
            key=f"pin-{key}",
            on_click=_change,
            args=("pin", key, token, not saved.pinned),
            help="A pinned run stays until you delete it; others may be removed to make room for newer ones.",
        )
        st.button(
            ":red[Delete]",
            icon=":material/delete:",
            key=f"delete-{key}",
            on_click=_confirm,
            args=(key,),
            help="Asks you to confirm first.",
        )
    if st.session_state.get("confirm_delete") == key:
        st.warning(
            "This is permanent. The link will stop working for everyone.",
            icon=":material/delete:",
        )
        with st.container(horizontal=True):
            st.button(
                ":red[Delete permanently]",
                key=f"delete_sure-{key}",
                on_click=_change,
                args=("delete", key, token),
                help="This cannot be undone.",
            )
            st.button("Cancel", key=f"keep-{key}", on_click=_confirm, help="Keeps the run.")
    if problem := st.session_state.pop("manage_problem", ""):
        show_problem(problem)


def day(saved: SavedRun) -> str:
    return datetime.fromtimestamp(saved.created, UTC).strftime("%Y-%m-%d")


def _confirm(run: str | None = None) -> None:
    """Ask whether to delete this run; without one, ask no more."""
    st.session_state["confirm_delete"] = run


def _rename(run: str, token: str, field: str) -> None:
    _change("rename", run, token, st.session_state[field])  # as it is now, not as it was when the button was drawn


def _change(action: str, *arguments: object) -> None:
    try:
        getattr(store(), action)(*arguments)
    except LiquidError as problem:
        st.session_state["manage_problem"] = str(problem)
