"""What adapts instead of tau_sys: a verdict, charts and tables from stored study results."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from liquid.charts import time_constant as charts
from liquid.charts.style import Look
from liquid.errors import LiquidError
from liquid.studies import stored
from liquid.studies.claims.layer import TAU_SYS_CHANGE
from liquid.studies.claims.verdict import Check, verdict
from liquid.studies.statistics import Interval
from pages.shared.display import NO_TOOLBAR, show_problem
from pages.shared.links import linked

MODEL = "liquid-change-long"  # the id of its results
SHOWN = ("tau_sys", "effective", "gain")
QUANTITIES = {
    "tau": "samples; the base time constant, mean over neurons",
    "tau_sys": "samples; mean over neurons and time",
    "gate": "mean of f over neurons and time",
    "z": "mean argument of the gate: its operating point",
    "convex": "share of neurons and time with z below 0, where noise opens the gate",
    "slowest": "samples; the slowest effective time constant, median over time",
    "noise response": "% change of mean tau_sys under noise of half a standard deviation (theory)",
}
Triple = tuple[np.ndarray, np.ndarray, np.ndarray]


@st.cache_resource  # one for all: cache_data would give every visitor a copy
def _stored(name: str) -> Any:
    return stored.load(name)


def triple(entry: dict[str, list[float]]) -> Triple:
    """Mean, low and high of stored intervals."""
    mean, low, high = (np.array(entry[key], dtype=np.float64) for key in ("mean", "low", "high"))
    return mean, low, high


def verdict_box(look: Look) -> None:
    """The article's claim and its verdict, with charts and tables of the study behind it."""
    st.subheader("What adapts instead")
    try:
        adaptation, scores, claims = _stored("adaptation"), _stored("adaptivity"), _stored("claims")
    except LiquidError as problem:
        show_problem(problem)
        return
    st.info(
        _answer(adaptation["by_regime"][MODEL]),
        title="The claim: tau_sys shrinks when the input is noisy and grows when it is calm",
    )
    st.caption(_judged(claims))
    pictures = _pictures(look)
    tabs = st.tabs(list(pictures), on_change="rerun", key=linked("tau_adapts"), bind="query-params")
    for tab, (fig, description) in zip(tabs, pictures.values(), strict=True):
        if tab.open:  # a picture costs the browser a tenth of a second
            with tab:
                st.plotly_chart(fig, key="tau_adapts_picture", config=NO_TOOLBAR, alt=description)
                st.caption(description)
    with st.expander("Who adapts best? Six models at equal parameters", on_change="rerun") as details:
        if details.open:
            _models(look, scores)
    with st.expander("What does training do to the time constants?", on_change="rerun") as details:
        if details.open:
            _training()


# Cached, since nothing here depends on a control: dragging a slider need not draw it again.
@st.cache_resource(max_entries=2)
def _pictures(look: Look) -> dict[str, tuple[go.Figure, str]]:
    """Figures with a description, by the name of their tab."""
    adaptation = _stored("adaptation")
    regimes = adaptation["by_regime"][MODEL]
    labels = [f"q {q:g}<br>s {s:g}" for q, s in adaptation["regimes"]]
    moving = charts.relative_by_regime(look, labels=labels, quantities=_shown(regimes))
    memory = charts.responses(
        look,
        labels=labels,
        model=[triple(entry) for entry in regimes["response"]],
        kalman=np.array(regimes["kalman_response"]),
    )
    pictures = {
        "By noise": (
            moving,
            "tau_sys and the median time constant hardly change; the gain follows the Kalman filter's.",
        ),
        "Memory": (memory, "The weight of past inputs in the estimate, beside the Kalman filter's, regime by regime."),
    }
    for change in adaptation["changes"]:
        title = change["title"]
        fig = charts.through_change(
            look,
            when=np.array(change["when"]),
            quantities=_shown(change),
            title="What adapts, and how fast",
        )
        description = (
            f"Relative to before the change: when {title}, the gain moves within some samples, tau_sys hardly."
        )
        pictures[f"When {title}"] = (fig, description)
    return pictures


def _shown(regimes: dict[str, Any]) -> list[charts.Quantity]:
    """The quantities that are drawn, with the Kalman filter's gain as the reference."""
    own = [charts.Quantity(name, *triple(regimes["quantities"][name])) for name in SHOWN]
    return [*own, charts.Quantity("Kalman gain", *triple(regimes["kalman"]["gain"]), reference=True)]


def _ends(quantity: dict[str, list[float]]) -> tuple[Interval, Interval]:
    """The two regimes where the mean is smallest and largest."""
    low, high = (
        Interval(quantity["mean"][k], quantity["low"][k], quantity["high"][k])
        for k in (int(np.argmin(quantity["mean"])), int(np.argmax(quantity["mean"])))
    )
    return low, high


def _answer(regimes: dict[str, Any]) -> str:
    ends = {name: _ends(quantity) for name, quantity in regimes["quantities"].items()}

    def swing(name: str, digits: str) -> str:
        low, high = ends[name]
        return f"{low:{digits}} to {high:{digits}}"

    def optimal(name: str, digits: str) -> str:
        low, high = _ends(regimes["kalman"][name])
        return f"{low.mean:{digits}} to {high.mean:{digits}}"  # computed, not estimated

    still = all(low.high >= high.low for low, high in (ends["tau_sys"], ends["effective"]))
    overlap = ": their intervals overlap" if still else ""
    return (
        "Not in a layer trained (by SOAP, its readout along with it) to filter a noisy level at four noise regimes. "
        "Between them its readout-weighted "
        f"tau_sys goes from {swing('tau_sys', '.1f')} samples and its median effective time constant from "
        f"{swing('effective', '.1f')}{overlap}. Its slowest time constant does move, from {swing('slowest', '.0f')}. "
        f"What follows the noise is the gain of the newest sample, from {swing('gain', '.2f')} (the optimal filter's: "
        f"{optimal('gain', '.2f')}), and with it the age of the input that the estimate rests on, from "
        f"{swing('age', '.1f')} samples (optimal: {optimal('age', '.1f')}). It adapts through its input gain, and "
        "more noise in the observations makes it remember longer, not shorter."
    )


def _judged(claims: dict[str, Any]) -> str:
    """The verdict of the Claims page, in the same numbers."""
    (noise,) = (result for result in claims["results"] if result["id"] == "noise")
    checks = [Check.from_plain(check) for check in noise["checks"]]
    changes = [f"{check.number} {check.condition}" for check in checks if check.quantity == TAU_SYS_CHANGE]
    return (
        f"The Claims page tests it in layers that read the value alone, as the article's do: {verdict(checks)}. "
        f"Noise of one standard deviation changes their mean tau_sys by {'; '.join(changes)}."
    )


def _models(look: Look, scores: dict[str, Any]) -> None:
    rows, scale = scores["rows"], scores["scale"]
    names = [row["name"] for row in rows]
    mean, low, high = (np.array([row["adaptivity"][key] for row in rows]) for key in ("mean", "low", "high"))
    models = [row["core"] for row in rows]
    fig = charts.adaptivity(
        look, names=names, mean=mean, low=low, high=high, attainable=scale["attainable"], models=models
    )
    st.plotly_chart(fig, key="tau_adaptivity", alt="Adaptivity of six models with intervals over seeds")
    trainings = [
        charts.ErrorCurve(
            row["name"],
            row["core"],
            seconds=np.array([point["seconds"] for point in row["curve"]]),
            error=np.array([point["error"] for point in row["curve"]]),
            reads_change=row["config"]["inputs"] == "change",
        )
        for row in rows
    ]
    st.plotly_chart(
        charts.error_against_time(look, trainings=trainings, kalman=scale["kalman"]),
        key="tau_curves",
        alt="Error against training time of six models",
    )
    table = pd.DataFrame(
        {
            "model": names,
            "parameters": [row["parameters"] for row in rows],
            "adaptivity %": 100 * mean,
            "low %": 100 * low,
            "high %": 100 * high,
            "seeds": [row["seeds"] for row in rows],
            "training s": [row["seconds"]["mean"] for row in rows],
        }
    )
    st.dataframe(table, hide_index=True, alt="Adaptivity, parameters and training time of six models")
    st.caption(
        "100 % is a Kalman filter that knows the regime, 0 % the best exponential average with one rate. A filter "
        f"that has to infer the regime can reach {100 * scale['attainable']:.0f} % (the exact Bayesian mixture)."
    )


def _training() -> None:
    """After training against before, noisy against calm data: paired changes over seeds."""
    for name, effect in _stored("training_effect").items():
        st.markdown(
            f"**{name}**, trained by {effect['training']}, {effect['seeds']} seeds; the noisy series has noise of "
            f"{effect['noise']:g} sd"
        )
        columns = {f"{change['to']} − {change['from']}": change["by"] for change in effect["changes"]}
        rows = {
            quantity: {title: f"{Interval(**by[quantity]):+.3g}" for title, by in columns.items()}
            for quantity in QUANTITIES
        }
        st.dataframe(pd.DataFrame(rows).T, alt=f"What training does to the time constants on {name}")
    st.markdown("\n".join(f"- {quantity}: {meaning}" for quantity, meaning in QUANTITIES.items()))
    st.caption(
        "Mean change with its 95 % interval over seeds. An interval containing 0 is inconclusive. These layers read "
        "the series' change as well, so noise on a sample reaches them three times; those of the Claims page read the "
        "value alone."
    )
