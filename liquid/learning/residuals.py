"""What a forecast's errors still follow: each other, or the calendar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, kruskal

from liquid.series.series import Stamps
from liquid.series.windows import Floats

MOST_LAGS = 40
SURE = 0.01  # p below which a test is said to have found something
FEWEST = 30  # known errors, below which nothing is tested
EACH = 5  # errors in a group of the calendar, at least
HOURS, WEEKDAYS, MONTHS = "hour", "weekday", "month"


@dataclass(frozen=True)
class Left:
    """What is left in errors one step ahead, `[points]`.

    Their autocorrelation at `lags` 1, 2, ..., within +-`limit` for 95 % of those of white noise; `p` of Ljung and Box's
    test over all these lags; the calendar's groups (None without one) with `p_calendar` of Kruskal and Wallis's test.
    NaN where there are too few errors to tell.
    """

    lags: NDArray[np.int64]
    correlation: Floats
    limit: float
    p: float
    calendar: str | None
    groups: NDArray[np.int64] | None
    p_calendar: float

    @property
    def sentence(self) -> str:
        """What structure is left, and by which test."""
        if np.isnan(self.p):
            return "Too few errors, or all alike: whether they follow each other cannot be told."
        test = f"Ljung-Box test over {len(self.lags)} lags, p = {self.p:.2g}"
        if self.p < SURE:
            most = int(np.argmax(np.abs(self.correlation)))
            words = f"Errors still follow each other ({test}), most at lag {self.lags[most]} "
            words += f"(correlation {self.correlation[most]:+.2f})"
        else:
            words = f"No structure in time can be told at the {100 * SURE:.0f} % level ({test})"
        if self.calendar is None or np.isnan(self.p_calendar):
            return f"{words}."
        found = "they differ" if self.p_calendar < SURE else "no difference can be told"
        return f"{words}; by {self.calendar} {found} (Kruskal-Wallis test, p = {self.p_calendar:.2g})."


def left_in(errors: Floats, stamps: Stamps) -> Left:
    """What is left in `errors[points]`, in order and NaN where the truth is missing, at `stamps[points]`."""
    known = np.isfinite(errors)
    count = int(known.sum())
    lags = np.arange(1, max(2, min(MOST_LAGS, count // 5) + 1))
    correlation = autocorrelation(errors, lags)
    enough = count >= FEWEST and np.isfinite(correlation).all()
    # Q = n (n + 2) sum r_k^2 / (n - k), chi-squared with as many degrees as lags (Ljung and Box, Biometrika 65, 1978)
    q = count * (count + 2) * np.sum(correlation**2 / (count - lags)) if enough else np.nan
    calendar, groups = by_calendar(stamps)
    if groups is not None and len(np.unique(groups)) < 2:
        calendar, groups = None, None
    p_calendar = _differ(errors[known], groups[known]) if groups is not None else np.nan
    p = float(chi2.sf(q, len(lags))) if enough else np.nan
    return Left(lags, correlation, 1.96 / np.sqrt(max(count, 1)), p, calendar, groups, p_calendar)


# r_k = sum e_t e_(t-k) / sum e_t^2, of errors around their mean
def autocorrelation(errors: Floats, lags: NDArray[np.int64]) -> Floats:
    """Of `errors[points]` at each lag; a missing one counts as the mean. NaN if they do not vary."""
    known = np.isfinite(errors)
    around = np.where(known, errors - errors[known].mean(), 0.0)
    total = float(around @ around)
    if total <= 1e-24 * float(np.sum(errors[known] ** 2)) or total == 0:
        return np.full(len(lags), np.nan)
    return np.array([around[lag:] @ around[:-lag] / total for lag in lags])


def by_calendar(stamps: Stamps) -> tuple[str | None, NDArray[np.int64] | None]:
    """The part of the calendar that steps of this size can follow, and each stamp's in it: hours of a day, days of a
    week (0 is Monday), months of a year (1 is January); None for numbers and for longer steps."""
    if stamps.dtype.kind != "M" or len(stamps) < 2:
        return None, None
    hours = np.asarray(stamps).astype("datetime64[h]").astype(np.int64)
    step = float(np.median(np.diff(np.asarray(stamps).astype("datetime64[s]").astype(np.int64)))) / 3600
    if step <= 12:
        return HOURS, hours % 24
    if step <= 24:
        return WEEKDAYS, (hours // 24 + 3) % 7  # 1970 began on a Thursday
    if step <= 24 * 31:
        return MONTHS, np.asarray(stamps).astype("datetime64[M]").astype(np.int64) % 12 + 1
    return None, None


def _differ(errors: Floats, groups: NDArray[np.int64]) -> float:
    """p of Kruskal and Wallis's test that no group's errors lie higher than another's; NaN if there are too few."""
    parts = [part for group in np.unique(groups) if len(part := errors[groups == group]) >= EACH]
    if len(parts) < 2 or np.ptp(np.concatenate(parts)) == 0:
        return float("nan")
    return float(kruskal(*parts).pvalue)
