"""Is Euler accurate enough? Solver steps beside the solution of the layer's own ODE."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from liquid.charts import solver as charts
from liquid.dynamics.reference import Reference
from liquid.dynamics.solvers import solver_named
from liquid.errors import LiquidError
from liquid.learning.run import Run
from liquid.studies.convergence.paths import between
from liquid.studies.convergence.report import error_table, path_table, reference_table
from liquid.studies.convergence.study import ConvergenceConfig
from pages.shared.display import flush, page_look, show_problem, symbols
from pages.shared.links import linked
from pages.shared.sessions import trained_run
from pages.shared.solver_effect import download
from pages.solver.pinned import differences, pin_button, pinned, show_pinned
from pages.solver.settings import choose
from pages.solver.subject import Subject, subject_of
from pages.solver.views import VIEWS, Current, path_figure

st.title("Is Euler accurate enough?")
st.caption(
    "The layer's states are steps along an ordinary differential equation. Here the same equation is also solved to "
    "twelve digits, so that every step can be compared with the exact solution."
)


def solved(config: ConvergenceConfig, run: Run | None) -> tuple[Subject, Reference]:
    """The layer and its exact solution; LiquidError if there is none."""
    subject = subject_of(config, run)
    if not subject.truth.success:
        raise LiquidError(subject.truth.message)
    return subject, subject.truth


with st.sidebar:
    config, run = choose(trained_run())
try:
    subject, truth = solved(config, run)
    st.session_state["solver_shown"] = config, run
except LiquidError as error:
    show_problem(error)
    if "solver_shown" not in st.session_state:
        st.stop()
    st.caption("Below is what the settings before these gave.")
    config, run = st.session_state["solver_shown"]
    subject, truth = solved(config, run)
problem, solver, colours = subject.problem, solver_named(config.solver), page_look()
path = subject.path(config.solver, config.unfolds)

# The picture comes first, for the sentence needs a second path, with more unfolds; the old one stays until then.
answer = st.container()
neurons = st.multiselect(
    "Neurons to draw",
    range(config.state_size),
    sorted({0, config.state_size // 2}),
    max_selections=4,
    key=linked(f"solver_neurons_{config.state_size}"),
    bind="query-params",
    help="Neuron 0 has the smallest tau. Where a path leaves its range, the neuron that left first is drawn too.",
) or [0]
if path.departure:
    neurons = sorted({*neurons, path.departure.neuron})
stays = pinned()
before, now = st.columns(2) if stays else (None, st.container())
drawn = between(problem, truth, points=4)
figure, *_ = path_figure(colours, problem, path, drawn, solver, neurons, unfolds=config.unfolds, label=solver.label)
if stays and before:
    now.markdown(f"**Now:** {differences(config, stays)}")
    with before:
        st.markdown(f"**Pinned:** {differences(stays, config)}")
        show_pinned(stays, neurons, figure, colours)
with now:
    st.plotly_chart(
        figure,
        key="solver_paths",
        alt=f"States of neurons {', '.join(map(str, neurons))}: {solver.label} steps over the true path.",
    )
if run is None:
    pin_button(config, is_pinned=stays is not None)
flush()

accuracy = subject.accuracy(config.solver, config.unfolds)
answer.markdown(f"## {symbols(accuracy.answer)}")
truth = subject.judged_truth
span = float(np.ptp(truth.states))
if not truth.success:
    st.warning(truth.message)
st.plotly_chart(
    charts.errors(
        colours, error=accuracy.error, floor=truth.error, span=span, solver=config.solver, label=solver.label
    ),
    key="solver_errors",
    alt=f"Error of {solver.label} along time on a log axis, above the reference's own error.",
)
st.caption(f"Reference: {truth.message} About {truth.evaluations:,} evaluations, restarted at every sample.")

current = Current(subject, config, run, neurons, colours)
tabs = dict(
    zip(VIEWS, st.tabs(list(VIEWS), on_change="rerun", key=linked("solver_tab"), bind="query-params"), strict=True)
)
for name, tab in tabs.items():
    if tab.open:
        with tab:
            VIEWS[name](current)

st.header("The curves as CSV" + (", and the command that computes them" if run is None else ""))
with st.container(horizontal=True):
    download("Path", "path", partial(path_table, problem, accuracy, config.unfolds))
    download("Truth", "reference", partial(reference_table, problem, truth))
    download("Error", "error", partial(error_table, problem, truth, accuracy))
if run is None:
    settings = {"source": config.source, "samples": config.samples, "state-size": config.state_size}
    settings |= {"dt": config.dt, "unfolds": config.unfolds, "solver": config.solver}
    settings |= {"tau-low": config.tau_low, "tau-high": config.tau_high, "gain": config.gain, "seed": config.seed}
    options = " ".join(f"--{name} {value}" for name, value in settings.items())
    st.code(f"python -m liquid convergence {options}", language="bash", wrap_lines=True)
