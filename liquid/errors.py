"""The one kind of error that a user can cause."""

from __future__ import annotations

MOST_CHARACTERS = 800


class LiquidError(ValueError):
    """A sentence for the user: what is wrong, where (the value given), and the way out.

    A value may be as long as a file: what is too much in the middle is left out.
    """

    def __init__(self, sentence: str) -> None:
        half = MOST_CHARACTERS // 2
        super().__init__(sentence if len(sentence) <= MOST_CHARACTERS else f"{sentence[:half]} … {sentence[-half:]}")
