"""Metrics and the interval of a ratio against closed forms, and what is said of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from liquid.learning.metrics import Metrics, RmseRatio, measure, rmse_ratio
from liquid.learning.report import Row, winner_sentence


def test_metrics_of_a_constant_error_are_closed_forms() -> None:
    truth, train = np.array([1.0, 2.0, 4.0, 9.0]), np.array([0.0, 2.0, 1.0, 4.0])  # steps of 2, 1 and 3: mean 2
    found = measure(truth, truth + 3.0, train)
    assert found == Metrics(rmse=3.0, mae=3.0, nrmse=pytest.approx(3 / truth.std()), mase=1.5)
    alternating = measure(truth, truth + np.array([1.0, -1.0, 3.0, -3.0]), train)
    assert alternating.rmse == pytest.approx(np.sqrt(5))
    assert alternating.mae == 2.0
    persistence = measure(train[1:], train[:-1], train)
    assert persistence.mase == pytest.approx(1.0)
    assert measure(np.ones(3), np.zeros(3), np.ones(3)) == Metrics(1.0, 1.0, np.inf, np.inf)


def test_the_ratio_of_equal_and_of_proportional_errors_is_certain() -> None:
    error = np.random.default_rng(3).normal(size=200)
    assert rmse_ratio(error, error) == (1.0, 1.0, 1.0)
    assert rmse_ratio(-2 * error, error) == pytest.approx((2.0, 2.0, 2.0))
    np.testing.assert_array_equal(rmse_ratio(error, np.zeros(200)), np.full(3, np.nan))
    assert rmse_ratio(2e-200 * error, 1e-200 * error) == pytest.approx((2.0, 2.0, 2.0))  # squares would be zero


def test_the_interval_of_the_ratio_covers_at_its_level() -> None:
    rng, known, repetitions, n = np.random.default_rng(4), 0.8, 200, 400
    inside = 0
    for _ in range(repetitions):
        shared, own, other = lfilter([1.0], [1.0, -0.5], rng.normal(size=(3, n + 50)), axis=1)[:, 50:]
        _, low, high = rmse_ratio(known * (shared + own), shared + other, draws=400)
        inside += low <= known <= high
    # nominal 95 %; a block bootstrap of n = 400 falls short by a few points, so three spreads below 93 %
    assert 0.93 - 3 * np.sqrt(0.05 / repetitions) < inside / repetitions


def rows(*entries: tuple[str, float, tuple[float, float, float]]) -> tuple[Row, ...]:
    return tuple(
        Row(name, Metrics(rmse, 0, 0, 0), np.array([rmse]), RmseRatio(*ratio)) for name, rmse, ratio in entries
    )


@pytest.mark.parametrize(
    ("ratio", "sentence"),
    [
        ((0.8, 0.7, 0.9), "Liquid wins: its RMSE is 20.0 % below that of AR, the best baseline"),
        ((1.2, 1.1, 1.3), "AR wins: Liquid's RMSE is 20.0 % above it"),
        ((0.95, 0.8, 1.1), "Too close to call: Liquid's RMSE is 5.0 % below AR's (95 % interval -20 to +10 %)."),
        ((1.05, 0.9, 1.2), "Too close to call: Liquid's RMSE is 5.0 % above AR's (95 % interval -10 to +20 %)."),
        ((5e6, 4e6, 6e6), "AR wins: Liquid's RMSE is 5e+06 times as large"),
        ((np.nan, np.nan, np.nan), "AR makes no error"),
    ],
)
def test_the_sentence_names_the_winner_also_when_it_is_the_baseline(
    ratio: tuple[float, float, float], sentence: str
) -> None:
    table = rows(("Liquid", 1.0, (1, 1, 1)), ("Persistence", 3.0, (0.3, 0.2, 0.4)), ("AR", 0.9, ratio))
    assert winner_sentence(table).startswith(sentence)
