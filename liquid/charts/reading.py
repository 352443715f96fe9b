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


def preview_figure(series: Series, look: Look) -> go.Figure:
    """The first column of a series without axes, its first and last stamps at the ends; a gap is a gap."""
    name = series.names[0]
    values, stamps = series.column(name), series.stamps()
    labels = series.stamp_labels(series.time[[0, -1]])
    keep = drawn(values)
    fig = go.Figure()
    add_values(fig, stamps[keep], values[keep], look.ink, plain(name), 1, after_gaps(series))
    lines = max(label.count("T") for label in labels) + 1  # date and clock, which side by side would meet
    for label, x, anchor in ((labels[0], 0, "left"), (labels[-1], 1, "right")):
        fig.add_annotation(
            text="<br>".join(map(plain, label.split("T"))),
            align=anchor,
            x=x,
            y=0,
            xref="paper",
            yref="paper",
            xanchor=anchor,
            yanchor="top",
            showarrow=False,
        )
    fig.update_layout(
        height=HEIGHT + (lines - 1) * LINE,
        margin={"l": 0, "r": 0, "t": 4, "b": 20 + (lines - 1) * LINE},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": look.ink, "size": 11},
        showlegend=False,
        xaxis={"visible": False},
        yaxis={"visible": False},
    )
    return fig
