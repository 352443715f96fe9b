"""Polynomial AR against a map that it can hold exactly, and a plain loop."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from liquid.errors import LiquidError
from liquid.models.polynomial_ar import FORMS, PolynomialAR, products
from liquid.series.windows import Split


def henon(length: int) -> np.ndarray:
    """x[t + 1] = 1 - 1.4 x[t]^2 + 0.3 x[t - 1], M. Hénon, Commun. Math. Phys. 50 (1976)."""
    x = [0.1, 0.3]
    while len(x) < length:
        x.append(1 - 1.4 * x[-1] ** 2 + 0.3 * x[-2])
    return np.array(x)


@pytest.mark.parametrize("level", [0.0, 1e6])
def test_a_quadratic_map_is_found_exactly(level: float) -> None:
    values, split = level + 1000 * henon(400), Split.of(400)
    model = PolynomialAR.fit(values, split)
    origins = np.arange(split.test.start - 1, split.test.stop - 3)
    forecast = model.predict(values, origins, 3)
    truth = values[origins[:, None] + np.arange(1, 4)]
    np.testing.assert_allclose(forecast, truth, atol=1e-3 if level else 1e-6)


def test_it_forecasts_by_repeating_itself_and_stays_within_its_bounds() -> None:
    weights = np.random.default_rng(0).normal(size=9)
    model = PolynomialAR(2, 3, 0.1, weights, 3.0, 2.0, -2.0, 2.0)
    values = 3 + 2 * np.random.default_rng(1).normal(size=30)

    def loop(origin: int) -> list[float]:
        known = list((values[: origin + 1] - 3) / 2)
        for _ in range(4):
            a, b = known[-1], known[-2]
            terms = [a, b, a * a, a * b, b * b, a * a * a, a * a * b, a * b * b, b * b * b]
            known.append(float(np.clip(0.1 + weights @ terms, -2, 2)))
        return [3 + 2 * value for value in known[-4:]]

    np.testing.assert_allclose(model.predict(values, np.arange(5, 25), 4), [loop(origin) for origin in range(5, 25)])


@pytest.mark.parametrize(("lags", "degree"), FORMS)
def test_products_are_all_of_them_and_each_once(lags: int, degree: int) -> None:
    primes = np.array([2.0, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37])[:lags]  # a product tells its factors
    found = products(primes[None], degree)[0]
    expected = {np.prod(which) for power in range(1, degree + 1) for which in product(primes, repeat=power)}
    assert sorted(found) == sorted(expected)


def test_what_it_learned_comes_back_and_the_future_is_not_read() -> None:
    values, split = henon(300) + 0.1 * np.random.default_rng(2).normal(size=300), Split.of(300)
    spoilt = np.where(np.arange(300) >= split.calibration.start, 1e9, values)
    model, blind = PolynomialAR.fit(values, split), PolynomialAR.fit(spoilt, split)
    assert all(map(np.array_equal, model.arrays.values(), blind.arrays.values()))
    back, origins = PolynomialAR.of(model.memory, model.arrays), split.test.start + np.arange(9)
    assert np.array_equal(back.predict(values, origins, 5), model.predict(values, origins, 5))


def test_too_few_values_are_told() -> None:
    with pytest.raises(LiquidError, match="too few for its products"):
        PolynomialAR.fit(np.arange(40.0) ** 2, Split.of(40, validation=0.4, calibration=0.2, test=0.2))
