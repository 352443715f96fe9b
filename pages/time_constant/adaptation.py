"""What adapts instead of tau_sys: charts and tables from stored study results."""

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
from liquid.studies.noise import regimes
from liquid.studies.statistics import Interval
from pages.shared.display import NO_TOOLBAR, show_problem, symbols
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


def what_adapts(look: Look) -> None:
    """What follows the noise instead of tau_sys, with charts and tables of the study behind it."""
    st.header("What adapts instead")
    try:
        adaptation, scores = _stored("adaptation"), _stored("adaptivity")
    except LiquidError as problem:
        show_problem(problem)
        return
    found = adaptation["by_regime"][MODEL]
    by_name = regimes.quantities(found["quantities"])
    st.markdown(
        "A layer trained (by SOAP, its readout along with it) to filter a noisy level at four noise regimes. "
        + symbols(f"{regimes.follows(by_name)} {regimes.memory(by_name['age'], adaptation['regimes'])}")
    )
    with st.expander("Every number with its interval", type="compact"):
        st.table(
            _by_regime(by_name, found["kalman"], adaptation["regimes"]),
            border="horizontal",
            alt="Every quantity in every regime, with its 95 % interval",
        )
    pictures = _pictures(look)
    tabs = st.tabs(list(pictures), on_change="rerun", key=linked("tau_adapts"), bind="query-params")
    for tab, (fig, description) in zip(tabs, pictures.values(), strict=True):
        if tab.open:  # a picture costs the browser a tenth of a second
            with tab:
                st.plotly_chart(fig, key="tau_adapts_picture", config=NO_TOOLBAR, alt=description)
                st.caption(symbols(description))
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
    found = adaptation["by_regime"][MODEL]
    labels = [f"q {q:g}<br>s {s:g}" for q, s in adaptation["regimes"]]
    moving = charts.relative_by_regime(look, labels=labels, quantities=_shown(found))
    memory = charts.responses(
        look,
        labels=labels,
        model=[triple(entry) for entry in found["response"]],
        kalman=np.array(found["kalman_response"]),
    )
    pictures = {
        "By noise": (
            moving,
            "Each relative to its mean over the regimes, with 95 % intervals; dashed, the optimal filter's gain.",
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
            f"Relative to before the change: {title}. Bands are 95 % intervals; dashed, the optimal filter's gain."
        )
        pictures[f"When {title}"] = (fig, description)
    return pictures


def _shown(found: dict[str, Any]) -> list[charts.Quantity]:
    """The quantities that are drawn, with the Kalman filter's gain as the reference."""
    own = [charts.Quantity(name, *triple(found["quantities"][name])) for name in SHOWN]
    return [*own, charts.Quantity("Kalman gain", *triple(found["kalman"]["gain"]), reference=True)]


def _by_regime(
    by_name: dict[str, regimes.ByRegime], optimal: dict[str, dict[str, list[float]]], labels: list[list[float]]
) -> pd.DataFrame:
    """A row per regime: each quantity with its interval, beside what the optimal filter's is."""
    columns = {regimes.NAMES[name]: [f"{value}" for value in one.values] for name, one in by_name.items()}
    best = {f"{name}, optimal": [f"{value:.3g}" for value in one["mean"]] for name, one in optimal.items()}
    return pd.DataFrame(columns | best, index=[f"process {q:g}, observation {s:g}" for q, s in labels]).T


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
    st.markdown(symbols("\n".join(f"- {quantity}: {meaning}" for quantity, meaning in QUANTITIES.items())))
    st.caption(
        "Mean change with its 95 % interval over seeds. An interval containing 0 is inconclusive. These layers read "
        "the series' change as well, so noise on a sample reaches them three times; those of the Claims page read the "
        "value alone."
    )
