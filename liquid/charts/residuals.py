"""What is left in a forecast's errors: their histogram, autocorrelation, and how they lie by calendar and forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from liquid.charts.style import Look, figure, model_colour
from liquid.charts.train import axis_name, drawn

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from liquid.series.windows import Floats

HEIGHT = 280
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def histogram(errors: Floats, low: float, high: float, model: str, unit: str, look: Look) -> go.Figure:
    """How often errors have which size; dotted, the band's ends as they are in the median."""
    fig = figure(look, title="How large", x=axis_name("residual", unit), y="values", height=HEIGHT, showlegend=False)
    fig.add_histogram(x=errors[np.isfinite(errors)], marker_color=model_colour(model, look), nbinsx=40)
    for edge in (low, high):
        fig.add_vline(x=edge, line={"color": look.ink, "width": 1, "dash": "dot"})
    return fig


def autocorrelation(lags: NDArray[np.int64], correlation: Floats, limit: float, model: str, look: Look) -> go.Figure:
    """Of errors at each lag; 19 of 20 of white noise lie between the dotted lines."""
    fig = figure(look, title="After each other", x="lag [points]", y="correlation", height=HEIGHT, showlegend=False)
    fig.add_bar(x=lags, y=correlation, marker_color=model_colour(model, look))
    for edge in (-limit, limit):
        fig.add_hline(y=edge, line={"color": look.ink, "width": 1, "dash": "dot"})
    return fig


def by_group(errors: Floats, groups: NDArray[np.int64], calendar: str, model: str, unit: str, look: Look) -> go.Figure:
    """A box of errors for each hour, weekday or month."""
    fig = figure(
        look, title=f"By {calendar}", x=calendar, y=axis_name("residual", unit), height=HEIGHT, showlegend=False
    )
    if calendar == "weekday":
        fig.update_xaxes(tickvals=list(range(len(DAYS))), ticktext=DAYS)
    fig.add_box(x=groups, y=errors, marker={"color": model_colour(model, look), "size": 3}, line_width=1)
    return fig


def against(forecast: Floats, errors: Floats, model: str, unit: str, look: Look) -> go.Figure:
    """Errors against what was forecast."""
    fig = figure(
        look,
        title="Against the forecast",
        x=axis_name("forecast", unit),
        y=axis_name("residual", unit),
        height=HEIGHT,
        showlegend=False,
    )
    keep = drawn(errors)
    marker = {"size": 4, "color": model_colour(model, look)}
    fig.add_scatter(x=forecast[keep], y=errors[keep], mode="markers", marker=marker)
    return fig
