"""The layer's ODE solved as exactly as float64 allows: the truth that solver steps are judged by.

The input changes at every sample, so the integrator is restarted there: an adaptive method that steps through a jump
can miss a pulse altogether and still report success. Two methods of different families solve each problem, and their
disagreement is the reference's own error.

Sources: DOP853 is Hairer, Norsett, Wanner, Solving Ordinary Differential Equations I, 1993, section II.5; LSODA is
Petzold, SIAM J. Sci. Stat. Comput. 4, 1983, which turns to an implicit method by itself if the problem is stiff.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import ode, odeint
from scipy.special import expit

from liquid.dynamics.weights import Floats, LayerWeights
from liquid.errors import LiquidError

if TYPE_CHECKING:
    from liquid.dynamics.layer import LiquidLayer

Method = Literal["dop853", "lsoda"]
Interpolation = Literal["held", "linear"]
Field = Callable[[float, Floats], Floats]  # dx/dt at (time in the sample, state)
Advance = Callable[[Floats, float, float], tuple[Floats, str]]  # the state after an interval, and what went wrong
OTHER: dict[Method, Method] = {"dop853": "lsoda", "lsoda": "dop853"}  # the second opinion on each method
MAX_STEPS = 20_000  # in one sample: two orders above what any setting that the pages offer needs
SMALLEST_RTOL = 100 * np.finfo(float).eps  # under this SciPy raises the tolerance by itself


@dataclass(frozen=True)
class Reference:
    """`states[time, knots, state]`, the state at every knot of every sample; the last knot is the sample's end.

    `error[time]` is the largest disagreement of two methods in each sample, over knots and neurons (NaN without a
    second opinion); `evaluations` counts right-hand sides of `method`, the one whose states these are. Where `success`
    is False, `states` end before the sample that could not be solved and `message` says why.
    """

    states: Floats
    error: Floats
    evaluations: int
    method: Method
    message: str
    success: bool

    @property
    def ends(self) -> Floats:
        """The state after each sample, `[time, state]`."""
        return self.states[:, -1]

    @property
    def worst(self) -> float:
        """The largest disagreement of the two methods; NaN if nothing was solved."""
        return float(self.error.max()) if len(self.error) else float("nan")


def reference(
    layer: LiquidLayer | LayerWeights,
    inputs: Floats,
    dt: float,
    initial: Floats | None = None,
    *,
    interpolation: Interpolation = "held",
    method: Method = "dop853",
    second_opinion: bool = True,
    knots: int = 1,
    rtol: float = 1e-12,
    atol: float = 1e-14,
) -> Reference:
    """Solve the layer's ODE along `inputs[time, input]`, restarted at every sample, twice.

    A sample lasts `dt` (unit of tau). With "held" its input acts from its start to its end; with "linear" the input
    runs there from the sample before to this one. `initial[state]` is zero unless given. Raises LiquidError on
    shapes and numbers that make no problem; a solver that gives up is reported in the result.
    """
    equation = layer if isinstance(layer, LayerWeights) else LayerWeights.of(layer)
    inputs, start = _checked(equation, inputs, initial)
    if not (dt > 0 and np.isfinite(dt)) or knots < 1:
        raise LiquidError(f"dt={dt}, knots={knots}: a sample lasts a finite time above 0 and has at least one knot.")
    if method not in OTHER or interpolation not in ("held", "linear"):
        raise LiquidError(
            f"method={method!r}, interpolation={interpolation!r}: choose dop853 or lsoda, and held or linear."
        )
    if rtol < SMALLEST_RTOL:
        raise LiquidError(f"rtol={rtol:g}: SciPy cannot go below {SMALLEST_RTOL:.1e}; 1e-12 is the usual value.")
    with np.errstate(over="ignore", invalid="ignore"):
        drive = equation.drive(inputs)
    if not np.isfinite(drive).all():
        raise LiquidError("Weights times inputs are NaN or infinity: look for both in the weights, scale the inputs.")
    before = np.concatenate([drive[:1], drive[:-1]]) if interpolation == "linear" else drive
    problem = _Problem(equation, before, drive, start, dt, knots, rtol, atol)
    first = problem.solve(method)
    if not first.success or not second_opinion:
        return first
    return judged(first, problem.solve(OTHER[method]))


def judged(first: Reference, second: Reference) -> Reference:
    """The first reference with its disagreement from the second as its own error."""
    if not second.success:
        return replace(first, message=f"No second opinion: {second.message}", success=False)
    error = np.abs(first.states - second.states).max(axis=(1, 2))
    message = f"{first.method.upper()} and {second.method.upper()} agree within {error.max():.1e}."
    return replace(first, error=error, message=message)


def _checked(equation: LayerWeights, inputs: Floats, initial: Floats | None) -> tuple[Floats, Floats]:
    size, channels = equation.state_size, equation.input_size
    inputs = np.asarray(inputs, dtype=float)
    start = np.zeros(size) if initial is None else np.asarray(initial, dtype=float)
    if inputs.ndim != 2 or len(inputs) < 1 or inputs.shape[1] != channels:
        raise LiquidError(
            f"inputs have shape {list(inputs.shape)}; expected [time, {channels}] with at least one sample. "
            "Add the feature axis with inputs[:, None]."
        )
    if start.shape != (size,):
        raise LiquidError(f"initial has shape {list(start.shape)}; expected [{size}], or leave it out to start at 0.")
    if not (np.isfinite(inputs).all() and np.isfinite(start).all()):
        raise LiquidError("inputs or initial hold NaN or infinity: fill or cut those samples first.")
    return inputs, start


# SciPy's integrators spend nearly all their time in here, so the equation stands once more, as -x/tau + f (A - x),
# without temporaries (3 us per call for 16 neurons), and a third time in machine code (1 us, vector_field.py). Tests
# hold both to LayerWeights.derivative.
@dataclass(frozen=True)
class RightHandSide:
    """dx/dt as `at(time in the sample, state)`; `start` is the drive as the sample begins, `change` its rate.

    Both are `[state]` and to be filled before each sample; `calls[0]` counts.
    """

    at: Field
    start: Floats
    change: Floats
    calls: NDArray[np.int64]


def right_hand_side(equation: LayerWeights) -> RightHandSide:
    """In NumPy: the twin in machine code's definition, and what answers if numba is missing."""
    recurrent = np.ascontiguousarray(equation.recurrent)
    A, rate = equation.A, 1 / equation.tau
    start, change, calls = np.zeros(len(A)), np.zeros(len(A)), np.zeros(1, dtype=np.int64)
    dot = np.dot

    def vector_field(t: float, x: Floats) -> Floats:
        calls[0] += 1
        f: Floats = dot(recurrent, x)
        f += start
        if t:
            f += t * change
        expit(f, f)
        dx: Floats = A - x
        dx *= f
        dx -= x * rate
        return dx

    return RightHandSide(vector_field, start, change, calls)


def fast_right_hand_side(equation: LayerWeights) -> RightHandSide:
    """In machine code. The first call in a process loads it, which takes up to a second."""
    try:
        compiled = import_module("liquid.dynamics.vector_field").vector_field  # numba takes half a second to import
    except ImportError:
        return right_hand_side(equation)
    size = equation.state_size
    start, change, calls = np.zeros(size), np.zeros(size), np.zeros(1, dtype=np.int64)
    # Copies: machine code takes writable float64 in one order, and weights may be anything that NumPy can read.
    columns, A, tau = (np.array(one, float, order="C") for one in (equation.recurrent.T, equation.A, equation.tau))
    rate, out = 1 / tau, np.empty(size)
    return RightHandSide(lambda t, x: compiled(t, x, columns, start, change, A, rate, out, calls), start, change, calls)


def warm() -> None:
    """Load the machine code now, so that no visitor waits for it."""
    fast_right_hand_side(LayerWeights.fresh(1, 1))


@dataclass(frozen=True)
class _Problem:
    equation: LayerWeights
    before: Floats  # the drive at the start of each sample
    drive: Floats  # and at its end
    initial: Floats
    dt: float
    knots: int
    rtol: float
    atol: float

    # Compiled code runs a whole interval and comes back for right-hand sides only: 2.3 times faster than stepping
    # SciPy's DOP853 class from here. It keeps no state between calls that threads could mix up.
    def solve(self, method: Method) -> Reference:
        side = fast_right_hand_side(self.equation)
        advance = (_dop853 if method == "dop853" else _lsoda)(side.at, self.rtol, self.atol)
        state = self.initial
        states = np.empty((len(self.drive), self.knots, len(state)))
        times = self.dt * np.arange(self.knots + 1) / self.knots
        for sample in range(len(states)):
            side.start[:] = self.before[sample]
            side.change[:] = (self.drive[sample] - self.before[sample]) / self.dt
            for knot in range(self.knots):
                state, problem = advance(state, times[knot], times[knot + 1])
                if problem:
                    why = f"{method.upper()} gave up in sample {sample}: {problem}."
                    return Reference(states[:sample], np.full(sample, np.nan), int(side.calls[0]), method, why, False)
                states[sample, knot] = state
        done = f"{method.upper()} solved it."
        return Reference(states, np.full(len(states), np.nan), int(side.calls[0]), method, done, True)


TOO_LONG = f"it needed more than {MAX_STEPS} steps"


def _dop853(at: Field, rtol: float, atol: float) -> Advance:
    solver = ode(at).set_integrator("dop853", rtol=rtol, atol=atol, nsteps=MAX_STEPS)
    reasons = {-2: TOO_LONG, -3: "its step became too small", -4: "the problem is stiff"}

    def advance(state: Floats, start: float, end: float) -> tuple[Floats, str]:
        state = solver.set_initial_value(state, start).integrate(end)
        if solver.successful():
            return state, ""
        code = solver.get_return_code()
        reason = reasons.get(code, f"it stopped with code {code}")
        return state, f"{reason}; try method='lsoda', made for stiff problems"

    return advance


# SciPy 1.17's `ode` never frees LSODA's work array, a new one at every restart (37 kB for 64 neurons); its `odeint`
# does, and gives the same bits.
def _lsoda(at: Field, rtol: float, atol: float) -> Advance:
    def advance(state: Floats, start: float, end: float) -> tuple[Floats, str]:
        path, told = odeint(
            at, state, (start, end), tfirst=True, rtol=rtol, atol=atol, mxstep=MAX_STEPS, full_output=True
        )
        if told["tcur"][-1] >= end:
            return path[-1], ""
        reason = TOO_LONG if told["nst"][-1] >= MAX_STEPS else "it could not reach the tolerance"
        return path[-1], f"{reason}; try a larger rtol or a shorter dt"

    return advance
