"""Two settings side by side: one is pinned and stays, while the page's controls change the other."""

from __future__ import annotations

import json
from dataclasses import asdict

import plotly.graph_objects as go
import streamlit as st

from liquid.charts.paths import share_heights
from liquid.charts.style import Look
from liquid.dynamics.solvers import solver_named
from liquid.errors import LiquidError
from liquid.studies.convergence.paths import between
from liquid.studies.convergence.study import ConvergenceConfig
from pages.shared.address import LONGEST_PINNED, PINNED
from pages.shared.display import show_problem, symbols
from pages.solver.subject import LENGTH, inputs, subject_of
from pages.solver.views import path_figure

MOST_NEURONS, MOST_UNFOLDS = 64, 16  # what the page's own controls reach
NAMES = {
    "source": "input",
    "state_size": "neurons",
    "tau_low": "smallest tau",
    "tau_high": "largest tau",
}


def pinned() -> ConvergenceConfig | None:
    """The pinned settings, from the address or from before the visitor left the page; None if there are none."""
    text = st.query_params.get(PINNED) or st.session_state.get(PINNED)
    if not text:
        return None
    try:
        config = _read(text)
    except LiquidError as problem:
        _unpin()
        show_problem(f"The link's pinned settings were left out. {problem}")
        return None
    st.session_state[PINNED] = st.query_params[PINNED] = text
    return config


def pin_button(config: ConvergenceConfig, *, is_pinned: bool) -> None:
    """Pin these settings, or let go of the pinned ones."""
    with st.container(horizontal=True):
        st.button(
            "Pin these instead" if is_pinned else "Pin these settings",
            icon=":material/keep:",
            key="pin",
            on_click=_pin,
            args=(config,),
            help="They stay beside what you change, also in the link.",
        )
        if is_pinned:
            st.button(
                "Unpin", icon=":material/keep_off:", key="unpin", on_click=_unpin, help="Shows one setting again."
            )


def show_pinned(config: ConvergenceConfig, neurons: list[int], beside: go.Figure, colours: Look) -> None:
    """The pinned layer's paths, on the heights of the picture `beside` it, and how far they are from the truth."""
    subject, solver = subject_of(config, None), solver_named(config.solver)
    if not subject.truth.success:
        st.warning(subject.truth.message)
        return
    path, truth = subject.path(config.solver, config.unfolds), between(subject.problem, subject.truth, points=4)
    drawn = [neuron for neuron in neurons if neuron < config.state_size]
    figure, *_ = path_figure(
        colours, subject.problem, path, truth, solver, drawn, unfolds=config.unfolds, label=solver.label
    )
    share_heights(figure, beside)
    neurons_drawn = ", ".join(map(str, drawn))
    st.plotly_chart(
        figure, key="pinned_paths", alt=f"Pinned: neurons {neurons_drawn}, {solver.label} steps over the true path."
    )
    st.caption(symbols(subject.accuracy(config.solver, config.unfolds).answer))


def differences(one: ConvergenceConfig, other: ConvergenceConfig) -> str:
    """What of the first differs from the second: dt 0.2, solver RK4."""
    other_settings = asdict(other)
    said = [
        f"{NAMES.get(name, name)} {solver_named(value).label if name == 'solver' else value}"
        for name, value in asdict(one).items()
        if value != other_settings[name]
    ]
    return ", ".join(said) or "the same settings"


def _pin(config: ConvergenceConfig) -> None:
    start = asdict(ConvergenceConfig())
    differs = {name: value for name, value in asdict(config).items() if value != start[name]}
    st.session_state[PINNED] = st.query_params[PINNED] = json.dumps(differs, separators=(",", ":"))


def _unpin() -> None:
    st.session_state.pop(PINNED, None)
    st.query_params.pop(PINNED, None)


def _read(text: str) -> ConvergenceConfig:
    """Settings that the page's own controls could have made; LiquidError for any others."""
    if len(text) > LONGEST_PINNED:
        raise LiquidError("They are longer than a page writes them; pin the settings again.")
    config = ConvergenceConfig.from_json(text)
    if config.samples > LENGTH or config.state_size > MOST_NEURONS or config.unfolds > MOST_UNFOLDS:
        raise LiquidError("They ask for more than this page computes; pin the settings again.")
    if config.source not in inputs():
        raise LiquidError("Their input is none of this page's; pin the settings again.")
    return config
