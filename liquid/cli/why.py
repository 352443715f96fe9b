"""`python -m liquid why`: what moved a forecast of a saved run?"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from liquid.cli.reading import add_reader_arguments, read_series, say
from liquid.errors import LiquidError
from liquid.runs.format import load_forecaster
from liquid.series.export import to_csv
from liquid.studies.attribution.report import answer, compared_with, memory_words, sample_table, tau_words
from liquid.studies.attribution.study import attribute


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Says which samples and columns of the window moved a forecast of a saved run, how far back its networks look, "
        "and whether tau_sys had a part in it; nothing is trained."
    )
    parser.add_argument("run", type=Path, metavar="RUN_FOLDER", help="a folder that train has written")
    parser.add_argument("source", metavar="FILE_OR_NAME", help="a CSV file with the columns of the run, or a built-in")
    parser.add_argument("--ahead", type=int, metavar="N", help="steps ahead (default: the last of the horizon)")
    parser.add_argument(
        "--back", type=int, metavar="N", default=0, help="samples before the newest one (default: 0, the newest)"
    )
    parser.add_argument("--csv", type=Path, help="file for value, share and response of every sample and column")
    add_reader_arguments(parser)


def command(args: argparse.Namespace) -> int:
    """Explain one forecast in sentences, and in a table if one is asked for."""
    saved, _ = load_forecaster(args.run)
    series = read_series(args.source, args)
    torch.set_num_threads(1)
    forecaster = saved.continued(series)
    newest = len(forecaster.prepared.target) - 1
    if args.back < 0:
        raise LiquidError(f"--back {args.back}: it counts samples before the newest one; choose 0 or more.")
    found = attribute(forecaster, newest - args.back, args.ahead)
    unit = series.unit_of(found.names[0])
    sentences = (answer(found, unit), compared_with(found), memory_words(found), tau_words(found, unit))
    say([f"From {series.stamp_labels(series.time[found.rows[-1:]])[0]}:", *filter(None, sentences)])
    say([f"The shares add up within {found.completeness:.1g}."])
    if args.csv:
        args.csv.write_text(to_csv(sample_table(found, series)), encoding="utf-8")
        say([f"Written to {args.csv}."])
    return 0
