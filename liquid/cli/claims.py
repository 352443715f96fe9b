"""`python -m liquid claims`: the article claim by claim, every number made again from nothing."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from liquid.errors import LiquidError
from liquid.studies import stored
from liquid.studies.claims.catalogue import CLAIMS, claim
from liquid.studies.claims.study import NAME, ClaimResult, ClaimsConfig, load, measure, save

WIDTH = 76


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the claims command."""
    parser.description = (
        "Measures the claims of the article series again and prints a verdict on each, computed from the numbers. "
        f"The whole is written to data/results/{NAME}.json; a quick look is written only where --out says so."
    )
    parser.add_argument("--quick", action="store_true", help="less of everything: under two minutes, wider intervals")
    parser.add_argument(
        "--only", action="append", choices=list(CLAIMS), default=[], help="one claim; may be given several times"
    )
    parser.add_argument("--seed", type=int, default=0, help="of all chance (default: 0)")
    parser.add_argument("--out", type=Path, default=None, help=f"folder for {NAME}.json; claims already in it stay")


def command(args: argparse.Namespace) -> int:
    """Measure, print and store. LiquidError on settings that make no study."""
    torch.set_num_threads(1)  # the networks are small: threads would only get into each other's way
    config = ClaimsConfig(quick=args.quick, only=tuple(args.only), seed=args.seed)
    folder = args.out or (None if config.quick else stored.FOLDER)
    results = _kept(folder)
    for event in measure(config):
        if isinstance(event, ClaimResult):
            results[event.id] = event
            _clear()
            print(_told(event), flush=True)
            if folder is not None:
                save(results, folder)
        elif sys.stderr.isatty():
            text = f"{event.place + 1}/{event.claims} {event.id} {100 * event.share:.0f} %: {event.doing}"
            print(f"\r\033[K{text[:WIDTH]}", end="", file=sys.stderr, flush=True)
    if folder is not None:
        print(f"Written to {folder / NAME}.json.")
    return 0


def _kept(folder: Path | None) -> dict[str, ClaimResult]:
    """What is there already: claims that are not measured now stay as they were."""
    if folder is None or not (folder / f"{NAME}.json").exists():
        return {}
    try:
        return load(folder)
    except LiquidError as problem:
        print(f"{problem} It is written anew.", file=sys.stderr)
        return {}


def _clear() -> None:
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def _told(result: ClaimResult) -> str:
    lines = [f"{result.id}: {result.verdict}. {claim(result.id).words}"]
    lines += [f"    {one.text}: {one.number} (asked: {one.asked}) {one.outcome}" for one in result.checks]
    return "\n".join([*lines, f"    {result.why} ({result.seconds:.0f} s)", ""])
