"""Accuracy against parameters: one line per model, both axes logarithmic, bands over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from liquid.charts.style import Look, add_band, band, figure, log_axis, model_colour, model_line, whiskers

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


@dataclass(frozen=True)
class Bar:
    """A ratio of errors with its interval; `label` is its row's, the rival's name unless there are several of it."""

    rival: str
    ratio: float
    low: float
    high: float
    label: str = ""


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


def forest(look: Look, sections: Sequence[tuple[str, Sequence[Bar]]], model: str) -> go.Figure:
    """Ratios of errors with their intervals around 1, a row each with its number, in titled sections."""
    bars = [bar for _, rows in sections for bar in rows]
    fig = figure(
        look, title=f"Error of {model} over its rival's", x=f"ratio; left of 1, {model} is more accurate", y="",
        height=130 + 27 * (len(bars) + len(sections)), margin={"l": 8, "r": 52, "t": 40, "b": 8},
    )  # fmt: skip
    rows: list[str] = []
    for title, section in sections:
        rows.append(f"<b>{title}</b>")
        for bar in section:
            rows.append(bar.label or bar.rival)
            colour = model_colour(bar.rival, look)
            fig.add_scatter(
                x=[bar.ratio],
                y=[rows[-1]],
                mode="markers",
                marker={"color": colour, "size": 10},
                error_x=whiskers(*np.array([[bar.ratio], [bar.low], [bar.high]])) | {"color": colour, "thickness": 2},
                hovertemplate=f"%{{x:.3g}} ({bar.low:.3g} to {bar.high:.3g})<extra>{bar.rival}</extra>",
                showlegend=False,
            )
            fig.add_annotation(
                text=f"{bar.ratio:.2f}", x=1, xref="paper", y=rows[-1], xanchor="left", xshift=8, showarrow=False
            )
    fig.add_vline(x=1, line={"color": look.ink, "dash": "dash", "width": 1})
    fig.update_xaxes(**log_axis([bound for bar in bars for bound in (bar.low, bar.high)]))
    fig.update_yaxes(categoryorder="array", categoryarray=rows, range=[len(rows) - 0.5, -0.5], showgrid=False)
    fig.update_layout(hovermode="closest")
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
