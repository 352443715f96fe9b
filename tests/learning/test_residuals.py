"""What is left in errors: the same as in statsmodels, seen where it is, and not where it is not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter
from statsmodels.stats.diagnostic import acorr_ljungbox
from statsmodels.tsa.stattools import acf

from liquid.learning.residuals import autocorrelation, by_calendar, left_in

HOURLY = np.datetime64("2026-01-05T00", "ms") + np.arange(400) * np.timedelta64(1, "h")  # a Monday


def noise(seed: int = 0, length: int = 400) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=length)


def test_the_tests_are_those_of_statsmodels() -> None:
    errors = np.asarray(lfilter([1.0], [1.0, -0.2], noise()))
    left = left_in(errors, np.arange(400.0))
    np.testing.assert_allclose(left.correlation, acf(errors, nlags=40)[1:], atol=1e-12)
    assert left.p == pytest.approx(acorr_ljungbox(errors, lags=[40])["lb_pvalue"].item())
    assert left.limit == pytest.approx(1.96 / 20)


def test_white_noise_is_said_to_follow_itself_as_seldom_as_the_test_promises() -> None:
    p = [left_in(noise(seed, 200), np.arange(200.0)).p for seed in range(400)]
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.035)


def test_what_follows_itself_or_the_calendar_is_told() -> None:
    plain = left_in(noise(), HOURLY)
    assert plain.calendar == "hour"
    assert plain.sentence.startswith("No structure in time can be told at the 1 % level (Ljung-Box test over 40 lags")
    assert "by hour no difference can be told (Kruskal-Wallis test" in plain.sentence
    repeated = noise()
    repeated[7:] += 0.9 * repeated[:-7]
    assert "most at lag 7" in left_in(repeated, np.arange(400.0)).sentence
    daily = noise() + 2 * (np.arange(400) % 24 == 8)
    assert "by hour they differ" in left_in(daily, HOURLY).sentence


def test_hours_weekdays_and_months_are_those_of_the_calendar() -> None:
    days = np.array(["2026-01-05", "2026-01-06", "2026-01-07"], dtype="datetime64[ms]")
    months = np.array(["2026-01-01", "2026-02-01", "2026-12-01"], dtype="datetime64[ms]")
    kinds = {"hour": HOURLY[:30], "weekday": days, "month": months[:2]}
    for kind, stamps in kinds.items():
        assert by_calendar(stamps)[0] == kind
    np.testing.assert_array_equal(by_calendar(days)[1], [0, 1, 2])
    np.testing.assert_array_equal(by_calendar(HOURLY)[1], np.arange(400) % 24)
    np.testing.assert_array_equal(by_calendar(months[:2])[1], [1, 2])
    assert by_calendar(np.arange(5.0)) == (None, None)


def test_missing_and_few_and_constant_errors_are_no_trouble() -> None:
    errors = noise()
    errors[::3] = np.nan
    assert np.isfinite(left_in(errors, HOURLY).p)
    for odd in (noise(length=8), np.zeros(100), np.full(100, 3.0)):
        assert left_in(odd, np.arange(float(len(odd)))).sentence.startswith("Too few errors, or all alike")
    assert np.isnan(autocorrelation(np.full(50, 3.0), np.arange(1, 4))).all()


def test_one_hour_is_no_calendar_to_compare() -> None:
    stamps = np.datetime64("2024-05-01T22:00") + 20 * np.arange(120).astype("timedelta64[s]")
    left = left_in(np.random.default_rng(0).normal(size=120), stamps)
    assert left.calendar is None
    assert left.groups is None
