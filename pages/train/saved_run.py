"""A saved run on the Train page: read-only at once, a copy to go on with, and for its owner a name, a pin, an end."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import streamlit as st

from liquid.errors import LiquidError
from liquid.learning.run import Run
from liquid.runs.archive import pack
from liquid.runs.store import SavedRun
from liquid.runs.studies import Studies, open_whole, whole_documents
from pages.shared.browser import owner
from pages.shared.display import verbatim
from pages.shared.links import OWN
from pages.shared.saved_runs import day, manage, owns, store
from pages.shared.series_picker import COPY, copy_series
from pages.shared.studies import described, keep
from pages.train.model_settings import set_config
from pages.train.results import show_results
from pages.train.settings_link import settings
from pages.train.share import builtin_name
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
                data=lambda: pack(whole_documents(run, studies), saved.title),
                file_name="run.zip",
                icon=":material/download:",
                on_click="ignore",
                key="export",
                help="One zip of JSON, CSV and safetensors, to be opened on the page Runs.",
            )
            if token is not None and owns(identity, token):
                _manage(saved, token)
    show_results(run, studies, outdated=False, mine=False)


def _manage(saved: SavedRun, token: str) -> None:
    with st.popover("Yours", icon=":material/key:", help="Rename, pin or delete it: this browser saved it."):
        manage(saved, token)


@st.cache_resource(max_entries=16, ttl="1h", show_spinner=False)
def _opened(identity: str, created: float) -> tuple[Run, Studies]:
    """Opened once for all visitors; a run that was saved anew has another time."""
    return open_whole(store().files(identity))


def _leave() -> None:
    del st.query_params[PARAMETER]


def _copy(run: Run, studies: Studies) -> None:
    """The series and settings into the sidebar and the address, and the run as this visitor's result."""
    names, name = run.forecaster.prepared.names, builtin_name(run)
    digest = hashlib.sha256(run.series.time.tobytes() + run.series.values.tobytes()).hexdigest()[:16]
    key = name or f"copy-{digest}"
    copy_series(name, key, run.series)
    shown = set_config(run.config, name or OWN, names[0])
    st.session_state["run"] = run
    keep(run, studies)
    desk().trained_on = (key, replace(run.config, target=names[0]))
    st.query_params.from_dict(settings(shown, name, names[0]) | ({} if name else {"source": COPY}))
