"""How fast a Liquid layer trains, beside its peers, in one run.

    python -m benchmarks.scan [--write docs/results/speed.md]

Every shape is (batch, time, state) with one input. A training step is the forward pass, the mean square of all states
as loss, and the backward pass; inference is the forward pass alone. All competitors take turns, round after round, so
that whatever else the machine does meets all of them alike; figures are medians, with quartiles behind. The first round
is not counted, and what takes over a second per step has three that are.

    LSTM, GRU     torch.nn, once with the same state size, once with (nearly) the same number of parameters
    LTC, CfC      ncps, if it is installed (pip install ncps), of the same state size; LTC only on three shapes, as
                  ncps sets it: 6 solver steps per sample, Liquid 1, so "Liquid, 6 unfolds" stands beside it
    plain         this project's own loop over LiquidLayer; "compiled" is torch.compile of it, with --compile SECONDS:
                  it unrolls the loop, and a shape for which it takes longer than that is given up
    floor         three big matrix products in torch, [batch time, state] x [state, state], and a sigmoid: what is left
                  of a training step without its recurrence. At 1, 199, 8 it is mostly torch's dispatch
    no recurrence the floor as a training step: a linear layer and a sigmoid over all samples at once, the same loss,
                  torch's own backward pass
"""

from __future__ import annotations

import argparse
import math
import os
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from benchmarks.docs_tables import write_between
from liquid.dynamics import scan
from liquid.dynamics.rnn import LiquidRNN
from liquid.engine.memory import keep_freed_memory

SHAPES = [(32, 128, 32), (64, 256, 64), (1, 1000, 32), (256, 64, 128), (1, 199, 8)]
LTC_SHAPES = [(32, 128, 32), (1, 1000, 32), (1, 199, 8)]
LTC_UNFOLDS = 6  # ncps' default
TURN = 0.05  # seconds of a turn
SLOW = 1.0  # seconds per step, from which on SLOW_ROUNDS have to do
SLOW_ROUNDS = 3
Step = Callable[[], object]


@dataclass(frozen=True)
class Spread:
    """Seconds a step: median and quartiles."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(seconds: list[float]) -> Spread:
        if len(seconds) < 2:
            return Spread(seconds[0], seconds[0], seconds[0])
        low, median, high = statistics.quantiles(seconds, n=4, method="inclusive")
        return Spread(median, low, high)

    def __str__(self) -> str:
        return f"{self.median * 1e3:.3g} ({self.low * 1e3:.3g} to {self.high * 1e3:.3g})"


def same_parameters(kind: type[nn.LSTM] | type[nn.GRU], count: int) -> nn.Module:
    """The LSTM or GRU with one input whose parameters are nearest in number."""
    sizes = {size: sum(p.numel() for p in kind(1, size).parameters()) for size in range(1, 200)}
    return kind(1, min(sizes, key=lambda size: abs(sizes[size] - count)), batch_first=True)


class OutOfTime(BaseException):
    """No Exception: torch.compile takes those for code that it cannot compile."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise OutOfTime

    usual = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)  # again and again: some callbacks swallow what is raised in them
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, usual)


def compiled(model: nn.Module, x: Tensor, seconds: float) -> nn.Module | None:
    """The model under torch.compile, ready for training and inference; None if that took too long."""
    torch.compiler.reset()
    compiled = cast(nn.Module, torch.compile(model))
    try:
        with time_limit(seconds):
            training_step(compiled, x)()
            inference(compiled, x)()
    except OutOfTime:
        return None
    return compiled


def competitors(state: int, ltc: bool) -> dict[str, nn.Module]:
    ours = LiquidRNN(1, state, backend="scan")
    count = sum(p.numel() for p in ours.parameters())
    models: dict[str, nn.Module] = {
        "Liquid": ours,
        "plain": LiquidRNN(1, state, backend="plain"),
        "LSTM": nn.LSTM(1, state, batch_first=True),
        "GRU": nn.GRU(1, state, batch_first=True),
        "LSTM, same parameters": same_parameters(nn.LSTM, count),
        "GRU, same parameters": same_parameters(nn.GRU, count),
    }
    if find_spec("ncps"):
        peers = import_module("ncps.torch")
        models["ncps CfC"] = peers.CfC(1, state)
        if ltc:
            models["ncps LTC"] = peers.LTC(1, state, ode_unfolds=LTC_UNFOLDS)
            models[f"Liquid, {LTC_UNFOLDS} unfolds"] = LiquidRNN(1, state, unfolds=LTC_UNFOLDS, backend="scan")
    return models


def training_step(model: nn.Module, x: Tensor) -> Step:
    def step() -> None:
        model.zero_grad()
        model(x)[0].square().mean().backward()

    return step


def inference(model: nn.Module, x: Tensor) -> Step:
    def step() -> None:
        with torch.no_grad():
            model(x)

    return step


def floor(batch: int, samples: int, state: int) -> Step:
    rows, gradients, weights = (
        torch.randn(batch * samples, state),
        torch.randn(batch * samples, state),
        torch.randn(state, state),
    )
    return lambda: (rows @ weights, rows @ weights, rows.T @ gradients, torch.sigmoid(rows))


class NoRecurrence(nn.Module):
    """sigmoid(W x + b) for given states x, `[batch, time, state]`, which want their gradient too."""

    def __init__(self, batch: int, samples: int, state: int) -> None:
        super().__init__()
        self.fc = nn.Linear(state, state)
        self.states = nn.Parameter(torch.randn(batch, samples, state))

    def forward(self, x: Tensor) -> tuple[Tensor]:
        return (torch.sigmoid(self.fc(self.states)),)


def measure(steps: dict[str, Step], rounds: int, clock: Callable[[], float]) -> dict[str, Spread]:
    """Medians over rounds in which everyone has one turn: some steps in a row, as in training, after one uncounted.

    The first of the rounds, 2 or more, is not counted.
    """
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(rounds):
        for name, step in steps.items():
            last = seconds[name][-1] if seconds[name] else 0.0
            if turn > SLOW_ROUNDS and last > SLOW:
                continue
            if last < SLOW:
                step()
            times = max(1, min(20, int(TURN / last))) if last else 1
            start = clock()
            for _ in range(times):
                step()
            seconds[name].append((clock() - start) / times)
    return {name: Spread.of(values[1:]) for name, values in seconds.items()}


def rounds_in_words(rounds: int) -> str:
    slow = f"{SLOW_ROUNDS} where a step takes over a second"
    return f"medians of {rounds - 1} rounds after one that is not counted, {slow}"


def two_or_more(text: str) -> int:
    rounds = int(text)
    if rounds < 2:
        raise argparse.ArgumentTypeError(f"{rounds} is too few: the first round is not counted, so 2 or more")
    return rounds


def article(clock: Callable[[], float], epochs: int = 1000) -> float:
    """Seconds for the article's Part 3: full-sequence epochs of Adam on 199 samples, state 8, a linear readout."""
    series = torch.sin(torch.arange(200) * 0.1)[None, :, None]
    core, readout = LiquidRNN(1, 8, backend="scan"), nn.Linear(8, 1)
    adam = torch.optim.Adam([*core.parameters(), *readout.parameters()], lr=0.01, fused=True)
    start = clock()
    for _ in range(epochs):
        adam.zero_grad()
        (readout(core(series[:, :-1])[0]) - series[:, 1:]).square().mean().backward()
        adam.step()
    return clock() - start


def mean_ratio(shapes: list[dict[str, Spread]], name: str, to: str) -> tuple[float, int]:
    """Geometric mean of one's times over another's, and over how many shapes; NaN over none."""
    ratios = [one[name].median / one[to].median for one in shapes if name in one]
    return (math.exp(statistics.fmean(map(math.log, ratios))) if ratios else math.nan), len(ratios)


def ceiling(results: dict[tuple[int, int, int], dict[str, Spread]]) -> str:
    mean, _ = mean_ratio(list(results.values())[:4], "LSTM", "no recurrence")
    return (
        f"nn.LSTM takes {mean:.3g} times as long as the same products and the same loss without recurrence (geometric "
        "mean of the first four): with torch's products nobody gets much further ahead of it."
    )


def table(results: dict[tuple[int, int, int], dict[str, Spread]], limit: float = 0) -> list[str]:
    """Liquid in milliseconds, everyone else as a multiple of it; what has no time was not measured or took too long."""
    names = [
        name for name in dict.fromkeys(name for spreads in results.values() for name in spreads) if name != "Liquid"
    ]
    missing = {"compiled": f"not in {limit:g} s"}
    lines = [f"| batch, time, state | Liquid, ms | {' | '.join(names)} |", "|---|---|" + "---|" * len(names)]
    for shape, spreads in results.items():
        ours = spreads["Liquid"].median
        cells = [f"{spreads[name].median / ours:.3g} x" if name in spreads else missing.get(name, "") for name in names]
        lines.append(f"| {', '.join(map(str, shape))} | {spreads['Liquid']} | {' | '.join(cells)} |")
    means, first = [], list(results.values())[:4]
    for name in names:
        mean, count = mean_ratio(first, name, "Liquid")
        part = f" ({count} of them)" if count < len(first) else ""
        means.append(f"{mean:.3g} x{part}" if count else "")
    return [*lines, f"| geometric mean of the first four | | {' | '.join(means)} |"]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=two_or_more, default=15, help="2 or more: the first is not counted")
    options.add_argument("--threads", type=int, default=torch.get_num_threads())
    options.add_argument(
        "--cpu", action="store_true", help="count processor time: for a busy machine, with --threads 1"
    )
    options.add_argument(
        "--compile", type=float, default=0, metavar="SECONDS", help="also torch.compile of the plain loop, in this time"
    )
    options.add_argument(
        "--write",
        type=Path,
        help="write the tables into this file, between its marks <!-- scan -->, or <!-- scan on all cores -->",
    )
    chosen = options.parse_args()
    torch.set_num_threads(chosen.threads)
    keep_freed_memory()  # for all of them, as the app does
    clock = time.process_time if chosen.cpu else time.perf_counter
    scan.ready(wait=True)
    training, inferring = {}, {}
    for shape in SHAPES:
        batch, samples, state = shape
        x = torch.randn(batch, samples, 1, generator=torch.Generator().manual_seed(0))
        models = competitors(state, shape in LTC_SHAPES)
        fast = compiled(models["plain"], x, chosen.compile) if chosen.compile else None
        if fast is not None:  # it has no length, and so no truth of its own
            models["compiled"] = fast
        bottom = {
            "floor": floor(batch, samples, state),
            "no recurrence": training_step(NoRecurrence(batch, samples, state), x),
        }
        steps = {name: training_step(model, x) for name, model in models.items()}
        training[shape] = measure(steps | bottom, chosen.rounds, clock)
        inferring[shape] = measure({name: inference(model, x) for name, model in models.items()}, chosen.rounds, clock)
        print(shape, {name: str(spread) for name, spread in training[shape].items()}, flush=True)
    lines = [
        f"A training step ({'processor' if chosen.cpu else 'wall'} time, torch {torch.__version__}, "
        f"{chosen.threads} of {os.cpu_count()} cores, {rounds_in_words(chosen.rounds)}; quartiles in brackets):",
        "",
        *table(training, chosen.compile),
        "",
        ceiling(training),
        "",
        "Inference:",
        "",
        *table(inferring, chosen.compile),
        "",
        f"The article's Part 3 (1,000 epochs, 199 steps, state 8) trains in {article(clock):.2f} s.",
    ]
    print("\n".join(lines))
    if chosen.write:
        write_between(chosen.write, "scan" if chosen.threads == 1 else "scan on all cores", lines)


if __name__ == "__main__":
    main()
