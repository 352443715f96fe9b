"""The filter task and its yardsticks against independent references."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.tsa.statespace.kalman_filter import KalmanFilter

from benchmarks.filter_task import (
    REGIMES,
    Scoring,
    bayes_filter,
    draw,
    draw_regimes,
    error_of,
    fixed_average,
    kalman,
    kalman_response,
)


@pytest.fixture(scope="module")
def scoring() -> Scoring:
    return Scoring.of(runs=60)


def test_kalman_filter_is_statsmodels() -> None:
    draws = draw(np.random.default_rng(0), 1, 200)
    q, s = draws.q[0], draws.s[0]
    peer = KalmanFilter(k_endog=1, k_states=1)
    peer.bind(draws.observed[0])
    peer["design"] = np.ones((1, 1))
    peer["transition"] = np.ones((1, 1))
    peer["selection"] = np.ones((1, 1))
    peer["obs_cov"] = (s**2)[None, None]
    peer["state_cov"] = np.append(q[1:] ** 2, 0.0)[None, None]  # there: the step that follows each sample
    peer.initialize_approximate_diffuse(1e9)
    expected = peer.filter().filtered_state[0]
    np.testing.assert_allclose(kalman(draws.observed, draws.q, draws.s).level[0], expected, atol=1e-7)


def test_kalman_response_is_the_derivative_of_the_filter() -> None:
    draws = draw(np.random.default_rng(1), 2, 150)
    gain = kalman(draws.observed, draws.q, draws.s).gain
    response = kalman_response(gain, at=140, lags=20)
    for lag in (0, 1, 7, 19):
        moved = draws.observed.copy()
        moved[:, 140 - lag] += 1.0  # the filter is linear in the input: a finite difference is exact
        change = (kalman(moved, draws.q, draws.s).level - kalman(draws.observed, draws.q, draws.s).level)[:, 140]
        np.testing.assert_allclose(response[:, lag], change, atol=1e-12)


def test_the_steady_gain_solves_its_equation() -> None:
    for regime, (q, s) in enumerate(REGIMES):
        draws = draw_regimes(np.random.default_rng(2), 1, (regime,), 400)
        ratio = (q / s) ** 2
        steady = (-ratio + np.sqrt(ratio**2 + 4 * ratio)) / 2
        assert kalman(draws.observed, draws.q, draws.s).gain[0, -1] == pytest.approx(steady, rel=1e-6)


def test_draws_have_the_noises_they_say() -> None:
    draws = draw(np.random.default_rng(3), 400)
    for regime, (q, s) in enumerate(REGIMES):
        here = draws.regime == regime
        assert np.std((draws.observed - draws.level)[here]) == pytest.approx(s, rel=0.03)
        assert np.std(np.diff(draws.level, axis=1)[here[:, 1:]]) == pytest.approx(q, rel=0.03)
    changes = np.diff(draws.regime, axis=1) != 0
    assert changes.sum(axis=1).max() <= 4
    assert (changes.mean(axis=0) > 0).mean() > 0.95  # at any sample: the phase is not fixed


def test_more_knowledge_is_a_smaller_error(scoring: Scoring) -> None:
    assert scoring.kalman < scoring.bayes < scoring.fixed
    assert scoring.adaptivity(scoring.fixed) == 0
    assert scoring.adaptivity(scoring.kalman) == 1
    assert 0.7 < scoring.attainable < 0.9


def test_the_bayes_filter_is_the_sum_over_all_that_may_have_been() -> None:
    """In 20 samples there is at most one change: every phase and both regimes with likelihoods, by brute force."""
    observed = draw(np.random.default_rng(9), 1, 20).observed
    noises = np.array(REGIMES)
    estimates, weights = [], []
    for change in range(1, 65):  # the first sample of the next regime; past the end there is none
        for first in range(4):
            for second in range(4):
                regime = np.where(np.arange(20) < change, first, second)[None]
                q, s = noises[regime, 0], noises[regime, 1]
                found = kalman(observed, q, s)
                before = np.concatenate([found.level[:, :1], found.level[:, :-1]], axis=1)[0, 1:]
                variance = (s**2)[0, 1:] / (1 - found.gain[0, 1:])  # K = P / (P + s^2), so P + s^2 = s^2 / (1 - K)
                surprise = observed[0, 1:] - before
                likelihood = np.exp(np.cumsum(-(surprise**2) / (2 * variance) - np.log(variance) / 2))
                estimates.append(found.level[0, 1:])
                weights.append(likelihood)
    share = np.array(weights) / np.sum(weights, axis=0)
    np.testing.assert_allclose(bayes_filter(observed)[0, 1:], np.sum(share * estimates, axis=0), atol=1e-10)


def test_the_bayes_filter_without_changes_becomes_the_kalman_filter() -> None:
    """On fixed-variance runs it finds the regime out, so late in the run it estimates as if it had been told."""
    for regime in (0, 3):
        draws = draw_regimes(np.random.default_rng(4), 10, (regime,), 64)
        told = kalman(draws.observed, draws.q, draws.s).level
        apart = np.mean((bayes_filter(draws.observed) - told)[:, 40:] ** 2)
        assert apart < 0.25 * np.mean((told - draws.level)[:, 40:] ** 2)


def test_fixed_average_at_rate_one_is_the_input() -> None:
    draws = draw(np.random.default_rng(8), 2, 100)
    np.testing.assert_allclose(fixed_average(draws.observed, 1.0), draws.observed, atol=1e-14)
    assert error_of(draws.level, draws) == 0
