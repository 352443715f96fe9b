"""How many samples a season has, from the autocorrelation; None if nothing returns."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from liquid.series.frequency import DAY, ROUNDING, Frequency
from liquid.series.series import Floats, Series

# Seasons in samples that a calendar suggests, by what a period is: so many months, working days or seconds.
CALENDAR = {
    ("months", 1): (12,),
    ("months", 3): (4,),
    ("working days", 1): (5,),
    ("steady", 7 * DAY): (52,),
    ("steady", DAY): (7, 365),
    ("steady", 3600): (24, 168),
    ("steady", 1800): (48, 336),
    ("steady", 900): (96, 672),
    ("steady", 600): (144,),
    ("steady", 300): (288,),
}
STRONG = 0.3  # the least autocorrelation at a season, and the least rise to it from the dip before
FEWEST_SEASONS = 4
SURE = 3.0  # standard deviations of a gain that is none by chance,
SLOW = 3.0  # where so many neighbours tell as much as one that is independent


def find_season(series: Series, column: int = 0) -> int | None:
    """The season of one column in samples: of those the calendar suggests the strongest, else the first peak.

    A part of it counts instead if values return after that already: many short seasons look like a long one by chance.
    """
    correlation = autocorrelation(series.values[:, column])
    rest = detrended(series.values[:, column])
    suggested = _suggested(series.frequency)
    strong = [lag for lag in suggested if _is_season(correlation, lag)] or [
        lag for lag in suggested if _recurs(correlation, lag) and _explains(rest, 1, lag)
    ]
    longest = max(strong, key=lambda lag: correlation[lag]) if strong else _first_peak(correlation)
    if longest is None:
        return None
    parts = (lag for lag in range(2, longest // 2 + 1) if longest % lag == 0)
    alike = (lag for lag in parts if _explains(rest, 1, lag) and not _explains(rest, lag, longest))
    return next(alike, longest)


def _first_peak(correlation: Floats) -> int | None:
    lags = np.arange(2, len(correlation) - 1)
    seasons = [int(lag) for lag in lags[_peaks(correlation, lags)] if _is_season(correlation, int(lag))]
    if not seasons:
        return None
    highest = max(correlation[lag] for lag in seasons)
    return next(lag for lag in seasons if correlation[lag] >= 0.9 * highest)


def _peaks(correlation: Floats, lags: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the lags are local peaks."""
    here = correlation[lags]
    return np.asarray((here > correlation[lags - 1]) & (here >= correlation[lags + 1]))


def _recurs(correlation: Floats, lag: int) -> bool:
    """Whether the first FEWEST_SEASONS multiples of a lag are local peaks."""
    multiples = lag * np.arange(1, FEWEST_SEASONS + 1)
    return bool(multiples[-1] < len(correlation) - 1 and _peaks(correlation, multiples).all())


def _suggested(frequency: Frequency) -> tuple[int, ...]:
    if frequency.kind != "date" or not (frequency.is_even or frequency.has_gaps_only):
        return ()
    fits = (
        seasons
        for (calendar, size), seasons in CALENDAR.items()
        if calendar == frequency.calendar and abs(frequency.size - size) <= ROUNDING * size
    )
    return next(fits, ())


# r_k = (sum_t e_t e_(t+k) / pairs_k) (n - k) / (n sum_t e_t^2 / known), e: values less a straight line, 0 if missing
# With every value known: sum_t e_t e_(t+k) / sum_t e_t^2.
def autocorrelation(values: Floats) -> Floats:
    """Autocorrelation of detrended `values[time]` at lags 0, 1, … a quarter of the length; zeros for a line."""
    lags = len(values) // FEWEST_SEASONS + 1
    known = np.isfinite(values)
    rest = np.where(known, detrended(values), 0.0)
    if not rest.any():
        return np.zeros(lags)
    size = fft.next_fast_len(2 * len(rest), real=True)
    sums, pairs = (fft.irfft(np.abs(fft.rfft(data, size)) ** 2, size)[:lags] for data in (rest, known.astype(float)))
    weight = (len(rest) - np.arange(lags)) / np.maximum(pairs, 0.5)
    return np.where(pairs < 2.5, 0.0, sums / sums[0] * weight * pairs[0] / len(rest))


def detrended(values: Floats) -> Floats:
    """`values[time]` less a straight line, scaled to be about 1; NaN if missing, zeros for a line."""
    known = np.isfinite(values)
    if known.sum() < 3:
        return np.where(known, 0.0, np.nan)
    t = np.linspace(-1, 1, len(values))
    t = np.where(known, t - t[known].mean(), 0.0)
    largest = np.abs(values[known]).max() or 1.0
    rest = np.where(known, values, 0.0) / largest  # huge values would overflow when squared
    rest = np.where(known, rest - rest[known].mean(), 0.0)
    moves = np.abs(rest).max() or 1.0
    rest = rest / moves  # a small season on a high level is still one
    rest = rest - t * (t @ rest) / (t @ t)
    rounding = len(values) * np.finfo(np.float64).eps / moves  # of numbers of this size, once the level is gone
    if not rest[known].std() > max(1e-9, rounding):
        rest = np.zeros_like(rest)
    return np.where(known, rest, np.nan)


# F > 1 + SURE sqrt(2 SLOW / (long - short))
def _explains(rest: Floats, short: int, long: int) -> bool:
    """Whether the longer season explains more, beyond chance."""
    return gain(rest, short, long) > 1 + SURE * math.sqrt(2 * SLOW / (long - short))


# sum_phases n_j (mean_long,j - mean_short,j)^2 / (long - short) / s^2,   s^2 = mean (x_t - x_(t - long))^2 / 2
def gain(rest: Floats, short: int, long: int) -> float:
    """F: what a season of `long` samples explains of detrended `rest[time]` beyond one of `short`, a part of it, over
    what chance would; about 1 if values return after `short` already, and NaN if the long one does not come twice.

    What chance would is measured from season to season, so that a drift has no say.
    """
    change = rest[long:] - rest[:-long]
    if not (pairs := np.isfinite(change)).any():
        return np.nan
    noise = float(np.mean(change[pairs] ** 2)) / 2
    known = np.isfinite(rest)
    (by_long, counts), (by_short, _) = (_by_phase(rest, known, season) for season in (long, short))
    further = np.where(counts > 0, by_long - np.tile(by_short, long // short), 0.0)
    explained = float(counts @ further**2) / (long - short)
    return explained / noise if noise > 0 else np.inf if explained > 0 else np.nan


def _by_phase(rest: Floats, known: NDArray[np.bool_], season: int) -> tuple[Floats, NDArray[np.int64]]:
    """Mean and count of the known values of each phase, `[season]`."""
    phase = np.arange(len(rest)) % season
    counts = np.bincount(phase[known], minlength=season)
    return np.bincount(phase[known], rest[known], season) / np.maximum(counts, 1), counts


def _is_season(correlation: Floats, lag: int) -> bool:
    if not 2 <= lag < len(correlation):
        return False
    return bool(correlation[lag] > STRONG and correlation[lag] - correlation[:lag].min() > STRONG)
