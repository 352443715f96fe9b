"""A stream is the sequence, sample by sample: the same numbers, from any saved state on, within microseconds."""

from __future__ import annotations

import copy
import io
import math
import pickle
import re
import time
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import prune

from liquid.dynamics.rnn import LiquidRNN
from liquid.dynamics.stream import LiquidStream
from liquid.errors import LiquidError


def network(backend: str = "scan", dtype: torch.dtype = torch.float32, **settings: Any) -> tuple[LiquidRNN, nn.Linear]:
    torch.manual_seed(0)
    return LiquidRNN(3, 32, backend=backend, **settings).to(dtype), nn.Linear(32, 2).to(dtype)


def series(dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(1, 60, 3, dtype=dtype, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("solver", ["euler", "semi_implicit"])
@pytest.mark.parametrize(("layers", "unfolds"), [(1, 1), (2, 3)])
def test_a_stream_has_the_sequences_numbers_bit_for_bit(
    dtype: torch.dtype, solver: str, layers: int, unfolds: int
) -> None:
    rnn, readout = network(dtype=dtype, solver=solver, num_layers=layers, unfolds=unfolds)
    x = series(dtype)
    spans = torch.rand(60, dtype=dtype, generator=torch.Generator().manual_seed(2))
    states, last = rnn(x, timespans=spans)
    stream, forecasts = LiquidStream(rnn), LiquidStream(rnn, readout)
    for sample, span, state, forecast in zip(x[0], spans, states[0], readout(states[0]), strict=True):
        np.testing.assert_array_equal(stream(sample.numpy(), float(span)), state.detach())
        np.testing.assert_allclose(forecasts(sample.tolist(), float(span)), forecast.detach(), atol=1e-6)
    for name, end in zip(("layers.0", "layers.1"), last[:, 0], strict=False):
        np.testing.assert_array_equal(stream.state[name], end.detach())
    even, stream = rnn(x)[0][0].detach().numpy(), LiquidStream(rnn)
    np.testing.assert_array_equal([stream(sample) for sample in x[0].numpy()], even)


@pytest.mark.parametrize(
    ("backend", "settings"), [("plain", {}), ("auto", {"solver": "rk4"}), ("auto", {"dropout": 0.5, "num_layers": 2})]
)
def test_what_the_scan_cannot_do_streams_by_the_plain_loop(backend: str, settings: dict[str, Any]) -> None:
    rnn, _ = network(backend, **settings)
    stream = LiquidStream(rnn)
    found = np.array([stream(sample) for sample in series()[0].numpy()])
    np.testing.assert_allclose(found, rnn.eval()(series())[0][0].detach(), atol=1e-6)


@pytest.mark.parametrize("backend", ["scan", "plain"])
def test_a_saved_state_goes_on_exactly_there(backend: str) -> None:
    rnn, readout = network(backend, num_layers=2)
    x = series()[0].numpy()
    stream = LiquidStream(rnn, readout)
    for sample in x[:20]:
        stream(sample)
    file = io.BytesIO()
    np.savez(file, **stream.state)
    file.seek(0)
    resumed, again = LiquidStream(rnn, readout, np.load(file)), stream.state
    from_sequence = LiquidStream(rnn, readout, rnn(series()[:, :20])[1])
    expected = [stream(sample) for sample in x[20:]]
    np.testing.assert_array_equal([resumed(sample) for sample in x[20:]], expected)
    np.testing.assert_allclose([from_sequence(sample) for sample in x[20:]], expected, rtol=0, atol=1e-6)
    stream.state = again
    np.testing.assert_array_equal([stream(sample) for sample in x[20:]], expected)
    assert list(stream.state) == ["layers.0", "layers.1"]


@pytest.mark.parametrize("backend", ["scan", "plain"])
def test_a_stream_keeps_the_weights_that_it_was_made_with(backend: str) -> None:
    rnn, readout = network(backend)
    prune.l1_unstructured(rnn.liquid_layers()[0].fc, "weight", 0.5)
    expected = readout(rnn(series())[0][0]).detach()
    stream = LiquidStream(rnn, readout)
    with torch.no_grad():
        for parameter in (*rnn.parameters(), *readout.parameters()):
            parameter.zero_()
    np.testing.assert_allclose([stream(sample) for sample in series()[0].numpy()], expected, atol=1e-6)


def test_a_sample_takes_under_20_microseconds() -> None:
    rnn, readout = network()
    stream, sample, times = LiquidStream(rnn, readout), np.ones(3, np.float32), []
    for _ in range(50):
        start = time.perf_counter()
        for _ in range(100):
            stream(sample)
        times.append((time.perf_counter() - start) / 100)
    assert min(times) < 20e-6


def test_what_does_not_fit_is_said() -> None:
    stream = LiquidStream(*network())
    for wrong in ([1.0, 2.0], 1.0, np.ones((1, 3))):
        with pytest.raises(LiquidError, match=r"sample has shape .*expected \[3\]"):
            stream(wrong)
    for span in (-1.0, math.nan, math.inf, 1e39):  # float32 ends at 3e38
        with pytest.raises(LiquidError, match=re.escape(f"timespan={span}")):
            stream(np.ones(3), span)
    for wrong in (["a", "b", "c"], np.ones(3) * 1j, [None] * 3):
        with pytest.raises(LiquidError, match=r"sample holds .*real numbers"):
            stream(wrong)
    with pytest.raises(LiquidError, match=r"layers\.1 \[32\] of float64; expected \[32\] numbers for each of"):
        stream.state = {"layers.1": np.zeros(32)}
    with pytest.raises(LiquidError, match=r"layers\.0 \[3\]"):
        stream.state = {"layers.0": np.zeros(3)}
    with pytest.raises(LiquidError, match=r"\[1, 2, 32\]; expected \[num_layers, 1, state\]"):
        stream.state = torch.zeros(1, 2, 32)
    with pytest.raises(LiquidError, match="state is a list"):
        stream.state = [np.zeros(32)]
    with pytest.raises(LiquidError, match=r"layers\.0 \[32\] of <U1; expected \[32\] numbers"):
        stream.state = {"layers.0": ["a"] * 32}
    rnn, _ = network()
    for readout, sentence in (
        (nn.Linear(31, 2), "readout takes 31 numbers; the network's last layer has 32 neurons"),
        (nn.Linear(32, 2, bias=False), "readout has no bias; a stream takes an nn.Linear"),
        (nn.Sequential(nn.Linear(32, 2)), "readout is a Sequential"),
    ):
        with pytest.raises(LiquidError, match=sentence):
            LiquidStream(rnn, readout)
    with pytest.raises(LiquidError, match="network is a LSTM"):
        LiquidStream(nn.LSTM(3, 32))
    for copied in (copy.deepcopy, pickle.dumps):
        with pytest.raises(LiquidError, match=r"not copied or pickled.*stream\.state"):
            copied(stream)
    assert LiquidStream(LiquidRNN(1, 4))(0.5).shape == (4,), "a single input needs no brackets"
