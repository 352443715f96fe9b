"""Memory of the layer as a whole against closed forms, finite differences and autograd."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import expit

from liquid.dynamics import diagnostics
from liquid.dynamics.rnn import LiquidRNN
from liquid.dynamics.weights import LayerWeights
from liquid.errors import LiquidError


def layer(size: int = 6, inputs: int = 2, seed: int = 0, unfolds: int = 1) -> tuple[LiquidRNN, LayerWeights]:
    rnn = LiquidRNN(inputs, size, dt=0.2, unfolds=unfolds).double()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in rnn.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
    return rnn, LayerWeights.of(rnn.liquid_layers()[0], unfolds)


def test_jacobian_is_autograd_of_the_torch_layer() -> None:
    rnn, weights = layer()
    cell = rnn.liquid_layers()[0]
    rng = np.random.default_rng(0)
    u, x = rng.normal(size=(3, 2)), rng.normal(size=(3, 6))

    def right_hand_side(state: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        return cell.derivative(cell.gate(cell.drive(inputs), state), state)

    for i, computed in enumerate(diagnostics.jacobian(weights, u, x)):
        inputs = torch.tensor(u[i])
        expected = torch.autograd.functional.jacobian(
            lambda s, fixed=inputs: right_hand_side(s, fixed), torch.tensor(x[i])
        )
        np.testing.assert_allclose(computed, expected.numpy(), atol=1e-13)


def test_without_recurrence_the_effective_constants_are_tau_sys() -> None:
    _, weights = layer()
    alone = LayerWeights(weights.inputs, 0 * weights.recurrent, weights.bias, weights.A, weights.tau, dt=0.2)
    u = np.random.default_rng(1).normal(size=(5, 2))
    states = diagnostics.states_before(alone, u)
    constants = diagnostics.effective_time_constants(alone, u, states)
    tau_sys = alone.tau_sys(alone.gate(alone.drive(u), states))
    np.testing.assert_allclose(constants, -np.sort(-tau_sys, axis=-1), rtol=1e-12)


def test_recurrence_moves_memory_while_tau_sys_stays() -> None:
    """One neuron resting at x = 0.5 with A = 1, f = 1/2: J = -1 - 1/2 + W / 8, so W = 8 gives a constant of 2."""
    for w, expected in ((0.0, 1 / 1.5), (8.0, 2.0), (12.0, np.inf), (20.0, np.inf), (-4.0, 0.5)):
        at_rest = np.array([[0.5]])
        weights = LayerWeights(np.ones((1, 1)), np.array([[w]]), np.array([-0.5 * w]), np.ones(1), np.ones(1), dt=0.1)
        constant = diagnostics.effective_time_constants(weights, np.zeros((1, 1)), at_rest)[0, 0]
        assert constant == pytest.approx(expected)
        assert weights.tau_sys(weights.gate(weights.drive(np.zeros((1, 1))), at_rest))[0, 0] == pytest.approx(1 / 1.5)


def test_impulse_memory_of_one_neuron_without_recurrence() -> None:
    """With the input back at rest every step multiplies the mark by 1 - dt / tau_sys: a closed form in lags."""
    weights = LayerWeights(np.ones((1, 1)), np.zeros((1, 1)), np.zeros(1), np.ones(1), np.array([4.0]), dt=0.2)
    memory = diagnostics.impulse_memory(weights, np.zeros((400, 1)), at=100, visible=0.05)
    factor = 1 - 0.2 * (1 / 4 + expit(0.0))
    np.testing.assert_allclose(memory.trace[:50], factor ** np.arange(50), rtol=1e-9)
    assert memory.samples == np.floor(np.log(0.05) / np.log(factor)) + 1


def test_impulse_memory_says_when_it_does_not_end_or_begin() -> None:
    weights = LayerWeights(np.ones((1, 1)), np.zeros((1, 1)), np.zeros(1), np.ones(1), np.ones(1))
    assert np.isnan(diagnostics.impulse_memory(weights, np.zeros((10, 1)), at=5).samples)
    with pytest.raises(LiquidError, match="at=10"):
        diagnostics.impulse_memory(weights, np.zeros((10, 1)), at=10)
    deaf = LayerWeights(np.zeros((1, 1)), np.zeros((1, 1)), np.zeros(1), np.ones(1), np.ones(1))
    with pytest.raises(LiquidError, match="does not depend on its input"):
        diagnostics.impulse_memory(deaf, np.zeros((10, 1)), at=5)
