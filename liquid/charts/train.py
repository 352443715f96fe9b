"""The Train page's pictures: the series with its parts and forecast, the loss, residuals, tau_sys."""

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
    from liquid.learning.config import TrainConfig
    from liquid.learning.preview import Preview
    from liquid.learning.run import Run
    from liquid.learning.training import Progress
    from liquid.series.series import Series, Stamps
    from liquid.series.windows import Floats, Split

SHOWN = 150  # points in view at first; a double click shows all
END_TO_END, NEXT = "end to end", "next"  # a preview's lines
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
    series: Series,
    target: str,
    split: Split | None,
    look: Look,
    *,
    run: Run | None = None,
    level: float = LEVEL,
    earlier: Run | None = None,
    training: TrainConfig | None = None,
    outliers: NDArray[np.int64] | None = None,
) -> go.Figure:
    """The series with its chronological parts shaded, and what is forecast of it, on one axis.

    `run`: one step ahead along the test part and the values that nobody knows yet, with their band of one level.
    `earlier`: the same of other settings, as a faint line. `training`: what is being trained, whose `preview_lines` go
    to the traces whose `meta` is their name. `outliers`: rows whose values have a ring.
    """
    values, stamps = series.column(target), series.stamps()
    drawn_run = run or earlier
    ahead = len(drawn_run.forecast.mean) if drawn_run else training.horizon if training else 0
    first = _first_in_view(series, target, drawn_run, ahead)
    keep = np.union1d(drawn(values), first + drawn(values[first:]))
    known, shown = (int(np.isfinite(one).sum()) for one in (values, values[keep]))
    fig = figure(
        look,
        title=f"{plain(series.title)}{f' ({shown:,} of {known:,} points drawn)' if shown < known else ''}",
        x=time_title(series),
        y=axis_name(target, series.unit_of(target)),
        height=420,
        showlegend=bool(ahead),
    )
    if split is not None:
        _add_parts(fig, series, split, look, first)
    if run is not None:
        _add_band(fig, run, level, look)
    add_values(fig, stamps[keep], values[keep], look.ink, "value", 1.2, after_gaps(series))
    if outliers is not None and len(outliers):
        chosen = outliers[np.linspace(0, len(outliers) - 1, min(len(outliers), MOST_DRAWN)).astype(np.int64)]
        ring = {"symbol": "circle-open", "size": 10, "color": look.ink, "line": {"width": 1.5}}
        fig.add_scatter(x=stamps[chosen], y=values[chosen], mode="markers", marker=ring, name="outlier")
    if earlier is not None:
        _add_earlier(fig, earlier, look)
    if run is not None:
        _add_forecast(fig, run, look)
    if training is not None:
        _add_preview(fig, training, look)
    if ahead:
        ends = run.forecast.within(level) if run else (values[first:], values[first:])
        end = series.stamps(series.times_after(series.known_end(target), ahead))[-1]
        recent = np.concatenate([values[first:], *ends])
        low, high = float(np.nanmin(recent)), float(np.nanmax(recent))
        pad = 0.06 * (high - low)
        _set_view(fig, look, [stamps[first], end], [low - pad, high + pad], whole=first == 0)
    return fig


def _set_view(fig: go.Figure, look: Look, x: list[Any], y: list[float], whole: bool) -> None:
    """What is in view at first, and if that is not the whole series, buttons to see that and to come back."""
    fig.update_xaxes(range=x)
    fig.update_yaxes(range=y)
    if whole:
        return
    views = {
        "Whole series": {"xaxis.autorange": True, "yaxis.autorange": True},
        "Forecast": {"xaxis.range": x, "yaxis.range": y},
    }
    fig.update_layout(
        updatemenus=[
            {
                "type": "buttons",
                "direction": "left",
                "buttons": [{"label": name, "method": "relayout", "args": [view]} for name, view in views.items()],
                "showactive": False,
                "bgcolor": "rgba(0,0,0,0)",
                "bordercolor": look.faint,
                "font": {"color": look.ink, "size": 11},
                "x": 1,
                "xanchor": "right",
                "y": 0,
                "yanchor": "top",
                "pad": {"t": 26},
            }
        ]
    )


def _first_in_view(series: Series, target: str, run: Run | None, ahead: int) -> int:
    """The first row in view: 0 before there is a forecast, and then its end with what came before."""
    shown = max(3 * ahead, SHOWN)
    if not ahead or series.known_end(target) <= shown:
        return 0
    if run is None or len(run.report.stamps) <= shown:
        return series.known_end(target) - shown
    at: Any = series.stamps()  # of either type: both are sorted
    return int(np.searchsorted(at, run.report.stamps[-shown]))  # thinned, so many points reach further back


def _add_parts(fig: go.Figure, series: Series, split: Split, look: Look, first: int) -> None:
    """Every part's shade, and its name where it begins in view."""
    stamps = series.stamps()
    parts = {"train": split.train, "validate": split.validation, "calibrate": split.calibration, "test": split.test}
    if split.test.stop < len(series):
        parts["to forecast"] = range(split.test.stop, len(series))
    for index, (name, part) in enumerate(parts.items()):
        high = not index % 2  # side by side they meet on a phone
        fig.add_vrect(
            x0=stamps[part.start],
            x1=stamps[part.stop - 1],
            fillcolor="rgba(0,0,0,0)" if high else look.shade,
            line_width=0,
            layer="below",
        )
        fig.add_annotation(
            x=stamps[max(part.start, first) if part.stop > first else part.start],
            y=1 if high else 0,
            yref="y domain",
            text=name,
            font={"size": 11},
            showarrow=False,
            xanchor="left",
            yanchor="top" if high else "bottom",
        )


def _now(run: Run) -> tuple[Stamps, Floats]:
    """The last known value, from which the forecast begins: stamps with it and the forecast's, and its value."""
    known = run.forecaster.prepared.observed
    last = len(known)
    return np.concatenate([run.series.stamps()[last - 1 : last], run.forecast.stamps]), known[-1:]


def _kept(run: Run) -> NDArray[np.int64]:
    """The points that a run's lines along the test part are drawn with."""
    return np.union1d(drawn(run.report.truth), drawn(run.report.one_step))


def _add_band(fig: go.Figure, run: Run, level: float, look: Look) -> None:
    keep, report, colour = _kept(run), run.report, model_colour(run.config.model, look)
    low, high = report.within(level)
    add_band(fig, report.stamps[keep], low[keep], high[keep], band(colour), f"{percent(level)} band")
    (now, start), (low, high) = _now(run), run.forecast.within(level)
    add_band(fig, now, np.concatenate([start, low]), np.concatenate([start, high]), band(colour))


def _add_forecast(fig: go.Figure, run: Run, look: Look) -> None:
    keep, colour, (now, start) = _kept(run), model_colour(run.config.model, look), _now(run)
    fig.add_scatter(
        x=run.report.stamps[keep],
        y=run.report.one_step[keep],
        mode="lines",
        line={"color": colour, "width": 1.4},
        name="one step ahead",
    )
    fig.add_scatter(
        x=now,
        y=np.concatenate([start, run.forecast.mean]),
        mode="lines+markers",
        marker_size=4,
        line={"color": colour, "width": 2.2},
        name=f"next {len(run.forecast.mean)}",
    )


def _add_earlier(fig: go.Figure, run: Run, look: Look) -> None:
    keep, (now, start) = _kept(run), _now(run)
    fig.add_scatter(
        x=np.concatenate([run.report.stamps[keep], now]),
        y=np.concatenate([run.report.one_step[keep], start, run.forecast.mean]),
        mode="lines",
        line={"color": model_colour(run.config.model, look), "width": 1},
        opacity=0.45,
        name="earlier settings",
    )


def _add_preview(fig: go.Figure, training: TrainConfig, look: Look) -> None:
    """Empty lines for what is forecast while it trains."""
    colour = model_colour(training.model, look)
    for name, mode, width, label in (
        (END_TO_END, "lines", 1.4, f"{training.horizon} ahead, so far"),
        (NEXT, "lines+markers", 2.2, f"next {training.horizon}, so far"),
    ):
        line = {"color": colour, "width": width}
        fig.add_scatter(x=[None], y=[None], mode=mode, marker_size=4, line=line, name=label, meta=name)


def preview_lines(series: Series, target: str, preview: Preview) -> dict[str, tuple[Stamps, Floats]]:
    """Stamps and values of a preview's lines by name: forecasts end to end, each from the value at its origin, and the
    one of the values to come."""
    values, horizon, last = series.column(target), preview.forecast.shape[1], int(preview.origins[-1])
    stamps = np.concatenate([series.stamps()[: last + 1], series.stamps(series.times_after(last + 1, horizon))])
    rows = preview.origins[:, None] + np.array([*range(horizon + 1), horizon])  # the last once more: there a line ends
    lines = np.concatenate([values[preview.origins, None], preview.forecast, np.full((len(rows), 1), np.nan)], axis=1)
    return {
        END_TO_END: (stamps[rows[:-1]].ravel(), lines[:-1].ravel()),
        NEXT: (stamps[rows[-1, :-1]], lines[-1, :-1]),
    }


def loss_figure(
    curve: tuple[Progress, ...],
    steps: int,
    look: Look,
    model: str = "Liquid",
    one: str = "linear part",
    height: int = 300,
) -> go.Figure:
    """Training and validation loss over the steps, the validation loss with its spread over the networks; 1 is the loss
    of `one`."""
    fig = figure(look, title="Loss", x="training step", y=f"squared error ({one} = 1)", height=height)
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
    """A run's series and forecast."""
    prepared = run.forecaster.prepared
    return series_figure(run.series, prepared.names[0], prepared.split, look, run=run, level=level)


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
        height=360,
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
    # Below: on a phone it takes more lines than there is room for on top.
    fig.update_layout(legend={"yref": "container", "y": 0, "yanchor": "bottom"})
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
