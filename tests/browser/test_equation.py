"""The browser's layer computes what the Python layer does: states, time constants, gradients, and a training."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from javascript import run
from playwright.sync_api import Browser
from torch import Tensor, nn

from liquid.dynamics.layer import LiquidLayer
from liquid.models.liquid import inverse_softplus

SIZE, DT, SAMPLES, CASES = 8, 0.3, 40, 8
PARTS = ("W", "b", "A", "tauRaw", "V", "c")


def random_weights(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    sizes = {"W": SIZE * (1 + SIZE), "b": SIZE, "A": SIZE, "tauRaw": SIZE, "V": SIZE, "c": 1}
    return {name: rng.normal(size=size).tolist() for name, size in sizes.items()} | {"size": SIZE, "inputs": 1}


def in_torch(weights: dict[str, Any]) -> tuple[LiquidLayer, nn.Linear]:
    layer, readout = LiquidLayer(1, SIZE, DT).double(), nn.Linear(SIZE, 1).double()
    with torch.no_grad():
        for name, part in parts(layer, readout).items():
            part.copy_(torch.tensor(weights[name], dtype=torch.float64).reshape(part.shape))
    return layer, readout


def parts(layer: LiquidLayer, readout: nn.Linear) -> dict[str, Tensor]:
    return dict(
        zip(PARTS, (layer.fc.weight, layer.fc.bias, layer.A, layer.tau, readout.weight, readout.bias), strict=True)
    )


def loss(layer: LiquidLayer, readout: nn.Linear, windows: Tensor) -> Tensor:
    """Mean squared error one sample ahead over `windows[window, sample]`, from states of zero."""
    state, errors = torch.zeros(len(windows), SIZE, dtype=torch.float64), []
    for t in range(windows.shape[1] - 1):
        state = layer(windows[:, t : t + 1], state)
        errors.append(readout(state)[:, 0] - windows[:, t + 1])
    return torch.stack(errors).square().mean()


PATHS = """({step, baseTau, tauSys}, [all, inputs, dt]) => all.map(weights => {
    const tau = baseTau(weights), f = new Float64Array(weights.size), states = [], times = []
    let state = new Float64Array(weights.size)
    for (const input of inputs) {
        const after = new Float64Array(weights.size)
        step(weights, tau, dt, [input], state, f, after)
        states.push([...(state = after)])
        times.push([...tau].map((value, i) => tauSys(value, f[i])))
    }
    return [states, times]
})"""


def test_states_and_time_constants_are_the_python_layers(chromium: Browser) -> None:
    inputs = np.random.default_rng(1).normal(size=SAMPLES)
    weights = [random_weights(seed) for seed in range(CASES)]
    found = run(chromium, "shared/equation.js", PATHS, [weights, inputs.tolist(), DT])
    for one, (states, times) in zip(weights, found, strict=True):
        layer, _ = in_torch(one)
        state = torch.zeros(1, SIZE, dtype=torch.float64)
        for t, value in enumerate(inputs):
            x = torch.tensor([[value]])
            gate = layer.gate(layer.drive(x), state)
            assert layer.tau_sys(gate)[0].tolist() == pytest.approx(times[t], rel=1e-9, abs=1e-9)
            state = layer(x, state)
            assert state[0].tolist() == pytest.approx(states[t], rel=1e-9, abs=1e-9)


GRADIENTS = """({lossAndGradient, zeros}, [all, series, starts, samples, dt]) => all.map(weights => {
    const gradient = zeros(weights), loss = lossAndGradient(weights, dt, series, starts, samples, gradient)
    return [loss, Object.fromEntries(Object.entries(gradient).map(([name, part]) => [name, [...part]]))]
})"""


def test_gradients_through_64_samples_are_autograds(chromium: Browser) -> None:
    series, starts, samples = np.random.default_rng(2).normal(size=200), [0, 31, 135], 64
    weights = [random_weights(100 + seed) for seed in range(CASES)]
    argument = [weights, series.tolist(), starts, samples, DT]
    found = run(chromium, "home/js/learning.js", GRADIENTS, argument)
    windows = torch.tensor(np.stack([series[start : start + samples + 1] for start in starts]))
    for one, (value, gradient) in zip(weights, found, strict=True):
        layer, readout = in_torch(one)
        error = loss(layer, readout, windows)
        error.backward()  # type: ignore[no-untyped-call]
        assert error.item() == pytest.approx(value, rel=1e-9)
        for name, part in parts(layer, readout).items():
            assert part.grad is not None
            assert part.grad.flatten().tolist() == pytest.approx(gradient[name], rel=1e-9, abs=1e-9), name


TRAINING = """({training, SAMPLES}, [weights, series, dt, updates]) => {
    for (const name of ["W", "b", "A", "tauRaw", "V", "c"]) weights[name] = Float64Array.from(weights[name])
    const update = training(weights, dt, series, 5)
    return [Array.from({length: updates}, update), SAMPLES, [...weights.tauRaw]]
}"""


def test_a_hundred_updates_lose_what_torch_loses(chromium: Browser) -> None:
    series = np.sin(np.arange(400) / 5) + 0.1 * np.random.default_rng(3).normal(size=400)
    weights = random_weights(7)
    weights["tauRaw"][0] = inverse_softplus(1.01 * DT)  # its leak soon wants to be faster than a step
    made, samples, tau_raw = run(chromium, "home/js/learning.js", TRAINING, [weights, series.tolist(), DT, 100])
    layer, readout = in_torch(weights)
    optimizer = torch.optim.Adam([*layer.parameters(), *readout.parameters()], lr=0.02)
    for update in made:
        windows = torch.tensor(np.stack([series[start : start + samples + 1] for start in update["starts"]]))
        optimizer.zero_grad()
        error = loss(layer, readout, windows)
        error.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        with torch.no_grad():
            layer.tau.clamp_(min=inverse_softplus(DT))
        assert error.item() == pytest.approx(update["loss"], abs=1e-6)
    assert layer.tau.tolist() == pytest.approx(tau_raw, abs=1e-6)
    assert made[-1]["loss"] < made[0]["loss"] / 2
