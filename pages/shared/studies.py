"""What studies have found about this visit's run, kept for as long as the run is: to be shown, saved and shared."""

from __future__ import annotations

import streamlit as st

from liquid.learning.run import Run
from liquid.runs.studies import Studies
from pages.shared.sessions import remember

NONE_YET = Studies()


def studies_of(run: Run) -> Studies:
    kept: tuple[Run, Studies] | None = st.session_state.get("studies")
    return kept[1] if kept is not None and kept[0] is run else NONE_YET


def keep(run: Run, studies: Studies) -> None:
    """From now on these are the run's; those of an earlier run go."""
    st.session_state["studies"] = (run, studies)
    remember("studies")


def described(studies: Studies) -> str:
    """What they are about, in words; empty where there are none."""
    answers = len(studies.noise)
    parts = [f"{answers} answer{'s' if answers > 1 else ''} to noise"] if answers else []
    return " and ".join(parts + (["the forecast with every solver"] if studies.effect else []))
