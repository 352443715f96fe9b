"""Ratios of errors around 1: all rivals, every rival by a setting, task by task; and mean ranks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from liquid.charts.style import Look, figure, log_axis, model_colour, plain, whiskers

ROW, CLOSE = 27, 13  # pixels of a row, and of one of several in a row
WIDEST = 1.6  # an interval this many times beyond all ratios ends at the picture's edge: it would leave them no room
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "pentagon", "star")


@dataclass(frozen=True)
class Bar:
    """A ratio of errors with its interval; `label` is its row's, the rival's name unless there are several of it.

    `decided` ones are filled; `word` says what the interval allows to say. `low` and `high` may be NaN.
    """

    rival: str
    ratio: float
    low: float
    high: float
    label: str = ""
    decided: bool = True
    word: str = ""


def forest(look: Look, sections: Sequence[tuple[str, Sequence[Bar]]], title: str, model: str) -> go.Figure:
    """Ratios with their intervals around 1, a row each with its number, in titled sections; open: undecided."""
    bars = [bar for _, rows in sections for bar in rows]
    rows: list[str] = []
    fig = _around_one(look, title, model, ROW * (len(bars) + len(sections)), bars)
    for head, section in sections:
        places = range(len(rows) + 1, len(rows) + 1 + len(section))
        rows += [f"<b>{head}</b>", *(plain(bar.label or bar.rival) for bar in section)]
        _markers(look, fig, section, list(places))
        for place, bar in zip(places, section, strict=True):
            fig.add_annotation(
                text=f"{bar.ratio:.2f}", x=1, xref="paper", y=place, xanchor="left", xshift=8, showarrow=False
            )
    _rows(fig, rows)
    return fig


def grouped(look: Look, rivals: Mapping[str, Sequence[Bar]], title: str, model: str) -> go.Figure:
    """Several ratios in every rival's row, told apart by their shape: `label` is the legend's."""
    bars = [bar for own in rivals.values() for bar in own]
    labels = list(dict.fromkeys(bar.label for bar in bars))
    height = CLOSE * max(len(labels), 2) * len(rivals) + 24 * len(labels)
    fig = _around_one(look, title, model, height, bars)
    for place, label in enumerate(labels):
        shift = 0.8 * (place - (len(labels) - 1) / 2) / len(labels)
        symbol = SYMBOLS[place % len(SYMBOLS)]
        own = [(row + shift, bar) for row, its in enumerate(rivals.values()) for bar in its if bar.label == label]
        _markers(look, fig, [bar for _, bar in own], [row for row, _ in own], symbol)
        fig.add_scatter(
            x=[None], y=[None], mode="markers", name=label, marker={"color": look.ink, "symbol": symbol, "size": 9}
        )
    _rows(fig, [plain(rival) for rival in rivals])
    fig.update_layout(legend={"y": -60 / fig.layout.height, "yanchor": "top", "itemclick": False}, margin={"r": 8})
    return fig


# A diagram of critical differences (J. Demšar, JMLR 7, 2006) on its side: a row per model, which a phone has room for.
def ranks(look: Look, means: Mapping[str, float], groups: Sequence[Sequence[str]], title: str) -> go.Figure:
    """Mean ranks, best on top; a bar beside the rows joins neighbours of which no two can be told apart."""
    models = list(means)
    bars = 14 * len(groups)
    fig = figure(
        look, title=title, x="mean rank; 1 is best", y="", height=110 + ROW * len(models),
        margin={"l": 8, "r": 20 + bars, "t": 40, "b": 8}, hovermode="closest", showlegend=False,
    )  # fmt: skip
    fig.add_scatter(
        x=list(means.values()),
        y=list(range(len(models))),
        mode="markers+text",
        text=[f"{rank:.1f}" for rank in means.values()],
        textposition="middle right",
        textfont={"color": look.ink},
        marker={"color": [model_colour(model, look) for model in models], "size": 11},
        customdata=[plain(model) for model in models],
        hovertemplate="%{customdata}: %{x:.2f}<extra></extra>",
        cliponaxis=False,
    )
    for place, group in enumerate(groups):
        first, last = models.index(group[0]), models.index(group[-1])
        fig.add_shape(
            type="line", xref="paper", xsizemode="pixel", xanchor=1, x0=14 * (place + 1), x1=14 * (place + 1),
            y0=first - 0.3, y1=last + 0.3, line={"color": look.ink, "width": 4},
        )  # fmt: skip
    for row, (model, rank) in enumerate(means.items()):
        fig.add_shape(
            type="line", x0=0.7, x1=rank, y0=row, y1=row, layer="below",
            line={"color": model_colour(model, look), "width": 1, "dash": "dot"},
        )  # fmt: skip
    fig.update_xaxes(range=[0.7, len(models) + 1], dtick=1 if len(models) < 9 else 2, tick0=1)
    _rows(fig, [plain(model) for model in models])
    return fig


def _around_one(look: Look, title: str, model: str, height: float, bars: Sequence[Bar]) -> go.Figure:
    fig = figure(
        look, title=title, x=f"ratio; left of 1, {model} is more accurate", y="", height=130 + round(height),
        margin={"l": 8, "r": 52, "t": 40, "b": 8}, hovermode="closest",
    )  # fmt: skip
    fig.add_vline(x=1, line={"color": look.ink, "dash": "dash", "width": 1})
    ends = _ends(bars)
    fig.update_xaxes(**log_axis(ends), range=[math.log10(end) for end in ends], tickangle=0)
    return fig


def _ends(bars: Sequence[Bar]) -> tuple[float, float]:
    """Room for 1, every ratio and every interval, but for what lies far beyond all ratios."""
    middle = [1.0, *(bar.ratio for bar in bars)]
    low = min([*middle, *(bar.low for bar in bars if math.isfinite(bar.low))])
    high = max([*middle, *(bar.high for bar in bars if math.isfinite(bar.high))])
    return max(low, min(middle) / WIDEST) / 1.03, min(high, max(middle) * WIDEST) * 1.03


def _markers(look: Look, fig: go.Figure, bars: Sequence[Bar], places: Sequence[float], symbol: str = "circle") -> None:
    """One trace per colour and filling: points at `places` with their intervals."""
    kinds = dict.fromkeys((bar.rival, bar.decided) for bar in bars)
    for rival, decided in kinds:
        own = [
            (place, bar)
            for place, bar in zip(places, bars, strict=True)
            if (bar.rival, bar.decided) == (rival, decided)
        ]
        mean, low, high = np.array([[bar.ratio, bar.low, bar.high] for _, bar in own]).T
        colour = model_colour(rival, look)
        fig.add_scatter(
            x=mean.tolist(),
            y=[place for place, _ in own],
            mode="markers",
            marker={
                "color": colour,
                "size": 9,
                "symbol": symbol if decided else f"{symbol}-open",
                "line": {"width": 2, "color": colour},
            },
            error_x=whiskers(mean, low, high) | {"color": colour, "thickness": 2, "width": 3},
            customdata=[_hover(bar) for _, bar in own],
            hovertemplate="%{customdata}<extra></extra>",
            showlegend=False,
        )


def _hover(bar: Bar) -> str:
    name = plain(bar.label if not bar.label or bar.label == bar.rival else f"{bar.label}, against {bar.rival}")
    known = f" ({bar.low:.3g} to {bar.high:.3g})" if np.isfinite(bar.low) else ""
    return f"{name or plain(bar.rival)}<br>{bar.ratio:.3g}{known}{f'<br>{plain(bar.word)}' if bar.word else ''}"


def _rows(fig: go.Figure, labels: Sequence[str]) -> None:
    """Numbered rows from the top, with their labels."""
    axis: dict[str, Any] = {"tickvals": list(range(len(labels))), "ticktext": list(labels), "showgrid": False}
    fig.update_yaxes(range=[len(labels) - 0.5, -0.5], **axis)
