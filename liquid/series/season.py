"""How many samples a season has, from the autocorrelation; None if nothing returns."""

from __future__ import annotations

import numpy as np
from scipy import fft

from liquid.series.rhythm import DAY, ROUNDING, Rhythm
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
    strong = [lag for lag in _suggested(series.rhythm) if _is_season(correlation, lag)]
    if strong:
        return max(strong, key=lambda lag: correlation[lag])
    lags = np.arange(2, len(correlation) - 1)
    peaks = lags[(correlation[lags] > correlation[lags - 1]) & (correlation[lags] >= correlation[lags + 1])]
    seasons = [int(lag) for lag in peaks if _is_season(correlation, int(lag))]
    if not seasons:
        return None
    highest = max(correlation[lag] for lag in seasons)
    return next(lag for lag in seasons if correlation[lag] >= 0.9 * highest)


def _suggested(rhythm: Rhythm) -> tuple[int, ...]:
    if rhythm.kind != "date" or not (rhythm.is_even or rhythm.has_gaps_only):
        return ()
    fits = (
        seasons
        for (calendar, size), seasons in CALENDAR.items()
        if calendar == rhythm.calendar and abs(rhythm.size - size) <= ROUNDING * size
    )
    return next(fits, ())


# r_k = sum_t e_t e_(t+k) / sum_t e_t^2, e the values less a straight line
def autocorrelation(values: Floats) -> Floats:
    """Autocorrelation of detrended `values[time]` at lags 0, 1, … a quarter of the length; zeros for a line."""
    t = np.linspace(-1, 1, len(values))
    largest = np.abs(values).max() or 1.0
    rest = values / largest  # huge values would overflow when squared
    rest = rest - rest.mean()
    moves = np.abs(rest).max() or 1.0
    rest = rest / moves  # a small season on a high level is still one
    rest = rest - t * (t @ rest) / (t @ t)
    lags = len(values) // FEWEST_SEASONS + 1
    rounding = len(values) * np.finfo(np.float64).eps / moves  # of numbers of this size, once the level is gone
    if not rest.std() > max(1e-9, rounding):
        return np.zeros(lags)
    size = fft.next_fast_len(2 * len(rest), real=True)
    spectrum = np.abs(fft.rfft(rest, size)) ** 2
    sums = fft.irfft(spectrum, size)[:lags]
    return np.asarray(sums / sums[0], dtype=np.float64)


def _is_season(correlation: Floats, lag: int) -> bool:
    if not 2 <= lag < len(correlation):
        return False
    return bool(correlation[lag] > STRONG and correlation[lag] - correlation[:lag].min() > STRONG)
