"""How many samples a season has, from the autocorrelation; None if nothing returns."""

from __future__ import annotations

import numpy as np
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


def find_season(series: Series, column: int = 0) -> int | None:
    """The season of one column in samples: of those the calendar suggests the strongest, else the first peak."""
    values = series.values[:, column]
    correlation = autocorrelation(values)
    strong = [lag for lag in _suggested(series.frequency) if _is_season(correlation, lag)]
    if strong:
        return max(strong, key=lambda lag: correlation[lag])
    lags = np.arange(2, len(correlation) - 1)
    peaks = lags[(correlation[lags] > correlation[lags - 1]) & (correlation[lags] >= correlation[lags + 1])]
    seasons = [int(lag) for lag in peaks if _is_season(correlation, int(lag))]
    if not seasons:
        return None
    highest = max(correlation[lag] for lag in seasons)
    return next(lag for lag in seasons if correlation[lag] >= 0.9 * highest)


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
    if known.sum() < 3:
        return np.zeros(lags)
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
        return np.zeros(lags)
    size = fft.next_fast_len(2 * len(rest), real=True)
    sums, pairs = (fft.irfft(np.abs(fft.rfft(data, size)) ** 2, size)[:lags] for data in (rest, known.astype(float)))
    weight = (len(rest) - np.arange(lags)) / np.maximum(pairs, 0.5)
    return np.where(pairs < 2.5, 0.0, sums / sums[0] * weight * pairs[0] / len(rest))


def _is_season(correlation: Floats, lag: int) -> bool:
    if not 2 <= lag < len(correlation):
        return False
    return bool(correlation[lag] > STRONG and correlation[lag] - correlation[:lag].min() > STRONG)
