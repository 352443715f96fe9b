"""`python -m liquid series`: the built-in series."""

from __future__ import annotations

import argparse

from liquid.series import builtin


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "Lists the series that come with the project; train takes their names."


def command(args: argparse.Namespace) -> int:
    """Print a line for every built-in series."""
    entries = builtin.catalogue()
    width = max(len(entry.name) for entry in entries)
    for entry in entries:
        size = f"{entry.length:,} values, {entry.period}"
        print(f"{entry.name:<{width}}  {size:<36}  {entry.description}")
    return 0
