"""Solver paths through a problem, and how far they are from the truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from liquid.dynamics.reference import Method, Reference, reference
from liquid.dynamics.solvers import Solver, solver_named
from liquid.dynamics.weights import Floats, LayerWeights

# The exact state never leaves [min(0, A, start), max(0, A, start)]. A stable step may overshoot by a width or so; a
# path ten widths outside is on its way to infinity.
WIDTHS_OUTSIDE = 10.0


@dataclass(frozen=True)
class ODEProblem:
    """A layer's equation along `inputs[time, input]` from `initial[state]`."""

    equation: LayerWeights
    inputs: Floats
    initial: Floats

    @property
    def dt(self) -> float:
        """The time that a sample lasts, in the unit of tau."""
        return self.equation.dt

    def with_dt(self, dt: float) -> ODEProblem:
        """The same layer and inputs, in samples of another length."""
        return replace(self, equation=replace(self.equation, dt=dt))

    def solve(self, *, knots: int = 1, method: Method = "dop853", second_opinion: bool = True) -> Reference:
        """The truth, input held during each sample."""
        return reference(
            self.equation, self.inputs, self.dt, self.initial,
            knots=knots, method=method, second_opinion=second_opinion,
        )  # fmt: skip


@dataclass(frozen=True)
class Departure:
    """Where a path left the range: the sample, the first neuron, the step h; and what step the gate allowed there.

    `fastest` is the neuron with the smallest tau_sys then, `limit` its longest stable step, `multiple` of its tau_sys.
    """

    sample: int
    neuron: int
    h: float
    limit: float
    fastest: int
    multiple: float

    @property
    def place(self) -> str:
        """Where, in words; the first sample is 1, as in the charts."""
        return f"Neuron {self.neuron} is {WIDTHS_OUTSIDE:g} times its range away at sample {self.sample + 1}"

    @property
    def reason(self) -> str:
        """What the step allowed for each neuron alone, or what it did not."""
        if self.h <= self.limit:
            return f"the step {self.h:.3g} is stable for each neuron alone, so the coupling causes it."
        whose = "there" if self.fastest == self.neuron else f"of neuron {self.fastest} there"
        return f"the step {self.h:.3g} is above {self.multiple:.4g} tau_sys = {self.limit:.3g} {whose}."

    @property
    def message(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(frozen=True)
class Path:
    """`states[time, unfolds, state]` after every solver step, cut before the sample where the path left.

    `leaving[step, state]` are that sample's steps, up to the first one outside.
    """

    states: Floats
    departure: Departure | None
    leaving: Floats

    @property
    def steps(self) -> Floats:
        """Every step, those of the sample where it left too: `[step, state]`."""
        return np.concatenate([self.states.reshape(-1, self.states.shape[-1]), self.leaving])

    @property
    def ends(self) -> Floats:
        """The state after each sample, `[time, state]`."""
        return self.states[:, -1]

    def error(self, truth: Reference) -> Floats:
        """Largest error over neurons after each sample, `[time]`."""
        error: Floats = np.abs(self.ends - truth.ends[: len(self.ends)]).max(axis=1)
        return error

    def relative_error(self, truth: Reference) -> float:
        """Largest error over samples and neurons as a share of the state's range; infinite if the path left."""
        if self.departure is not None:
            return float("inf")
        return float(self.error(truth).max() / np.ptp(truth.states))

    def settled_error(self, truth: Reference) -> float:
        """The same over the second half of the samples, where the start has died away."""
        if self.departure is not None:
            return float("inf")
        error = self.error(truth)
        return float(error[len(error) // 2 :].max() / np.ptp(truth.states))


def march(
    solver: Solver, equation: LayerWeights, drive: Floats, state: Floats, *, h: float | Floats, unfolds: int
) -> Iterator[Floats]:
    """The states of one sample after another, `[unfolds, ..., state]`, for `drive[time, ..., state]`."""
    for held in drive:
        states = []
        for _ in range(unfolds):
            state = solver.step(equation, held, state, h)
            states.append(state)
        yield np.array(states)


def follow(problem: ODEProblem, solver: Solver, unfolds: int) -> Path:
    """A solver's path, `unfolds` steps per sample, up to where it leaves."""
    equation, h = problem.equation, problem.dt / unfolds
    low, high = _range(equation.A, problem.initial)
    width = np.maximum(high - low, (high - low).max() / 100)
    low, high = low - WIDTHS_OUTSIDE * width, high + WIDTHS_OUTSIDE * width
    drive = equation.drive(problem.inputs)
    samples: list[Floats] = []
    before = problem.initial
    with np.errstate(over="ignore", invalid="ignore"):
        for states in march(solver, equation, drive, problem.initial, h=h, unfolds=unfolds):
            inside = (states >= low) & (states <= high)  # NaN counts as outside
            if not inside.all():
                first = int(np.argmin(inside.all(axis=1)))
                start = states[first - 1] if first else before
                tau_sys = equation.tau_sys(equation.gate(drive[len(samples)], start))
                fastest = int(np.argmin(tau_sys))
                limit = solver.limit * float(tau_sys[fastest])
                where = Departure(len(samples), int(np.argmin(inside[first])), h, limit, fastest, solver.limit)
                leaving = states[: first + 1][np.isfinite(states[: first + 1]).all(axis=1)]
                return Path(np.array(samples).reshape(len(samples), unfolds, len(before)), where, leaving)
            samples.append(states)
            before = states[-1]
    return Path(np.array(samples), None, np.empty((0, len(before))))


def _range(A: Floats, initial: Floats) -> tuple[Floats, Floats]:
    corners = np.stack([np.zeros_like(A), A, initial])
    return corners.min(axis=0), corners.max(axis=0)


def between(problem: ODEProblem, truth: Reference, points: int = 8) -> tuple[Floats, Floats]:
    """The true path with `points` points per sample, for drawing: time `[point]` and states `[point, state]`.

    Short RK4 steps from the true state before each sample, all samples side by side: good to a pixel, not to a digit.
    """
    rk4, equation = solver_named("rk4"), problem.equation
    starts = np.concatenate([problem.initial[None], truth.ends[:-1]])
    drive = equation.drive(problem.inputs[: len(starts)])
    shortest = float((equation.tau / (1 + equation.tau)).min())
    fine = max(1, int(np.ceil(problem.dt / points / shortest)))  # so that no step is longer than the smallest tau_sys
    steps = np.concatenate(
        list(march(rk4, equation, drive[None], starts, h=problem.dt / points / fine, unfolds=points * fine))
    )
    states = np.concatenate([starts[None], steps[fine - 1 :: fine][:-1], truth.ends[None]])
    inside = np.arange(points + 1) / points
    time = problem.dt * (np.arange(len(starts))[:, None] + inside)
    return time.ravel(), states.swapaxes(0, 1).reshape(time.size, -1)


def with_clock(problem: ODEProblem, factor: int, *, same_time: bool) -> ODEProblem:
    """The same layer with samples that last `dt / factor`: each input once, or `factor` times for the same total time.

    Once: the layer sees the input `factor` times as fast, which is another model. For the same time: the ODE and its
    input are unchanged, and a solver's steps are those of `factor` times the unfolds.
    """
    inputs = np.repeat(problem.inputs, factor, axis=0) if same_time else problem.inputs
    return replace(problem, inputs=inputs).with_dt(problem.dt / factor)


@dataclass(frozen=True)
class OrderCurve:
    """How a solver's error falls with its step: all `[step]`, the longest step first.

    `errors` are the largest over samples and neurons (infinite if a path left); `evaluations` count gates along
    the whole series; `seconds` is what the run took here. `floor` is the reference's own error.
    """

    solver: str
    unfolds: tuple[int, ...]
    h: Floats
    errors: Floats
    evaluations: NDArray[np.int64]
    seconds: Floats
    floor: float

    # log(e_k / e_{k+1}) / log(h_k / h_{k+1}): signed, so that an error that grows shows as a negative order
    @property
    def slopes(self) -> Floats:
        """Order between neighbours, `[step - 1]`; NaN if either error is infinite or zero."""
        errors = np.where(np.isfinite(self.errors) & (self.errors > 0), self.errors, np.nan)
        slopes: Floats = np.diff(np.log(errors)) / np.diff(np.log(self.h))
        return slopes

    @property
    def trusted(self) -> NDArray[np.bool_]:
        """Which slopes stand on errors at least 100 times above the reference's own, `[step - 1]`."""
        clear = np.isfinite(self.errors) & (self.errors >= 100 * self.floor)
        return clear[1:] & clear[:-1]

    @property
    def order(self) -> float:
        """The measured order: the trusted slope at the shortest steps; NaN if there is none."""
        trusted = self.slopes[self.trusted]
        return float(trusted[-1]) if trusted.size else float("nan")
