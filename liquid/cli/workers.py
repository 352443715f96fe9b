"""What commands share whose work runs in processes."""

from __future__ import annotations

import argparse
import os

import torch

from liquid.engine import SETTING
from liquid.errors import LiquidError


def add_workers(parser: argparse.ArgumentParser, what: str) -> None:
    """The option `--workers`: how many of `what` there are at a time."""
    cores = os.cpu_count() or 1
    parser.add_argument(
        "--workers",
        type=int,
        default=cores,
        metavar="N",
        help=f"{what} (default: {cores}, all cores); a Dask cluster's if {SETTING} names its scheduler",
    )


def one_thread_each(workers: int) -> None:
    """Before workers start: their networks are small, and threads would only get into each other's way. LiquidError
    for fewer than one worker."""
    if workers < 1:
        raise LiquidError(f"workers={workers}: one or more processes are needed.")
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # for the workers
    torch.set_num_threads(1)
