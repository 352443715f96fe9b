"""How far ahead: what the data carry, in samples and in the series' own units, and a length or a date in words."""

from __future__ import annotations

import streamlit as st

from liquid.errors import LiquidError
from liquid.learning.config import LIMITS, TrainConfig
from liquid.learning.data import density_change, farthest, keeps_its_density, seasonal_window
from liquid.series.ahead import EXAMPLES, reach, samples
from liquid.series.series import Series
from pages.shared.display import show_problem, verbatim

CLOCK, CLOCK_OFF = "timespans", "timespans-changing"


@st.cache_resource(max_entries=64, ttl="1h", show_spinner=False)
def farthest_of(key: str, _series: Series, target: str) -> int | None:
    """How many values ahead the series carries. Cached by `key`: it may have a million rows. None if it is too short
    to be split."""
    try:
        return farthest(_series, target)
    except LiquidError:
        return None


@st.cache_resource(max_entries=64, ttl="1h", show_spinner=False)
def window_of(key: str, _series: Series, target: str, outliers: str) -> int:
    """The window that sees a season of the training part, as outliers are treated; cached alike."""
    try:
        return seasonal_window(_series, target, outliers)
    except LiquidError:
        return TrainConfig.window


@st.cache_resource(max_entries=64, ttl="1h", show_spinner=False)
def density_of(key: str, _series: Series, target: str) -> str:
    """Why the time between samples is not read at first; empty if nothing speaks against it. Cached alike."""
    if clock_widget(_series, target) != CLOCK_OFF:
        return ""
    change = density_change(_series, target)
    how = f"{change:.2g} times as far apart" if change > 1 else f"{1 / change:.2g} times as dense"
    return f"Off at first: after the training part, samples are {how} as within it, which no network has learned from."


def clock_widget(series: Series, target: str) -> str:
    """The widget that says whether the time between samples is read: its name holds with what it starts. Empty where
    the sampling is even, and there is nothing to read."""
    if series.spacing_is_even:
        return ""
    try:
        return CLOCK if keeps_its_density(series, target) else CLOCK_OFF
    except LiquidError:
        return CLOCK


def show_reach(series: Series, target: str, horizon: int, most: int) -> None:
    """Under the number of samples: how long that is, its end, what is possible; and a box for a length or a date."""
    far = reach(series, target, horizon)
    why = "the most that is possible" if most == LIMITS["horizon"][1] else "as far as these data carry"
    st.caption(verbatim(f"{far}. Up to {most:,} samples: {why}."))
    with st.popover("As a length or a date", icon=":material/event:", help="Fills in the number of samples."):
        st.text_input(
            "Forecast",
            key="ahead",
            placeholder=EXAMPLES,
            on_change=_translate,
            args=(series, target, most),
            help="A length, such as 48 h, 2 weeks or 3 months, or the last time to forecast, such as 2026-12-31. It "
            "becomes a number of samples, which is what the link holds.",
        )
        if problem := st.session_state.pop("ahead_problem", ""):
            show_problem(problem)


def _translate(series: Series, target: str, most: int) -> None:
    text = st.session_state["ahead"]
    if not text.strip():
        return
    try:
        st.session_state["horizon"] = samples(series, target, text, most)
    except LiquidError as problem:
        st.session_state["ahead_problem"] = str(problem)
