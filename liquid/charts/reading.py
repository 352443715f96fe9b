"""What was read, at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from liquid.charts.style import Look, plain
from liquid.charts.train import add_values, after_gaps, drawn

if TYPE_CHECKING:
    from liquid.series.series import Series

HEIGHT = 110
LINE = 14
MOST_SIGNS = 30  # of both stamps in one line


def preview_figure(series: Series, look: Look) -> go.Figure:
    """The first column of a series without axes, its first and last stamps at the ends; a gap is a gap."""
    name = series.names[0]
    values, stamps = series.column(name), series.stamps()
    labels = series.stamp_labels(series.time[[0, -1]])
    keep = drawn(values)
    fig = go.Figure()
    add_values(fig, stamps[keep], values[keep], look.ink, plain(name), 1, after_gaps(series))
    drop = LINE if sum(map(len, labels)) > MOST_SIGNS else 0  # side by side, long ones would meet
    for label, x, anchor, below in ((labels[0], 0, "left", 0), (labels[-1], 1, "right", drop)):
        fig.add_annotation(
            text=plain(label),
            x=x,
            y=0,
            xref="paper",
            yref="paper",
            xanchor=anchor,
            yanchor="top",
            yshift=-below,
            showarrow=False,
        )
    fig.update_layout(
        height=HEIGHT + drop,
        margin={"l": 0, "r": 0, "t": 4, "b": 20 + drop},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": look.ink, "size": 11},
        showlegend=False,
        xaxis={"visible": False},
        yaxis={"visible": False},
    )
    return fig
