"""Everything that decides a training: one frozen record. Same config, same series, same numbers."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Annotated, Any

from annotated_types import Interval
from pydantic import Field

from liquid.dynamics.solvers import SOLVERS
from liquid.errors import LiquidError
from liquid.learning.outliers import TREATMENTS
from liquid.learning.trainings import TRAININGS, Training
from liquid.models.registry import FORMER_NAMES, MODELS, Clock, ModelKind, having, model_named
from liquid.settings import Settings, limits, named, one_of

MOST_INPUTS = 500
MOST_NUMBERS = 100_000_000  # float32 values in one tensor: 400 MB
MOST_TAPE = 250_000_000  # float32 values that a step of training may remember: 1 GB
OF_ALL = ("model", "target", "horizon", "outliers")  # settings that every model has
LEAST_PATIENCE = 48  # steps: a short training is over soon anyway
ONE = ("state_size", "members", "steps", "batch")  # settings that are 1 in a model that does not have them

Column = Annotated[str, named(": columns are chosen by their names")]


class TrainConfig(Settings):
    """Settings of one training, validated when made (LiquidError names the setting, its value and its range).

    `dt` is the time that a sample lasts for the layer; `unfolds` solver steps are taken in it. `window` and `horizon`
    count samples. `training` is one of `TRAININGS`. `learning_rate` None means the model's own good default. `inputs`
    are further columns that the model reads beside the target; `timespans` lets a Liquid model step by the real time
    between uneven samples. `outliers` is one of `TREATMENTS`, for all columns.
    A setting that the model does not have (`ModelKind.settings`) is put to what it amounts to: 1, or the default.
    """

    model: Annotated[str, one_of(MODELS, FORMER_NAMES)] = "Liquid"
    state_size: Annotated[int, Interval(ge=1, le=256)] = 16
    members: Annotated[int, Interval(ge=1, le=32)] = 8
    dt: Annotated[float, Interval(ge=0.01, le=1.0)] = Clock.dt
    unfolds: Annotated[int, Interval(ge=1, le=16)] = Clock.unfolds
    solver: Annotated[str, one_of(SOLVERS)] = Clock.solver
    window: Annotated[int, Interval(ge=8, le=512)] = 64
    horizon: Annotated[int, Interval(ge=1, le=200)] = 12
    training: Annotated[str, one_of(TRAININGS)] = "soap-solved"
    steps: Annotated[int, Interval(ge=1, le=20_000)] = 200
    batch: Annotated[int, Interval(ge=1, le=512)] = 64
    learning_rate: Annotated[float, Interval(ge=1e-5, le=1.0)] | None = None
    target: Column | None = None
    inputs: Annotated[tuple[Column, ...], Field(max_length=MOST_INPUTS, fail_fast=True)] = ()
    timespans: bool = False
    outliers: Annotated[str, one_of(TREATMENTS)] = "keep"
    seed: Annotated[int, Interval(ge=0, le=2**31 - 1)] = 0

    def __post_init__(self) -> None:
        kind = self.kind
        if self.timespans and "timespans" not in kind.settings:
            raise LiquidError(f"timespans=True is only supported for model={having('timespans')}; leave it out.")
        for name, value in self._without(kind).items():
            object.__setattr__(self, name, value)
        if self.numbers * self.batch > MOST_NUMBERS or self.tape * self.batch > MOST_TAPE:
            raise LiquidError(
                f"members={self.members}, batch={self.batch}, window={self.window}, state_size={self.state_size}, "
                f"unfolds={self.unfolds} and horizon={self.horizon} together need too much memory per step; lower "
                "one of them."
            )

    def _without(self, kind: ModelKind) -> dict[str, Any]:
        """What the settings that a model does not have amount to."""
        clock = asdict(kind.clock)
        return {
            field.name: 1 if field.name in ONE else clock.get(field.name, field.default)
            for field in fields(self)
            if field.name not in kind.settings and field.name not in OF_ALL
        }

    @property
    def kind(self) -> ModelKind:
        """The model's entry in the registry."""
        return model_named(self.model)

    @property
    def how(self) -> Training:
        """What its `training` is."""
        return TRAININGS[self.training]

    @property
    def patience(self) -> int | None:
        """Steps without a better validation loss that end the training; None if it goes on to its last step."""
        share = self.how.patience
        return None if share is None else max(LEAST_PATIENCE, round(share * self.steps))

    @property
    def clock(self) -> Clock:
        return Clock(self.dt, self.unfolds, self.solver)

    @property
    def rate(self) -> float:
        """The peak learning rate in use; 0 if no gradients train the model."""
        return (self.kind.rate or 0.0) if self.learning_rate is None else self.learning_rate

    @property
    def most_features(self) -> int:
        """The columns of the model's input if every column has gaps: level, change and age of each."""
        return 3 * (1 + len(self.inputs))

    @property
    def numbers(self) -> int:
        """How many values one window becomes on its way through the model."""
        return self.members * self.window * (self.state_size + self.horizon + self.most_features)

    @property
    def tape(self) -> int:
        """How many values of one window training remembers for its derivatives, at most."""
        samples = self.members * (self.window * self.unfolds + 1)
        return samples * self.kind.tape(self.state_size, self.most_features)


LIMITS = limits(TrainConfig)
