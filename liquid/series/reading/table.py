"""Text to cells: pandas parses, and what it objects to becomes a sentence with a line in it."""

from __future__ import annotations

import csv
import io
import re
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
from pandas.errors import EmptyDataError, ParserError, ParserWarning

from liquid.errors import LiquidError
from liquid.series.reading.dialect import Dialect
from liquid.series.reading.numbers import MISSING
from liquid.series.reading.options import DELIMITERS, ONE_COLUMN
from liquid.series.words import counted

NEVER = "\x1f"  # the delimiter of a file with one column: a character that no line holds
MOST_NAMED = 10_000  # short rows
MOST_SHORT = 0.01  # of rows divided by spaces: with a field missing it cannot be known which one


def parse(
    text: bytes, dialect: Dialect, decimal: str, *, as_text: bool = False, rows: int | None = None
) -> pd.DataFrame:
    """The cells of a table: numeric columns where every cell is a number under this decimal sign, else text.

    `as_text` keeps every column as text; `rows` reads the first ones only. LiquidError for rows with too many fields,
    or a quote that is never closed.
    """
    one = dialect.delimiter == ONE_COLUMN
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ParserWarning)
            table = pd.read_csv(
                io.BytesIO(text[dialect.body]),
                sep=NEVER if one else r"\s+" if dialect.delimiter == " " else dialect.delimiter,
                quotechar=dialect.quote,
                header=None,
                names=list(dialect.names),
                index_col=False,
                skip_blank_lines=not one,  # a blank line in a file of one column is a missing value
                skipinitialspace=True,
                na_values=sorted(MISSING),
                keep_default_na=False,
                decimal=decimal,
                dtype="str" if as_text else None,
                low_memory=False,
                nrows=rows,
            )
    except EmptyDataError as error:
        raise LiquidError("The file holds names but no rows: add a row of numbers for each time.") from error
    except (ParserError, ParserWarning) as error:
        raise LiquidError(_explain(str(error), text, dialect)) from error
    return table


def line_of(text: bytes, dialect: Dialect, row: int) -> int:
    """The line of the file, from 1, that a row of the table stands in."""
    keep_blank = dialect.delimiter == ONE_COLUMN
    body = text[dialect.body]
    if dialect.quote.encode() in body and not keep_blank and dialect.delimiter != " ":
        lines = body.decode(errors="replace").split("\n")
        reader = csv.reader((line + "\n" for line in lines), delimiter=dialect.delimiter, quotechar=dialect.quote)
        begun, seen = 0, -1
        try:
            for fields in reader:
                seen += bool(fields)
                if seen == row:
                    return dialect.first_line + begun + 1
                begun = reader.line_num
        except csv.Error:
            pass
        return dialect.first_line + row + 1
    seen = -1
    for number, line in enumerate(body.split(b"\n"), dialect.first_line + 1):
        seen += bool(keep_blank or line.strip())
        if seen == row:
            return number
    return dialect.first_line + row + 1


def without_repeated_names(text: bytes, dialect: Dialect) -> tuple[bytes, Dialect, tuple[str, ...]]:
    """The text without rows of names among the rows, as in joined files; a second table under a title is cut off."""
    head = [line.strip() for line in text[: dialect.body.start].split(b"\n")]
    mark = dialect.delimiter.encode() or b" "
    names = next((line for line in reversed(head) if line.count(mark) == len(dialect.names) - 1 > 0), b"")
    body = text[dialect.body]
    if not re.search(rb"[A-Za-z\x80-\xff]", names) or names not in body:
        return text, dialect, ()
    lines = body.split(b"\n")
    at = [number for number, line in enumerate(lines) if line.strip() == names]
    titled = next((number for number in at if _is_title(lines[number - 1], mark)), len(lines))
    for number in at:
        lines[number] = b" " * len(lines[number])  # so that all others stay where they are
    whole = text[: dialect.body.start] + b"\n".join(lines) + text[dialect.body.stop :]
    notes = []
    joined = sum(number < titled for number in at)
    if joined:
        notes.append(f"{counted(joined, 'row')} that repeat the names were left out.")
    if titled < len(lines):
        line = dialect.first_line + titled
        notes.append(f"A second table under the title in line {line} was left out.")
        stop = dialect.body.start + len(b"\n".join(lines[: titled - 1]))
        dialect = replace(dialect, body=slice(dialect.body.start, stop))
    return whole, dialect, tuple(notes)


def _is_title(line: bytes, mark: bytes) -> bool:
    return bool(line.strip()) and mark not in line.strip()


def short_lines(text: bytes, dialect: Dialect) -> list[int]:
    """The lines, from 1, with fewer fields than names. Rows with quotes are not counted."""
    width, body = len(dialect.names), text[dialect.body]
    if width == 1:
        return []
    if dialect.delimiter == " ":
        counts = np.array([len(line.split()) for line in body.split(b"\n")]) if b'"' not in body else np.zeros(0)
        return [dialect.first_line + 1 + int(i) for i in np.flatnonzero((counts > 0) & (counts < width))]
    data = np.frombuffer(body, dtype=np.uint8)
    ends = np.append(np.flatnonzero(data == ord("\n")), len(data))
    marks = np.flatnonzero(data == ord(dialect.delimiter))
    counts = np.diff(np.searchsorted(marks, ends), prepend=0)
    starts = np.concatenate([[0], ends[:-1] + 1])
    few = np.flatnonzero((counts < width - 1) & (ends > starts))[:MOST_NAMED]
    rows = [(int(i), body[starts[i] : ends[i]]) for i in few]
    return [dialect.first_line + 1 + i for i, row in rows if row.strip() and dialect.quote.encode() not in row]


def without_short_rows(text: bytes, dialect: Dialect, short: list[int]) -> bytes:
    """The text with the short lines blanked. LiquidError where there are too many.

    Between runs of spaces an empty cell leaves no trace, so that what follows it would shift.
    """
    rows = text[dialect.body].count(b"\n") + 1
    if len(short) > max(MOST_SHORT * rows, 1):
        raise LiquidError(
            f"{counted(len(short), 'line')} of {rows:,} have fewer fields than the others, such as line {short[0]}, "
            "and between spaces it cannot be known which one is missing: use another delimiter than spaces."
        )
    lines = text.split(b"\n")
    for number in short:
        lines[number - 1] = b" " * len(lines[number - 1])
    return b"\n".join(lines)


def _explain(message: str, text: bytes, dialect: Dialect) -> str:
    words = DELIMITERS[dialect.delimiter]
    too_many = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", message)
    if too_many:
        expected, line, saw = too_many.groups()
        return (
            f"Line {int(line) + dialect.first_line} has {saw} fields where the others have {expected}, with the "
            f"{words} as delimiter: correct that line, put quotes around cells that hold the delimiter, or choose "
            "another delimiter."
        )
    quote = re.search(r"EOF inside string starting at row (\d+)", message)
    if quote:
        line = str(int(quote.group(1)) + 1 + dialect.first_line)
        return f"A quote that opens in line {line} is never closed: close or delete it."
    if "loss of data" in message:
        return (
            f"Line {line_of(text, dialect, 0)} has more fields than the others, with the {words} as delimiter: correct "
            "that line, or choose another delimiter."
        )
    return f"The table cannot be parsed ({message.strip()[:200]}): choose another delimiter."
