"""What the stored claims say about a shift, level by level: curves, ratios and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from liquid.errors import LiquidError
from liquid.studies.claims.robust import CFC, LIQUID, LSTM
from liquid.studies.claims.shift import COLUMNS, Kind
from liquid.studies.claims.study import ClaimResult
from liquid.studies.claims.uneven import BLIND_LIQUID, BLIND_LSTM, STEPPED, TIMED
from liquid.studies.statistics import Floats, Interval, by_uncertainty
from liquid.studies.verdict import ratio

OURS = {"noise": LIQUID, "dropped": LIQUID, "uneven": STEPPED}
CLAIM = {"noise": "robustness", "dropped": "robustness", "uneven": "irregular"}  # whose networks were shifted
ALSO = {"dropped": "cfc-dropped"}  # whose networks were too, on the same series
RIVALS = (LSTM, CFC, TIMED, BLIND_LSTM, BLIND_LIQUID)


@dataclass(frozen=True)
class Networks:
    """The networks that were tested under a shift, of one claim or of two: `rows` as COLUMNS says, of `members` of each
    kind and training, `parameters` by model, `steps` by training, and the training's own level."""

    claims: tuple[str, ...]
    date: str
    rows: list[list[Any]]
    members: int
    parameters: Mapping[str, int]
    steps: Mapping[str, int]
    home: float

    @staticmethod
    def of(claims: Mapping[str, ClaimResult], shift: str) -> Networks:
        """From stored claims; LiquidError, with the way out, if they hold no errors by level."""
        name, also = CLAIM[shift], ALSO.get(shift, "")
        result = claims.get(name)
        if result is None or tuple(result.picture.get("columns", ())) != COLUMNS:
            raise LiquidError(
                "The stored claims hold no errors by level. Make them: python -m liquid claims --only robustness "
                "--only irregular --only cfc-dropped."
            )
        used = [name]
        rows, parameters = list(result.picture["rows"]), dict(result.picture["parameters"])
        if (other := claims.get(also)) and (other.seed, other.quick) == (result.seed, result.quick):
            used.append(also)
            known, model = dict(parameters), COLUMNS.index("model")
            rows += [row for row in other.picture["rows"] if row[model] not in known]
            parameters |= other.picture["parameters"]
        mine = [row for row in rows if row[COLUMNS.index("shift")] == shift]
        steps, home, members = (result.picture[field] for field in ("steps", "home", "members"))
        return Networks(tuple(used), result.date, mine, members, parameters, steps, home[shift])


@dataclass(frozen=True)
class Shifted:
    """Errors of one kind of shift on one task, of networks by one training: `errors[kind][level]` holds those of every
    run, `[run]`, in the same order for every kind. `home` is the level of the training."""

    shift: str
    task: str
    training: str
    home: float
    errors: Mapping[Kind, Mapping[float, Floats]]

    @staticmethod
    def of(networks: Networks, shift: str, task: str, training: str) -> Shifted:
        errors: dict[Kind, dict[float, list[float]]] = {}
        for of, _, by, model, time, level, _, _, error in networks.rows:
            if (of, by) == (task, training):
                errors.setdefault(Kind(model, time), {}).setdefault(level, []).append(error)
        arrays = {kind: {level: np.array(runs) for level, runs in levels.items()} for kind, levels in errors.items()}
        return Shifted(shift, task, training, networks.home, arrays)

    @property
    def ours(self) -> Kind:
        return OURS[self.shift]

    @property
    def rivals(self) -> tuple[Kind, ...]:
        """The others, the LSTMs first."""
        return tuple(kind for kind in RIVALS if kind in self.errors)

    @property
    def levels(self) -> tuple[float, ...]:
        return tuple(self.errors[self.ours])

    def curve(self, kind: Kind) -> tuple[Interval, ...]:
        """Geometric mean of the error over the runs, with its 95 % interval, one per level."""
        return tuple(ratio(errors, np.ones_like(errors)) for errors in self.errors[kind].values())

    def against(self, rival: Kind, level: float) -> Interval:
        """Our error over the rival's, paired by run."""
        return ratio(self.errors[self.ours][level], self.errors[rival][level])

    # r(level) / r(home), r = ours / rival
    def growth(self, rival: Kind, level: float) -> Interval:
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
                f"{lead}: on {self.task} ({self.training}), with samples missing as in training, Liquid's error is "
                f"**{_times(timed)}** that of the LSTM with the time, {_times(self.against(BLIND_LSTM, self.home))} "
                "that of one without."
            )
        far, shift = max(self.levels), {"noise": "noise", "dropped": "of the samples dropped"}[self.shift]
        lead = {
            "less": "Liquid loses less than the LSTM",
            "more": "The LSTM loses less than Liquid",
            "": "Which of the two loses more is not decided",
        }[_side(self.growth(LSTM, far))]
        return (
            f"{lead}: on {self.task} ({self.training}), Liquid's error is **{_times(self.against(LSTM, far))}** the "
            f"LSTM's at {100 * far:.0f} % {shift}, {_times(self.against(LSTM, self.home))} as trained."
        )


def _side(ratio: Interval) -> str:
    """Where the interval of a ratio lies: "less" than 1, "more", or on both sides."""
    return "less" if ratio.high < 1 else "more" if ratio.low > 1 else ""


def _times(ratio: Interval) -> str:
    return f"{by_uncertainty(ratio)} times"
