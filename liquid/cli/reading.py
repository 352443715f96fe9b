"""A series from the command line: a file, with what overrules the reader's guesses, or a built-in's name."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from liquid.errors import LiquidError
from liquid.series import builtin, csv
from liquid.series.options import DECIMALS, DELIMITERS, ReadOptions
from liquid.series.series import Series

WORDS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "bar": "|", "space": " ", "none": "", "point": "."}


def add_reader_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that overrule what the reader guesses about a file."""
    group = parser.add_argument_group("reading a file (guessed unless set)")
    group.add_argument("--delimiter", help=f"one of {', '.join(_words(DELIMITERS))}, or the character itself")
    group.add_argument("--decimal", help=f"one of {', '.join(_words(DECIMALS))}, or the character itself")
    group.add_argument(
        "--header", action=argparse.BooleanOptionalAction, default=None, help="whether the first row holds names"
    )
    group.add_argument("--time-column", metavar="NAME", help="a name, a position from 0, or none")
    group.add_argument(
        "--day-first", action=argparse.BooleanOptionalAction, default=None, help="whether 01/02 is the 1st of February"
    )
    group.add_argument("--encoding", help="such as utf-8, cp1252 or utf-16-le")


def read_series(source: str, args: argparse.Namespace) -> Series:
    """The series in a file, or the built-in one of that name. LiquidError if it is neither."""
    if Path(source).is_file():
        return csv.read(Path(source), options=_options(args))
    if source in builtin.names():
        return builtin.load(source)
    raise LiquidError(
        f"{source!r} is neither a file nor a built-in series: give a path, or one of {', '.join(builtin.names())}."
    )


def say(sentences: Iterable[str]) -> None:
    """Print a sentence a line, with nothing in it that moves a terminal's cursor: names in files are anybody's text."""
    for sentence in sentences:
        print("".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in sentence))


def _options(args: argparse.Namespace) -> ReadOptions:
    column = args.time_column
    return ReadOptions(
        delimiter=WORDS.get(args.delimiter, args.delimiter),
        decimal=WORDS.get(args.decimal, args.decimal),
        header=args.header,
        time_column=int(column) if column is not None and column.isdecimal() else column,
        day_first=args.day_first,
        encoding=args.encoding,
    )


def _words(signs: dict[str, str]) -> list[str]:
    return [word for word, sign in WORDS.items() if sign in signs and word != "\\t"]
