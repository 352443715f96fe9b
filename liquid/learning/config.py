"""Everything that decides a training: one frozen record. Same config, same series, same numbers."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from liquid.dynamics.solvers import solver_named
from liquid.errors import LiquidError, check_limits, settings_from_json
from liquid.models.registry import Clock, ModelKind, having, model_named

LIMITS: dict[str, tuple[float, float]] = {
    "state_size": (1, 256),
    "members": (1, 32),
    "unfolds": (1, 16),
    "dt": (0.01, 1.0),
    "window": (8, 512),
    "horizon": (1, 200),
    "steps": (1, 20_000),
    "batch": (1, 512),
    "learning_rate": (1e-5, 1.0),
    "seed": (0, 2**31 - 1),
}


MOST_INPUTS = 500
MOST_NUMBERS = 100_000_000  # float32 values in one tensor: 400 MB
MOST_TAPE = 250_000_000  # float32 values that a step of training may remember: 1 GB
ONE = ("state_size", "members", "steps", "batch")  # settings that are 1 in a model that does not have them


@dataclass(frozen=True)
class TrainConfig:
    """Settings of one training, validated when made (LiquidError names the setting, its value and its range).

    `dt` is the time that a sample lasts for the layer; `unfolds` solver steps are taken in it. `window` and `horizon`
    count samples. `learning_rate` None means the model's own good default. `inputs` are further columns that the
    model reads beside the target; `timespans` lets a Liquid model step by the real time between uneven samples.
    A setting that the model does not have (`ModelKind.settings`) is put to what it amounts to: 1, or the default.
    """

    model: str = "Liquid"
    state_size: int = 16
    members: int = 8
    dt: float = Clock.dt
    unfolds: int = Clock.unfolds
    solver: str = Clock.solver
    window: int = 64
    horizon: int = 12
    steps: int = 600
    batch: int = 64
    learning_rate: float | None = None
    target: str | None = None
    inputs: tuple[str, ...] = ()
    timespans: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        kind = model_named(str(self.model))
        solver_named(str(self.solver))
        unset = {"learning_rate"} if self.learning_rate is None else set()
        check_limits(self, {name: limit for name, limit in LIMITS.items() if name not in unset})
        if not isinstance(self.timespans, bool):
            raise LiquidError(f"timespans={self.timespans!r} must be true or false.")
        names = (*self.inputs,) if self.target is None else (self.target, *self.inputs)
        if any(not isinstance(name, str) for name in names):
            raise LiquidError(f"target={self.target!r}, inputs={self.inputs!r}: columns are chosen by their names.")
        if len(self.inputs) > MOST_INPUTS:
            raise LiquidError(f"inputs names {len(self.inputs)} columns; choose {MOST_INPUTS} or fewer.")
        if self.timespans and "timespans" not in kind.settings:
            raise LiquidError(f"timespans=True is only supported for model={having('timespans')}; leave it out.")
        for name, value in self._without(kind).items():
            object.__setattr__(self, name, value)
        if self.numbers * self.batch > MOST_NUMBERS or self.tape * self.batch > MOST_TAPE:
            raise LiquidError(
                f"members={self.members}, batch={self.batch}, window={self.window}, state_size={self.state_size}, "
                f"unfolds={self.unfolds} and horizon={self.horizon} together need too much memory a step; lower one of "
                "them."
            )

    def _without(self, kind: ModelKind) -> dict[str, Any]:
        """What the settings that a model does not have amount to."""
        clock = asdict(kind.clock)
        return {
            field.name: 1 if field.name in ONE else clock.get(field.name, field.default)
            for field in fields(self)
            if field.name not in kind.settings and field.name not in ("model", "target", "horizon")
        }

    @property
    def kind(self) -> ModelKind:
        """The model's entry in the registry."""
        return model_named(self.model)

    @property
    def clock(self) -> Clock:
        return Clock(self.dt, self.unfolds, self.solver)

    @property
    def rate(self) -> float:
        """The peak learning rate in use; 0 if no gradients train the model."""
        return (self.kind.rate or 0.0) if self.learning_rate is None else self.learning_rate

    @property
    def numbers(self) -> int:
        """How many values one window becomes on its way through the model."""
        return self.members * self.window * (self.state_size + self.horizon + 2 * (1 + len(self.inputs)))

    @property
    def tape(self) -> int:
        """How many values of one window training remembers for its derivatives, at most."""
        samples = self.members * (self.window * self.unfolds + 1)
        return samples * self.kind.tape(self.state_size, 2 * (1 + len(self.inputs)))

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)

    @staticmethod
    def from_json(text: str) -> TrainConfig:
        """A config from its JSON; unknown settings are refused by name."""
        known = (field.name for field in fields(TrainConfig))
        given = settings_from_json(text, known, like='{"model": "Liquid"}')
        inputs = given.get("inputs", [])
        if not isinstance(inputs, list):
            raise LiquidError(f"inputs={inputs!r} must be a list of column names.")
        return TrainConfig(**{**given, "inputs": tuple(inputs)})
