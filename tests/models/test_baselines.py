"""Baselines against plain loops and closed forms: a wrong baseline flatters every model."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from liquid.errors import LiquidError
from liquid.models.linear_ar import LinearAR
from liquid.models.persistence import Persistence
from liquid.models.registry import BASELINES, MODELS
from liquid.models.seasonal_naive import SeasonalNaive, season_of
from liquid.series.series import from_columns
from liquid.series.windows import Split

TARGET = np.random.default_rng(0).normal(size=120).cumsum()
ORIGINS = np.arange(60, 119)


def test_persistence_repeats_the_newest_value() -> None:
    expected = [[TARGET[origin] for _ in range(5)] for origin in ORIGINS]
    np.testing.assert_array_equal(Persistence().predict(TARGET, ORIGINS, 5), expected)


@pytest.mark.parametrize("season", [2, 7, 12])
def test_the_seasonal_forecast_is_the_newest_known_value_of_the_same_phase(season: int) -> None:
    def loop(origin: int, ahead: int) -> float:
        when = origin + ahead
        while when > origin:
            when -= season
        return float(TARGET[when])

    expected = [[loop(origin, ahead) for ahead in range(1, 31)] for origin in ORIGINS]
    np.testing.assert_array_equal(SeasonalNaive(season).predict(TARGET, ORIGINS, 30), expected)


def test_the_regression_forecasts_by_repeating_itself() -> None:
    model = LinearAR(0.3, np.array([0.5, -0.2, 0.4]))

    def loop(origin: int) -> list[float]:
        known = list(TARGET[: origin + 1])
        for _ in range(6):
            known.append(0.3 + 0.5 * known[-1] - 0.2 * known[-2] + 0.4 * known[-3])
        return known[-6:]

    np.testing.assert_allclose(model.predict(TARGET, ORIGINS, 6), [loop(origin) for origin in ORIGINS], rtol=1e-12)


@pytest.mark.parametrize("level", [0.0, 1e9])
def test_the_regression_recovers_known_coefficients(level: float) -> None:
    noise = np.random.default_rng(1).normal(size=40_000)
    process = level + lfilter([1.0], [1.0, -1.2, 0.5], noise + 0.9)  # y_t = 1.2 y_(t-1) - 0.5 y_(t-2) + 0.9 + e_t
    fitted = LinearAR.of_order(process, 2)
    np.testing.assert_allclose(fitted.weights, [1.2, -0.5], atol=4 / np.sqrt(len(process)))
    assert fitted.intercept == pytest.approx(0.9 + level * (1 - fitted.weights.sum()), abs=0.05 + 1e-6 * level)
    split = Split.of(len(process))
    chosen = LinearAR.choose(process, split.train, split.validation)
    assert chosen.order >= 2
    np.testing.assert_allclose(chosen.weights[:2], [1.2, -0.5], atol=0.03)


def test_a_season_is_found_where_there_is_one() -> None:
    t = np.arange(600)
    rng = np.random.default_rng(2)
    trending = 0.01 * t + np.sin(2 * np.pi * t / 24) + 0.3 * rng.normal(size=600)
    columns = {"y": trending, "noise": rng.normal(size=600), "other": np.cos(2 * np.pi * t / 10)}
    series = from_columns(columns, "three")
    assert [season_of(series, name, 400) for name in columns] == [24, None, 10]
    known = from_columns(columns, "three", season=7)  # said of the first column alone
    assert [season_of(known, name, 400) for name in columns] == [7, None, 10]


def test_the_regression_is_least_squares() -> None:
    fitted, rows = LinearAR.of_order(TARGET, 3), range(2, len(TARGET) - 1)
    design = np.array([[1.0, TARGET[t], TARGET[t - 1], TARGET[t - 2]] for t in rows])
    expected = np.linalg.lstsq(design, TARGET[3:], rcond=None)[0]
    np.testing.assert_allclose([fitted.intercept, *fitted.weights], expected, rtol=1e-9)


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_is_made_again_from_what_it_learned(name: str) -> None:
    kind = MODELS[name].load()
    fitted = kind.fit(TARGET, Split.of(len(TARGET)), 7)
    again = kind.of(fitted.memory, fitted.arrays)
    np.testing.assert_array_equal(fitted.predict(TARGET, ORIGINS, 9), again.predict(TARGET, ORIGINS, 9))


def test_without_a_season_there_is_no_seasonal_forecast() -> None:
    with pytest.raises(LiquidError, match="No season was found in the training part, which Seasonal naive"):
        SeasonalNaive.fit(TARGET, Split.of(len(TARGET)))
