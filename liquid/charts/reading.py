"""What was read, at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from liquid.charts.style import Look, plain
from liquid.charts.train import add_values, drawn

if TYPE_CHECKING:
    from liquid.series.series import Series

HEIGHT = 110


def preview_figure(series: Series, look: Look) -> go.Figure:
    """The first column of a series without axes, its first and last stamps at the ends; a gap is a gap."""
    name = series.names[0]
    values, stamps = series.column(name), series.stamps()
    labels = series.stamp_labels()
    keep = drawn(values)
    fig = go.Figure()
    add_values(fig, stamps[keep], values[keep], look.ink, plain(name), 1)
    for label, x, anchor in ((labels[0], 0, "left"), (labels[-1], 1, "right")):
        fig.add_annotation(
            text=plain(label), x=x, y=0, xref="paper", yref="paper", xanchor=anchor, yanchor="top", showarrow=False
        )
    fig.update_layout(
        height=HEIGHT,
        margin={"l": 0, "r": 0, "t": 4, "b": 20},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": look.ink, "size": 11},
        showlegend=False,
        xaxis={"visible": False},
        yaxis={"visible": False},
    )
    return fig
