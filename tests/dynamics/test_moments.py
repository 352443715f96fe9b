"""The noise theory against closed forms, quadrature and plain simulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.linalg import solve_discrete_lyapunov
from scipy.special import expit
from scipy.stats import norm

from liquid.dynamics import pretrained
from liquid.dynamics.layer import LiquidLayer
from liquid.dynamics.moments import InputNoise, Moments, TheoryFails, closure
from liquid.dynamics.rnn import LiquidRNN
from liquid.dynamics.weights import LayerWeights
from liquid.errors import LiquidError
from liquid.series import generators
from liquid.studies.noise.signal import Signal
from liquid.studies.noise.study import NoiseConfig, measured_response, predict


def random_weights(
    rng: np.random.Generator, size: int = 8, inputs: int = 1, gain: float = 1.0, **more: float
) -> LayerWeights:
    return LayerWeights(
        inputs=rng.normal(size=(size, inputs)),
        recurrent=gain * rng.normal(size=(size, size)) / np.sqrt(size),
        bias=rng.normal(size=size),
        A=rng.normal(size=size),
        tau=rng.uniform(0.5, 2.0, size),
        **more,
    )


def closed(w: LayerWeights, u: np.ndarray, sd: np.ndarray | float, phi: float = 0.0) -> Moments:
    return closure(w, u, InputNoise.independent(u, sd, phi))


def scaled(values: np.ndarray) -> np.ndarray:
    return ((values - values.mean()) / values.std())[:, None]


def test_run_is_the_torch_layer() -> None:
    rnn = LiquidRNN(2, 6, dt=0.3, unfolds=3).double()
    u = torch.randn(2, 40, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    weights = LayerWeights.of(rnn.liquid_layers()[0], unfolds=3)
    states, gates = weights.run(u.transpose(0, 1).numpy())
    trace = rnn.trace(u)[0]
    np.testing.assert_allclose(states, trace.states.detach().transpose(0, 1).numpy(), atol=1e-13)
    np.testing.assert_allclose(gates, trace.gate.detach().transpose(0, 1).numpy(), atol=1e-13)


def test_a_fresh_layer_is_distributed_as_the_torch_layer() -> None:
    drawn, torch_layer = LayerWeights.fresh(2, 64), LayerWeights.of(LiquidLayer(2, 64))
    np.testing.assert_allclose(drawn.tau, torch_layer.tau, rtol=1e-6)
    bound = 1 / np.sqrt(66)
    for weight in (drawn.recurrent, torch_layer.recurrent):
        assert np.abs(weight).max() <= bound
        assert weight.std() == pytest.approx(bound / np.sqrt(3), rel=0.05)
    np.testing.assert_array_equal(drawn.A, LayerWeights.fresh(2, 64).A)


@pytest.mark.parametrize("unfolds", [1, 3])
def test_zero_noise_gives_the_clean_run(unfolds: int) -> None:
    rng = np.random.default_rng(0)
    weights = random_weights(rng, inputs=2, unfolds=unfolds)
    u = rng.normal(size=(200, 2))
    states, gates = weights.run(u)
    moments = closed(weights, u, 0.0, phi=0.5)
    np.testing.assert_allclose(moments.state, states, atol=1e-12)
    np.testing.assert_allclose(moments.gate, gates, atol=1e-12)
    np.testing.assert_allclose(moments.tau_sys, weights.tau_sys(gates), atol=1e-12)
    assert np.abs(moments.state_sd).max() == 0


# Weights small by 1e-5 freeze the slope of the gate: x' = F x + G n + k exactly, with F and G written down below.
@pytest.mark.parametrize("phi", [0.0, 0.8])
def test_linear_system_has_the_closed_form_covariance(phi: float) -> None:
    rng = np.random.default_rng(1)
    small = 1e-5
    w = random_weights(rng, size=5, inputs=2)
    w = LayerWeights(small * w.inputs, small * w.recurrent, w.bias, w.A, w.tau, dt=0.1)
    moments = closed(w, np.zeros((2000, 2)), 1.0, phi)
    f = expit(w.bias)
    rest = f * w.A / (1 / w.tau + f)
    slope = 0.1 * (w.A - rest) * f * (1 - f)
    state_to_state = np.diag(1 - 0.1 * (1 / w.tau + f)) + slope[:, None] * w.recurrent
    noise_to_state = slope[:, None] * w.inputs
    transition = np.block([[state_to_state, noise_to_state], [np.zeros((2, 5)), phi * np.eye(2)]])
    fresh = np.zeros((7, 7))
    fresh[5:, 5:] = (1 - phi**2) * np.eye(2)  # keeps the noise's variance at 1
    covariance = solve_discrete_lyapunov(transition, fresh)
    expected = np.sqrt(np.diagonal(covariance)[:5])
    np.testing.assert_allclose(moments.state_sd[-1] / small, expected / small, rtol=1e-4)
    np.testing.assert_allclose(moments.state_sd[-1], expected, atol=1e-10)


def test_gain_without_a_gate_slope_is_exact_to_1e10() -> None:
    """A frozen gate (input and state weights zero) leaves a linear system: x goes to A f / (1/tau + f), spread zero."""
    w = LayerWeights(np.zeros((3, 1)), np.zeros((3, 3)), np.array([-1.0, 0, 2]), np.ones(3), np.ones(3), dt=0.1)
    moments = closed(w, np.ones((3000, 1)), 2.0)
    f = expit(w.bias)
    np.testing.assert_allclose(moments.state[-1], f / (1 + f), atol=1e-10)
    assert np.abs(moments.state_sd).max() == 0


@pytest.mark.parametrize(("weight", "bias", "sd"), [(1.0, -2.0, 0.5), (2.5, 0.3, 1.0), (-4.0, 1.0, 0.7)])
def test_one_neuron_without_recurrence_is_direct_quadrature(weight: float, bias: float, sd: float) -> None:
    w = LayerWeights(np.array([[weight]]), np.zeros((1, 1)), np.array([bias]), np.ones(1), np.array([1.3]))
    moments = closed(w, np.full((3, 1), 0.4), sd)

    def average(g: object) -> float:
        return float(quad(lambda n: g(expit(weight * (0.4 + sd * n) + bias)) * norm.pdf(n), -12, 12, epsabs=1e-12)[0])

    tau_sys = average(lambda f: 1.3 / (1 + 1.3 * f))
    spread = np.sqrt(average(lambda f: (1.3 / (1 + 1.3 * f) - tau_sys) ** 2))
    np.testing.assert_allclose(moments.gate[-1, 0], average(lambda f: f), atol=1e-4)
    np.testing.assert_allclose(moments.tau_sys[-1, 0], tau_sys, atol=1e-4)
    np.testing.assert_allclose(moments.tau_sys_sd[-1, 0], spread, atol=1e-3)


SERIES = {
    "lorenz": lambda: generators.lorenz(300),
    "rossler": lambda: generators.rossler(300),
    "mackey-glass": lambda: generators.mackey_glass(300),
    "sines": lambda: generators.sum_of_sines(300, noise=0.0),
    "walk": lambda: generators.switching_walk(300),
}


# Antithetic pairs: the change's odd part, which is most of its variance, cancels within a pair.
def simulated_change(w: LayerWeights, u: np.ndarray, sd: np.ndarray | float, phi: float, pairs: int) -> np.ndarray:
    noise = np.random.default_rng(7).normal(size=(len(u), pairs, w.input_size))
    for t in range(1, len(u)):
        noise[t] = phi * noise[t - 1] + np.sqrt(1 - phi**2) * noise[t]
    noise = np.concatenate([noise, -noise], axis=1) * np.reshape(sd, (-1, 1, 1))
    noisy, clean = w.run(u[:, None] + noise)[1], w.run(u)[1]
    return (w.tau_sys(noisy).mean(axis=1) - w.tau_sys(clean)).mean(axis=0)


def r_squared(measured: np.ndarray, predicted: np.ndarray) -> float:
    return float(1 - np.sum((measured - predicted) ** 2) / np.sum((measured - measured.mean()) ** 2))


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize(("sd", "phi"), [(0.1, 0.0), (1.0, 0.0), (0.5, 0.6)])
def test_theory_predicts_every_neuron(name: str, sd: float, phi: float) -> None:
    w = random_weights(np.random.default_rng(3), size=16, dt=0.1)
    u = scaled(SERIES[name]().values[:, 0])
    clean = w.tau_sys(w.run(u)[1])
    predicted = (closed(w, u, sd, phi).tau_sys - clean).mean(axis=0)
    assert r_squared(simulated_change(w, u, sd, phi, 100), predicted) > 0.95


def test_burst_on_one_channel_of_two() -> None:
    rng = np.random.default_rng(5)
    w = random_weights(rng, size=12, inputs=2)
    u = np.column_stack([np.sin(np.arange(240) / 9), np.cos(np.arange(240) / 5)])
    sd = np.zeros((240, 2))
    sd[100:160, 1] = 0.8
    moments = closed(w, u, sd)
    clean = w.tau_sys(w.run(u)[1])
    np.testing.assert_allclose(moments.tau_sys[:100], clean[:100], atol=1e-12)
    noise = sd[:, None] * np.random.default_rng(0).normal(size=(240, 300, 2))
    noise = np.concatenate([noise, -noise], axis=1)
    noisy = w.tau_sys(w.run(u[:, None] + noise)[1])
    measured = (noisy.mean(axis=1) - clean)[100:160].mean(axis=0)
    assert r_squared(measured, (moments.tau_sys - clean)[100:160].mean(axis=0)) > 0.95
    np.testing.assert_allclose(moments.tau_sys_sd[100:160], noisy[100:160].std(axis=1), rtol=0.25, atol=0.01)


def test_the_colour_of_the_noise_matters_and_is_predicted() -> None:
    """Negative control: the white theory misses what AR(1) noise does, the coloured theory does not."""
    w = random_weights(np.random.default_rng(3), size=16, gain=2.0)
    u = scaled(SERIES["sines"]().values[:, 0])
    clean = w.tau_sys(w.run(u)[1])
    measured = simulated_change(w, u, 0.5, 0.9, 200)
    coloured = (closed(w, u, 0.5, 0.9).tau_sys - clean).mean(axis=0)
    white = (closed(w, u, 0.5, 0.0).tau_sys - clean).mean(axis=0)
    assert np.sum((measured - coloured) ** 2) < 0.2 * np.sum((measured - white) ** 2)


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10_000),
    sd=st.floats(0, 5),
    phi=st.floats(0, 0.95),
    gain=st.floats(0, 3),
    unfolds=st.integers(1, 3),
)
def test_tau_sys_stays_in_its_bounds(seed: int, sd: float, phi: float, gain: float, unfolds: int) -> None:
    rng = np.random.default_rng(seed)
    w = random_weights(rng, size=4, gain=gain, unfolds=unfolds)
    moments: Moments = closed(w, rng.normal(size=(20, 1)), sd, phi)
    floor, ceiling = w.bounds
    assert (moments.tau_sys >= floor - 1e-12).all()
    assert (moments.tau_sys <= ceiling + 1e-12).all()
    assert (moments.tau_sys_sd <= (ceiling - floor) / 2 + 1e-12).all()


def test_errors_say_what_and_how() -> None:
    w = random_weights(np.random.default_rng(0))
    u = np.zeros((10, 1))
    with pytest.raises(LiquidError, match=r"phi=1.0"):
        closed(w, u, 0.1, 1.0)
    with pytest.raises(LiquidError, match=r"expected \[time, 1\]"):
        closed(w, np.zeros((10, 2)), 0.1)
    with pytest.raises(LiquidError, match="sd has shape"):
        closed(w, u, np.ones(9))
    with pytest.raises(LiquidError, match="negative"):
        closed(w, u, -0.1)
    unstable = LayerWeights(w.inputs, w.recurrent, w.bias, w.A, w.tau, dt=50.0)
    with pytest.raises(LiquidError, match="noise theory does not hold"):
        closed(unstable, np.zeros((400, 1)), 1.0)
    with pytest.raises(LiquidError, match=r"fc\.bias"):
        LayerWeights.from_state({"fc.weight": np.ones((2, 3))}, 0.1)
    state = {name: p.detach().numpy() for name, p in LiquidLayer(1, 3).named_parameters()}
    with pytest.raises(LiquidError, match="not one liquid layer"):
        LayerWeights.from_state({**state, "A": np.ones(4)}, 0.1)


def test_the_theory_says_where_it_does_not_hold_and_not_where_it_does() -> None:
    """The pretrained layer: its step is too long for an open gate at dt 0.4, for a closed one at 0.5."""
    trained = pretrained.load("lorenz")
    signal = Signal(scaled(generators.lorenz(300).values[:, 0]), trained.change_gain)
    held, failed = ((0.1, 0.5), (0.1, 3.0), (0.3, 1.0)), ((0.4, 0.1), (0.5, 0.5))
    for dt, level in held + failed:
        weights, config = replace(trained.weights, dt=dt), NoiseConfig(level=level, pairs=20)
        response = measured_response(weights, signal, config)
        if (dt, level) in held:
            assert response.r2 is not None
            assert response.r2 > 0.9
        else:
            assert response.theory is None
            with pytest.raises(TheoryFails, match=rf"at dt={dt}.*neuron \d+ a standard deviation of"):
                predict(weights, signal, config)
            predict(weights, signal, replace(config, level=0.0))  # nothing spreads


@settings(max_examples=25)
@given(seed=st.integers(0, 999), gain=st.floats(0, 3), level=st.floats(0.1, 3))
def test_a_simulated_state_never_spreads_as_far_as_is_refused(seed: int, gain: float, level: float) -> None:
    rng = np.random.default_rng(seed)
    w = random_weights(rng, size=4, gain=gain)
    states, _ = w.run(level * rng.normal(size=(40, 100, 1)))
    assert (states.std(axis=1) <= np.abs(w.A) / 2).all()
