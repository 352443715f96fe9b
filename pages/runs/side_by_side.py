"""Two saved runs side by side: settings that differ, errors, and forecasts where they are of one series."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from liquid.charts.compare import ForecastLine, forecast_lines
from liquid.charts.style import model_colour
from liquid.errors import LiquidError
from liquid.learning.run import Run
from liquid.runs.beside import NAMES, Beside, beside, error_table, ratio_sentence
from liquid.runs.summary import Listed
from pages.shared.display import page_look, show_problem, verbatim
from pages.shared.links import linked
from pages.shared.saved_runs import day, opened

DASHES = ("solid", "dash")


def two_runs(listed: list[Listed]) -> None:
    """Folded until it is wanted: which two, and what they have in common."""
    with st.expander(
        "Two runs side by side",
        icon=":material/compare_arrows:",
        key=linked("beside"),
        bind="query-params",
        on_change="rerun",
    ) as folded:
        if folded.open:
            _two_runs(dict(zip(_labels(listed), listed, strict=True)))


def _labels(listed: list[Listed]) -> list[str]:
    """A name for each run, unlike all others: the address holds it."""
    labels: list[str] = []
    for saved, _ in listed:
        label = f"{saved.title}, {day(saved)}"
        labels.append(label if label not in labels else f"{label}, {saved.id[:6]}")
    return labels


def _two_runs(by_label: dict[str, Listed]) -> None:
    widget = "two_runs"
    if not set(before := st.session_state.get(widget, [])) <= by_label.keys():
        st.session_state[widget] = [label for label in before if label in by_label]  # one was renamed or deleted
    chosen = st.multiselect(
        "Which two",
        list(by_label),
        max_selections=2,
        key=linked(widget),
        bind="query-params",
        placeholder="Choose two runs",
        help="The first is A, the second B.",
    )
    if len(chosen) != len(NAMES):
        return
    saved = [by_label[label].saved for label in chosen]
    try:
        a, b = (opened(one.id, one.created)[0] for one in saved)
        found = _compared(*((one.id, one.created) for one in saved))
    except LiquidError as problem:
        show_problem(problem)
        return
    st.markdown("  \n".join(f"**{name}**: {verbatim(label)}" for name, label in zip(NAMES, chosen, strict=True)))
    _show(a, b, found)


@st.cache_data(max_entries=64, ttl="1h", show_spinner="Forecasts are compared over their horizon …")
def _compared(*saved: tuple[str, float]) -> Beside:
    """Once for all visitors: both forecast their test part for it."""
    return beside(*(opened(*one)[0] for one in saved))


def _show(a: Run, b: Run, found: Beside) -> None:
    st.markdown(f"### {ratio_sentence(found)}")
    if found.whole is not None:
        st.caption("95 % interval, which allows for errors that follow each other.")
    if found.apart == "":
        lines = [
            ForecastLine(
                f"{name}: {run.config.model}",
                {"color": model_colour(run.config.model, page_look()), "dash": dash},
                run.report.stamps,
                run.report.one_step,
                run.forecast.stamps,
                run.forecast.mean,
            )
            for name, dash, run in zip(NAMES, DASHES, (a, b), strict=True)
        ]
        series = a.series.select(a.forecaster.prepared.names)
        st.plotly_chart(
            forecast_lines(series, lines, page_look(), "One step ahead, then the next values"),
            key="beside_forecasts",
            alt="Forecasts of both runs over the truth.",
        )
    st.dataframe(pd.DataFrame(error_table(a, b)), hide_index=True, width="stretch", key="beside_errors")
    if not found.settings:
        st.caption("All settings are the same.")
        return
    st.markdown("#### Settings that differ")
    st.dataframe(
        pd.DataFrame(found.settings, columns=["setting", *NAMES]),
        hide_index=True,
        width="stretch",
        height="content",
        key="beside_settings",
    )
