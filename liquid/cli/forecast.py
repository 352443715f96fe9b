"""`python -m liquid forecast`: a saved run over new data."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch

from liquid.cli.progress import wait_for_scan
from liquid.cli.reading import add_reader_arguments, read_series, say
from liquid.learning.band import LEVEL, LEVELS, percent
from liquid.runs.format import load_forecaster
from liquid.runs.measured import FORECAST, forecast_table
from liquid.series.asked import asked
from liquid.series.known_ahead import ahead_sentence
from liquid.series.reading import read
from liquid.series.second_file import joined


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "Forecasts new data with the weights, scaling and band of a saved run; nothing is trained."
    parser.add_argument("run", type=Path, metavar="RUN_FOLDER", help="a folder that train has written")
    parser.add_argument("source", metavar="NEW.csv", help="a CSV file with the columns of the run, or a built-in")
    parser.add_argument("--out", type=Path, default=Path(FORECAST), help=f"CSV file to write (default: {FORECAST})")
    parser.add_argument(
        "--level",
        type=int,
        choices=[round(100 * level) for level in LEVELS],
        default=round(100 * LEVEL),
        help=f"of the band, in per cent (default: {100 * LEVEL:.0f})",
    )
    parser.add_argument(
        "--ahead-file",
        type=Path,
        metavar="FILE",
        help="a second file with columns known ahead, put beside by time",
    )
    parser.add_argument("--at", metavar="TIMES", help="times to forecast that no row has, divided by commas")
    add_reader_arguments(parser)


def command(args: argparse.Namespace) -> int:
    """Forecast every value of the new data one step ahead where the window fits, and the next ones after it."""
    saved, sampling = load_forecaster(args.run)
    series = read_series(args.source, args)
    if args.ahead_file:
        series = joined(series, read(args.ahead_file))
    if args.at:
        series = asked(series, args.at)
    if sampling.period is None or not sampling.period.is_that_of(series):
        outcome = "Check that a step is the same" if sampling.period is None else "Its steps now mean something else"
        print(
            f"The model was trained on samples {sampling.words}; these are {series.describe_period()}. {outcome}.",
            file=sys.stderr,
        )
    config = saved.config
    if unknown := ahead_sentence(series, saved.prepared.names[0], config.ahead, config.horizon):
        say([unknown])
    torch.set_num_threads(1)
    if saved.config.kind.liquid:
        wait_for_scan()
    forecaster = saved.continued(series)
    prepared = forecaster.prepared
    origins = np.arange(prepared.window - 1, len(prepared.target) - 1)
    one_step = forecaster.predict(origins)[:, 0]
    following = forecaster.forecast(series)
    truth = prepared.observed[origins + 1]
    level = args.level / 100
    low, high = forecaster.band.around(one_step[:, None], level)
    inside = (one_step, low[:, 0], high[:, 0])
    table = forecast_table(series, "new", series.stamps()[origins + 1], truth, inside, following, level)
    args.out.write_text(table, encoding="utf-8")
    count, name = len(following.mean), prepared.names[0]
    print(f"The next {count} values of {name!r}, with the band that should hold {percent(level)}:")
    labels = series.stamp_labels(series.times_after(len(prepared.target), count))
    for when, mean, low, high in zip(labels, following.mean, *following.within(level), strict=True):
        print(f"{when:>25}  {mean:12.6g}  {low:12.6g} to {high:.6g}")
    say([f"Written to {args.out}, with one-step forecasts of {int(np.isfinite(truth).sum()):,} known values."])
    return 0
