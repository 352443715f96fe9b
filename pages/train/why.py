"""Why this forecast: what each sample and column did to it, how far back the model looks, what tau_sys had to do."""

from __future__ import annotations

from functools import partial

import streamlit as st

from liquid.charts import attribution as charts
from liquid.charts.style import Look
from liquid.charts.train import time_title
from liquid.errors import LiquidError
from liquid.learning.run import Run
from liquid.studies.attribution.report import answer, compared_with, memory_words, sample_table, tau_words
from liquid.studies.attribution.study import Attribution, attribute, unexplained
from pages.shared.display import TAU_SYS, show_problem, verbatim
from pages.shared.downloads import csv_button
from pages.shared.links import linked


def why(run: Run, look: Look) -> None:
    """Which forecast, what moved it in a sentence and a picture, its reach, and a table to take along."""
    prepared, horizon = run.forecaster.prepared, run.config.horizon
    if problem := unexplained(prepared):
        st.info(verbatim(problem), icon=":material/info:")
        return
    step, back = horizon, 0
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if horizon > 1:
            _at_most("why_ahead", horizon)
            step = st.slider(
                "Steps ahead",
                1,
                horizon,
                horizon,
                key=linked("why_ahead"),
                bind="query-params",
                help="Which value of the forecast is explained: how many samples after the last one that it reads.",
            )
        _at_most("why_back", len(prepared.split.test))
        back = st.slider(
            "Samples before the newest",
            0,
            len(prepared.split.test),
            0,
            key=linked("why_back"),
            bind="query-params",
            help="0 explains the newest forecast; more, the one that was possible so many samples earlier.",
        )
    try:
        found = _attributed(_key(run), run, len(prepared.target) - 1 - int(back), int(step))
    except LiquidError as problem:
        show_problem(problem)
        return
    _show(found, run, look)


def _show(found: Attribution, run: Run, look: Look) -> None:
    stamps, unit = run.series.stamps()[found.rows], run.unit
    st.markdown(f"### {verbatim(answer(found, unit))}")
    st.plotly_chart(
        charts.shares(
            stamps,
            found.window,
            found.linear,
            found.network,
            found.names,
            (found.model, unit, time_title(run.series)),
            look,
        ),
        key="why_shares",
        alt="What each sample of the window did to the forecast, the window below, the columns' sums beside. "
        + answer(found, unit),
    )
    sentences = [compared_with(found), memory_words(found), tau_words(found, unit)]
    st.caption(verbatim(" ".join(filter(None, sentences))).replace(verbatim("tau_sys"), TAU_SYS))
    st.plotly_chart(
        charts.responses(
            found.linear_response[:, 0], found.network_response[:, :, 0], found.model, found.names[0], look
        ),
        key="why_responses",
        alt=f"The derivative of the forecast by the target's value of each age. {memory_words(found)}",
    )
    st.caption(
        "Shares are integrated gradients along the straight path from a window in which nothing happens "
        "(Sundararajan and others, 2017); the derivatives are exact. They add up to what the window did, within "
        f"{found.completeness:.0e}. A missing value counts where the last known one is read in its place."
    )
    csv_button(
        "Download as CSV",
        "why.csv",
        partial(sample_table, found, run.series),
        help="Value, share and response of every sample and column.",
    )


def _at_most(name: str, most: int) -> None:
    """Another run may have fewer steps or samples than what was chosen for the last one."""
    if st.session_state.get(name, 0) > most:
        st.session_state[name] = most


def _key(run: Run) -> str:
    """What tells runs apart."""
    return f"{run.finished.seconds!r} {run.series.title!r} {run.config.to_json()}"


@st.cache_resource(max_entries=64, ttl="1h", show_spinner="Taking the derivatives …")
def _attributed(key: str, _run: Run, origin: int, step: int) -> Attribution:
    return attribute(_run.forecaster, origin, step)
