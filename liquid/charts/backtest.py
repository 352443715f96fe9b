"""Forecasts made at cutoffs of the past, beside what came, and their error against steps ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from liquid.charts.style import Look, add_band, band, figure, model_colour, plain
from liquid.charts.train import add_values, after_gaps, axis_name, drawn, time_title
from liquid.learning.band import LEVEL, percent
from liquid.series.windows import rms

if TYPE_CHECKING:
    from liquid.series.series import Series, Stamps
    from liquid.series.windows import Floats


def fans(
    series: Series,
    rows: NDArray[np.int64],
    ahead: Stamps,
    forecast: tuple[Floats, Floats, Floats],
    model: str,
    look: Look,
) -> go.Figure:
    """The truth of the first column since a little before the first cutoff, and from the row before each of `rows` the
    forecast that would have been made there and both ends of its band, `[cutoffs, horizon]` each."""
    mean, low, high = forecast
    colour, horizon = model_colour(model, look), mean.shape[1]
    fig = figure(
        look,
        title=f"{model} from {len(rows)} cutoffs",
        x=time_title(series),
        y=axis_name(series.names[0], series.unit_of(series.names[0])),
        height=380,
    )
    first = max(0, int(rows[0]) - 2 * horizon)
    stamps, values = series.stamps()[first:], series.values[first:, 0]
    keep = drawn(values)
    add_values(fig, stamps[keep], values[keep], look.ink, "truth", 1.2, after_gaps(series))
    for index in range(len(rows)):
        named = {"name": f"{percent(LEVEL)} band"} if index == 0 else {}
        add_band(fig, ahead[index], low[index], high[index], band(colour), **named)
        fig.add_scatter(
            x=ahead[index],
            y=mean[index],
            mode="lines+markers",
            marker_size=4,
            line={"color": colour, "width": 2},
            name="forecast at each cutoff",
            showlegend=index == 0,
        )
    return fig


def errors(
    rmse: Floats, baseline: tuple[str, Floats], labels: list[str], model: str, unit: str, look: Look
) -> go.Figure:
    """RMSE against steps ahead, `[cutoffs, horizon]`: a line for each cutoff, the newest the strongest, and over them
    all the RMSE of the model and of a baseline, which comes with its name."""
    colour, step = model_colour(model, look), np.arange(1, rmse.shape[1] + 1)
    fig = figure(look, title="Error by step and cutoff", x="steps ahead", y=axis_name("RMSE", unit), height=340)
    for index, (row, label) in enumerate(zip(rmse, labels, strict=True)):
        faint = band(colour, 0.25 + 0.45 * index / max(1, len(rmse) - 1))
        fig.add_scatter(x=step, y=row, mode="lines", line={"color": faint, "width": 1.2}, name=f"from {plain(label)}")
    for name, values, line in (
        (f"{model}, all", rmse, {"color": colour, "width": 2.5}),
        (f"{baseline[0]}, all", baseline[1], {"color": look.palette.grey, "width": 2.5, "dash": "dot"}),
    ):
        fig.add_scatter(x=step, y=rms(values), mode="lines+markers", line=line, name=name)
    fig.update_yaxes(rangemode="tozero")
    return fig
