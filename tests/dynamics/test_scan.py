"""The scan is the plain loop, faster: same numbers, same gradients, same refusals."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache

import plain_loops
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from liquid.dynamics.rnn import LiquidRNN
from liquid.dynamics.scan import calls
from liquid.dynamics.scan import operator as scan
from liquid.dynamics.scan.access import Loops

VALUES = {torch.float32: 1e-6, torch.float64: 1e-12}
GRADIENTS = {torch.float32: 1e-5, torch.float64: 1e-12}  # sums over batch and time, in another order
modest = settings(max_examples=25)


@pytest.fixture(scope="module", autouse=True)
def waited() -> None:
    assert all(scan.ready(wait=True, dtype=dtype) for dtype in scan.DTYPES), "numba is a requirement of the tests"


def results(rnn: LiquidRNN, backend: str, inputs: tuple[Tensor, ...], weights: tuple[Tensor, Tensor]) -> list[Tensor]:
    """States, last state, and the gradients of a loss that reads both, for input, initial state and parameters."""
    rnn.backend = backend
    x, start, timespans = inputs
    states, last = rnn(x, start, timespans)
    loss = (states * weights[0]).sum() + (last * weights[1]).sum()
    return [states, last, *torch.autograd.grad(loss, [x, start, *rnn.parameters()])]


@cache
def specification(precision: str) -> Loops:
    return plain_loops.compile_loops(precision)


@contextmanager
def running(name: str, dtype: torch.dtype) -> Iterator[None]:
    """The scan with the plain loops in place of those in vector registers, if that is asked for."""
    compiled_loops = calls._kernels().loops
    usual = compiled_loops[dtype]
    if name == "specification":
        compiled_loops[dtype] = specification(str(dtype).removeprefix("torch."))
    try:
        yield
    finally:
        compiled_loops[dtype] = usual


@pytest.mark.parametrize("loops", ["vectors", "specification"])
@modest
@given(
    sizes=st.tuples(st.integers(1, 35), st.integers(1, 12), st.integers(1, 4), st.integers(1, 21)),
    how=st.tuples(st.integers(1, 2), st.integers(1, 3), st.sampled_from(scan.SOLVERS)),
    spans=st.sampled_from(["scalar", "time", "batch"]),
    dtype=st.sampled_from(scan.DTYPES),
    seed=st.integers(0, 99),
)
def test_same_numbers_and_gradients_as_the_plain_loop(loops, sizes, how, spans, dtype, seed) -> None:
    batch, time, channels, size = sizes
    layers, unfolds, solver = how
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=dtype)

    rnn = LiquidRNN(channels, size, 0.3, num_layers=layers, unfolds=unfolds, solver=solver).to(dtype)
    with torch.no_grad():
        for parameter in rnn.parameters():
            parameter.copy_(normal(*parameter.shape))
    timespans = {"scalar": (), "time": (time,), "batch": (batch, time)}[spans]
    inputs = (normal(batch, time, channels), normal(layers, batch, size), normal(*timespans).abs())
    for tensor in inputs[:2]:
        tensor.requires_grad_()
    weights = (normal(batch, time, size), normal(layers, batch, size))
    expected = results(rnn, "plain", inputs, weights)
    with running(loops, dtype):
        found = results(rnn, "scan", inputs, weights)
    for number, (ours, plain) in enumerate(zip(found, expected, strict=True)):
        tolerance = VALUES if number < 2 else GRADIENTS
        assert (ours - plain).abs().max() <= tolerance[dtype] * max(1.0, plain.abs().max().item())


@pytest.mark.parametrize("solver", scan.SOLVERS)
def test_gradcheck(solver: str) -> None:
    generator = torch.Generator().manual_seed(1)
    shapes = [(3, 4, 2), (1, 3, 5), (5, 7), (5,), (5,), (5,)]
    inputs = [torch.randn(s, generator=generator, dtype=torch.float64).requires_grad_() for s in shapes]
    h = torch.rand(3, 4, generator=generator, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda *tensors: scan.scan(*tensors, h, 2, solver), inputs)


@pytest.mark.parametrize("loops", ["vectors", "specification"])
def test_no_state_is_a_state_of_zeros(loops: str) -> None:
    rnn = LiquidRNN(1, 5, num_layers=2, backend="scan")
    x = torch.randn(20, 30, 1, generator=torch.Generator().manual_seed(0))
    results = []
    with running(loops, torch.float32):
        for start in (None, torch.zeros(2, 20, 5)):
            states, last = rnn(x, start)
            results.append([states, last, *torch.autograd.grad(states.square().sum(), list(rnn.parameters()))])
    assert all(torch.equal(without, zeros) for without, zeros in zip(*results, strict=True))


def test_views_are_read_as_they_lie() -> None:
    series = torch.linspace(0, 9, 50)[:, None]
    windows = series.unfold(0, 16, 1).transpose(1, 2)  # overlapping windows of one series
    rnn = LiquidRNN(1, 6, backend="scan")
    assert torch.equal(rnn(windows)[0], rnn(windows.contiguous())[0])
    flipped = torch.randn(16, 6, 3, generator=torch.Generator().manual_seed(0)).permute(2, 0, 1)
    rnn = LiquidRNN(6, 4, backend="scan")
    assert torch.equal(rnn(flipped)[0], rnn(flipped.contiguous())[0])


def test_no_thread_and_no_split_changes_a_bit() -> None:
    rnn = LiquidRNN(2, 24, backend="scan")
    x = torch.randn(70, 40, 2, generator=torch.Generator().manual_seed(0))

    def gradients(_: int = 0) -> list[Tensor]:
        return list(torch.autograd.grad(rnn(x)[0].square().mean(), list(rnn.parameters())))

    alone = gradients()
    with ThreadPoolExecutor(4) as visitors:
        for together in visitors.map(gradients, range(12)):
            assert all(torch.equal(a, b) for a, b in zip(alone, together, strict=True))
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        assert all(torch.equal(a, b) for a, b in zip(alone, gradients(), strict=True))
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize("dtype", scan.DTYPES)
def test_what_memory_held_before_never_reaches_a_number(dtype: torch.dtype) -> None:
    """Buffers are taken uncleared: freed memory is filled with NaN, and padded lanes must not let it in."""
    for size, batch, time in ((4, 3, 7), (5, 8, 12), (13, 20, 7), (16, 16, 12)):
        rnn = LiquidRNN(2, size, 0.5).to(dtype)
        x = torch.randn(batch, time, 2, generator=torch.Generator().manual_seed(size)).to(dtype)
        for _ in range(10):
            poison = [torch.full((count,), torch.nan, dtype=dtype) for count in (8, 64, 500, 4000, 20000) * 10]
            del poison
            rnn.zero_grad()
            states, _ = rnn(x)
            states.square().sum().backward()
            assert torch.isfinite(states).all()
            assert all(torch.isfinite(p.grad).all() for p in rnn.parameters())


def test_the_derivatives_do_not_depend_on_what_became_of_input_and_states_since() -> None:
    rnn = LiquidRNN(2, 5, unfolds=2, backend="scan")
    x = torch.randn(3, 20, 2, generator=torch.Generator().manual_seed(0))
    gradients = []
    for reused in (False, True):
        given = x.clone()
        states, _ = rnn(given)
        loss = states.square().mean()
        if reused:
            given.zero_()
            (grad,) = torch.autograd.grad(loss, states, retain_graph=True)
            states.detach().zero_()
            gradients.append(torch.autograd.grad(states, tuple(rnn.parameters()), grad))
        else:
            gradients.append(torch.autograd.grad(loss, tuple(rnn.parameters())))
    assert all(torch.equal(one, other) for one, other in zip(*gradients, strict=True))


def test_gradients_of_a_long_series_keep_their_digits() -> None:
    rnn = LiquidRNN(1, 8, backend="scan")
    x = torch.randn(16, 20_000, 1, generator=torch.Generator().manual_seed(0))
    found = torch.autograd.grad(rnn(x)[0].sum(), list(rnn.parameters()))
    expected = torch.autograd.grad(rnn.double()(x.double())[0].sum(), list(rnn.parameters()))
    for ours, exact in zip(found, expected, strict=True):
        assert (ours - exact).abs().max() < 1e-5 * exact.abs().max()


def test_a_lazily_negated_input_is_read_as_it_is_meant() -> None:
    z = torch.randn(2, 5, 1, dtype=torch.complex64, generator=torch.Generator().manual_seed(0))
    negated = z.conj().imag
    assert negated.is_neg()
    rnn = LiquidRNN(1, 4, backend="scan")
    assert torch.equal(rnn(negated)[0], rnn(negated.clone())[0])
