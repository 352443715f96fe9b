"""Forecasts of several models, or several runs, on one chart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from liquid.charts.style import Look, figure, plain
from liquid.charts.train import SHOWN, add_values, after_gaps, axis_name, drawn, time_title

if TYPE_CHECKING:
    from liquid.series.series import Series, Stamps
    from liquid.series.windows import Floats


@dataclass(frozen=True)
class ForecastLine:
    """One step ahead along a test part, `[points]`, then the next values, `[horizon]`; colour and dash of both."""

    name: str
    line: dict[str, str]
    stamps: Stamps
    one_step: Floats
    next_stamps: Stamps
    ahead: Floats


def forecast_lines(series: Series, lines: list[ForecastLine], look: Look, title: str) -> go.Figure:
    """The first column of `series` from where the first line begins, and over it each line; the next values thicker,
    from the last known one on. The newest stretch is in view."""
    name = series.names[0]
    fig = figure(look, title=title, x=time_title(series), y=axis_name(name, series.unit_of(name)), height=420)
    end = series.known_end(name)
    first = min(int(np.searchsorted(series.stamps(), one.stamps[0])) for one in lines)
    stamps, truth = series.stamps()[first:end], series.values[first:end, 0]
    keep = drawn(truth)
    add_values(fig, stamps[keep], truth[keep], look.ink, "truth", 1.4, after_gaps(series))
    for one in lines:
        keep = drawn(one.one_step)
        style = {"name": plain(one.name), "legendgroup": plain(one.name)}
        fig.add_scatter(x=one.stamps[keep], y=one.one_step[keep], mode="lines", line=one.line | {"width": 1.4}, **style)
        fig.add_scatter(
            x=np.concatenate([stamps[-1:], one.next_stamps]),
            y=np.concatenate([truth[-1:], one.ahead]),
            mode="lines",
            line=one.line | {"width": 2.4},
            showlegend=False,
            **style,
        )
    horizon = max(len(one.ahead) for one in lines)
    if len(stamps) > (shown := max(3 * horizon, SHOWN)):
        fig.update_xaxes(range=[stamps[-shown], max(one.next_stamps[-1] for one in lines)])
        recent = np.concatenate([truth[-shown:], *(one.ahead for one in lines)])
        low, high = float(np.nanmin(recent)), float(np.nanmax(recent))
        pad = 0.06 * (high - low)
        fig.update_yaxes(range=[low - pad, high + pad])
    return fig
