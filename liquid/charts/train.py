"""The Train page's pictures: the series and its split, the loss, the forecast, its residuals, tau_sys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from tsdownsample import MinMaxLTTBDownsampler

from liquid.charts.style import (
    HEAT,
    TAU_SYS,
    Look,
    add_band,
    band,
    figure,
    log_axis,
    model_colour,
    model_line,
    plain,
)
from liquid.learning.band import LEVEL, percent

if TYPE_CHECKING:
    from liquid.learning.run import Run
    from liquid.learning.training import Progress
    from liquid.series.series import Series, Stamps
    from liquid.series.windows import Floats, Split

SHOWN = 150  # points in view at first; a double click shows all
MOST_DRAWN = 4000  # points of a line; more are thinned so that every peak stays


def drawn(values: Floats) -> NDArray[np.int64]:
    """Indices of the points that a line of `values` is drawn with: all, or the MinMaxLTTB choice of 4,000.

    Missing values are NaN, at which a line breaks; of a thinned line those gaps stay that are as long as the space
    between two points.
    """
    if len(values) <= MOST_DRAWN:
        return np.arange(len(values))
    known = np.flatnonzero(np.isfinite(values))
    keep = known
    if len(known) > MOST_DRAWN:
        keep = known[MinMaxLTTBDownsampler().downsample(values[known], n_out=MOST_DRAWN).astype(np.int64)]
    edge = np.concatenate([[-1], known, [len(values)]])
    before = np.flatnonzero(np.diff(edge) > max(1, len(values) // MOST_DRAWN))
    ends = np.concatenate([edge[before], edge[before] + 1, edge[before + 1]])
    return np.union1d(keep, ends[(ends >= 0) & (ends < len(values))])


def after_gaps(series: Series) -> Stamps:
    """The stamps before which rows are absent, where all others keep to a period."""
    steps = series.timespans() if series.frequency.has_gaps_only else np.ones(len(series))
    return series.stamps()[steps > max(1.5, len(series) / MOST_DRAWN)]  # shorter ones do not show in a thinned line


def add_values(fig: go.Figure, x: Stamps, y: Floats, colour: str, name: str, width: float, after: Stamps) -> None:
    """A line that a missing value, NaN, or a gap before a stamp in `after` interrupts; a value by itself is a dot."""
    stamps: Any = x  # of either type: both can be halved
    at = np.unique(np.searchsorted(stamps, after))
    at = at[(at > 0) & (at < len(x))]
    x, y = np.insert(stamps, at, stamps[at - 1] + np.diff(stamps)[at - 1] / 2), np.insert(y, at, np.nan)
    fig.add_scatter(x=x, y=y, mode="lines", connectgaps=False, line={"color": colour, "width": width}, name=name)
    around = np.concatenate([[np.nan], y, [np.nan]])
    alone = np.isfinite(y) & np.isnan(around[:-2]) & np.isnan(around[2:])
    if alone.any():
        dots = {"color": colour, "size": 2 + 2 * width}
        fig.add_scatter(x=x[alone], y=y[alone], mode="markers", marker=dots, name=name, showlegend=False)


def axis_name(name: str, unit: str) -> str:
    """The name with its unit, once: many files have it in the name already."""
    said = not unit or f"[{unit}]" in name or f"({unit})" in name
    return plain(name if said else f"{name} [{unit}]")


def series_figure(
    series: Series, target: str, split: Split | None, look: Look, outliers: NDArray[np.int64] | None = None
) -> go.Figure:
    """The series with its chronological parts shaded, and rings around the values of some rows."""
    values, stamps = series.column(target), series.stamps()
    keep = drawn(values)
    known, shown = (int(np.isfinite(one).sum()) for one in (values, values[keep]))
    thinned = f" ({shown:,} of {known:,} points drawn)" if shown < known else ""
    fig = figure(
        look,
        title=f"{plain(series.title)}{thinned}",
        x=time_title(series),
        y=axis_name(target, series.unit_of(target)),
        showlegend=False,
    )
    add_values(fig, stamps[keep], values[keep], look.ink, "value", 1.2, after_gaps(series))
    if outliers is not None and len(outliers):
        chosen = outliers[np.linspace(0, len(outliers) - 1, min(len(outliers), MOST_DRAWN)).astype(np.int64)]
        ring = {"symbol": "circle-open", "size": 10, "color": look.ink, "line": {"width": 1.5}}
        fig.add_scatter(x=stamps[chosen], y=values[chosen], mode="markers", marker=ring, name="outlier")
    if split is not None:
        parts = {"train": split.train, "validate": split.validation, "calibrate": split.calibration, "test": split.test}
        if split.test.stop < len(series):
            parts["to forecast"] = range(split.test.stop, len(series))
        for index, (name, part) in enumerate(parts.items()):
            fig.add_vrect(
                x0=stamps[part.start],
                x1=stamps[part.stop - 1],
                fillcolor=look.shade if index % 2 else "rgba(0,0,0,0)",
                line_width=0,
                annotation={"text": name, "font": {"size": 11}},
                annotation_position="bottom left" if index % 2 else "top left",  # side by side they meet on a phone
                layer="below",
            )
    return fig


def loss_figure(
    curve: tuple[Progress, ...], steps: int, look: Look, model: str = "Liquid", one: str = "linear part"
) -> go.Figure:
    """Training and validation loss over the steps, the validation loss with its spread over the networks; 1 is the loss
    of `one`."""
    fig = figure(look, title="Loss", x="training step", y=f"squared error ({one} = 1)", height=300)
    colour = model_colour(model, look)
    step = np.array([point.step for point in curve])
    spread = np.array([point.member_losses for point in curve])
    if curve and spread.shape[1] > 1:
        add_band(fig, step, spread.min(axis=1), spread.max(axis=1), band(colour), "spread over networks")
    lines = {
        "training": ([p.train_loss for p in curve], look.palette.grey),
        "validation": ([p.validation_loss for p in curve], colour),
    }
    for name, (values, line) in lines.items():
        fig.add_scatter(x=step, y=values, mode="lines+markers", marker_size=5, line_color=line, name=name)
    fig.update_xaxes(range=[0, steps * 1.02])
    fig.update_yaxes(**log_axis(loss for values, _ in lines.values() for loss in values))
    return fig


def forecast_figure(run: Run, look: Look, level: float = LEVEL) -> go.Figure:
    """One step ahead along the test part over the truth, then the values that nobody knows yet, with their band
    of one level."""
    report, forecast, series = run.report, run.forecast, run.series
    target, colour = run.forecaster.prepared.names[0], model_colour(run.config.model, look)
    fig = figure(
        look,
        title=f"{run.config.model} forecast of {plain(target)}",
        x=time_title(series),
        y=axis_name(target, series.unit_of(target)),
        height=420,
    )
    keep = np.union1d(drawn(report.truth), drawn(report.one_step))
    x, mean = report.stamps[keep], report.one_step[keep]
    low, high = report.within(level)
    add_band(fig, x, low[keep], high[keep], band(colour), f"{percent(level)} band")
    add_values(fig, x, report.truth[keep], look.ink, "truth", 1.4, after_gaps(series))
    fig.add_scatter(x=x, y=mean, mode="lines", line={"color": colour, "width": 1.4}, name="one step ahead")
    known = run.forecaster.prepared.observed
    now = np.concatenate([series.stamps()[len(known) - 1 : len(known)], forecast.stamps])
    start = known[-1:]
    low, high = forecast.within(level)
    add_band(fig, now, np.concatenate([start, low]), np.concatenate([start, high]), band(colour))
    fig.add_scatter(
        x=now,
        y=np.concatenate([start, forecast.mean]),
        mode="lines+markers",
        marker_size=4,
        line={"color": colour, "width": 2.2},
        name=f"next {len(forecast.mean)}",
    )
    shown = max(3 * len(forecast.mean), SHOWN)
    if len(x) > shown:
        fig.update_xaxes(range=[x[-shown], forecast.stamps[-1]])
        recent = np.concatenate([report.truth[-shown:], low, high])
        low_end, high_end = float(np.nanmin(recent)), float(np.nanmax(recent))
        pad = 0.06 * (high_end - low_end)
        fig.update_yaxes(range=[low_end - pad, high_end + pad])
    return fig


def residual_figure(run: Run, look: Look, level: float = LEVEL) -> go.Figure:
    """What the one-step forecast missed by, along the test part, and the band of one level."""
    report = run.report
    colour = model_colour(run.config.model, look)
    error = report.truth - report.one_step
    keep = drawn(error)
    fig = figure(
        look,
        title="Residuals: truth minus forecast",
        x=time_title(run.series),
        y=axis_name("residual", run.unit),
        height=300,
        showlegend=False,
    )
    line = {"color": look.ink, "width": 1, "dash": "dot"}
    for end in report.within(level):
        edge = (end - report.one_step)[keep]
        fig.add_scatter(x=report.stamps[keep], y=edge, mode="lines", line=line, hoverinfo="skip")
    fig.add_scatter(x=report.stamps[keep], y=error[keep], mode="markers", marker={"size": 4, "color": colour}, name="")
    return fig


def horizon_figure(run: Run, look: Look) -> go.Figure:
    """Error against steps ahead, for the model and every baseline."""
    return error_lines({row.name: row.horizon_rmse for row in run.report.rows}, run.series, run.unit, look)


def error_lines(rmse: Mapping[str, Floats], series: Series, unit: str, look: Look) -> go.Figure:
    """RMSE against steps ahead, `[horizon]`, by model of the registry."""
    fig = figure(
        look,
        title="Error against how far ahead",
        x="steps ahead" + (f" ({series.describe_period()})" if series.time_kind == "date" else " [samples]"),
        y=axis_name("RMSE", unit),
        height=320,
    )
    for name, values in rmse.items():
        fig.add_scatter(
            x=np.arange(1, len(values) + 1),
            y=values,
            mode="lines+markers",
            marker_size=5,
            line=model_line(name, look),
            name=name,
        )
    fig.update_yaxes(rangemode="tozero")
    return fig


def tau_figure(
    stamps: Stamps, tau_sys: Floats, floor: Floats, ceiling: Floats, neurons: list[int], look: Look, x: str
) -> go.Figure:
    """tau_sys `[time, state]` of chosen neurons between their bounds tau / (1 + tau) and tau."""
    fig = figure(look, title="System time constant of chosen neurons", x=x, y=f"{TAU_SYS} [layer time]", height=340)
    palette = look.palette[:-1]
    for index, neuron in enumerate(neurons):
        colour = palette[index % len(palette)]
        keep = drawn(tau_sys[:, neuron])
        add_band(fig, stamps[[0, -1]], np.full(2, floor[neuron]), np.full(2, ceiling[neuron]), band(colour, 0.08))
        fig.add_scatter(
            x=stamps[keep], y=tau_sys[keep, neuron], mode="lines", line={"color": colour}, name=f"neuron {neuron}"
        )
    if len(stamps) > SHOWN:
        fig.update_xaxes(range=[stamps[-SHOWN], stamps[-1]])
    return fig


def tau_heat(stamps: Stamps, tau_sys: Floats, floor: Floats, ceiling: Floats, look: Look, x: str) -> go.Figure:
    """tau_sys `[time, state]` of every neuron as heat: 0 at its floor tau / (1 + tau), 1 at tau."""
    fig = figure(look, title=f"{TAU_SYS} between floor and ceiling", x=x, y="neuron", height=340)
    every = -(-len(stamps) // 1200)
    share = (tau_sys - floor) / (ceiling - floor)
    ink = {"font": {"color": look.ink}}
    fig.add_heatmap(
        x=stamps[::every],
        y=np.arange(tau_sys.shape[1]),  # from 0, as everywhere
        z=share[::every].T,
        zmin=0,
        zmax=1,
        colorscale=HEAT,
        colorbar={"title": {"text": "share"} | ink, "tickfont": ink["font"], "thickness": 12},
        hovertemplate="neuron %{y}<br>%{x}<br>share %{z:.2f}<extra></extra>",
    )
    return fig


def time_title(series: Series) -> str:
    return "sample" if series.time_kind == "index" else plain(series.time_label)
