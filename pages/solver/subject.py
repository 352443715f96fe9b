"""What the solver page computes, cached: the layer, the truth, its second opinion, orders and limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from liquid.dynamics.reference import Reference, judged
from liquid.dynamics.solvers import SOLVERS, solver_named
from liquid.dynamics.weights import LayerWeights
from liquid.learning.run import Run
from liquid.series import builtin
from liquid.series.export import to_csv
from liquid.studies.convergence.paths import ODEProblem, OrderCurve, Path, follow
from liquid.studies.convergence.report import Table
from liquid.studies.convergence.stability import StabilityLimit, fixed_point, stability_limit
from liquid.studies.convergence.study import PULSES, Accuracy, ConvergenceConfig, accuracy, ode_problem, order_curve
from pages.shared.display import fingerprint

LENGTH = 200  # samples, or all of a shorter series
HALVINGS = 6  # from one step a sample to 64
LABELS = {name: solver.label for name, solver in SOLVERS.items()}


@st.cache_data(max_entries=1)
def inputs() -> dict[str, str]:
    """What the layer may be shown, and how it is called: pulses, then the built-in series."""
    return {PULSES: "Pulses: levels held for 10 samples"} | {one.name: one.title for one in builtin.catalogue()}


@dataclass(frozen=True)
class Subject:
    """A problem, and a name to cache by that holds all that the truth depends on: neither solver nor unfolds."""

    name: str
    problem: ODEProblem

    @property
    def truth(self) -> Reference:
        """Solved once: states, but no error of its own yet."""
        return _truth(self.name, self.problem)

    @property
    def judged_truth(self) -> Reference:
        """Solved twice: with its own error."""
        return _judged(self.name, self.problem)

    def path(self, solver: str, unfolds: int) -> Path:
        return _path(self.name, solver, unfolds, self.problem)

    def accuracy(self, solver: str, unfolds: int) -> Accuracy:
        """That path against the truth."""
        return _accuracy(self.name, solver, unfolds, self)

    @property
    def curves(self) -> tuple[OrderCurve, ...]:
        return _curves(self.name, self.problem)

    @property
    def limits(self) -> tuple[StabilityLimit, ...]:
        return _limits(self.name, self.problem)


def subject_of(config: ConvergenceConfig, run: Run | None) -> Subject:
    """The random layer of a config; or the first layer of a run, on the last samples that it was trained on."""
    if run is None:
        key = replace(config, solver="euler", unfolds=1)
        return Subject(key.to_json(), _random(key))
    layer = run.forecaster.model.liquid_members()[0].liquid_layers()[0]
    equation = replace(LayerWeights.of(layer), dt=config.dt)
    prepared = run.forecaster.prepared
    inputs = prepared.model_input(prepared.channels[None, -config.samples :])[0].double().numpy()
    return Subject(fingerprint(*equation.arrays, inputs), ODEProblem(equation, inputs, np.zeros(layer.state_size)))


@st.cache_resource(max_entries=64, show_spinner=False)
def _random(config: ConvergenceConfig) -> ODEProblem:
    return ode_problem(config)


@st.cache_resource(max_entries=64, show_spinner=False)
def _truth(name: str, _problem: ODEProblem) -> Reference:
    return _problem.solve(second_opinion=False)


@st.cache_resource(max_entries=64, show_spinner=False)
def _judged(name: str, _problem: ODEProblem) -> Reference:
    return judged(_truth(name, _problem), _problem.solve(method="lsoda", second_opinion=False))


@st.cache_resource(max_entries=16, show_spinner=False)  # a path is up to 6 MB
def _path(name: str, solver: str, unfolds: int, _problem: ODEProblem) -> Path:
    return follow(_problem, solver_named(solver), unfolds)


@st.cache_resource(max_entries=16, show_spinner=False)
def _accuracy(name: str, solver: str, unfolds: int, _subject: Subject) -> Accuracy:
    path = _subject.path(solver, unfolds)
    return accuracy(_subject.problem, _subject.truth, solver_named(solver), unfolds, path)


@st.cache_resource(max_entries=64, show_spinner="Halving steps …")
def _curves(name: str, _problem: ODEProblem) -> tuple[OrderCurve, ...]:
    truth = _judged(name, _problem)
    return tuple(order_curve(_problem, truth, solver, HALVINGS) for solver in SOLVERS.values())


@st.cache_resource(max_entries=64, show_spinner="Searching the longest stable steps …")
def _limits(name: str, _problem: ODEProblem) -> tuple[StabilityLimit, ...]:
    fixed = fixed_point(_problem.equation, _problem.inputs.mean(axis=0))
    return tuple(stability_limit(_problem.equation, fixed, solver) for solver in SOLVERS.values())


def download(label: str, name: str, table: Callable[[], Table]) -> None:
    """A button that hands one curve over as CSV, written when it is pressed."""
    st.download_button(
        label,
        lambda: to_csv(table()),
        f"{name}.csv",
        "text/csv",
        key=f"solver_csv_{name}",
        on_click="ignore",
        icon=":material/download:",
        help="This curve as CSV, at full precision.",
    )
