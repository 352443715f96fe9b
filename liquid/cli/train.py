"""`python -m liquid train`: a series in, a folder with model, forecast and picture out."""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields, replace
from itertools import count
from pathlib import Path

import torch

from liquid.cli import progress
from liquid.cli.interrupt import INTERRUPTED, stop_at_interrupt
from liquid.cli.reading import add_reader_arguments, read_series, say
from liquid.cli.targets import further, train_further
from liquid.dynamics.solvers import SOLVERS
from liquid.engine.memory import keep_freed_memory
from liquid.errors import LiquidError
from liquid.learning.config import LIMITS, OF_ALL, TrainConfig
from liquid.learning.data import checked, farthest, seasonal_window
from liquid.learning.outliers import TREATMENTS
from liquid.learning.report import Report, missing_sentence, outlier_sentence
from liquid.learning.run import Run, run
from liquid.learning.training import Compiling, Progress
from liquid.learning.trainings import TRAININGS
from liquid.models.registry import MODELS, model_named
from liquid.runs.format import to_files, write_folder
from liquid.series.ahead import reach, samples
from liquid.series.asked import far_sentence
from liquid.series.known_ahead import HOLIDAYS, HOUR, MONTH, WEEKDAY, ahead_sentence
from liquid.series.reading import ReadOptions, read
from liquid.series.reading.read import chosen_part
from liquid.series.second_file import joined
from liquid.series.series import Series
from liquid.series.words import counted, legible

RUNS = Path("runs")
UNITS = {
    "state_size": "neurons",
    "members": "networks trained side by side, whose mean is the forecast",
    "dt": "time that a sample lasts for the layer: its clock",
    "unfolds": "solver steps per sample: its accuracy",
    "window": "samples that the model reads; unless set a season of the training part, at least the default",
    "steps": "training steps",
    "batch": "windows per training step",
    "learning_rate": "peak rate; each model has its own",
    "seed": "of everything random",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "Trains a model on a series and writes forecast, metrics, config, weights and picture."
    add_training_arguments(parser)
    parser.add_argument("--out", type=Path, help="folder for the files (default: a new one in runs/)")
    parser.add_argument(
        "--more-targets",
        nargs="+",
        default=(),
        metavar="COLUMN",
        help="further columns to forecast, each by a training of its own with the same settings, saved beside the "
        "first; all forecasts in one CSV",
    )


def add_training_arguments(parser: argparse.ArgumentParser) -> None:
    """The series, every setting of a training, and how a file is read."""
    parser.add_argument("source", metavar="FILE_OR_NAME", help="a CSV file, or a built-in (see the command series)")
    parser.add_argument("--target", help="column to forecast (default: the first)")
    parser.add_argument("--inputs", nargs="+", metavar="COLUMN", help="further columns that it reads")
    parser.add_argument(
        "--ahead",
        nargs="+",
        metavar="COLUMN",
        help="columns whose values at the forecast time are known, in the rows after the last target value; or of the "
        f"calendar: '{HOUR}', '{WEEKDAY}', '{MONTH}', '{HOLIDAYS}DE' (any country's two letters)",
    )
    parser.add_argument(
        "--ahead-file", type=Path, metavar="FILE", help="a second file with such columns, put beside the first by time"
    )
    parser.add_argument("--at", metavar="TIMES", help="times to forecast that no row has, divided by commas")
    parser.add_argument(
        "--model", default=TrainConfig.model, help=f"{', '.join(MODELS)} (default: {TrainConfig.model})"
    )
    words = "; ".join(f"{name}: {training.words}" for name, training in TRAININGS.items())
    parser.add_argument("--training", help=f"{words} (default: {TrainConfig.training})")
    parser.add_argument("--solver", help=f"{', '.join(SOLVERS)} (default: {TrainConfig.solver})")
    parser.add_argument(
        "--timespans",
        action="store_true",
        default=None,
        help="use the real time between uneven samples",
    )
    words = "; ".join(f"{name}: {words}" for name, words in TREATMENTS.items())
    parser.add_argument("--outliers", choices=TREATMENTS, help=f"{words} (default: {TrainConfig.outliers})")
    how_far = parser.add_mutually_exclusive_group()
    how_far.add_argument(
        "--horizon",
        metavar="LENGTH",
        help=f"how far to forecast: samples, or such as '48 h' or '3 months' (default: {TrainConfig.horizon} samples)",
    )
    how_far.add_argument("--until", metavar="TIME", help="the last time to forecast, such as 2026-12-31")
    for name, (low, high) in LIMITS.items():
        if name == "horizon":
            continue
        default = getattr(TrainConfig, name)
        rates = ", ".join(f"{kind.name} {kind.rate:g}" for kind in MODELS.values() if kind.rate)
        shown = rates if default is None else f"{default:g}"
        parser.add_argument(
            "--" + name.replace("_", "-"),
            type=int if isinstance(low, int) else float,
            metavar="N" if isinstance(low, int) else "X",
            help=f"{UNITS[name]}, {low:g} to {high:g} (default: {shown})",
        )
    add_reader_arguments(parser)


def command(args: argparse.Namespace) -> int:
    """Train, save, say what came out. Ctrl-C ends the training and keeps the best so far, with status 130."""
    series, config = chosen(args)
    more = further(series, config, tuple(args.more_targets))  # before anything is trained
    folder = args.out or _fresh_folder(legible(Path(args.source).stem) or "series")
    write_folder(folder, {})  # a folder that cannot be written fails before the training, not after it
    keep_freed_memory()
    torch.set_num_threads(1)  # matrices are small: more threads only get into each other's way
    with stop_at_interrupt() as stop:
        for event in run(series, config, stop.is_set):
            if config.kind.trained and isinstance(event, Compiling | Progress):
                progress.show(event)
            if isinstance(event, Run):
                if config.kind.trained:
                    progress.end()
                _save(event, folder)
                if more and not stop.is_set():
                    train_further(event, more, folder, _save, stop.is_set)
                return INTERRUPTED if stop.is_set() or event.finished.outcome == "stopped" else 0
    if stop.is_set():
        raise KeyboardInterrupt  # before the first step: nothing was saved
    raise LiquidError("The training ended without a result: train again.")


def chosen(args: argparse.Namespace) -> tuple[Series, TrainConfig]:
    """What `add_training_arguments` asked for; what the reader repaired goes to stderr."""
    arguments = {field.name: getattr(args, field.name) for field in fields(TrainConfig) if field.name != "horizon"}
    settings = {name: value for name, value in arguments.items() if value is not None}
    kind = model_named(args.model)
    if strange := sorted(settings.keys() - kind.settings - set(OF_ALL)):
        options = " or ".join("--" + name.replace("_", "-") for name in strange)
        raise LiquidError(f"{kind.name} has no {options}; leave {'it' if len(strange) == 1 else 'them'} out.")
    config = TrainConfig(**settings | {name: tuple(settings.get(name, ())) for name in ("inputs", "ahead")})
    series = read_series(args.source, args)
    if args.ahead_file:
        series = joined(series, read(args.ahead_file))
    if args.at:
        series = chosen_part(series, ReadOptions(at=args.at))
    target = config.target or series.names[0]
    if (ahead := f"to {args.until}" if args.until else args.horizon) is not None:
        config = replace(config, horizon=samples(series, target, ahead, farthest(series, target)))
    if args.window is None and "window" in kind.settings:
        config = replace(config, window=seasonal_window(series, target, config.outliers))
    say([f"Forecasts {counted(config.horizon, 'sample')} ahead, {reach(series, target, config.horizon)}."])
    if far := far_sentence(series, target, config.horizon):
        say([far])
    say([sentence] if (sentence := outlier_sentence(checked(series, config), series, config.outliers)) else [])
    if missing := missing_sentence(series, target, config.horizon):
        say([missing])
    if unknown := ahead_sentence(series, target, config.ahead, config.horizon):
        say([unknown])
    return series, config


def _save(done: Run, folder: Path) -> None:
    write_folder(folder, to_files(done, views=True))
    _print(done, folder)


def _print(done: Run, folder: Path) -> None:
    finished, report = done.finished, done.report
    if finished.message:
        print(finished.message, file=sys.stderr)
    parameters = finished.forecaster.model.parameter_count()
    trained = (
        f"trained by {done.config.how.words} in {progress.duration(finished.seconds)}"
        if done.config.kind.trained
        else "solved at once"
    )
    print(f"{done.config.model} with {parameters:,} parameters, {trained}.")
    print(_table(report))
    print(report.sentence)
    for sentence in (
        report.answer.fold,
        report.band_sentence,
        report.luck_sentence,
        done.early_words,
        done.silent_words,
    ):
        if sentence:
            print(sentence)
    say([f"Saved in {folder}/."])


def _table(report: Report) -> str:
    steps = len(report.rows[0].horizon_rmse)
    lines = [f"{'steps ahead':<16}{f'1 to {steps}':>12}{'1':>12}{'1':>12}{'1':>9}{'1':>9}"] if steps > 1 else []
    over = f"{'RMSE':>12}" if steps > 1 else ""
    lines.append(f"{'' if steps > 1 else 'one step ahead':<16}{over}{'RMSE':>12}{'MAE':>12}{'NRMSE':>9}{'MASE':>9}")
    for row in report.rows:
        m, over = row.one_step, f"{row.rmse:>12.4g}" if steps > 1 else ""
        lines.append(f"{row.name:<16}{over}{m.rmse:>12.4g}{m.mae:>12.4g}{_ratio(m.nrmse)}{_ratio(m.mase)}")
    return "\n".join(lines)


def _ratio(value: float) -> str:
    """A number in nine places, whatever its size: 7.8e+51 does not run into the next column."""
    text = f"{value:.3f}" if abs(value) < 1e4 else f"{value:.3g}"
    return f"{text:>9}"


def _fresh_folder(stem: str) -> Path:
    names = (stem if number == 1 else f"{stem}-{number}" for number in count(1))
    return next(RUNS / name for name in names if not any((RUNS / name).glob("*")))
