"""What another solver does to a trained model's forecast: identities that must hold, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from liquid.dynamics.solvers import SOLVERS
from liquid.errors import LiquidError
from liquid.learning import training
from liquid.learning.comparison import TOO_FEW
from liquid.learning.config import TrainConfig
from liquid.learning.forecaster import Forecaster
from liquid.learning.training import Finished, train
from liquid.series import generators
from liquid.studies import stored
from liquid.studies.progress import StudyProgress
from liquid.studies.solver_effect.study import (
    EXACT,
    ExactStates,
    SolverEffect,
    SolverTraining,
    StoredTrainings,
    Variant,
    effect_table,
    solver_effect,
    trained_with_each,
)
from liquid.studies.statistics import Interval

SERIES = generators.sum_of_sines(300)
CONFIG = TrainConfig(members=1, state_size=4, window=16, horizon=2, steps=40, batch=16, dt=0.25)


@pytest.fixture(scope="module")
def forecaster() -> Forecaster:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "shrink", lambda model, prepared: None)  # these networks are to have a say
        *_, finished = train(SERIES, CONFIG)
    assert isinstance(finished, Finished)
    return finished.forecaster


@pytest.fixture(scope="module")
def effect(forecaster: Forecaster) -> SolverEffect:
    *progress, result = solver_effect(forecaster)
    assert [event.done for event in progress if isinstance(event, StudyProgress)] == list(range(len(progress)))
    assert isinstance(result, SolverEffect)
    return result


def by_name(effect: SolverEffect) -> dict[tuple[str, int | None], Variant]:
    return {(variant.solver, variant.unfolds): variant for variant in effect.variants}


def test_only_known_values_are_looked_at() -> None:
    values = SERIES.values.copy()
    values[np.arange(len(values)) % 3 == 1] = np.nan
    *_, finished = train(replace(SERIES, values=values), CONFIG)
    assert isinstance(finished, Finished)
    prepared = finished.forecaster.prepared
    *_, result = solver_effect(finished.forecaster)
    assert isinstance(result, SolverEffect)
    assert result.points == prepared.known_in(prepared.split.test) < len(prepared.split.test)
    assert all(np.isfinite(variant.rmse) for variant in result.variants)


def test_networks_without_a_say_are_moved_by_no_solver() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("liquid.learning.shrink.share", lambda cross, size, doubt: np.zeros(size.shape[1:]))
        *_, finished = train(SERIES, CONFIG)
    assert isinstance(finished, Finished)
    assert not finished.forecaster.model.adds
    *_, result = solver_effect(finished.forecaster)
    assert isinstance(result, SolverEffect)
    assert {(variant.ratio, variant.moved) for variant in result.variants} == {(1.0, 0.0)}


def test_as_trained_is_the_forecasters_own_forecast(effect: SolverEffect, forecaster: Forecaster) -> None:
    first = effect.variants[0]
    test = forecaster.prepared.split.test
    origins = np.arange(test.start - 1, test.stop - 1)
    assert len(origins) == effect.points
    error = forecaster.predict(origins)[:, 0] - forecaster.prepared.target[origins + 1]
    assert first.rmse == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-12)
    assert (first.ratio, first.low, first.high, first.moved) == (1, 1, 1, 0)
    assert set(SOLVERS) | {EXACT} == {variant.solver for variant in effect.variants}


def test_more_unfolds_go_where_the_exact_solution_is(effect: SolverEffect) -> None:
    found = by_name(effect)
    exact = found[EXACT, None]
    away = [abs(found["euler", unfolds].rmse - exact.rmse) for unfolds in (1, 2, 4, 8)]
    assert away == sorted(away, reverse=True)
    assert away[3] < away[0] / 4
    assert abs(found["rk4", 1].rmse - exact.rmse) < away[3]
    moved = [found["euler", unfolds].moved for unfolds in (1, 2, 4, 8)]
    assert moved == sorted(moved)


def test_exact_states_are_the_limit_of_many_small_steps(forecaster: Forecaster) -> None:
    member = forecaster.model.liquid_members()[0]
    x, _, _ = forecaster.prepared.at(np.array([100, 200]))
    exact = ExactStates([member])(x)[0]
    member.unfolds = 4000
    states, _ = member.double()(x.double())
    np.testing.assert_allclose(exact.detach(), states.detach(), atol=1e-4)
    assert exact.shape == (2, 16, 4)


def variant(solver: str, ratio: float, low: float, high: float) -> Variant:
    return Variant(solver, solver, None, 1.0, ratio, low, high, 0.1)


@pytest.mark.parametrize(
    ("ratio", "low", "high", "verdict"),
    [(1.2, 1.1, 1.3, "worse"), (0.9, 0.8, 0.95, "better"), (1.01, 0.9, 1.1, "no measurable difference")],
)
def test_the_answer_follows_the_interval(ratio: float, low: float, high: float, verdict: str) -> None:
    answer = SolverEffect((variant("euler", 1, 1, 1), variant(EXACT, ratio, low, high)), 10).answer
    assert verdict in answer
    assert f"by {ratio:.3g} (95 % interval {low:.3g} to {high:.3g})" in answer


def test_without_an_interval_there_is_no_verdict() -> None:
    unknown = variant(EXACT, 1.2, np.nan, np.nan)
    answer = SolverEffect((variant("euler", 1, 1, 1), unknown), 10).answer
    assert answer == f"Solving this model's ODE exactly multiplies the one-step error by 1.2, but {TOO_FEW}."
    assert unknown.bounds == "unknown"


def test_the_table_has_a_row_a_variant(effect: SolverEffect) -> None:
    table = effect_table(effect)
    assert {len(np.asarray(column)) for column in table.values()} == {len(effect.variants)}


def test_stopping_ends_without_a_result(forecaster: Forecaster) -> None:
    events = list(solver_effect(forecaster, stop=lambda: True))
    assert len(events) == 1
    assert isinstance(events[0], StudyProgress)


def trainings(low: float, high: float) -> StoredTrainings:
    euler = SolverTraining("euler", (1.0, 2.0), Interval(1, 1, 1), 1.0)
    heun = SolverTraining("heun", (1.1, 2.2), Interval((low + high) / 2, low, high), 2.0)
    return StoredTrainings("Adam", {}, {"x": (euler, heun)})


def test_the_stored_answer_follows_the_intervals() -> None:
    assert "no model is measurably better or worse" in trainings(0.9, 1.1).answer("x")
    assert trainings(1.05, 1.2).answer("x") == "Compared with training by Euler: Heun worse."
    assert trainings(0.8, 0.95).answer("x") == "Compared with training by Euler: Heun better."


def test_the_stored_table_is_read_as_it_was_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    table = trainings(0.9, 1.1)
    stored.save("solver_training", {"training": "Adam", "config": {"dt": 0.25}, "trainings": table.trainings}, tmp_path)
    monkeypatch.setattr(stored, "load", lambda name, load=stored.load: load(name, tmp_path))
    assert trained_with_each() == replace(table, config={"dt": 0.25})
    monkeypatch.undo()
    shown = trained_with_each()
    for rows in shown.trainings.values():
        assert [one.solver for one in rows] == list(SOLVERS)
        ratios = np.array(rows[2].rmse) / np.array(rows[0].rmse)
        assert rows[2].ratio.mean == pytest.approx(ratios.mean(), rel=1e-4)
        assert rows[2].against_euler.ratio == rows[2].ratio.mean


def test_other_models_are_refused_with_a_sentence(forecaster: Forecaster) -> None:
    uneven = replace(forecaster, config=replace(CONFIG, timespans=True))
    with pytest.raises(LiquidError, match="even samples"):
        list(solver_effect(uneven))


def test_the_model_that_was_given_stays_as_it_is(forecaster: Forecaster) -> None:
    before = {name: values.clone() for name, values in forecaster.model.state_dict().items()}
    *_, _ = solver_effect(forecaster)
    (member,) = forecaster.model.liquid_members()
    assert (member.solver.name, member.unfolds) == (CONFIG.solver, CONFIG.unfolds)
    for name, values in forecaster.model.state_dict().items():
        np.testing.assert_array_equal(values, before[name])
