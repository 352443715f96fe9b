"""The Home page's picture: one neuron meets one pulse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from liquid.charts.style import GREY, LIQUID, Look, band, figure
from liquid.series.windows import Floats


@dataclass(frozen=True)
class NeuronPath:
    """One neuron at every sample: input, state after it, gate and tau_sys that met it, all `[time]`."""

    inputs: Floats
    state: Floats
    gate: Floats
    tau_sys: Floats
    floor: float
    ceiling: float


def neuron_figure(path: NeuronPath, now: int, look: Look) -> go.Figure:
    """Input, state and tau_sys over the samples, with a line at the sample whose numbers stand in the equation."""
    sample = np.arange(len(path.inputs))
    shown = (
        (path.inputs, "input I", {"color": GREY, "shape": "hv"}),
        (path.state, "state x", {"color": look.ink}),
        (path.tau_sys, "tau_sys", {"color": LIQUID}),
    )
    traces = [
        go.Scatter(x=sample, y=values, line=line, name=name, mode="lines", yaxis=axis)
        for (values, name, line), axis in zip(shown, ("y", "y2", "y3"), strict=True)
    ]
    edge = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y3"}
    edge |= {"line": {"color": look.ink, "width": 1, "dash": "dot"}}
    between = {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "yref": "y3", "y0": path.floor, "y1": path.ceiling}
    at = {"type": "line", "x0": now, "x1": now, "yref": "paper", "y0": 0, "y1": 1}
    text = {"xref": "paper", "x": 1, "xanchor": "right", "yref": "y3", "yanchor": "bottom", "showarrow": False}
    empty = figure(
        look,
        title="One neuron meets one pulse",
        x="sample",
        y="",
        height=460,
        showlegend=False,
        xaxis1={"anchor": "y3"},
        yaxis1={"title": {"text": "input I"}, "range": [-3.3, 3.3], "domain": [0.81, 1]},
        yaxis2={"title": {"text": "state x"}, "domain": [0.405, 0.74]},
        yaxis3={"title": {"text": "tau_sys"}, "range": [0, 1.15 * path.ceiling], "domain": [0, 0.335]},
        shapes=[
            between | {"fillcolor": band(LIQUID, 0.08), "line": {"width": 0}},
            *(edge | {"y0": level, "y1": level} for level in (path.floor, path.ceiling)),
            at | {"line": {"color": look.ink, "width": 1}},
        ],
        annotations=[
            text | {"y": path.floor, "text": "floor tau / (1 + tau)"},
            text | {"y": path.ceiling, "text": "ceiling tau"},
        ],
    )
    return empty.add_traces(traces)
