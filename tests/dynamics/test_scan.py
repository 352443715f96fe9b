"""The scan is the plain loop, faster: same numbers, same gradients, same refusals."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Barrier, current_thread, main_thread
from time import sleep
from weakref import ref

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from liquid.dynamics import compiled, scan, scan_loops
from liquid.dynamics.rnn import LiquidRNN
from liquid.dynamics.scan_calls import Loops
from liquid.dynamics.scan_workers import share
from liquid.errors import LiquidError

VALUES = {torch.float32: 1e-6, torch.float64: 1e-12}
GRADIENTS = {torch.float32: 1e-5, torch.float64: 1e-12}  # sums over batch and time, in another order
modest = settings(max_examples=25, deadline=None, derandomize=True)


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
    return scan_loops.compile_loops(precision)


@contextmanager
def running(name: str, dtype: torch.dtype) -> Iterator[None]:
    """The scan with the plain loops in place of those in vector registers, where that is asked for."""
    compiled_loops = scan._kernels().loops
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


@pytest.mark.parametrize("failing", ["caller", "helper"])
def test_after_an_error_or_interrupt_no_task_runs(failing: str) -> None:
    """Helpers write to raw addresses: what they are still doing when the caller leaves, they do to freed memory."""
    begun, ended, both = [], [], Barrier(2, timeout=10)

    def work(task: int) -> None:
        begun.append(task)
        if task < 2:
            both.wait()  # the caller has one of the first two tasks, a helper the other
        if (current_thread() is main_thread()) == (failing == "caller"):
            raise KeyboardInterrupt
        sleep(0.05)
        ended.append(task)

    with pytest.raises(KeyboardInterrupt):
        share(work, range(20), 2)
    assert len(begun) <= 3
    assert len(ended) == len(begun) - 1, "the other thread has come to its end"
    before = list(begun)
    sleep(0.1)
    assert begun == before


def test_a_helper_that_outlives_an_interrupted_caller_owns_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = []
    monkeypatch.setattr(scan, "share", lambda work, tasks, threads: kept.append((work, list(tasks))))
    x = torch.zeros(16, 50, 1)
    states, last = scan.scan(x, None, *map(torch.zeros, ((4, 5), (4,), (4,), (4,))), torch.tensor(0.1), 1, "euler")
    alive = [ref(tensor) for tensor in (x, states, last)]
    del x, states, last
    assert all(one() is not None for one in alive)
    kept.clear()
    assert not any(one() is not None for one in alive)


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


def test_a_divergence_stays_visible() -> None:
    rnn = LiquidRNN(1, 4, dt=1.0, backend="scan")
    with torch.no_grad():
        rnn.liquid_layers()[0].tau.fill_(-3.0)  # tau = 0.05: Euler's factor is about -20 a sample
    states, _ = rnn(torch.ones(2, 100, 1), torch.ones(1, 2, 4))
    assert not states.isfinite().all()
    x = torch.full((1, 3, 1), torch.nan)
    assert LiquidRNN(1, 4, backend="scan")(x)[0].isnan().all()


# torch itself scripts its decompositions when forward mode is used for the first time.
@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")
def test_second_derivatives_and_functional_transforms_are_refused_with_the_way_out() -> None:
    rnn = LiquidRNN(1, 4, backend="scan")
    x = torch.randn(2, 5, 1, generator=torch.Generator().manual_seed(0)).requires_grad_()
    with pytest.raises(LiquidError, match="backend='plain'"):
        torch.autograd.grad(rnn(x)[0].sum(), x, create_graph=True)
    with pytest.raises(LiquidError, match="backend='plain'"):
        torch.func.grad(lambda x: rnn(x)[0].sum())(x.detach())
    with pytest.raises(LiquidError, match="backend='plain'"):
        torch.func.vmap(lambda x: rnn(x)[0])(x.detach()[None])
    with pytest.raises(LiquidError, match="backend='plain'"):
        torch.func.jvp(lambda x: rnn(x)[0], (x.detach(),), (x.detach(),))


def test_what_the_scan_cannot_do_falls_back_or_says_so() -> None:
    x = torch.ones(2, 5, 1)
    spans = torch.ones(2, 5, requires_grad=True)
    assert torch.autograd.grad(LiquidRNN(1, 3)(x, timespans=spans)[0].sum(), spans)[0].abs().sum() > 0
    with pytest.raises(LiquidError, match="timespans"):
        LiquidRNN(1, 3, backend="scan")(x, timespans=spans)
    half = LiquidRNN(1, 3).bfloat16()
    assert half(x.bfloat16())[0].dtype == torch.bfloat16
    half.backend = "scan"
    with pytest.raises(LiquidError, match="bfloat16"):
        half(x.bfloat16())
    with pytest.raises(LiquidError, match="auto, plain, scan"):
        LiquidRNN(1, 3, backend="fast")


def test_without_numba_the_plain_loop_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "liquid.dynamics.scan_kernel", None)  # as if its import failed
    missing = scan._Kernels()
    missing.thread.start()
    monkeypatch.setattr(scan, "_kernels", lambda: missing)
    assert not scan.ready(wait=True)
    assert LiquidRNN(1, 3)(torch.ones(1, 2, 1))[0].shape == (1, 2, 3)
    with pytest.raises(LiquidError, match="scan_kernel"):
        LiquidRNN(1, 3, backend="scan")(torch.ones(1, 2, 1))


@pytest.mark.parametrize("unfolds", [1, 2])
def test_one_sequence_that_diverges_leaves_the_others_alone(unfolds: int) -> None:
    rnn = LiquidRNN(1, 5, unfolds=unfolds, backend="scan")
    x = torch.randn(40, 20, 1, generator=torch.Generator().manual_seed(0))
    bad = x.clone()
    bad[3] = torch.inf
    gradients = []
    for series in (x, bad):
        series.requires_grad_()
        states, _ = rnn(series)
        gradients.append((states, *torch.autograd.grad(states.sum(), series)))
    assert not gradients[1][0][3].isfinite().all()
    others = [row for row in range(40) if row != 3]
    for healthy, beside in zip(*gradients, strict=True):
        assert torch.equal(healthy[others], beside[others])


def test_the_cache_finds_a_folder_where_the_usual_ones_are_read_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def cached_in(*bases: Path) -> Path | None:
        monkeypatch.setattr(compiled, "_bases", lambda: iter(bases))
        return compiled.cache_folder.__wrapped__()

    read_only = tmp_path / "file"
    read_only.touch()  # no folder can be made below a file, not even by root
    shared, own = tmp_path / "shared", tmp_path / "own"
    found = cached_in(read_only, own)
    assert found is not None
    assert found.parent == own
    assert cached_in(own) == found, "the same code finds its machine code again"
    (shared / found.name).mkdir(parents=True)
    (shared / found.name).chmod(0o777)
    assert cached_in(shared, own) == found, "code from a folder that everyone can write to is not run"
    assert cached_in(read_only) is None
