"""What the solver page computes, cached: the layer, the reference and its own error, orders and limits."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from liquid.dynamics.reference import Reference, judged
from liquid.dynamics.solvers import SOLVERS, solver_named
from liquid.dynamics.weights import LayerWeights
from liquid.learning.run import Run
from liquid.series import builtin
from liquid.studies.convergence.paths import OrderCurve, Path, Problem, follow
from liquid.studies.convergence.stability import StabilityLimit, rest_state, stability_limit
from liquid.studies.convergence.study import PULSES, ConvergenceConfig, Look, look, order_curve, problem_of
from pages.shared.display import fingerprint

LENGTH = 200  # samples, or all of a shorter series
HALVINGS = 6  # from one step a sample to 64
LABELS = {name: solver.label for name, solver in SOLVERS.items()}


@st.cache_data(max_entries=1)
def inputs() -> dict[str, str]:
    """The layer's possible inputs by name, with titles: pulses, then the built-in series."""
    return {PULSES: "Pulses: levels held for 10 samples"} | {entry.name: entry.title for entry in builtin.catalogue()}


@dataclass(frozen=True)
class Subject:
    """A problem, and a cache key made of all that the reference depends on: neither solver nor unfolds."""

    name: str
    problem: Problem

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

    def look(self, solver: str, unfolds: int) -> Look:
        """That path compared with the reference."""
        return _look(self.name, solver, unfolds, self)

    @property
    def curves(self) -> tuple[OrderCurve, ...]:
        return _curves(self.name, self.problem)

    @property
    def limits(self) -> tuple[StabilityLimit, ...]:
        return _limits(self.name, self.problem)


def subject_of(config: ConvergenceConfig, run: Run | None) -> Subject:
    """The random layer of a config; or the first layer of a run, on the last samples of its series."""
    if run is None:
        key = replace(config, solver="euler", unfolds=1)
        return Subject(key.to_json(), _random(key))
    layer = run.forecaster.model.liquid_members()[0].liquid_layers()[0]
    equation = LayerWeights.of(layer)
    prepared = run.forecaster.prepared
    inputs = prepared.model_input(prepared.channels[None, -config.samples :])[0].double().numpy()
    problem = Problem(equation, inputs, np.zeros(layer.state_size), config.dt, run.series.title)
    return Subject(f"{fingerprint(*equation.arrays, inputs)}, dt {config.dt}", problem)


@st.cache_resource(max_entries=64, show_spinner=False)
def _random(config: ConvergenceConfig) -> Problem:
    return problem_of(config)


@st.cache_resource(max_entries=64, show_spinner=False)
def _truth(name: str, _problem: Problem) -> Reference:
    return _problem.solve(second_opinion=False)


@st.cache_resource(max_entries=64, show_spinner=False)
def _judged(name: str, _problem: Problem) -> Reference:
    return judged(_truth(name, _problem), _problem.solve(method="lsoda", second_opinion=False))


@st.cache_resource(max_entries=16, show_spinner=False)  # a path is up to 6 MB
def _path(name: str, solver: str, unfolds: int, _problem: Problem) -> Path:
    return follow(_problem, solver_named(solver), unfolds)


@st.cache_resource(max_entries=16, show_spinner=False)
def _look(name: str, solver: str, unfolds: int, _subject: Subject) -> Look:
    path = _subject.path(solver, unfolds)
    return look(_subject.problem, _subject.truth, solver_named(solver), unfolds, path)


@st.cache_resource(max_entries=64, show_spinner="Halving steps …")
def _curves(name: str, _problem: Problem) -> tuple[OrderCurve, ...]:
    truth = _judged(name, _problem)
    return tuple(order_curve(_problem, truth, solver, HALVINGS) for solver in SOLVERS.values())


@st.cache_resource(max_entries=64, show_spinner="Searching the longest stable steps …")
def _limits(name: str, _problem: Problem) -> tuple[StabilityLimit, ...]:
    rest = rest_state(_problem.equation, _problem.inputs.mean(axis=0))
    return tuple(stability_limit(_problem.equation, rest, solver) for solver in SOLVERS.values())
