"""The sidebar's model settings: few by default, the rest under More."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from liquid.dynamics.solvers import SOLVERS
from liquid.errors import LiquidError
from liquid.learning.config import LIMITS, TrainConfig
from liquid.learning.outliers import TREATMENTS
from liquid.learning.trainings import TRAININGS
from liquid.models.registry import MODELS, ModelKind
from liquid.series.series import Series
from pages.shared.display import TAU_SYS, show_problem
from pages.shared.links import linked, remark
from pages.shared.series_picker import Picked
from pages.train.known_ahead import choose_ahead, put_ahead
from pages.train.reach import CLOCK, CLOCK_OFF, density_of, farthest_of, show_reach, window_of

DEFAULT = TrainConfig()
# Where sliders end; None: a box for any value.
MOST_SHOWN: dict[str, int | None] = {
    "horizon": None,
    "state_size": 64,
    "members": 16,
    "window": 512,
    "steps": 3000,
    "batch": 256,
    "unfolds": 16,
    "seed": None,
}
STEPS = {"steps": 50}
MORE = {
    "members": "Networks",
    "window": "Window",
    "steps": "Training steps",
    "batch": "Batch",
    "seed": "Seed",
    "unfolds": "Unfolds: solver steps per sample",
}
HELP = {
    "target": "The column to forecast.",
    "inputs": "Other columns that the model reads as well as the target. Their future values are "
    "used only if they are known ahead, below.",
    "model": "All are trained on the same part, and judged on the same part.\n\n"
    + "\n".join(f"- {kind.name}: {kind.help}" for kind in MODELS.values()),
    "horizon": "How many values ahead to forecast. The test table scores the first, the chart below it every step.",
    "outliers": "What becomes of values that are far from those just before them, by what is usual in the training "
    "part. Clipped ones are read and learned from at the limit, and measured as they are; missing ones are not "
    "measured.",
    "state_size": "Neurons in the layer. More of them can remember more, but need more data and time.",
    "members": "Networks trained side by side from different seeds. The forecast is their mean; their spread shows "
    "how much depends on the seed.",
    "dt": "How much time passes for the layer between two samples. Another dt is another model, not a more accurate "
    f"solution of the same one. {TAU_SYS} has the same unit, so {TAU_SYS} / dt counts samples.",
    "unfolds": "Solver steps per sample. More of them solve the layer's equation more accurately, at the same dt.",
    "solver": "How the layer's equation is solved. Euler is the article's method; semi-implicit never diverges.",
    "window": "How many past values the model reads before each forecast.",
    "training": "How the weights are found. Solved: the readout is a regression on the states at every step, so that "
    "gradients train only what makes the states. Finished: from there on to the minimum, which pays without noise and "
    "takes minutes. Plain Adam is the article's training: give it 600 steps, and Liquid a rate of 0.1.",
    "steps": "Weight updates, at most. The weights with the best validation loss are kept, so more steps only take "
    "longer; the default training is done early if a quarter of them brings no better ones.",
    "batch": "Windows per update.",
    "learning_rate": "Peak of a one-cycle schedule. Each model has its own default.",
    "timespans": "Where samples are unevenly spaced, a Liquid layer steps as far as time has passed since the last "
    "one; other models read that time as an input.",
    "seed": "The same seed, settings and series give the same numbers, bit for bit.",
}


def choose_config(picked: Picked | None) -> TrainConfig | None:
    """The training that the sidebar describes; None, with a sentence, if it is not possible.

    Without a series there is none, but the settings stand there: those that are not drawn would be forgotten.
    """
    target = _target(picked) if picked else None
    model = st.selectbox("Model", list(MODELS), key=linked("model"), bind="query-params", help=HELP["model"])
    kind = MODELS[model]
    settings: dict[str, Any] = {"horizon": _whole("Forecast ahead", "horizon")}
    if picked and target is not None and (most := farthest_of(picked.key, picked.series, target)):
        show_reach(picked.series, target, settings["horizon"], most)
    settings |= _wholes(kind, {"state_size": "State size"})
    with st.expander("More", icon=":material/tune:"):
        settings["outliers"] = _outliers()
        if kind.settings:
            if picked and target is not None:
                settings["inputs"] = _inputs(picked.series, target, picked.place)
            if "training" in kind.settings:
                settings["training"] = _training()
            settings |= _wholes(kind, {name: label for name, label in MORE.items() if name != "window"})
            if "window" in kind.settings:
                about = (
                    (picked.key, picked.series, target, settings["outliers"]) if picked and target is not None else None
                )
                settings["window"] = _window(window_of(*about) if about else DEFAULT.window)
            if kind.rate is not None:
                settings["learning_rate"] = _rate(kind, kind.rate)
            settings |= _clock_settings(kind, picked, target)
    if picked and target is not None and "ahead" in kind.settings:
        settings["ahead"] = choose_ahead(picked, target)
    try:
        return TrainConfig(model=model, target=target, **settings) if picked else None
    except LiquidError as problem:
        show_problem(problem)
        return None


def _target(picked: Picked) -> str:
    names, widget = picked.series.names, f"target-{picked.place}"
    if st.session_state.get(widget, names[0]) not in names:
        st.session_state[widget] = names[0]  # not that of another file, which the browser would go on showing
    return st.selectbox("Target", names, key=linked(widget), bind="query-params", help=HELP["target"])


def set_config(config: TrainConfig, place: str, target: str, *, clock: str) -> TrainConfig:
    """Let the sidebar start with these settings, for the series at `place`, whose `clock_widget` is `clock`. Call it
    before the widgets are made.

    A slider that ends below a setting takes its end, and the page says so. Returns the settings that are shown.
    """
    state, reachable = st.session_state, config
    state.pop("window_automatic", None)  # that of another target: this window was chosen
    for name, most in MOST_SHOWN.items():
        if name not in config.kind.settings | {"horizon"}:
            continue
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
    put_ahead(config.ahead, place, target)
    state["trained_by"], state["outliers"] = config.how.words, TREATMENTS[config.outliers]
    state[f"rate-{config.model}"] = config.rate
    state.pop(CLOCK, None)  # the settings of an even series do not say it
    for name, widget in (("dt", "dt"), ("solver", "train_solver"), ("timespans", clock)):
        if widget and name in config.kind.settings:
            state[widget] = getattr(config, name)
    return reachable


def _wholes(kind: ModelKind, labels: dict[str, str]) -> dict[str, int]:
    """Whole-number settings, those that the model has."""
    return {name: _whole(label, name) for name, label in labels.items() if name in kind.settings}


def _training() -> str:
    """By its words, which the address holds, too."""
    names = {training.words: name for name, training in TRAININGS.items()}
    usual = list(names).index(DEFAULT.how.words)
    words = st.selectbox(
        "Training", list(names), usual, key=linked("trained_by"), bind="query-params", help=HELP["training"]
    )
    return names[words]


def _outliers() -> str:
    names = {words: name for name, words in TREATMENTS.items()}
    words = st.selectbox("Outliers", list(names), key=linked("outliers"), bind="query-params", help=HELP["outliers"])
    return names[words]


def _window(automatic: int) -> int:
    """The window: a season of the training part unless another is chosen; a choice outlasts a change of series."""
    state = st.session_state
    before = state.get("window_automatic")
    if before not in (None, automatic) and state.get("window") == before:
        state["window"] = automatic
    state["window_automatic"] = automatic
    window = _whole(MORE["window"], "window", automatic)
    if window == automatic:
        sees = "as long as a season of the training part" if automatic > DEFAULT.window else "the usual length"
        st.caption(f"Automatic: {automatic}, {sees}.")
    else:
        st.button(f"Automatic: {automatic}", key="window_again", on_click=_set_window, args=(automatic,),
                  icon=":material/undo:", help="The length of a season of the training part, at least 64.")  # fmt: skip
    return window


def _set_window(window: int) -> None:
    st.session_state["window"] = window


def _rate(kind: ModelKind, usual: float) -> float | None:
    """The peak learning rate; None for the model's own."""
    rate = st.number_input(
        "Peak learning rate",
        *LIMITS["learning_rate"],
        value=usual,
        format="%.4g",
        key=linked(f"rate-{kind.name}"),
        bind="query-params",
        help=HELP["learning_rate"],
    )
    return None if rate == usual else rate


def _clock_settings(kind: ModelKind, picked: Picked | None, target: str | None) -> dict[str, float | str | bool]:
    """How time passes in the layer, as far as the model lets one choose."""
    settings: dict[str, float | str | bool] = {}
    if "dt" in kind.settings:
        settings["dt"] = st.number_input(
            "dt: layer time per sample",
            *LIMITS["dt"],
            value=DEFAULT.dt,
            step=0.05,
            key=linked("dt"),
            bind="query-params",
            help=HELP["dt"],
        )
    if "solver" in kind.settings:
        settings["solver"] = st.selectbox(
            "Solver", list(SOLVERS), key=linked("train_solver"), bind="query-params", help=HELP["solver"]
        )
    if "timespans" in kind.settings:
        even = picked is not None and picked.series.spacing_is_even
        against = density_of(picked.key, picked.series, target) if picked and target is not None else ""
        timespans = st.toggle(
            "Use the real time between samples",
            value=not against,
            key=linked(CLOCK_OFF if against else CLOCK),
            bind="query-params",
            disabled=even,
            help=f"{HELP['timespans']} {'This series is evenly spaced: it is the same.' if even else against}",
        )
        settings["timespans"] = timespans and not even
    return settings


def _inputs(series: Series, target: str, place: str) -> tuple[str, ...]:
    others = [name for name in series.names if name != target]
    if not others:
        return ()
    widget = f"inputs-{place}-{target}"
    if not set(chosen := st.session_state.get(widget, [])) <= set(others):
        st.session_state[widget] = [name for name in chosen if name in others]
    return tuple(st.multiselect("Further inputs", others, key=linked(widget), bind="query-params", help=HELP["inputs"]))


def _whole(label: str, name: str, usual: int | None = None) -> int:
    """A whole-number setting: a slider up to a usual value, or a box if any value is fine."""
    low, high = (int(limit) for limit in LIMITS[name])
    default, most = usual or int(getattr(DEFAULT, name)), MOST_SHOWN[name]
    if most is None:
        return int(
            st.number_input(label, low, high, default, 1, key=linked(name), bind="query-params", help=HELP[name])
        )
    step = STEPS.get(name, 1)
    first = low if step == 1 else step
    return int(st.slider(label, first, most, default, step, key=linked(name), bind="query-params", help=HELP[name]))
