"""What a person may say about a CSV file, and what the reader guessed where nothing was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from liquid.errors import LiquidError
from liquid.series import zones

Setting = Literal[
    "encoding", "delimiter", "header", "decimal", "time_column", "day_first", "calendar", "century", "zone", "target"
]

ONE_COLUMN = ""  # as a delimiter: the file has one column
MAX_NAME = 60
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


@dataclass(frozen=True)
class ReadOptions:
    """What overrules a guess; None leaves it to the reader.

    `time_column` is a name, a position from 0 or "none"; `calendar` is the layout of its dates, such as "YYYYMM", and
    `century` that of the first year where years have two digits (1900); `zone` is where the clock of times without an
    offset stands (see `liquid.series.zones`), "" for one that is never set back; `target` names the columns to keep, in
    their order (None keeps all that hold numbers). Raises LiquidError for what the reader does not know.
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

    def __post_init__(self) -> None:
        if isinstance(self.target, str):
            object.__setattr__(self, "target", (self.target,))
        elif self.target is not None:
            object.__setattr__(self, "target", tuple(self.target))
        if self.delimiter is not None and self.delimiter not in DELIMITERS:
            raise LiquidError(f"delimiter={self.delimiter!r}: choose one of {_listed(DELIMITERS)}.")
        if self.decimal is not None and self.decimal not in DECIMALS:
            raise LiquidError(f"decimal={self.decimal!r}: choose one of {_listed(DECIMALS)}.")
        if self.century is not None and (self.century % 100 or not 1000 <= self.century <= 2900):
            raise LiquidError(f"century={self.century!r}: choose its first year, such as 1900.")
        if self.zone is not None and not zones.is_zone(self.zone):
            raise LiquidError(f"zone={self.zone!r}: choose UTC, an offset as +05:30 or a name as Europe/Berlin.")
        if self.delimiter == "," == self.decimal:
            raise LiquidError("A comma cannot be the delimiter and the decimal sign at once: change one of the two.")
        if self.target == ():
            raise LiquidError("target is empty: name at least one column, or leave it out to keep all.")

    def to_json(self) -> dict[str, Any]:
        """A dict that JSON can hold; `ReadOptions(**data)` gives the equal options back."""
        return asdict(self)


@dataclass(frozen=True)
class Guess:
    """One decision of the reader, as a page shows it: the setting that overrules it, what else it could be, and why.

    `value` and `alternatives` are values of `ReadOptions.<setting>`, each alternative with its words. `given` says that
    a person decided. `doubtful` says that the file does not decide it.
    """

    setting: Setting
    value: Any
    sentence: str
    alternatives: tuple[tuple[Any, str], ...]
    given: bool = False
    doubtful: bool = False


def legible(text: str, most: int = MAX_NAME) -> str:
    """One line of `text` with nothing in it that moves a cursor or turns the direction of writing, cut to `most`."""
    start = text[: 20 * most]  # a name may be as long as a file
    words = "".join(letter if letter.isprintable() else " " for letter in start).split()
    line = " ".join(words)
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def listed(names: Sequence[object], most: int = 5) -> str:
    """Names for a sentence, in quotes, the tail counted: 'a', 'b' and 3 more."""
    shown = ", ".join(f"'{name}'" for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def counted(count: int, one: str, many: str = "") -> str:
    """A count with its noun: 1 row, 1,200 rows."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _listed(choices: dict[str, str]) -> str:
    return ", ".join(f"{value!r} ({words})" for value, words in choices.items())
