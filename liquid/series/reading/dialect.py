"""The shape of a table in text: which delimiter, where it starts, whether its first row holds names."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass

from liquid.errors import LiquidError
from liquid.series.reading.numbers import is_missing, is_number
from liquid.series.reading.options import DELIMITERS, HEADERS, ONE_COLUMN, Guess, ReadOptions
from liquid.series.words import counted, legible

Rows = list[list[str]]

SAMPLE_LINES = 200
SAMPLE_BYTES = 60_000  # from the start, the middle and the end of the file
MAX_COLUMNS = 200
MAX_CELLS = 10_000_000  # about 0.5 GB while they are parsed

_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp][Mm])?(?: ?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?"
_DATE = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +)?"
    r"(?:\d{8}T\d{4,6}Z?|\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?|\d{4}[- ]?[qm]\d{1,2}"
    r"|(?:\d{1,4}[-/. ])?[a-z]{3,9}[-/. ]\d{1,4}(?:,?[-/. ]\d{2,4})?)"
    rf"(?:[T ]+{_CLOCK})?|{_CLOCK}",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Dialect:
    """How to cut the text: `skip` lines before the first row of values, then `len(names)` fields a row."""

    delimiter: str
    names: tuple[str, ...]
    skip: int
    guesses: tuple[Guess, ...]
    notes: tuple[str, ...]


def find_dialect(text: bytes, options: ReadOptions) -> Dialect:
    """The dialect of a table in UTF-8. LiquidError where nothing in it looks like a number, or it is too wide."""
    lines, chunks = _sample(text)
    delimiter, others = _find_delimiter(chunks, options)
    rows = split(lines, delimiter)
    width = _width(rows, delimiter)
    start, notes = _find_start(lines, rows, width)
    header = _find_header(rows[start:], width, options.header)
    names: list[str] = []
    if header.value:
        names = [_strip_comment(cell) if i == 0 else cell for i, cell in enumerate(rows[start])]
        names = _align(names, rows[start + 1 :], width, delimiter)
    if width > MAX_COLUMNS:
        rows_too = (
            "; with the times in one line the table is turned: put one sample in each line" if len(lines) < 8 else ""
        )
        raise LiquidError(f"The table has {width} columns, the limit is {MAX_COLUMNS}: keep those you need{rows_too}.")
    cells = width * text.count(b"\n")
    if cells > MAX_CELLS:
        raise LiquidError(
            f"The table has {cells:,} cells in {width} columns, the limit is {MAX_CELLS:,}: keep fewer columns, or "
            "every tenth row."
        )
    unique, renamed = clean_names(names + [""] * (width - len(names)))
    if renamed and header.value:
        notes.append(renamed)
    chosen = _delimiter_guess(delimiter, width, others, given=options.delimiter is not None)
    return Dialect(delimiter, unique, start + bool(header.value), (chosen, header), tuple(notes))


def split(lines: list[str], delimiter: str) -> Rows:
    """Lines as fields, quotes respected; a run of spaces is one delimiter."""
    if delimiter == ONE_COLUMN:
        return [[line.strip().strip('"')] if line.strip() else [] for line in lines]
    if delimiter == " ":
        lines = [line.replace("\t", " ").strip() for line in lines]
    return [_fields(line, delimiter) for line in lines]


def clean_names(names: list[str]) -> tuple[tuple[str, ...], str]:
    """Names as printable text, none empty, none twice, none longer than 60 characters; and a note of what changed."""
    unique: list[str] = []
    for number, name in enumerate(names, 1):
        base = legible(name) or f"column {number}"
        candidate, count = base, 2
        while candidate in unique:
            candidate, count = f"{base} ({count})", count + 1
        unique.append(candidate)
    changed = [new for new, old in zip(unique, names, strict=True) if new != old.strip()]
    note = (
        f"{counted(len(changed), 'column')} got a new name (empty, repeated, too long or unprintable): "
        if changed
        else ""
    )
    return tuple(unique), note and note + ", ".join(f"'{name}'" for name in changed[:5]) + "."


def _sample(text: bytes) -> tuple[list[str], list[list[str]]]:
    """The first lines, and three runs of lines from the start, the middle and the end to judge delimiters by."""
    head = text[: SAMPLE_BYTES * 20].decode(errors="ignore").split("\n")
    lines = head[:SAMPLE_LINES] if len(head) > SAMPLE_LINES else head
    chunks = [lines]
    if len(text) > 3 * SAMPLE_BYTES:
        for at in (len(text) // 2, len(text) - SAMPLE_BYTES):
            # The first and the last line of a piece are cut somewhere.
            chunks.append(text[at : at + SAMPLE_BYTES].decode(errors="ignore").split("\n")[1:-1][:SAMPLE_LINES])
    return lines, chunks


def _fields(line: str, delimiter: str) -> list[str]:
    if not line.strip():
        return []
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:  # a field beyond the module's limit: no table has such cells under this delimiter
        return [line]


# score = (share of rows with the usual number of fields)^2 x (share of cells that are numbers, dates or missing)
def _find_delimiter(chunks: list[list[str]], options: ReadOptions) -> tuple[str, list[str]]:
    lines = [line for chunk in chunks for line in chunk if line.strip() and not line.startswith(("#", "sep="))]
    scores: dict[str, float] = {}
    for delimiter in DELIMITERS if lines else ():
        rows = split(lines, delimiter)
        width = _width(rows, delimiter)
        if (delimiter == ONE_COLUMN) == (width == 1) and delimiter != options.decimal:
            usual = [row for row in rows if len(row) == width]
            cells = [cell for row in usual for cell in row]
            typed = sum(0.5 if is_missing(cell) else _is_typed(cell) for cell in cells) / max(len(cells), 1)
            scores[delimiter] = (len(usual) / len(rows)) ** 2 * typed
    best = max(scores, key=lambda delimiter: scores[delimiter], default=ONE_COLUMN)
    if options.delimiter is not None:
        best = options.delimiter
    elif not scores or scores[best] == 0:
        shown = next((line.strip() for line in lines), "")[:60]
        raise LiquidError(f"No numbers were found in the text (it starts with {shown!r}): give one sample a line.")
    return best, [other for other in scores if other != best and scores[other] > 0.9 * scores.get(best, 1.0)]


def _is_typed(cell: str) -> bool:
    return is_number(cell) or _DATE.fullmatch(cell.strip()) is not None


def _width(rows: Rows, delimiter: str) -> int:
    """The usual number of fields; the larger of two equally usual ones."""
    counts = Counter(len(row) for row in rows if row)
    return max(counts, key=lambda width: (counts[width], width), default=1) if delimiter != ONE_COLUMN else 1


def _find_start(lines: list[str], rows: Rows, width: int) -> tuple[int, list[str]]:
    """The line where the table starts, and a note on what was skipped before it."""
    start = 0
    while start < len(rows) and not _starts_table(rows, start, width):
        start += 1
    if start == len(rows):
        start = 0
    if (
        start > 0
        and lines[start - 1].startswith("#")
        and len(rows[start - 1]) == width
        and not _is_text_row(rows[start])
    ):
        start -= 1  # "# time,x": the names stand in the last line of comments
    skipped = [line for line in lines[:start] if line.strip()]
    if not skipped:
        return start, []
    return start, [
        f"{counted(len(skipped), 'line')} before the table {'was' if len(skipped) == 1 else 'were'} skipped."
    ]


def _starts_table(rows: Rows, at: int, width: int) -> bool:
    row = rows[at]
    if not row or row[0].startswith("#") or row[0].lower().startswith("sep="):  # a line that only Excel reads
        return False
    if len(row) == width or (len(row) > width and all(map(_is_typed, row))):
        return True
    following = next((later for later in rows[at + 1 :] if later), [])
    return len(row) in (width - 1, width + 1) and len(following) == width and len(row) > 1


def _is_text_row(row: list[str]) -> bool:
    return bool(row) and not any(_is_typed(cell) for cell in row) and not all(is_missing(cell) for cell in row)


def _find_header(rows: Rows, width: int, given: bool | None) -> Guess:
    choices = tuple(HEADERS.items())
    if given is not None:
        words = "The first row holds the names" if given else "No row holds names"
        return Guess("header", given, f"{words}, as you said.", choices, given=True)
    first, body = rows[0] if rows else [], [row for row in rows[1:] if row]
    typed = [_is_typed(cell) for cell in first]
    if _is_numbered(first) or (first and not any(typed) and not all(is_missing(cell) for cell in first)):
        return Guess("header", True, "The first row was read as the names.", choices)
    # Names may look like numbers or dates (1990, 1991): a text cell over a typed column is what gives a header away.
    for column, cell in enumerate(first[:width]):
        below = [row[column] for row in body if column < len(row) and not is_missing(row[column])]
        if not typed[column] and not is_missing(cell) and below and all(_is_typed(other) for other in below):
            return Guess("header", True, "The first row was read as the names: it has text over numbers.", choices)
    return Guess(
        "header", False, "The first row was read as values, since it holds numbers; columns got numbers.", choices
    )


def _is_numbered(first: list[str]) -> bool:
    """The names that pandas writes for columns without names: an empty cell, then 0, 1, 2, …"""
    return len(first) > 1 and not first[0].strip() and first[1:] == [str(i) for i in range(len(first) - 1)]


def _strip_comment(cell: str) -> str:
    return cell.lstrip("#").strip() if cell.startswith("#") else cell


def _align(names: list[str], body: Rows, width: int, delimiter: str) -> list[str]:
    """Names for `width` fields: a missing first name belongs to row names; trailing empty fields need none."""
    while len(names) > width and not names[-1].strip():
        names.pop()
    if len(names) == width - 1:
        full = [row for row in body if len(row) == width]
        if all(not row[-1].strip() for row in full):
            return [*names, ""]
        if delimiter != ",":
            return ["", *names]
    if len(names) != width:
        raise LiquidError(
            f"The row of names has {counted(len(names), 'field')} and the rows below have {width}, with the "
            f"{DELIMITERS[delimiter]} as delimiter: choose another delimiter, or correct the row of names. (A decimal "
            "comma needs another delimiter than the comma.)"
        )
    return names


def _delimiter_guess(delimiter: str, width: int, others: list[str], *, given: bool) -> Guess:
    choices = tuple(DELIMITERS.items())
    what = "One column was read" if delimiter == ONE_COLUMN else f"Columns are divided by the {DELIMITERS[delimiter]}"
    if given:
        return Guess("delimiter", delimiter, f"{what}, as you said.", choices, given=True)
    sentence = f"{what}: {counted(width, 'column')}."
    if others:
        words = " or ".join(DELIMITERS[other] for other in others)
        sentence = f"{what}: {counted(width, 'column')}; another delimiter ({words}) would fit as well."
    return Guess("delimiter", delimiter, sentence, choices, doubtful=bool(others))
