"""What all pictures share: colours with one meaning, one template, and text that is only text.

Palette: Okabe and Ito, Color Universal Design (2008), readable with every common colour blindness.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from liquid.dynamics.solvers import SOLVERS
from liquid.models.registry import MODELS

MOST_DECADES = 5  # that an axis can name in full
# When a slider redraws a picture, its margins are given: Plotly's own search for them takes a fifth of the redrawing.
GIVEN_MARGIN = {"l": 64, "r": 8, "t": 72, "b": 48, "autoexpand": False}
TAU_SYS = "τ<sub>sys</sub>"
HEAT = "cividis"  # tau_sys, from its floor tau / (1 + tau) to tau


class Palette(NamedTuple):
    """Colours by the names that models and solvers have them under."""

    blue: str
    vermilion: str
    green: str
    purple: str
    sky: str
    orange: str
    grey: str


@dataclass(frozen=True)
class Look:
    """The colours that depend on a light or dark background."""

    ink: str  # truth and reference, text
    faint: str  # grids, bounds
    shade: str  # the background of a split or a burst
    palette: Palette


LIGHT = Look(
    ink="#1F2430",
    faint="rgba(31,36,48,0.12)",
    shade="rgba(31,36,48,0.05)",
    palette=Palette("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#8C8C8C"),
)
# The same hues, lighter: 5 : 1 or more on the dark ground, and as far apart for every kind of eyes.
DARK = Look(
    ink="#E8EAF0",
    faint="rgba(232,234,240,0.16)",
    shade="rgba(232,234,240,0.07)",
    palette=Palette("#2F8FE0", "#EE7733", "#1FBF8F", "#E08FC0", "#8AD4FF", "#F5B933", "#9A9A9A"),
)


def model_colour(model: str, look: Look) -> str:
    """The colour of a model of the registry, the same in every chart of a look."""
    colour: str = getattr(look.palette, MODELS[model].colour)
    return colour


def solver_colour(solver: str, look: Look) -> str:
    """The colour of a solver of `SOLVERS`, the same in every chart of a look."""
    colour: str = getattr(look.palette, SOLVERS[solver].colour)
    return colour


def model_line(model: str, look: Look) -> dict[str, str]:
    """Colour and dash of a model's line."""
    return {"color": model_colour(model, look), "dash": MODELS[model].dash}


def band(colour: str, opacity: float = 0.2) -> str:
    """A line's colour at a fifth, for the band around it."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def add_band(fig: go.Figure, x: Any, low: Any, high: Any, fill: str, name: str = "", **trace: Any) -> None:
    """Fill what lies between `low` and `high`, `[point]` each; only a named band stands in the legend."""
    fig.add_scatter(
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([high, low[::-1]]),
        mode="lines",
        fill="toself",
        fillcolor=fill,
        line={"width": 0},
        hoverinfo="skip",
        **({"name": name} if name else {"showlegend": False}) | trace,
    )


def whiskers(mean: Any, low: Any, high: Any) -> dict[str, Any]:
    """Error bars from `low` to `high`."""
    return {"type": "data", "symmetric": False, "array": high - mean, "arrayminus": mean - low, "thickness": 1}


def log_axis(values: Iterable[float]) -> dict[str, Any]:
    """A logarithmic axis for these values with its labels in full: 1, 10, 100; within two decades 1, 2, 5, 10 too.

    Over many decades every third or so, as a power of ten.
    """
    known = [value for value in values if math.isfinite(value) and value > 0] or [1.0]
    decades = math.log10(max(known) / min(known))
    if decades > MOST_DECADES:
        return {"type": "log", "exponentformat": "power", "dtick": math.ceil(decades / MOST_DECADES)}
    step = None if decades < 1 else "D2" if decades < 2 else 1  # None: Plotly's own choice within a decade
    return {"type": "log", "exponentformat": "none", "minorloglabels": "complete", "dtick": step}


def plain(text: str) -> str:
    """Text that Plotly draws as the characters it is: no tags, no entities, no %{...}, no LaTeX."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("%{", "%\u200b{").replace("$", "\u200b$\u200b")


def figure(look: Look, *, title: str, x: str, y: str, height: int = 360, **layout: Any) -> go.Figure:
    """An empty figure in the common template; `x` and `y` are axis titles with units."""
    # In the text's own colour: Streamlit would draw an axis' words in a grey of 3 : 1.
    ink = {"font": {"color": look.ink}}
    axis = {"gridcolor": look.faint, "zeroline": False, "automargin": True, "tickfont": {"color": look.ink}}
    standard: dict[str, Any] = {
        # At the very top: on a phone the legend below it takes two lines.
        "title": {"text": title, "font": {"size": 16, "color": look.ink}, "pad": {"t": 8}}
        | {"x": 0, "xanchor": "left", "xref": "container", "y": 1, "yanchor": "top", "yref": "container"},
        "font": {"color": look.ink, "size": 13},
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 72, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "x unified",
        "legend": ink | {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "xanchor": "left"},
        "xaxis": axis | {"title": ink | {"text": x, "standoff": 8}},
        "yaxis": axis | {"title": ink | {"text": y, "standoff": 8}},
        # A few buttons, which leave the title free: dragging zooms or moves, a double click shows all.
        "modebar": {"remove": ["zoom", "pan", "select", "lasso", "autoScale"]},
    }
    more = {}
    for name, value in layout.items():
        if name[1:5] == "axis":  # further axes (xaxis2, ...) start as the first of their direction
            first = standard[name[:5]]
            named = {"title": first["title"] | value["title"]} if "title" in value else {}
            more[name if name[5:] != "1" else name[:5]] = first | value | named
        else:
            more[name] = value
    return go.Figure(layout=standard | more)  # in one go: every update of a figure costs milliseconds
