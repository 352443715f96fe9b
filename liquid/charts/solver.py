"""Pictures of solvers beside the truth: errors, orders, work, the longest stable step, and dt as a clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from liquid.charts.style import Look, band, figure, log_axis, solver_colour, whiskers
from liquid.dynamics.solvers import SOLVERS

if TYPE_CHECKING:
    from liquid.series.windows import Floats
    from liquid.studies.convergence.paths import OrderCurve
    from liquid.studies.convergence.stability import StabilityLimit
    from liquid.studies.solver_effect.study import Variant


def errors(look: Look, *, error: Floats, floor: Floats, span: float, solver: str, label: str) -> go.Figure:
    """The error after each sample on a log axis, the reference's own below it, both as a share of the state's range."""
    fig = figure(
        look,
        title="Error along time",
        x="time (samples)",
        y="error (share of the state's range)",
        height=320,
    )
    samples = np.arange(1, len(floor) + 1)
    smallest = 1e-18  # two numbers that agree to the last digit still need a place on a log axis
    fig.add_scatter(
        x=samples[: len(error)], y=np.maximum(error / span, smallest), name=label,
        line={"color": solver_colour(solver, look), "width": 2}, hovertemplate="%{y:.2e}",
    )  # fmt: skip
    fig.add_scatter(
        x=samples, y=np.maximum(floor / span, smallest), name="the truth's own error",
        line={"color": look.ink, "width": 1.5, "dash": "dash"}, hovertemplate="%{y:.1e}",
    )  # fmt: skip
    fig.update_yaxes(**log_axis(np.maximum(np.concatenate([error, floor]) / span, smallest)))
    return fig


def orders(look: Look, *, curves: Sequence[OrderCurve]) -> go.Figure:
    """Error against step, both on log axes; every line's end carries the measured order."""
    fig = figure(
        look,
        title="Error when the step is halved",
        x="step h (unit of tau)",
        y="largest error",
        height=420,
    )
    for curve in curves:
        slopes = [np.nan, *curve.slopes]
        fig.add_scatter(
            x=curve.h, y=_drawable(curve.errors), customdata=slopes,
            name=f"{SOLVERS[curve.solver].label}: {_order(curve)}",
            mode="lines+markers", line={"color": solver_colour(curve.solver, look), "width": 2}, marker={"size": 6},
            hovertemplate="error %{y:.1e}, order since the step before %{customdata:.2f}",
        )  # fmt: skip
    _floor(fig, look, curves[0], float(curves[0].h.min()), float(curves[0].h.max()))
    fig.update_xaxes(**log_axis(np.concatenate([curve.h for curve in curves])))
    fig.update_yaxes(**_error_axis(curves))
    _legend_below(fig)
    return fig


def work(look: Look, *, curves: Sequence[OrderCurve], against_time: bool) -> go.Figure:
    """Error against its cost: evaluations of the gate, or measured time; low and left is better."""
    fig = figure(
        look,
        title="Error against cost",
        x="time on this machine (ms)" if against_time else "evaluations of the gate",
        y="largest error",
        height=420,
    )
    for curve in curves:
        cost = 1e3 * curve.seconds if against_time else curve.evaluations
        fig.add_scatter(
            x=cost, y=_drawable(curve.errors), name=SOLVERS[curve.solver].label, mode="lines+markers",
            line={"color": solver_colour(curve.solver, look), "width": 2}, marker={"size": 6},
            hovertemplate="error %{y:.1e}",
        )  # fmt: skip
    costs = np.concatenate([1e3 * curve.seconds if against_time else curve.evaluations for curve in curves])
    _floor(fig, look, curves[0], float(costs.min()), float(costs.max()))
    fig.update_xaxes(**log_axis(costs))
    fig.update_yaxes(**_error_axis(curves))
    _legend_below(fig)
    return fig


def stability(look: Look, *, limits: Sequence[StabilityLimit], h: float) -> go.Figure:
    """The longest stable step of every solver: a bar as measured, ticks as predicted, and today's step as a line."""
    finite = [x for one in limits for x in (one.measured, one.frozen, one.jacobian) if np.isfinite(x)]
    reach = 1.25 * max([*finite, h])
    fig = figure(look, title="The longest stable step", x="step h (unit of tau)", y="", height=320)
    names = [SOLVERS[one.solver].label for one in limits]
    measured = [one.measured if np.isfinite(one.measured) else reach for one in limits]
    fig.add_bar(
        x=measured, y=names, orientation="h", name="found by bisection", hoverinfo="skip",
        marker={"color": [band(solver_colour(one.solver, look), 0.45) for one in limits]},
        text=[f"{one.measured:.4g}" if np.isfinite(one.measured) else "no limit found" for one in limits],
        textposition="inside", insidetextanchor="middle", textfont={"color": look.ink},
    )  # fmt: skip
    for name, symbol, values in (
        ("predicted: frozen gate", "line-ns", [one.frozen for one in limits]),
        ("predicted: the step's Jacobian", "diamond-open", [one.jacobian for one in limits]),
    ):
        fig.add_scatter(
            x=[x if np.isfinite(x) else None for x in values], y=names, mode="markers", name=name,
            marker={"symbol": symbol, "size": 12, "color": look.ink, "line": {"width": 2, "color": look.ink}},
            hovertemplate="%{x:.4g}",
        )  # fmt: skip
    fig.add_vline(
        x=h,
        line={"color": look.palette.grey, "width": 2, "dash": "dot"},
        annotation_text=f"your step {h:.3g}",
        annotation_position="top",
    )
    fig.update_xaxes(range=[0, reach])
    fig.update_yaxes(autorange="reversed", showgrid=False)
    fig.update_layout(hovermode="closest")
    _legend_below(fig)
    return fig


def clocks(
    look: Look, *, first: Floats, second: Floats, first_name: str, second_name: str, same_time: bool, neuron: int
) -> go.Figure:
    """Two paths of one neuron, each `[2, point]` of (samples, state): is another dt the same model?"""
    title = "Same total time: other accuracy" if same_time else "One sample per step: another model"
    fig = figure(look, title=title, x="time (samples of the first)", y=f"neuron {neuron}", height=340)
    fig.add_scatter(x=first[0], y=first[1], name=first_name, line={"color": look.ink, "width": 2})
    fig.add_scatter(x=second[0], y=second[1], name=second_name, line={"color": look.palette.green, "width": 2})
    return fig


def effects(
    look: Look, *, variants: Sequence[Variant], title: str, x: str = "one-step error / as trained"
) -> go.Figure:
    """A dot per variant: its one-step error as a multiple of the first one's, with its 95 % interval.

    Right of 1 is worse; on a log axis, for a solver that runs away is wrong by orders of magnitude.
    """
    height = 120 + 36 * len(variants)
    fig = figure(look, title=title, x=x, y="", height=height)
    for one in variants:
        colour = solver_colour(one.solver, look) if one.solver in SOLVERS else look.ink
        fig.add_scatter(
            x=[one.ratio], y=[one.name], mode="markers", showlegend=False, marker={"color": colour, "size": 10},
            error_x=whiskers(*np.array([[one.ratio], [one.low], [one.high]])) | {"color": colour},
            hovertemplate=f"{one.ratio:.3g}, 95 % interval {one.bounds}<extra></extra>",
        )  # fmt: skip
    fig.add_vline(x=1, line={"color": look.palette.grey, "width": 1, "dash": "dot"})
    fig.update_xaxes(**log_axis([bound for one in variants for bound in (one.low, one.ratio, one.high)]))
    fig.update_yaxes(autorange="reversed", showgrid=False)
    fig.update_layout(hovermode="closest", margin={"t": 48})
    return fig


def _legend_below(fig: go.Figure) -> None:
    """If the legend takes more than one line it would run into the title."""
    fig.update_layout(legend={"y": -0.22, "yanchor": "top"}, margin={"t": 48})


def _error_axis(curves: Sequence[OrderCurve]) -> dict[str, Any]:
    return log_axis(np.concatenate([[*curve.errors, curve.floor] for curve in curves]))


def _drawable(errors: Floats) -> list[float | None]:
    """Errors for a log axis: a path that left, or an error of exactly 0, is a gap."""
    return [float(error) if np.isfinite(error) and error > 0 else None for error in errors]


def _order(curve: OrderCurve) -> str:
    return f"order {curve.order:.2f}" if np.isfinite(curve.order) else "no order measured"


def _floor(fig: go.Figure, look: Look, curve: OrderCurve, low: float, high: float) -> None:
    """The reference's own error, below which differences mean nothing."""
    fig.add_scatter(
        x=[low, high], y=[curve.floor] * 2, mode="lines", name="the truth's own error",
        line={"color": look.ink, "width": 1.5, "dash": "dash"}, hoverinfo="skip",
    )  # fmt: skip
