"""A season and its multiples: the shortest that explains what the longest does, whatever chance says."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.signal import lfilter

from liquid.models.seasonal_naive import season_of
from liquid.series import builtin
from liquid.series.season import detrended, find_season, gain
from liquid.series.series import Series, from_columns
from liquid.series.windows import Split

Floats = NDArray[np.float64]
DRAWS = 50


def dated(values: Floats, frequency: str) -> Series:
    times = pd.date_range("2021-01-01", periods=len(values), freq=frequency)
    seconds = times.as_unit("s").astype("int64").to_numpy()
    return from_columns({"a": values}, "t", time=seconds, time_kind="date")


def sales(seed: int, week: float = 40, promotion: float = 90, noise: float = 12, days: int = 585) -> Floats:
    """Three days of each week sell more, and so do promotions of 3 to 6 days that come by chance."""
    rng, t = np.random.default_rng(seed), np.arange(days)
    promoted, day = np.zeros(days), 5
    while day < days:
        promoted[day : day + rng.integers(3, 7)] = 1
        day += int(rng.integers(14, 40))
    yearly = 20 * np.sin(2 * np.pi * t / 365)
    return 200 + week * (t % 7 >= 4) + yearly + promotion * promoted + rng.normal(0, noise, days)


def hours(seed: int, daily: float, weekly: float, length: int = 3000) -> Floats:
    """A day's course, less on two days of the week, and errors that follow each other."""
    t, noise = np.arange(length), np.random.default_rng(seed).normal(size=length)
    course = np.sin(2 * np.pi * t / 24) + 0.4 * np.sin(4 * np.pi * t / 24)
    return daily * course - weekly * ((t // 24) % 7 >= 5) + np.asarray(lfilter([1.0], [1.0, -0.7], noise))


def seasons(series: list[Series]) -> Counter[int | None]:
    return Counter(find_season(one) for one in series)


@pytest.mark.parametrize(("promotion", "noise"), [(90, 12), (90, 30), (140, 12)])
def test_promotions_and_noise_do_not_make_five_weeks_of_one(promotion: float, noise: float) -> None:
    found = seasons([dated(sales(seed, promotion=promotion, noise=noise), "D") for seed in range(DRAWS)])
    assert set(found) <= {7, None}
    assert found[7] >= 0.95 * DRAWS
    without = seasons([dated(sales(seed, week=0, promotion=promotion, noise=noise), "D") for seed in range(DRAWS)])
    assert without == {None: DRAWS}


def test_without_a_calendar_a_multiple_is_rare() -> None:
    found = seasons([from_columns({"a": sales(seed)}, "t") for seed in range(DRAWS)])
    assert found[7] >= 0.8 * DRAWS
    assert DRAWS - found[7] - found[None] <= 0.1 * DRAWS


def test_a_week_of_hours_is_one_only_where_days_differ() -> None:
    days = seasons([dated(hours(seed, daily=2, weekly=0), "h") for seed in range(DRAWS)])
    weeks = seasons([dated(hours(seed, daily=2, weekly=1.5), "h") for seed in range(DRAWS)])
    assert days == {24: DRAWS}
    assert weeks[168] >= 0.95 * DRAWS
    assert seasons([dated(hours(seed, 0, 0), "h") for seed in range(DRAWS)]) == {None: DRAWS}


def test_a_year_that_drifts_is_no_half_year() -> None:
    t = np.arange(120)
    wave = np.sin(2 * np.pi * t / 12) + 0.8 * np.cos(4 * np.pi * t / 12)
    rng = np.random.default_rng(0)
    drifts = [wave + np.cumsum(rng.normal(0, 0.3, 120)) + rng.normal(0, 0.2, 120) for _ in range(DRAWS)]
    for of in (lambda one: dated(one, "MS"), lambda one: from_columns({"a": one}, "t")):
        found = seasons([of(one) for one in drifts])
        assert set(found) <= {12, None}
        assert found[12] >= 0.9 * DRAWS


def test_the_gain_is_the_ratio_of_variances() -> None:
    rng = np.random.default_rng(0)
    noise = [gain(detrended(rng.normal(size=700)), 7, 35) for _ in range(100)]
    assert np.mean(noise) == pytest.approx(1, abs=0.1)
    wave = np.tile([0.0, 1.0], 350)  # variance 1/4 in 1 degree of freedom, noise of variance 1
    halves = [gain(detrended(wave + rng.normal(size=700)), 1, 2) for _ in range(100)]
    assert np.mean(halves) == pytest.approx(1 + 700 / 4, rel=0.1)
    assert np.isnan(gain(np.zeros(10), 2, 4))
    assert np.isnan(gain(rng.normal(size=10), 5, 10))  # it does not come twice


def test_what_is_missing_has_no_say() -> None:
    values = sales(0)
    values[np.random.default_rng(0).permutation(len(values))[:200]] = np.nan
    assert find_season(dated(values, "D")) == 7


BUILT_IN = {
    "co2": 52,
    "sunspots-monthly": 123,
    "sunspots-yearly": 10,
    "elnino": 12,
    "electrical-equipment": 12,
    "seattle-normals": 24,
    "water-flow": 116,
    "sines": 46,
    "mackey-glass": 49,
    "rossler": 70,
    "uneven-sines": 47,
}


def test_of_each_built_in_the_season_that_its_training_part_shows() -> None:
    """Stored results were made with these (benchmarks/older.json)."""
    found = {}
    for name in builtin.names():
        series = replace(builtin.load(name), season=None)
        column = series.column(series.names[0])[: series.known_end(series.names[0])]
        start = int(np.argmax(np.isfinite(column)))
        found[name] = season_of(series, series.names[0], Split.of(len(column) - start, start=start).train.stop)
    assert {name: season for name, season in found.items() if season} == BUILT_IN
