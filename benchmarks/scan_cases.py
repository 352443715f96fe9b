"""Random sequences through the scan and through the plain loop: what of their difference rounding explains.

python -m benchmarks.scan_cases   120 s of cases, 30 s of 16 threads; stores benchmarks/results/scan_cases.json,
                                  renews docs/results/scan.md
"""

from __future__ import annotations

import json
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import psutil
import torch
from torch import Tensor

from benchmarks import RESULTS
from benchmarks.docs_tables import DOCS, write_between
from liquid.dynamics.rnn import LiquidRNN
from liquid.dynamics.scan import DTYPES, SOLVERS, ready
from liquid.studies import stored

PAGE = DOCS / "scan.md"
SECONDS, TOGETHER, THREADS = 120.0, 30.0, 16
LAYOUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "contiguous": lambda x: x.contiguous(),
    "time first": lambda x: x.transpose(0, 1).contiguous().transpose(0, 1),
    "features first": lambda x: x.permute(2, 0, 1).contiguous().permute(1, 2, 0),
    "every second": lambda x: x.repeat_interleave(2, dim=-1)[..., ::2],
    "inside another": lambda x: torch.nn.functional.pad(x, (3, 1))[..., 3:-1],
    "one for all": lambda x: x[:1].expand_as(x),
}
JITTERS = (3, 40)  # how often a case is moved by a rounding, and before it is called beyond
FACTOR = 16.0  # of what such moves do, that a loop in another order may differ by
ORDINARY = 1e3  # up to values of this size every case must be within that
WITHIN, ROUNDING, OVERFLOW, BEYOND = "within the tolerance", "rounding", "overflow", "beyond"


@dataclass(frozen=True)
class Case:
    """A layer, what it reads, and the weights of a loss, all drawn from one seed."""

    seed: int
    batch: int
    time: int
    inputs: int
    size: int
    layers: int
    unfolds: int
    solver: str
    dt: float
    spans: str  # scalar, time, or batch
    layout: str
    scale: float  # of input, state and A
    dtype: torch.dtype

    @staticmethod
    def draw(seed: int, scales: Sequence[float] = (1, 1, 1, 1e3, 1e8, 1e15)) -> Case:
        rng = np.random.default_rng(seed)
        return Case(
            seed=seed,
            batch=int(rng.choice([1, 1, 2, 3, 5, 8, 16, 17, 33])),
            time=int(rng.integers(1, 25)),
            inputs=int(rng.choice([1, 2, 3, 5, 17])),
            size=int(rng.choice([1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 24, 33])),
            layers=int(rng.integers(1, 3)),
            unfolds=int(rng.choice([1, 1, 2, 3, 6])),
            solver=str(rng.choice(SOLVERS)),
            dt=float(10 ** rng.uniform(-2, 0.3)),
            spans=str(rng.choice(["scalar", "time", "batch"])),
            layout=str(rng.choice(list(LAYOUTS))),
            scale=float(rng.choice(np.array(scales))),
            dtype=DTYPES[int(rng.integers(len(DTYPES)))],
        )

    def made(self) -> Made:
        generator = torch.Generator().manual_seed(self.seed)

        def normal(*shape: int) -> Tensor:
            return torch.randn(shape, generator=generator, dtype=torch.float64).to(self.dtype)

        rnn = LiquidRNN(
            self.inputs, self.size, self.dt, num_layers=self.layers, unfolds=self.unfolds, solver=self.solver
        ).to(self.dtype)
        with torch.no_grad():
            for name, parameter in rnn.named_parameters():
                parameter.copy_(normal(*parameter.shape) * (self.scale if name.endswith("A") else 1))
        shape = {"scalar": (), "time": (self.time,), "batch": (self.batch, self.time)}[self.spans]
        arrange = LAYOUTS[self.layout]
        return Made(
            rnn,
            arrange(normal(self.batch, self.time, self.inputs) * self.scale),
            arrange(normal(self.layers, self.batch, self.size) * self.scale),
            normal(*shape).abs(),
            (normal(self.batch, self.time, self.size), normal(self.layers, self.batch, self.size)),
        )


@dataclass(frozen=True)
class Made:
    """A case as tensors."""

    rnn: LiquidRNN
    x: Tensor
    state: Tensor
    spans: Tensor
    loss: tuple[Tensor, Tensor]  # weights of states and last state

    def results(self, backend: str) -> list[Tensor]:
        """States, last state, and the gradients of input, state and parameters."""
        self.rnn.backend = backend
        x, state = self.x.detach().requires_grad_(), self.state.detach().requires_grad_()
        states, last = self.rnn(x, state, self.spans)
        loss = (states * self.loss[0]).sum() + (last * self.loss[1]).sum()
        return [states.detach(), last.detach(), *torch.autograd.grad(loss, [x, state, *self.rnn.parameters()])]

    def exact(self) -> Made:
        """The same numbers in float64."""
        loss = (self.loss[0].double(), self.loss[1].double())
        return Made(deepcopy(self.rnn).double(), self.x.double(), self.state.double(), self.spans.double(), loss)

    def moved(self, size: float, seed: int) -> Made:
        """Every number moved by about a share `size` of itself."""
        generator = torch.Generator().manual_seed(seed)

        def near(one: Tensor) -> Tensor:
            return one * (1 + size * torch.randn(one.shape, generator=generator, dtype=torch.float64).to(one.dtype))

        rnn = deepcopy(self.rnn)
        with torch.no_grad():
            for parameter in rnn.parameters():
                parameter.copy_(near(parameter))
        return Made(rnn, near(self.x), near(self.state), self.spans, self.loss)

    def opened(self) -> Made:
        """With gates that are half open whatever they read: how large gradients are that pass through a gate."""
        rnn = deepcopy(self.rnn)
        with torch.no_grad():
            for layer in rnn.liquid_layers():
                layer.fc.weight.zero_()
                layer.fc.bias.zero_()
        return Made(rnn, self.x, self.state, self.spans, self.loss)


@dataclass(frozen=True)
class Outcome:
    """How far the scan is from the truth, in units of what rounding does to it; and its class."""

    kind: str
    states: float = 0.0
    gradients: float = 0.0


def compare(case: Case) -> Outcome:
    """A case that few moves do not explain is moved more often: a gate on the edge falls to the other side in some."""
    few, many = JITTERS
    outcome = _compared(case, few)
    return _compared(case, many) if outcome.kind == BEYOND else outcome


def _compared(case: Case, jitters: int) -> Outcome:
    """The scan against the plain loop in float64, beside the plain loop in the case's own precision.

    Rounding explains a difference that is no more than FACTOR times what moving every number by a rounding does to the
    truth, or what the plain loop itself is off; sizes are those of the truth, or of gates that are half open.
    """
    made = case.made()
    found, plain = made.results("scan"), made.results("plain")
    exact = made.exact()
    truth = exact.results("plain")
    unit = torch.finfo(case.dtype).eps
    natural = [float(one.abs().max()) for one in exact.opened().results("plain")]
    # With no weights, nothing of a gate reaches input and state: what its argument gets, times the weights, would.
    weights = max(float(layer.fc.weight.detach().abs().max()) for layer in exact.rnn.liquid_layers())
    through = weights * max(
        natural[4 + number] for number, (name, _) in enumerate(exact.rnn.named_parameters()) if name.endswith("bias")
    )
    natural[2:4] = [max(one, through) for one in natural[2:4]]
    moves = [exact.moved(unit, seed).results("plain") for seed in range(jitters)]
    whole = [all(torch.isfinite(one).all() for one in each) for each in (truth, plain, *moves)]
    if not all(whole) or not np.isfinite(natural).all():
        return Outcome(OVERFLOW)
    shares = []
    for index, (ours, theirs, right) in enumerate(zip(found, plain, truth, strict=True)):
        if not torch.isfinite(ours).all():
            return Outcome(BEYOND)
        size = max(float(right.abs().max()), natural[index])
        spread = max(_apart(move[index], right) for move in moves) + 8 * unit * size + torch.finfo(case.dtype).tiny
        shares.append((_apart(ours, right) / spread, _apart(theirs, right) / spread))
    worst, beside = max(ours for ours, _ in shares), max(theirs for _, theirs in shares)
    states, gradients = max(ours for ours, _ in shares[:2]), max(ours for ours, _ in shares[2:])
    if worst <= FACTOR:
        kind = WITHIN
    elif worst <= FACTOR * beside:
        kind = ROUNDING
    else:
        kind = BEYOND
    return Outcome(kind, states, gradients)


def _apart(one: Tensor, other: Tensor) -> float:
    return float((one.double() - other.double()).abs().max())


def together(cases: Sequence[Case], seconds: float, threads: int = THREADS) -> dict[str, Any]:
    """The cases over and over from many threads at once: how often a bit differed from one thread's, and the memory."""
    made = [case.made() for case in cases]
    alone = [one.results("scan") for one in made]
    process, end = psutil.Process(), time.monotonic() + seconds

    def work(number: int) -> tuple[int, int]:
        runs = differing = 0
        while runs == 0 or time.monotonic() < end:
            index = (number + runs) % len(cases)
            again = Made(
                deepcopy(made[index].rnn), made[index].x, made[index].state, made[index].spans, made[index].loss
            )
            same = all(map(_equal, again.results("scan"), alone[index]))
            runs, differing = runs + 1, differing + (not same)
        return runs, differing

    with ThreadPoolExecutor(threads) as pool:
        begun = [pool.submit(work, number) for number in range(threads)]
        time.sleep(seconds / 4)
        first = process.memory_info().rss
        done = [one.result() for one in begun]
    runs, differing = (sum(column) for column in zip(*done, strict=True))
    sizes = {"mib_after_a_quarter": first / 2**20, "mib_at_the_end": process.memory_info().rss / 2**20}
    return {"threads": threads, "seconds": seconds, "calls": runs, "differing": differing} | sizes


def _equal(one: Tensor, other: Tensor) -> bool:
    return torch.equal(one.nan_to_num(), other.nan_to_num())


def measure(seconds: float, threaded: float) -> dict[str, Any]:
    torch.set_num_threads(1)
    assert all(ready(wait=True, dtype=dtype) for dtype in DTYPES)
    kinds: dict[str, Counter[str]] = {}
    worst: dict[str, list[float]] = {}
    beyond, end, seed = list[str](), time.monotonic() + seconds, 0
    while time.monotonic() < end:
        case = Case.draw(seed)
        outcome = compare(case)
        group = f"{str(case.dtype).removeprefix('torch.')}, {'ordinary' if case.scale <= ORDINARY else 'huge'} values"
        kinds.setdefault(group, Counter())[outcome.kind] += 1
        if outcome.kind == WITHIN:
            so_far = worst.setdefault(group, [0.0, 0.0])
            worst[group] = [max(so_far[0], outcome.states), max(so_far[1], outcome.gradients)]
        if outcome.kind == BEYOND:
            beyond.append(str(case))
        seed += 1
    cases = [Case.draw(seed, (1,)) for seed in range(64)]
    return {
        "machine": {"python": platform.python_version(), "torch": torch.__version__},
        "cases": seed,
        "kinds": {group: dict(counts) for group, counts in sorted(kinds.items())},
        "worst": worst,
        "beyond": beyond,
        "together": together(cases, threaded),
    }


def table(result: dict[str, Any]) -> list[str]:
    """What was measured, as the table of docs/results/scan.md."""
    kinds = (WITHIN, ROUNDING, OVERFLOW, BEYOND)
    lines = [f"| | cases | {' | '.join(kinds)} |", "|---|---|" + "---|" * len(kinds)]
    for group, counts in result["kinds"].items():
        lines.append(f"| {group} | {sum(counts.values()):,} | {' | '.join(str(counts.get(k, 0)) for k in kinds)} |")
    one = result["together"]
    lines += [
        "",
        f"{one['threads']} threads with 64 shapes for {one['seconds']:.0f} s: {one['calls']:,} calls forward and "
        f"backward, {one['differing']} with a bit that differed from one thread's. Memory after a quarter of the time: "
        f"{one['mib_after_a_quarter']:.0f} MiB, at the end: {one['mib_at_the_end']:.0f} MiB.",
    ]
    return lines


def main() -> None:
    if len(sys.argv) > 1:  # a short one, to look at
        print(json.dumps(measure(float(sys.argv[1]), float(sys.argv[1])), indent=1))
        return
    stored.save("scan_cases", measure(SECONDS, TOGETHER), RESULTS, maker="benchmarks.scan_cases")
    lines = table(stored.load("scan_cases", RESULTS))
    write_between(PAGE, "scan", lines)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
