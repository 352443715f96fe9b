"""Accuracy against parameters: one line per model, both axes logarithmic, bands over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from liquid.charts.style import Look, add_band, band, figure, log_axis, model_line

# In full: within a decade Plotly writes 0.3 as 3.
TICKS = [digit * 10**power for power in (-3, -2, -1, 0) for digit in (1, 2, 3, 4, 5, 6, 8)]
FAR = 10.0  # a level line this many times below all others would leave them no room


@dataclass(frozen=True)
class Curve:
    """One model's points, by size; `low` and `high` may be NaN. A model without sizes has one point, drawn as a line.

    `x` counts parameters, seconds of training, or per cent of a shift. `label` and `dash` are the model's own unless
    there are several curves of it.
    """

    model: str
    x: Sequence[float]
    error: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    sized: bool = True
    label: str = ""
    dash: str = ""

    @property
    def name(self) -> str:
        return self.label or self.model

    def line(self, look: Look) -> dict[str, str]:
        own = model_line(self.model, look)
        return own | {"dash": self.dash} if self.dash else own


def against(look: Look, curves: Sequence[Curve], title: str, x: str = "parameters (trained, in all)") -> go.Figure:
    """Error over `x`, log-log; models without sizes as level lines, those far below the others in the legend alone."""
    fig = figure(look, title=title, x=x, y="NRMSE (1 = the mean of the series)", height=440)
    sized = [curve for curve in curves if curve.sized]
    for curve in sized:
        _line(look, fig, curve, "%{y:.3g} at %{x:.4g}")
    places = [place for curve in sized for place in curve.x] or [100.0, 1000.0]
    ends = [min(places) * 0.9, max(places) * 1.1]
    lowest = min((error for curve in sized for error in (*curve.error, *curve.low) if error > 0), default=0.0) / FAR
    for curve in curves:
        if not curve.sized:
            far = curve.error[0] < lowest
            fig.add_scatter(
                x=ends,
                y=[None if far else curve.error[0]] * 2,
                mode="lines",
                name=f"{curve.name}: {curve.error[0]:.0e}, below" if far else curve.name,
                line=curve.line(look) | {"width": 1.5},
                hovertemplate="%{y:.3g}",
            )
    fig.update_xaxes(**log_axis(ends))
    fig.update_yaxes(**log_axis([error for curve in curves for error in curve.error if error >= lowest]))
    fig.update_layout(legend={"y": -0.2, "yanchor": "top"})  # below: on a phone it takes three lines
    return fig


def shift(look: Look, curves: Sequence[Curve], title: str, x: str, home: float) -> go.Figure:
    """Error over what the test data were shifted by, in per cent; a mark where the models were trained."""
    fig = figure(look, title=title, x=x, y="NRMSE (1 = the mean of the series)", height=440)
    for curve in curves:
        _line(look, fig, curve, "%{y:.3g}")
    fig.add_vline(
        x=home,
        line={"color": look.ink, "dash": "dot", "width": 1},
        annotation={"text": "trained here", "yanchor": "bottom", "y": 0, "yref": "paper"},
    )
    fig.update_xaxes(tickvals=list(curves[0].x))
    fig.update_yaxes(type="log", tickvals=TICKS)
    fig.update_layout(legend={"y": -0.2, "yanchor": "top"})
    return fig


def _line(look: Look, fig: go.Figure, curve: Curve, hover: str) -> None:
    known = np.isfinite(curve.low) & np.isfinite(curve.high)
    if known.sum() > 1:
        x, low, high = (np.asarray(values)[known] for values in (curve.x, curve.low, curve.high))
        add_band(fig, x, low, high, band(curve.line(look)["color"]))
    fig.add_scatter(
        x=list(curve.x),
        y=list(curve.error),
        mode="lines+markers",
        name=curve.name,
        line=curve.line(look) | {"width": 2},
        marker={"size": 8},
        hovertemplate=hover,
    )
