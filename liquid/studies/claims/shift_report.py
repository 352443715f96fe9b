"""What the stored claims say about a shift, level by level: curves, ratios and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from liquid.errors import LiquidError
from liquid.studies.claims.shift import BLIND, COLUMNS, EVEN, INPUT, STEPS
from liquid.studies.claims.study import ClaimResult
from liquid.studies.statistics import Floats, Interval
from liquid.studies.verdict import ratio


class Network(NamedTuple):
    """A kind of network, and what it learns about the time between samples."""

    model: str
    time: str


LIQUID, LSTM = Network("Liquid", EVEN), Network("LSTM", EVEN)
STEPPED, BLIND_LIQUID = Network("Liquid", STEPS), Network("Liquid", BLIND)
TIMED, BLIND_LSTM = Network("LSTM", INPUT), Network("LSTM", BLIND)
OURS = {"noise": LIQUID, "dropped": LIQUID, "uneven": STEPPED}
CLAIM = {"noise": "robustness", "dropped": "robustness", "uneven": "irregular"}  # whose networks were shifted
RIVALS = (LSTM, TIMED, BLIND_LSTM, BLIND_LIQUID)


@dataclass(frozen=True)
class Shifted:
    """Errors of one kind of shift on one task: `errors[network][level]` holds those of every run, `[run]`, in the same
    order for every network. `home` is the level of the training."""

    shift: str
    task: str
    home: float
    errors: Mapping[Network, Mapping[float, Floats]]

    @staticmethod
    def of(claims: Mapping[str, ClaimResult], shift: str, task: str) -> Shifted:
        """From stored claims; LiquidError, with the way out, if they hold no errors by level."""
        name = CLAIM[shift]
        picture: dict[str, Any] = claims[name].picture if name in claims else {}
        if tuple(picture.get("columns", ())) != COLUMNS:
            raise LiquidError(
                "The stored claims hold no errors by level. Make them: python -m liquid claims --only robustness "
                "--only irregular."
            )
        errors: dict[Network, dict[float, list[float]]] = {}
        for of, kind, model, time, level, _, error in picture["rows"]:
            if (of, kind) == (task, shift):
                errors.setdefault(Network(model, time), {}).setdefault(level, []).append(error)
        arrays = {
            network: {level: np.array(runs) for level, runs in levels.items()} for network, levels in errors.items()
        }
        return Shifted(shift, task, picture["home"][shift], arrays)

    @property
    def ours(self) -> Network:
        return OURS[self.shift]

    @property
    def rivals(self) -> tuple[Network, ...]:
        """The others, the LSTMs first."""
        return tuple(network for network in RIVALS if network in self.errors)

    @property
    def levels(self) -> tuple[float, ...]:
        return tuple(self.errors[self.ours])

    def curve(self, network: Network) -> tuple[Interval, ...]:
        """Geometric mean of the error over the runs, with its 95 % interval, one per level."""
        return tuple(ratio(errors, np.ones_like(errors)) for errors in self.errors[network].values())

    def against(self, rival: Network, level: float) -> Interval:
        """Our error over the rival's, paired by run."""
        return ratio(self.errors[self.ours][level], self.errors[rival][level])

    # r(level) / r(home), r = ours / rival
    def growth(self, rival: Network, level: float) -> Interval:
        """How the ratio to a rival changes from the training's level to another: below 1, we lose less by it."""
        ours, theirs = self.errors[self.ours], self.errors[rival]
        return ratio(ours[level] / ours[self.home], theirs[level] / theirs[self.home])

    @property
    def sentence(self) -> str:
        """What the picture says, in numbers with intervals."""
        if self.shift == "uneven":
            timed, blind = (_times(self.against(rival, self.home)) for rival in (TIMED, BLIND_LSTM))
            return (
                f"On {self.task}, with samples missing as in training, the error of Liquid with true time steps is "
                f"{blind} that of an LSTM without the time, and {timed} that of one with the time as an input."
            )
        far = max(self.levels)
        at = {level: _times(self.against(LSTM, level)) for level in self.levels}
        if self.shift == "noise":
            ends = f"{at[0.0]} without noise, and {at[far]} at {100 * far:.0f} % noise"
        else:
            ends = f"and {at[far]} with {100 * far:.0f} % of the samples dropped"
        return f"On {self.task}, Liquid's error is {at[self.home]} the LSTM's as trained, {ends}: {self._loser(far)}."

    def _loser(self, level: float) -> str:
        growth = self.growth(LSTM, level)
        if growth.high < 1:
            return "Liquid loses less than the LSTM"
        return "the LSTM loses less than Liquid" if growth.low > 1 else "which of the two loses more is not decided"


def _times(ratio: Interval) -> str:
    return f"{ratio} times"
