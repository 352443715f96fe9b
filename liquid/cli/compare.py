"""`python -m liquid compare`: several models on one series, trained and tested alike."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from liquid.cli import progress
from liquid.cli.interrupt import INTERRUPTED, stop_at_interrupt
from liquid.cli.tables import print_rows
from liquid.cli.train import add_training_arguments, chosen
from liquid.engine.base import Stop
from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.learning.training import Compiling, Progress
from liquid.models.registry import MODELS
from liquid.series.export import to_csv
from liquid.series.series import Series
from liquid.studies.compare.report import answer, remarks, step_table, table
from liquid.studies.compare.study import Comparison, checked_models, compare
from liquid.studies.progress import StudyProgress


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Trains a model and then others on the same series, with the same settings as far as they have them, and "
        "measures all on the same test values."
    )
    add_training_arguments(parser)
    parser.add_argument(
        "--with",
        dest="others",
        nargs="+",
        required=True,
        metavar="MODEL",
        help=f"the others, those of more than one word in quotes: {', '.join(MODELS)}",
    )
    parser.add_argument("--csv", type=Path, help="file for errors and next values by step and model")


def command(args: argparse.Namespace) -> int:
    """Train all, print the table and the answer. Ctrl-C keeps the models that are done, and ends with status 130."""
    series, config = chosen(args)
    others = checked_models(config.model, tuple(args.others))  # before anything is trained
    torch.set_num_threads(1)
    with stop_at_interrupt() as stop:
        trained = _trained(series, config, stop.is_set)
        if trained is not None:
            for event in compare(trained, others, stop=stop.is_set):
                if isinstance(event, StudyProgress):
                    progress.step(event)
                else:
                    progress.clear()
                    _print(event, trained, args.csv)
                    return INTERRUPTED if stop.is_set() else 0
    progress.clear()
    if stop.is_set():
        return INTERRUPTED
    raise LiquidError("The comparison ended without a result: run it again.")


def _trained(series: Series, config: TrainConfig, stop: Stop) -> Run | None:
    """The run of the chosen model; None if it was stopped."""
    for event in run(series, config, stop):
        if isinstance(event, Progress | Compiling):
            progress.show(event)
        elif isinstance(event, Run):
            progress.end()
            return None if stop() else event
    return None


def _print(result: Comparison, trained: Run, path: Path | None) -> None:
    columns = table(result, trained)
    print_rows([tuple(columns), *zip(*columns.values(), strict=True)])
    for remark in remarks(result):
        print(remark)
    if result.rivals:
        print(answer(result.rivals, trained.config.model))
    if path:
        path.write_text(to_csv(step_table(result, trained)), encoding="utf-8")
        print(f"Written to {path}.")
