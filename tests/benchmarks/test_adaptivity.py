"""Models that are trained on the filter task, and how they adapt, on filters that are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks import adaptation
from benchmarks.adaptivity import VARIANTS, AdaptivityConfig, FilterModel, Pool, Trained, score, train_filter
from benchmarks.filter_task import REGIMES, Scoring, draw, draw_regimes
from liquid.errors import LiquidError
from liquid.models.network import count_parameters


@pytest.fixture(scope="module")
def scoring() -> Scoring:
    return Scoring.of(runs=60)


@pytest.mark.parametrize("id", VARIANTS)
def test_variants_have_equal_parameters(id: str) -> None:
    count = count_parameters(FilterModel(VARIANTS[id].config))
    assert abs(count / 1200 - 1) < 0.06


def test_change_inputs_make_the_estimate_move_with_the_level() -> None:
    model = FilterModel(AdaptivityConfig(state_size=8)).double()
    y = torch.as_tensor(draw(np.random.default_rng(5), 3, 80).observed)
    torch.testing.assert_close(model.estimate(y + 5.0), model.estimate(y) + 5.0)


def test_impulse_response_is_the_derivative_of_the_model() -> None:
    model = FilterModel(AdaptivityConfig("GRU", "value", state_size=5)).double()
    draws = draw(np.random.default_rng(6), 2, 80)
    response = adaptation.impulse_responses(model, draws.observed, (70,), 10)
    for lag in (0, 4, 9):
        moved = torch.as_tensor(draws.observed).repeat(2, 1)
        moved[:2, 70 - lag] += 1e-5
        moved[2:, 70 - lag] -= 1e-5
        estimate = model.estimate(moved)[:, 70].detach().numpy()
        np.testing.assert_allclose(response[:, 0, lag], (estimate[:2] - estimate[2:]) / 2e-5, atol=1e-7)


def test_age_of_a_fixed_average_is_known() -> None:
    """h_k = a (1 - a)^k rests on inputs of mean age (1 - a) / a."""
    response = 0.3 * 0.7 ** np.arange(200)
    assert adaptation.age(response) == pytest.approx(0.7 / 0.3)


def test_training_beats_its_start_and_is_judged_on_unseen_runs(scoring: Scoring) -> None:
    config, pool = AdaptivityConfig(state_size=8, steps=25, batch=16), Pool.of(runs=100, window=96)
    start = score(FilterModel(config), scoring)
    *curve, trained = train_filter(config, pool, scoring)
    assert isinstance(trained, Trained)
    assert trained.error < 0.5 * start
    assert [point.step for point in curve][-1] == 25
    again = list(train_filter(config, pool, scoring))[-1]
    assert isinstance(again, Trained)
    assert again.error == trained.error  # same config, same numbers
    assert trained.model.weights.tau.min() >= config.dt * (1 - 1e-6)
    stopped = list(train_filter(config, pool, scoring, stop=lambda: True))
    assert len(stopped) == 2


def test_adaptation_reports_every_regime_beside_kalman() -> None:
    models = [FilterModel(AdaptivityConfig(state_size=6, seed=seed)) for seed in (0, 1)]
    result = adaptation.by_regime(models, runs=4)
    assert set(result.quantities) == set(adaptation.QUANTITIES)
    assert set(result.kalman) == {"gain", "age"}
    assert all(len(entry.mean) == len(REGIMES) for entry in result.quantities.values())
    kalman_gain = result.kalman["gain"].mean
    np.testing.assert_allclose(kalman_gain, [0.33, 0.0392, 0.944, 0.33], atol=0.01)
    np.testing.assert_allclose(result.kalman_response.sum(axis=1), [1, 0.85, 1, 1], atol=0.02)
    when, change = adaptation.through_change(models[:1], (0, 1), runs=5)
    assert when.min() < 0 < when.max()
    assert len(change.response) == len(when)
    gain = change.kalman["gain"].mean
    assert gain[when < 0].min() > 2 * gain[-1]


def test_refusals_say_what_and_how(scoring: Scoring) -> None:
    for bad, match in (({"core": "RNN"}, "core='RNN'"), ({"steps": 0}, "steps=0")):
        with pytest.raises(LiquidError, match=match):
            AdaptivityConfig(**bad)
    config = AdaptivityConfig(seed=3)
    assert AdaptivityConfig.from_json(config.to_json()) == config
    with pytest.raises(LiquidError, match="do not exist: odd"):
        AdaptivityConfig.from_json('{"odd": 1}')
    with pytest.raises(LiquidError, match="no tau_sys"):
        _ = FilterModel(AdaptivityConfig("GRU", state_size=4)).weights
    with pytest.raises(LiquidError, match=r"regimes=\(7,\)"):
        draw_regimes(np.random.default_rng(0), 1, (7,), 10)
    with pytest.raises(LiquidError, match="from 47 to 79"):
        adaptation.observe(FilterModel(config), draw(np.random.default_rng(0), 1, 80), (20,))
