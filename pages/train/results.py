"""A training's result: the answer, the forecast, and behind tabs the reasons to trust it or not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from liquid.charts import residuals
from liquid.charts import train as charts
from liquid.charts.style import Look
from liquid.export.formats import formats_of
from liquid.export.network import unknown_to_it
from liquid.learning.band import LEVEL, percent
from liquid.learning.comparison import RmseRatio
from liquid.learning.residuals import left_in
from liquid.learning.run import Run
from liquid.runs.format import write_file
from liquid.runs.studies import Studies
from liquid.studies.statistics import Interval
from pages.shared.controls import choice
from pages.shared.display import TAU_SYS, flush, page_look, verbatim
from pages.shared.links import linked
from pages.shared.noise_response import noise_responses
from pages.shared.solver_effect import show_effect
from pages.shared.tables import number_table
from pages.train.look_back import look_back
from pages.train.other_models import other_models
from pages.train.share import share_button
from pages.train.why import why
from pages.train.worth import columns_worth, has_columns

COUNTS = (
    "Yes: the whole interval lies below 1, the error of the best baseline. No: it lies above, or so close to 1 that "
    "nobody would call it a difference. Partly: the first step says the opposite of the horizon. Not decided: the "
    "interval holds 1, or the test part is too short for one."
)


def show_results(
    run: Run, studies: Studies, level: float, *, shareable: bool = True, outliers_said: bool = False
) -> None:
    """What stands below the chart: numbers, the band in words, and behind tabs the reasons to trust it or not.

    `shareable`: the run is this session's own. `outliers_said`: the page says above what became of outliers.
    """
    look, finished = page_look(), run.finished
    with st.expander("Interval, and what counts as yes", type="compact"):
        st.markdown(f"{run.report.answer.fold} {COUNTS}")
    if finished.outcome != "done":
        st.warning(verbatim(finished.message), icon=":material/info:")
    st.caption(f"{verbatim(run.report.band_words(level))} {_beyond_the_data(run, level)}")
    if run.silent_words:
        st.caption(run.silent_words)
    _numbers(run)
    if run.outliers and not outliers_said:
        st.caption(verbatim(run.outliers))
    flush()  # the picture first
    if shareable:
        share_button(run, studies)
    contents: dict[str, Callable[[], None]] = {
        "Against baselines": lambda: _baselines(run, look),
        "Residuals": lambda: _residuals(run, look, level),
    }
    contents["Other models"] = lambda: other_models(run, studies, look, own=shareable)
    contents["Look back"] = lambda: look_back(run, studies, look, own=shareable)
    contents["Why"] = lambda: why(run, look)
    if has_columns(run):
        contents["Columns"] = lambda: columns_worth(run)
    if run.config.kind.liquid:
        contents["Time constants"] = lambda: _time_constants(run, look)
    if run.config.kind.trained:
        contents["Training"] = lambda: _training(run, look)
    else:
        contents["Settings"] = lambda: _solved(run)
    contents["Downloads"] = lambda: _downloads(run)
    if studies.noise:
        contents["Noise"] = lambda: noise_responses(look, studies)
    if effect := studies.effect:
        contents["Solvers"] = lambda: show_effect(look, effect)
    tabs = st.tabs(list(contents), key=linked("results"), on_change="rerun", bind="query-params")
    for tab, content in zip(tabs, contents.values(), strict=True):
        if tab.open:
            with tab:
                content()


def show_forecast(run: Run, level: float) -> None:
    """The chart of a run: its series and its forecast."""
    chart(charts.forecast_figure(run, page_look(), level), f"{run.report.sentence} {run.report.band_words(level)}")


def chart(figure: go.Figure, alt: str) -> None:
    """The page's one chart, in whatever state."""
    st.plotly_chart(figure, key="forecast", alt=alt)


def show_answer(run: Run) -> None:
    """Whether the model is better than the best baseline over the horizon, then at the first step."""
    st.header(run.report.answer.markdown)
    if run.report.first_step:
        st.markdown(run.report.first_step)


def describe(run: Run) -> str:
    config = run.config
    size = f"{config.state_size} neurons, " if config.kind.sized else ""
    return f"{config.model}, {size}{run.forecaster.prepared.names[0]} of {run.series.title}"


def _numbers(run: Run) -> None:
    report = run.report
    own, steps = report.rows[0], run.config.horizon
    parameters = run.forecaster.model.parameter_count()
    members, kind = run.config.members, run.config.kind
    counted = "Trained weights of each network: layer and readout." if kind.trained else "Numbers that are fitted."
    if taps := run.forecaster.model.taps[0].numel():
        counted += f" The closed-form ridge refit adds {taps:,} lag weights."
    if (part := run.forecaster.prepared.linear) is not None:
        counted += f" The linear part comes first, with {part.count:,} numbers; the networks learn what it leaves over."
    values = f"{report.points:,} test values that were not used for fitting{_missing(run)}."
    with st.grid(4, min_column_width=170):
        if steps > 1:
            st.metric(
                f"RMSE over {steps} steps",
                _in_unit(own.rmse, run),
                help=f"Root mean squared error over all forecasts 1 to {steps} steps ahead, each step on the same "
                f"{values}",
            )
        st.metric(
            "RMSE, one step ahead",
            _in_unit(own.one_step.rmse, run),
            help=f"Root mean squared error on {values}",
        )
        st.metric(
            "Parameters",
            f"{members} × {parameters:,}" if members > 1 else f"{parameters:,}",
            help=counted,
        )
        st.metric(
            "Training took" if kind.trained else "Solving took",
            f"{run.finished.seconds:.1f} s",
            help="Wall-clock time on this server, without the time in the queue.",
        )


def _in_unit(error: float, run: Run) -> str:
    unit = run.unit
    return f"{error:.3g} {'× ' if unit[:1].isdigit() else ''}{verbatim(unit)}"


def _times(ratio: RmseRatio | None) -> str:
    """A ratio with its interval, as far as there is one."""
    if ratio is None or not ratio.exists:
        return ""
    return f"{Interval(*ratio):.3f}" if ratio.has_interval else f"{ratio.value:.3f} [too few errors]"


def _missing(run: Run) -> str:
    """What the count of test values leaves out."""
    missing = len(run.report.truth) - run.report.points
    return f", the known ones: {missing:,} are missing and do not count" if missing else ""


def band_level(run: Run) -> float:
    """The band's level that is asked for; a run from before there was a choice has one."""
    levels = run.report.levels
    if len(levels) == 1:
        return levels[0]
    chosen = choice(
        "Band",
        [round(100 * level) for level in levels],
        round(100 * LEVEL),
        key="band",
        show=lambda share: f"{share} %",
        help="How many of the values to come the band should hold. It starts from errors on the calibration part, and "
        "is widened after each miss and narrowed after each value that it held.",
    )
    return chosen / 100


def _beyond_the_data(run: Run, level: float) -> str:
    forecast = run.forecast
    low, high = forecast.within(level)
    magnitude = max(abs(low[-1]), abs(high[-1]))
    form = ",.0f" if 1e4 <= magnitude < 1e12 else ".4g"  # 145,352 rather than 1.454e+05
    last = Interval(*(float(values[-1]) for values in (forecast.mean, low, high)))
    return f"Beyond the data: {len(forecast.mean)} forecast values, the last one {last:{form}}."


def _baselines(run: Run, look: Look) -> None:
    rows, steps = run.report.rows, run.config.horizon
    over, ratio = f"RMSE, 1 to {steps} ahead", f"{rows[0].name} / it"
    table: dict[str, list[Any]] = {"model": [row.name for row in rows]}
    if steps > 1:
        table[over] = [row.rmse for row in rows]
        table[f"{ratio}, 1 to {steps} [95 %]"] = ["1", *(_times(row.horizon_ratio) for row in rows[1:])]
    table |= {
        "RMSE, 1 ahead": [row.one_step.rmse for row in rows],
        f"{ratio}, 1 [95 %]": ["1", *(_times(row.ratio) for row in rows[1:])],
    }
    table |= {name: [getattr(row.one_step, name.lower()) for row in rows] for name in ("MAE", "NRMSE", "MASE")}
    number_table(table, key="baselines")
    season = run.report.season
    st.caption(
        f"All on the same {run.report.points:,} test values{_missing(run)}"
        + (" (thinned evenly)" if run.report.thinned else "")
        + (f"; season of {season} samples. " if season else "; no season found. ")
        + "MAE, NRMSE and MASE are those one step ahead: NRMSE is RMSE divided by the test part's standard deviation, "
        "MASE is MAE divided by the training part's mean step."
        + "".join(f" {verbatim(sentence)}" for sentence in run.report.left_out)
    )
    st.plotly_chart(
        charts.horizon_figure(run, look), key="horizon_chart", alt="RMSE of every model against steps ahead."
    )


def _residuals(run: Run, look: Look, level: float) -> None:
    report, model, unit = run.report, run.config.model, run.unit
    held = report.coverage[report.levels.index(level), 0]
    error = report.truth - report.one_step
    left = left_in(error, report.stamps)
    st.markdown(f"### {left.sentence}")
    st.plotly_chart(charts.residual_figure(run, look, level), key="residuals", alt="Residuals along the test part.")
    known = error[np.isfinite(error)]
    st.caption(
        f"Mean {known.mean():+.3g}, median magnitude {np.median(np.abs(known)):.3g}; {100 * held:.0f} % lie between "
        f"the dotted lines, which should hold {percent(level)}. Any visible pattern is structure the model failed to "
        "learn."
    )
    low, high = (float(np.median(end - report.one_step)) for end in report.within(level))
    pictures = {
        "residual_sizes": (
            residuals.histogram(error, low, high, model, unit, look),
            "Histogram of the residuals.",
        ),
        "residual_lags": (
            residuals.autocorrelation(left.lags, left.correlation, left.limit, model, look),
            "Autocorrelation of the residuals.",
        ),
        "residual_forecast": (residuals.against(report.one_step, error, model, unit, look), "Residuals by forecast."),
    }
    if left.calendar is not None and left.groups is not None:
        by_group = residuals.by_group(error, left.groups, left.calendar, model, unit, look)
        pictures["residual_calendar"] = (by_group, f"Residuals by {left.calendar}.")
    with st.grid(2, min_column_width=300):
        for key, (picture, alt) in pictures.items():
            st.plotly_chart(picture, key=key, alt=alt)


def _time_constants(run: Run, look: Look) -> None:
    view = run.tau
    members, _, size = view.tau_sys.shape
    left, right = st.columns([1, 2])
    member = left.selectbox(
        "Network",
        range(members),
        format_func=lambda m: f"{m + 1} of {members}",
        key=linked("tau_member"),
        bind="query-params",
        help="Which of the networks that were trained side by side.",
    )
    by_swing = np.argsort(-np.ptp(view.tau_sys[member], axis=0))
    neurons = right.multiselect(
        "Neurons",
        range(size),
        format_func=lambda neuron: f"neuron {neuron}",
        max_selections=5,
        key=linked("tau_neurons"),
        bind="query-params",
        placeholder="The three that move most",
        help=f"If you choose none, the three whose {TAU_SYS} moves most are shown.",
    )
    bounds = view.floor[member], view.ceiling[member]
    time = charts.time_title(run.series)
    st.plotly_chart(
        charts.tau_figure(
            view.stamps, view.tau_sys[member], *bounds, neurons or sorted(by_swing[:3].tolist()), look, time
        ),
        key="tau_lines",
        alt="tau_sys of the chosen neurons along the series, between floor and ceiling.",
    )
    st.plotly_chart(
        charts.tau_heat(view.stamps, view.tau_sys[member], *bounds, look, time),
        key="tau_heat",
        alt="tau_sys of every neuron along the series as heat between its bounds.",
    )
    swing = np.ptp(view.tau_sys[member], axis=0) / view.tau_sys[member].mean(axis=0)
    means = view.tau_sys.mean(axis=(1, 2)) / run.config.dt
    spread = f", {means.min():.2f} to {means.max():.2f} over the {members} networks" if members > 1 else ""
    st.caption(
        rf"Shaded: floor $\tau / (1 + \tau)$ and ceiling $\tau$. Along this series {TAU_SYS} swings by "
        f"{100 * np.median(swing):.0f} % of its mean in the median neuron. Its mean over neurons and time is "
        f"{means[member]:.2f} samples{spread} ({TAU_SYS} / dt, with dt = {run.config.dt:g})."
        + (f" {run.silent_words}" if run.silent_words else "")
    )


def _training(run: Run, look: Look) -> None:
    one = "linear part" if run.forecaster.prepared.linear else "persistence"
    figure = charts.loss_figure(run.curve, run.curve[-1].steps, look, run.config.model, one)
    st.plotly_chart(figure, key="loss", alt="The loss curve.")
    sentences = (
        f"Trained by {run.config.how.words}, at a peak rate of {run.config.rate:g}.",
        f"The weights are those with the best validation loss, at step {run.finished.best_step:,}.",
        run.early_words,
        f"A loss of 1 {_loss_of_one(run)}.",
        run.report.luck_sentence,
    )
    st.caption(" ".join(filter(None, sentences)))
    st.json(run.config.to_json(), expanded=False)


def _solved(run: Run) -> None:
    st.caption(
        f"{run.config.model} is solved at once, without training steps. Its loss on the validation part is "
        f"{run.curve[-1].validation_loss:.3g}; a loss of 1 {_loss_of_one(run)}. {run.report.luck_sentence}"
    )
    st.json(run.config.to_json(), expanded=False)


def _loss_of_one(run: Run) -> str:
    if run.forecaster.prepared.linear is None:
        return "is as good as repeating the last value"
    return "is that of the linear part alone"


DOWNLOADS = (
    ("forecast.csv", "Forecast", "Test part and forecast values with their band, as CSV for a spreadsheet."),
    ("metrics.json", "Metrics", "Every number on this page."),
    ("config.json", "Settings", "All settings and the seed: training with them gives the same numbers again."),
    ("weights.safetensors", "Weights", "The trained networks, for PyTorch."),
    ("forecast.html", "Picture", "The forecast as one HTML file that opens offline."),
)


def _downloads(run: Run) -> None:
    with st.grid(3, min_column_width=220):
        for name, label, help_text in DOWNLOADS:
            _download(name, label, help_text, partial(write_file, run, name))
    with st.expander("Take it along", icon=":material/luggage:"):
        with st.grid(3, min_column_width=220):
            for one in formats_of(run).values():
                _download(one.file, one.label, one.help, partial(one.write, run))
        if missing := unknown_to_it(run):
            st.caption(verbatim(f"No ONNX and no C file: {missing}"))


def _download(name: str, label: str, help_text: str, write: Callable[[], bytes]) -> None:
    st.download_button(
        label,
        data=write,
        file_name=name,
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
        key=f"download_{name}",
        help=help_text,
    )
