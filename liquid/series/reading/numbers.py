"""What a cell of a table can be: missing, a number in one of two notations, or text."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liquid.series.reading.options import DECIMALS, Guess
from liquid.series.series import Floats
from liquid.series.words import listed

Rows = NDArray[np.intp]

_WORDS = ("na", "n/a", "#n/a", "nan", "null", "none", "nil", "missing", "n.a.", "nd", "#na", "#value!", "#div/0!")
_SIGNS = ("", "-", "--", "---", "?", ".", "..", "*", "–", "—", "\\N", "<NA>", "-nan")
MISSING = (
    frozenset(_SIGNS) | {form for word in _WORDS for form in (word, word.upper(), word.capitalize())} | {"NaN", "N/a"}
)

_EXPONENT = r"(?:[eE][+-]?\d+)?"
_SPACES = " '’\u00a0\u202f\u2009"  # the characters themselves: Arrow's regular expressions know no such escapes
_SPACED = rf"[1-9]\d{{0,2}}(?:[{_SPACES}]\d{{3}})+"
# Thousands come in groups of three behind a first group that does not start with 0: 0,512 is no thousand.
POINT = rf"[+-]?(?:(?:\d+|[1-9]\d{{0,2}}(?:,\d{{3}})+|{_SPACED})(?:\.\d*)?|\.\d+){_EXPONENT}"
COMMA = rf"[+-]?(?:(?:\d+|[1-9]\d{{0,2}}(?:\.\d{{3}})+|{_SPACED})(?:,\d*)?|,\d+){_EXPONENT}"
NUMBER = re.compile(rf"{POINT}|{COMMA}|[+-]?inf(?:inity)?", re.IGNORECASE)
_MILLS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")

ENOUGH = 0.8  # a column is one of numbers (or dates) when so many of its cells are; the rest is said and left out


def is_missing(cell: str) -> bool:
    return cell.strip() in MISSING


def is_number(cell: str) -> bool:
    """Whether a cell is a number under either decimal sign."""
    return NUMBER.fullmatch(cell.strip()) is not None


@dataclass(frozen=True)
class Numbers:
    """A column as numbers, `[row]` with NaN for missing ones, and the rows whose cells were something else."""

    values: Floats
    strange: Rows
    infinite: int
    grouped: bool = False


def to_numbers(column: pd.Series, decimal: str) -> Numbers:
    """Every cell of a column as a number under one decimal sign, thousands separators removed."""
    if column.dtype.kind in "iufb":
        values = column.to_numpy(dtype=np.float64, copy=True)
        return Numbers(*_finite(values, np.zeros(0, dtype=np.intp)))
    text = as_text(column)
    present = text.notna()
    fits = text.str.fullmatch(POINT if decimal == "." else COMMA).fillna(False).astype(bool)
    endless = text.str.fullmatch(r"(?i)[+-]?inf(?:inity)?").fillna(False).astype(bool)
    group = "," if decimal == "." else "."
    plain = text.where(fits | endless).str.replace(rf"[{re.escape(group)}{_SPACES}]", "", regex=True)
    grouped = bool((plain.str.len() != text.where(fits | endless).str.len()).where(plain.notna(), False).any())
    if decimal == ",":
        plain = plain.str.replace(",", ".", regex=False)
    values = pd.to_numeric(plain, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan).copy()
    strange = np.flatnonzero((present & ~fits & ~endless).to_numpy(dtype=bool))
    return Numbers(*_finite(values, strange), grouped)


def as_text(column: pd.Series) -> pd.Series:
    """A column's cells as stripped text, missing spellings as missing."""
    text = column.astype("str").where(column.notna()).str.strip()
    return text.where(~text.isin(list(MISSING)))


def _finite(values: Floats, strange: Rows) -> tuple[Floats, Rows, int]:
    infinite = np.isinf(values)
    values[infinite] = np.nan
    return values, strange, int(infinite.sum())


def find_decimal(table: pd.DataFrame, sample: pd.DataFrame, delimiter: str, given: str | None) -> Guess:
    """The file's decimal sign, from every cell: the sign under which more cells are numbers.

    `table` is parsed with a decimal point, so columns of plain numbers are numeric in it already; `sample` holds the
    first rows as text. Where both signs read every cell but differ (1,234), a rule decides and the guess is doubtful.
    """
    choices = tuple(DECIMALS.items())
    if given is not None:
        return Guess("decimal", given, f"The decimal sign is a {DECIMALS[given]}, as you said.", choices, given=True)
    point = comma = 0
    unclear: list[tuple[object, str]] = []  # a column and the mark in it, which separates decimals or thousands
    for name in table.columns:
        column = table[name]
        if column.dtype.kind == "f" and not _could_be_thousands(column, sample[name]):
            point += int((column % 1 != 0).sum())
        elif column.dtype.kind == "f":
            unclear.append((name, "."))
        elif column.dtype.kind not in "iub":
            text = as_text(column)
            some = text.dropna().iloc[:: max(len(text) // 200, 1)]
            if not any(map(is_number, some)):
                continue  # dates or words
            reads = [int(text.str.fullmatch(sign).fillna(False).astype(bool).sum()) for sign in (POINT, COMMA)]
            if max(reads) < ENOUGH * max(int(text.notna().sum()), 1):
                continue
            point, comma = point + reads[0], comma + reads[1]
            mark = text.str.contains(r"[.,]", regex=True).fillna(False).astype(bool)
            if reads[0] == reads[1] and mark.any():
                unclear.append((name, "," if "," in text[mark].iloc[0] else "."))
    if point != comma:
        sign = "." if point > comma else ","
        if sign == "." and comma == 0 and not unclear:
            return Guess("decimal", sign, "Numbers have a decimal point.", choices)
        return Guess(
            "decimal", sign, f"Numbers were read with a decimal {DECIMALS[sign]}: it fits more cells.", choices
        )
    if not unclear:
        return Guess("decimal", ".", "Every number is whole, so the decimal sign does not matter.", choices)
    # Thousands with a point are rarer than three decimals; a semicolon is the delimiter of decimal commas.
    sign = "," if delimiter == ";" and any(mark == "," for _, mark in unclear) else "."
    sentence = (
        f"Whether the separator in {listed([name for name, _ in unclear])} marks decimals or thousands cannot be told "
        f"from the file: a decimal {DECIMALS[sign]} was assumed; choose the decimal sign to overrule."
    )
    return Guess("decimal", sign, sentence, choices, doubtful=True)


# 1.234, 56.789, …: three digits behind the point in every cell, and never a number below 1
def _could_be_thousands(column: pd.Series, sample: pd.Series) -> bool:
    text = as_text(sample).dropna()
    if text.empty or not all(_MILLS.fullmatch(cell) for cell in text):
        return False
    values = np.abs(column.dropna().to_numpy(dtype=np.float64))
    return bool(
        np.all((values >= 1) & (values < 1000)) and np.allclose(values * 1000, np.round(values * 1000), rtol=1e-12)
    )
