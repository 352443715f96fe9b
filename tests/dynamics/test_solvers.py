"""Every solver against closed forms, its own order, and gradients; and wrong code against the same assertions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from liquid.dynamics.reference import Reference, reference
from liquid.dynamics.rnn import LiquidRNN
from liquid.dynamics.solvers import SOLVERS, Euler, Solver, solver_named
from liquid.dynamics.weights import LayerWeights
from liquid.errors import LiquidError
from liquid.studies.convergence.paths import ODEProblem
from liquid.studies.convergence.study import order_curve

Floats = NDArray[np.float64]
EXPLICIT = tuple(name for name, solver in SOLVERS.items() if math.isfinite(solver.limit))
UNCONDITIONAL = ("semi_implicit", "exponential")

# R(z), the factor on the distance to rest in one step of z = h / tau_sys, where the literature has it
FACTORS: dict[str, Callable[[float], float]] = {
    "euler": lambda z: 1 - z,
    "semi_implicit": lambda z: 1 / (1 + z),
    "heun": lambda z: 1 - z + z**2 / 2,
    "rk4": lambda z: 1 - z + z**2 / 2 - z**3 / 6 + z**4 / 24,
    "exponential": lambda z: math.exp(-z),
}


def frozen(tau: float = 0.8, f: float = 0.3, A: float = 2.0) -> tuple[LayerWeights, float, float]:
    """One neuron without recurrence, so that its gate is f for ever; with its tau_sys and its equilibrium."""
    nothing = np.zeros((1, 1))
    weights = LayerWeights(nothing, nothing, np.array([math.log(f / (1 - f))]), np.array([A]), np.array([tau]))
    tau_sys = 1 / (1 / tau + f)
    return weights, tau_sys, tau_sys * f * A


def steps(solver: Solver, equation: LayerWeights, start: float, h: float, count: int) -> float:
    state = np.array([start])
    for _ in range(count):
        state = solver.step(equation, equation.bias, state, h)
    return float(state[0])


def factor(solver: Solver, z: float) -> float:
    """R(z) from one step, 1 away from rest."""
    equation, tau_sys, rest = frozen()
    return steps(solver, equation, rest + 1, z * tau_sys, 1) - rest


@pytest.mark.parametrize("name", SOLVERS)
def test_one_step_is_the_decay_to_its_order_wherever_it_starts(name: str) -> None:
    solver = solver_named(name)
    equation, tau_sys, rest = frozen()
    for z in (0.1, 0.05, 0.01):
        once = factor(solver, z)
        assert abs(once - math.exp(-z)) <= z ** (solver.order + 1)
        assert steps(solver, equation, rest - 5, z * tau_sys, 3) - rest == pytest.approx(-5 * once**3, rel=1e-12)


@pytest.mark.parametrize("name", FACTORS)
@pytest.mark.parametrize("z", [0.1, 0.7, 1.0, 1.9, 2.5, 8.0])
def test_frozen_gate_is_the_closed_form(name: str, z: float) -> None:
    equation, tau_sys, equilibrium = frozen()
    for n in (1, 2, 5, 17):
        expected = equilibrium + (3.0 - equilibrium) * FACTORS[name](z) ** n
        assert steps(solver_named(name), equation, 3.0, z * tau_sys, n) == pytest.approx(expected, rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("h", [1e-3, 0.1, 1.0, 10.0])
def test_exponential_is_exact_for_a_frozen_gate(h: float) -> None:
    equation, tau_sys, equilibrium = frozen()
    exact = equilibrium + (3.0 - equilibrium) * math.exp(-20 * h / tau_sys)
    assert steps(solver_named("exponential"), equation, 3.0, h, 20) == pytest.approx(exact, abs=1e-13)


@pytest.mark.parametrize("name", EXPLICIT)
def test_explicit_diverges_past_its_limit_and_only_there(name: str) -> None:
    solver = solver_named(name)
    equation, tau_sys, equilibrium = frozen()
    away = [abs(steps(solver, equation, 3.0, s * solver.limit * tau_sys, 4000) - equilibrium) for s in (0.99, 1.01)]
    assert away[0] < 1e-9
    assert away[1] > 1e9
    assert abs(factor(solver, solver.limit)) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("name", UNCONDITIONAL)
@pytest.mark.parametrize("h", [1.0, 1e3, 1e9])
def test_semi_implicit_and_exponential_never_diverge(name: str, h: float) -> None:
    solver = solver_named(name)
    assert solver.limit == math.inf
    rng = np.random.default_rng(0)
    equation = random_equation(rng, size=8, gain=5.0)
    low, high = np.minimum(equation.A, 0), np.maximum(equation.A, 0)
    state = np.zeros((20, 8))
    for _ in range(50):
        state = solver.step(equation, equation.drive(rng.normal(size=(20, 1)) * 5), state, h)
        assert ((state >= low - 1e-12) & (state <= high + 1e-12)).all()


def random_equation(rng: np.random.Generator, size: int, gain: float = 1.0) -> LayerWeights:
    return LayerWeights(
        inputs=rng.normal(size=(size, 1)),
        recurrent=gain * rng.normal(size=(size, size)),
        bias=0.3 * rng.normal(size=size),
        A=rng.normal(size=size),
        tau=np.geomspace(0.8, 4.0, size),
    )


@cache
def nonlinear() -> tuple[ODEProblem, Reference]:
    """Four coupled neurons along twelve held inputs, and the truth at the tightest tolerance that SciPy takes."""
    rng = np.random.default_rng(17)
    equation = random_equation(rng, size=4)
    problem = ODEProblem(replace(equation, dt=0.5), rng.normal(size=(12, 1)), np.zeros(4))
    return problem, reference(equation, problem.inputs, problem.dt, rtol=3e-14, atol=1e-16)


def assert_converges(problem: ODEProblem, truth: Reference, solver: Solver) -> None:
    """Five halvings from h = 1/8: errors far above the reference's own, strictly falling, at the order claimed."""
    curve = order_curve(problem, truth, solver, halvings=5, first=4, piece=len(problem.inputs))
    assert len(curve.slopes) == 5
    assert curve.trusted.all()
    assert (np.diff(curve.errors) < 0).all()
    np.testing.assert_allclose(curve.slopes, solver.order, atol=0.1)


@pytest.mark.parametrize("name", SOLVERS)
def test_measured_order(name: str) -> None:
    assert_converges(*nonlinear(), solver_named(name))


def test_orders_are_those_of_the_literature() -> None:
    assert {name: solver.order for name, solver in SOLVERS.items()} == {
        "euler": 1,
        "semi_implicit": 1,
        "heun": 2,
        "rk4": 4,
        "exponential": 1,
    }


@pytest.mark.parametrize("name", SOLVERS)
@pytest.mark.parametrize("mistake", ["late input", "tau off by 1 %", "sign flipped"])
def test_a_mistake_in_the_equation_is_seen(name: str, mistake: str) -> None:
    problem, truth = nonlinear()
    weights = problem.equation
    wrong = {
        "late input": replace(problem, inputs=np.roll(problem.inputs, 1, axis=0)),
        "tau off by 1 %": replace(problem, equation=replace(weights, tau=1.01 * weights.tau)),
        "sign flipped": replace(problem, equation=replace(weights, A=-weights.A)),
    }[mistake]
    with pytest.raises(AssertionError):
        assert_converges(wrong, truth, solver_named(name))


class MislabelledEuler(Euler):
    order = 2


class LazyHeun(Solver):
    """Heun with its second slope taken at the old state: Euler in disguise, at twice the work."""

    name, label, order, stages, limit = "lazy", "Lazy", 2, 2, 2.0
    formula = stability = source = ""

    def step(self, layer: Any, drive: Any, state: Any, h: Any) -> Any:
        k1 = layer.derivative(layer.gate(drive, state), state)
        return state + h * (k1 + k1) / 2


class Growing(Solver):
    """An error that grows at just the rate at which a first-order error falls: |slope| would be 1."""

    name, label, order, stages, limit = "growing", "Growing", 1, 1, 2.0
    formula = stability = source = ""

    def step(self, layer: Any, drive: Any, state: Any, h: Any) -> Any:
        return state + 1e-6 / h**2 * np.ones_like(state)


@pytest.mark.parametrize("solver", [MislabelledEuler(), LazyHeun(), Growing()])
def test_a_wrong_label_is_seen(solver: Solver) -> None:
    with pytest.raises(AssertionError):
        assert_converges(*nonlinear(), solver)


@pytest.mark.parametrize("name", SOLVERS)
def test_torch_and_numpy_take_the_same_step(name: str) -> None:
    rnn = LiquidRNN(2, 5, dt=0.4, solver=name, unfolds=2).double()
    layer = rnn.liquid_layers()[0]
    equation, solver = LayerWeights.of(layer), solver_named(name)
    x = np.random.default_rng(0).normal(size=(7, 2))
    state = np.zeros(5)
    for held in equation.drive(x):
        for _ in range(2):
            state = solver.step(equation, held, state, 0.2)
    states, _ = rnn(torch.tensor(x)[None])
    np.testing.assert_allclose(states[0, -1].detach(), state, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", SOLVERS)
def test_gradients(name: str) -> None:
    random = torch.Generator().manual_seed(0)
    rnn = LiquidRNN(1, 2, dt=0.3, solver=name, unfolds=2, backend="plain").double()
    names = [key for key, _ in rnn.named_parameters()]

    def draw(*shape: int) -> Tensor:
        return torch.randn(shape, generator=random, dtype=torch.float64, requires_grad=True)

    def run(x: Tensor, spans: Tensor, *parameters: Tensor) -> Tensor:
        return torch.func.functional_call(rnn, dict(zip(names, parameters, strict=True)), (x, None, spans))[0]

    parameters = [draw(*parameter.shape) for parameter in rnn.parameters()]
    assert torch.autograd.gradcheck(run, (draw(2, 3, 1), draw(2, 3).detach().abs().requires_grad_(), *parameters))


@pytest.mark.parametrize("solver", SOLVERS.values(), ids=lambda solver: solver.name)
def test_every_solver_says_what_it_is(solver: Solver) -> None:
    assert SOLVERS[solver.name] is solver
    assert solver.label
    assert solver.formula.startswith(r"x \leftarrow")
    assert solver.stability.startswith(("Stable", "Exact"))
    assert any(year in solver.source for year in ("1768", "1900", "1901", "2010", "2021"))

    class Counting:
        calls = 0

        def __getattr__(self, name: str) -> Any:
            return getattr(nonlinear()[0].equation, name)

        def gate(self, drive: Floats, state: Floats) -> Floats:
            Counting.calls += 1
            return nonlinear()[0].equation.gate(drive, state)

    solver.step(Counting(), np.zeros(4), np.zeros(4), 0.1)
    assert Counting.calls == solver.stages


def test_an_unknown_name_gets_a_sentence() -> None:
    with pytest.raises(LiquidError, match=r"'midpoint' is not known; choose one of euler, .*exponential"):
        solver_named("midpoint")


@pytest.mark.parametrize(
    ("solver", "backend"), [("semi_implicit", "plain"), ("semi_implicit", "scan"), ("exponential", "plain")]
)
@pytest.mark.parametrize("raw", [-20.0, -50.0, -80.0])
def test_gradients_at_a_tiny_tau_are_finite_and_right_in_float32(solver: str, backend: str, raw: float) -> None:
    def gradients(dtype: torch.dtype, backend: str) -> list[Tensor]:
        torch.manual_seed(0)
        rnn = LiquidRNN(2, 5, solver=solver, backend=backend).to(dtype)
        layer = rnn.liquid_layers()[0]
        with torch.no_grad():
            layer.tau[::2].fill_(raw)
        rnn(torch.randn(3, 7, 2, generator=torch.Generator().manual_seed(0)).to(dtype))[0].square().sum().backward()
        return [p.grad for p in rnn.parameters() if p.grad is not None]

    for one, truth in zip(gradients(torch.float32, backend), gradients(torch.float64, "plain"), strict=True):
        torch.testing.assert_close(one.double(), truth, rtol=1e-3, atol=1e-6)
