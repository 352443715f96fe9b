"""Tables out: CSV text that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from liquid.errors import LiquidError

# A text cell that starts so is a formula to a spreadsheet; the apostrophe makes it text again.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
BLANKS = " \u00a0\u3000"


def to_csv(columns: Mapping[str, ArrayLike]) -> str:
    """Named columns of one length as CSV text: numbers at full precision, missing ones empty, text formula-safe.

    A number stays a number, also a negative one; only text (names too) that starts as a formula gets an apostrophe.
    Dates are written as ISO 8601. LiquidError if the columns differ in length.
    """
    arrays = {name: np.asarray(column) for name, column in columns.items()}
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise LiquidError(f"Columns of different lengths ({lengths}) do not make a table: give all one length.")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([safe_cell(name) for name in arrays])
    writer.writerows(zip(*(_cells(array) for array in arrays.values()), strict=True))
    return out.getvalue()


def safe_cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula; line ends become newlines, which a quoted cell may hold."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if text.lstrip(BLANKS).startswith(FORMULA_STARTS) else text


def _cells(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> list[str]:
    if array.dtype.kind == "M":
        return ["" if np.isnat(stamp) else str(stamp) for stamp in array]
    return [_cell(value) for value in array.tolist()]


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool | int | float):
        return repr(value)
    return safe_cell(str(value))
