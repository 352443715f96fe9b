"""What the solver page computes, cached: the layer, the reference and its own error, orders and limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

import numpy as np
import streamlit as st

from liquid.dynamics.reference import Reference, judged
from liquid.dynamics.solvers import SOLVERS, solver_named
from liquid.dynamics.weights import LayerWeights
from liquid.learning.run import Run
from liquid.series import builtin
from liquid.studies.convergence.paths import ODEProblem, OrderCurve, Path, follow
from liquid.studies.convergence.stability import StabilityLimit, fixed_point, stability_limit
from liquid.studies.convergence.study import PULSES, Accuracy, ConvergenceConfig, accuracy, ode_problem, order_curve
from pages.shared.display import fingerprint

LENGTH = 200  # samples, or all of a shorter series
HALVINGS = 6  # from one step a sample to 64


@st.cache_data(max_entries=1)
def inputs() -> dict[str, str]:
    """The layer's possible inputs by name, with titles: pulses, then the built-in series."""
    return {PULSES: "Pulses: levels held for 10 samples"} | {entry.name: entry.title for entry in builtin.catalogue()}


BY_NAME: dict[str | type[Any], Callable[[Any], Any]] = {"pages.solver.subject.Subject": attrgetter("name")}


@dataclass(frozen=True)
class Subject:
    """A problem, and a cache key made of all that the reference depends on: neither solver nor unfolds."""

    name: str
    problem: ODEProblem

    @property
    @st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=BY_NAME)
    def truth(self) -> Reference:
        """Solved once: states, but no error of its own yet."""
        return self.problem.solve(second_opinion=False)

    @property
    @st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=BY_NAME)
    def judged_truth(self) -> Reference:
        """Solved twice: with its own error."""
        return judged(self.truth, self.problem.solve(method="lsoda", second_opinion=False))

    @st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_NAME)  # a path is up to 6 MB
    def path(self, solver: str, unfolds: int) -> Path:
        return follow(self.problem, solver_named(solver), unfolds)

    @st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_NAME)
    def accuracy(self, solver: str, unfolds: int) -> Accuracy:
        """That path compared with the reference."""
        return accuracy(self.problem, self.truth, solver_named(solver), unfolds, self.path(solver, unfolds))

    @property
    @st.cache_resource(max_entries=64, show_spinner="Halving steps …", hash_funcs=BY_NAME)
    def curves(self) -> tuple[OrderCurve, ...]:
        return tuple(order_curve(self.problem, self.judged_truth, solver, HALVINGS) for solver in SOLVERS.values())

    @property
    @st.cache_resource(max_entries=64, show_spinner="Searching the longest stable steps …", hash_funcs=BY_NAME)
    def limits(self) -> tuple[StabilityLimit, ...]:
        fixed = fixed_point(self.problem.equation, self.problem.inputs.mean(axis=0))
        return tuple(stability_limit(self.problem.equation, fixed, solver) for solver in SOLVERS.values())


def subject_of(config: ConvergenceConfig, run: Run | None) -> Subject:
    """The random layer of a config; or the first layer of a run, on the last samples of its series."""
    if run is None:
        key = replace(config, solver="euler", unfolds=1)
        return Subject(key.to_json(), _random(key))
    layer = run.forecaster.model.liquid_members()[0].liquid_layers()[0]
    equation = replace(LayerWeights.of(layer), dt=config.dt)
    prepared = run.forecaster.prepared
    inputs = prepared.model_input(np.arange(len(prepared.target))[None, -config.samples :])[0].double().numpy()
    return Subject(fingerprint(*equation.arrays, inputs), ODEProblem(equation, inputs, np.zeros(layer.state_size)))


@st.cache_resource(max_entries=64, show_spinner=False)
def _random(config: ConvergenceConfig) -> ODEProblem:
    return ode_problem(config)
