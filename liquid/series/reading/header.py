"""What stands above the rows of a table: titles, comments, the row of names, a row of units."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile, pairwise
from typing import TYPE_CHECKING

import numpy as np

from liquid.series.reading.cells import Kind, is_compact, is_time, is_typed, kind_of
from liquid.series.reading.numbers import is_missing
from liquid.series.reading.options import DELIMITERS, HEADERS, ONE_COLUMN, Guess, ReadOptions
from liquid.series.words import counted, legible

if TYPE_CHECKING:
    from liquid.series.reading.dialect import Record

MOST_ROW_NAMES = 2  # columns that the row of names may leave out at its start
DESCRIBED = 0.6  # of the length of a row of descriptions: names are shorter
MOST_TITLES = 20  # lines above the names
FEWEST_TIMES = 3  # names that are times, from which a row of numbers is a row of names
_TIME_NAMES = re.compile(r"date|day|time|datetime|timestamp|zeit|datum|tag|fecha|data|jour", re.IGNORECASE)
_SYMBOL = (
    r"(?:[kMGTmcµμnhd]?(?:m|g|s|Pa|V|VA|A|W|Wh|Hz|J|N|Nm|l|L|bar|mol|lx|eV|B|K|C|F|S|Ω|ohm)|t|h|d|min|sec|hr|hrs|mi|ft|"
    r"in|mph|kn|kt|ppm|ppb|pct|[dD]eg ?[CFK]?|°[CFK]?|%|‰|USD|EUR|GBP|CHF|JPY|[$€£¥]|lbs?|rpm|rad|counts?|units?|days?|"
    r"hours?|minutes?|seconds?|years?|months?|yyyy\S*|dd\S{4,}|mm\S{4,}|hh:mm\S*|[A-Za-z]{3}/[A-Za-z]{3})"
)
_UNIT = re.compile(rf"[\[(][^\])]{{0,20}}[\])]|{_SYMBOL}(?:\^?-?[23²³⁻¹1])?(?:[ /·.*]{_SYMBOL}(?:\^?-?[23²³⁻¹1])?)*|-")


@dataclass(frozen=True)
class Heading:
    """What stands above the rows: names (none where no row holds them), units, and the line of the first row, from 0.

    `agreement`, from 0 to 1, is how well the row of names fits the rows under this delimiter; `problem` says, where it
    does not, what is wrong.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    first_line: int
    agreement: float
    guesses: tuple[Guess, ...]
    notes: tuple[str, ...]
    problem: str = ""


def is_row(fields: Sequence[str], width: int, kinds: Sequence[Kind]) -> bool:
    """Whether fields are a row of the table, and not a title, names or a remark."""
    cells = [(kind_of(cell), cell, kind) for cell, kind in zip(fields[:width], kinds, strict=False)]
    typed = [entry for entry in cells if entry[2] in ("number", "time")]
    if not {"number", "time"} & set(kinds):
        return any(cell.strip() for cell in fields)
    too_long = len(fields) > width and not all(is_typed(field) or is_missing(field) for field in fields)
    if too_long or fields[0].startswith("#"):
        return False
    if len(fields) == 1 < width:  # a time whose values are still to come
        return kinds[0] == "time" == kind_of(fields[0])
    if all(found == "missing" for found, *_ in cells):
        return len(fields) == width and any(cell.strip() for _, cell, _ in cells)
    times = [found for found, _, kind in typed if kind == "time"]
    if "time" in times or "text" in times:
        return "time" in times
    fits = sum(found == kind for found, _, kind in typed)
    said = fits + sum(found == "missing" and bool(cell.strip()) for found, cell, _ in typed)
    strange = sum(found in ("text", "time") and found != kind for found, _, kind in typed)
    return fits > strange and said >= 0.5 * len(typed) - 1


def find_heading(
    records: list[Record], lines: list[str], width: int, kinds: Sequence[Kind], delimiter: str, options: ReadOptions
) -> Heading:
    """The heading of a sample under one delimiter."""
    content = [record for record in records if any(field.strip() for field in record.fields)]
    content = [_without_mark(record) if delimiter == " " else record for record in content]
    comments = [record for record in content if record.fields[0].startswith("#")]
    content = [record for record in content if not _is_aside(record)]
    parts = _part(content, comments, width, kinds, delimiter, options)
    first_line = parts.body[0].line if parts.body else len(lines)
    notes = []
    problem = ""
    cells: tuple[str, ...] = ()
    if parts.names is not None:
        fields = [field.lstrip("#").strip() if i == 0 else field for i, field in enumerate(parts.names.fields)]
        cells, problem = _align(fields, [record.fields for record in parts.body], width, delimiter)
        cells = _with_level_above(cells, parts.names, parts.above, width)
    taken = sum(_lines_of(record, records) for record in (parts.names, parts.units) if record is not None)
    count = sum(bool(line.strip()) for line in lines[:first_line]) - taken
    if count > 0:
        notes.append(f"{counted(count, 'line')} before the table {'was' if count == 1 else 'were'} skipped.")
    units = tuple(_unit_in(name) for name in cells)
    if parts.units is not None:
        below = [_bare_unit(cell) for cell in [*parts.units.fields, *[""] * width][:width]]
        units = tuple(cell or named for cell, named in zip(below, [*units, *[""] * width], strict=False))
        notes.append(f"Line {parts.units.line + 1} holds the units.")
    guesses = [_header_guess(parts, options)]
    candidates = [record for record in parts.above if _may_hold_names(record, width, delimiter)]
    if len(candidates) > 1 and parts.names is not None:
        guesses.append(_line_guess(parts.names, candidates, parts.units, options))
    agreement = _agreement(parts, problem, width)
    return Heading(cells, units, first_line, agreement, tuple(guesses), tuple(notes), problem)


def _without_mark(record: Record) -> Record:
    """ "# t x" between spaces: the mark of a comment is no name."""
    mark, *rest = record.fields
    return replace(record, fields=[f"#{rest[0]}", *rest[1:]]) if mark == "#" and rest else record


@dataclass(frozen=True)
class _Parts:
    """The records of a sample: what stands above, the row of names and that of units among it, and the rows.

    `doubtful` says that the names may be a row.
    """

    above: list[Record]
    names: Record | None
    units: Record | None
    body: list[Record]
    doubtful: bool = False


def _part(
    content: list[Record], comments: list[Record], width: int, kinds: Sequence[Kind], delimiter: str,
    options: ReadOptions,
) -> _Parts:  # fmt: skip
    if options.names_line is not None:
        return _part_at(content, width, kinds, options.names_line - 1)
    start = next((i for i, record in enumerate(content) if is_row(record.fields, width, kinds)), None)
    start = _behind_short_title(content, start, width, kinds)
    above, body = content[: start or 0], content[start or 0 :]
    if options.header is False:
        return _Parts(above, None, None, body)
    names, units = _choose(above, width, kinds, delimiter)
    if names is not None or not body:
        return _Parts(above, names, units, body)
    first = body[0].fields
    numbered = _is_numbered(first, width)
    counting = numbered or _count_columns(first, kinds) or _are_times(first, kinds)
    if options.header or counting or _is_text_over_values(content, start, kinds):
        return _Parts(above, body[0], None, body[1:], numbered and bool(first[0].strip()) and options.header is None)
    comments = [comment for comment in comments if comment.line < body[0].line]
    if comments and _fits_in_comment(comments[-1], width):
        return _Parts(above, comments[-1], None, body)
    return _Parts(above, None, None, body)


def _behind_short_title(content: list[Record], start: int | None, width: int, kinds: Sequence[Kind]) -> int | None:
    """Where the rows begin, if nothing but short lines, such as a title with a date, stand above a full row of text."""
    if start is None or len(content[start].fields) >= width:
        return start
    for i, record in enumerate(content[start : start + MOST_TITLES], start):
        if len(record.fields) >= width:
            cells = zip(record.fields, kinds, strict=False)
            over = {kind_of(cell) for cell, kind in cells if kind in ("number", "time")}
            return i + 1 if over == {"text"} else start
    return start


def _part_at(content: list[Record], width: int, kinds: Sequence[Kind], line: int) -> _Parts:
    """The parts where the line of names is known."""
    at = next((i for i, record in enumerate(content) if record.line >= line), 0)
    below = content[at + 1 :]
    start = next((i for i, record in enumerate(below) if is_row(record.fields, width, kinds)), 0)
    units = next((record for record in below[:start] if _is_units(record, kinds)), None)
    return _Parts(content[:at], content[at] if content else None, units, below[start:])


def _is_aside(record: Record) -> bool:
    """A comment, or a line that only Excel reads."""
    return record.fields[0].startswith("#") or record.fields[0].lower().startswith("sep=")


def _choose(
    above: list[Record], width: int, kinds: Sequence[Kind], delimiter: str
) -> tuple[Record | None, Record | None]:
    """The row of names and the row of units among the records above the rows."""
    candidates = [record for record in above if _may_hold_names(record, width, delimiter)]
    if not candidates:
        return None, None
    named = [record for record in candidates if not _is_units(record, kinds)]
    candidates = named or candidates
    names = candidates[-1]
    full = [record for record in candidates if len(record.fields) == width and all(record.fields)]
    if full and full[-1] is not names:
        names = full[-1]
    full = full[:-1]
    if full and _length(full[-1]) < DESCRIBED * _length(names):
        names = full[-1]  # what comes after it describes the columns
    behind = [record for record in above if record.line > names.line]
    return names, next((record for record in behind if _is_units(record, kinds)), None)


def _length(record: Record) -> int:
    return sum(len(field.strip()) for field in record.fields)


def _may_hold_names(record: Record, width: int, delimiter: str) -> bool:
    cells = [field.strip() for field in record.fields]
    while len(cells) > width and not cells[-1]:
        cells.pop()
    if width == 1 or len(cells) == 1:
        return len(cells) == 1 and bool(cells[0]) and (width == 1 or (width == 2 and delimiter not in ",;"))
    filled = sum(map(bool, cells))
    labels = len(cells) - len(list(dropwhile(lambda cell: not cell, cells)))
    if 0 < labels <= MOST_ROW_NAMES and filled == len(cells) - labels and len(cells) == width:
        return True  # nothing stands over what names the rows
    return any(cells[1:]) and 2 * filled >= min(len(cells), width) and len(cells) >= width - MOST_ROW_NAMES


def _is_units(record: Record, kinds: Sequence[Kind]) -> bool:
    """Whether most of what stands over the numbers is a unit."""
    cells = [(field.strip(), kind) for field, kind in zip(record.fields, kinds, strict=False) if field.strip()]
    over = [cell for cell, kind in cells if kind == "number"] or [cell for cell, _ in cells]
    likely = sum(_UNIT.fullmatch(cell) is not None for cell in over if len(cell) < 40)
    return len(kinds) > 1 and bool(over) and len(record.fields) <= len(kinds) and likely >= 0.6 * len(over)


def _unit_in(name: str) -> str:
    """cm in "Level (cm)" or "Level [cm]"."""
    found = re.search(r"[\[(]([^\[\]()]{1,20})[\])]\s*$", name)
    return legible(found[1], 20) if found and _UNIT.fullmatch(found[1].strip()) and found[1].strip() != "-" else ""


def _bare_unit(cell: str) -> str:
    unit = legible(cell.strip().strip("[]()"), 20)
    return "" if unit == "-" or re.match(r"yyyy|dd|mm\W|hh", unit, re.IGNORECASE) else unit


def _is_numbered(first: list[str], width: int) -> bool:
    """The names that pandas writes for columns without names: 0, 1, 2, …, perhaps behind an empty cell."""
    if len(first) > 1 and not first[0].strip():
        return first[1:] == [str(i) for i in range(len(first) - 1)]
    return width > 2 and first == [str(i) for i in range(width)]


def _count_columns(first: list[str], kinds: Sequence[Kind]) -> bool:
    """Names that count, 1, 2, 3, … or 2015, 2016, …, beside one that is text or empty above numbers or times."""
    cells = [(cell.strip(), kind) for cell, kind in zip(first, kinds, strict=False)]
    counts = [int(cell) for cell, kind in cells if kind == "number" and re.fullmatch(r"\d{1,4}", cell)]
    over = [cell for cell, kind in cells if kind in ("number", "time") and not re.fullmatch(r"\d{1,4}", cell)]
    steps = set(np.diff(counts).tolist())
    return len(counts) >= FEWEST_TIMES and len(steps) == 1 and steps <= {1, -1} and 0 < len(over) <= MOST_ROW_NAMES


def _are_times(first: list[str], kinds: Sequence[Kind]) -> bool:
    """Names that are years or dates in order, beside names of keys: a table that is wider than long."""
    cells = [cell.strip() for cell, kind in zip(first, kinds, strict=False) if kind in ("number", "missing")]
    cells = list(dropwhile(lambda cell: not is_typed(cell), filter(None, cells)))  # names of keys that are numbers
    years = [cell for cell in cells if re.fullmatch(r"1[5-9]\d\d|20\d\d|21\d\d", cell)]
    if len(years) == len(cells) >= FEWEST_TIMES:
        steps = {int(b) - int(a) for a, b in pairwise(years)}
        return len(steps) == 1 and steps != {0} and not is_typed(first[0])
    if len(cells) >= FEWEST_TIMES and all(map(is_compact, cells)):
        return cells in (sorted(set(cells)), sorted(set(cells), reverse=True)) and not is_typed(first[0])
    times = [cell for cell in cells if is_time(cell)]
    return len(times) == len(cells) >= FEWEST_TIMES and len(set(times)) == len(times)


def _is_text_over_values(content: list[Record], start: int | None, kinds: Sequence[Kind]) -> bool:
    """Names of a table that holds nothing but text."""
    if start != 0 or any(kind in ("number", "time") for kind in kinds) or len(content) < 2:
        return False
    first = content[0].fields
    return not any(is_typed(cell) for cell in first)


def _fits_in_comment(comment: Record, width: int) -> bool:
    """ "# time,x": the names stand in the last comment above the rows."""
    return len(comment.fields) == width and not any(is_typed(cell) for cell in comment.fields[1:])


def _with_level_above(names: tuple[str, ...], row: Record, above: list[Record], width: int) -> tuple[str, ...]:
    """Names that repeat, each with the name of its group in the row above."""
    if len(set(names)) == len(names) or len(names) != width:
        return names
    upper = next((record.fields for record in reversed(above) if record.line < row.line), [])
    if len(upper) != width:
        return names
    joined, group = [], ""
    for name, cell in zip(names, upper, strict=True):
        group = cell.strip() or group
        joined.append(f"{group} {name}".strip() if names.count(name) > 1 else name)
    return tuple(joined)


def _align(names: list[str], body: list[list[str]], width: int, delimiter: str) -> tuple[tuple[str, ...], str]:
    """Names for `width` fields, and what is wrong where they do not fit.

    Names that are missing at the start belong to labels of the rows; trailing empty fields need none.
    """
    while len(names) > width and not names[-1].strip():
        names.pop()
    lacking = width - len(names)
    if lacking > 0:
        full = [row for row in body if len(row) == width]
        if full and all(not any(cell.strip() for cell in row[-lacking:]) for row in full):
            return (*names, *[""] * lacking), ""
        if lacking == 1 and delimiter == " " and full and all(_is_split_time(row) for row in full[:20]):
            return (names[0], f"{names[0]} (clock)", *names[1:]), ""
        if lacking <= MOST_ROW_NAMES and (delimiter != "," or _are_labels(full, names)):
            return (*[""] * lacking, *names), ""
    if lacking == 0:
        return tuple(names), ""
    return tuple(names), (
        f"The row of names has {counted(len(names), 'field')} and the rows below have {width}, with the "
        f"{DELIMITERS[delimiter]} as delimiter: choose another delimiter, or correct the row of names. (A decimal "
        "comma needs another delimiter than the comma.)"
    )


def _is_split_time(row: list[str]) -> bool:
    return kind_of(row[0]) == "time" and ":" not in row[0] and kind_of(row[1]) == "time" and ":" in row[1]


def _are_labels(rows: list[list[str]], names: list[str]) -> bool:
    """Whether the first field of each row is a label: text, a counter, or dates where no name speaks of time.

    Otherwise decimal commas between commas look the same: date,a over 2024-01-11,1,5.
    """
    first = [row[0].strip() for row in rows]
    kinds = {kind_of(cell) for cell in first}
    if kinds == {"text"}:
        return True
    counter = [str(i) for i in range(len(first))], [str(i + 1) for i in range(len(first))]
    if first in counter:
        return True
    return kinds == {"time"} and not any(_TIME_NAMES.match(name.strip()) for name in names)


def _lines_of(names: Record, records: list[Record]) -> int:
    following = next((record.line for record in records if record.line > names.line), names.line + 1)
    return following - names.line


# 1: the names split as the rows do; 0.9: but for labels of the rows; 0.8: no names; 0.4: names that split otherwise
def _agreement(parts: _Parts, problem: str, width: int) -> float:
    names = parts.names
    if names is None and not problem:
        return 0.4 if parts.above and width > 1 and len(parts.above[-1].fields) == 1 else 0.8
    if problem or names is None or (width == 1 and _splits_as_rows_do(names, parts.body)):
        return 0.4
    return 1.0 if len(names.fields) >= width else 0.9


def _splits_as_rows_do(names: Record, body: list[Record]) -> bool:
    """Whether the only name holds a delimiter as often as the rows do: then there are columns."""
    name = names.fields[0] if names.fields else ""
    rows = [record.fields[0] for record in body[:20] if record.fields]
    marks = [mark for mark in DELIMITERS if mark not in (" ", ONE_COLUMN) and mark in name]
    return any(2 * sum(row.count(mark) == name.count(mark) for row in rows) > len(rows) for mark in marks if rows)


def _header_guess(parts: _Parts, options: ReadOptions) -> Guess:
    choices = tuple(HEADERS.items())
    if options.header is not None:
        words = "The first row holds the names" if options.header else "No row holds names"
        return Guess("header", options.header, f"{words}, as you said.", choices, given=True)
    if parts.names is None:
        words = "The first row was read as values, since it holds numbers; columns got numbers."
        return Guess("header", False, words, choices)
    if parts.doubtful:
        words = "The first row was read as the names, since it counts 0, 1, 2, …; it might be a row of values."
        return Guess("header", True, words, choices, doubtful=True)
    return Guess("header", True, "The first row was read as the names.", choices)


def _line_guess(names: Record, candidates: list[Record], units: Record | None, options: ReadOptions) -> Guess:
    choices = tuple((record.line + 1, legible(", ".join(record.fields), 50)) for record in candidates)
    rivals = [record for record in candidates if record is not units]
    given = options.names_line is not None
    sentence = f"The names stand in line {names.line + 1}{', as you said' if given else ''}."
    return Guess("names_line", names.line + 1, sentence, choices, given=given, doubtful=len(rivals) > 1 and not given)
