"""The forecast of one of several targets, small: as one of many beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from liquid.charts.style import Look, add_band, band, figure, model_colour, plain
from liquid.charts.train import add_values, after_gaps, axis_name, time_title

if TYPE_CHECKING:
    from liquid.learning.run import Run

TAIL = 60  # values before the forecast, at least


def small_forecast(run: Run, look: Look, level: float) -> go.Figure:
    """The newest values of a run's target, and its forecast of the next ones with the band of one level."""
    series, name, ahead = run.series, run.forecaster.prepared.names[0], run.forecast
    end = series.known_end(name)
    tail = slice(max(end - max(3 * len(ahead.mean), TAIL), 0), end)
    stamps, values = series.stamps()[tail], series.column(name)[tail]
    fig = figure(
        look,
        title=plain(name),
        x=time_title(series),
        y=axis_name("", series.unit_of(name)).strip(),
        height=250,
        margin={"l": 8, "r": 8, "t": 36, "b": 8},
        showlegend=False,
    )
    colour = model_colour(run.config.model, look)
    ahead_from = np.concatenate([stamps[-1:], ahead.stamps])
    low, high = (np.concatenate([values[-1:], one]) for one in ahead.within(level))
    add_band(fig, ahead_from, low, high, band(colour))
    add_values(fig, stamps, values, look.ink, "value", 1.2, after_gaps(series))
    mean = np.concatenate([values[-1:], ahead.mean])
    fig.add_scatter(x=ahead_from, y=mean, mode="lines", line={"color": colour, "width": 2.2}, name="forecast")
    return fig
