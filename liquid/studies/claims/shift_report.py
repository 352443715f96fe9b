"""What the stored claims say about a shift, level by level: curves, ratios and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from liquid.errors import LiquidError
from liquid.studies.claims.shift import COLUMNS
from liquid.studies.claims.study import ClaimResult
from liquid.studies.claims.verdict import digits, ratio
from liquid.studies.statistics import Floats, Interval

OURS = {"noise": "Liquid", "dropped": "Liquid", "uneven": "Liquid, steps"}
CLAIM = {"noise": "robustness", "dropped": "robustness", "uneven": "irregular"}  # whose networks were shifted
RIVALS = ("LSTM", "LSTM, input", "LSTM, blind", "Liquid, blind")


@dataclass(frozen=True)
class Shifted:
    """Errors of one kind of shift on one task: `errors[model][level]` holds those of every network, `[run]`, in the
    same order for every model. `home` is the level of the training."""

    shift: str
    task: str
    home: float
    errors: Mapping[str, Mapping[float, Floats]]

    @staticmethod
    def of(found: Mapping[str, ClaimResult], shift: str, task: str) -> Shifted:
        """From stored claims; LiquidError, with the way out, where they hold no errors by level."""
        name = CLAIM[shift]
        picture: dict[str, Any] = found[name].picture if name in found else {}
        if tuple(picture.get("columns", ())) != COLUMNS:
            raise LiquidError(
                "The stored claims hold no errors by level. Make them: python -m liquid claims --only robustness "
                "--only irregular."
            )
        errors: dict[str, dict[float, list[float]]] = {}
        for at, kind, model, level, _, error in picture["rows"]:
            if (at, kind) == (task, shift):
                errors.setdefault(model, {}).setdefault(level, []).append(error)
        arrays = {model: {level: np.array(mine) for level, mine in by.items()} for model, by in errors.items()}
        return Shifted(shift, task, picture["home"][shift], arrays)

    @property
    def ours(self) -> str:
        return OURS[self.shift]

    @property
    def rivals(self) -> tuple[str, ...]:
        """The others, the LSTMs first."""
        return tuple(name for name in RIVALS if name in self.errors)

    @property
    def levels(self) -> tuple[float, ...]:
        return tuple(self.errors[self.ours])

    def curve(self, model: str) -> tuple[Interval, ...]:
        """Geometric mean of the error over the networks, with its 95 % interval, one a level."""
        return tuple(ratio(errors, np.ones_like(errors)) for errors in self.errors[model].values())

    def against(self, rival: str, level: float) -> Interval:
        """Our error over the rival's, paired by network."""
        return ratio(self.errors[self.ours][level], self.errors[rival][level])

    # r(level) / r(home), r = ours / rival
    def growth(self, rival: str, level: float) -> Interval:
        """How the ratio to a rival changes from the training's level to another: below 1, we lose less by it."""
        ours, theirs = self.errors[self.ours], self.errors[rival]
        return ratio(ours[level] / ours[self.home], theirs[level] / theirs[self.home])

    @property
    def sentence(self) -> str:
        """What the picture says, in numbers with intervals."""
        if self.shift == "uneven":
            told, blind = (_told(self.against(rival, self.home)) for rival in ("LSTM, input", "LSTM, blind"))
            return (
                f"On {self.task}, with samples missing as in training, the error of Liquid with true time steps is "
                f"{blind} that of an LSTM that is not told the time, and {told} that of one that reads it as an input."
            )
        far, rival = max(self.levels), "LSTM"
        at = {level: _told(self.against(rival, level)) for level in self.levels}
        if self.shift == "noise":
            ends = f"{at[0.0]} without noise, and {at[far]} at {100 * far:.0f} % noise"
        else:
            ends = f"and {at[far]} with {100 * far:.0f} % of the samples dropped"
        return (
            f"On {self.task}, Liquid's error is {at[self.home]} the LSTM's as trained, {ends}: "
            f"{self._loser(rival, far)}."
        )

    def _loser(self, rival: str, level: float) -> str:
        growth = self.growth(rival, level)
        if growth.high < 1:
            return f"Liquid loses less than the {rival}"
        return f"the {rival} loses less than Liquid" if growth.low > 1 else "which of the two loses more is not decided"


def _told(found: Interval) -> str:
    return f"{digits(found.mean)} ({digits(found.low)} to {digits(found.high)}) times"
