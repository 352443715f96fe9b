"""The one kind of error that a user can cause, and the checks of a config's settings that most of them come from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

MOST_LETTERS = 800
MOST_JSON = 4_000_000  # of a document: parsed, a list of lists takes many times its size


class LiquidError(ValueError):
    """A sentence for the user: what is wrong, where (the value given), and the way out.

    A value may be as long as a file: what is too much in the middle is left out.
    """

    def __init__(self, sentence: str) -> None:
        half = MOST_LETTERS // 2
        super().__init__(sentence if len(sentence) <= MOST_LETTERS else f"{sentence[:half]} … {sentence[-half:]}")


def check_limits(config: object, limits: Mapping[str, tuple[float, float]], *, whole: bool = True) -> None:
    """Raise LiquidError for the first setting named in `limits` that is no number from its low to its high.

    With `whole`, a setting whose lower limit is an int must be a whole number.
    """
    for name, (low, high) in limits.items():
        value = getattr(config, name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise LiquidError(f"{name}={value!r} is outside {low:g} to {high:g}; choose a value between them.")
        if whole and isinstance(low, int) and not isinstance(value, int):
            raise LiquidError(f"{name}={value!r} must be a whole number between {low:g} and {high:g}.")


def settings_from_json(text: str, known: Iterable[str], *, like: str) -> dict[str, Any]:
    """The settings of a JSON object. LiquidError where it is none, and for settings that are not in `known`, by name.

    `like` is an example of such an object, for the sentence.
    """
    if len(text) > MOST_JSON:
        raise LiquidError(f"The settings have more than {MOST_JSON // 10**6} MB: keep the file as it was saved.")
    try:
        given: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LiquidError(f"The settings are not JSON ({error}).") from error
    if not isinstance(given, dict):
        raise LiquidError(f"The settings must be a JSON object, like {like}.")
    if unknown := sorted(set(given) - set(known)):
        raise LiquidError(f"There are settings that do not exist: {', '.join(unknown)}. Remove them.")
    return given
