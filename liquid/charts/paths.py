"""A solver's every step over the true path, neuron by neuron: the picture that a slider redraws."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from liquid.charts.style import GIVEN_MARGIN, TAU_SYS, Look, figure, solver_colour
from liquid.series.windows import Floats

SHOWN = 40  # samples that the path picture opens on, so that single steps can be seen; the rest is a drag away
GAP = 0.08  # between two rows, in heights of a row
NARROW = 28  # characters of a line that a phone has room for beside a short path
MOST_MARKERS = 80  # per neuron, and only on the part that is shown first: they take most of a browser's time to draw


def paths(
    look: Look,
    *,
    neurons: Sequence[int],
    truth_time: Floats,
    truth: Floats,
    step_time: Floats,
    steps: Floats,
    dt: float,
    solver: str,
    label: str,
    left: tuple[str, str] | None,
) -> go.Figure:
    """One row per neuron: the solver's every step over the true path, `[time, state]`, against time in samples.

    `left` says where the path left, and why; it is drawn up to there.
    """
    end, rows = truth_time[-1] / dt, len(neurons)
    view = {"title": {"text": "time (samples)", "standoff": 8}, "range": [0, min(SHOWN, end)]}
    axes: dict[str, Any] = {}
    traces: list[dict[str, Any]] = []
    for row, neuron in enumerate(neurons, start=1):
        number = "" if row == 1 else str(row)
        top = 1 - (row - 1) * (1 + GAP) / (rows + GAP * (rows - 1))
        axes["yaxis" + number] = {
            "title": {"text": f"neuron {neuron}"},
            "domain": [max(top - 1 / (rows + GAP * (rows - 1)), 0), top],
            "anchor": "x" + number,
            "automargin": False,
        } | ({"range": _near(truth[:, neuron])} if left is not None and len(steps) > 1 else {})
        axes["xaxis" + number] = {
            "anchor": "y" + number,
            "showticklabels": row == rows,
            "automargin": False,
        } | (view if row == rows else {"matches": f"x{rows}"})
        where = {"type": "scatter", "xaxis": "x" + number, "yaxis": "y" + number, "showlegend": row == 1}
        traces += [
            where
            | {"x": _light(truth_time / dt), "y": _light(truth[:, neuron]), "name": "truth", "legendgroup": "truth"}
            | {"line": {"color": look.ink, "width": 1.5, "dash": "dash"}, "hovertemplate": "%{y:.4f}"},
            *(where | one for one in _steps(look, step_time / dt, steps[:, neuron], solver, label)),
        ]
    fig = figure(
        look, title=f"{label}: every step, and the truth", x="", y="",
        height=150 + 150 * rows, margin=GIVEN_MARGIN, **axes,
    )  # fmt: skip
    fig.add_traces(traces)
    if left is not None:
        for number in ("", *map(str, range(2, rows + 1))):
            fig.add_shape(
                x0=step_time[-1] / dt, x1=step_time[-1] / dt, y0=0, y1=1, xref="x" + number, yref=f"y{number} domain",
                line={"color": look.ink, "width": 1, "dash": "dot"},
            )  # fmt: skip
        place, reason = ("<br>".join(wrap(text, NARROW)) for text in left)
        fig.add_annotation(
            text=f"{place}:<br>{reason}".replace("tau_sys", TAU_SYS), x=1, y=1, xref="paper", yref="paper",
            xanchor="right", yanchor="top", showarrow=False, align="left",
        )  # fmt: skip
    fig.update_layout(uirevision=f"{end:.0f} {rows} {left is None}", dragmode="pan")
    return fig


def share_heights(one: go.Figure, other: go.Figure) -> None:
    """Let rows of the same neuron in two pictures have the same height, so that their paths can be compared."""
    for axis in one.select_yaxes():
        for partner in other.select_yaxes(selector={"title.text": axis.title.text}):
            ends = [end for row, figure in ((axis, one), (partner, other)) for end in _ends(row, figure)]
            margin = 0.05 * (max(ends) - min(ends)) or 1e-9
            axis.range = partner.range = [min(ends) - margin, max(ends) + margin]


def _ends(axis: Any, figure: go.Figure) -> list[float]:
    """The lowest and highest value that a row shows."""
    if axis.range is not None:  # a path that left: more would show nothing but that
        return list(axis.range)
    name = axis.plotly_name.replace("axis", "")
    values = np.concatenate([np.asarray(trace.y) for trace in figure.data if trace.yaxis == name])
    return [float(values.min()), float(values.max())]


def _steps(look: Look, time: Floats, states: Floats, solver: str, label: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A solver's path as a line, and its first steps as points."""
    colour = solver_colour(solver, look)
    marked = min(int(np.searchsorted(time, SHOWN, side="right")), MOST_MARKERS)
    line = {"x": _light(time), "y": _light(states), "name": label, "legendgroup": solver, "mode": "lines"}
    points = {
        "x": _light(time[:marked]),
        "y": _light(states[:marked]),
        "legendgroup": solver,
        "mode": "markers",
        "showlegend": False,
    }
    return (
        line | {"line": {"color": colour, "width": 1.5}, "hovertemplate": "%{y:.4f}"},
        points | {"marker": {"color": colour, "size": 4}, "hoverinfo": "skip"},
    )


def _light(values: Floats) -> NDArray[np.float32]:
    """Half the bytes to send, and good to a thousandth of a pixel."""
    return values.astype(np.float32)


def _near(truth: Floats) -> list[float]:
    """A range around the truth: a path that left outgrows the picture by far."""
    low, high = float(truth.min()), float(truth.max())
    reach = 2 * max(high - low, 1e-9)
    return [low - reach, high + reach]
