"""Text to cells: pandas parses, and what it objects to becomes a sentence with a line in it."""

from __future__ import annotations

import io
import re
import warnings

import pandas as pd
from pandas.errors import EmptyDataError, ParserError, ParserWarning

from liquid.errors import LiquidError
from liquid.series.reading.dialect import Dialect
from liquid.series.reading.numbers import MISSING
from liquid.series.reading.options import DELIMITERS, ONE_COLUMN

NEVER = "\x1f"  # the delimiter of a file with one column: a character that no line holds


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
                io.BytesIO(text),
                sep=NEVER if one else r"\s+" if dialect.delimiter == " " else dialect.delimiter,
                header=None,
                names=list(dialect.names),
                index_col=False,
                skiprows=dialect.skip,
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
    seen = -1
    for number, line in enumerate(text.split(b"\n")[dialect.skip :], dialect.skip + 1):
        seen += bool(keep_blank or line.strip())
        if seen == row:
            return number
    return dialect.skip + row + 1


def _explain(message: str, text: bytes, dialect: Dialect) -> str:
    words = DELIMITERS[dialect.delimiter]
    too_many = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", message)
    if too_many:
        expected, line, saw = too_many.groups()
        return (
            f"Line {line} has {saw} fields where the others have {expected}, with the {words} as delimiter: correct "
            "that line, put quotes around cells that hold the delimiter, or choose another delimiter."
        )
    quote = re.search(r"EOF inside string starting at row (\d+)", message)
    if quote:
        line = str(int(quote.group(1)) + 1)
        return f"A quote that opens in line {line} is never closed: close or delete it."
    if "loss of data" in message:
        return (
            f"Line {line_of(text, dialect, 0)} has more fields than the others, with the {words} as delimiter: correct "
            "that line, or choose another delimiter."
        )
    return f"The table cannot be parsed ({message.strip()[:200]}): choose another delimiter."
