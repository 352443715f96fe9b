"""Training: the same numbers every time, the best weights kept, a divergence caught, tau kept above its floor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Event, Timer
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from liquid.cli.progress import wait_for_scan
from liquid.errors import LiquidError
from liquid.learning import training
from liquid.learning.batches import squared_error
from liquid.learning.config import TrainConfig
from liquid.learning.data import LONGEST_SPAN, prepare
from liquid.learning.loop import Descent
from liquid.learning.models import ForecastModel
from liquid.learning.run import Run
from liquid.learning.training import (
    Batches,
    Compiling,
    Finished,
    Progress,
    Started,
    train,
    validation_set,
)
from liquid.learning.trainings import TRAININGS
from liquid.models.liquid import inverse_softplus
from liquid.series import generators
from liquid.series.series import Series, from_columns

Small = Callable[..., TrainConfig]


def outcome(series: Series, config: TrainConfig, stop: Callable[[], bool] = lambda: False) -> Finished:
    *_, last = train(series, config, stop)
    assert isinstance(last, Finished)
    return last


def weights(finished: Finished) -> dict[str, Tensor]:
    return dict(finished.forecaster.model.state_dict())


def validation_losses(finished: Finished, config: TrainConfig) -> Tensor:
    held_out = validation_set(finished.forecaster.prepared, config)
    with torch.no_grad():
        return squared_error(finished.forecaster.model(held_out.x, held_out.timespans), held_out.target)


@pytest.mark.parametrize("model", ["Liquid", "LSTM", "GRU"])
def test_one_seed_gives_the_same_bits_and_another_does_not(waves: Series, small: Small, model: str) -> None:
    config = small(model=model, members=2)
    torch.manual_seed(1)
    first = outcome(waves, config)
    torch.manual_seed(2)  # the global generator has no say
    second, other = outcome(waves, config), outcome(waves, replace(config, seed=1))
    for name, weight in weights(first).items():
        assert torch.equal(weight, weights(second)[name]), name
    np.testing.assert_array_equal(first.forecaster.band.half_width, second.forecaster.band.half_width)
    states = [name for name, _ in first.forecaster.model.named_parameters() if name.startswith("core")]
    assert any(not torch.equal(weights(first)[name], weights(other)[name]) for name in states)


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """A scan whose machine code is ready when this is set."""
    done = Event()

    def ready(wait: bool = False) -> bool:
        return done.wait() if wait else done.is_set()

    monkeypatch.setattr(training.scan, "ready", ready)
    monkeypatch.setattr(training, "QUIET", 1)
    yield done
    done.set()


def test_who_waits_for_machine_code_is_told_so_and_then_trained(waves: Series, small: Small, compiled: Event) -> None:
    events = train(waves, small())
    first = next(events)
    assert isinstance(first, Compiling)
    assert "once per machine" in first.message
    compiled.set()
    assert isinstance(next(events), Started)


def test_commands_that_wait_for_machine_code_say_so(compiled: Event, capsys: pytest.CaptureFixture[str]) -> None:
    Timer(0.5, compiled.set).start()
    wait_for_scan()
    assert compiled.is_set()
    assert "once per machine" in capsys.readouterr().err
    wait_for_scan()
    assert capsys.readouterr().err == ""


def test_stop_does_not_wait_for_machine_code(waves: Series, small: Small, compiled: Event) -> None:
    asked = iter([False, False, True])
    (only,) = train(waves, small(), lambda: next(asked))
    assert isinstance(only, Compiling)
    assert not compiled.is_set()


def test_a_short_wait_for_machine_code_is_not_spoken_of_and_can_be_stopped(
    waves: Series, small: Small, compiled: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "QUIET", 5)
    asked = iter([False, False, False, True])
    assert list(train(waves, small(), lambda: next(asked))) == []
    looks = iter([lambda: False, lambda: False, compiled.set])
    assert isinstance(next(train(waves, small(), lambda: bool(next(looks)()))), Started)


def test_an_lstm_needs_no_machine_code_of_ours(waves: Series, small: Small, compiled: Event) -> None:
    assert isinstance(next(train(waves, small(model="LSTM"))), Started)


def test_without_numba_training_does_not_wait(
    waves: Series, small: Small, compiled: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training.scan, "ready", lambda wait=False: False)
    assert isinstance(next(train(waves, small())), Started)


@pytest.mark.parametrize(("optimizer", "close"), [("adam", 1e-3), ("soap", 2e-2)])
@pytest.mark.parametrize("model", ["Liquid", "GRU"])
def test_a_member_trains_as_it_would_alone(
    waves: Series, small: Small, model: str, optimizer: str, close: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The eigenbasis of SOAP makes more of the rounding that differs in a batch of members."""
    monkeypatch.setattr(training, "Descent", lambda **how: replace(Descent(**how), optimizer=optimizer))
    monkeypatch.setattr(training, "shrink", lambda model, prepared: None)  # by what all bring together
    config = small(model=model, members=3, seed=5)
    together = outcome(waves, config).forecaster
    origins = np.arange(40, 150)
    for member in range(3):
        alone = replace(config, members=1, seed=5 + 7919 * member)
        with monkeypatch.context() as patch:  # its own start, the ensemble's batches
            patch.setattr(training, "Batches", lambda prepared, config: Batches(prepared, replace(config, seed=5)))
            single = outcome(waves, alone).forecaster
        expected = together.predict_members(origins)[member]
        np.testing.assert_allclose(single.predict(origins), expected, rtol=close, atol=close)
    assert np.ptp(together.predict_members(origins), axis=0).max() > 5 * close  # and they are three


def test_networks_are_trained_as_a_run_says(
    waves: Series, small: Small, train_run: Callable[[Series, TrainConfig], Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[Descent] = []
    monkeypatch.setattr(training, "Descent", lambda **how: used.append(Descent(**how)) or used[-1])
    said = train_run(waves, small()).config.how
    assert [(how.optimizer, how.readout) for how in used] == [(said.optimizer, said.readout)] == [("soap", "solved")]
    assert said.words == "SOAP, readout solved"


def test_events_tell_the_story_in_order(waves: Series, small: Small) -> None:
    started, *points, finished = train(waves, small(steps=30))
    assert isinstance(started, Started)
    assert isinstance(finished, Finished)
    gate, state_alone, readout = 5 * (2 + 5) + 5, 2 * 5, 3 * 5 + 3  # inputs: level and change
    assert started.parameters == gate + state_alone + readout
    assert [point.step for point in points if isinstance(point, Progress)] == list(range(1, 31))
    assert (finished.outcome, finished.message) == ("done", "")
    assert 1 <= finished.best_step <= 30


def test_the_best_weights_are_kept_member_by_member(
    waves: Series, small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "refine", lambda model, prepared: None)
    monkeypatch.setattr(training, "shrink", lambda model, prepared: None)
    config = small(members=3, steps=40, learning_rate=1.0)  # so large that the last weights are not the best
    *events, finished = train(waves, config)
    curve = np.array([event.member_losses for event in events if isinstance(event, Progress)])
    assert isinstance(finished, Finished)
    np.testing.assert_allclose(validation_losses(finished, config), curve.min(axis=0), rtol=1e-4)
    assert (curve.min(axis=0) < curve[-1]).any()
    assert curve.argmin(axis=0).max() + 1 == finished.best_step


def test_stop_keeps_what_was_learned(waves: Series, small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "refine", lambda model, prepared: None)
    monkeypatch.setattr(training, "shrink", lambda model, prepared: None)
    config = small(steps=600)  # a point of the curve every 20 steps
    asked = iter([False] * 14 + [True])
    *events, finished = train(waves, config, lambda: next(asked))
    points = [event for event in events if isinstance(event, Progress)]
    assert isinstance(finished, Finished)
    assert finished.outcome == "stopped"
    assert "step 15 of 600" in finished.message
    assert [point.step for point in points] == [1, 15]  # what the last 14 steps brought is looked at before it ends
    assert finished.best_step == 15
    assert validation_losses(finished, config).item() == pytest.approx(points[-1].validation_loss, rel=1e-5)
    assert points[-1].validation_loss < points[0].validation_loss


def collapsing(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """In place of the floor under tau: from one step on, a tau far too short for the solver's step."""
    calls = iter(range(1000))

    def collapse(model: ForecastModel, longest_span: float = 1.0) -> None:
        if next(calls) >= after:
            with torch.no_grad():
                for name, parameter in model.named_parameters():
                    if name.endswith("tau"):
                        parameter.fill_(-30.0)

    monkeypatch.setattr(ForecastModel, "keep_stable", collapse)


def test_a_divergence_before_any_result_names_step_setting_and_cure(
    waves: Series, small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    collapsing(monkeypatch, after=0)
    with pytest.raises(LiquidError, match=r"diverged at step 1: .* rate 0\.7.*raise unfolds.*semi-implicit"):
        outcome(waves, small(learning_rate=0.7))


def test_a_later_divergence_keeps_the_best_so_far(waves: Series, small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    collapsing(monkeypatch, after=5)  # with the one before the first step: after step 5
    finished = outcome(waves, small(steps=100))
    assert finished.outcome == "diverged"
    assert "diverged at step 6" in finished.message
    assert "learning rate" in finished.message
    assert finished.best_step <= 4
    assert np.isfinite(finished.forecaster.predict(np.arange(40, 60))).all()


def test_one_member_that_diverges_ends_the_training_of_all_and_is_told(
    waves: Series, small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = iter(range(1000))

    def collapse_one(model: ForecastModel, longest_span: float = 1.0) -> None:
        if next(calls) >= 5:
            with torch.no_grad():
                dict(model.named_parameters())["core.network.layers.0.tau"][1] = -30.0

    monkeypatch.setattr(ForecastModel, "keep_stable", collapse_one)
    finished = outcome(waves, small(steps=100, members=3))
    assert finished.outcome == "diverged"
    assert "diverged at step 6: the gradient of 1 of 3 networks, which ends the training of all," in finished.message
    assert "Lower the learning rate" in finished.message
    assert np.isfinite(finished.forecaster.predict_members(np.arange(40, 60))).all()


def test_semi_implicit_steps_do_not_diverge_there(waves: Series, small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    collapsing(monkeypatch, after=5)
    assert outcome(waves, small(solver="semi_implicit")).outcome == "done"


@pytest.mark.parametrize("others", [{}, {"unfolds": 3}, {"timespans": True}, {"dt": 1.0, "timespans": True}])
def test_tau_stays_above_its_floor(waves: Series, small: Small, others: dict[str, Any]) -> None:
    config = small(steps=40, learning_rate=1.0, **others)
    longest = LONGEST_SPAN if config.timespans else 1.0
    floor = config.dt * longest / config.unfolds
    for network in outcome(waves, config).forecaster.model.liquid_members():
        for layer in network.liquid_layers():
            assert layer.base_tau.min() >= floor * (1 - 1e-5)


def test_without_the_floor_tau_falls_below_it(waves: Series, small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ForecastModel, "keep_stable", lambda model, longest_span=1.0: None)
    monkeypatch.setattr(training, "Descent", lambda **how: replace(Descent(**how), keep="last"))
    finished = outcome(waves, small(steps=40, learning_rate=1.0, dt=1.0, solver="semi_implicit", members=8))
    networks = finished.forecaster.model.liquid_members()
    assert min(network.liquid_layers()[0].base_tau.min() for network in networks) < 1.0


def test_inverse_softplus_is_one() -> None:
    for x in (1e-3, 0.25, 1.0, 20.0):
        assert np.log1p(np.exp(inverse_softplus(x))) == pytest.approx(x)


def test_tau_sys_lies_between_its_bounds_and_moves(done: Run) -> None:
    view = done.tau
    assert view.tau_sys.shape == (2, len(view.stamps), done.config.state_size)
    assert (view.tau_sys > view.floor[:, None] * (1 - 1e-6)).all()
    assert (view.tau_sys < view.ceiling[:, None] * (1 + 1e-6)).all()
    assert np.ptp(view.tau_sys, axis=1).max() > 0.01
    np.testing.assert_allclose(view.floor, view.ceiling / (1 + view.ceiling), rtol=1e-6)


@pytest.mark.parametrize(
    ("values", "others"),
    [
        (np.sin(np.arange(40.0)), {"horizon": 12}),  # the shortest series, horizon beyond every part of it
        (np.sin(np.arange(60.0)), {"window": 512}),
        (np.sin(np.arange(200.0) / 3), {"horizon": 60}),  # beyond the test part
        (1e12 + np.sin(np.arange(100.0)), {}),
        (1e12 * np.sin(np.arange(100.0)), {}),
        (0.1 * np.arange(100), {}),  # a line: all changes are equal
        (np.where(np.arange(100) == 30, 1.0, 0.1), {}),  # constant but for one value
        (np.tile(np.arange(12.0), 10), {"horizon": 12}),  # the change over a season is zero
    ],
    ids=["40 values", "long window", "long horizon", "level", "size", "line", "one step", "period"],
)
def test_awkward_series_are_forecast(
    values: np.ndarray, others: dict[str, Any], small: Small, train_run: Callable[[Series, TrainConfig], Run]
) -> None:
    done = train_run(from_columns({"y": values}, "awkward"), small(**others))
    assert np.isfinite(done.forecast.mean).all()
    assert np.isfinite(done.forecaster.band.half_width).all()
    assert np.isfinite([row.horizon_rmse for row in done.report.rows]).all()
    assert ((done.report.coverage >= 0) & (done.report.coverage <= 1)).all()


@pytest.mark.parametrize("model", ["Linear AR", "Liquid"])
@pytest.mark.parametrize("power", [-660, 300])
def test_the_unit_of_a_series_changes_no_comparison(
    power: int, model: str, waves: Series, small: Small, train_run: Callable[[Series, TrainConfig], Run]
) -> None:
    """In a unit in which squares vanish (1e-198) or are huge: a power of two changes no digit."""
    other = replace(waves, values=np.ldexp(waves.values, power))
    one, two = (train_run(series, small(model=model)) for series in (waves, other))
    for first, second in zip(one.report.rows, two.report.rows, strict=True):
        assert np.ldexp(first.one_step.rmse, power) == second.one_step.rmse > 0
        assert first.one_step.nrmse == pytest.approx(second.one_step.nrmse, rel=1e-12)
        np.testing.assert_array_equal(np.ldexp(first.horizon_rmse, power), second.horizon_rmse)
    np.testing.assert_array_equal(np.ldexp(one.forecast.mean, power), two.forecast.mean)


@pytest.mark.parametrize(
    ("columns", "others", "sentence"),
    [
        ({"y": np.sin(np.arange(39.0))}, {}, "at least 40"),
        ({"y": np.sin(np.arange(40.0))}, {"horizon": 15}, "choose 14 or less"),
        ({"y": np.full(100, 0.1)}, {}, r"'y' is constant \(0.1\)"),
        ({"y": np.r_[np.full(60, 0.1), np.arange(40)]}, {}, "first 55 values"),
        ({"y": np.sin(np.arange(100.0)), "c": np.full(100, 3.0)}, {"inputs": ("c",)}, "Leave it out"),
        ({"y": np.sin(np.arange(100.0)) * 1e120}, {}, "larger unit"),
        ({"y": np.sin(np.arange(100.0))}, {"target": "z"}, "choose one of y"),
    ],
)
def test_what_cannot_be_learned_is_said(
    columns: dict[str, np.ndarray], others: dict[str, Any], sentence: str, small: Small
) -> None:
    with pytest.raises(LiquidError, match=sentence):
        prepare(from_columns(columns, "no"), small(**others))


def test_a_training_is_chosen_by_name(waves: Series, small: Small) -> None:
    names = set(TRAININGS) - {"soap-finished"}  # which begins as one of them
    runs = [train(waves, small(training=name, members=1)) for name in names]
    curves = {tuple(event.train_loss for event in run if isinstance(event, Progress)) for run in runs}
    assert len(curves) == len(names)


def test_a_finish_goes_on_from_where_training_ends(small: Small) -> None:
    """On a series without noise, in the same stream of events."""
    series, config = generators.lorenz(900), small(steps=40, members=2, state_size=4, horizon=1)
    plain, finished = (list(train(series, replace(config, training=name))) for name in ("soap-solved", "soap-finished"))
    before, curve = ([event for event in events if isinstance(event, Progress)] for events in (plain, finished))
    assert [event.validation_loss for event in curve[: len(before)]] == [event.validation_loss for event in before]
    steps = [event.step for event in curve]
    assert steps == sorted(set(steps))
    assert config.steps < steps[-1] <= curve[0].steps
    assert min(event.validation_loss for event in curve[len(before) :]) < 0.8 * before[-1].validation_loss
    assert isinstance(finished[-1], Finished)
    assert finished[-1].best_step == steps[-1]
