"""Words for sentences: names cut to what a line can show, lists, and counts with their noun."""

from __future__ import annotations

from collections.abc import Sequence

MAX_NAME = 60


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


def enumerated(parts: Sequence[str]) -> str:
    """Parts of a sentence, all of them: a, b and c."""
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def counted(count: int, one: str, many: str = "") -> str:
    """A count with its noun: 1 row, 1,200 rows."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
