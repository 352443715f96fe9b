"""`python -m liquid export`: a saved run as a file for other programs."""

from __future__ import annotations

import argparse
from pathlib import Path

from liquid.cli.reading import say
from liquid.errors import LiquidError
from liquid.export.formats import FORMATS, formats_of
from liquid.learning.run import Run
from liquid.runs.format import from_files, read_folder
from liquid.runs.store import Store


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "Writes a saved run as a file for other programs. " + " ".join(
        f"{name}: {one.label}. {one.help}" for name, one in FORMATS.items()
    )
    parser.add_argument("run", metavar="RUN", help="a folder that train has written, or the id of a saved run")
    parser.add_argument("--as", dest="format", choices=FORMATS, required=True, help="what to write")
    parser.add_argument("--out", type=Path, metavar="FILE", help="file to write (default: named after the format)")


def command(args: argparse.Namespace) -> int:
    """Write one file. LiquidError if this run has no such format."""
    run = _opened(args.run)
    if args.format not in formats_of(run):
        raise LiquidError(
            f"{run.config.model} has no network to export: choose {', '.join(formats_of(run))}, or another run."
        )
    format = FORMATS[args.format]
    out = args.out or Path(format.file)
    content = format.write(run)
    out.write_bytes(content)
    say([f"Written to {out}, {len(content):,} bytes."])
    return 0


def _opened(name: str) -> Run:
    if Path(name).is_dir():
        return from_files(read_folder(Path(name)))[0]
    store = Store.open()
    try:
        return from_files(store.files(name))[0]
    finally:
        store.close()
