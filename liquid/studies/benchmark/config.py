"""One cell of the benchmark: what is trained on what. Everything that decides its row is in it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from liquid.errors import LiquidError, check_limits, settings_from_json
from liquid.models.registry import MODELS, model_named
from liquid.studies.benchmark.tasks import FOLDER, OWN, TASKS

ECHO, AR, PERSISTENCE = "Echo state", "Linear AR", "Persistence"
SIZED = tuple(name for name, kind in MODELS.items() if kind.sized)  # the others are what they are

LIMITS: dict[str, tuple[float, float]] = {
    "noise": (0.0, 10.0),
    "parameters": (20, 20_000),
    "seed": (0, 2**31 - 1),
    "steps": (1, 100_000),
}
RECIPE_LIMITS: dict[str, tuple[float, float]] = {
    "length": (200, 100_000),
    "window": (8, 512),
    "batch": (1, 1024),
}


@dataclass(frozen=True)
class Recipe:
    """What all models share: samples of a made series, samples in a window, windows in a batch, peak rates tried."""

    length: int = 3000
    window: int = 64
    batch: int = 32
    rates: tuple[float, ...] = (0.03, 0.1, 0.3, 1.0)

    def __post_init__(self) -> None:
        check_limits(self, RECIPE_LIMITS)
        if not self.rates or not all(0 < rate <= 1 for rate in self.rates):
            raise LiquidError(f"rates={self.rates!r}: give one or more learning rates above 0 and up to 1.")


@dataclass(frozen=True)
class Cell:
    """One training with its rate chosen on validation: one row of the result. `steps` counts weight updates."""

    task: str
    noise: float
    model: str
    parameters: int
    seed: int
    steps: int = 600
    recipe: Recipe = field(default_factory=Recipe)

    def __post_init__(self) -> None:
        if self.task not in (tasks := (*TASKS, OWN, FOLDER)):
            raise LiquidError(f"task={self.task!r} is not known; choose one of {', '.join(tasks)}.")
        model_named(self.model)
        check_limits(self, LIMITS)

    @property
    def key(self) -> str:
        """The cell's name in a store: its JSON, in one order."""
        return json.dumps(asdict(self), sort_keys=True)

    @staticmethod
    def from_json(text: str) -> Cell:
        """A cell from its JSON; unknown settings are refused by name."""
        given = settings_from_json(text, (entry.name for entry in fields(Cell)), like='{"task": "lorenz"}')
        known = (entry.name for entry in fields(Recipe))
        recipe = settings_from_json(json.dumps(given.get("recipe", {})), known, like='{"steps": 600}')
        rates = {"rates": tuple(recipe["rates"])} if "rates" in recipe else {}
        return Cell(**{**given, "recipe": Recipe(**{**recipe, **rates})})


@dataclass(frozen=True)
class CellResult:
    """A finished cell. Errors are NRMSE: RMSE over the clean values' standard deviation in the training part.

    `size` is the state size (AR: its order), `counted` the trained parameters; `validation` holds the best error of
    every rate tried, in the order of the recipe (None: diverged), `rate` the one chosen by it, None where nothing was
    tuned. `error` is the test part's, looked at once. `seconds` is the processor time of one training at one rate, and
    of all tries of a model that least squares trains.
    """

    cell: Cell
    size: int
    counted: int
    rate: float | None
    validation: tuple[float | None, ...]
    error: float
    seconds: float

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
        given = {name: value for name, value in json.loads(text).items() if name in ROW}
        cell = Cell.from_json(json.dumps(given.pop("cell")))
        return CellResult(**{**given, "cell": cell, "validation": tuple(given["validation"])})


ROW = frozenset(entry.name for entry in fields(CellResult))
