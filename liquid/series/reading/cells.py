"""What one cell looks like, to judge a table's shape by: missing, a number, a time, or text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from liquid.series.reading.numbers import is_missing, is_number

Kind = Literal["number", "time", "text", "missing"]
LONGEST = 400  # characters of a cell that is not text

_MONTH_NAMES = (
    "january february march april may june july august september october november december "
    "januar februar märz maerz mrz mai juni juli oktober dezember "
    "janvier février fevrier mars avril juin juillet août aout septembre octobre novembre décembre decembre "
    "enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre "
    "gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre"
)
_MONTHS = {name[:length] for name in _MONTH_NAMES.split() for length in range(3, len(name) + 1)}
_ZONE = r"(?: ?(?:Z|[A-Z]{2,5}|[+-]\d{2}(?::?\d{2})?))?"
_CLOCK = rf"\d{{1,2}}:\d{{2}}(?::\d{{2}}(?:[.,]\d{{1,9}})?)?(?: ?[AaPp]\.?[Mm]\.?)?{_ZONE}|\d{{1,2}} ?[AaPp]\.?[Mm]\.?"
_TIME = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +)?"
    r"(?:\d{8}T\d{4,6}Z?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\.?|\d{4}[-/.]\d{1,2}|\d{1,2}[-/.]\d{4}"
    r"|\d{4}[- ]?[qmw]\d{1,2}(?:-\d)?|q[1-4][-/ ]\d{4}"
    r"|(?:\d{1,4}[-/. ]{1,2}(?:de )?)?(?P<month>[a-zà-ÿ]{3,10})(?:[-/. ]{1,2}| de )\d{1,4}(?:,?[-/. ]\d{2,4})?"
    r"|(?P<other>[a-z]{3}) +\d{1,2} \d{2}:\d{2}:\d{2} \d{4}|\d{4}[-/. ](?P<last>[a-zà-ÿ]{3,10}))"
    rf"(?:[T ]+(?:{_CLOCK}))?|{_CLOCK}",
    re.IGNORECASE,
)

_YEAR_NAME = re.compile(r"(?:(?:X|Y|YR|FY|year)[ _.]?)?((?:1[5-9]|20|21)\d\d)(?:\.0)?(?: ?\[.{0,20}\])?", re.IGNORECASE)
_COUNTING = re.compile(r"([^\W\d_]{0,10})[ _.]?(\d{1,4})(?::00)?")
# What names that count times begin with; M4 says V, as R does.
STEPS = frozenset("d,day,t,time,w,wk,week,m,month,q,quarter,y,year,h,hour,step,period,v".split(","))  # noqa: SIM905
_COMPACT = re.compile(r"(?:1[5-9]|20|21)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?")  # 202401, 20240131


def kind_of(cell: str) -> Kind:
    """What a cell looks like."""
    return _kind_of_short(cell) if len(cell) <= LONGEST else "text"


@lru_cache(maxsize=20_000)  # the same cells come under every delimiter
def _kind_of_short(cell: str) -> Kind:
    if is_missing(cell):
        return "missing"
    return "number" if is_number(cell) else "time" if is_time(cell) else "text"


def is_time(cell: str) -> bool:
    """Whether a cell is a date, a time of day or both, or an interval of such."""
    cell = cell.strip()
    if len(cell) > 80:
        return False
    start, dash, end = cell.partition(" - ")
    if dash and is_time(start):
        return is_time(end)
    found = _TIME.fullmatch(cell)
    if found is None:
        return False
    words = [word.lower() for word in found.group("month", "other", "last") if word]
    return all(word in _MONTHS for word in words)


def time_in_name(name: str) -> str | None:
    """The time that a column is named by: 2005 in "2005", "YR2005" or "2005 [YR2005]"; None for any other name."""
    found = _YEAR_NAME.fullmatch(name.strip())
    return found[1] if found else name if is_compact(name) or is_time(name) else None


def counting_names(names: Iterable[str], prefixes: frozenset[str]) -> dict[str, int]:
    """The names that count on behind one of these words: d_1, d_2, …; none where the count has holes."""
    groups: dict[str, dict[str, int]] = {}
    for name in names:
        found = _COUNTING.fullmatch(name.strip())
        if found and found[1].lower() in prefixes:
            groups.setdefault(found[1].lower(), {})[name] = int(found[2])
    longest = max(groups.values(), key=len, default={})
    numbers = sorted(longest.values())
    return longest if longest and numbers == list(range(numbers[0], numbers[0] + len(numbers))) else {}


def is_compact(name: str) -> bool:
    """Whether these digits can be a month or a day; among the names of columns only, since numbers look alike."""
    return _COMPACT.fullmatch(name.strip()) is not None


def is_typed(cell: str) -> bool:
    return kind_of(cell) in ("number", "time")


def common_kind(cells: Iterable[str]) -> Kind:
    """The kind of at least half of the cells that are not missing; text where none is."""
    counts = Counter(map(kind_of, cells))
    present = counts["number"] + counts["time"] + counts["text"]
    if not present or (present == 1 and counts["missing"] > 1):  # a name above cells that are all missing
        return "missing"
    kind: Kind = "time" if counts["time"] > counts["number"] else "number"
    return kind if counts[kind] >= 0.5 * present else "text"
