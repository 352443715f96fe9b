"""How a question is answered, on every page and in the terminal: a verdict, one number, and the interval folded."""

from __future__ import annotations

from dataclasses import dataclass

HOLDS, IN_PART, DOES_NOT_HOLD, NOT_DECIDED = "holds", "holds in part", "does not hold", "not decided"
VERDICTS = (HOLDS, IN_PART, NOT_DECIDED, DOES_NOT_HOLD)
WORDS = {HOLDS: "Yes", IN_PART: "Partly", NOT_DECIDED: "Not decided", DOES_NOT_HOLD: "No"}


@dataclass(frozen=True)
class Answer:
    """An answer in the order in which it is read: the verdict, words around one number, and `fold`, its intervals."""

    verdict: str
    before: str
    number: str
    after: str
    fold: str = ""

    @property
    def markdown(self) -> str:
        return f"**{WORDS[self.verdict]}**: {self.before} **{self.number}**{self.after}"

    @property
    def sentence(self) -> str:
        """As plain text, without its intervals."""
        return f"{WORDS[self.verdict]}: {self.before} {self.number}{self.after}"

    def __str__(self) -> str:
        """As plain text, intervals and all."""
        return f"{self.sentence} {self.fold}" if self.fold else self.sentence
