"""The sequence module against a loop over the equation, and its promises about shapes and time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from liquid.dynamics.rnn import LiquidRNN
from liquid.dynamics.solvers import SOLVERS
from liquid.errors import LiquidError
from tests.dynamics.test_layer import random_layer, sizes, transcription

few = settings(max_examples=25)


def random_rnn(seed: int, inputs: int, size: int, **settings: Any) -> LiquidRNN:
    rnn = LiquidRNN(inputs, size, **settings).double()
    for number, layer in enumerate(rnn.liquid_layers()):
        layer.load_state_dict(random_layer(seed + number, layer.input_size, size).state_dict())
    return rnn


def noise(seed: int, *shape: int) -> Tensor:
    return torch.tensor(np.random.default_rng(seed).normal(size=shape))


@few
@given(
    seed=st.integers(0, 999),
    inputs=sizes,
    size=sizes,
    batch=sizes,
    time=st.integers(1, 6),
    unfolds=st.integers(1, 3),
    dt=st.floats(0.01, 0.5),
)
def test_the_sequence_is_the_equation_step_by_step(
    seed: int, inputs: int, size: int, batch: int, time: int, unfolds: int, dt: float
) -> None:
    rnn = random_rnn(seed, inputs, size, dt=dt, unfolds=unfolds)
    x, start, spans = noise(seed, batch, time, inputs), noise(seed + 1, 1, batch, size), noise(seed, batch, time).abs()
    states, last = rnn(x, start, spans)
    trace = rnn.trace(x, start, spans)[0]
    for row in range(batch):
        state = start[0, row].numpy()
        for t in range(time):
            h = dt * float(spans[row, t]) / unfolds
            first = transcription(rnn.liquid_layers()[0], x[row, t].numpy(), state, h)
            for _ in range(unfolds):
                state = transcription(rnn.liquid_layers()[0], x[row, t].numpy(), state, h)["next"]
            np.testing.assert_allclose(states[row, t].detach(), state, rtol=1e-10, atol=1e-11)
            np.testing.assert_allclose(trace.gate[row, t].detach(), first["f"], rtol=1e-10, atol=1e-11)
            np.testing.assert_allclose(trace.tau_sys[row, t].detach(), first["tau_sys"], rtol=1e-10, atol=1e-11)
        np.testing.assert_allclose(last[0, row].detach(), state, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("size", [3, 4])
def test_batch_equal_to_state_does_not_confuse_timespans(solver: str, size: int) -> None:
    rnn = random_rnn(0, 1, size, dt=0.3, solver=solver)
    x, spans = noise(1, 4, 5, 1), noise(2, 4, 5).abs()
    together, _ = rnn(x, timespans=spans)
    alone = torch.cat([rnn(x[b : b + 1], timespans=spans[b : b + 1])[0] for b in range(4)])
    by_time = torch.cat([rnn(x[b : b + 1], timespans=spans[b])[0] for b in range(4)])
    torch.testing.assert_close(together, alone, rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(together, by_time, rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(rnn(x, timespans=2.0)[0], rnn(x, timespans=torch.full((4, 5), 2.0))[0])


def test_a_sequence_may_be_cut_and_continued() -> None:
    rnn = random_rnn(0, 2, 3, num_layers=2)
    x = noise(1, 2, 9, 2)
    whole, last = rnn(x)
    first, state = rnn(x[:, :4])
    second, end = rnn(x[:, 4:], state)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole)
    torch.testing.assert_close(end, last)
    assert last.shape == (2, 2, 3)


def test_layers_are_stacked() -> None:
    rnn = random_rnn(0, 2, 3, num_layers=2, dt=0.2)
    x = noise(1, 2, 5, 2)
    one, two = (LiquidRNN(n, 3, dt=0.2).double() for n in (2, 3))
    one.layers[0], two.layers[0] = rnn.layers[0], rnn.layers[1]
    torch.testing.assert_close(rnn(x)[0], two(one(x)[0])[0])
    torch.testing.assert_close(rnn.trace(x)[1].states, rnn(x)[0])


@pytest.mark.parametrize(
    "timespans", [1.0, torch.rand(5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))]
)
def test_gradients(timespans: float | Tensor) -> None:
    rnn = random_rnn(0, 1, 2, dt=0.3, unfolds=2, num_layers=2)
    names = [name for name, _ in rnn.named_parameters()]

    def run(x: Tensor, state: Tensor, *parameters: Tensor) -> tuple[Tensor, Tensor]:
        return torch.func.functional_call(rnn, dict(zip(names, parameters, strict=True)), (x, state, timespans))

    x, state = noise(1, 2, 5, 1).requires_grad_(), noise(2, 2, 2, 2).requires_grad_()
    assert torch.autograd.gradcheck(run, (x, state, *rnn.parameters()))


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("shape", [(), (4,), (2, 4)])
def test_gradients_reach_timespans_of_every_shape(solver: str, shape: tuple[int, ...]) -> None:
    rnn = random_rnn(0, 1, 3, dt=0.3, unfolds=2, solver=solver)
    x, spans = noise(1, 2, 4, 1), torch.full(shape, 0.7, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda spans: rnn(x, timespans=spans)[0], spans)


@pytest.mark.parametrize(
    ("x", "state", "timespans", "sentence"),
    [
        (torch.zeros(4, 5), None, 1.0, r"\[4, 5\]; expected \[batch, time, 2\], or \[time, 2\].*x\[\.\.\., None\]"),
        (torch.zeros(4, 5, 3), None, 1.0, r"\[4, 5, 3\]; expected \[batch, time, 2\]"),
        (torch.zeros(4, 0, 2), None, 1.0, r"at least one sample"),
        (torch.zeros(4, 5, 2), torch.zeros(4, 3), 1.0, r"\[4, 3\]; expected .* = \[1, 4, 3\]"),
        (torch.zeros(4, 5, 2), None, torch.ones(4), r"\[4\]; expected a scalar, \[time\] = \[5\]"),
        (torch.zeros(4, 5, 2), None, torch.ones(5, 4), r"\[5, 4\]; .*\[batch, time\] = \[4, 5\]"),
        (torch.zeros(4, 5, 2), None, torch.ones(4, 5, 1), r"\[4, 5, 1\]"),
    ],
)
def test_wrong_shapes_get_a_sentence(x: Tensor, state: Tensor | None, timespans: float | Tensor, sentence: str) -> None:
    with pytest.raises(LiquidError, match=sentence):
        LiquidRNN(2, 3)(x, state, timespans)


@pytest.mark.parametrize("settings", [{"unfolds": 0}, {"num_layers": 0}, {"solver": "midpoint"}, {"dt": 0.0}])
def test_impossible_settings_get_a_sentence(settings: dict[str, Any]) -> None:
    with pytest.raises(LiquidError, match=next(iter(settings))):
        LiquidRNN(2, 3, **settings)
