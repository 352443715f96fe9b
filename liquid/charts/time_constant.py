"""Pictures of tau_sys: over time, against noise, and beside what adapts instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from liquid.charts.style import (
    GIVEN_MARGIN,
    HEAT,
    TAU_SYS,
    Look,
    add_band,
    band,
    figure,
    log_axis,
    model_colour,
    whiskers,
)

Floats = NDArray[np.float64]

MOST_COLUMNS = 300  # of a heat map: more samples than pixels only make the page slow
QUANTITY_COLOURS = {"tau_sys": "grey", "effective": "vermilion", "gain": "blue", "age": "green"}


def heat(
    look: Look,
    *,
    series: Floats,
    noise_sd: Floats,
    spike: tuple[int, float] | None,
    tau_sys: Floats,
    floor: Floats,
    ceiling: Floats,
    order: NDArray[np.int64],
) -> go.Figure:
    """The input with its noise on top, below it tau_sys of every neuron between its own floor and ceiling.

    `series`, `noise_sd` are `[time]` in standard deviations, `spike` a sample and what is added to it;
    `tau_sys[time, state]`; `order` sorts the neurons.
    """
    step = max(1, -(-len(series) // MOST_COLUMNS))
    t = np.arange(spike[0] % step if spike else 0, len(series), step)
    still = {"automargin": False}
    fig = figure(
        look, title=f"{TAU_SYS} of every neuron", x="time (samples)", y="sd", height=430,
        margin=GIVEN_MARGIN | {"r": 108}, xaxis=still, yaxis=still, yaxis2=still | {"domain": [0, 0.68]},
    )  # fmt: skip
    _disturb(look, fig, t, series, noise_sd, spike)
    fig.add_scatter(x=t, y=series[t], line={"color": look.ink, "width": 1.5}, name="input")
    share = (tau_sys - floor) / (ceiling - floor)
    fig.add_heatmap(
        x=t,
        y=[f"neuron {neuron}" for neuron in order],
        z=share[t][:, order].T,
        customdata=tau_sys[t][:, order].T,
        zmin=0,
        zmax=1,
        colorscale=HEAT,
        colorbar={
            "title": {"text": TAU_SYS, "side": "right", "font": {"color": look.ink}},
            "tickfont": {"color": look.ink},
            "tickvals": [0, 1],
            "ticktext": ["floor<br>gate open", "tau<br>gate closed"],
            "thickness": 12,
            "len": 0.68,
            "y": 0.34,
        },
        hovertemplate=f"sample %{{x}}, %{{y}}: {TAU_SYS} %{{customdata:.3f}}<extra></extra>",
        yaxis="y2",
    )
    fig.update_layout(
        hovermode="closest",
        xaxis={"anchor": "y2", "showgrid": False},
        yaxis={"domain": [0.72, 1]},
        yaxis2={"title_text": f"{len(order)} neurons", "showticklabels": False, "ticks": "", "showgrid": False},
    )
    return fig


def _disturb(
    look: Look, fig: go.Figure, t: NDArray[np.int64], series: Floats, noise_sd: Floats, spike: tuple[int, float] | None
) -> None:
    """What is added to the series: a spike as a needle, noise as a band around it."""
    if spike:
        at, height = spike
        ends, colour = [series[at], series[at] + height], look.palette.vermilion
        fig.add_scatter(
            x=[at, at], y=ends, mode="lines+markers", name="spike",
            line={"color": colour, "width": 2}, marker={"size": [0, 8], "color": colour},
        )  # fmt: skip
    else:
        fill = band(look.palette.blue, 0.4)
        add_band(fig, t, (series - noise_sd)[t], (series + noise_sd)[t], fill, "noise, ± 1 sd")


def agreement(
    look: Look,
    *,
    theory: Floats,
    change: Floats,
    low: Floats,
    high: Floats,
    verdicts: tuple[str, ...],
    colours: Mapping[str, str],
) -> go.Figure:
    """Theory across, simulation up, one point per neuron: all in % of the neuron's clean mean, with 95 % intervals.

    `colours` has one for each verdict, in the order of the legend.
    """
    fig = figure(
        look,
        title="Theory against simulation",
        x=f"predicted change of mean {TAU_SYS} (%)",
        y="measured change (%), 95 % interval",
        height=380,
    )
    reach = 1.15 * max(float(np.max(np.abs([theory, low, high]))), 1e-6)
    fig.add_scatter(
        x=[-reach, reach],
        y=[-reach, reach],
        mode="lines",
        line={"color": look.ink, "dash": "dash", "width": 1},
        name="they agree",
        hoverinfo="skip",
    )
    for verdict, colour in colours.items():
        here = np.array([one == verdict for one in verdicts])
        if here.any():
            fig.add_scatter(
                x=theory[here],
                y=change[here],
                mode="markers",
                marker={"color": colour, "size": 8},
                error_y=whiskers(change[here], low[here], high[here]),
                customdata=np.flatnonzero(here),
                hovertemplate="neuron %{customdata}: predicted %{x:.2f} %, measured %{y:.2f} %<extra></extra>",
                name=f"{verdict} ({int(here.sum())})",
            )
    fig.update_layout(hovermode="closest")
    return fig


def bars(
    look: Look,
    *,
    change: Floats,
    low: Floats,
    high: Floats,
    verdicts: tuple[str, ...],
    colours: Mapping[str, str],
    title: str,
) -> go.Figure:
    """The change of every neuron's mean tau_sys in %, sorted, with intervals: if there is no theory beside it."""
    order = np.argsort(change)
    fig = figure(look, title=title, x="neurons, sorted", y=f"change of mean {TAU_SYS} (%)", height=340)
    for verdict, colour in colours.items():
        here = np.array([verdicts[neuron] == verdict for neuron in order])
        if here.any():
            chosen = order[here]
            fig.add_bar(
                x=np.flatnonzero(here),
                y=change[chosen],
                marker={"color": colour},
                error_y=whiskers(change[chosen], low[chosen], high[chosen]),
                customdata=chosen,
                hovertemplate="neuron %{customdata}: %{y:.2f} %<extra></extra>",
                name=f"{verdict} ({int(here.sum())})",
            )
    fig.update_layout(hovermode="closest", bargap=0.15)
    fig.update_xaxes(showticklabels=False)
    return fig


@dataclass(frozen=True)
class Quantity:
    """A quantity with its 95 % interval; a `reference` is computed, not estimated, and drawn without one."""

    name: str
    mean: Floats
    low: Floats
    high: Floats
    reference: bool = False

    def colour(self, look: Look) -> str:
        return look.ink if self.reference else getattr(look.palette, QUANTITY_COLOURS[self.name])

    def line(self, look: Look) -> dict[str, str]:
        return {"color": self.colour(look), "dash": "dash" if self.reference else "solid"}


def relative_by_regime(look: Look, *, labels: list[str], quantities: Sequence[Quantity]) -> go.Figure:
    """Each quantity `[regime]` relative to its mean over regimes: what moves stands away from 1."""
    fig = figure(
        look,
        title="What moves when the noise changes?",
        x="process noise q, observation noise s",
        y="relative to its mean over the regimes",
        height=380,
    )
    for one in quantities:
        scale = one.mean.mean()
        fig.add_scatter(
            x=labels,
            y=one.mean / scale,
            error_y=whiskers(one.mean / scale, one.low / scale, one.high / scale),
            mode="lines+markers",
            line=one.line(look),
            marker={"size": 8},
            customdata=one.mean,
            hovertemplate=f"{one.name}: %{{customdata:.3g}}<extra></extra>",
            name=one.name,
        )
    fig.update_yaxes(rangemode="tozero")
    return fig


def responses(
    look: Look, *, labels: list[str], model: list[tuple[Floats, Floats, Floats]], kalman: Floats
) -> go.Figure:
    """The weight of each past input, by regime: `model` is mean, low, high over lags, `kalman[regime, lag]`."""
    count = len(labels)
    fig = figure(
        look,
        title="The weight of each past input",
        x="age (samples)",
        y="weight",
        height=330,
        **{f"xaxis{panel + 1}": {"domain": [panel / count, (panel + 0.94) / count]} for panel in range(count)},
    )
    for panel, (mean, low, high) in enumerate(model):
        lags = np.arange(len(mean))
        shared = {"xaxis": f"x{panel + 1}", "showlegend": panel == 0}
        add_band(fig, lags, low, high, band(look.palette.blue), "95 % interval", **shared)
        fig.add_scatter(x=lags, y=mean, line={"color": look.palette.blue}, name="Liquid", **shared)
        fig.add_scatter(
            x=lags,
            y=kalman[panel],
            line={"color": look.ink, "dash": "dash"},
            name="Kalman filter that knows the regime",
            **shared,
        )
        middle = (panel + 0.47) / count
        fig.add_annotation(
            text=labels[panel], x=middle, y=1, xref="paper", yref="paper", xanchor="center", showarrow=False
        )
    fig.update_xaxes(range=[0, 24])
    fig.update_layout(legend={"y": -0.25, "yanchor": "top"})
    return fig


def through_change(look: Look, *, when: Floats, quantities: Sequence[Quantity], title: str) -> go.Figure:
    """Quantities `[sample]` around a change of regime at 0, relative to their mean before it; bands are intervals."""
    fig = figure(look, title=title, x="samples since the change", y="relative to before", height=340)
    for one in quantities:
        scale = one.mean[when < 0].mean()
        if not one.reference:
            add_band(fig, when, one.low / scale, one.high / scale, band(one.colour(look)))
        fig.add_scatter(x=when, y=one.mean / scale, line=one.line(look), name=one.name)
    fig.add_vline(x=0, line={"color": look.ink, "width": 1, "dash": "dot"})
    fig.update_yaxes(rangemode="tozero")
    return fig


def adaptivity(
    look: Look, *, names: list[str], mean: Floats, low: Floats, high: Floats, attainable: float, models: list[str]
) -> go.Figure:
    """Share of the gap to the Kalman filter that each model closes, in %, with intervals over seeds."""
    fig = figure(
        look, title="Who adapts? About 1,200 parameters each", x="adaptivity (%)", y="", height=60 + 46 * len(names)
    )
    fig.add_bar(
        y=names,
        x=100 * mean,
        orientation="h",
        marker={"color": [model_colour(model, look) for model in models]},
        error_x=whiskers(100 * mean, 100 * low, 100 * high),
        hovertemplate="%{y}: %{x:.1f} %<extra></extra>",
        showlegend=False,
    )
    fig.add_vline(
        x=100 * attainable,
        line={"color": look.ink, "dash": "dash"},
        annotation={"text": "best without knowing the regime", "font": {"color": look.ink}},
    )
    fig.update_layout(hovermode="closest")
    fig.update_yaxes(autorange="reversed")
    return fig


@dataclass(frozen=True)
class ErrorCurve:
    """A model's error along its training: `seconds[point]`, `error[point]`."""

    name: str
    model: str
    seconds: Floats
    error: Floats
    reads_change: bool


def error_against_time(look: Look, *, trainings: Sequence[ErrorCurve], kalman: float) -> go.Figure:
    """Error on unseen runs against seconds of training; dotted without the change as an input."""
    fig = figure(
        look, title="Error against training time", x="training time (s, one core)", y="mean squared error", height=340
    )
    for one in trainings:
        line = {"color": model_colour(one.model, look), "dash": "solid" if one.reads_change else "dot"}
        fig.add_scatter(x=one.seconds, y=one.error, line=line, name=one.name)
    fig.add_hline(
        y=kalman, line={"color": look.ink, "dash": "dash"}, annotation_text="Kalman filter that knows the regime"
    )
    fig.update_xaxes(**log_axis(np.concatenate([one.seconds for one in trainings])))
    fig.update_layout(hovermode="closest", legend={"y": -0.25, "yanchor": "top"})
    return fig
