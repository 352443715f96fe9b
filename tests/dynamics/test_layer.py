"""The layer against the equation written again, in NumPy, from the paper: nothing here calls the code under test."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from liquid.dynamics.layer import LiquidLayer
from liquid.errors import LiquidError

Floats = NDArray[np.float64]
few = settings(max_examples=40)
sizes = st.integers(1, 5)


def random_layer(seed: int, inputs: int, size: int, dt: float = 0.1, spread: float = 1.0) -> LiquidLayer:
    """A float64 layer whose every parameter is drawn from the seed."""
    random = torch.Generator().manual_seed(seed)
    layer = LiquidLayer(inputs, size, dt).double()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(spread * torch.randn(parameter.shape, generator=random, dtype=torch.float64))
    return layer


def transcription(layer: LiquidLayer, x: Floats, state: Floats, h: float) -> dict[str, Floats]:
    """f, tau_sys, dx/dt and the Euler step of one sample, neuron by neuron, for `x[input]` and `state[state]`."""
    p = {name: value.detach().numpy() for name, value in layer.named_parameters()}
    seen = np.concatenate([x, state])
    f, tau_sys, derivative = (np.empty(len(state)) for _ in range(3))
    for i in range(len(state)):
        z = sum(w * v for w, v in zip(p["fc.weight"][i], seen, strict=True)) + p["fc.bias"][i]
        tau = math.log(1 + math.exp(p["tau"][i]))
        f[i] = 1 / (1 + math.exp(-z))
        tau_sys[i] = 1 / (1 / tau + f[i])
        derivative[i] = -state[i] / tau + f[i] * (p["A"][i] - state[i])
    return {"f": f, "tau_sys": tau_sys, "derivative": derivative, "next": state + h * derivative}


@few
@given(seed=st.integers(0, 999), inputs=sizes, size=sizes, batch=sizes, dt=st.floats(0.01, 2))
def test_the_layer_is_its_equation(seed: int, inputs: int, size: int, batch: int, dt: float) -> None:
    rng = np.random.default_rng(seed)
    layer = random_layer(seed, inputs, size, dt)
    x, state = rng.normal(size=(batch, inputs)), rng.normal(size=(batch, size))
    x_t, state_t = torch.tensor(x), torch.tensor(state)
    f = layer.gate(layer.drive(x_t), state_t)
    ours = {
        "f": f,
        "tau_sys": layer.tau_sys(f),
        "derivative": layer.derivative(f, state_t),
        "next": layer(x_t, state_t),
    }
    for row in range(batch):
        for name, expected in transcription(layer, x[row], state[row], dt).items():
            np.testing.assert_allclose(ours[name][row].detach().numpy(), expected, rtol=1e-12, atol=1e-13)


@few
@given(seed=st.integers(0, 999), size=sizes, spread=st.floats(0.1, 5))
def test_tau_sys_stays_between_its_bounds(seed: int, size: int, spread: float) -> None:
    layer = random_layer(seed, 2, size, spread=spread)
    x = spread * torch.tensor(np.random.default_rng(seed).normal(size=(50, 2)))
    tau, state = layer.base_tau, torch.zeros(50, size, dtype=torch.float64)
    tau_sys = layer.tau_sys(layer.gate(layer.drive(x), state))
    assert (tau_sys >= tau / (1 + tau) * (1 - 1e-12)).all()
    assert (tau_sys <= tau * (1 + 1e-12)).all()


@few
@given(seed=st.integers(0, 999), size=sizes, spread=st.floats(0.1, 5), share=st.floats(0.05, 1))
def test_the_state_stays_between_0_and_A_while_the_step_is_short(
    seed: int, size: int, spread: float, share: float
) -> None:
    layer = random_layer(seed, 1, size, spread=spread).requires_grad_(False)
    layer.dt = share / float((1 / layer.base_tau + 1).max())  # dt (1 / tau + 1) <= 1 for every neuron
    rng = np.random.default_rng(seed)
    low, high = layer.A.clamp(max=0), layer.A.clamp(min=0)
    state = low + (high - low) * torch.tensor(rng.uniform(size=(8, size)))
    for x in torch.tensor(spread * rng.normal(size=(30, 8, 1))):
        state = layer(x, state)
        assert (state >= low - 1e-12 * spread).all()
        assert (state <= high + 1e-12 * spread).all()


def test_a_long_step_does_leave_the_range() -> None:
    """The negative control of the bound above: past dt (1 / tau + 1) = 1 it need not hold."""
    layer = random_layer(0, 1, 4).requires_grad_(False)
    layer.dt = 2.5 / float((1 / layer.base_tau).min())
    state = layer.A[None]
    assert not ((layer(torch.zeros(1, 1).double(), state) * layer.A.sign()) >= 0).all()


def test_gradients() -> None:
    layer = random_layer(0, 2, 3, dt=0.3)
    names = [name for name, _ in layer.named_parameters()]

    def step(x: torch.Tensor, state: torch.Tensor, *parameters: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(layer, dict(zip(names, parameters, strict=True)), (x, state))

    random = torch.Generator().manual_seed(1)
    x, state = (torch.randn(2, n, generator=random, dtype=torch.float64, requires_grad=True) for n in (2, 3))
    assert torch.autograd.gradcheck(step, (x, state, *layer.parameters()))


def test_a_plain_layers_weights_load() -> None:
    """The state dict of the article's layer: a Linear called fc, and the raw vectors A and tau."""
    plain = {
        "fc.weight": torch.arange(15.0).reshape(3, 5) / 10,
        "fc.bias": torch.tensor([0.1, 0.2, 0.3]),
        "A": torch.tensor([1.0, -2.0, 3.0]),
        "tau": torch.tensor([1.0, 0.0, -1.0]),
    }
    layer = LiquidLayer(2, 3)
    layer.load_state_dict(plain, strict=True)
    assert list(layer.state_dict()) == ["A", "tau", "fc.weight", "fc.bias"]
    drive = layer.drive(torch.tensor([[1.0, 0.0]]))  # the input's columns come first
    torch.testing.assert_close(drive, torch.tensor([[0.0 + 0.1, 0.5 + 0.2, 1.0 + 0.3]]))


def test_start_values() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layer = LiquidLayer(1, 4000).requires_grad_(False)
    assert (layer.tau == 1).all()
    assert abs(float(layer.A.mean())) < 0.1
    assert float(layer.A.std()) == pytest.approx(1, abs=0.05)
    assert sum(p.numel() for p in LiquidLayer(1, 8).parameters()) == 9 * 8 + 8 + 8 + 8  # 105 with a readout of 9


@pytest.mark.parametrize(
    ("inputs", "size", "dt"), [(0, 3, 0.1), (2, 0, 0.1), (2, 3, 0.0), (2, 3, -1), (2, 3, math.nan)]
)
def test_impossible_sizes_get_a_sentence(inputs: int, size: int, dt: float) -> None:
    with pytest.raises(LiquidError, match=r"must be"):
        LiquidLayer(inputs, size, dt)


def test_importing_the_package_does_not_import_torch_nor_torch_its_compiler() -> None:
    code = (
        "import sys, liquid; assert 'torch' not in sys.modules; liquid.LiquidRNN; assert 'torch' in sys.modules; "
        "assert 'torch._dynamo' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
