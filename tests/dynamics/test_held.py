"""A layer whose tau_sys is held at its mean over the window, against closed forms."""

from __future__ import annotations

import numpy as np
import torch

from liquid.dynamics.held import states_with_tau_held
from liquid.dynamics.rnn import LiquidRNN


def one_neuron(unfolds: int = 1) -> LiquidRNN:
    """One that hears its input alone, in float64."""
    network = LiquidRNN(1, 1, dt=0.3, backend="plain", unfolds=unfolds).double()
    layer = network.liquid_layers()[0]
    with torch.no_grad():
        layer.fc.weight.copy_(torch.tensor([[1.7, 0.0]], dtype=torch.float64))
        layer.fc.bias.fill_(-0.4)
        layer.A.fill_(2.5)
        layer.tau.fill_(0.8)
    return network


def test_of_a_neuron_without_feedback_it_is_a_sum_of_its_gates() -> None:
    """x_T = sum_t dt A f_t (1 - dt / m)^(T - t), with m the mean of tau_t = tau / (1 + tau f_t)."""
    u = np.random.default_rng(0).normal(size=12)
    f = 1 / (1 + np.exp(-(1.7 * u - 0.4)))
    tau = np.log1p(np.exp(0.8))
    mean = (tau / (1 + tau * f)).mean()
    ages = np.arange(len(u))[::-1]
    expected = np.sum(0.3 * 2.5 * f * (1 - 0.3 / mean) ** ages)
    states = states_with_tau_held(one_neuron(), torch.from_numpy(u)[None, :, None])
    np.testing.assert_allclose(states[0, -1, 0], expected, rtol=1e-12)


def test_a_constant_input_to_that_neuron_moves_no_tau_sys_so_nothing_changes() -> None:
    network = one_neuron(unfolds=2)
    x = torch.full((2, 9, 1), 0.6, dtype=torch.float64)
    np.testing.assert_allclose(states_with_tau_held(network, x), network(x)[0].detach(), rtol=1e-12)


def test_timespans_stretch_its_steps_too() -> None:
    network, x = one_neuron(), torch.full((1, 2, 1), 0.6, dtype=torch.float64)
    spans = torch.tensor([[1.0, 2.5]], dtype=torch.float64)
    np.testing.assert_allclose(
        states_with_tau_held(network, x, spans), network(x, timespans=spans)[0].detach(), rtol=1e-12
    )
