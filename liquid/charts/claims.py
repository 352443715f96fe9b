"""Pictures of the article's claims: its benchmark replicated, with its own two points in the cloud or outside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from liquid.charts.style import Look, figure, model_colour

SYMBOLS = {"LSTM-16": "square", "LSTM-8": "diamond", "LSTM-4": "triangle-up", "Persistence": "x"}
SHOWN = ("Liquid-8", "LSTM-16", "LSTM-8", "LSTM-4", "Persistence", "Linear AR")  # what lies on top comes last
Points = Mapping[str, Sequence[tuple[float, float]]]


def cloud(look: Look, *, runs: Points, reported: Mapping[str, tuple[float, float]], state: str) -> go.Figure:
    """Test error against training error, a dot a training; both mean squared errors of the next value, log axes.

    `runs` by model and `reported` hold (train, test); on the dashed line the two are alike.
    """
    fig = figure(
        look,
        title=f"Trained and tested, {state} state",
        x="training error (mean squared)",
        y="test error (mean squared)",
        height=520,
    )
    for name in reversed(SHOWN):
        points = runs.get(name, ())
        colour = model_colour(name.split("-")[0])
        fig.add_scatter(
            x=[train for train, _ in points],
            y=[test for _, test in points],
            name=name,
            mode="markers",
            marker={"color": colour, "size": 7, "opacity": 0.55, "symbol": SYMBOLS.get(name, "circle")},
            hovertemplate=f"{name}: train %{{x:.4f}}, test %{{y:.4f}}<extra></extra>",
        )
    for kind, (train, test) in reported.items():
        fig.add_scatter(
            x=[train],
            y=[test],
            name=f"{kind}, as the article reports",
            mode="markers+text",
            text=[f"{kind}, reported"],
            textposition="top right",
            marker={
                "color": model_colour(kind),
                "size": 16,
                "symbol": "star",
                "line": {"color": look.ink, "width": 1.5},
            },
            hovertemplate=f"{kind}, reported: train %{{x:.4f}}, test %{{y:.4f}}<extra></extra>",
        )
    known = [value for points in runs.values() for point in points for value in point]
    known += [value for point in reported.values() for value in point]
    ends = [min(known), max(known)]
    fig.add_scatter(
        x=ends,
        y=ends,
        name="test = training",
        mode="lines",
        line={"color": look.ink, "width": 1, "dash": "dash"},
        hoverinfo="skip",
    )
    fig.update_xaxes(type="log", exponentformat="power", dtick=1)
    fig.update_yaxes(type="log", exponentformat="power", dtick=1)
    fig.update_layout(
        hovermode="closest", legend={"y": -0.16, "yanchor": "top", "itemsizing": "constant"}, margin={"t": 48}
    )
    return fig
