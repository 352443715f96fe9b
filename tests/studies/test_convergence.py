"""The convergence study: what it says is what was computed, and what theory says where theory is exact."""

from __future__ import annotations

import argparse
import csv
import math
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from liquid.cli import convergence as cli
from liquid.dynamics.reference import Reference
from liquid.dynamics.solvers import SOLVERS, solver_named
from liquid.dynamics.weights import LayerWeights
from liquid.errors import LiquidError
from liquid.studies.convergence.paths import (
    WIDTHS_OUTSIDE,
    Departure,
    ODEProblem,
    OrderCurve,
    between,
    follow,
    with_clock,
)
from liquid.studies.convergence.report import tables
from liquid.studies.convergence.stability import fixed_point, spectral_radius, stability_limit
from liquid.studies.convergence.study import (
    ENOUGH,
    PRESETS,
    ConvergenceConfig,
    ConvergenceResult,
    accuracy,
    convergence,
    ode_problem,
    preset,
)
from liquid.studies.progress import StudyProgress

SMALL = ConvergenceConfig(state_size=4, samples=40, halvings=3)


@cache
def study(name: str) -> ConvergenceResult:
    config = replace(preset(name), state_size=6, samples=60)
    *progress, result = convergence(config)
    assert isinstance(result, ConvergenceResult)
    assert [event.done for event in progress] == list(range(progress[0].total))
    assert all(isinstance(event, StudyProgress) for event in progress)
    return result


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_what_their_names_say(name: str) -> None:
    result = study(name)
    departed = result.accuracy.path.departure
    assert (departed is not None) == (name == "unstable")
    assert result.truth.worst < 1e-10
    slow, fast = result.config.tau_high, result.config.tau_low
    assert (slow / fast >= 50) == (name == "stiff")
    by_name = {curve.solver: curve for curve in result.curves}
    assert list(by_name) == list(SOLVERS)
    for solver, curve in by_name.items():
        assert curve.order == pytest.approx(SOLVERS[solver].order, abs=0.15)
        assert (np.diff(curve.evaluations) > 0).all()


def test_the_sentence_says_the_numbers() -> None:
    result = study("calm")
    truth = np.abs(result.accuracy.path.ends - result.truth.ends).max() / np.ptp(result.truth.ends)
    better = follow(result.problem, solver_named("euler"), 4).ends
    other = np.abs(better - result.truth.ends).max() / np.ptp(result.truth.ends)
    late = np.abs(result.accuracy.path.ends - result.truth.ends)
    late = late.max(axis=1)[len(late) // 2 :].max() / np.ptp(result.truth.ends)
    assert result.accuracy.settled == late < truth
    assert result.accuracy.relative == truth
    assert result.accuracy.better == other
    assert other == pytest.approx(truth / 4, rel=0.1)
    word = "Yes" if truth <= ENOUGH else "Partly" if late <= ENOUGH else "No"
    assert result.accuracy.answer == (
        f"{word}: with dt 0.1 and 1 unfold, Euler is off by {100 * truth:.2g} % of the state's range at most, "
        f"{100 * late:.2g} % in the second half, away from the start; 4 unfolds bring it to {100 * other:.2g} %."
    )


def test_a_diverged_path_is_cut_where_it_left_and_names_the_limit() -> None:
    result = study("unstable")
    path, departure = result.accuracy.path, result.accuracy.path.departure
    assert departure is not None
    assert len(path.states) == len(result.accuracy.error) == departure.sample < 60
    assert np.isfinite(path.states).all()
    assert departure.h > departure.limit
    assert departure.limit <= 2 * result.config.tau_low
    assert departure.fastest == departure.neuron == 0
    equation, drive = result.problem.equation, result.problem.equation.drive(result.problem.inputs)
    before, outside = path.ends[-1], path.steps[-1]
    step = solver_named("euler").step(equation, drive[departure.sample], before, departure.h)
    np.testing.assert_array_equal(step, outside)  # drawn up to the first step outside
    assert abs(outside[0]) > WIDTHS_OUTSIDE * abs(equation.A[0])
    assert departure.message in result.accuracy.answer
    assert "above 2 tau_sys" in departure.message
    assert math.isinf(result.accuracy.relative)
    assert "diverges" in result.accuracy.answer


def test_a_path_that_leaves_in_its_first_sample_has_steps_to_draw() -> None:
    config = replace(preset("fast"), gain=10.0, dt=2.0, unfolds=16, tau_low=0.02, tau_high=0.02)
    problem = ode_problem(config)
    path = follow(problem, solver_named("euler"), config.unfolds)
    assert path.departure is not None
    assert path.departure.sample == len(path.states) == 0
    assert 0 < len(path.leaving) <= config.unfolds
    assert np.isfinite(path.steps).all()


def test_where_the_coupling_drives_a_path_out_no_limit_is_named() -> None:
    message = Departure(sample=3, neuron=2, h=0.1, limit=0.4, fastest=1, multiple=2.0).message
    assert message.endswith("the step 0.1 is stable for each neuron alone, so the coupling causes it.")
    assert Departure(3, 2, 0.5, 0.4, 1, 2.0).message.endswith("above 2 tau_sys = 0.4 of neuron 1 there.")


def test_a_short_series_is_taken_whole() -> None:
    assert len(ode_problem(ConvergenceConfig(source="nile", samples=200)).inputs) == 100


def test_more_unfolds_or_another_solver_cure_the_unstable_preset() -> None:
    problem = study("unstable").problem
    assert follow(problem, solver_named("euler"), 4).departure is None
    assert follow(problem, solver_named("semi_implicit"), 1).departure is None
    assert follow(problem, solver_named("exponential"), 1).departure is None


@pytest.mark.parametrize("name", PRESETS)
def test_the_drawn_truth_is_the_truth(name: str) -> None:
    result = study(name)
    time, states = between(result.problem, result.truth, points=4)
    exact = result.problem.solve(knots=4, second_opinion=False).states
    samples = states.reshape(60, 5, -1)  # the sample's start, then its four knots
    np.testing.assert_allclose(samples[:, 1:], exact, atol=0.01 * np.ptp(exact))
    np.testing.assert_array_equal(samples[1:, 0], result.truth.ends[:-1])
    np.testing.assert_array_equal(samples[:, -1], result.truth.ends)
    np.testing.assert_allclose(time.reshape(60, 5)[:, -1], result.problem.dt * np.arange(1, 61))


def test_dt_is_a_clock_and_unfolds_are_accuracy() -> None:
    problem = study("fast").problem
    euler = solver_named("euler")
    same = with_clock(problem, 2, same_time=True)
    np.testing.assert_allclose(follow(same, euler, 1).ends[1::2], follow(problem, euler, 2).ends, rtol=1e-12)
    np.testing.assert_allclose(same.solve().ends[1::2], problem.solve().ends, atol=1e-11)  # the same ODE
    other = with_clock(problem, 2, same_time=False)
    assert np.abs(other.solve().ends - problem.solve().ends).max() > 0.1 * np.ptp(problem.solve().ends)


def uncoupled(tau: tuple[float, ...]) -> tuple[LayerWeights, float]:
    """Neurons without recurrence: the frozen-gate limit is exact. With the smallest tau_sys at input 0."""
    size = len(tau)
    weights = LayerWeights(np.ones((size, 1)), np.zeros((size, size)), np.zeros(size), np.ones(size), np.array(tau))
    return weights, min(1 / (1 / t + 0.5) for t in tau)


@pytest.mark.parametrize("name", SOLVERS)
def test_without_coupling_both_predictions_are_exact(name: str) -> None:
    equation, shortest = uncoupled((0.3, 1.0, 2.0))
    solver = solver_named(name)
    limit = stability_limit(equation, fixed_point(equation, np.zeros(1)), solver)
    expected = solver.limit * shortest
    assert limit.frozen == pytest.approx(expected, rel=1e-12)
    assert limit.jacobian == pytest.approx(expected, rel=1e-5)
    assert limit.measured == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("name", ["euler", "heun", "rk4"])
def test_with_coupling_the_jacobian_predicts_what_bisection_finds(name: str) -> None:
    for seed in range(3):
        problem = ode_problem(replace(preset("fast"), seed=seed, state_size=6))
        rest = fixed_point(problem.equation, np.zeros(1))
        assert rest is not None
        limit = stability_limit(problem.equation, rest, solver_named(name))
        assert limit.measured == pytest.approx(limit.jacobian, rel=1e-4)
        assert spectral_radius(problem.equation, rest, solver_named(name), 0.9 * limit.jacobian) < 1
        assert limit.measured != pytest.approx(limit.frozen, rel=1e-3)  # the coupling counts


def test_a_layer_that_does_not_rest_has_no_limit() -> None:
    """Strong inhibition around a ring keeps three neurons moving for ever: no step is short enough to stop them."""
    recurrent = 30.0 * np.array([[0, -1, 0], [0, 0, -1], [-1, 0, 0]])
    weights = LayerWeights(np.zeros((3, 1)), recurrent, np.full(3, 8.0), np.ones(3), np.ones(3))
    rest = fixed_point(weights, np.zeros(1))
    assert rest is None or rest.growth > 0
    limit = stability_limit(weights, rest, solver_named("euler"))
    assert np.isnan([limit.measured, limit.frozen, limit.jacobian]).all()


def curve(errors: list[float], floor: float = 1e-13) -> OrderCurve:
    steps = 2 ** np.arange(len(errors))
    return OrderCurve("euler", tuple(steps), 1 / steps, np.array(errors), steps, np.zeros(len(errors)), floor)


def test_orders_are_signed_and_only_trusted_above_the_reference() -> None:
    np.testing.assert_allclose(curve([8.0, 2.0, 0.5]).slopes, [2, 2])
    np.testing.assert_allclose(curve([0.5, 2.0, 8.0]).slopes, [-2, -2])
    broken = curve([np.inf, 1.0, 0.5, 1e-12])
    assert np.isnan(broken.slopes[0])
    assert broken.trusted.tolist() == [False, True, False]
    assert broken.order == pytest.approx(1)
    assert math.isnan(curve([1e-12, 1e-13]).order)


def test_same_config_same_numbers() -> None:
    first, second = (list(convergence(SMALL))[-1] for _ in range(2))
    assert isinstance(first, ConvergenceResult)
    assert isinstance(second, ConvergenceResult)
    np.testing.assert_array_equal(first.accuracy.path.states, second.accuracy.path.states)
    np.testing.assert_array_equal(first.problem.inputs, second.problem.inputs)
    assert first.limits == second.limits
    other = ode_problem(replace(SMALL, seed=1))
    assert not np.array_equal(other.equation.A, first.problem.equation.A)


def test_another_problem_may_take_the_random_layers_place() -> None:
    equation, _ = uncoupled((0.5, 2.0))
    problem = ODEProblem(replace(equation, dt=0.2), np.zeros((40, 1)), np.array([2.0, -1.0]))
    result = list(convergence(replace(SMALL, dt=0.2, solver="exponential"), problem))[-1]
    assert isinstance(result, ConvergenceResult)
    assert result.problem is problem
    assert result.accuracy.relative < 1e-12  # a frozen gate: exact


def test_every_curve_becomes_a_table_of_equal_columns() -> None:
    result = study("unstable")
    for table in tables(result).values():
        assert len({len(np.asarray(column)) for column in table.values()}) == 1
    assert set(tables(result)) == {"path", "reference", "error", "orders", "stability"}
    path = tables(result)["path"]
    np.testing.assert_array_equal(np.asarray(path["neuron 2"]), result.accuracy.path.steps[:, 2])


def run(*options: str) -> int:
    parser = argparse.ArgumentParser()
    cli.arguments(parser)
    return cli.command(parser.parse_args(options))


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--preset", "stiff", "--samples", "30", "--state-size", "3", "--halvings", "2", "--out", str(tmp_path))
    assert run(*options) == 0
    out = capsys.readouterr().out
    config = ConvergenceConfig.from_json((tmp_path / "config.json").read_text(encoding="utf-8"))
    assert config == replace(preset("stiff"), samples=30, state_size=3, halvings=2)
    problem = ode_problem(config)
    assert accuracy(problem, problem.solve(), solver_named("euler"), 8).answer in out
    rows = list(csv.reader((tmp_path / "orders.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 1 + 3 * len(SOLVERS)
    assert {file.name for file in tmp_path.iterdir()} == {
        "config.json", "path.csv", "reference.csv", "error.csv", "orders.csv", "stability.csv",
    }  # fmt: skip


def test_config_round_trip() -> None:
    for config in PRESETS.values():
        assert ConvergenceConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"dt": 0.0}, r"dt=0.0 is outside"),
        ({"dt": math.nan}, r"dt=nan"),
        ({"unfolds": 2.5}, r"unfolds=2.5 must be a whole number"),
        ({"solver": "rk45"}, r"solver='rk45'"),
        ({"samples": 5}, r"samples=5"),
        ({"tau_low": 3.0, "tau_high": 2.0}, r"tau_low=3 is above tau_high=2"),
        ({"seed": True}, r"seed=True"),
    ],
)
def test_impossible_settings_get_a_sentence(changes: dict[str, float], sentence: str) -> None:
    with pytest.raises(LiquidError, match=sentence):
        replace(SMALL, **changes)


@pytest.mark.parametrize("text", ["", "[1]", "[" * 100_000, '{"speed": 1}', '{"dt": -1}'])
def test_a_wrong_config_file_gets_a_sentence(text: str) -> None:
    with pytest.raises(LiquidError):
        ConvergenceConfig.from_json(text)


def test_a_wrong_name_gets_a_sentence() -> None:
    with pytest.raises(LiquidError, match=r"calm, fast, stiff, unstable"):
        preset("wild")


def test_a_reference_that_gives_up_ends_the_study(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = Reference(np.zeros((0, 1, 4)), np.zeros(0), 1, "dop853", "DOP853 gave up in sample 0: it is stiff.", False)
    monkeypatch.setattr(ODEProblem, "solve", lambda *_, **__: failed)
    with pytest.raises(LiquidError, match="gave up"):
        list(convergence(SMALL))
