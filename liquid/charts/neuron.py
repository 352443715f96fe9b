"""The Home page's picture: one neuron meets one pulse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

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
    fig = make_subplots(rows=3, cols=1, shared_xaxes=True, vertical_spacing=0.07, row_heights=[0.22, 0.39, 0.39])
    styled = figure(look, title="One neuron meets one pulse", x="", y="", height=460, showlegend=False)
    fig.update_layout(styled.layout)
    sample = np.arange(len(path.inputs))
    rows = ((path.inputs, "input I", GREY, "hv"), (path.state, "state x", look.ink, "linear"))
    for row, (values, name, colour, shape) in enumerate(rows, start=1):
        fig.add_scatter(x=sample, y=values, line={"color": colour, "shape": shape}, name=name, row=row, col=1)
    fig.add_scatter(x=sample, y=path.tau_sys, line={"color": LIQUID}, name="tau_sys", row=3, col=1)
    for edge, text in ((path.floor, "floor tau / (1 + tau)"), (path.ceiling, "ceiling tau")):
        fig.add_hline(y=edge, line={"color": look.ink, "width": 1, "dash": "dot"}, annotation_text=text, row=3, col=1)
    fig.add_hrect(y0=path.floor, y1=path.ceiling, fillcolor=band(LIQUID, 0.08), line_width=0, row=3, col=1)
    fig.add_vline(x=now, line={"color": look.ink, "width": 1})
    axis = {"gridcolor": look.faint, "zeroline": False, "automargin": True}
    fig.update_xaxes(**axis)
    fig.update_yaxes(**axis)
    fig.update_yaxes(title_text="input I", range=[-3.3, 3.3], row=1, col=1)
    fig.update_yaxes(title_text="state x", row=2, col=1)
    fig.update_yaxes(title_text="tau_sys", range=[0, 1.15 * path.ceiling], row=3, col=1)
    fig.update_xaxes(title_text="sample", row=3, col=1)
    return fig
