"""From numbers to a verdict, by one rule for all claims. Nothing here is typed by hand."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import beta

from liquid.studies.statistics import Floats, Interval, interval

HOLDS, IN_PART, DOES_NOT_HOLD, NOT_DECIDED = "holds", "holds in part", "does not hold", "not decided"
VERDICTS = (HOLDS, IN_PART, NOT_DECIDED, DOES_NOT_HOLD)
RULE = (
    "A claim is taken apart into statements about one number each. A statement holds where the number's whole 95 % "
    "interval lies in the range that it names, and fails where the whole interval lies outside; an interval that "
    "reaches over the edge decides nothing. A claim holds where all its statements hold, holds in part where some hold "
    "and some fail, and does not hold where none holds and more than half fail. Everything else is not decided, and so "
    "is a claim whose yardstick (a quantity with a known value, measured in the same way) is missed."
)


@dataclass(frozen=True)
class Check:
    """One statement of a claim: `found` should lie in [at_least, at_most].

    `text` says what was measured, in `unit`. A `yardstick` is no part of the claim: it tests the way of measuring.
    """

    text: str
    found: Interval
    at_least: float = -math.inf
    at_most: float = math.inf
    unit: str = ""
    yardstick: bool = False

    @property
    def outcome(self) -> str:
        """HOLDS, DOES_NOT_HOLD or NOT_DECIDED; a missing number decides nothing."""
        if self.at_least <= self.found.low and self.found.high <= self.at_most:
            return HOLDS
        if self.found.high < self.at_least or self.found.low > self.at_most:
            return DOES_NOT_HOLD
        return NOT_DECIDED

    @property
    def number(self) -> str:
        """The number with its interval and unit; a count needs no interval."""
        found, unit = self.found, f" {self.unit}" if self.unit else ""
        if found.low == found.high:
            return f"{digits(found.mean)}{unit}"
        return f"{digits(found.mean)} [{digits(found.low)}, {digits(found.high)}]{unit}"

    @property
    def asked(self) -> str:
        """The range that the statement names, in words."""
        if self.at_least == self.at_most:
            return f"exactly {digits(self.at_least)}"
        if math.isinf(self.at_least):
            return f"at most {digits(self.at_most)}"
        if math.isinf(self.at_most):
            return f"at least {digits(self.at_least)}"
        return f"{digits(self.at_least)} to {digits(self.at_most)}"

    @staticmethod
    def from_plain(given: dict[str, Any]) -> Check:
        """A check from its JSON, where an open end of the range, or a number that is missing, is null."""
        found = {key: math.nan if given["found"][key] is None else given["found"][key] for key in given["found"]}
        low, high = given["at_least"], given["at_most"]
        return Check(
            given["text"],
            Interval(**found),
            -math.inf if low is None else low,
            math.inf if high is None else high,
            given["unit"],
            given["yardstick"],
        )


def digits(value: float) -> str:
    """Three digits that count, thousands in full: 0.0204, 3.42, 1,233."""
    if not math.isfinite(value):
        return "unknown" if math.isnan(value) else "without end"
    if value == round(value) and abs(value) < 1e6:
        return f"{value:,.0f}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def verdict(checks: Iterable[Check]) -> str:
    """The verdict on a claim from its checks, by RULE."""
    checks = tuple(checks)
    if any(check.outcome != HOLDS for check in checks if check.yardstick):
        return NOT_DECIDED
    outcomes = [check.outcome for check in checks if not check.yardstick]
    held, failed = outcomes.count(HOLDS), outcomes.count(DOES_NOT_HOLD)
    if held:
        return IN_PART if failed else HOLDS if held == len(outcomes) else NOT_DECIDED
    return DOES_NOT_HOLD if 2 * failed > len(outcomes) else NOT_DECIDED


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
    logs = over(np.log(np.asarray(above)) - np.log(np.asarray(below)))
    return Interval(*(math.exp(value) for value in (logs.mean, logs.low, logs.high)))


def share(successes: int, trials: int) -> Interval:
    """A share in per cent with its exact 95 % interval (C. Clopper, E. Pearson, Biometrika 26, 1934)."""
    low = beta.ppf(0.025, successes, trials - successes + 1) if successes else 0.0
    high = beta.ppf(0.975, successes + 1, trials - successes) if successes < trials else 1.0
    return Interval(100 * successes / trials, 100 * float(low), 100 * float(high))
