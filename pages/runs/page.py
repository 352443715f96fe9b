"""What did I save? This browser's runs, and a run from a file."""

from __future__ import annotations

from functools import partial

import streamlit as st

from liquid.engine import Task, apart
from liquid.errors import LiquidError
from liquid.runs.archive import MOST_BYTES, unpack
from liquid.runs.format import made_again
from pages.runs.listing import entries, open_link, show_list
from pages.runs.side_by_side import two_runs
from pages.shared.browser import owner_token
from pages.shared.display import show_problem
from pages.shared.job import AT_ONCE, run_job
from pages.shared.saved_runs import DAYS, store
from pages.shared.sessions import forget


def read_file(content: bytes, name: str) -> tuple[dict[str, bytes], str] | None:
    """The run in an untrusted file as we write it, and its title; None while a large one is being checked.

    LiquidError if it holds no run.
    """
    files, title = unpack(content)
    if sum(map(len, files.values())) <= AT_ONCE:
        return made_again(files), title
    checked: dict[str, bytes] | LiquidError | None = run_job(
        "reading_run",
        name,
        lambda: Task(apart, ("Checking this run", partial(made_again, files))),
        label="Check the file",
        help="A large run is checked beside the page.",
        at_once=True,
    )
    if checked is None:
        return None
    forget("reading_run")
    if isinstance(checked, LiquidError):
        raise checked
    return checked, title


def list_runs(token: str) -> None:
    try:
        runs = store().runs(token)
    except LiquidError as problem:
        show_problem(problem)
        return
    st.caption(
        f"This browser has saved {len(runs)} {'run' if len(runs) == 1 else 'runs'}. Everyone with the link can open a "
        f"run; only this browser can change it. Runs that are not pinned are kept for {DAYS} days, or until newer runs "
        "need the space."
    )
    if not runs:
        st.info("Train on the Train page, then press Save and share below the chart.", icon=":material/share:")
        return
    try:
        listed = entries(runs)
        if len(listed) > 1:
            two_runs(listed)
        show_list(listed, token)
    except LiquidError as problem:
        show_problem(problem)


st.title("What did I save?")
token = owner_token()
if token is None:
    st.info("Asking this browser which runs it owns.", icon=":material/key:")
else:
    list_runs(token)

file = st.file_uploader(
    "Open a run from a file",
    type="zip",
    key="run_file",
    max_upload_size=MOST_BYTES // 10**6,
    help=f"A zip from 'Download as a file', up to {MOST_BYTES // 10**6} MB. It is checked, then saved as your own run.",
)
if file is not None and token is not None and st.session_state.get("run_file_id") != file.file_id:
    try:
        understood = read_file(file.getvalue(), file.file_id)
        run = store().save(*understood, token) if understood else None
    except LiquidError as problem:
        show_problem(problem)
    else:
        if run:
            st.session_state["run_file_id"] = file.file_id
            st.session_state["opened_from_file"] = run
            st.rerun()
if opened := st.session_state.get("opened_from_file"):
    st.success("The file holds a complete run, which is saved now.", icon=":material/check:")
    open_link("Open it", opened, help="Opens the run on the Train page.")
