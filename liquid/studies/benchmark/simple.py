"""Task by task: the best simple method and its error, beside those of networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from liquid.studies.benchmark.config import SIZED, CellResult
from liquid.studies.benchmark.verdict import ErrorPoint, main_steps, points

SIZE = 300  # parameters asked for, at which networks stand beside the simple methods


class Reached(NamedTuple):
    """What is reached on a task at one noise: by the best of the methods without sizes, and by each network."""

    task: str
    noise: float
    simple: ErrorPoint | None
    networks: dict[str, ErrorPoint]


def reached(rows: Sequence[CellResult], size: int = SIZE) -> dict[tuple[str, float], Reached]:
    """By task and noise; the simple method is the best in hindsight, on the test part, which favours it."""
    main = main_steps(rows)
    kept = [
        row for row in rows if row.cell.model not in SIZED or (row.cell.parameters == size and row.cell.steps == main)
    ]
    found: dict[tuple[str, float], list[ErrorPoint]] = {}
    for point in points(kept):
        found.setdefault((point.task, point.noise), []).append(point)
    return {key: _reached(*key, own) for key, own in found.items()}


def _reached(task: str, noise: float, own: Sequence[ErrorPoint]) -> Reached:
    simple = [point for point in own if point.model not in SIZED]
    networks = {point.model: point for point in own if point.model in SIZED}
    return Reached(task, noise, min(simple, key=lambda point: point.error.mean, default=None), networks)
