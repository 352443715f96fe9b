"""What could a second core bring to a default training, at most? From times on one (docs/results/early-stop.md).

    python -m benchmarks.two_cores           trains and writes benchmarks/results/two_cores.json and the page
    python -m benchmarks.two_cores --table   writes the page from the stored result

Threads can share the scan alone; two processes can share the members, of which each then trains half. Neither bound
counts what it costs to share.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

import numpy as np
import torch

from benchmarks import RESULTS
from benchmarks.docs_tables import DOCS, write_between
from liquid.dynamics import scan
from liquid.dynamics.scan import calls
from liquid.learning.config import TrainConfig
from liquid.learning.training import train
from liquid.series import builtin
from liquid.studies import stored

NAME = "two_cores"
PAGE = DOCS / "early-stop.md"
SERIES = ("nile", "seattle-weather", "lorenz", "ecg")
REPEATS = 3


def seconds(series: str, members: int) -> tuple[float, float]:
    """Processor seconds of a training, and those of them that went into the scan."""
    inside, run = 0.0, calls._run

    def timed(*args: Any) -> None:
        nonlocal inside
        began = time.process_time()
        run(*args)
        inside += time.process_time() - began

    calls._run = timed  # type: ignore[assignment]  # a stopwatch around it, which it offers no place for
    try:
        began = time.process_time()
        for _ in train(builtin.load(series), TrainConfig(members=members)):
            pass
        return time.process_time() - began, inside
    finally:
        calls._run = run


def start() -> float:
    """Processor seconds until a new process could train."""
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", "import liquid.learning.training"], check=True)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measured() -> dict[str, Any]:
    torch.set_num_threads(1)
    scan.ready(wait=True)
    seconds(SERIES[0], 1)  # what is imported at first counts for nobody
    rows = []
    for series in SERIES:
        pairs = [(*seconds(series, TrainConfig.members), seconds(series, TrainConfig.members // 2)[0])
                 for _ in range(REPEATS)]  # fmt: skip
        whole, inside, half = np.median(pairs, axis=0).tolist()
        rows.append({"series": series, "whole": whole, "scan": inside, "half": half})
        print(rows[-1], flush=True)
    return {"rows": rows, "start": float(np.median([start() for _ in range(REPEATS)]))}


def table(result: dict[str, Any]) -> list[str]:
    lines = [
        "| series | one core, s | in the scan | two threads, at most | two processes, at most | and their start |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for row in result["rows"]:
        whole, inside, half = row["whole"], row["scan"], row["half"]
        threads, processes, started = whole / (whole - inside / 2), whole / half, whole / (half + result["start"])
        share = f"{100 * inside / whole:.0f} %"
        lines.append(f"| {row['series']} | {whole:.1f} | {share} | {threads:.2f} | {processes:.2f} | {started:.2f} |")
    return [
        *lines,
        "",
        f"Processor seconds of a default training, median of {REPEATS}; how many times as fast two cores could be "
        f"at most. A process needs {result['start']:.1f} s until it can train. Written by "
        "`python -m benchmarks.two_cores`.",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", action="store_true", help="write the page from the stored result")
    if not parser.parse_args().table:
        stored.save(NAME, measured(), RESULTS, maker="benchmarks.two_cores")
    lines = table(stored.load(NAME, RESULTS))
    print("\n".join(lines))
    write_between(PAGE, NAME, lines)


if __name__ == "__main__":
    main()
