"""The interval of a ratio of RMSEs against closed forms and its own coverage, and what is said of it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import lfilter

from liquid.learning.comparison import effective_values, evenly, rmse_ratio

Floats = NDArray[np.float64]


def autoregressive(rng: np.random.Generator, phi: float, *shape: int) -> Floats:
    """Series along the last axis."""
    white = rng.normal(size=(*shape[:-1], shape[-1] + 100))
    return np.asarray(lfilter([1.0], [1.0, -phi], white, axis=-1)[..., 100:])


def test_equal_and_proportional_errors_are_certain_however_they_follow_each_other() -> None:
    for phi in (0.0, 0.999):
        error = autoregressive(np.random.default_rng(3), phi, 200)
        assert rmse_ratio(error, error) == (1.0, 1.0, 1.0)
        assert rmse_ratio(-2 * error, error) == pytest.approx((2.0, 2.0, 2.0))
        assert rmse_ratio(2e-200 * error, 1e-200 * error) == pytest.approx((2.0, 2.0, 2.0))  # squares would be zero


def test_what_differs_by_rounding_alone_does_not_differ() -> None:
    error = np.random.default_rng(3).normal(size=200)
    for rounded in (error * (1 - 1e-15), error + 1e-15):
        assert rmse_ratio(rounded, error) == (1.0, 1.0, 1.0)
        assert rmse_ratio(error, rounded) == (1.0, 1.0, 1.0)


def test_no_error_at_all() -> None:
    error, none, unknown = np.ones(200), np.zeros(200), np.full(200, np.nan)
    np.testing.assert_array_equal(rmse_ratio(error, none), np.full(3, np.nan))
    np.testing.assert_array_equal(rmse_ratio(error, unknown), np.full(3, np.nan))
    assert rmse_ratio(none, error) == (0.0, 0.0, 0.0)


def test_a_constant_error_is_certain() -> None:
    error = np.random.default_rng(0).normal(size=400)
    value, low, high = rmse_ratio(error, np.full(400, 0.1))
    half = 1.96 / 2 * np.sqrt(2 / 400)  # of the logarithm: Var(e^2) = 2 for a Gaussian error
    assert value == pytest.approx(np.sqrt(np.mean(error**2)) / 0.1)
    assert np.log(high / low) / 2 == pytest.approx(half, rel=0.25)


# Gaussian pairs with correlation r: the variance of log(mean e^2 / mean o^2) is 4 (1 - r^2) / n
@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_on_much_white_noise_it_is_the_normal_interval(correlation: float) -> None:
    n = 40_000
    shared, own, other = np.random.default_rng(1).normal(size=(3, n))
    e, o = (np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * x for x in (own, other))
    value, low, high = rmse_ratio(e, o)
    assert value == pytest.approx(np.sqrt(np.mean(e**2) / np.mean(o**2)), rel=1e-12)
    expected = 1.96 * np.sqrt(4 * (1 - correlation**2) / n) / 2
    assert np.log(high / value) == pytest.approx(expected, rel=0.07)  # from 467 waves: known to 1.6 %
    assert high / value == pytest.approx(value / low)


def test_neither_unit_nor_order_matters() -> None:
    e, o = autoregressive(np.random.default_rng(2), 0.5, 2, 300)
    e[40:60], o[100] = np.nan, np.nan
    found = rmse_ratio(e, o)
    assert rmse_ratio(1e6 * e, 1e6 * o) == pytest.approx(found, rel=1e-12)
    assert rmse_ratio(3 * e, o) == pytest.approx(tuple(3 * end for end in found), rel=1e-12)
    assert rmse_ratio(-e, o) == found
    assert rmse_ratio(e[::-1], o[::-1]) == pytest.approx(found, rel=0.3)  # the filter runs one way
    value, low, high = rmse_ratio(o, e)
    assert (1 / value, 1 / high, 1 / low) == pytest.approx(found, rel=1e-12)


# 1 + 2 sum_k phi^2k = (1 + phi^2) / (1 - phi^2)
@pytest.mark.parametrize("phi", [0.0, 0.6, 0.9])
def test_effective_values_of_an_autoregression(phi: float) -> None:
    n = 40_000
    error = autoregressive(np.random.default_rng(0), phi, n)
    expected = n * (1 - phi**2) / (1 + phi**2)
    assert effective_values(error) == pytest.approx(expected, rel=0.1)
    assert effective_values(error[:400]) == pytest.approx(expected / 100, rel=0.3)


def interleaved(n: int) -> Floats:
    """Two slow series that take turns: neighbours are independent, every other value is not."""
    return autoregressive(np.random.default_rng(0), 0.9, 2, n // 2).T.ravel()


def test_what_the_first_lag_does_not_show_counts_too() -> None:
    assert effective_values(interleaved(4000)) == pytest.approx(4000 * 0.19 / 1.81, rel=0.2)


def test_missing_values_are_left_out_and_keep_their_place() -> None:
    error, lost = interleaved(4000), np.random.default_rng(1).random(4000) < 0.5
    gaps = np.where(lost, np.nan, error)
    assert effective_values(gaps) == pytest.approx((~lost).sum() * 0.19 / 1.81, rel=0.3)
    assert effective_values(error[~lost]) > 1.5 * effective_values(gaps)  # closed up, its turns are out of step
    other = np.random.default_rng(2).normal(size=4000)
    root = np.sqrt(np.mean(error[~lost] ** 2) / np.mean(other[~lost] ** 2))
    assert rmse_ratio(gaps, other).value == pytest.approx(root)
    assert rmse_ratio(error, np.where(lost, np.nan, other)).value == pytest.approx(root)
    ends = np.full(50, np.nan)
    assert rmse_ratio(*(np.concatenate([ends, x, ends]) for x in (gaps, other))) == rmse_ratio(gaps, other)


def test_it_covers_at_its_level_however_errors_follow_each_other() -> None:
    """Within three standard errors of 93 to 97 %; as if independent, AR(0.9) would cover 44 %."""
    rng, known, repetitions = np.random.default_rng(4), 0.8, 400
    slack = 3 * np.sqrt(0.95 * 0.05 / repetitions)
    for phi, n in ((0.0, 60), (0.6, 60), (0.9, 200)):
        shared, own, other = autoregressive(rng, phi, 3, repetitions, n)
        found = [rmse_ratio(e, o) for e, o in zip(known * (shared + own), shared + other, strict=True)]
        inside = np.mean([low <= known <= high for _, low, high in found])
        assert all(one.has_interval for one in found)
        assert 0.93 - slack < inside < 0.97 + slack, (phi, n)


def test_few_slow_errors_need_their_autoregression_filtered_out() -> None:
    """Of the intervals given for 60 values of AR(0.9): without the filter 91 % would cover."""
    own, other = autoregressive(np.random.default_rng(5), 0.9, 2, 1500, 60)
    given = [one for one in map(rmse_ratio, own, other) if one.has_interval]
    assert len(given) > 600
    assert np.mean([low <= 1 <= high for _, low, high in given]) > 0.93


def test_too_few_independent_values_have_no_interval() -> None:
    rng = np.random.default_rng(6)
    slow = [rmse_ratio(e, o) for e, o in autoregressive(rng, 0.9, 200, 2, 20)]
    unknown = [one for one in slow if not one.has_interval]
    assert len(unknown) > 100
    assert all(one.exists and np.isnan([one.low, one.high]).all() for one in unknown)
    # given and wrong in no more cases than an interval for all of them would be
    assert np.mean([one.low > 1 or one.high < 1 for one in slow]) < 0.05 + 3 * np.sqrt(0.05 / 200)
    assert not rmse_ratio(*rng.normal(size=(2, 9))).has_interval
    assert rmse_ratio(*rng.normal(size=(2, 60))).has_interval


def test_thinned_errors_keep_their_place_in_time() -> None:
    errors = np.random.default_rng(8).normal(size=20)
    np.testing.assert_array_equal(evenly(np.arange(5, 65, 3), errors), errors)
    np.testing.assert_array_equal(evenly(np.array([2, 4, 8]), errors[:3]), [*errors[:2], np.nan, errors[2]])
    np.testing.assert_array_equal(evenly(np.array([7]), errors[:1]), errors[:1])


def test_errors_that_differ_by_rounding_alone_do_not_differ() -> None:
    """A network shrunk to nothing forecasts what its linear part does, computed in another order."""
    rng = np.random.default_rng(7)
    error = 100 * rng.normal(size=60)
    near = error * (1 + 1e-13 * rng.normal(size=60))
    assert rmse_ratio(near, error) == rmse_ratio(error, near) == (1.0, 1.0, 1.0)
    assert rmse_ratio(near, error).is_one
    assert not rmse_ratio(error + 10 * rng.normal(size=60), error).is_one


def horizon(error: Floats, steps: int) -> Floats:
    """Errors of a random walk's forecasts `[.., time, steps]` from its shocks: sums of those that lie in between, each
    step on the same values."""
    ahead = np.stack([lfilter(np.ones(step), [1.0], error, axis=-1) for step in range(1, steps + 1)], axis=-1)
    return np.asarray(ahead[..., steps:, :])


def test_over_a_horizon_every_step_counts_the_same() -> None:
    error, other = np.random.default_rng(9).normal(size=(2, 300, 4)) * [[[1.0]], [[2.0]]] * [1, 2, 3, 4]
    error[:40, 1] = np.nan
    both = np.isfinite(error)
    by_step, other_by_step = (np.nanmean(np.where(both, one**2, np.nan), axis=0) for one in (error, other))
    found = rmse_ratio(error, other)
    assert found.value == pytest.approx(np.sqrt(by_step.sum() / other_by_step.sum()))
    assert rmse_ratio(other, error) == pytest.approx((1 / found.value, 1 / found.high, 1 / found.low))


def test_one_step_of_a_horizon_is_that_step_and_the_same_step_many_times_is_no_more_sure() -> None:
    error, other = autoregressive(np.random.default_rng(10), 0.6, 2, 200)
    alone = rmse_ratio(error, other)
    assert rmse_ratio(error[:, None], other[:, None]) == alone
    assert rmse_ratio(*(np.repeat(one[:, None], 12, axis=1) for one in (error, other))) == pytest.approx(alone)


def test_over_twelve_steps_it_covers_at_its_level() -> None:
    """Forecasts of neighbouring origins share what happens in between: as if origins were independent, it would cover
    about half of the time."""
    rng, true, repetitions = np.random.default_rng(11), 0.8, 250
    slack = 3 * np.sqrt(0.95 * 0.05 / repetitions)
    shared, own, other = rng.normal(size=(3, repetitions, 200 + 12))
    pairs = zip(horizon(true * (shared + own), 12), horizon(shared + other, 12), strict=True)
    found = [rmse_ratio(*pair) for pair in pairs]
    assert np.mean([one.has_interval for one in found]) > 0.99
    assert 0.93 - slack < np.mean([low <= true <= high for _, low, high in found]) < 0.97 + slack


def test_few_stretches_of_twelve_steps_have_no_interval() -> None:
    """Told by their first step, whose errors are independent, 60 values would seem many, and one in eight intervals
    would be given and wrong."""
    shared, own, other = np.random.default_rng(12).normal(size=(3, 200, 60 + 12))
    found = [rmse_ratio(*pair) for pair in zip(horizon(shared + own, 12), horizon(shared + other, 12), strict=True)]
    assert np.mean([one.has_interval for one in found]) < 0.5
    assert np.mean([one.low > 1 or one.high < 1 for one in found]) < 0.05
