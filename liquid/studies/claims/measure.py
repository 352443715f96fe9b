"""What a measurement of a claim is: a stream of progress that ends in checks and one line why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from liquid.engine import Stop
from liquid.studies.progress import StudyProgress
from liquid.studies.verdict import Check, verdict


@dataclass(frozen=True)
class Measured:
    """What came out: the checks (the first is the claim's headline), one line why, and data for a picture."""

    checks: tuple[Check, ...]
    why: str
    picture: dict[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        return verdict(self.checks)


@dataclass(frozen=True)
class Budget:
    """How much is spent: `full` for the stored result, otherwise a quick look with wider intervals. `seed` of all."""

    full: bool
    seed: int = 0

    def pick(self, full: int, quick: int) -> int:
        return full if self.full else quick


Events = Iterator[StudyProgress | Measured]
Measure = Callable[[Budget, Stop], Events]
