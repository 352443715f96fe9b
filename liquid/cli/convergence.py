"""`python -m liquid convergence`: how far is a solver from the layer's own ODE?"""

from __future__ import annotations

import argparse
from dataclasses import fields, replace
from pathlib import Path

from liquid.cli import progress
from liquid.series.export import to_csv
from liquid.studies.convergence.report import summary, tables
from liquid.studies.convergence.study import PRESETS, ConvergenceConfig, convergence, preset
from liquid.studies.progress import StudyProgress


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "How far is a solver's path from the layer's own ODE? Writes CSV of every curve."
    parser.add_argument("--preset", default="calm", help=f"start from {', '.join(PRESETS)} (default: calm)")
    for field in fields(ConvergenceConfig):
        parser.add_argument(
            "--" + field.name.replace("_", "-"), type=type(field.default), help=f"instead of the preset's {field.name}"
        )
    parser.add_argument("--out", type=Path, default=Path("convergence"), help="folder for the CSV files")


def command(args: argparse.Namespace) -> int:
    """Run the study, print the answer, write every curve. LiquidError if the settings make no study."""
    settings = {field.name: getattr(args, field.name) for field in fields(ConvergenceConfig)}
    config = replace(preset(args.preset), **{name: value for name, value in settings.items() if value is not None})
    for event in convergence(config):
        if isinstance(event, StudyProgress):
            progress.step(event)
            continue
        progress.clear()
        args.out.mkdir(parents=True, exist_ok=True)
        (args.out / "config.json").write_text(config.to_json() + "\n", encoding="utf-8")
        for name, table in tables(event).items():
            (args.out / f"{name}.csv").write_text(to_csv(table), encoding="utf-8")
        print(summary(event))
        print(f"Curves written to {args.out}/: {', '.join(tables(event))}.")
    return 0
