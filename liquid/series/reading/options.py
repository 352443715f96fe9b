"""What a person may say about a CSV file, and what the reader guessed where nothing was said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from liquid.errors import LiquidError
from liquid.series import zones

Setting = Literal[
    "encoding",
    "sheet",
    "delimiter",
    "header",
    "names_line",
    "decimal",
    "layout",
    "time_column",
    "day_first",
    "calendar",
    "century",
    "zone",
    "series",
    "combine",
    "unread",
    "sentinels",
    "target",
]

ONE_COLUMN = ""  # as a delimiter: the file has one column
NO_TIME = "none"  # as a time column: the rows are only in order

DELIMITERS = {
    ",": "comma",
    ";": "semicolon",
    "\t": "tab",
    "|": "vertical bar",
    " ": "space",
    ONE_COLUMN: "none, one column",
}
DECIMALS = {".": "point", ",": "comma"}
ENCODINGS = {
    "utf-8": "UTF-8",
    "cp1252": "Windows-1252 (Western)",
    "latin-1": "Latin-1",
    "utf-16-le": "UTF-16, little-endian",
    "utf-16-be": "UTF-16, big-endian",
}
HEADERS = {True: "names in the first row", False: "no names"}
DATE_ORDERS = {True: "day first", False: "month first"}
LAYOUTS = {"long": "each row is a time", "wide": "each row is a series, the times are in the row of names"}
ONE = "one"
ALL_ROWS: tuple[tuple[str, str], ...] = ()  # as a series: no key tells rows apart
COMBINATIONS = {
    ONE: "one series by itself",
    "first": "the first row of each time",
    "last": "the last row of each time",
    "mean": "the mean of all rows of a time",
    "sum": "the sum of all rows of a time",
}
UNREAD = {"refuse": "leave the column out", "missing": "count these cells as missing"}
SENTINELS = {"keep": "a value like any other", "missing": "missing"}
WISHES = ("series", "combine", "sheet")  # no file can decide what a person wants
CHOICES: dict[str, dict[str, str]] = {
    "delimiter": DELIMITERS,
    "decimal": DECIMALS,
    "layout": LAYOUTS,
    "combine": COMBINATIONS,
    "unread": UNREAD,
    "sentinels": SENTINELS,
}


@dataclass(frozen=True)
class ReadOptions:
    """What overrules a guess; None leaves it to the reader.

    `time_column` is a name, a position from 0 or "none"; `calendar` is the layout of its dates, such as "YYYYMM"
    (or "mm:ss"), and `century` that of the first year where years have two digits (1900); `zone` is where the clock
    of times without an offset stands (see `liquid.series.zones`), "" for one that is never set back. `target` names
    the columns to keep, in their order (None keeps all that hold numbers). `series` chooses among several series in
    one table, by the value in each key column ({"shop": "1"}); `combine` says what becomes of several rows of one
    time. `names_line` is the line, from 1, that holds the names. LiquidError for a value that the reader does not
    know. An empty `series` says that all rows are one. `first`, `last` and `without` are the part of the series to use
    (see `liquid.series.part`), `at` the times to forecast that no row of the file has (see `liquid.series.asked`).
    """

    delimiter: str | None = None
    decimal: str | None = None
    header: bool | None = None
    time_column: str | int | None = None
    day_first: bool | None = None
    calendar: str | None = None
    century: int | None = None
    zone: str | None = None
    target: tuple[str, ...] | None = None
    encoding: str | None = None
    sheet: str | None = None
    names_line: int | None = None
    layout: str | None = None
    series: tuple[tuple[str, str], ...] | None = None
    combine: str | None = None
    unread: str | None = None
    sentinels: str | None = None
    first: str | None = None
    last: str | None = None
    without: str | None = None
    at: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.target, str):
            object.__setattr__(self, "target", (self.target,))
        elif self.target is not None:
            object.__setattr__(self, "target", tuple(self.target))
        if self.series is not None:
            pairs = self.series.items() if isinstance(self.series, Mapping) else self.series
            object.__setattr__(self, "series", tuple((str(key), str(label)) for key, label in pairs))
        for name, choices in CHOICES.items():
            value = getattr(self, name)
            if value is not None and value not in choices:
                raise LiquidError(f"{name}={value!r}: choose one of {_listed(choices)}.")
        if self.names_line is not None and self.names_line < 1:
            raise LiquidError(f"names_line={self.names_line}: lines count from 1.")
        if self.century is not None and (self.century % 100 or not 1000 <= self.century <= 2900):
            raise LiquidError(f"century={self.century!r}: choose its first year, such as 1900.")
        if self.zone is not None and not zones.is_zone(self.zone):
            raise LiquidError(f"zone={self.zone!r}: choose UTC, an offset as +05:30 or a name as Europe/Berlin.")
        if self.delimiter == "," == self.decimal:
            raise LiquidError("A comma cannot be the delimiter and the decimal sign at once: change one of the two.")
        if self.target == ():
            raise LiquidError("target is empty: name at least one column, or leave it out to keep all.")

    @property
    def whole(self) -> ReadOptions:
        """The same but for the part and the times to forecast: how the whole file is read."""
        return replace(self, first=None, last=None, without=None, at=None)

    def after(self, read_as: str) -> str:
        """How a series was read that was `read_as` before (an untrusted text) and of which this part was taken."""
        try:
            before = ReadOptions(**json.loads(read_as or "{}"))
        except (ValueError, TypeError, RecursionError, LiquidError):
            return read_as
        left_out = ", ".join(filter(None, (before.without, self.without)))
        first, last = self.first or before.first, self.last or before.last
        return replace(before, first=first, last=last, without=left_out or None, at=self.at or before.at).text

    def to_json(self) -> dict[str, Any]:
        """A dict that JSON can hold; `ReadOptions(**data)` gives the equal options back."""
        return {**asdict(self), "series": dict(self.series) if self.series is not None else None}

    @property
    def given(self) -> dict[str, Any]:
        """What overrules a guess, as `to_json` has it."""
        return {name: value for name, value in self.to_json().items() if value is not None}

    @property
    def text(self) -> str:
        """That as JSON; empty if there is nothing."""
        return json.dumps(self.given, ensure_ascii=False) if self.given else ""


@dataclass(frozen=True)
class Guess:
    """One decision of the reader, as a page shows it: the setting that overrules it, what else it could be, and why.

    `value` and `alternatives` are values of `ReadOptions.<setting>`, each alternative with its words. `outcomes`, where
    they are known, say what each alternative would give, in the same order. `given` says that a person decided.
    `doubtful` says that the file does not decide it.
    """

    setting: Setting
    value: Any
    sentence: str
    alternatives: tuple[tuple[Any, str], ...]
    given: bool = False
    doubtful: bool = False
    outcomes: tuple[str, ...] = ()

    @property
    def shown_first(self) -> bool:
        """Whether a person has to see it: the file does not decide it, they did, or which of several series it is."""
        return self.doubtful or self.given or self.setting in WISHES


class Question(LiquidError):
    """What the file leaves open, and without an answer nothing can be read: the sentence, and the guess to overrule."""

    def __init__(self, guess: Guess) -> None:
        super().__init__(guess.sentence)
        self.guess = guess

    def __reduce__(self) -> tuple[type[Question], tuple[Guess]]:
        return type(self), (self.guess,)  # from the process that reads a large file


def _listed(choices: dict[str, str]) -> str:
    return ", ".join(f"{value!r} ({words})" for value, words in choices.items())
