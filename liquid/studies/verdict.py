"""From numbers to a verdict, by one rule for all claims. Nothing here is typed by hand."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import beta

from liquid.answers import DOES_NOT_HOLD, HOLDS, IN_PART, NOT_DECIDED
from liquid.studies.statistics import Floats, Interval, by_uncertainty, digits, interval

RULE = (
    "A claim is broken down into statements about one number each. A statement holds if the number's whole 95 % "
    "interval lies in the range that it names, and fails if the whole interval lies outside; an interval that "
    "straddles the edge is inconclusive. A claim holds if all its statements hold, holds in part if some hold and some "
    "fail, and does not hold if none holds and more than half fail. Everything else is not decided, and so is a claim "
    "whose positive control (a quantity with a known value, measured in the same way) fails."
)


@dataclass(frozen=True)
class Check:
    """One statement of a claim: `value`, in `unit`, should lie in [at_least, at_most].

    `quantity` is what was measured, `condition` what on or under which setting, if a claim has several, `training` what
    the networks were trained by, in words, if a claim is measured with several. A `positive_control` is no part of the
    claim: its value is known, so it tests the measurement itself.
    """

    quantity: str
    value: Interval
    at_least: float = -math.inf
    at_most: float = math.inf
    unit: str = ""
    condition: str = ""
    positive_control: bool = False
    training: str = ""

    @property
    def text(self) -> str:
        """What was measured, in words."""
        words = ", ".join(filter(None, (self.quantity, self.condition, self.training)))
        return f"Positive control: {words}" if self.positive_control else words

    @property
    def outcome(self) -> str:
        """HOLDS, DOES_NOT_HOLD or NOT_DECIDED; a missing number decides nothing."""
        if self.at_least <= self.value.low and self.value.high <= self.at_most:
            return HOLDS
        if self.value.high < self.at_least or self.value.low > self.at_most:
            return DOES_NOT_HOLD
        return NOT_DECIDED

    @property
    def number(self) -> str:
        """The number with its interval and unit; a count needs no interval."""
        exact = self.value.low == self.value.high
        number = digits(self.value.mean) if exact else f"{self.value}"
        return f"{number} {self.unit}" if self.unit else number

    @property
    def lead(self) -> str:
        """The number alone, with as many digits as its interval allows, and its unit."""
        return f"{by_uncertainty(self.value)} {self.unit}".strip()

    @property
    def required(self) -> str:
        """The range that the statement names, in words."""
        if self.at_least == self.at_most:
            return f"exactly {digits(self.at_least)}"
        if math.isinf(self.at_least):
            return f"at most {digits(self.at_most)}"
        if math.isinf(self.at_most):
            return f"at least {digits(self.at_least)}"
        return f"{digits(self.at_least)} to {digits(self.at_most)}"

    @staticmethod
    def from_plain(fields: dict[str, Any]) -> Check:
        """A check from its JSON, where null is an open end of the range or a missing number."""
        value = {name: math.nan if end is None else end for name, end in fields["value"].items()}
        ends = {"at_least": -math.inf, "at_most": math.inf}
        known = {name: fields[name] for name in ends if fields[name] is not None}
        return Check(**{**fields, **ends, **known, "value": Interval(**value)})


def verdict(checks: Iterable[Check]) -> str:
    """The verdict on a claim from its checks, by RULE."""
    checks = tuple(checks)
    if any(check.outcome != HOLDS for check in checks if check.positive_control):
        return NOT_DECIDED
    outcomes = [check.outcome for check in checks if not check.positive_control]
    held, failed = outcomes.count(HOLDS), outcomes.count(DOES_NOT_HOLD)
    if held:
        return IN_PART if failed else HOLDS if held == len(outcomes) else NOT_DECIDED
    return DOES_NOT_HOLD if 2 * failed > len(outcomes) else NOT_DECIDED


def by_training(checks: Iterable[Check]) -> dict[str, str]:
    """The verdict that each training alone would give, plain one first; none if no statement names its training."""
    checks = tuple(checks)
    trainings = dict.fromkeys(check.training for check in checks if check.training)
    return {training: verdict(check for check in checks if check.training == training) for training in trainings}


def on_training(checks: Iterable[Check]) -> str:
    """Whether the verdict depends on how the networks were trained, in a sentence; empty where that is no question.

    An undecided verdict contradicts no other.
    """
    alone = by_training(checks)
    if len(alone) < 2:
        return ""
    each = "; ".join(f"{training}: {one}" for training, one in alone.items())
    if len({one for one in alone.values() if one != NOT_DECIDED}) > 1:
        return f"The verdict depends on the training ({each})."
    if len(set(alone.values())) > 1:
        return f"Not every training decides it ({each})."
    return f"The verdict does not depend on the training ({each})."


def exact(value: float) -> Interval:
    """A number that was counted or computed without chance."""
    return Interval(float(value), float(value), float(value))


def over(values: Sequence[float] | Floats) -> Interval:
    """The mean over independent repetitions with Student's 95 % interval; unknown with fewer than two."""
    known = np.asarray(values, dtype=np.float64)
    if len(known) < 2 or not np.isfinite(known).all():
        return Interval(math.nan, math.nan, math.nan)
    return interval(known)


# exp(mean log r +- t_{n-1} s / sqrt(n))
def ratio(above: Sequence[float] | Floats, below: Sequence[float] | Floats) -> Interval:
    """The geometric mean of paired ratios, with the interval of its logarithm."""
    return over(np.log(np.asarray(above)) - np.log(np.asarray(below))).exp()


def share(successes: int, trials: int) -> Interval:
    """A share in per cent with its exact 95 % interval (C. Clopper, E. Pearson, Biometrika 26, 1934)."""
    low = beta.ppf(0.025, successes, trials - successes + 1) if successes else 0.0
    high = beta.ppf(0.975, successes + 1, trials - successes) if successes < trials else 1.0
    return Interval(100 * successes / trials, 100 * float(low), 100 * float(high))
