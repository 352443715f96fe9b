"""How far a study is, between its start and its result."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StudyProgress:
    """`done` of `total` parts are there, and what is being done."""

    done: int
    total: int
    doing: str
