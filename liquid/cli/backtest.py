"""`python -m liquid backtest`: how good would the forecast have been, made at cutoffs of the past?"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from liquid.cli import progress
from liquid.cli.interrupt import INTERRUPTED, stop_at_interrupt
from liquid.cli.train import add_training_arguments, chosen
from liquid.errors import LiquidError
from liquid.series.export import to_csv
from liquid.series.series import Series
from liquid.studies.backtest.report import answer, band_words, cutoff_table, step_table
from liquid.studies.backtest.study import LIMITS, Backtest, BacktestConfig, backtest
from liquid.studies.progress import StudyProgress


def arguments(parser: argparse.ArgumentParser) -> None:
    low, high = LIMITS["cutoffs"]
    parser.description = (
        "Makes the forecast again at cutoffs of the past, with what was known there, and measures it on what came."
    )
    add_training_arguments(parser)
    parser.add_argument(
        "--cutoffs",
        type=int,
        metavar="N",
        default=BacktestConfig.cutoffs,
        help=f"{low:g} to {high:g}, spread over the test part (default: {BacktestConfig.cutoffs})",
    )
    parser.add_argument(
        "--once", action="store_true", help="train before the first cutoff only, and run that model forward"
    )
    parser.add_argument("--csv", type=Path, help="file for errors, coverage and forecasts by step and cutoff")


def command(args: argparse.Namespace) -> int:
    """Train and forecast at each cutoff, print the table and its sentences. Ctrl-C ends it, with status 130."""
    series, config = chosen(args)
    how = BacktestConfig(cutoffs=args.cutoffs, retrain=not args.once)
    torch.set_num_threads(1)
    with stop_at_interrupt() as stop:
        for event in backtest(series, config, how, stop.is_set):
            if isinstance(event, StudyProgress):
                progress.step(event)
            else:
                progress.clear()
                _print(event, series.select((config.target or series.names[0],)), args.csv)
                return 0
    progress.clear()
    if stop.is_set():
        return INTERRUPTED
    raise LiquidError("The backtest ended without a result: run it again.")


def _print(result: Backtest, series: Series, path: Path | None) -> None:
    table = cutoff_table(result, series)
    print("".join(f"{name:>22}" for name in table))
    for row in zip(*table.values(), strict=True):
        print("".join(f"{_cell(cell):>22}" for cell in row))
    print(answer(result))
    print(band_words(result))
    if path:
        path.write_text(to_csv(step_table(result, series)), encoding="utf-8")
        print(f"Written to {path}.")


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float | np.floating) else str(value)
