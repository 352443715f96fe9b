"""What the solver page computes, cached: the layer, the truth, its second opinion, orders and limits."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from liquid.charts.style import DARK, LIGHT, Look
from liquid.dynamics.reference import Reference, judged
from liquid.dynamics.solvers import SOLVERS
from liquid.series import builtin
from liquid.series.export import to_csv
from liquid.studies.convergence import PULSES, ConvergenceConfig, order_curve, problem_of
from liquid.studies.convergence_report import Table
from liquid.studies.paths import OrderCurve, Problem
from liquid.studies.stability import StabilityLimit, rest_state, stability_limit

LENGTH = 200  # samples, or all of a shorter series
LABELS = {name: solver.label for name, solver in SOLVERS.items()}


def page_look() -> Look:
    """The colours that fit the visitor's theme."""
    return DARK if st.context.theme.type == "dark" else LIGHT


@st.cache_data(max_entries=1)
def inputs() -> dict[str, str]:
    """What the layer may be shown, and how it is called: pulses, then the built-in series."""
    return {PULSES: "Pulses: levels held for 10 samples"} | {one.name: one.title for one in builtin.catalogue()}


@st.cache_data(max_entries=64)
def length_of(source: str) -> int:
    """How many samples of an input the page looks at."""
    return LENGTH if source == PULSES else min(LENGTH, len(builtin.load(source)))


# The truth depends on neither solver nor unfolds: moving those must not solve it again.
@dataclass(frozen=True)
class Subject:
    """A problem with a name to cache by: the config without what the truth does not depend on."""

    config: ConvergenceConfig

    @staticmethod
    def of(config: ConvergenceConfig) -> Subject:
        return Subject(replace(config, solver="euler", unfolds=1))

    @property
    def problem(self) -> Problem:
        return _problem(self.config)

    @property
    def truth(self) -> Reference:
        """Solved once: states, but no error of its own yet."""
        return _truth(self.config)

    @property
    def judged_truth(self) -> Reference:
        """Solved twice: with its own error."""
        return _judged(self.config)

    @property
    def curves(self) -> tuple[OrderCurve, ...]:
        return _curves(self.config)

    @property
    def limits(self) -> tuple[StabilityLimit, ...]:
        return _limits(self.config)


@st.cache_resource(max_entries=64, show_spinner=False)
def _problem(config: ConvergenceConfig) -> Problem:
    return problem_of(config)


@st.cache_resource(max_entries=64, show_spinner=False)
def _truth(config: ConvergenceConfig) -> Reference:
    return _problem(config).solve(second_opinion=False)


@st.cache_resource(max_entries=64, show_spinner=False)
def _judged(config: ConvergenceConfig) -> Reference:
    return judged(_truth(config), _problem(config).solve(method="lsoda", second_opinion=False))


@st.cache_resource(max_entries=64, show_spinner="Halving steps …")
def _curves(config: ConvergenceConfig) -> tuple[OrderCurve, ...]:
    truth = _judged(config)
    return tuple(order_curve(_problem(config), truth, solver, config.halvings) for solver in SOLVERS.values())


@st.cache_resource(max_entries=64, show_spinner="Searching the longest stable steps …")
def _limits(config: ConvergenceConfig) -> tuple[StabilityLimit, ...]:
    problem = _problem(config)
    rest = rest_state(problem.equation, problem.inputs.mean(axis=0))
    return tuple(stability_limit(problem.equation, rest, solver, config.seed) for solver in SOLVERS.values())


def download(label: str, name: str, table: Table) -> None:
    """A button that hands one curve over as CSV."""
    st.download_button(label, to_csv(table), f"{name}.csv", "text/csv", key=f"solver_csv_{name}", on_click="ignore")
