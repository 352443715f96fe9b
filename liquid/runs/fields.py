"""JSON from anybody, each field checked as it is taken."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from copy import copy
from typing import Any, TypeVar

import numpy as np

from liquid.errors import MOST_JSON, LiquidError
from liquid.series.windows import Floats

Choice = TypeVar("Choice", bound=str)

LONGEST_TEXT = 10_000
LARGEST = sys.float_info.max  # JSON can spell whole numbers beyond it


class Fields:
    """The fields of a JSON object from anybody, each checked as it is taken."""

    def __init__(self, path: str, content: bytes) -> None:
        self.path = path
        if len(content) > MOST_JSON:
            raise LiquidError(f"{path} has more than {MOST_JSON // 10**6} MB: keep the file as it was saved.")
        try:
            given = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise LiquidError(f"{path} is not JSON ({error}): train the model again.") from error
        self.given: dict[str, Any] = given if isinstance(given, dict) else {}

    def numbers(self, name: str, count: int, positive: bool = False) -> Floats:
        """A list of `count` finite numbers, `[count]`."""
        values = self.given.get(name)
        if not isinstance(values, list) or len(values) != count or not all(map(is_number, values)):
            raise self.wrong(name, f"a list of {count} numbers")
        if positive and min(values) <= 0:
            raise self.wrong(name, f"a list of {count} numbers above 0")
        return np.array(values, dtype=np.float64)

    def texts(self, name: str, most: int, fewest: int = 1) -> tuple[str, ...]:
        """A list of `fewest` to `most` texts."""
        values = self.given.get(name)
        if not isinstance(values, list) or not fewest <= len(values) <= most or not all(map(_is_text, values)):
            raise self.wrong(name, f"a list of {fewest} to {most} texts")
        return tuple(values)

    def text(self, name: str) -> str:
        value = self.given.get(name)
        if not _is_text(value):
            raise self.wrong(name, f"a text of at most {LONGEST_TEXT} letters")
        return str(value)

    def whole(self, name: str, least: int, most: int) -> int:
        value = self.given.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.wrong(name, f"a whole number from {least} to {most}")
        return value

    def choice(self, name: str, choices: Sequence[Choice]) -> Choice:
        """One of a few texts."""
        for known in choices:
            if known == self.given.get(name):
                return known
        raise self.wrong(name, f"one of {', '.join(choices)}")

    def number(self, name: str, missing: float | None = None) -> float:
        """A finite number from 0 up; `missing`, where one is given, stands for null."""
        value = self.given.get(name)
        if value is None and missing is not None:
            return missing
        if not is_number(value) or not isinstance(value, int | float) or value < 0:
            raise self.wrong(name, "a number from 0 up")
        return float(value)

    def parts(self, name: str, most: int, fewest: int = 1) -> list[Fields]:
        """A list of `fewest` to `most` objects."""
        values = self.given.get(name)
        if not isinstance(values, list) or not fewest <= len(values) <= most:
            raise self.wrong(name, f"a list of {fewest} to {most} objects")
        return [self._inside(f"{name}[{index}]", value) for index, value in enumerate(values)]

    def part(self, name: str) -> Fields:
        return self._inside(name, self.given.get(name))

    def _inside(self, name: str, value: object) -> Fields:
        if not isinstance(value, dict):
            raise self.wrong(name, "an object")
        inside = copy(self)
        inside.path, inside.given = f"{self.path}, {name}", value
        return inside

    def flag(self, name: str) -> bool:
        value = self.given.get(name)
        if not isinstance(value, bool):
            raise self.wrong(name, "true or false")
        return value

    def wrong(self, name: str, expected: str) -> LiquidError:
        return LiquidError(f"{self.path}: '{name}' must be {expected}. Keep the file as it was saved.")


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -LARGEST <= value <= LARGEST


def _is_text(value: object) -> bool:
    """A lone surrogate, which JSON can spell, is no text that a file or a page could show."""
    return (
        isinstance(value, str)
        and len(value) <= LONGEST_TEXT
        and not any("\ud800" <= sign <= "\udfff" for sign in value)
    )
