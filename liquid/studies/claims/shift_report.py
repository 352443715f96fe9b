"""What the stored claims say about a shift, level by level: curves, ratios and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from liquid.errors import LiquidError
from liquid.studies.claims.shift import BLIND, COLUMNS, EVEN, INPUT, STEPS
from liquid.studies.claims.study import ClaimResult
from liquid.studies.statistics import Floats, Interval, by_uncertainty
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
        """What the picture says: who is ahead, then one number in bold; the intervals stand in its table."""
        if self.shift == "uneven":
            timed = self.against(TIMED, self.home)
            lead = {
                "less": "Liquid's true time steps are worth more than the time as an input of an LSTM",
                "more": "An LSTM that is given the time as an input is more accurate than Liquid with true time steps",
                "": "Whether Liquid's true time steps or the time as an LSTM's input are worth more is not decided",
            }[_side(timed)]
            return (
                f"{lead}: on {self.task}, with samples missing as in training, Liquid's error is **{_times(timed)}** "
                f"that of the LSTM with the time, {_times(self.against(BLIND_LSTM, self.home))} that of one without."
            )
        far, shift = max(self.levels), {"noise": "noise", "dropped": "of the samples dropped"}[self.shift]
        lead = {
            "less": "Liquid loses less than the LSTM",
            "more": "The LSTM loses less than Liquid",
            "": "Which of the two loses more is not decided",
        }[_side(self.growth(LSTM, far))]
        return (
            f"{lead}: on {self.task}, Liquid's error is **{_times(self.against(LSTM, far))}** the LSTM's at "
            f"{100 * far:.0f} % {shift}, {_times(self.against(LSTM, self.home))} as trained."
        )


def _side(ratio: Interval) -> str:
    """Where the interval of a ratio lies: "less" than 1, "more", or on both sides."""
    return "less" if ratio.high < 1 else "more" if ratio.low > 1 else ""


def _times(ratio: Interval) -> str:
    return f"{by_uncertainty(ratio)} times"
