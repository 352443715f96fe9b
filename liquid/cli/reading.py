"""A series from the command line: a file, with what overrules the reader's guesses, or a built-in's name."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from liquid.errors import LiquidError
from liquid.series import builtin
from liquid.series.reading import read
from liquid.series.reading.options import COMBINATIONS, DECIMALS, DELIMITERS, LAYOUTS, SENTINELS, UNREAD, ReadOptions
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
    group.add_argument("--names-line", type=int, metavar="N", help="the line, from 1, that holds the names")
    group.add_argument("--time-column", metavar="NAME", help="a name, a position from 0, or none")
    group.add_argument(
        "--day-first", action=argparse.BooleanOptionalAction, default=None, help="whether 01/02 is the 1st of February"
    )
    group.add_argument(
        "--calendar", metavar="LAYOUT", help="how dates are written, such as YYYYMM, or mm:ss for durations"
    )
    group.add_argument("--century", type=int, help="of the first year, if years have two digits, such as 1900")
    group.add_argument("--zone", help="where the clock of times without an offset stands, such as Europe/Berlin")
    group.add_argument("--encoding", help="such as utf-8, cp1252 or utf-16-le")
    group.add_argument("--sheet", metavar="NAME", help="of a workbook")
    group.add_argument("--layout", choices=LAYOUTS, help="; ".join(f"{way}: {words}" for way, words in LAYOUTS.items()))
    group.add_argument(
        "--series",
        metavar="KEY=LABEL",
        action="append",
        type=_pair,
        help="which of several series under one another, such as shop=1; repeat it for more keys",
    )
    group.add_argument("--combine", choices=COMBINATIONS, help="what becomes of several rows of one time")
    group.add_argument("--unread", choices=UNREAD, help="what becomes of many cells that hold no number")
    group.add_argument("--sentinels", choices=SENTINELS, help="whether -9999 and its like are values")


def read_series(source: str, args: argparse.Namespace) -> Series:
    """The series in a file, or the built-in one of that name. LiquidError if it is neither."""
    if Path(source).is_file():
        return read(Path(source), options=_options(args))
    if source in builtin.names():
        return builtin.load(source)
    raise LiquidError(
        f"{source!r} is neither a file nor a built-in series: give a path, or one of {', '.join(builtin.names())}."
    )


def say(sentences: Iterable[str]) -> None:
    """Print one sentence per line, without what moves a terminal's cursor: names in files are anybody's text."""
    for sentence in sentences:
        print("".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in sentence))


def _options(args: argparse.Namespace) -> ReadOptions:
    column = args.time_column
    return ReadOptions(
        delimiter=WORDS.get(args.delimiter, args.delimiter),
        decimal=WORDS.get(args.decimal, args.decimal),
        header=args.header,
        names_line=args.names_line,
        time_column=int(column) if column is not None and column.isdecimal() else column,
        day_first=args.day_first,
        calendar=args.calendar,
        century=args.century,
        zone=args.zone,
        encoding=args.encoding,
        sheet=args.sheet,
        layout=args.layout,
        series=tuple(args.series) if args.series else None,
        combine=args.combine,
        unread=args.unread,
        sentinels=args.sentinels,
    )


def _pair(text: str) -> tuple[str, str]:
    key, equals, label = text.partition("=")
    if not equals or not key.strip():
        raise argparse.ArgumentTypeError(f"{text!r} has no '=': write KEY=LABEL, such as shop=1")
    return key.strip(), label.strip()


def _words(signs: dict[str, str]) -> list[str]:
    return [word for word, sign in WORDS.items() if sign in signs and word != "\\t"]
