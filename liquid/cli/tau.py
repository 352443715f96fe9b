"""`python -m liquid tau`: how does tau_sys respond to noise and speed?"""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path

from liquid.cli import progress
from liquid.dynamics.weights import LayerWeights
from liquid.series import builtin
from liquid.series.export import to_csv
from liquid.studies.noise.judged import answer
from liquid.studies.noise.response import Response
from liquid.studies.noise.signal import LAYERS, Signal, subject
from liquid.studies.noise.study import LIMITS, PLACES, NoiseConfig, noise_response, rate_response
from liquid.studies.progress import StudyProgress


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "How does tau_sys respond to noise and speed? Prints the answer, writes a CSV of all neurons."
    parser.add_argument("--layer", choices=LAYERS, default="trained", help="the pretrained layer, or a fresh one")
    parser.add_argument("--state-size", type=int, default=32, help="neurons of a fresh layer (default: 32)")
    parser.add_argument("--series", default="lorenz", help=f"a built-in series: {', '.join(builtin.names())}")
    parser.add_argument("--length", type=int, default=300, help="samples of it to run (default: 300)")
    parser.add_argument("--place", choices=PLACES, default=NoiseConfig.place, help="where the noise falls")
    for name, (low, high) in LIMITS.items():
        default = getattr(NoiseConfig, name)
        parser.add_argument(
            "--" + name.replace("_", "-"),
            type=type(default),
            default=default,
            help=f"{low:g} to {high:g} (default: {default:g})",
        )
    parser.add_argument("--out", type=Path, help="a CSV file for the neurons")


def command(args: argparse.Namespace) -> int:
    """Run the study and print its answer. LiquidError if the settings make no study."""
    config = NoiseConfig(
        **{field.name: getattr(args, field.name) for field in fields(NoiseConfig) if hasattr(args, field.name)}
    )
    weights, signal = subject(args.layer, args.series, args.length, args.state_size, args.seed)
    for event in noise_response(weights, signal, config):
        if isinstance(event, StudyProgress):
            progress.step(event)
        else:
            progress.clear()
            _print(weights, signal, config, event)
            if args.out is not None:
                args.out.write_text(to_csv(event.table()), encoding="utf-8")
                print(f"All neurons written to {args.out}.")
    return 0


def _print(weights: LayerWeights, signal: Signal, config: NoiseConfig, response: Response) -> None:
    print(answer(response, config))
    if response.r2 is not None:
        print(f"R2 of the theory over neurons: {response.r2:.3f} ({response.repetitions} antithetic pairs of runs).")
    elif response.theory is None and config.place != "spike":
        print("The noise theory does not hold for this layer and noise: this is the simulation alone.")
    if config.rate != 1 and config.place != "spike":
        fast = rate_response(weights, signal, config)
        print(f"Played {config.rate:g} times as fast, at the same noise, the change is {fast.percent:+.2f} %.")
