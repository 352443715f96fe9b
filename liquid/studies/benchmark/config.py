"""One cell of the benchmark: what is trained on what. Everything that decides its row is in it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any

from annotated_types import Interval
from pydantic import Field

from liquid.learning.trainings import TRAININGS
from liquid.models.registry import FORMER_NAMES, MODELS, model_named
from liquid.settings import Document, Settings, one_of, parsed
from liquid.studies.benchmark.tasks import FOLDER, OWN, TASKS

ECHO, AR, PERSISTENCE, POLYNOMIAL = "Echo state", "Linear AR", "Persistence", "Polynomial AR"
SIZED = tuple(name for name, kind in MODELS.items() if kind.sized)  # the others are what they are
Rate = Annotated[float, Interval(gt=0.0, le=1.0)]
Way = Annotated[str, one_of(TRAININGS)]


class Recipe(Settings):
    """What all models share: samples of a made series, samples in a window, windows in a batch, peak rates tried, and
    trainings, the plainest first: a later one is taken where validation is sure that it is better."""

    length: Annotated[int, Interval(ge=200, le=100_000)] = 2000
    window: Annotated[int, Interval(ge=8, le=512)] = 64
    batch: Annotated[int, Interval(ge=1, le=1024)] = 32
    rates: Annotated[tuple[Rate, ...], Field(min_length=1, fail_fast=True)] = (0.05, 0.2, 0.8)
    trainings: Annotated[tuple[Way, ...], Field(min_length=1, fail_fast=True)] = ("adam", "soap-finished")


class Cell(Settings):
    """One training with its rate chosen on validation: one row of the result. `steps` counts weight updates."""

    task: Annotated[str, one_of((*TASKS, OWN, FOLDER))]
    noise: Annotated[float, Interval(ge=0.0, le=10.0)]
    model: Annotated[str, one_of(MODELS, FORMER_NAMES)]
    parameters: Annotated[int, Interval(ge=20, le=20_000)]
    seed: Annotated[int, Interval(ge=0, le=2**31 - 1)]
    steps: Annotated[int, Interval(ge=1, le=100_000)] = 300
    recipe: Recipe = field(default_factory=Recipe)

    @property
    def key(self) -> str:
        """The cell's name in a store: its JSON, in one order."""
        return json.dumps(asdict(self), sort_keys=True)

    @property
    def former_keys(self) -> list[str]:
        """Its names in a store from when its model was called otherwise."""
        former = [old for old, new in FORMER_NAMES.items() if new == self.model]
        return [json.dumps(asdict(self) | {"model": old}, sort_keys=True) for old in former]


@dataclass(frozen=True)
class CellResult(Document):
    """A finished cell. Errors are NRMSE: RMSE over the clean values' standard deviation in the training part.

    `size` is the state size (AR: its order), `counted` the trained parameters; `validation` holds the best error of
    every training at every rate tried, in the order of the recipe (None: diverged), `training` and `rate` are those
    chosen by it, None if nothing was tuned. `error` is the test part's, looked at once. `seconds` is the processor time
    of the chosen training at one rate, and of all tries of a model that least squares trains.
    """

    cell: Cell
    size: int
    counted: int
    rate: float | None
    validation: tuple[float | None, ...]
    error: float
    seconds: float
    training: str | None = None

    @property
    def off(self) -> float:
        """How far the count is from the one asked for: 0.05 is 5 % too many."""
        return self.counted / self.cell.parameters - 1 if model_named(self.cell.model).sized else 0.0

    @property
    def spent(self) -> float:
        """Processor time of all that was tried for this row: of recurrent models, a training at every rate."""
        return self.seconds * max(1, len(self.validation))

    def to_json(self, **about: Any) -> str:
        """The row, and what else is to be kept with it."""
        return json.dumps({**about, **asdict(self)})

    @staticmethod
    def from_json(text: str) -> CellResult:
        """A row from its JSON; what was kept with it is not part of it."""
        return parsed(CellResult, text)
