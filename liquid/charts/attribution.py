"""Why this forecast: what each sample of the window did to it, over the window itself, and the columns beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from liquid.charts.style import Look, band, figure, model_colour, plain, whiskers
from liquid.charts.train import SHOWN, axis_name

if TYPE_CHECKING:
    from liquid.series.series import Stamps
    from liquid.series.windows import Floats

MOST_COLUMNS = 6  # with a bar of their own; the rest have one together
LONGEST_NAME = 14  # letters of a column's name on an axis


def shares(
    stamps: Stamps,
    window: Floats,
    linear: Floats,
    network: Floats,
    names: tuple[str, ...],
    words: tuple[str, str, str],
    look: Look,
) -> go.Figure:
    """Bars of what each sample at `stamps[samples]` did to the forecast, by linear part and networks, over the target's
    `window[samples, columns]`; beside them the sum of each column, whiskers from network to network.

    `linear[samples, columns]`, `network[members, samples, columns]`; `words` are the model, the target's unit and the
    title of the time axis.
    """
    model, unit, time = words
    target = axis_name(names[0], unit)
    fig = figure(
        look,
        title="What moved it",
        x=time,
        y=axis_name("share", unit),
        height=460,
        barmode="relative",
        xaxis={"domain": [0, 0.72], "anchor": "y2"},
        yaxis={"domain": [0.46, 1], "title": {"text": axis_name("share", unit)}},
        yaxis2={"domain": [0, 0.38], "title": {"text": target}, "anchor": "x"},
        xaxis2={"domain": [0.8, 1], "anchor": "y3", "title": {"text": "column"}},
        yaxis3={"domain": [0, 1], "anchor": "x2", "title": {"text": ""}},
    )
    mean = network.mean(axis=0)
    parts = (("linear part", look.palette.grey, linear), (f"{model}, its networks", model_colour(model, look), mean))
    which, labels = _grouped(linear + mean, names)
    totals = np.array([(linear + network)[:, :, chosen].sum(axis=(1, 2)) for chosen in which])  # [bars, members]
    for name, colour, values in parts:
        if not values.any():
            continue
        fig.add_bar(x=stamps, y=values.sum(axis=1), marker_color=colour, name=name, legendgroup=name)
        beside = [values[:, chosen].sum() for chosen in which]
        fig.add_bar(
            x=labels,
            y=beside,
            marker_color=colour,
            name=name,
            legendgroup=name,
            showlegend=False,
            xaxis="x2",
            yaxis="y3",
        )
    if len(network) > 1:
        middle = totals.mean(axis=1)
        fig.add_scatter(
            x=labels,
            y=middle,
            mode="markers",
            marker={"color": look.ink, "size": 5},
            error_y=whiskers(middle, totals.min(axis=1), totals.max(axis=1)) | {"color": look.ink},
            name="together, from network to network",
            xaxis="x2",
            yaxis="y3",
        )
    fig.add_scatter(
        x=stamps, y=window[:, 0], mode="lines", line={"color": look.ink, "width": 1.4}, name=plain(names[0]),
        showlegend=False, yaxis="y2",
    )  # fmt: skip
    fig.add_hline(y=window[-1, 0], line={"color": look.ink, "width": 1, "dash": "dot"}, yref="y2")
    if len(stamps) > SHOWN:  # a season ago lies far from the rest: a double click shows it
        fig.update_xaxes(range=[stamps[-SHOWN], stamps[-1] + (stamps[-1] - stamps[-2])], selector={"anchor": "y2"})
    return fig


def responses(linear: Floats, network: Floats, model: str, name: str, look: Look) -> go.Figure:
    """The derivative of the forecast by the target's value of each age, `linear[samples]` and `network[members,
    samples]`, oldest first; shaded from network to network."""
    fig = figure(
        look,
        title="How far back it looks",
        x="age [samples before the last]",
        y=f"forecast per change of {plain(name)}",
        height=300,
    )
    age, colour = np.arange(len(linear))[::-1], model_colour(model, look)
    if linear.any():
        fig.add_scatter(
            x=age, y=linear, mode="lines", line={"color": look.palette.grey, "width": 2}, name="linear part"
        )
    if network.any():
        low, high = network.min(axis=0), network.max(axis=0)
        fig.add_scatter(
            x=np.concatenate([age, age[::-1]]), y=np.concatenate([high, low[::-1]]), mode="lines", fill="toself",
            fillcolor=band(colour), line={"width": 0}, hoverinfo="skip", showlegend=False,
        )  # fmt: skip
        mean = network.mean(axis=0)
        fig.add_scatter(x=age, y=mean, mode="lines", line={"color": colour, "width": 2}, name=f"{model}, its networks")
    if len(age) > SHOWN:
        fig.update_xaxes(range=[0, SHOWN])
    return fig


def _grouped(total: Floats, names: tuple[str, ...]) -> tuple[list[list[int]], list[str]]:
    """The columns of each bar, those with the largest sums first, and its label."""
    order = np.argsort(-np.abs(total.sum(axis=0)), kind="stable").tolist()
    if len(order) <= MOST_COLUMNS:
        return [[one] for one in order], [_short(names[one]) for one in order]
    first, rest = order[: MOST_COLUMNS - 1], order[MOST_COLUMNS - 1 :]
    return [*([one] for one in first), rest], [*(_short(names[one]) for one in first), f"{len(rest)} others"]


def _short(name: str) -> str:
    return plain(name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…")
