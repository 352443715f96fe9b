"""The noise study: coverage of its intervals, honesty of its verdicts, and known answers."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from liquid.cli import tau
from liquid.dynamics.moments import InputNoise, closure
from liquid.dynamics.weights import LayerWeights
from liquid.errors import LiquidError
from liquid.series import builtin
from liquid.studies.noise.judged import answer
from liquid.studies.noise.response import Response, Tally
from liquid.studies.noise.signal import Signal, clean_values
from liquid.studies.noise.study import (
    NoiseConfig,
    coloured_noise,
    measured_response,
    noise_response,
    predict,
    rate_response,
)
from liquid.studies.statistics import GROWS, NO_CHANGE, SHRINKS, holm, intervals, verdicts


def weights(size: int = 8, seed: int = 0, gain: float = 1.0) -> LayerWeights:
    rng = np.random.default_rng(seed)
    return LayerWeights(
        inputs=rng.normal(size=(size, 1)),
        recurrent=gain * rng.normal(size=(size, size)) / np.sqrt(size),
        bias=rng.normal(size=size),
        A=rng.normal(size=size),
        tau=rng.uniform(0.5, 2.0, size),
    )


def sines(length: int = 240) -> np.ndarray:
    t = np.arange(length)
    return (np.sin(t / 8) + 0.5 * np.sin(t / 3.1))[:, None]


def last(w: LayerWeights, u: np.ndarray, config: NoiseConfig, readout: np.ndarray | None = None) -> Response:
    return measured_response(w, Signal(u), config, readout)


# A neuron without recurrence under an input that alternates between -1 and 1 (so its standard deviation is 1).
def known_change(weight: float, bias: float, sd: float, tau: float) -> float:
    def tau_sys(z: float) -> float:
        return tau / (1 + tau * expit(z))

    changes = []
    for level in (-1.0, 1.0):
        noisy = quad(lambda n, u=level: tau_sys(weight * (u + sd * n) + bias) * norm.pdf(n), -9, 9)[0]
        changes.append(noisy - tau_sys(weight * level + bias))
    return float(np.mean(changes))


def test_the_interval_covers_the_truth_at_its_nominal_rate() -> None:
    w = LayerWeights(
        np.array([[1.5], [-0.7]]), np.zeros((2, 2)), np.array([-1.0, 0.5]), np.ones(2), np.array([1.0, 2.0])
    )
    truth = np.array([known_change(1.5, -1.0, 0.5, 1.0), known_change(-0.7, 0.5, 0.5, 2.0)])
    u = np.tile([-1.0, 1.0], 15)[:, None]
    covered = []
    for seed in range(400):
        change = last(w, u, NoiseConfig(level=0.5, pairs=40, warm_up=0, seed=seed)).change
        covered.append((change.low <= truth) & (truth <= change.high))
    rate = np.mean(covered)  # 800 trials at 95 %: standard error 0.8 %
    assert 0.925 <= rate <= 0.975


def test_a_null_experiment_gives_no_measurable_change() -> None:
    rng = np.random.default_rng(0)
    clear = [
        set(verdicts(intervals(rng.normal(size=(60, 32)) * rng.uniform(0.1, 9, 32)))) == {NO_CHANGE} for _ in range(400)
    ]
    assert np.mean(clear) >= 0.95 - 2 * np.sqrt(0.95 * 0.05 / 400)


def test_noise_that_the_layer_does_not_hear_changes_nothing() -> None:
    w = weights()
    deaf = replace(w, inputs=0 * w.inputs)
    response = last(deaf, sines(), NoiseConfig(level=2.0, pairs=20))
    assert set(response.verdicts) == {NO_CHANGE}
    assert np.abs(response.change.mean).max() < 1e-12
    assert set(last(w, sines(), NoiseConfig(level=0.0, pairs=20)).verdicts) == {NO_CHANGE}


def test_convex_and_concave_sides_go_opposite_ways() -> None:
    """A mostly closed gate (z < 0) is pulled open by noise, so tau_sys shrinks; a mostly open one grows."""
    w = LayerWeights(np.ones((2, 1)), np.zeros((2, 2)), np.array([-4.0, 4.0]), np.ones(2), np.ones(2))
    response = last(w, sines(), NoiseConfig(level=1.0, pairs=50))
    assert response.verdicts == (SHRINKS, GROWS)


@pytest.mark.parametrize("place", ["everywhere", "burst"])
def test_theory_stands_beside_simulation(place: str) -> None:
    response = last(weights(16), sines(), NoiseConfig(level=0.5, place=place, pairs=100, phi=0.3))
    assert response.r2 is not None
    assert response.r2 > 0.95
    assert response.repetitions == 100
    assert response.table()["verdict"] == response.verdicts


def test_noise_that_reaches_a_layer_by_value_and_change_is_predicted() -> None:
    """Negative control: noise on the two channels taken as independent predicts something else."""
    rng = np.random.default_rng(4)
    w = replace(weights(16, gain=2.0), inputs=rng.normal(size=(16, 2)))
    signal, config = Signal(sines(), change_gain=np.array([1.0])), NoiseConfig(level=0.5, pairs=100, phi=0.4)
    response = measured_response(w, signal, config)
    assert response.r2 is not None
    assert response.r2 > 0.95
    inputs = signal.inputs()
    apart = InputNoise.independent(
        inputs, 0.5 * np.array([[1.0, np.sqrt(1.2)]]) * sines().std() * np.ones_like(inputs), 0.4
    )
    wrong = (closure(w, inputs, apart).tau_sys - response.path_clean)[30:].mean(axis=0)
    assert np.sum((response.change.mean - wrong) ** 2) > 10 * np.sum((response.change.mean - response.theory) ** 2)


def test_a_spike_shows_in_the_value_and_in_two_changes() -> None:
    signal = Signal(np.zeros((5, 1)), change_gain=np.array([2.0]))
    added = np.array([0.0, 0, 3, 0, 0])[:, None]
    np.testing.assert_array_equal(signal.inputs(added), [[0, 0], [0, 0], [3, 6], [0, -6], [0, 0]])


def test_a_burst_leaves_the_time_before_it_alone() -> None:
    response = last(weights(), sines(), NoiseConfig(level=1.0, place="burst", pairs=20))
    np.testing.assert_allclose(response.path_treated[:96], response.path_clean[:96], atol=1e-12)
    assert np.abs(response.path_treated - response.path_clean)[96:144].max() > 1e-3


def test_a_spike_opens_one_gate_and_closes_another() -> None:
    """The gate is monotone in the input: what a spike up does to a neuron, a spike down does the other way round."""
    w, u = weights(), sines()
    up = last(w, u, NoiseConfig(level=4.0, place="spike"))
    down = last(w, u, NoiseConfig(level=-4.0, place="spike"))
    expected = tuple(SHRINKS if row > 0 else GROWS for row in w.inputs[:, 0])
    opposite = tuple(GROWS if verdict == SHRINKS else SHRINKS for verdict in expected)
    assert up.verdicts == expected
    assert down.verdicts == opposite
    floor, _ = w.bounds
    assert (up.clean + up.change.mean > floor).all()


def test_the_rate_is_a_knob_of_its_own() -> None:
    w, u = weights(gain=2.0), sines(800)
    same = rate_response(w, Signal(u), NoiseConfig(level=0.0, rate=1.0))
    assert set(same.verdicts) == {NO_CHANGE}
    fast = rate_response(w, Signal(u), NoiseConfig(level=0.0, rate=4.0), readout=np.ones(8))
    slow = rate_response(w, Signal(u), NoiseConfig(level=0.0, rate=0.25))
    assert len(fast.path_treated) == 200
    assert len(slow.path_treated) == 3197
    assert fast.weighted_percent is not None
    assert fast.weighted_percent.mean == pytest.approx(fast.percent.mean)
    with pytest.raises(LiquidError, match="spike"):
        rate_response(w, Signal(u), NoiseConfig(place="spike"))


def test_at_rate_keeps_the_shape_of_the_input() -> None:
    t = np.arange(400)
    smooth = np.sin(t / 12)[:, None]
    np.testing.assert_allclose(Signal(smooth).at_rate(0.5).values[:, 0], np.sin(np.arange(799) / 24), atol=1e-3)
    np.testing.assert_array_equal(Signal(smooth).at_rate(2.0).values, smooth[::2])


def test_coloured_noise_has_unit_variance_and_its_correlation() -> None:
    noise = coloured_noise(np.random.default_rng(0), 50, 4000, 1, 0.8)[..., 0]
    np.testing.assert_allclose(noise.std(axis=1), 1.0, atol=0.06)
    assert np.mean(noise[1:] * noise[:-1]) == pytest.approx(0.8, abs=0.02)


def test_readout_weights_decide_the_weighted_average() -> None:
    w = weights(4)
    only = last(w, sines(), NoiseConfig(level=1.0, pairs=30), readout=np.array([0, 0, -2.0, 0]))
    assert only.weighted_percent is not None
    assert only.weighted_percent.mean == pytest.approx(100 * only.change.mean[2] / only.clean[2])


def test_noise_on_one_column_only() -> None:
    rng = np.random.default_rng(0)
    w = replace(weights(), inputs=np.column_stack([np.zeros(8), rng.normal(size=8)]))
    u = np.column_stack([sines()[:, 0], sines()[::-1, 0]])
    assert set(last(w, u, NoiseConfig(level=1.0, pairs=20, columns=(0,))).verdicts) == {NO_CHANGE}
    assert set(last(w, u, NoiseConfig(level=1.0, pairs=20, columns=(1,))).verdicts) != {NO_CHANGE}
    with pytest.raises(LiquidError, match="columns 0 to 1"):
        predict(w, Signal(u), NoiseConfig(columns=(2,)))


def test_same_seed_same_numbers_and_progress_counts_up() -> None:
    w, config = weights(), NoiseConfig(level=0.5, pairs=60, seed=3)
    events = list(noise_response(w, Signal(sines()), config))
    assert [event.done for event in events[:-1]] == [25, 50, 60]
    again = last(w, sines(), config)
    np.testing.assert_array_equal(events[-1].change.mean, again.change.mean)
    assert not np.array_equal(again.change.mean, last(w, sines(), replace(config, seed=4)).change.mean)
    assert "at noise 0.5, mean tau_sys" in str(answer(again, config))


def test_stopped_early_it_ends_without_a_response() -> None:
    answers = iter([False, True])
    events = list(
        noise_response(weights(), Signal(sines()), NoiseConfig(level=0.5, pairs=60), stop=lambda: next(answers))
    )
    assert [event.done for event in events] == [25]


def test_holm_against_statsmodels() -> None:
    p = np.random.default_rng(1).uniform(size=40) ** 3
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1])


def test_config_round_trip_and_refusals() -> None:
    config = NoiseConfig(level=-3.0, place="spike", columns=(0,), seed=5)
    assert NoiseConfig.from_json(config.to_json()) == config
    for bad, match in (
        ({"place": "here"}, "place='here'"),
        ({"level": -0.5}, "only a spike has a sign"),
        ({"phi": 1.0}, r"phi=1\.0"),
        ({"rate": 9.0}, r"rate=9\.0"),
        ({"pairs": True}, "pairs=True"),
    ):
        with pytest.raises(LiquidError, match=match):
            NoiseConfig(**bad)
    with pytest.raises(LiquidError, match="nonsense"):
        NoiseConfig.from_json('{"nonsense": 1}')
    for text in ("{", "[1]"):
        with pytest.raises(LiquidError, match="JSON"):
            NoiseConfig.from_json(text)


def test_from_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    tau.arguments(parser)
    out = tmp_path / "tau.csv"
    given = ["--layer", "fresh", "--state-size", "5", "--series", "sines", "--length", "90", "--pairs", "20"]
    assert tau.command(parser.parse_args([*given, "--rate", "2", "--out", str(out)])) == 0
    told = capsys.readouterr().out
    assert "at noise 0.5, " in told
    assert "Played 2 times as fast" in told
    assert len(out.read_text(encoding="utf-8").splitlines()) == 6
    with pytest.raises(LiquidError, match="phi=2"):
        tau.command(parser.parse_args([*given, "--phi", "2"]))


@pytest.mark.parametrize("name", builtin.names())
def test_every_built_in_gives_an_input_without_gaps(name: str) -> None:
    values = clean_values(name, 300)
    assert values.shape == (min(300, len(values)), 1)
    assert len(values) >= 100
    assert np.isfinite(values).all()


def test_a_readout_of_zeros_weighs_no_neuron() -> None:
    assert Tally(np.ones((5, 3)), np.zeros(3)).weight is None
    np.testing.assert_allclose(Tally(np.ones((5, 3)), np.array([1.0, -3.0, 0.0])).weight, [0.25, 0.75, 0])
