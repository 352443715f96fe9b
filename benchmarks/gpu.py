"""What a GPU brings: the plain loop there, beside the scan on the same machine's processor.

    python -m benchmarks.gpu [--write docs/results/speed.md]        needs CUDA

On a GPU the layer runs as the plain loop, thousands of small kernels a sequence; captured once as a CUDA graph
(`torch.cuda.make_graphed_callables`) they are started together. Steps and table are those of `benchmarks/scan.py`;
also told: how far a GPU's numbers and gradients are from the processor's.
"""

from __future__ import annotations

import argparse
import os
import time
from copy import deepcopy
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.docs_tables import write_between
from benchmarks.scan import SHAPES, Spread, Step, measure, rounds_in_words, table, training_step
from liquid.dynamics import scan
from liquid.dynamics.rnn import LiquidRNN

LARGER = [(1024, 128, 256), (4096, 64, 512)]
ROUNDS = 7


def on_gpu(model: nn.Module, x: Tensor, graph: bool = False) -> Step:
    """A training step there, waited for."""
    model, x = deepcopy(model).cuda(), x.cuda()
    if graph:
        torch.cuda.make_graphed_callables(model, (x,))
    step = training_step(model, x)

    def waited_for() -> None:
        step()
        torch.cuda.synchronize()

    return waited_for


def apart(state: int, dtype: torch.dtype) -> float:
    """Largest difference between GPU and processor, of states and of gradients relative to the largest."""
    network = LiquidRNN(1, state).to(dtype)
    x = torch.randn(16, 128, 1, dtype=dtype, generator=torch.Generator().manual_seed(0))
    there = deepcopy(network).cuda()
    far: list[Tensor] = []
    here, other = network(x)[0], there(x.cuda())[0]
    far.append((here - other.cpu()).detach().abs().max() / here.detach().abs().max())
    here.square().mean().backward()
    other.square().mean().backward()
    for one, two in zip(network.parameters(), there.parameters(), strict=True):
        assert one.grad is not None
        assert two.grad is not None
        far.append((one.grad - two.grad.cpu()).abs().max() / one.grad.abs().max())
    return max(float(value) for value in far)


def report(
    timings: dict[tuple[int, int, int], dict[str, Spread]], worst: dict[torch.dtype, float], device: str
) -> list[str]:
    """The table, and above it the machine and how far its GPU's numbers are apart."""
    far = " and ".join(f"{value:.0e} in {str(dtype).removeprefix('torch.')}" for dtype, value in worst.items())
    return [
        f"A training step on {device} and on {os.cpu_count()} cores beside it (wall time, torch {torch.__version__}, "
        f"{rounds_in_words(ROUNDS)}); states and gradients differ by at most {far}:",
        "",
        *table(timings)[:-1],  # the mean is for the tables of one processor
    ]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--write", type=Path, help="write the table into this file, between its marks")
    chosen = options.parse_args()
    for dtype in scan.DTYPES:
        scan.ready(wait=True, dtype=dtype)
    torch.manual_seed(0)  # a script's own process: layers start from torch's generator
    timings = {}
    for shape in [*SHAPES, *LARGER]:
        batch, samples, state = shape
        x = torch.randn(batch, samples, 1, generator=torch.Generator().manual_seed(0))
        liquid, lstm = LiquidRNN(1, state), nn.LSTM(1, state, batch_first=True)
        steps = {
            "Liquid": training_step(liquid, x),
            "LSTM, processor": training_step(lstm, x),
            "Liquid, GPU": on_gpu(liquid, x),
            "Liquid, GPU, one graph": on_gpu(liquid, x, graph=True),
            "LSTM, GPU": on_gpu(lstm, x),
        }
        timings[shape] = measure(steps, ROUNDS, time.perf_counter)
        print(shape, {name: str(spread) for name, spread in timings[shape].items()}, flush=True)
    worst = {dtype: max(apart(state, dtype) for state in (8, 64)) for dtype in scan.DTYPES}
    lines = report(timings, worst, torch.cuda.get_device_name())
    print("\n".join(lines))
    if chosen.write:
        write_between(chosen.write, "scan on a gpu", lines)


if __name__ == "__main__":
    main()
