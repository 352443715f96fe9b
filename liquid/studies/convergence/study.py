"""How far is a solver's path from the layer's own ODE? Errors, orders, work, and the longest stable step."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Interval

from liquid.answers import DOES_NOT_HOLD, HOLDS, IN_PART, WORDS
from liquid.dynamics.reference import Reference
from liquid.dynamics.solvers import SOLVERS, Solver, solver_named
from liquid.dynamics.weights import Floats, LayerWeights
from liquid.errors import LiquidError
from liquid.series import builtin
from liquid.series.windows import longest_complete
from liquid.settings import Settings, one_of
from liquid.studies.convergence.paths import WIDTHS_OUTSIDE, ODEProblem, OrderCurve, Path, follow, march
from liquid.studies.convergence.stability import StabilityLimit, fixed_point, stability_limit
from liquid.studies.progress import StudyProgress
from liquid.studies.statistics import digits

PULSES = "pulses"  # the input that is not a built-in series: levels held for 10 samples
PIECE = 20  # samples: the order plot solves pieces of this length side by side, each from the true state
BETTER = 4  # times the unfolds: what the answer offers
ENOUGH = 0.01  # of the state's range: what an eye sees in a picture of the path


class ConvergenceConfig(Settings):
    """A random layer, an input and a solver, validated when made (LiquidError names the setting and its range).

    Base time constants run from `tau_low` to `tau_high` over the neurons, neuron 0 being the fastest; `gain`
    multiplies the weights. A sample lasts `dt`, in the unit of tau, in `unfolds` solver steps. `source` is "pulses"
    or a built-in series, of which the first `samples` are taken, or all if it has fewer. `halvings` counts how
    often the order plot halves the step.
    """

    state_size: Annotated[int, Interval(ge=1, le=256)] = 16
    samples: Annotated[int, Interval(ge=20, le=2_000)] = 200
    dt: Annotated[float, Interval(ge=0.001, le=10.0)] = 0.1
    unfolds: Annotated[int, Interval(ge=1, le=64)] = 1
    solver: Annotated[str, one_of(SOLVERS)] = "euler"
    source: str = "sines"
    tau_low: Annotated[float, Interval(ge=0.001, le=100.0)] = 1.0
    tau_high: Annotated[float, Interval(ge=0.001, le=100.0)] = 5.0
    gain: Annotated[float, Interval(ge=0.0, le=20.0)] = 1.0
    halvings: Annotated[int, Interval(ge=1, le=10)] = 6
    seed: Annotated[int, Interval(ge=0, le=2**31 - 1)] = 0

    def __post_init__(self) -> None:
        if self.tau_low > self.tau_high:
            raise LiquidError(f"tau_low={self.tau_low:g} is above tau_high={self.tau_high:g}; swap the two.")


PRESETS: dict[str, ConvergenceConfig] = {
    "calm": ConvergenceConfig(),
    "fast": ConvergenceConfig(dt=0.25, tau_low=0.3, tau_high=2.0, gain=4.0, source=PULSES),
    "stiff": ConvergenceConfig(dt=0.25, unfolds=8, tau_low=0.05, tau_high=5.0),
    "unstable": ConvergenceConfig(dt=0.6, tau_low=0.2, tau_high=2.0),
}


def preset(name: str) -> ConvergenceConfig:
    """The preset called `name`; LiquidError lists the names there are."""
    if name not in PRESETS:
        raise LiquidError(f"preset={name!r} is not known; choose one of {', '.join(PRESETS)}.")
    return PRESETS[name]


def ode_problem(config: ConvergenceConfig) -> ODEProblem:
    """The layer and the input that a config describes: same config, same numbers."""
    size = config.state_size
    rng = np.random.default_rng(config.seed)
    bound = 1 / np.sqrt(1 + size)  # as torch.nn.Linear starts
    weights = LayerWeights(
        inputs=config.gain * rng.uniform(-bound, bound, (size, 1)),
        recurrent=config.gain * rng.uniform(-bound, bound, (size, size)),
        bias=rng.uniform(-bound, bound, size),
        A=rng.standard_normal(size),
        tau=np.geomspace(config.tau_low, config.tau_high, size),
        dt=config.dt,
        unfolds=config.unfolds,
    )
    inputs = _inputs(config.source, config.samples, rng)
    return ODEProblem(weights, inputs, np.zeros(size))


def _inputs(source: str, samples: int, rng: np.random.Generator) -> Floats:
    """At most `samples` of the input's first column, without a gap, in standard deviations: `[time, 1]`."""
    if source == PULSES:
        values = np.repeat(rng.standard_normal(-(-samples // 10)), 10)[:samples]
    else:
        values = builtin.load(source).values[:, 0]
        values = values[longest_complete(values[:, None])][:samples]
    scaled: Floats = (values - values.mean()) / values.std()
    return scaled[:, None]


@dataclass(frozen=True)
class Accuracy:
    """One solver beside the truth: its path, the error along time `[time]`, and the answer in words.

    `relative` is the largest error as a share of the state's range (infinite if the path left), `settled` the same over
    the second half of the samples, `better` all over again with `BETTER` times the unfolds.
    """

    path: Path
    error: Floats
    relative: float
    settled: float
    better: float
    answer: str


def accuracy(problem: ODEProblem, truth: Reference, solver: Solver, unfolds: int, path: Path | None = None) -> Accuracy:
    """Compare a solver with the truth, and with itself at `BETTER` times the unfolds. `path`, if it is known."""
    path = path or follow(problem, solver, unfolds)
    relative, settled = path.relative_error(truth), path.settled_error(truth)
    better = follow(problem, solver, BETTER * unfolds).relative_error(truth)
    setting = f"with dt {problem.dt:g} and {_steps(unfolds)}"
    more = f"{BETTER * unfolds} unfolds"
    if path.departure is None:
        found = HOLDS if relative <= ENOUGH else IN_PART if settled <= ENOUGH else DOES_NOT_HOLD
        remedy = f"{more} bring it to {percent(better)}" if np.isfinite(better) else f"with {more} it diverges"
        answer = (
            f"{WORDS[found]}: {setting}, {solver.label} is off by {percent(relative)} of the state's range at most, "
            f"{percent(settled)} in the second half, away from the start; {remedy}."
        )
    else:
        remedy = f"With {more} it is off by {percent(better)}" if np.isfinite(better) else f"{more} are not enough"
        answer = f"{WORDS[DOES_NOT_HOLD]}: {setting}, {solver.label} diverges. {path.departure.message} {remedy}."
    return Accuracy(path, path.error(truth), relative, settled, better, answer)


def percent(share: float) -> str:
    """A share in per cent, two digits: 3.1 %, 0.82 %, 4.7e-07 %."""
    return f"{digits(100 * share, 2)} %"


def _steps(unfolds: int) -> str:
    return "1 unfold" if unfolds == 1 else f"{unfolds} unfolds"


def order_curve(
    problem: ODEProblem, truth: Reference, solver: Solver, halvings: int, *, first: int = 1, piece: int = PIECE
) -> OrderCurve:
    """Errors over step halving, from `first` steps per sample to first x 2^halvings: every step divides the samples.

    The series is cut into pieces that start on the true state and are solved side by side: the error is the largest
    that builds up within `piece` samples, at the cost of one piece.
    """
    pieces = max(len(problem.inputs) // piece, 1)
    length = min(piece, len(problem.inputs))
    starts = np.concatenate([problem.initial[None], truth.ends[length - 1 : (pieces - 1) * length : length]])
    drive = problem.equation.drive(problem.inputs[: pieces * length])
    drive = drive.reshape(pieces, length, -1).swapaxes(0, 1)  # [time in the piece, piece, state]
    goal = truth.ends[: pieces * length].reshape(pieces, length, -1).swapaxes(0, 1)
    unfolds = tuple(first * 2**k for k in range(halvings + 1))
    errors, seconds = [], []
    for count in unfolds:
        began = time.perf_counter()
        with np.errstate(over="ignore", invalid="ignore"):
            steps = march(solver, problem.equation, drive, starts, h=problem.dt / count, unfolds=count)
            error = np.abs(np.array([states[-1] for states in steps]) - goal).max()
        seconds.append(time.perf_counter() - began)
        errors.append(error if error < WIDTHS_OUTSIDE * np.ptp(truth.states) else np.inf)  # NaN: it left too
    counts = np.array(unfolds)
    work = counts * solver.stages * pieces * length
    return OrderCurve(solver.name, unfolds, problem.dt / counts, np.array(errors), work, np.array(seconds), truth.worst)


@dataclass(frozen=True)
class ConvergenceResult:
    """The study's answer: the chosen solver beside the truth, and every solver's orders and longest stable step."""

    config: ConvergenceConfig
    problem: ODEProblem
    truth: Reference
    accuracy: Accuracy
    curves: tuple[OrderCurve, ...]
    limits: tuple[StabilityLimit, ...]


def convergence(
    config: ConvergenceConfig, problem: ODEProblem | None = None
) -> Iterator[StudyProgress | ConvergenceResult]:
    """The whole study as a stream of progress, the result last. `problem` replaces the config's random layer.

    LiquidError if the reference itself gives up. Times aside, and the reference's count of
    evaluations, which SciPy's DOP853 varies by some in a thousand, the same config gives the same numbers.
    """
    problem = problem or ode_problem(config)
    total = 1 + 2 * len(SOLVERS)
    yield StudyProgress(0, total, "Solving the ODE twice")
    truth = problem.solve()
    if not truth.success:
        raise LiquidError(truth.message)
    chosen = accuracy(problem, truth, solver_named(config.solver), config.unfolds)
    curves, limits = [], []
    for done, solver in enumerate(SOLVERS.values(), start=1):
        yield StudyProgress(done, total, f"Halving the step of {solver.label}")
        curves.append(order_curve(problem, truth, solver, config.halvings))
    fixed = fixed_point(problem.equation, problem.inputs.mean(axis=0))
    for done, solver in enumerate(SOLVERS.values(), start=1 + len(SOLVERS)):
        yield StudyProgress(done, total, f"Searching the longest stable step of {solver.label}")
        limits.append(stability_limit(problem.equation, fixed, solver, config.seed))
    yield ConvergenceResult(config, problem, truth, chosen, tuple(curves), tuple(limits))
