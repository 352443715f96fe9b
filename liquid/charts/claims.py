"""Pictures of the article's claims: its benchmark replicated, with its own two points in the cloud or outside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from liquid.charts.style import Look, figure, log_axis, model_colour

SYMBOLS = {16: "square", 8: "diamond", 4: "triangle-up"}  # of LSTMs, by hidden size


@dataclass(frozen=True)
class Cloud:
    """All trainings of one model, in one `size` if it comes in sizes: their training and test errors."""

    model: str
    size: int | None
    train: Sequence[float]
    test: Sequence[float]

    @property
    def label(self) -> str:
        return f"{self.model}-{self.size}" if self.size else self.model

    @property
    def symbol(self) -> str:
        if self.model == "Persistence":
            return "x"
        return SYMBOLS.get(self.size or 0, "circle") if self.model == "LSTM" else "circle"


def cloud(look: Look, *, clouds: Sequence[Cloud], reported: Mapping[str, tuple[float, float]], state: str) -> go.Figure:
    """Test error against training error, a dot per training; both mean squared errors of the next value, log axes.

    What comes first in `clouds` lies on top; `reported` holds (train, test) by model; on the dashed line the two are
    alike.
    """
    fig = figure(
        look,
        title=f"Trained and tested, {state} state",
        x="training error (mean squared)",
        y="test error (mean squared)",
        height=520,
    )
    for one in reversed(clouds):
        fig.add_scatter(
            x=list(one.train),
            y=list(one.test),
            name=one.label,
            mode="markers",
            marker={"color": model_colour(one.model, look), "size": 7, "opacity": 0.55, "symbol": one.symbol},
            hovertemplate=f"{one.label}: train %{{x:.4f}}, test %{{y:.4f}}<extra></extra>",
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
                "color": model_colour(kind, look),
                "size": 16,
                "symbol": "star",
                "line": {"color": look.ink, "width": 1.5},
            },
            hovertemplate=f"{kind}, reported: train %{{x:.4f}}, test %{{y:.4f}}<extra></extra>",
        )
    errors = [error for one in clouds for error in (*one.train, *one.test)]
    errors += [error for point in reported.values() for error in point]
    ends = [min(errors), max(errors)]
    fig.add_scatter(
        x=ends,
        y=ends,
        name="test = training",
        mode="lines",
        line={"color": look.ink, "width": 1, "dash": "dash"},
        hoverinfo="skip",
    )
    fig.update_xaxes(**log_axis(errors))
    fig.update_yaxes(**log_axis(errors))
    fig.update_layout(
        hovermode="closest", legend={"y": -0.16, "yanchor": "top", "itemsizing": "constant"}, margin={"t": 48}
    )
    return fig
