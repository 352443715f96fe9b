"""The sidebar's model settings: few by default, the rest under More."""

from __future__ import annotations

from dataclasses import replace
from typing import TypedDict

import streamlit as st

from liquid.dynamics.solvers import SOLVERS
from liquid.errors import LiquidError
from liquid.learning.config import LIMITS, MODELS, TrainConfig
from liquid.series.series import Series
from pages.shared.display import show_problem
from pages.shared.links import remark
from pages.shared.series_picker import Picked

DEFAULT = TrainConfig()
# Where sliders end; None: a box for any value.
MOST_SHOWN: dict[str, int | None] = {
    "horizon": 60,
    "state_size": 64,
    "members": 16,
    "window": 256,
    "steps": 3000,
    "batch": 256,
    "unfolds": 16,
    "seed": None,
}
STEPS = {"steps": 50}
HELP = {
    "target": "The column to forecast.",
    "inputs": "Other columns that the model reads as well as the target. Their future values are never used.",
    "model": "Liquid computes its time constants anew at every step; LSTM and GRU are the usual gated networks. "
    "All are trained the same way.",
    "horizon": "How many values ahead to forecast. The test table scores the first, the chart below it every step.",
    "state_size": "Neurons in the layer. More of them can remember more, but need more data and time.",
    "members": "Networks trained side by side from different seeds. The forecast is their mean; their spread shows "
    "how much depends on the seed.",
    "dt": "How much time passes for the layer between two samples. Another dt is another model, not a more accurate "
    "solution of the same one. tau_sys has the same unit, so tau_sys / dt counts samples.",
    "unfolds": "Solver steps per sample. More of them solve the layer's equation more accurately, at the same dt.",
    "solver": "How the layer's equation is solved. Euler is the article's method; semi-implicit never diverges.",
    "window": "How many past values the model reads before each forecast.",
    "steps": "Weight updates. The weights with the best validation loss are kept, so more steps only take longer.",
    "batch": "Windows per update.",
    "learning_rate": "Peak of a one-cycle schedule. Each model has its own default.",
    "timespans": "Use the real time between samples if they are unevenly spaced.",
    "seed": "The same seed, settings and series give the same numbers, bit for bit.",
}


class LiquidSettings(TypedDict, total=False):
    """Settings that only the Liquid model has."""

    dt: float
    unfolds: int
    solver: str
    timespans: bool


def choose_config(picked: Picked) -> TrainConfig | None:
    """The training that the sidebar describes; None, with a sentence, if it is not possible."""
    series = picked.series
    target = st.selectbox(
        "Target", series.names, key=f"target-{picked.place}", bind="query-params", help=HELP["target"]
    )
    model = st.segmented_control(
        "Model",
        list(MODELS),
        default=DEFAULT.model,
        required=True,
        key="model",
        bind="query-params",
        help=HELP["model"],
    )
    horizon = _whole("Forecast ahead", "horizon")
    state_size = _whole("State size", "state_size")
    with st.expander("More", icon=":material/tune:"):
        inputs = _inputs(series, target, picked.place)
        members = _whole("Networks", "members")
        window = _whole("Window", "window")
        steps = _whole("Training steps", "steps")
        batch = _whole("Batch", "batch")
        seed = _whole("Seed", "seed")
        rate = st.number_input(
            "Peak learning rate",
            *LIMITS["learning_rate"],
            value=MODELS[model],
            format="%.4g",
            key=f"rate-{model}",
            bind="query-params",
            help=HELP["learning_rate"],
        )
        liquid: LiquidSettings = _liquid_settings(series) if model == "Liquid" else {}
    try:
        return TrainConfig(
            model=model,
            horizon=horizon,
            state_size=state_size,
            target=target,
            inputs=inputs,
            learning_rate=None if rate == MODELS[model] else rate,
            members=members,
            window=window,
            steps=steps,
            batch=batch,
            seed=seed,
            **liquid,
        )
    except LiquidError as problem:
        show_problem(problem)
        return None


def set_config(config: TrainConfig, place: str, target: str) -> TrainConfig:
    """Let the sidebar start with these settings, for the series at `place`. Call it before the widgets are made.

    A slider that ends below a setting takes its end, and the page says so. Returns the settings that are shown.
    """
    state, reachable = st.session_state, config
    for name, most in MOST_SHOWN.items():
        value = getattr(config, name)
        state[name] = value if most is None else max(STEPS.get(name, 0), min(value, most))
        if state[name] != value:
            remark(name, f"{name}={value} in the saved run is beyond the slider; {state[name]} is used.", state[name])
            reachable = replace(reachable, **{name: state[name]})
    state["model"], state[f"target-{place}"], state[f"inputs-{place}-{target}"] = (
        config.model,
        target,
        list(config.inputs),
    )
    state[f"rate-{config.model}"] = config.rate
    if config.model == "Liquid":
        state["dt"], state["train_solver"], state["timespans"] = config.dt, config.solver, config.timespans
    return reachable


def _liquid_settings(series: Series) -> LiquidSettings:
    dt = st.number_input(
        "dt: layer time per sample",
        *LIMITS["dt"],
        value=DEFAULT.dt,
        step=0.05,
        key="dt",
        bind="query-params",
        help=HELP["dt"],
    )
    unfolds = _whole("Unfolds: solver steps per sample", "unfolds")
    solver = st.selectbox(
        "Solver",
        list(SOLVERS),
        key="train_solver",
        bind="query-params",
        help=HELP["solver"],
    )
    timespans = st.toggle(
        "Use the real time between samples",
        key="timespans",
        bind="query-params",
        disabled=series.spacing_is_even,
        help=HELP["timespans"] + (" This series is evenly spaced." if series.spacing_is_even else ""),
    )
    return {"dt": dt, "unfolds": unfolds, "solver": solver, "timespans": timespans and not series.spacing_is_even}


def _inputs(series: Series, target: str, place: str) -> tuple[str, ...]:
    others = [name for name in series.names if name != target]
    if not others:
        return ()
    widget = f"inputs-{place}-{target}"
    return tuple(st.multiselect("Further inputs", others, key=widget, bind="query-params", help=HELP["inputs"]))


def _whole(label: str, name: str) -> int:
    """A whole-number setting: a slider up to a usual value, or a box if any value is fine."""
    low, high = (int(limit) for limit in LIMITS[name])
    default, most = int(getattr(DEFAULT, name)), MOST_SHOWN[name]
    if most is None:
        return int(st.number_input(label, low, high, default, 1, key=name, bind="query-params", help=HELP[name]))
    step = STEPS.get(name, 1)
    first = low if step == 1 else step
    return int(st.slider(label, first, most, default, step, key=name, bind="query-params", help=HELP[name]))
