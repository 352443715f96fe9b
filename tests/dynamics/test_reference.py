"""The reference against closed forms, and against Taylor series that share nothing with SciPy."""

from __future__ import annotations

import sys
import threading
import tracemalloc
from dataclasses import replace

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from liquid.dynamics.layer import LiquidLayer
from liquid.dynamics.reference import OTHER, Interpolation, Method, fast_right_hand_side, reference, right_hand_side
from liquid.dynamics.weights import LayerWeights
from liquid.errors import LiquidError
from liquid.series import builtin
from liquid.studies.convergence.study import ode_problem, preset
from tests.dynamics.test_layer import random_layer

Floats = NDArray[np.float64]


@settings(max_examples=40)
@given(seed=st.integers(0, 999), inputs=st.integers(1, 4), size=st.integers(1, 6))
def test_the_numpy_equation_is_the_layers(seed: int, inputs: int, size: int) -> None:
    layer = random_layer(seed, inputs, size)
    rng = np.random.default_rng(seed)
    x, state = rng.normal(size=(3, inputs)), rng.normal(size=(3, size))
    f = layer.gate(layer.drive(torch.tensor(x)), torch.tensor(state))
    truth = layer.derivative(f, torch.tensor(state)).detach().numpy()
    equation = LayerWeights.of(layer)
    drive = equation.drive(x)
    ours = equation.derivative(equation.gate(drive, state), state)
    np.testing.assert_allclose(ours, truth, rtol=1e-12, atol=1e-13)
    middle = equation.derivative(equation.gate((drive[0] + drive[1]) / 2, state[0]), state[0])
    for side in (right_hand_side(equation), fast_right_hand_side(equation)):
        side.start[:], side.change[:] = drive[0], drive[1] - drive[0]
        np.testing.assert_allclose(side.at(0.0, state[0]), truth[0], rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(side.at(0.5, state[0]), middle, rtol=1e-12, atol=1e-13)
        assert side.calls[0] == 2


def test_weights_may_be_anything_that_numpy_reads() -> None:
    problem = ode_problem(preset("calm"))
    truth = problem.solve(second_opinion=False).states
    equation = problem.equation
    for array in (equation.A, equation.recurrent, equation.tau):
        array.setflags(write=False)
    np.testing.assert_array_equal(replace(problem, equation=equation).solve(second_opinion=False).states, truth)
    short = replace(equation, A=equation.A.astype(np.float32), recurrent=np.asfortranarray(equation.recurrent))
    np.testing.assert_allclose(replace(problem, equation=short).solve().states, truth, atol=1e-6)
    one = ode_problem(replace(preset("calm"), state_size=1))
    one.equation.recurrent.setflags(write=False)
    assert one.solve().success


def test_a_drive_beyond_all_numbers_is_refused() -> None:
    problem = ode_problem(preset("calm"))
    huge = replace(problem.equation, inputs=problem.equation.inputs * 1e308)
    with pytest.raises(LiquidError, match="Weights times inputs are NaN or infinity"):
        replace(problem, equation=huge, inputs=100 * problem.inputs).solve()


def test_without_numba_the_reference_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = ode_problem(preset("stiff"))
    fast = problem.solve(second_opinion=False)
    monkeypatch.setitem(sys.modules, "liquid.dynamics.vector_field", None)  # importing it raises ImportError
    plain = problem.solve(second_opinion=False)
    np.testing.assert_allclose(plain.states, fast.states, rtol=0, atol=1e-12)


def taylor(layer: LiquidLayer, inputs: Floats, dt: float, interpolation: Interpolation) -> Floats:
    """The states after each sample by mpmath's Taylor series with 30 digits, the equation written in its numbers."""
    p = {name: value.detach().numpy() for name, value in layer.named_parameters()}
    size = len(p["A"])
    with mpmath.workdps(30):
        weight, bias, A = mpmath.matrix(p["fc.weight"].tolist()), p["fc.bias"], p["A"]
        tau = [mpmath.log(1 + mpmath.exp(raw)) for raw in p["tau"].tolist()]
        state, states = [mpmath.mpf(0)] * size, []
        for k in range(len(inputs)):
            end = inputs[k]
            begin = inputs[max(k - 1, 0)] if interpolation == "linear" else end

            def vector_field(t, x, begin=begin, end=end):
                seen = [b + (e - b) * t / dt for b, e in zip(begin.tolist(), end.tolist(), strict=True)] + list(x)
                z = [sum(weight[i, j] * seen[j] for j in range(len(seen))) + bias[i] for i in range(size)]
                f = [1 / (1 + mpmath.exp(-value)) for value in z]
                return [-x[i] / tau[i] + f[i] * (A[i] - x[i]) for i in range(size)]

            state = mpmath.odefun(vector_field, 0, state, tol=mpmath.mpf(10) ** -18)(mpmath.mpf(dt))
            states.append([float(value) for value in state])
    return np.array(states)


@pytest.mark.parametrize("interpolation", ["held", "linear"])
def test_against_mpmath(interpolation: Interpolation) -> None:
    layer = random_layer(5, 1, 2)
    inputs = np.random.default_rng(0).normal(size=(3, 1))
    truth = taylor(layer, inputs, 0.4, interpolation)
    for method in OTHER:
        ours = reference(layer, inputs, 0.4, interpolation=interpolation, method=method)
        assert ours.success
        assert np.abs(ours.ends - truth).max() < 1e-12
        assert ours.error.shape == (3,)
        assert ours.worst < 1e-12
        assert ours.evaluations > 100
    if interpolation == "held":
        assert np.abs(series_solution(LayerWeights.of(layer), inputs, 0.4) - truth).max() < 1e-14


# With x = sum x_k t^k and so on:  z_k = (W x)_k,  (k + 1) f_{k+1} = sum_j (f - f^2)_{k-j} (j + 1) z_{j+1},
# (k + 1) x_{k+1} = -x_k / tau + A f_k - (f x)_k
def series_solution(equation: LayerWeights, inputs: Floats, dt: float, steps: int = 8, terms: int = 24) -> Floats:
    """The states after each sample by the power series of the solution, `steps` expansions a sample."""
    w = equation
    h, size = dt / steps, w.state_size
    state, ends = np.zeros(size), []
    for drive in equation.drive(inputs):
        for _ in range(steps):
            x, z, f, g = (np.zeros((terms + 1, size)) for _ in range(4))
            x[0], z[0] = state, drive + w.recurrent @ state
            f[0] = 1 / (1 + np.exp(-z[0]))
            for k in range(terms):
                g[k] = f[k] - (f[: k + 1] * f[k::-1]).sum(axis=0)
                x[k + 1] = (w.A * f[k] - x[k] / w.tau - (f[: k + 1] * x[k::-1]).sum(axis=0)) / (k + 1)
                z[k + 1] = w.recurrent @ x[k + 1]
                weighted = np.arange(1, k + 2)[:, None] * z[1 : k + 2]
                f[k + 1] = (weighted * g[k::-1]).sum(axis=0) / (k + 1)
            state = h ** np.arange(terms + 1) @ x
        ends.append(state)
    return np.array(ends)


@pytest.mark.parametrize("name", builtin.names())
def test_within_1e_11_of_an_independent_solver_on_every_built_in(name: str) -> None:
    problem = ode_problem(replace(preset("calm"), source=name, samples=min(200, len(builtin.load(name)))))
    ours = problem.solve()
    independent = series_solution(problem.equation, problem.inputs, problem.dt, steps=2)
    error = np.abs(ours.ends - independent).max()
    assert error < 1e-11
    assert error < ours.worst < 1e-10  # it claims less than it has


def frozen(size: int = 3) -> LayerWeights:
    """Neurons without recurrence: the input alone sets the gate, so each sample has a closed form."""
    rng = np.random.default_rng(1)
    return LayerWeights(
            rng.normal(size=(size, 1)), np.zeros((size, size)), rng.normal(size=size), rng.normal(size=size),
            np.geomspace(0.05, 5, size),
        )  # fmt: skip


def test_against_the_closed_form_of_a_frozen_gate() -> None:
    equation, dt = frozen(), 0.7
    inputs, state = np.random.default_rng(2).normal(size=(30, 1)), np.array([1.0, -2.0, 3.0])
    ours = reference(equation, inputs, dt, state, knots=4)
    for sample in range(30):
        f = equation.gate(equation.drive(inputs[sample]), state)
        tau_sys = equation.tau_sys(f)
        rest = tau_sys * f * equation.A
        for knot in range(4):
            exact = rest + (state - rest) * np.exp(-(knot + 1) / 4 * dt / tau_sys)
            np.testing.assert_allclose(ours.states[sample, knot], exact, atol=1e-12)
        state = exact


def test_a_short_pulse_is_not_stepped_over() -> None:
    """One sample of input in a thousand quiet ones: a method that is not restarted there may never look at it."""
    equation = LayerWeights(np.array([[40.0]]), np.zeros((1, 1)), np.array([-20.0]), np.array([1.0]), np.array([1e4]))
    inputs = np.zeros((1000, 1))
    inputs[700] = 1.0
    ends = reference(equation, inputs, 0.38, second_opinion=False).ends
    assert ends[699, 0] < 1e-5
    assert ends[700, 0] == pytest.approx(1 - np.exp(-0.38), abs=1e-4)  # 0.3161: the gate is open for one sample

    def vector_field(t: float, x: Floats) -> Floats:
        return equation.derivative(equation.gate(equation.drive(inputs[min(int(t / 0.38), 999)]), x), x)

    in_one_go = solve_ivp(vector_field, (0, 380), [0.0], method="DOP853", rtol=1e-6)
    assert in_one_go.success
    assert abs(in_one_go.y[0, -1] - ends[-1, 0]) > 0.01  # reports success, and is wrong


def test_the_error_is_the_disagreement_of_the_two_methods() -> None:
    equation, inputs = LayerWeights.of(random_layer(0, 1, 4)), np.random.default_rng(0).normal(size=(20, 1))
    one, two = (reference(equation, inputs, 0.5, method=method) for method in OTHER)
    difference = np.abs(one.ends - two.ends).max(axis=1)
    assert one.worst > 0
    np.testing.assert_allclose(one.error, difference, atol=1e-15)
    loose = reference(equation, inputs, 0.5, rtol=1e-6, atol=1e-8)
    truth_is = np.abs(loose.ends - one.ends).max()
    assert loose.worst > truth_is / 100  # a loose reference knows that it is loose
    assert np.isnan(reference(equation, inputs, 0.5, second_opinion=False).error).all()


@pytest.mark.parametrize("method", OTHER)
def test_solving_leaves_no_memory_behind(method: Method) -> None:
    equation, inputs = LayerWeights.fresh(1, 32), np.random.default_rng(0).normal(size=(60, 1))
    reference(equation, inputs, 0.5, method=method, second_opinion=False)
    tracemalloc.start()
    try:
        reference(equation, inputs, 0.5, method=method, second_opinion=False)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 50_000  # LSODA's work array has 12 kB a sample


def test_stiff_settings_are_solved_or_refused_with_a_way_out() -> None:
    equation = frozen()
    stiff = LayerWeights(equation.inputs, np.zeros((3, 3)), np.zeros(3), np.ones(3), np.full(3, 1e-6))
    inputs = np.ones((2, 1))
    with pytest.warns(UserWarning, match="dop853"):
        refused = reference(stiff, inputs, 1.0)
    assert not refused.success
    assert "DOP853 gave up in sample 0" in refused.message
    assert "method='lsoda'" in refused.message
    assert len(refused.states) == 0
    solved = reference(stiff, inputs, 1.0, method="lsoda", second_opinion=False)
    assert solved.success
    f = stiff.gate(stiff.drive(inputs[1]), np.zeros(3))
    np.testing.assert_allclose(solved.ends[1], stiff.tau_sys(f) * f, rtol=1e-9)


def test_two_threads_do_not_disturb_each_other() -> None:
    """A page has a thread for every visitor."""
    equation, inputs = LayerWeights.of(random_layer(0, 1, 4)), np.random.default_rng(0).normal(size=(60, 1))
    alone = {dt: reference(equation, inputs, dt).states for dt in (0.1, 0.7)}
    beside: dict[float, list[Floats]] = {0.1: [], 0.7: []}

    def solve(dt: float) -> None:
        for _ in range(5):
            beside[dt].append(reference(equation, inputs, dt).states)

    threads = [threading.Thread(target=solve, args=(dt,)) for dt in alone]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for dt, states in alone.items():
        assert len(beside[dt]) == 5
        for other in beside[dt]:
            np.testing.assert_allclose(other, states, atol=1e-13)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"inputs": np.zeros(5)}, r"\[5\]; expected \[time, 1\]"),
        ({"inputs": np.zeros((0, 1))}, "at least one sample"),
        ({"inputs": np.full((5, 1), np.nan)}, "NaN"),
        ({"initial": np.zeros(3)}, r"\[3\]; expected \[2\]"),
        ({"dt": 0.0}, "dt=0"),
        ({"knots": 0}, "knots=0"),
        ({"method": "rk45"}, "rk45"),
        ({"interpolation": "cubic"}, "cubic"),
        ({"rtol": 1e-15}, "SciPy cannot go below"),
    ],
)
def test_what_makes_no_problem_gets_a_sentence(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(LiquidError, match=sentence):
        reference(random_layer(0, 1, 2), **{"inputs": np.zeros((5, 1)), "dt": 0.1, **changes})
