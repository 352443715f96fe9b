"""What lies under the solver page's tabs: why, orders, cost, stability, and dt as a clock. Computed when opened."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import streamlit as st

from liquid.charts import solver as charts
from liquid.charts.paths import paths
from liquid.charts.style import Look
from liquid.dynamics.solvers import Solver, solver_named
from liquid.engine import Task
from liquid.learning.run import Run
from liquid.series import builtin
from liquid.studies.convergence.paths import ODEProblem, between, follow, with_clock
from liquid.studies.convergence.report import order_table, stability_table
from liquid.studies.convergence.stability import StabilityLimit
from liquid.studies.convergence.study import ConvergenceConfig, percent
from liquid.studies.solver_effect.study import (
    SolverEffect,
    effect_table,
    solver_effect,
    trained_with_each,
)
from pages.shared.job import answer
from pages.shared.studies import keep, studies_of
from pages.solver.subject import LABELS, Subject, download

PAST = 1.05  # times the longest stable step: what instability looks like


@dataclass(frozen=True)
class Seen:
    """What the page shows now."""

    subject: Subject
    config: ConvergenceConfig
    run: Run | None
    neurons: list[int]
    colours: Look

    @property
    def solver(self) -> Solver:
        return solver_named(self.config.solver)


def why_view(seen: Seen) -> None:
    """The step as a formula, its order and its limit."""
    config, solver, tau = seen.config, seen.solver, seen.subject.problem.equation.tau
    h, shortest = config.dt / config.unfolds, float((tau / (1 + tau)).min())
    st.latex(solver.formula)
    st.latex(rf"h = \frac{{dt}}{{\text{{unfolds}}}} = \frac{{{config.dt:g}}}{{{config.unfolds}}} = {h:.4g}")
    limit = solver.limit * shortest
    bound = "none" if math.isinf(limit) else f"{solver.limit:.4g} x {shortest:.3g} = {limit:.3g}"
    st.markdown(
        f"{solver.label} is of order {solver.order}: half the step divides the error by {2**solver.order}, at "
        f"{solver.stages} evaluation{'s' if solver.stages > 1 else ''} of the gate per step. {solver.stability} "
        f"The smallest tau_sys that the fastest neuron can have is tau / (1 + tau) = {shortest:.3g}, so the shortest "
        f"limit is {bound}; your step is {h:.4g}."
    )
    st.caption(f"Source: {solver.source}")


def order_view(seen: Seen) -> None:
    """Error against step, with every solver's measured order."""
    st.plotly_chart(
        charts.orders(seen.colours, curves=seen.subject.curves, labels=LABELS),
        key="solver_orders",
        alt="Largest error against the step on log axes for five solvers, with the measured order of each.",
    )
    st.caption(
        "Every step divides a sample. The order is measured between the two shortest steps whose errors are at least "
        "100 times the truth's own. Gaps: the path diverged."
    )
    download("Orders and cost", "orders", partial(order_table, seen.subject.curves))


def cost_view(seen: Seen) -> None:
    """Error against evaluations or time."""
    against = st.segmented_control(
        "Cost",
        ["evaluations", "time"],
        default="evaluations",
        required=True,
        key="solver_cost",
        bind="query-params",
        help="Evaluations of the gate are the same on every machine; time was measured on this one.",
    )
    st.plotly_chart(
        charts.work(seen.colours, curves=seen.subject.curves, labels=LABELS, against_time=against == "time"),
        key="solver_work",
        alt="Largest error against evaluations or time for five solvers; left and low is good.",
    )
    download("Orders and cost", "cost", partial(order_table, seen.subject.curves))


def stability_view(seen: Seen) -> None:
    """The longest stable step of every solver, and what the chosen one does just past it."""
    limits = seen.subject.limits
    st.plotly_chart(
        charts.stability(seen.colours, limits=limits, labels=LABELS, h=seen.config.dt / seen.config.unfolds),
        key="solver_stability",
        alt="The longest stable step of five solvers, found by bisection and predicted twice.",
    )
    st.caption(
        "The input is held at its mean and the fixed point is perturbed: does the perturbation die out? The "
        "frozen-gate prediction looks at each neuron alone; the Jacobian's also at how they drive each other."
    )
    mine = next(one for one in limits if one.solver == seen.config.solver)
    if math.isnan(mine.measured):
        st.info("This layer has no stable fixed point under a constant input, so no step can return to one.")
    elif math.isinf(mine.measured):
        st.info(f"{seen.solver.label} is stable at every step that was tried, up to 10,000 times tau_sys.")
    else:
        _past_the_limit(seen, mine)
    download("Stability", "stability", partial(stability_table, limits))


def _past_the_limit(seen: Seen, limit: StabilityLimit) -> None:
    problem = seen.subject.problem
    held = np.repeat(problem.inputs.mean(axis=0)[None], 60, axis=0)
    over = replace(problem, inputs=held).with_dt(PAST * limit.measured)
    wild = follow(over, seen.solver, 1)
    time, truth = between(over, over.solve(second_opinion=False))
    steps = np.concatenate([over.initial[None], wild.steps])
    label = f"{seen.solver.label}, 5 % past its limit"
    fig = paths(
        seen.colours,
        neurons=[0],
        truth_time=time,
        truth=truth,
        step_time=over.dt * np.arange(len(steps)),
        steps=steps,
        dt=over.dt,
        solver=seen.config.solver,
        label=label,
        left=wild.departure and (wild.departure.place, wild.departure.reason),
    )
    st.plotly_chart(fig, key="solver_wild", alt=f"{label}, under a constant input.")
    neurons = {f"neuron {i}": steps[:, i] for i in range(steps.shape[1])}
    download("Past the limit", "past_the_limit", lambda: {"time": over.dt * np.arange(len(steps)), **neurons})


def clock_view(seen: Seen) -> None:
    """Two values of dt: for the same total time, or one sample a step."""
    same = st.toggle(
        "Same total time",
        key="solver_same",
        bind="query-params",
        help="Halve dt and show every input for two samples: the layer lives through the same time.",
    )
    problem, neuron = seen.subject.problem, seen.neurons[0]
    half = with_clock(problem, 2, same_time=same)
    if same:
        first, second = (follow(one, seen.solver, seen.config.unfolds).ends for one in (problem, half))
        names = f"dt {problem.dt:g}", f"dt {half.dt:g}, every input twice"
    else:
        first, second = seen.subject.truth.ends, half.solve(second_opinion=False).ends
        names = f"dt {problem.dt:g}, exact", f"dt {half.dt:g}, exact"
    spacing = 0.5 if same else 1.0
    fig = charts.clocks(
        seen.colours,
        first=np.stack([np.arange(1, len(first) + 1), first[:, neuron]]),
        second=np.stack([spacing * np.arange(1, len(second) + 1), second[:, neuron]]),
        first_name=names[0],
        second_name=names[1],
        same_time=same,
        neuron=neuron,
    )
    st.plotly_chart(fig, key="solver_clocks", alt=f"Neuron {neuron} with two values of dt.")
    st.markdown(_clock_answer(seen, problem, first, second, same))
    samples = np.concatenate([np.arange(1, len(first) + 1), spacing * np.arange(1, len(second) + 1)])
    which = [names[0]] * len(first) + [names[1]] * len(second)
    both = np.concatenate([first, second])
    neurons = {f"neuron {i}": both[:, i] for i in range(both.shape[1])}
    download("Both clocks", "clocks", lambda: {"run": which, "sample": samples, **neurons})


def _clock_answer(seen: Seen, problem: ODEProblem, first: np.ndarray, second: np.ndarray, same: bool) -> str:
    if same:
        return (
            "Half the dt with every input shown twice is the same ODE over the same time: its steps are those of "
            f"{2 * seen.config.unfolds} unfolds at dt {problem.dt:g}. Only the accuracy changes."
        )
    apart = float(np.abs(first - second).max() / np.ptp(first))
    return (
        f"Both paths are exact, yet they differ by up to {percent(apart)} of the state's "
        "range: with one sample per step, dt is the layer's clock. Change unfolds for accuracy, dt for memory."
    )


def forecast_view(seen: Seen) -> None:
    """What a better solver does to a forecast: to the visitor's own model, and to models trained with it."""
    if seen.run is None:
        st.info(
            "Train a Liquid model on the Train page and choose it here as the layer: then its forecast is made again "
            "with states from other solvers, from more unfolds, and from the exact solution."
        )
    else:
        _own_forecast(seen.run, seen)
    _trained_with_each(seen)


def _own_forecast(run: Run, seen: Seen) -> None:
    st.markdown("The model has learned the states that its own solver gives. Would better ones help?")
    studies = studies_of(run)
    effect: SolverEffect | None = studies.effect or answer(
        "solver_effect",
        seen.subject.name,
        lambda: Task(solver_effect, (run.forecaster,)),
        label="Forecast with every solver",
        help="Takes up to a quarter of a minute: windows of the test part are solved exactly, for every network.",
    )
    if effect is None:
        return
    if studies.effect is None:
        keep(run, replace(studies, effect=effect))
    show_effect(seen.colours, effect)


def show_effect(look: Look, effect: SolverEffect) -> None:
    """What other ways to compute a trained model's states do to its forecast."""
    st.markdown(f"#### {effect.answer}")
    st.plotly_chart(
        charts.effects(look, variants=effect.variants, title="Same weights, other states"),
        key="solver_effects",
        alt="One-step error relative to the forecast as trained, with 95 % intervals, for every way to solve the ODE.",
    )
    st.caption(f"On {effect.points} points of the test part; intervals from a moving-block bootstrap.")
    download("Effect on the forecast", "effect", partial(effect_table, effect))


def _trained_with_each(seen: Seen) -> None:
    """The stored answer to the other half: what if the model is trained with the better solver?"""
    result = trained_with_each()
    names = {one.name: one.title for one in builtin.catalogue()}
    series = st.segmented_control(
        "Trained with each solver on",
        list(result.trainings),
        default=next(iter(result.trainings)),
        required=True,
        format_func=names.__getitem__,
        key="solver_series",
        bind="query-params",
        help="The same model, trained from the same start with every solver.",
    )
    variants = [one.against_euler for one in result.trainings[series]]
    st.plotly_chart(
        charts.effects(
            seen.colours,
            variants=variants,
            title="Trained with another solver",
            x="one-step error / trained with Euler",
        ),
        key="solver_trainings",
        alt="One-step error of models trained with each solver, relative to Euler's, with 95 % intervals over seeds.",
    )
    st.caption(
        f"{result.answer(series)} Liquid, {result.config['state_size']} neurons, dt {result.config['dt']:g}, "
        f"{result.config['steps']} steps; intervals over {len(result.trainings[series][0].rmse)} seeds, paired."
    )
    table = {name: [getattr(one, name) for one in variants] for name in ("solver", "ratio", "low", "high")}
    download("Trained with each", "trained", lambda: table)


VIEWS: dict[str, Callable[[Seen], None]] = {
    "Why": why_view,  # first, for it costs nothing: a slider that moves need not wait for orders
    "Order": order_view,
    "Cost": cost_view,
    "Stability": stability_view,
    "dt is a clock": clock_view,
    "Forecast": forecast_view,
}
