"""`python -m liquid effect`: does a more exact solver make a better forecast?"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from liquid.cli import progress
from liquid.cli.interrupt import INTERRUPTED, stop_at_interrupt
from liquid.cli.train import add_training_arguments, chosen
from liquid.errors import LiquidError
from liquid.learning.training import Compiling, Finished, Progress, train
from liquid.series.export import to_csv
from liquid.studies.solver_effect.study import SolverEffect, effect_table, solver_effect


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "Trains a Liquid model, then makes its forecast again with states from every other solver."
    add_training_arguments(parser)
    parser.add_argument("--csv", type=Path, help="file for the table (default: only printed)")


def command(args: argparse.Namespace) -> int:
    """Train, compute the states again with every solver and exactly, print the table and its one sentence."""
    series, config = chosen(args)
    torch.set_num_threads(1)
    with stop_at_interrupt() as stop:
        for event in train(series, config, stop.is_set):
            if isinstance(event, Compiling | Progress):
                progress.show(event)
            if isinstance(event, Finished):
                progress.end()
                for result in solver_effect(event.forecaster, stop.is_set):
                    if isinstance(result, SolverEffect):
                        _print(result, args.csv)
                        return 0
    if stop.is_set():
        return INTERRUPTED
    raise LiquidError("The training ended without a result: train again.")


def _print(effect: SolverEffect, path: Path | None) -> None:
    print(f"{'states from':<36}{'RMSE':>12}{'as trained = 1':>16}{'95 % interval':>20}")
    for one in effect.variants:
        print(f"{one.name:<36}{one.rmse:>12.4g}{one.ratio:>16.3g}{one.bounds:>20}")
    print(effect.answer)
    if path:
        path.write_text(to_csv(effect_table(effect)), encoding="utf-8")
        print(f"Written to {path}.")
