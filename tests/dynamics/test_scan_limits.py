"""Where the scan ends: what it refuses, leaves to the plain loop, survives, and how it ends when something fails."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.flop_counter import FlopCounterMode

from liquid.dynamics import compiled, torch_internals
from liquid.dynamics.rnn import LiquidRNN
from liquid.dynamics.scan import calls
from liquid.dynamics.scan import operator as scan
from liquid.errors import LiquidError


@pytest.fixture(scope="module", autouse=True)
def waited() -> None:
    assert all(scan.ready(wait=True, dtype=dtype) for dtype in scan.DTYPES), "numba is a requirement of the tests"


def test_a_divergence_stays_visible() -> None:
    rnn = LiquidRNN(1, 4, dt=1.0, backend="scan")
    with torch.no_grad():
        rnn.liquid_layers()[0].tau.fill_(-3.0)  # tau = 0.05: Euler's factor is about -20 a sample
    states, _ = rnn(torch.ones(2, 100, 1), torch.ones(1, 2, 4))
    assert not states.isfinite().all()
    x = torch.full((1, 3, 1), torch.nan)
    assert LiquidRNN(1, 4, backend="scan")(x)[0].isnan().all()


@pytest.mark.parametrize("solver", scan.SOLVERS)
def test_extreme_numbers_end_as_in_the_plain_loop(solver: str) -> None:
    rnn = LiquidRNN(1, 5, unfolds=2, solver=solver)
    x = torch.randn(3, 20, 1, generator=torch.Generator().manual_seed(0))
    x[1, 7] = torch.inf  # a gate stays a number
    for raw in (1.0, -200.0):  # softplus(-200) is 0 in float32: a rate without bound
        with torch.no_grad():
            rnn.liquid_layers()[0].tau.fill_(raw)
        rnn.backend = "plain"
        expected = rnn(x)[0]
        rnn.backend = "scan"
        found = rnn(x)[0]
        assert expected.isfinite().all() or raw < 0
        assert torch.allclose(found, expected, atol=1e-6, equal_nan=True)


def test_derivatives_that_only_backward_meets_are_refused_with_the_way_out() -> None:
    rnn = LiquidRNN(1, 4)
    x = torch.randn(2, 5, 1, generator=torch.Generator().manual_seed(0)).requires_grad_()
    with pytest.raises(LiquidError, match="backend='plain'"):
        torch.autograd.grad(rnn(x)[0].sum(), x, create_graph=True)
    with pytest.raises(LiquidError, match="backend='plain'"):
        torch.autograd.functional.jacobian(lambda x: rnn(x)[0], x.detach(), vectorize=True)


@pytest.mark.parametrize("kept", ["as it was", "flat", "in float16", "cut"])
def test_hooks_on_saved_tensors_give_the_same_gradients_or_are_refused(kept: str) -> None:
    rnn = LiquidRNN(1, 5, unfolds=2, backend="scan")
    x = torch.randn(40, 20, 1, generator=torch.Generator().manual_seed(0))
    spans = torch.rand(20, 40, generator=torch.Generator().manual_seed(0)).t()  # strides that a copy does not have
    ways: dict[str, tuple[Callable[[Tensor], object], Callable[..., Tensor]]] = {
        "as it was": (lambda one: one.clone(), lambda one: one),
        "flat": (lambda one: (one.flatten(), one.shape), lambda pair: pair[0].view(pair[1])),
        "in float16": (lambda one: one.half(), lambda one: one),
        "cut": (lambda one: one.flatten()[:-1].clone(), lambda one: one),
    }

    def gradients() -> tuple[Tensor, ...]:
        return torch.autograd.grad(states.square().sum(), tuple(rnn.parameters()))

    states, _ = rnn(x, timespans=spans)
    expected = gradients()
    with torch.autograd.graph.saved_tensors_hooks(*ways[kept]):
        states, _ = rnn(x, timespans=spans)
    if kept in ("in float16", "cut"):
        with pytest.raises(LiquidError, match=r"hook|scan expects"):
            gradients()
    else:
        assert all(torch.equal(one, other) for one, other in zip(gradients(), expected, strict=True))


def test_a_tensor_of_another_kind_never_reaches_an_address() -> None:
    x = torch.ones(4, 3, 1)

    def changed(**change: Tensor) -> LiquidRNN:
        rnn = LiquidRNN(1, 5)
        layer = rnn.liquid_layers()[0]
        for name, value in change.items():
            setattr(layer.fc if name == "bias" else layer, name, nn.Parameter(value))
        return rnn

    state = torch.ones(1, 4, 5)
    for wrong, said in ((state.double(), "float64"), (state.half(), "float16"), (state.to("meta"), "meta")):
        with pytest.raises(LiquidError, match=f"state is torch.float.* {said}|state is torch.{said}"):
            LiquidRNN(1, 5)(x, wrong)
    with pytest.raises(LiquidError, match=r"A is a .* \[2000\].*of \[5\]"):
        changed(A=torch.ones(2000))(x)
    with pytest.raises(LiquidError, match=r"fc.bias is a .* \[1\]"):
        changed(bias=torch.ones(1))(x)
    with pytest.raises(LiquidError, match=r"tau is .*float64"):
        changed(tau=torch.ones(5).double())(x)
    deep = LiquidRNN(1, 5, num_layers=2)
    deep.layers[1].double()
    with pytest.raises(LiquidError, match=r"fc.weight is .*float64"):
        deep(x)
    with pytest.raises(LiquidError, match="one sample or more"):
        scan.scan(x[:, :0], None, *map(torch.zeros, ((4, 5), (4,), (4,), (4,))), torch.tensor(0.1), 1, "euler")
    own = LiquidRNN(1, 5, backend="scan")
    expected = own(x)[0]
    with torch.device("meta"):
        assert torch.equal(own(x)[0], expected)
    with FakeTensorMode() as mode:
        assert LiquidRNN(1, 5)(mode.from_tensor(x), timespans=torch.ones(4, 3))[0].shape == (4, 3, 5)


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
    monkeypatch.setitem(__import__("sys").modules, "liquid.dynamics.scan.kernel", None)  # as if its import failed
    missing = calls._Kernels()
    missing.thread.start()
    monkeypatch.setattr(calls, "_kernels", lambda: missing)
    assert not scan.ready(wait=True)
    assert LiquidRNN(1, 3)(torch.ones(1, 2, 1))[0].shape == (1, 2, 3)
    with pytest.raises(LiquidError, match=r"scan\.kernel"):
        LiquidRNN(1, 3, backend="scan")(torch.ones(1, 2, 1))


@pytest.mark.parametrize("unfolds", [1, 2])
def test_one_sequence_with_an_infinite_or_missing_value_leaves_the_others_alone(unfolds: int) -> None:
    rnn = LiquidRNN(1, 5, unfolds=unfolds)
    x = torch.randn(40, 20, 1, generator=torch.Generator().manual_seed(0))
    others = [row for row in range(40) if row != 3]
    for value in (torch.inf, torch.nan):
        bad = x.clone()
        bad[3] = value
        found = {}
        for name, series, backend in (("healthy", x, "scan"), ("bad", bad, "scan"), ("plain", bad, "plain")):
            rnn.backend = backend
            series.requires_grad_()
            states, _ = rnn(series)
            found[name] = (states, *torch.autograd.grad(states.sum(), series))
        for healthy, beside, plain in zip(*found.values(), strict=True):
            assert torch.equal(healthy[others], beside[others])
            assert torch.allclose(beside[3], plain[3], atol=1e-6, equal_nan=True)


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


def test_machine_code_in_a_read_only_folder_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    image, temporary = tmp_path / "image", tmp_path / "temporary"
    program = """
        import sys, tempfile, pathlib
        from liquid.dynamics import compiled
        image, temporary, first = map(pathlib.Path, sys.argv[1:])
        usual = tempfile.TemporaryFile
        def no_file_in_the_image(*, dir):
            if image in pathlib.Path(dir).parents:
                raise PermissionError(dir)
            return usual(dir=dir)
        if not first.exists():
            tempfile.TemporaryFile = no_file_in_the_image
        compiled._bases = lambda: iter((image, temporary))
        @compiled.compiled
        def double(x):
            return 2 * x
        assert double(2) == 4
        print(compiled.cache_folder().parent, sum(double.stats.cache_hits.values()))
    """
    # a file of its own, because numba keeps machine code by file
    source = tmp_path / "source.py"
    source.write_text(textwrap.dedent(program))

    def run(first: Path) -> str:
        command = [sys.executable, str(source), str(image), str(temporary), str(first)]
        env = os.environ | {"PYTHONPATH": str(Path(compiled.__file__).parents[2])}
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60, env=env)
        return done.stdout.strip()

    assert run(tmp_path) == f"{image} 0", "an image is built, and can be written to"
    for path in (*image.rglob("*"), image):
        path.chmod(0o555)
    assert run(tmp_path / "later") == f"{temporary} 1"
    assert all(path.stat().st_mode & 0o777 in (0o700, 0o600) for path in temporary.rglob("*"))
    assert run(tmp_path / "later") == f"{temporary} 1"


def test_a_forked_child_uses_what_was_compiled_and_does_not_wait_for_a_thread_that_stayed_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = calls._kernels()
    monkeypatch.setattr(calls, "_here", {"kernels": done})
    calls._after_fork()
    assert calls._kernels() is not done
    assert scan.ready(wait=True)
    assert calls._kernels().loops == done.loops
    monkeypatch.setattr(calls, "_here", {"kernels": calls._Kernels()})
    calls._after_fork()
    assert not scan.ready(wait=True)
    assert LiquidRNN(1, 3)(torch.ones(1, 2, 1))[0].shape == (1, 2, 3)
    with pytest.raises(LiquidError, match="forked"):
        LiquidRNN(1, 3, backend="scan")(torch.ones(1, 2, 1))


def test_what_torch_does_not_offer_in_public_is_still_there() -> None:
    """`torch_internals.py` is the only file that uses it; torch's own threads are there on Linux alone."""
    assert not torch_internals.is_watched()
    assert not torch_internals.is_transformed()
    with torch.autograd.forward_ad.dual_level():
        assert torch_internals.is_watched()
    assert torch.func.vmap(lambda x: torch.tensor(torch_internals.is_transformed()).expand_as(x))(torch.ones(2)).all()
    with FlopCounterMode(display=False):  # one of torch's dispatch modes
        assert torch_internals.is_watched()
    if sys.platform == "linux":
        assert torch_internals.openmp_team() is not None
