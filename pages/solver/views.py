"""The solver page's tabs: why, orders, cost, stability, dt as a clock, and forecasts. Computed when opened."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from liquid.charts import solver as charts
from liquid.charts.paths import paths
from liquid.charts.style import Look
from liquid.dynamics.solvers import SOLVERS, Solver, solver_named
from liquid.dynamics.weights import Floats
from liquid.engine import Task
from liquid.learning.run import Run
from liquid.series import builtin
from liquid.studies.convergence.paths import ODEProblem, Path, between, follow, with_clock
from liquid.studies.convergence.report import order_table, stability_table
from liquid.studies.convergence.stability import StabilityLimit
from liquid.studies.convergence.study import ConvergenceConfig, percent
from liquid.studies.solver_effect.study import (
    SolverEffect,
    solver_effect,
    trained_with_each,
)
from pages.shared.controls import choice
from pages.shared.display import TAU_SYS, symbols
from pages.shared.job import run_job
from pages.shared.links import linked
from pages.shared.solver_effect import download, show_effect
from pages.shared.studies import keep, studies_of
from pages.solver.subject import Subject

BEYOND = 1.05  # times the longest stable step, to show the instability


@dataclass(frozen=True)
class Current:
    """What the page currently shows."""

    subject: Subject
    config: ConvergenceConfig
    run: Run | None
    neurons: list[int]
    colours: Look

    @property
    def solver(self) -> Solver:
        return solver_named(self.config.solver)


def why_view(current: Current) -> None:
    """The step as a formula, its order and its limit."""
    config, solver, tau = current.config, current.solver, current.subject.problem.equation.tau
    h, shortest = config.dt / config.unfolds, float((tau / (1 + tau)).min())
    st.latex(solver.formula)
    st.latex(rf"h = \frac{{dt}}{{\text{{unfolds}}}} = \frac{{{config.dt:g}}}{{{config.unfolds}}} = {h:.4g}")
    limit = solver.limit * shortest
    bound = "none" if math.isinf(limit) else f"{solver.limit:.4g} x {shortest:.3g} = {limit:.3g}"
    st.markdown(
        f"{solver.label} is of order {solver.order}: half the step divides the error by {2**solver.order}, at "
        f"{solver.stages} evaluation{'s' if solver.stages > 1 else ''} of the gate per step. "
        f"{symbols(solver.stability)} The smallest {TAU_SYS} that the fastest neuron can have is "
        f"tau / (1 + tau) = {shortest:.3g}, so the shortest limit is {bound}; your step is {h:.4g}."
    )
    st.caption(f"Source: {solver.source}")


def order_view(current: Current) -> None:
    """Error against step, with every solver's measured order."""
    st.plotly_chart(
        charts.orders(current.colours, curves=current.subject.curves),
        key="solver_orders",
        alt=f"Largest error against the step on log axes for {len(SOLVERS)} solvers, with the measured order of each.",
    )
    st.caption(
        "Every sample is a whole number of steps. The order is measured between the two shortest steps whose errors "
        "are at least 100 times the reference's own. Gaps: the path diverged."
    )
    download("Orders and cost", "orders", partial(order_table, current.subject.curves))


def cost_view(current: Current) -> None:
    """Error against evaluations or time."""
    against = choice(
        "Cost",
        ["evaluations", "time"],
        "evaluations",
        key="solver_cost",
        help="The number of gate evaluations is the same on every machine; the time was measured on this one.",
    )
    st.plotly_chart(
        charts.work(current.colours, curves=current.subject.curves, against_time=against == "time"),
        key="solver_work",
        alt=f"Largest error against evaluations or time for {len(SOLVERS)} solvers; left and low is good.",
    )
    download("Orders and cost", "cost", partial(order_table, current.subject.curves))


def stability_view(current: Current) -> None:
    """The longest stable step of every solver, and what the chosen one does just beyond it."""
    limits = current.subject.limits
    st.plotly_chart(
        charts.stability(current.colours, limits=limits, h=current.config.dt / current.config.unfolds),
        key="solver_stability",
        alt=f"The longest stable step of {len(SOLVERS)} solvers, found by bisection and predicted twice.",
    )
    st.caption(
        "The input is held at its mean and the fixed point is perturbed: does the perturbation decay? The frozen-gate "
        "prediction treats each neuron separately; the Jacobian's also includes their coupling."
    )
    own = next(limit for limit in limits if limit.solver == current.config.solver)
    if math.isnan(own.measured):
        st.info("This layer has no stable fixed point under a constant input, so there is no longest stable step.")
    elif math.isinf(own.measured):
        st.info(
            f"{current.solver.label} returns to the fixed point with every step tried, up to 10,000 times {TAU_SYS}."
        )
    else:
        _past_the_limit(current, own)
    download("Stability", "stability", partial(stability_table, limits))


def _past_the_limit(current: Current, limit: StabilityLimit) -> None:
    problem = current.subject.problem
    held = np.repeat(problem.inputs.mean(axis=0)[None], 60, axis=0)
    over = replace(problem, inputs=held).with_dt(BEYOND * limit.measured)
    label = f"{current.solver.label}, 5 % beyond its limit"
    diverging, truth = follow(over, current.solver, 1), between(over, over.solve(second_opinion=False))
    fig, time, steps = path_figure(current.colours, over, diverging, truth, current.solver, [0], label=label)
    st.plotly_chart(fig, key="solver_wild", alt=f"{label}, under a constant input.")
    download("Past the limit", "past_the_limit", lambda: {"time": time, **_by_neuron(steps)})


def path_figure(
    colours: Look,
    problem: ODEProblem,
    path: Path,
    truth: tuple[Floats, Floats],
    solver: Solver,
    neurons: list[int],
    *,
    unfolds: int = 1,
    label: str,
) -> tuple[go.Figure, Floats, Floats]:
    """A solver's steps over the true path (its time and states); with the time `[steps]` and states `[steps, state]`
    of all steps."""
    steps = np.concatenate([problem.initial[None], path.steps])
    time = problem.dt / unfolds * np.arange(len(steps), dtype=np.float64)
    figure = paths(
        colours,
        neurons=neurons,
        truth_time=truth[0],
        truth=truth[1],
        step_time=time,
        steps=steps,
        dt=problem.dt,
        solver=solver.name,
        label=label,
        left=(path.departure.place, path.departure.reason) if path.departure else None,
    )
    return figure, time, steps


def _by_neuron(states: Floats) -> dict[str, Floats]:
    return {f"neuron {index}": column for index, column in enumerate(states.T)}


def clock_view(current: Current) -> None:
    """Two values of dt: for the same total time, or one step per sample."""
    same = st.toggle(
        "Same total time",
        key=linked("solver_same"),
        bind="query-params",
        help="Halve dt and hold every input for two samples: the same time passes for the layer.",
    )
    problem, neuron = current.subject.problem, current.neurons[0]
    half = with_clock(problem, 2, same_time=same)
    if same:
        first, second = (follow(clock, current.solver, current.config.unfolds).ends for clock in (problem, half))
        names = f"dt {problem.dt:g}", f"dt {half.dt:g}, every input twice"
    else:
        first, second = current.subject.truth.ends, half.solve(second_opinion=False).ends
        names = f"dt {problem.dt:g}, exact", f"dt {half.dt:g}, exact"
    spacing = 0.5 if same else 1.0
    fig = charts.clocks(
        current.colours,
        first=np.stack([np.arange(1, len(first) + 1), first[:, neuron]]),
        second=np.stack([spacing * np.arange(1, len(second) + 1), second[:, neuron]]),
        first_name=names[0],
        second_name=names[1],
        same_time=same,
        neuron=neuron,
    )
    st.plotly_chart(fig, key="solver_clocks", alt=f"Neuron {neuron} with two values of dt.")
    st.markdown(_clock_answer(current, problem, first, second, same))
    samples = np.concatenate([np.arange(1, len(first) + 1), spacing * np.arange(1, len(second) + 1)])
    runs = [names[0]] * len(first) + [names[1]] * len(second)
    both = _by_neuron(np.concatenate([first, second]))
    download("Both clocks", "clocks", lambda: {"run": runs, "sample": samples, **both})


def _clock_answer(current: Current, problem: ODEProblem, first: Floats, second: Floats, same: bool) -> str:
    if same:
        return (
            "Half the dt with every input shown twice is the same ODE over the same time: its steps are those of "
            f"{2 * current.config.unfolds} unfolds at dt {problem.dt:g}. Only the accuracy changes."
        )
    difference = float(np.abs(first - second).max() / np.ptp(first))
    return (
        f"Both paths are exact, so no solver is to blame, yet they differ by up to {percent(difference)} of the "
        "state's range: with one step per sample, dt sets the clock. Change unfolds for accuracy, dt for memory."
    )


def forecast_view(current: Current) -> None:
    """What a better solver does to a forecast: of the session's own model, and of models trained with it."""
    if current.run is None:
        st.info(
            "Train a Liquid model on the Train page and choose it here as the layer: then its forecast is repeated "
            "with states from other solvers, from more unfolds, and from the exact solution."
        )
    else:
        _own_forecast(current.run, current)
    _trained_with_each(current)


def _own_forecast(run: Run, current: Current) -> None:
    st.markdown("The model was trained on the states of its own solver. Would more accurate ones help?")
    studies = studies_of(run)
    effect: SolverEffect | None = studies.effect or run_job(
        "solver_effect",
        current.subject.name,
        lambda: Task(solver_effect, (run.forecaster,)),
        label="Forecast with every solver",
        help="Takes up to 15 s: windows of the test part are solved exactly, for every network.",
    )
    if effect is None:
        return
    if studies.effect is None:
        keep(run, replace(studies, effect=effect))
    show_effect(current.colours, effect)


def _trained_with_each(current: Current) -> None:
    """The stored result for the other question: what if the model is trained with the better solver?"""
    result = trained_with_each()
    titles = {entry.name: entry.title for entry in builtin.catalogue()}
    series = choice(
        "Trained with each solver on",
        list(result.trainings),
        next(iter(result.trainings)),
        key="solver_series",
        help="The same model, trained from the same initial weights with every solver.",
        show=titles.__getitem__,
    )
    variants = [training.against_euler for training in result.trainings[series]]
    st.plotly_chart(
        charts.effects(
            current.colours,
            variants=variants,
            title="Trained with another solver",
            x="one-step error / trained with Euler",
        ),
        key="solver_trainings",
        alt="One-step error of models trained with each solver, relative to Euler's, with 95 % intervals over seeds.",
    )
    st.caption(
        f"{result.answer(series)} Liquid, {result.config['state_size']} neurons, dt {result.config['dt']:g}, trained "
        f"by {result.training} in {result.config['steps']} steps; intervals over "
        f"{len(result.trainings[series][0].rmse)} seeds, paired."
    )
    table = {name: [getattr(variant, name) for variant in variants] for name in ("solver", "ratio", "low", "high")}
    download("Trained with each", "trained", lambda: table)


VIEWS: dict[str, Callable[[Current], None]] = {
    "Why": why_view,  # first, since it costs nothing: moving a slider need not wait for orders
    "Order": order_view,
    "Cost": cost_view,
    "Stability": stability_view,
    "dt is a clock": clock_view,
    "Forecast": forecast_view,
}
