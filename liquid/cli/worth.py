"""`python -m liquid worth`: what is each column worth that a forecast reads?"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from liquid.cli import progress
from liquid.cli.interrupt import INTERRUPTED, stop_at_interrupt
from liquid.cli.reading import say
from liquid.cli.train import add_training_arguments, chosen
from liquid.errors import LiquidError
from liquid.learning.training import Compiling, Finished, Progress, train
from liquid.series.export import to_csv
from liquid.studies.progress import StudyProgress
from liquid.studies.worth.report import answer, worth_table
from liquid.studies.worth.study import Worth, columns_of, worth


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "Trains with all columns, then without each in turn, and measures all on the calibration part."
    add_training_arguments(parser)
    parser.add_argument("--csv", type=Path, help="file for the table")


def command(args: argparse.Namespace) -> int:
    """Train with and without each column, print the table and its sentence. Ctrl-C ends it, with status 130."""
    series, config = chosen(args)
    if not columns_of(config):
        raise LiquidError("Nothing is read beside the target: give --inputs or --ahead.")
    torch.set_num_threads(1)
    with stop_at_interrupt() as stop:
        forecaster = None
        for event in train(series, config, stop.is_set):
            if config.kind.trained and isinstance(event, Compiling | Progress):
                progress.show(event)
            elif isinstance(event, Finished):
                forecaster = event.forecaster
        for found in worth(series, forecaster, stop.is_set) if forecaster and not stop.is_set() else ():
            if isinstance(found, StudyProgress):
                progress.step(found)
            else:
                progress.clear()
                _print(found, args.csv)
                return 0
    progress.clear()
    if stop.is_set():
        return INTERRUPTED
    raise LiquidError("The trainings ended without a result: run it again.")


def _print(result: Worth, path: Path | None) -> None:
    table = worth_table(result)
    rows = zip(*table.values(), strict=True)
    lines = [[*table], *([f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows)]
    say("".join(f"{cell:>22}" for cell in line) for line in lines)
    say([answer(result)])
    if path:
        path.write_text(to_csv(table), encoding="utf-8")
        print(f"Written to {path}.")
