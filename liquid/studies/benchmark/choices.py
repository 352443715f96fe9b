"""What validation chose for every model, from the one list that all have: trainings and peak rates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from liquid.studies.benchmark.config import CellResult
from liquid.studies.benchmark.verdict import main_steps


class Chosen(NamedTuple):
    """Shares of a model's rows, over all tasks, noises, sizes and seeds: 0 to 1, in the order of the recipe.

    `largest` and `smallest` are the edges of the list of rates: who chooses them often might gain from one beyond.
    """

    model: str
    rows: int
    trainings: dict[str, float]
    rates: dict[float, float]

    @property
    def largest(self) -> float:
        return self.rates[max(self.rates)]

    @property
    def smallest(self) -> float:
        return self.rates[min(self.rates)]


def chosen(rows: Sequence[CellResult]) -> tuple[Chosen, ...]:
    """One line per model that has a rate to choose."""
    main = main_steps(rows)
    by_model: dict[str, list[CellResult]] = {}
    for row in rows:
        if row.rate is not None and row.cell.steps == main:
            by_model.setdefault(row.cell.model, []).append(row)
    return tuple(_chosen(model, own) for model, own in by_model.items())


def _chosen(model: str, own: list[CellResult]) -> Chosen:
    recipe = own[0].cell.recipe
    trainings, rates = Counter(row.training or recipe.trainings[0] for row in own), Counter(row.rate for row in own)
    return Chosen(
        model,
        len(own),
        {name: trainings[name] / len(own) for name in recipe.trainings},
        {rate: rates[rate] / len(own) for rate in sorted(recipe.rates)},
    )
