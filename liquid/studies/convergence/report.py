"""What a convergence study leaves behind: a table of every curve, and a summary in words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from liquid.dynamics.reference import Reference
from liquid.dynamics.solvers import SOLVERS
from liquid.studies.convergence.paths import ODEProblem, OrderCurve
from liquid.studies.convergence.stability import StabilityLimit
from liquid.studies.convergence.study import Accuracy, ConvergenceResult

Table = Mapping[str, ArrayLike]


def path_table(problem: ODEProblem, accuracy: Accuracy, unfolds: int) -> Table:
    """Every solver step that was taken: time (unit of tau), sample, and each neuron's state."""
    states = accuracy.path.steps
    step = np.arange(len(states))
    neurons = {f"neuron {i}": states[:, i] for i in range(states.shape[1])}
    return {"time": (step + 1) * problem.dt / unfolds, "sample": step // unfolds, **neurons}


def reference_table(problem: ODEProblem, truth: Reference) -> Table:
    """The true state after each sample, and the reference's own error there."""
    time = (np.arange(len(truth.ends)) + 1) * problem.dt
    neurons = {f"neuron {i}": truth.ends[:, i] for i in range(truth.ends.shape[1])}
    return {"time": time, "input": problem.inputs[: len(time), 0], **neurons, "reference error": truth.error}


def error_table(problem: ODEProblem, truth: Reference, accuracy: Accuracy) -> Table:
    """The largest error over neurons after each sample, with the reference's own, up to where the path left."""
    count = len(accuracy.error)
    time = (np.arange(count) + 1) * problem.dt
    return {"time": time, "error (units of the state)": accuracy.error, "reference error": truth.error[:count]}


def order_table(curves: tuple[OrderCurve, ...]) -> Table:
    """A row for every solver and step: the error, the order since the step before, and the work."""
    return {
        "solver": [curve.solver for curve in curves for _ in curve.h],
        "unfolds": [count for curve in curves for count in curve.unfolds],
        "step": np.concatenate([curve.h for curve in curves]),
        "error": np.concatenate([curve.errors for curve in curves]),
        "order": np.concatenate([[np.nan, *curve.slopes] for curve in curves]),
        "order is trusted": [flag for curve in curves for flag in ("", *np.where(curve.trusted, "yes", "no"))],
        "evaluations": np.concatenate([curve.evaluations for curve in curves]),
        "seconds": np.concatenate([curve.seconds for curve in curves]),
        "reference error": [curve.floor for curve in curves for _ in curve.h],
    }


def stability_table(limits: tuple[StabilityLimit, ...]) -> Table:
    """The longest stable step of every solver, found and predicted, in the unit of tau."""
    return {
        "solver": [limit.solver for limit in limits],
        "found by bisection": [limit.measured for limit in limits],
        "frozen gate": [limit.frozen for limit in limits],
        "step Jacobian": [limit.jacobian for limit in limits],
    }


def tables(result: ConvergenceResult) -> dict[str, Table]:
    """Every curve of the study, by name."""
    return {
        "path": path_table(result.problem, result.accuracy, result.config.unfolds),
        "reference": reference_table(result.problem, result.truth),
        "error": error_table(result.problem, result.truth, result.accuracy),
        "orders": order_table(result.curves),
        "stability": stability_table(result.limits),
    }


def summary(result: ConvergenceResult) -> str:
    """The answer, the reference's message, and a line for every solver."""
    lines = [result.accuracy.answer, f"Reference: {result.truth.message}", ""]
    lines.append(f"{'solver':<20}{'order':>7}{'error':>10}{'evaluations':>13}{'longest stable step':>21}")
    for curve, limit in zip(result.curves, result.limits, strict=True):
        order = f"{curve.order:.2f}" if np.isfinite(curve.order) else "-"
        lines.append(
            f"{SOLVERS[curve.solver].label:<20}{order:>7}{curve.errors[-1]:>10.1e}"
            f"{curve.evaluations[-1]:>13,}{limit.measured:>21.4g}"
        )
    steps = result.curves[0].unfolds[-1]
    lines.append(
        f"Errors and evaluations with {steps} steps per sample; steps in the unit of tau; - if no order was measured."
    )
    return "\n".join(lines)
