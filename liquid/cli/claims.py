"""`python -m liquid claims`: the article claim by claim, every number made again from nothing."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from liquid.cli.interrupt import INTERRUPTED, stop_at_interrupt
from liquid.cli.progress import wait_for_scan
from liquid.cli.workers import add_workers, one_thread_each
from liquid.engine import Stop, chosen_engine
from liquid.errors import LiquidError
from liquid.studies import stored
from liquid.studies.claims.catalogue import CLAIMS, claim
from liquid.studies.claims.study import NAME, ClaimResult, ClaimsConfig, load, measure, measured, save


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the claims command."""
    parser.description = (
        "Measures the claims of the article series again and prints a verdict on each, computed from the numbers. "
        f"The whole is written to data/results/{NAME}.json; a quick look is written only if --out says so."
    )
    parser.add_argument("--quick", action="store_true", help="less of everything: under two minutes, wider intervals")
    parser.add_argument(
        "--only", action="append", choices=list(CLAIMS), default=[], help="one claim; may be given several times"
    )
    parser.add_argument("--seed", type=int, default=0, help="of everything random (default: 0)")
    add_workers(parser, "claims at a time")
    parser.add_argument("--out", type=Path, default=None, help=f"folder for {NAME}.json; claims already in it stay")


def command(args: argparse.Namespace) -> int:
    """Measure, print and store. LiquidError on settings that make no study. Ctrl-C keeps what is measured: 130."""
    one_thread_each(args.workers)
    wait_for_scan()
    config = ClaimsConfig(quick=args.quick, only=tuple(args.only), seed=args.seed)
    folder = args.out or (None if config.quick else stored.FOLDER)
    results = _stored(folder)
    with stop_at_interrupt() as stop:
        for result in _measured(config, args.workers, stop.is_set):
            results[result.id] = result
            print(_text(result), flush=True)
            if folder is not None:
                save(results, folder)
        if folder is not None:
            if not (config.only or stop.is_set()):
                stored.record(NAME, measure.__module__, folder)
            print(f"Written to {folder / NAME}.json.")
        return INTERRUPTED if stop.is_set() else 0


def _measured(config: ClaimsConfig, workers: int, stop: Stop) -> Iterator[ClaimResult]:
    """Results as they come, over processes; a single claim is measured here, so that no process has to start."""
    if workers == 1 or len(config.claims) == 1:
        yield from (event for event in measure(config, stop) if isinstance(event, ClaimResult))
        return
    print(f"{len(config.claims)} claims, {workers} at a time.", file=sys.stderr)
    engine = chosen_engine(workers)
    try:
        yield from (result for _, result in engine.results(measured, config.claims, stop))
    finally:
        engine.close()


def _stored(folder: Path | None) -> dict[str, ClaimResult]:
    """What is there already: claims that are not measured now stay as they were."""
    if folder is None or not (folder / f"{NAME}.json").exists():
        return {}
    try:
        return load(folder)
    except LiquidError as problem:
        print(f"{problem} It is written anew.", file=sys.stderr)
        return {}


def _text(result: ClaimResult) -> str:
    one = claim(result.id)
    by = f" ({one.cited})" if one.paper else ""
    lines = [f"{result.id}: {result.verdict}. {one.words}{by}"]
    lines += [f"    {result.on_training}"] if result.on_training else []
    lines += [f"    {it.text}: {it.number} ({it.required} required) {it.outcome}" for it in result.checks]
    return "\n".join([*lines, f"    {result.why} ({result.seconds:.0f} s)", ""])
