"""The scan on random shapes, layouts, solvers and sizes of values: what the plain loop gives, up to rounding.

The long run is `python -m benchmarks.scan_cases`, its counts are in docs/results/scan.md.
"""

from __future__ import annotations

import pytest
import torch

from benchmarks.scan_cases import BEYOND, ORDINARY, OVERFLOW, ROUNDING, WITHIN, Case, Made, compare, together
from liquid.dynamics.rnn import LiquidRNN
from liquid.dynamics.scan import DTYPES, SOLVERS, ready


@pytest.fixture(scope="module", autouse=True)
def waited() -> None:
    assert all(ready(wait=True, dtype=dtype) for dtype in DTYPES), "numba is a requirement of the tests"


def test_random_cases_differ_by_rounding_alone() -> None:
    cases = [Case.draw(seed, (1, 1, ORDINARY)) for seed in range(1000, 1024)]
    kinds = [compare(case).kind for case in cases]
    assert set(kinds) <= {WITHIN, ROUNDING, OVERFLOW}
    assert kinds.count(WITHIN) > 0.8 * len(kinds)


def test_huge_values_differ_by_rounding_or_where_a_gate_is_shut() -> None:
    cases = [Case.draw(seed, (1e8, 1e15)) for seed in range(8)]
    assert BEYOND not in [compare(case).kind for case in cases]


def test_a_difference_is_seen_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = Made.results

    def off(self: Made, backend: str) -> list[torch.Tensor]:
        found = usual(self, backend)
        return [*found[:-1], found[-1] * (1 + 1e-4)] if backend == "scan" else found

    monkeypatch.setattr(Made, "results", off)
    assert compare(Case.draw(0, (1,))).kind == BEYOND


def test_sixteen_threads_with_other_shapes_each_change_no_bit() -> None:
    result = together([Case.draw(seed, (1,)) for seed in range(16)], seconds=0.4)
    assert result["calls"] >= result["threads"]
    assert result["differing"] == 0


# f (1 - f) is 0 where exp(-a) overflows: the smallest normal number in its place would show with values of 1e19.
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("size", [1.0, 1e18])
def test_a_shut_gate_passes_no_gradient(solver: str, size: float) -> None:
    generator = torch.Generator().manual_seed(0)
    rnn = LiquidRNN(17, 16, 0.5, unfolds=3, solver=solver)
    with torch.no_grad():
        layer = rnn.liquid_layers()[0]
        layer.fc.weight.zero_()
        layer.fc.bias.fill_(-200.0)
        layer.A.mul_(size)
    made = Made(
        rnn,
        size * torch.randn(1, 6, 17, generator=generator),
        size * torch.randn(1, 1, 16, generator=generator),
        torch.tensor(1.0),
        (torch.ones(1, 6, 16), torch.ones(1, 1, 16)),
    )
    found, plain = made.results("scan"), made.results("plain")
    for ours, theirs in zip(found, plain, strict=True):
        assert (ours - theirs).abs().max() <= 1e-5 * theirs.abs().max()
    weight = 4 + [name for name, _ in rnn.named_parameters()].index("layers.0.fc.weight")
    assert not plain[weight].any()
