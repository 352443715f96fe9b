"""Further targets beside the chosen one: the same training for each, as one job, and a small picture of each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from liquid.charts.style import Look
from liquid.charts.targets import small_forecast
from liquid.engine import Task
from liquid.learning.run import Run
from liquid.studies.targets.report import errors_table, forecasts_table, target_of
from liquid.studies.targets.study import MOST, LeftOut, for_target, targets
from pages.shared.display import NO_TOOLBAR, page_look, verbatim
from pages.shared.downloads import csv_button
from pages.shared.job import active, finished, results_of, run_job, start
from pages.shared.links import linked
from pages.shared.series_picker import Picked
from pages.shared.sessions import forget, remember
from pages.shared.tables import number_table
from pages.train.model_settings import set_config
from pages.train.reach import clock_widget
from pages.train.training import Setup, training

JOB, KEPT = "targets", "target_runs"
HELP = (
    "Columns to forecast as well, each by a training of its own with these settings. Another column is read only if it "
    "is among the further inputs. What the trainings bring stands below the chart."
)

Results = dict[Setup, Run | LeftOut]


def choose_targets(picked: Picked, target: str) -> tuple[str, ...]:
    """The further targets; folded, and absent where there can be none."""
    others = [name for name in picked.series.names if name != target]
    if not others:
        return ()
    widget = _widget(picked)
    if not set(chosen := st.session_state.get(widget, [])) <= set(others):
        st.session_state[widget] = [name for name in chosen if name in others]
    with st.expander("More targets", icon=":material/stacked_line_chart:"):
        return tuple(
            st.multiselect(
                "Forecast too", others, key=linked(widget), bind="query-params", max_selections=MOST, help=HELP
            )
        )


def start_targets(picked: Picked, setup: Setup, names: tuple[str, ...]) -> None:
    """With Train: those that these settings have no result for are trained, too. What others left is dropped."""
    if active(JOB):
        return
    wanted = _setups(setup, names)
    shown = training().finished
    kept = set(wanted.values()) | set(_setups(shown, names).values() if shown else ())
    st.session_state[KEPT] = {one: result for one, result in _taken().items() if one in kept}
    if missing := _missing(wanted):
        start(JOB, setup.series, Task(targets, (picked.series, setup.config, missing)))
    remember(KEPT, JOB)


def show_targets(picked: Picked, setup: Setup, names: tuple[str, ...], level: float, run: Run | None) -> None:
    """How far the trainings are; a picture and a verdict for each that is done; all of them as a table and as CSV.

    They are those of the settings whose `run` is shown.
    """
    current = training()
    shown = current.finished if run is not None and current.finished else setup
    results = _taken()
    wanted = _setups(shown, names)
    missing = _missing(wanted)
    done = [result for one in wanted.values() if isinstance(result := results.get(one), Run)]
    may_ask = bool(missing) and run is not None and shown == setup
    if not (may_ask or active(JOB) or len(missing) < len(wanted)):
        return
    st.subheader("More targets")
    if may_ask or active(JOB):
        count = "the other" if len(missing) > 1 else "this"
        run_job(
            JOB,
            setup.series,
            lambda: Task(targets, (picked.series, setup.config, missing)),
            label=f"Train {count} target{'s' if len(missing) > 1 else ''}",
            help="One after the other, with the settings of the training above. If you stop, the finished ones stay.",
            icon=":material/play_arrow:",
        )
    for name, one in wanted.items():
        if isinstance(problem := results.get(one), LeftOut):
            st.warning(verbatim(f"'{name}' has no forecast: {problem.reason}"), icon=":material/info:")
    if done:
        look = page_look()
        with st.grid(2, min_column_width=300):
            for number, found in enumerate(done):
                _card(found, number, look, level, partial(_open, picked, found, (str(shown.config.target), *names)))
        _tables(([run] if run is not None else []) + done)


def _card(run: Run, number: int, look: Look, level: float, open_it: Callable[[], None]) -> None:
    name = target_of(run)
    with st.container(border=True, height="stretch"):
        st.plotly_chart(
            small_forecast(run, look, level),
            key=f"target_{number}",
            alt=f"{name}: the newest values and the forecast of the next ones with its band. {run.report.sentence}",
            config=NO_TOOLBAR,
        )
        st.markdown(run.report.answer.markdown)
        st.button(
            "Open",
            icon=":material/open_in_full:",
            type="tertiary",
            key=f"target_open_{number}",
            on_click=open_it,
            help="Makes it the page's result, with all tabs, downloads, and Save and share. Nothing is trained.",
        )


def _tables(runs: list[Run]) -> None:
    number_table(errors_table(runs), key="targets_table")
    st.caption(
        "Each target is measured on the known values of its own test part, in its own unit. An interval is about its "
        "target alone: the more targets there are, the more of them look better or worse by chance."
    )
    csv_button(
        "Download all forecasts",
        "forecasts.csv",
        partial(forecasts_table, runs),
        key="targets_csv",
        help="One row per time, a column for each target, as CSV for a spreadsheet.",
    )


def _open(picked: Picked, run: Run, names: tuple[str, ...]) -> None:
    """Make a further target's run that of the page, and the page's target one of the further ones."""
    current, before = training(), st.session_state.get("run")
    if isinstance(before, Run) and current.finished:
        st.session_state[KEPT] = _taken() | {current.finished: before}
    target = target_of(run)
    set_config(run.config, picked.place, target, clock=clock_widget(picked.series, target))
    st.session_state[_widget(picked)] = [name for name in picked.series.names if name in names and name != target]
    st.session_state["run"], current.finished = run, Setup(picked.key, run.config)
    remember("run", KEPT)


def _widget(picked: Picked) -> str:
    return f"targets-{picked.place}"


def _setups(setup: Setup, names: tuple[str, ...]) -> dict[str, Setup]:
    """The trainings of further targets, by target."""
    return {name: Setup(setup.series, for_target(setup.config, name)) for name in names if name != setup.config.target}


def _missing(wanted: dict[str, Setup]) -> tuple[str, ...]:
    results = _taken()
    return tuple(name for name, one in wanted.items() if one not in results)


def _taken() -> Results:
    """All results of further targets that are kept, those of the job among them as they come."""
    remember(KEPT, JOB)
    kept: Results = st.session_state.get(KEPT, {})
    at_work = active(JOB)  # asked first: what is done later is seen next time
    series, found = results_of(JOB)
    new = {Setup(series, one.config): one for one in found if isinstance(one, Run | LeftOut)}
    if new.keys() - kept.keys():
        st.session_state[KEPT] = kept = kept | new
        remember(KEPT)
    if not at_work and finished(JOB, series) is not None:
        forget(JOB)  # so that others can be asked for
    return kept
