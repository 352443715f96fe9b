"""The one place where the labelled cases and the round trip meet the reader: how it is called, and how it asks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from liquid.series.reading import Guess, Reading, ReadOptions, understand

# The words of the labels, and the reader's settings that ask for it.
SETTINGS = {
    "decimal": ("decimal",),
    "day_first": ("day_first",),
    "date_order": ("calendar",),
    "time": ("time_column",),
    "delimiter": ("delimiter",),
    "sheet": ("sheet",),
    "series": ("series",),
    "layout": ("layout",),
    "repeated": ("combine",),
    "zone": ("zone",),
    "sentinels": ("sentinels",),
}


def read(source: Path | bytes, options: ReadOptions | None = None) -> Reading:
    """What the reader understands. LiquidError if it refuses."""
    return understand(source, options=options or ReadOptions())


def questions(reading: Reading, *settings: str) -> list[Guess]:
    """The doubtful decisions of a reading: all of them, or those about one of `settings`."""
    wanted = [name for setting in settings for name in SETTINGS[setting]]
    return [guess for guess in reading.guesses if guess.doubtful and (not settings or guess.setting in wanted)]


def is_about(guess: Guess, *settings: str) -> bool:
    """Whether a question that must be answered before anything is read is about one of `settings`."""
    return guess.setting in [name for setting in settings for name in SETTINGS[setting]]


def answered(source: Path | bytes, reading: Reading, guess: Guess, value: Any) -> Reading:
    """The same file, read again with `value` as the answer to one question."""
    return read(source, replace(reading.options, **{guess.setting: value}))


def others(guess: Guess) -> Iterator[Any]:
    """The answers to a question that were not chosen."""
    yield from (value for value, _ in guess.alternatives if value != guess.value)


def series_called(guess: Guess, key: dict[str, str]) -> Any:
    """The answer to the question for a series whose name holds the values of `key` in their order."""
    for value, words in guess.alternatives:
        if any(_holds(text, list(key.values())) for text in (str(value), words)):
            return value
    raise AssertionError(f"no series {key} is offered, only {[words for _, words in guess.alternatives]}")


def unit(reading: Reading, name: str) -> str:
    """The unit of one column, as a page shows it."""
    series = reading.series
    units = getattr(series, "units", None) or (series.unit,) * len(series.names)
    return str(units[series.names.index(name)])


def sentences(reading: Reading) -> str:
    """All that a reading says about itself."""
    return "\n".join((*(guess.sentence for guess in reading.guesses), *reading.repairs, *reading.series.notes))


def _holds(text: str, parts: list[str]) -> bool:
    return re.search(r"\b.*?\b".join(rf"(?<!\w){re.escape(part)}(?!\w)" for part in parts), text) is not None
