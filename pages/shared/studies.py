"""What studies have found about this session's run, kept as long as the run: to be shown, saved and shared."""

from __future__ import annotations

import streamlit as st

from liquid.learning.run import Run
from liquid.runs.studies import Studies
from liquid.series.words import enumerated
from pages.shared.sessions import forget, remember

NONE_YET = Studies()  # one object: what was saved with a run is compared by identity


def studies_of(run: Run) -> Studies:
    stored: tuple[Run, Studies] | None = st.session_state.get("studies")
    return stored[1] if stored is not None and stored[0] is run else NONE_YET


def keep(run: Run, studies: Studies) -> None:
    """Make these the run's studies; those of an earlier run are dropped."""
    st.session_state["studies"] = (run, studies)
    remember("studies")


def offer(job: str, run: Run, studies: Studies) -> None:
    """Keep what a job found with its run, and draw the page anew: above, it is offered to be saved."""
    keep(run, studies)
    forget(job)
    st.rerun()


def described(studies: Studies) -> str:
    """Their subjects in words; empty if there are none."""
    responses = len(studies.noise)
    parts = [f"{responses} response{'s' if responses > 1 else ''} to noise"] if responses else []
    parts += ["the forecast with every solver"] if studies.effect else []
    parts += ["a comparison with other models"] if studies.compared else []
    return enumerated(parts + (["a look back"] if studies.backtest else []))
