"""Whether a model is better than the best baseline: over the horizon that was asked for, then at the first step.

The error over a horizon is the RMSE over all its steps on the same known test values,

    sqrt(mean over h of mean over t of (forecast of y_t made h steps before - y_t)^2)

in the series' unit. Every step counts the same: who asks for twelve values wants each of them, and what they are off
by adds up in that unit. Far steps, which are off by more, so have more of a say; `Row.horizon_rmse` shows each alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from liquid.answers import DOES_NOT_HOLD, HOLDS, IN_PART, NOT_DECIDED, Answer
from liquid.learning.comparison import SAME, TOO_FEW, RmseRatio
from liquid.learning.metrics import Metrics
from liquid.series.windows import Floats, rms

BETTER, WORSE, ALIKE, OPEN, TOO_SHORT, NO_ERROR = "better", "worse", "alike", "open", "too short", "no error"
FACTOR = 0.05  # a ratio below it is told as a factor, for per cent would read as 100
FIRST_STEP_ALONE = "Only the first step was compared when this run was saved: train again to compare the whole horizon."


@dataclass(frozen=True)
class Row:
    """One model: its one-step metrics, RMSE at each step of the horizon, and RMSE(model) / RMSE(it) with interval, one
    step ahead and over the horizon; None for runs that were saved before that was compared."""

    name: str
    one_step: Metrics
    horizon_rmse: Floats
    ratio: RmseRatio
    horizon_ratio: RmseRatio | None = None

    @property
    def rmse(self) -> float:
        """Over all steps of the horizon."""
        return float(rms(self.horizon_rmse))


@dataclass(frozen=True)
class Compared:
    """A model's error beside that of the best baseline, one step ahead or over more of them."""

    model: str
    rival: str
    rmse: float  # of the model
    ratio: RmseRatio

    @property
    def outcome(self) -> str:
        """What the interval allows to say."""
        ratio = self.ratio
        if not ratio.exists:
            return NO_ERROR
        if not ratio.has_interval:
            return TOO_SHORT
        if ratio.is_one:
            return ALIKE
        return BETTER if ratio.high < 1 else WORSE if ratio.low > 1 else OPEN

    @property
    def as_factor(self) -> bool:
        """Whether a factor says more than per cent."""
        return not FACTOR < self.ratio.value < 2

    @property
    def number(self) -> str:
        """A factor, or the difference in per cent, with a decimal where the interval is narrow or it would be none."""
        value, low, high = self.ratio
        if self.as_factor:
            return f"{value:.3g} times"
        difference = 100 * abs(value - 1)
        return f"{difference:.{1 if difference < 1 or high - low < 0.02 else 0}f} %"

    @property
    def side(self) -> str:
        """What comes after the number, before the rival's name."""
        return "that of" if self.as_factor else f"{'below' if self.ratio.value < 1 else 'above'} that of"

    @property
    def doubt(self) -> str:
        """What has to be said after a difference."""
        return {OPEN: "; that may be chance", TOO_SHORT: f"; {TOO_FEW}"}.get(self.outcome, "")

    @property
    def interval(self) -> str:
        """The ratio and its interval, which other places fold away."""
        if self.outcome == NO_ERROR:
            return f"{self.rival} makes no error: there is no ratio."
        value, low, high = self.ratio
        sure = f", 95 % interval {low:.3g} to {high:.3g}" if self.ratio.has_interval else f"; {TOO_FEW}"
        return f"{value:.3g} times {self.rival}'s{sure}."


def over_horizon(rows: Sequence[Row]) -> Compared | None:
    """The model, first of the rows, beside the baseline with the least error over the horizon; None if unmeasured."""
    rival = min(rows[1:], key=lambda row: row.rmse)
    if rival.horizon_ratio is None:
        return None
    return Compared(rows[0].name, rival.name, rows[0].rmse, rival.horizon_ratio)


def at_first_step(rows: Sequence[Row]) -> Compared:
    """The model beside the baseline with the least error one step ahead."""
    rival = min(rows[1:], key=lambda row: row.one_step.rmse)
    return Compared(rows[0].name, rival.name, rows[0].one_step.rmse, rival.ratio)


def answer(rows: Sequence[Row]) -> Answer:
    """Yes if the model is better than the best baseline over the horizon, no if it is not; partly if the first step
    says otherwise; not decided if the interval holds 1, or there is none."""
    horizon = len(rows[0].horizon_rmse)
    first, all_steps = at_first_step(rows), over_horizon(rows)
    judged, steps = (first, 1) if all_steps is None else (all_steps, horizon)
    where = f"over the next {steps} steps" if steps > 1 else "one step ahead"
    fold = f"RMSE {where}: {judged.interval}"
    if steps > 1:
        fold += f" One step ahead: {first.interval}"
    their = f"{where}, {judged.model}'s error"
    if judged.outcome == NO_ERROR:
        words = (f"{judged.rival} makes no error on the test part; {their} is", f"{judged.rmse:.3g}", ".")
    elif judged.outcome == ALIKE:
        beside = f"{their} differs from that of the best baseline, {judged.rival}, by less than"
        words = (beside, f"{100 * SAME:g} %", ".")
    else:
        words = (f"{their} is", judged.number, f" {judged.side} the best baseline, {judged.rival}{judged.doubt}.")
    return Answer(_verdict(judged.outcome, first.outcome), *words, fold)


def _verdict(judged: str, first: str) -> str:
    if judged == BETTER:
        return IN_PART if first in (WORSE, NO_ERROR) else HOLDS
    if judged in (OPEN, TOO_SHORT):
        return NOT_DECIDED
    return IN_PART if first == BETTER else DOES_NOT_HOLD


def first_step(rows: Sequence[Row]) -> str:
    """One sentence beside the verdict over a horizon: who is better one step ahead. Empty if that is all there is."""
    if len(rows[0].horizon_rmse) == 1:
        return ""
    if over_horizon(rows) is None:
        return FIRST_STEP_ALONE
    first = at_first_step(rows)
    if first.outcome == NO_ERROR:
        return f"One step ahead, {first.rival} makes no error."
    if first.outcome == ALIKE:
        return f"One step ahead, it and {first.rival} make the same error."
    return f"One step ahead it is {first.number} {first.side} {first.rival}{first.doubt}."
