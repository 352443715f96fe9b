"""What did I save? One's own runs, and a run from a file."""

from __future__ import annotations

import streamlit as st

from liquid.errors import LiquidError
from liquid.runs.archive import MOST_BYTES, unpack
from liquid.runs.format import from_files, to_files
from liquid.runs.store import SavedRun
from pages.runs.saved import day, manage
from pages.shared.browser import owner
from pages.shared.display import verbatim
from pages.shared.links import run_link
from pages.shared.share import DAYS, store

st.title("What did I save?")
token = owner()


def take_in(content: bytes, owned_by: str) -> str:
    """Keep the run in a file from anybody: only what was understood is written anew. Raises LiquidError."""
    files, title = unpack(content)
    return store().save(to_files(*from_files(files)), title, owned_by)


def list_runs(owned_by: str) -> None:
    try:
        runs = store().runs(owned_by)
    except LiquidError as problem:
        st.error(verbatim(str(problem)), icon=":material/error:")
        return
    st.caption(
        f"This browser has saved {len(runs)} {'run' if len(runs) == 1 else 'runs'}. Whoever has a link opens the run, "
        f"only this browser changes it. What is not pinned is kept {DAYS} days, or until newer runs need the space."
    )
    if not runs:
        st.info("Train on the page Train, then press Save and share below the picture.", icon=":material/share:")
    for found in runs:
        show_run(found, owned_by)


def show_run(saved: SavedRun, owned_by: str) -> None:
    pinned = ", pinned" if saved.pinned else ""
    with st.expander(verbatim(f"{saved.title}, {day(saved)}, {saved.bytes / 1e6:.2f} MB{pinned}")):
        st.page_link(
            "pages/train/page.py",
            label="Open",
            icon=":material/open_in_new:",
            query_params={"run": saved.id},
            help="As others see it.",
        )
        st.code(run_link(saved.id), language=None)
        manage(saved, owned_by)


if token is None:
    st.info("Asking this browser which runs are its own.", icon=":material/key:")
else:
    list_runs(token)

file = st.file_uploader(
    "Open a run from a file",
    type="zip",
    key="run_file",
    help=f"A zip from Download as a file, up to {MOST_BYTES // 10**6} MB. It is checked, then kept like a saved run.",
)
if file is not None and token is not None and st.session_state.get("run_file_id") != file.file_id:
    try:
        identity = take_in(file.getvalue(), token)
    except LiquidError as problem:
        st.error(verbatim(str(problem)), icon=":material/error:")
    else:
        st.session_state["run_file_id"] = file.file_id
        st.session_state["opened_from_file"] = identity
        st.rerun()
if opened := st.session_state.get("opened_from_file"):
    st.success("The file holds a whole run, and it is kept now.", icon=":material/check:")
    st.page_link(
        "pages/train/page.py",
        label="Open it",
        icon=":material/open_in_new:",
        query_params={"run": opened},
        help="Opens it.",
    )
