"""The noise study from the command line: `python -m liquid tau`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields
from pathlib import Path

from liquid.dynamics import pretrained as shipped
from liquid.dynamics.weights import Floats, LayerWeights
from liquid.errors import LiquidError
from liquid.series import builtin
from liquid.series.export import to_csv
from liquid.studies.noise.response import Response
from liquid.studies.noise.signal import Signal
from liquid.studies.noise.study import LIMITS, PLACES, NoiseConfig, noise_response, rate_response, sentence
from liquid.studies.progress import Step

LAYERS = ("trained", "fresh")


def subject(layer: str, series: str, length: int, state_size: int = 32, seed: int = 0) -> tuple[LayerWeights, Signal]:
    """A layer and a built-in series as it reads it: "trained" is the shipped one, "fresh" an untrained draw."""
    if layer not in LAYERS:
        raise LiquidError(f"layer={layer!r} is not known; choose one of {', '.join(LAYERS)}.")
    if length < 2 or state_size < 1:
        raise LiquidError(f"length={length}, state_size={state_size}: 2 samples or more, and a neuron or more.")
    if layer == "fresh":
        return LayerWeights.fresh(1, state_size, seed=seed), Signal(clean_values(series, length))
    found = shipped.load("lorenz")
    return found.weights, Signal(clean_values(series, length), found.change_gain)


def clean_values(series: str, length: int) -> Floats:
    """One column of a built-in series, in standard deviations: `[time, 1]`.

    Generated series keep their clean values behind the observed ones; the noise is what the study adds.
    """
    values = builtin.load(series).values
    column = values[:length, 1] if series in builtin.MADE and values.shape[1] > 1 else values[:length, 0]
    scaled: Floats = (column - column.mean())[:, None] / (float(column.std()) or 1.0)
    return scaled


def add_tau_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m liquid tau`: a layer, a series, and every setting of the study."""
    parser.description = "How does tau_sys answer noise and speed? Prints the answer, writes a CSV of all neurons."
    parser.add_argument("--layer", choices=LAYERS, default="trained", help="the shipped trained layer, or a fresh one")
    parser.add_argument("--state-size", type=int, default=32, help="neurons of a fresh layer (default: 32)")
    parser.add_argument("--series", default="lorenz", help=f"a built-in series: {', '.join(builtin.names())}")
    parser.add_argument("--length", type=int, default=300, help="samples of it that are run (default: 300)")
    parser.add_argument("--place", choices=PLACES, default="everywhere", help="where the noise falls")
    for name in LIMITS:
        default = getattr(NoiseConfig(), name)
        option = "--" + name.replace("_", "-")
        low, high = LIMITS[name]
        parser.add_argument(
            option, type=type(default), default=default, help=f"{low:g} to {high:g} (default: {default:g})"
        )
    parser.add_argument("--out", type=Path, default=None, help="a CSV file for the neurons")


def tau_command(args: argparse.Namespace) -> int:
    """Run the study and print its answer. LiquidError on settings that make no study."""
    given = {field.name: getattr(args, field.name) for field in fields(NoiseConfig) if hasattr(args, field.name)}
    config = NoiseConfig(**given)
    weights, signal = subject(args.layer, args.series, args.length, args.state_size, args.seed)
    for event in noise_response(weights, signal, config):
        if isinstance(event, Step):
            print(f"\r\033[K{event.doing}", end="", file=sys.stderr, flush=True)
        else:
            print("\r\033[K", end="", file=sys.stderr)
            _tell(weights, signal, config, event, args.out)
    return 0


def _tell(weights: LayerWeights, signal: Signal, config: NoiseConfig, response: Response, out: Path | None) -> None:
    print(sentence(response, config))
    if response.r2 is not None:
        print(f"R2 of the theory over neurons: {response.r2:.3f} ({response.repetitions} antithetic pairs of runs).")
    if config.rate != 1 and config.place != "spike":
        fast = rate_response(weights, signal, config)
        print(f"Played {config.rate:g} times as fast, at the same noise, it changes by {fast.percent:+.2f} %.")
    if out is not None:
        out.write_text(to_csv(response.table()), encoding="utf-8")
        print(f"All neurons written to {out}.")
