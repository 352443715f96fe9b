"""How time and memory of a training step grow with time, batch, state and members: `python -m benchmarks.growth`.

A step is forward and backward, for a gradient of all states that is given. From a base of batch 8, time 1,000, state 32
and 1 member, one size is changed at a time. The exponent is the slope of log seconds over log size from one size to the
next: 1 is a straight line, and small sizes have constant costs. Time is the processor's, so that what else the machine
does hardly counts. Peak memory is that of a fresh process with this one training step, above what it
needed before it: a high-water mark, under which a small step fits unseen.

Two lines follow the table: what a training of eight members with the Train page's defaults costs beside one of a single
member (processor time, one thread), and what a second thread brings two members of one sequence each (wall time: it
needs a quiet machine).
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import platform
import resource
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from benchmarks.docs_tables import write_between
from benchmarks.scan import measure as take_turns
from benchmarks.scan import two_or_more
from liquid.dynamics import scan
from liquid.dynamics.ensemble import LiquidEnsemble
from liquid.dynamics.rnn import LiquidRNN
from liquid.engine.memory import keep_freed_memory
from liquid.learning.config import TrainConfig
from liquid.learning.training import train
from liquid.series.generators import sum_of_sines


@dataclass(frozen=True)
class Size:
    time: int = 1_000
    batch: int = 8
    state: int = 32
    members: int = 1


SWEEPS: dict[str, tuple[int, ...]] = {
    "time": (100, 1_000, 10_000, 100_000),
    "batch": (1, 8, 64, 512),
    "state": (8, 16, 32, 64, 128, 256),
    "members": (1, 2, 4, 8, 16),
}


def training_step(size: Size) -> Callable[[], None]:
    x = torch.randn(size.batch, size.time, 1, generator=torch.Generator().manual_seed(0))
    model = LiquidEnsemble([LiquidRNN(1, size.state, backend="scan") for _ in range(size.members)])
    gradient = torch.ones(size.members, size.batch, size.time, size.state)

    def step() -> None:
        model.zero_grad()
        model(x)[0].backward(gradient)

    return step


def peak() -> float:
    """The most memory that this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(size: Size, threads: int, rounds: int) -> tuple[float, float]:
    """Seconds of a step (the fastest of some, as growth is about the work, not the neighbours), and MiB at its peak."""
    torch.set_num_threads(threads)
    scan.ready(wait=True)
    training_step(Size(time=10))()
    before = peak()
    step = training_step(size)
    seconds = []
    for _ in range(rounds):
        start = time.process_time()
        step()
        seconds.append(time.process_time() - start)
        if sum(seconds) > 5:
            break
    return min(seconds), peak() - before


def on_threads(threads: int, step: Callable[[], object]) -> Callable[[], None]:
    def with_them() -> None:
        torch.set_num_threads(threads)
        step()

    return with_them


def members_together(rounds: int) -> list[str]:
    keep_freed_memory()  # as the app does
    scan.ready(wait=True)
    series = sum_of_sines()

    def training(members: int) -> Callable[[], object]:
        return on_threads(1, lambda: deque(train(series, TrainConfig(members=members)), 0))

    steps = {str(members): training(members) for members in (1, 8)}
    one, eight = take_turns(steps, rounds, time.process_time).values()
    pair = training_step(Size(batch=1, members=2))
    alone, both = take_turns({str(n): on_threads(n, pair) for n in (1, 2)}, rounds, time.perf_counter).values()
    return [
        f"A training of eight members costs {eight.median / one.median:.2f} times one of a single member: "
        f"{eight} ms beside {one} ms.",
        f"Two members of one sequence each (time 1,000, state 32) take {both.median / alone.median:.2f} times as long "
        f"on two threads as on one: {both} ms beside {alone} ms.",
    ]


def caption(threads: int, rounds: int) -> str:
    base = Size()
    return (
        f"From batch {base.batch}, time {base.time:,}, state {base.state}, one member, one size at a time: forward and "
        f"backward, processor time, the fastest of up to {rounds} steps ({platform.system()} "
        f"{platform.machine()}, torch {torch.__version__}, {threads} of {os.cpu_count()} cores). The peak is how far "
        "the step raises the most memory that its process has held: a small step fits into what was held before."
    )


def mebibytes(memory: float) -> str:
    return f"{memory:.0f}" if memory >= 1 else "< 1"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=two_or_more, default=9)
    options.add_argument("--threads", type=int, default=1, help="of the table; a team's waiting is counted as time")
    options.add_argument("--write", type=Path, help="write the table between the marks <!-- growth --> of this file")
    chosen = options.parse_args()
    lines = [caption(chosen.threads, chosen.rounds), "", "| what grows | size | step, ms | peak, MiB | exponent |"]
    lines.append("|---|---|---|---|---|")
    fresh = multiprocessing.get_context("spawn")
    for name, sizes in SWEEPS.items():
        previous: tuple[int, float] | None = None
        for size in sizes:
            with fresh.Pool(1) as process:
                job = (replace(Size(), **{name: size}), chosen.threads, chosen.rounds)
                seconds, memory = process.apply(measure, job)
            exponent = math.log(seconds / previous[1]) / math.log(size / previous[0]) if previous else math.nan
            shown = "" if previous is None else f"{exponent:.2f}"
            lines.append(f"| {name} | {size:,} | {seconds * 1e3:.3g} | {mebibytes(memory)} | {shown} |")
            print(lines[-1], flush=True)
            previous = (size, seconds)
    lines += ["", *members_together(chosen.rounds)]
    print("\n".join(lines))
    if chosen.write:
        write_between(chosen.write, "growth", lines)


if __name__ == "__main__":
    main()
