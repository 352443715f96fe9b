"""Numbers as people write them: decimal point or comma, thousands, six kinds of minus, units, percent, millions.

A column decides: one decimal sign, one unit. What cannot be read is counted by its form, never dropped in silence.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from liquid.series.reading.options import DECIMALS, Guess
from liquid.series.series import Floats
from liquid.series.words import legible, listed

Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]

_WORDS = (
    "na", "n/a", "#n/a", "nan", "null", "none", "nil", "missing", "n.a.", "nd", "n.d.", "n/d", "#na", "#value!",
    "#div/0!", "#ref!", "#nv", "#n/d", "k.a.", "k. a.", "n.v.", "s/d", "tbd", "void", "fehlt",
)  # fmt: skip
_FORMS = {form for word in _WORDS for form in (word, word.upper(), word.capitalize())} | {"NaN", "N/a", "k.A.", "k. A."}
MISSING = frozenset(_FORMS) | {"", "\\N", "<NA>", "-nan", "-nan(ind)"}
_NOTHING = r"[^\p{L}\p{N}]*"  # neither a letter nor a digit: -, ..., ?, :

_EXPONENT = r"(?:[eE][+-]?\d+)?"
_SPACES = " '’\u00a0\u202f\u2009"  # the characters themselves: Arrow's regular expressions know no such escapes
_SPACED = rf"[1-9]\d{{0,2}}(?:[{_SPACES}]\d{{3}})+"
# Thousands come in groups of three behind a first group that does not start with 0: 0,512 is no thousand.
_LAKHS = r"[1-9]\d?(?:,\d{2})+,\d{3}"  # 1,20,500
_BODIES = {
    ".": rf"(?:(?:\d+|{_LAKHS}|[1-9]\d{{0,2}}(?:,\d{{3}})+|{_SPACED})(?:\.\d*)?|\.\d+){_EXPONENT}",
    ",": rf"(?:(?:\d+|[1-9]\d{{0,2}}(?:\.\d{{3}})+|{_SPACED})(?:,\d*)?|,\d+){_EXPONENT}",
}
PLAIN = {sign: f"[+-]?{body}" for sign, body in _BODIES.items()}
_ENDLESS = r"[+-]?[iI][nN][fF](?:[iI][nN][iI][tT][yY])?"
_MINUS = "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"  # hyphens, figure dash, en dash, minus, small and full-width ones
_MONEY = "$€£¥₹₽₩₺₴₫₪฿¢"
_CODES = (
    "USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR|RUB|TRY|KRW|HKD|SGD|THB|ILS|Rs\\.?"
)
_LETTER = f"A-Za-zµμΩÅ°%‰′″{_MONEY}"
_WORD = rf"[{_LETTER}](?:[{_LETTER}/·.^*²³⁻¹-]|m[23])*"
# A number as a price, a share or a measurement: [(][-][$][-]1,234.5[ %][-][)]
_DRESSED = {
    sign: rf"\(?[{_SPACES}]?[+-]?[{_SPACES}]?(?:[A-Z]{{0,3}}[{_MONEY}]|{_CODES}|)[{_SPACES}]?(?:[+-]|\()?{body}"
    rf"(?:[{_SPACES}]?{_WORD}(?: {_WORD})?)?[{_SPACES}]?[+-]?\)?"
    for sign, body in _BODIES.items()
}
_PARTS = re.compile(rf"^(?P<head>[^0-9.,]*)(?P<body>[0-9.,](?:[{_SPACES}]?[0-9.,])*(?:[eE][+-]?[0-9]+)?)(?P<tail>.*)$")
NUMBER = re.compile("|".join([*PLAIN.values(), _ENDLESS]), re.IGNORECASE)
_ANY_DRESSED = re.compile("|".join(_DRESSED.values()))
_MILLS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
_PADDED = re.compile(r"[+-]?0\d+,\d+")  # 0042,1 may as well be two fields in one
_SCALES = {
    "k": 1e3, "K": 1e3, "M": 1e6, "m": 1e6, "B": 1e9, "b": 1e9, "bn": 1e9, "Bn": 1e9, "T": 1e12, "mn": 1e6,
    "Mio": 1e6, "Mio.": 1e6, "Mrd": 1e9, "Mrd.": 1e9, "thousand": 1e3, "million": 1e6, "billion": 1e9,
}  # fmt: skip
_ALSO_UNITS = {"k", "K", "m", "b", "T"}  # kelvin, metre, bit, tesla: a scale among others, or (not m) at the digits

APART = 1.0  # powers of ten between numbers with a unit and those without, from which they are not of one unit
ENOUGH = 0.5  # a column is one of numbers when so many of its cells are; the others are a question
FEW = 2_000  # cells: as many are matched one by one in less time than Arrow needs to compile the expression
LONGEST = 400  # characters of a cell that Python's backtracking expressions see
MOSTLY = 0.8  # of the cells, from which a column has a say in the decimal sign
MOST_UNREAD = 0.01  # of the cells of a column of numbers; more may not be counted as missing unasked


def is_missing(cell: str) -> bool:
    return cell.strip() in MISSING or not any(map(str.isalnum, cell[:200]))


def is_number(cell: str) -> bool:
    """Whether a cell is a number under either decimal sign, with a unit or without."""
    cell = cell.strip()
    if NUMBER.fullmatch(cell):
        return True
    cell = re.sub(f"[{_MINUS}]", "-", cell) if len(cell) < 60 else ""
    found = _PARTS.match(cell) if _ANY_DRESSED.fullmatch(cell) else None
    return found is not None and _dress(found["head"], found["tail"]) is not None


@dataclass(frozen=True)
class Numbers:
    """A column as numbers, `[row]` with NaN for missing ones; the rows whose cells were something else; what was said.

    `unit` is what stood beside the numbers; `bare` counts the cells in which it did not.
    """

    values: Floats
    strange: Rows
    infinite: int = 0
    grouped: bool = False
    unit: str = ""
    bare: int = 0

    @property
    def known(self) -> int:
        return int(np.isfinite(self.values).sum())


def to_numbers(column: pd.Series, decimal: str) -> Numbers:
    """Every cell of a column as a number under one decimal sign, thousands separators and units removed."""
    if column.dtype.kind in "iufb":
        return _finished(column.to_numpy(dtype=np.float64, copy=True), np.zeros(0, dtype=np.intp))
    text = as_text(column)
    present = _mask(text.notna())
    plain = _fullmatch(text, PLAIN[decimal]) | _fullmatch(text, _ENDLESS)
    values, grouped = _digits(text.where(plain), decimal)
    rest = np.flatnonzero(present & ~plain)
    if len(rest) == 0:
        return _finished(values, rest, grouped)
    read, unit, grouped_too = _undress(text.iloc[rest], decimal, int(plain.sum()))
    values[rest] = read
    if unit and _are_apart(values[plain], read):  # 12 % beside 0.12
        values[plain] = np.nan
        return _finished(values, np.flatnonzero(present & np.isnan(values)), grouped or grouped_too, unit)
    bare = int(plain.sum()) if unit else 0
    return _finished(values, rest[np.isnan(read)], grouped or grouped_too, unit, bare)


def _are_apart(bare: Floats, dressed: Floats) -> bool:
    """Whether numbers without a unit can hardly have that of the others: all of them are much smaller, or larger."""
    one, other = (np.abs(values[np.isfinite(values) & (values != 0)]) for values in (bare, dressed))
    if not len(one) or not len(other):
        return False
    apart = one.max() < other.min() or other.max() < one.min()
    return bool(apart and abs(np.log10(np.median(one) / np.median(other))) >= APART)


def as_text(column: pd.Series) -> pd.Series:
    """A column's cells as stripped text, missing spellings as missing."""
    if not isinstance(column.dtype, pd.StringDtype):
        column = column.astype("str").where(column.notna())
    if len(column) <= FEW:
        cells = [None if not isinstance(cell, str) or is_missing(cell) else cell.strip() for cell in column.tolist()]
        return pd.Series(cells, index=column.index, name=column.name, dtype="str")
    text = column.astype("str").where(column.notna()).str.strip()
    return text.where(~text.isin(list(MISSING)) & ~_fullmatch(text, _NOTHING))


def describe_forms(cells: pd.Series, most: int = 3) -> str:
    """Unread cells by their form: "12 of the form '<9', such as '<0.5', '<0.1'"; the commonest form only."""
    forms = Counter(_form(str(cell)) for cell in cells)
    form, count = forms.most_common(1)[0]
    examples = list(dict.fromkeys(legible(str(cell), 40) for cell in cells if _form(str(cell)) == form))[:most]
    others = f"; {len(forms) - 1} other forms" if len(forms) > 2 else "; 1 other form" if len(forms) == 2 else ""
    shape = f"{count:,} of the form '{form}', " if form not in examples else ""
    return f"{shape}such as {listed(examples, most)}{others}"


def _form(cell: str) -> str:
    return legible(re.sub(r"\d+(?:[.,]\d+)*", "9", cell[:200]), 30)


def find_decimal(table: pd.DataFrame, sample: pd.DataFrame, delimiter: str, given: str | None) -> Guess:
    """The file's decimal sign, from every cell: the sign under which more cells are numbers.

    `table` is parsed with a decimal point, so columns of plain numbers are numeric in it already; `sample` holds the
    first rows as text. Where both signs read every cell but differ (1,234), a rule decides and the guess is doubtful.
    """
    choices = tuple(DECIMALS.items())
    if given is not None:
        return Guess("decimal", given, f"The decimal sign is a {DECIMALS[given]}, as you said.", choices, given=True)
    point = comma = 0
    padded = False
    unclear: list[tuple[object, str, str]] = []  # a column, the mark in it, which may part thousands, and an example
    for name in table.columns:
        column = table[name]
        if column.dtype.kind == "f" and not _could_be_thousands(column, sample[name]):
            point += int((column.dropna() % 1 != 0).sum())
        elif column.dtype.kind == "f":
            unclear.append((name, ".", next(cell for cell in as_text(sample[name]).dropna() if "." in cell)))
        elif column.dtype.kind not in "iub":
            text = as_text(column)
            some = text.dropna().iloc[:: max(len(text) // 200, 1)]
            if not any(map(is_number, some)):
                continue  # dates or words
            text = _replaced(text, _MINUS, "-")
            reads = [int(_fullmatch(text, f"{PLAIN[sign]}|{_DRESSED[sign]}").sum()) for sign in DECIMALS]
            if max(reads) < MOSTLY * max(int(text.notna().sum()), 1):
                continue
            point, comma = point + reads[0], comma + reads[1]
            padded = padded or any(_PADDED.fullmatch(cell) for cell in some)
            marked = text[_mask(text.str.contains(r"[.,]", regex=True))]
            if reads[0] == reads[1] and len(marked):
                unclear.append((name, "," if "," in marked.iloc[0] else ".", marked.iloc[0]))
    if point != comma:
        sign = "." if point > comma else ","
        if sign == "." and comma == 0 and not unclear:
            return Guess("decimal", sign, "Numbers have a decimal point.", choices)
        sentence = f"Numbers were read with a decimal {DECIMALS[sign]}: it fits more cells."
        return Guess("decimal", sign, sentence, choices, doubtful=padded and sign == ",")
    if not unclear:
        return Guess("decimal", ".", "Every number is whole, so the decimal sign does not matter.", choices)
    # Thousands with a point are rarer than three decimals; a semicolon is the delimiter of decimal commas.
    sign = "," if delimiter == ";" and any(mark == "," for _, mark, _ in unclear) else "."
    sentence = (
        f"Whether the separator in {listed([name for name, *_ in unclear])} marks decimals or thousands is ambiguous: "
        f"a decimal {DECIMALS[sign]} was assumed; choose the decimal sign to overrule."
    )
    example = unclear[0][2]
    outcomes = tuple(f"{legible(example, 20)} is {_value(example, other):,.10g}" for other in DECIMALS)
    return Guess("decimal", sign, sentence, choices, doubtful=True, outcomes=outcomes)


def _value(cell: str, decimal: str) -> float:
    return float(to_numbers(pd.Series([cell], dtype="str"), decimal).values[0])


def _mask(flags: pd.Series) -> Mask:
    return np.asarray(flags.fillna(False).to_numpy(dtype=bool))


def _fullmatch(text: pd.Series, pattern: str) -> Mask:
    cells = text.tolist() if len(text) <= FEW else []
    if cells and all(not isinstance(cell, str) or len(cell) <= LONGEST for cell in cells):
        match = re.compile(pattern, re.ASCII).fullmatch
        return np.array([isinstance(cell, str) and match(cell) is not None for cell in cells])
    return _mask(text.str.fullmatch(f"(?:{pattern})"))


def _replaced(text: pd.Series, marks: str, by: str) -> pd.Series:
    """The cells with each of these characters replaced."""
    if len(text) > FEW:
        return text.str.replace(f"[{re.escape(marks)}]", by, regex=True)
    other = str.maketrans(dict.fromkeys(marks, by))
    cells = [cell.translate(other) if isinstance(cell, str) else None for cell in text.tolist()]
    return pd.Series(cells, index=text.index, dtype="str")


def _digits(text: pd.Series, decimal: str) -> tuple[Floats, bool]:
    """Text that matches a plain number as numbers, and whether thousands were marked in it."""
    group = "," if decimal == "." else "."
    bare = _replaced(text, group + _SPACES, "")
    grouped = bool(_mask(bare.str.len() != text.str.len())[_mask(text.notna())].any())
    if decimal == ",":
        bare = _replaced(bare, ",", ".")
    return pd.to_numeric(bare, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan).copy(), grouped


@dataclass(frozen=True)
class _Dress:
    """What stands around the digits of one cell."""

    negative: bool
    money: str
    word: str  # the unit, or a scale such as k, or both
    close: bool  # whether the word stands right behind the digits


def _dress(head: str, tail: str) -> _Dress | None:
    """What is before and behind the digits; None for two signs, or a bracket that nothing closes."""
    money = head.strip("(+-" + _SPACES)
    word = tail.strip(")" + _SPACES).removesuffix("-").removesuffix("+").strip(_SPACES)
    enclosed = "(" in head
    signs = head.count("-") + head.count("+") + tail.rstrip(")").endswith(("-", "+"))
    if enclosed != tail.endswith(")") or head.count("(") > 1 or signs > (0 if enclosed else 1):
        return None
    return _Dress(enclosed or "-" in head or tail.endswith("-"), money, word, not tail.startswith(tuple(_SPACES)))


def _undress(text: pd.Series, decimal: str, plain: int) -> tuple[Floats, str, bool]:
    """Cells with signs, brackets and units as numbers, NaN where that fails; the unit; whether thousands were marked.

    The column has one unit, the commonest; cells with another are not read, nor a unit that most cells lack.
    """
    usual = _replaced(text, _MINUS, "-")
    usual = usual.where(_fullmatch(usual, _DRESSED[decimal]))
    parts = pc.extract_regex(pa.array(usual, type=pa.large_string()), _PARTS.pattern)
    head, body, tail = (pd.Series(pc.struct_field(parts, name).to_pandas(), dtype="str") for name in _PARTS.groupindex)
    numbers, grouped = _digits(body.str.strip(_SPACES), decimal)
    kinds, pairs = pd.factorize(head.str.cat(tail, sep="\t"))  # few, however many cells
    dresses = [_dress(*pair.split("\t", 1)) for pair in pairs]
    scales = _scales([dress for dress in dresses if dress is not None])
    counts = np.bincount(kinds[kinds >= 0], minlength=len(pairs))
    units: Counter[tuple[str, str]] = Counter()
    factors = np.full(len(pairs) + 1, np.nan)  # the last for cells that are no numbers
    worn: list[tuple[str, str]] = []
    for dress, count in zip(dresses, counts.tolist(), strict=True):
        word = scales.get(dress.word, (1.0, dress.word))[1] if dress else ""
        worn.append((dress.money if dress else "", word))
        if dress and any(worn[-1]):
            units[worn[-1]] += count
    unit, dressed = units.most_common(1)[0] if units else (("", ""), 0)
    unit = unit if dressed >= plain else ("", "")
    for number, (dress, wear) in enumerate(zip(dresses, worn, strict=True)):
        if dress and (wear == unit or not any(wear)):
            factors[number] = scales.get(dress.word, (1.0, ""))[0] * (-1.0 if dress.negative else 1.0)
    return numbers * factors[kinds], " ".join(filter(None, unit)), grouped


def _scales(dresses: list[_Dress]) -> dict[str, tuple[float, str]]:
    """For each word that begins with a scale: what it multiplies by, and the unit that remains."""
    split = {dress.word: _split_scale(dress.word) for dress in dresses if dress.word}
    scaled = {word: (scale, unit) for word, (scale, unit) in split.items() if scale != 1.0}
    if len({unit for _, unit in split.values()}) > 1:
        return {}  # 5 K beside 5 °C is no thousand
    several = len({scale for scale, _ in scaled.values()}) > 1
    spaced = {dress.word for dress in dresses if not dress.close}
    return {
        word: (scale, unit)
        for word, (scale, unit) in scaled.items()
        if several or word not in _ALSO_UNITS or (len(split) == 1 and word not in spaced | {"m"})
    }


def _split_scale(word: str) -> tuple[float, str]:
    first, _, rest = word.partition(" ")
    if first in _SCALES:
        return _SCALES[first], rest
    if word[:1] in _SCALES and word[1:] and not word[1:].strip(_MONEY):
        return _SCALES[word[0]], word[1:]
    return 1.0, word


def _finished(values: Floats, strange: Rows, grouped: bool = False, unit: str = "", bare: int = 0) -> Numbers:
    infinite = np.isinf(values)
    values[infinite] = np.nan
    return Numbers(values, strange, int(infinite.sum()), grouped, unit, bare)


# 1.234, 56.789, 950, …: three digits behind every point, and whole numbers below 1,000; never 0.512
def _could_be_thousands(column: pd.Series, sample: pd.Series) -> bool:
    text = as_text(sample).dropna()
    marked = [cell for cell in text if "." in cell]
    if not marked or not all(_MILLS.fullmatch(cell) for cell in marked):
        return False
    values = np.abs(column.dropna().to_numpy(dtype=np.float64))
    parts = values[values % 1 != 0]
    return bool(
        np.all(values < 1000) and np.all(parts >= 1) and np.allclose(values * 1000, np.round(values * 1000), rtol=1e-12)
    )
