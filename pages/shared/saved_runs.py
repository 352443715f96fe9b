"""The server's saved runs, and what a run's owner may do with it: a name, a pin, an end."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import streamlit as st

from liquid.errors import LiquidError
from liquid.runs.store import Limits, SavedRun, Store
from liquid.runs.store.store import LONGEST_TITLE
from pages.shared.display import verbatim

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
            help="A pinned run stays until you delete it; others make room for newer ones.",
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
        st.warning("For good: its link will open nothing, whoever has it.", icon=":material/delete:")
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
