"""How a table stands in text: delimiter, quotes, where it begins and ends. Candidates are weighed on the same lines."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass

from liquid.errors import LiquidError
from liquid.series.reading.cells import STEPS, Kind, common_kind, counting_names, kind_of, time_in_name
from liquid.series.reading.header import Heading, find_heading, is_row
from liquid.series.reading.options import DELIMITERS, ONE_COLUMN, Guess, ReadOptions
from liquid.series.words import counted, legible

SAMPLE_LINES = 200
SAMPLE_BYTES = 60_000  # from the start, the middle and the end of the file
LONG_SAMPLE = 5_000  # lines, where the first ones hold no table
MAX_COLUMNS = 200
MAX_CELLS = 10_000_000  # about 0.5 GB while they are parsed
LONGEST_RECORD = 20  # lines; a quote that is open for longer was never meant as one
MOST_FOOTERS = 50
CLOSE = 0.9  # of the best score: a delimiter that would fit as well

Rows = list[list[str]]


@dataclass(frozen=True)
class Dialect:
    """How to cut the text: the bytes of the body, its first line, and `len(names)` fields a row."""

    delimiter: str
    quote: str
    names: tuple[str, ...]
    units: tuple[str, ...]
    body: slice
    first_line: int
    guesses: tuple[Guess, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Record:
    """The fields of one row, and the line, from 0, in which it begins."""

    line: int
    fields: list[str]


@dataclass(frozen=True)
class Candidate:
    """One way to cut the text, what it makes of the sample, and how well that looks, from 0 to 1."""

    delimiter: str
    quote: str
    records: list[Record]
    width: int
    kinds: tuple[Kind, ...]
    heading: Heading
    score: float


def find_dialect(text: bytes, options: ReadOptions) -> Dialect:
    """The dialect of a table in UTF-8. LiquidError where nothing in it looks like a number, or it is too wide."""
    best, others = _weigh(*_sample(text), options)
    if best.score == 0 and text.count(b"\n") > SAMPLE_LINES:
        best, others = _weigh(*_sample(text, LONG_SAMPLE), options)
    if best.score == 0 and options.delimiter is None:
        shown = next((line.strip() for line in text[:1000].decode(errors="ignore").split("\n") if line.strip()), "")
        raise LiquidError(f"No numbers were found in the text (it starts with {shown[:60]!r}): give one sample a line.")
    if best.heading.problem:
        raise LiquidError(best.heading.problem)
    heading, notes = best.heading, list(best.heading.notes)
    start, first_line = _offset(text, heading.first_line)
    end, after = _find_end(text, start, best)
    if after:
        lines = counted(len(after), "line")
        were = "was" if len(after) == 1 else "were"
        notes.append(f"{lines} after the table {were} skipped, such as '{legible(after[0], 40)}'.")
    names = list(heading.names) + [""] * (best.width - len(heading.names))
    _check_size(best, names, text)
    unique, renamed = clean_names(names)
    if renamed and heading.names:
        notes.append(renamed)
    chosen = _delimiter_guess(best, others, options)
    return Dialect(
        best.delimiter,
        best.quote,
        unique,
        heading.units,
        slice(start, end),
        first_line,
        (chosen, *heading.guesses),
        tuple(notes),
    )


def clean_names(names: list[str]) -> tuple[tuple[str, ...], str]:
    """Names as printable text, none empty, none twice, none longer than 60 characters; and a note of what changed."""
    unique: list[str] = []
    seen: set[str] = set()
    for number, name in enumerate(names, 1):
        base = legible(name) or f"column {number}"
        candidate, count = base, 2
        while candidate in seen:
            candidate, count = f"{base} ({count})", count + 1
        unique.append(candidate)
        seen.add(candidate)
    changed = [new for new, old in zip(unique, names, strict=True) if new != old.strip()]
    note = (
        f"{counted(len(changed), 'column')} got a new name (empty, repeated, too long or unprintable): "
        if changed
        else ""
    )
    return tuple(unique), note and note + ", ".join(f"'{name}'" for name in changed[:5]) + "."


def split(lines: list[str], delimiter: str, quote: str = '"') -> list[Record]:
    """Lines as records: a quoted field may hold the delimiter and line breaks; a run of spaces is one delimiter."""
    if delimiter == ONE_COLUMN:
        return [Record(i, [line.strip().strip(quote)] if line.strip() else []) for i, line in enumerate(lines)]
    if delimiter == " ":
        lines = [line.replace("\t", " ").strip() for line in lines]
    elif any(line.count(quote) % 2 for line in lines):
        records = _across_lines(lines, delimiter, quote)
        if records is not None:
            return records
    return [Record(i, _fields(line, delimiter, quote)) for i, line in enumerate(lines)]


def _across_lines(lines: list[str], delimiter: str, quote: str) -> list[Record] | None:
    """Records of several lines; None where a quote is never closed."""
    reader = csv.reader([line + "\n" for line in lines], delimiter=delimiter, quotechar=quote, skipinitialspace=True)
    records, begun = [], 0
    try:
        for fields in reader:
            if reader.line_num - begun > LONGEST_RECORD:
                return None
            records.append(Record(begun, fields))
            begun = reader.line_num
    except csv.Error:
        return None
    last = "\n".join(lines[records[-1].line :]) if records else ""
    return None if last.count(quote) % 2 and "\n" in last else records


def _fields(line: str, delimiter: str, quote: str) -> list[str]:
    if not line.strip():
        return []
    try:
        return next(csv.reader([line], delimiter=delimiter, quotechar=quote, skipinitialspace=True), [])
    except csv.Error:  # a field beyond the module's limit: no table has such cells under this delimiter
        return [line]


def _sample(text: bytes, most: int = SAMPLE_LINES) -> tuple[list[str], list[list[str]]]:
    """The first lines, and runs of lines from the middle and the end to judge delimiters by."""
    lines = text[: SAMPLE_BYTES * 20].decode(errors="ignore").split("\n")[:most]
    chunks = []
    if len(text) > 3 * SAMPLE_BYTES:
        for at in (len(text) // 2, len(text) - SAMPLE_BYTES):
            # The first and the last line of a piece are cut somewhere.
            chunks.append(text[at : at + SAMPLE_BYTES].decode(errors="ignore").split("\n")[1:-1][:SAMPLE_LINES])
    return lines, chunks


def _weigh(lines: list[str], chunks: list[list[str]], options: ReadOptions) -> tuple[Candidate, list[Candidate]]:
    """The best candidate, and those that come close."""
    delimiters = list(DELIMITERS) if options.delimiter is None else [options.delimiter]
    quotes = ['"', "'"] if _has_single_quotes(lines) else ['"']
    candidates = [_judge(lines, chunks, delimiter, quote, options) for delimiter in delimiters for quote in quotes]
    best = max(candidates, key=lambda candidate: candidate.score)
    close = [
        other
        for other in candidates
        if other.delimiter != best.delimiter
        and other.score > max(CLOSE * best.score, 0)
        and [record.fields for record in other.records] != [record.fields for record in best.records]
    ]
    return best, close


def _has_single_quotes(lines: list[str]) -> bool:
    quoted = [len(re.findall(r"(?:^|[,;\t| ]) ?'[^']{0,200}'(?=[,;\t| ]|$)", line[:2000])) for line in lines]
    return sum(map(bool, quoted)) > 0.5 * sum(bool(line.strip()) for line in lines)


# score = (share of rows with the usual width)^2 x (share of present cells that are numbers or times)
#         x (1 where a column of values is left, else 0.1) x (how well the row of names splits)
def _judge(lines: list[str], chunks: list[list[str]], delimiter: str, quote: str, options: ReadOptions) -> Candidate:
    records = split(lines, delimiter, quote)
    rows = [record.fields for record in records if _is_content(record.fields)]
    rows += [r.fields for chunk in chunks for r in split(chunk, delimiter, quote) if _is_content(r.fields)]
    width = _width(rows, delimiter)
    usual = [row for row in rows if len(row) == width]
    voting = usual[1:] or usual  # the first may be names
    kinds = tuple(common_kind(row[column] for row in voting) for column in range(min(width, 4 * MAX_COLUMNS)))
    heading = find_heading(records, lines, width, kinds, delimiter, options)
    if (delimiter == ONE_COLUMN) != (width == 1) or not rows:
        return Candidate(delimiter, quote, records, width, kinds, heading, 0.0)
    counts = Counter(kind_of(cell) for row in usual for cell in row[: 4 * MAX_COLUMNS])
    present = counts["number"] + counts["time"] + counts["text"]
    typed = (counts["number"] + counts["time"]) / max(present, 1)
    if quote == "'" and not any(quote in line for line in lines[heading.first_line :]):
        typed = 0.0
    regular = (len(usual) / len(rows)) ** 2
    worth = 1.0 if "number" in kinds else 0.1
    if delimiter == options.decimal and not any(delimiter in cell for row in usual for cell in row):
        worth *= 0.5  # what divides the columns is hardly the decimal sign, unless cells stand in quotes
    tabs = {line.count("\t") for line in lines[heading.first_line :] if line.strip()} if delimiter == " " else {0}
    if len(tabs) == 1 and tabs != {0}:
        worth *= 0.5  # tabs divide the columns, and the spaces stand in cells
    if delimiter == " " and any(len(set(column)) == 1 and _is_mark(column[0]) for column in zip(*usual, strict=True)):
        worth *= 0.1  # 41.2 ± 0.4
    return Candidate(delimiter, quote, records, width, kinds, heading, regular * typed * worth * heading.agreement)


def _is_mark(cell: str) -> bool:
    return bool(cell) and not any(map(str.isalnum, cell))


def _is_content(fields: list[str]) -> bool:
    return bool(fields) and not fields[0].startswith(("#", "sep="))


def _width(rows: Rows, delimiter: str) -> int:
    """The usual number of fields; the larger of two equally usual ones."""
    counts = Counter(len(row) for row in rows if row)
    return max(counts, key=lambda width: (counts[width], width), default=1) if delimiter != ONE_COLUMN else 1


def _offset(text: bytes, lines: int) -> tuple[int, int]:
    """The byte at which the line after so many lines begins, and the number of that line from 0."""
    at = 0
    for _ in range(lines):
        end = text.find(b"\n", at)
        if end < 0:
            return len(text), lines
        at = end + 1
    return at, lines


def _find_end(text: bytes, start: int, best: Candidate) -> tuple[int, list[str]]:
    """The byte at which the body ends, and the lines after it: sources, remarks, totals."""
    tail = text[max(start, len(text) - SAMPLE_BYTES) :]
    if len(tail) < len(text) - start:
        tail = tail[tail.find(b"\n") + 1 :]
    lines = tail.decode(errors="ignore").split("\n")
    records = split(lines, best.delimiter, best.quote)
    last = len(records)
    while last > 0 and last > len(records) - MOST_FOOTERS and _is_footer(records[last - 1].fields, best):
        last -= 1
    cut = records[last].line if last < len(records) else len(lines)
    after = [line for line in lines[cut:] if line.strip()]
    if last == 0 or not after:
        return len(text), []
    size = len(tail) - len("\n".join(lines[:cut]).encode()) if tail.isascii() else _bytes_after(tail, cut)
    return len(text) - size, after


def _bytes_after(tail: bytes, lines: int) -> int:
    return len(tail) - _offset(tail, lines)[0]


def _is_footer(fields: list[str], best: Candidate) -> bool:
    return not fields or not is_row(fields, best.width, best.kinds)


def _check_size(best: Candidate, names: list[str], text: bytes) -> None:
    cells = best.width * text.count(b"\n")
    times = max(sum(time_in_name(name) is not None for name in names), len(counting_names(names, STEPS)))
    if best.width > MAX_COLUMNS and times < 0.5 * best.width:
        turned = (
            "; with the times in one line the table is turned: put one sample in each line"
            if text.count(b"\n") < 8
            else ""
        )
        raise LiquidError(
            f"The table has {best.width} columns, the limit is {MAX_COLUMNS}: keep those you need{turned}."
        )
    if cells > MAX_CELLS:
        raise LiquidError(
            f"The table has {cells:,} cells in {best.width} columns, the limit is {MAX_CELLS:,}: keep fewer columns, "
            "or every tenth row."
        )


def _delimiter_guess(best: Candidate, others: list[Candidate], options: ReadOptions) -> Guess:
    choices = tuple(DELIMITERS.items())
    delimiter, width = best.delimiter, best.width
    what = "One column was read" if delimiter == ONE_COLUMN else f"Columns are divided by the {DELIMITERS[delimiter]}"
    if options.delimiter is not None:
        return Guess("delimiter", delimiter, f"{what}, as you said.", choices, given=True)
    sentence = f"{what}: {counted(width, 'column')}."
    widths = {other.delimiter: counted(other.width, "column") for other in others} | {
        delimiter: counted(width, "column")
    }
    if others:
        words = " or ".join(DELIMITERS[other.delimiter] for other in others)
        sentence = f"{what}: {counted(width, 'column')}; another delimiter ({words}) would fit as well."
    outcomes = tuple(widths.get(value, "") for value in DELIMITERS)
    return Guess("delimiter", delimiter, sentence, choices, doubtful=bool(others), outcomes=outcomes)
