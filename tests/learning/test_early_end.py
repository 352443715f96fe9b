"""A training that ends early is the same training, cut; and what its seed decides is told by its networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from liquid.learning import config as settings
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run
from liquid.series.series import Series, from_columns

TrainRun = Callable[[Series, TrainConfig], Run]


def white() -> Series:
    """Nothing to learn: no look is better than the first ones for long."""
    return from_columns({"y": np.random.default_rng(3).normal(size=160)}, "white")


def test_it_ends_after_the_wait_that_it_names_and_is_the_beginning_of_the_whole_one(
    small: Callable[..., TrainConfig], train_run: TrainRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = small(steps=24, members=2)
    whole = train_run(white(), config)
    assert whole.curve[-1].step == 24
    assert whole.early_words == ""
    monkeypatch.setattr(settings, "LEAST_PATIENCE", 3)
    early = train_run(white(), config)
    count = len(early.curve)
    step = early.curve[-1].step
    assert early.config.patience == 6
    assert step < 24
    means = [point.validation_loss for point in early.curve]
    assert step - early.curve[int(np.argmin(means))].step >= 6
    assert [point.member_losses for point in early.curve] == [point.member_losses for point in whole.curve[:count]]
    assert early.finished.outcome == "done"
    assert early.early_words == (f"It was done at step {step} of 24, after 6 steps without a smaller validation loss.")


def test_only_the_training_that_was_measured_ends_early() -> None:
    assert TrainConfig().patience == 48
    assert TrainConfig(steps=1000).patience == 240
    assert TrainConfig(steps=30).patience == 48
    others = ("adam", "soap", "adam-solved", "soap-finished")
    assert {TrainConfig(training=training).patience for training in others} == {None}


def test_the_seeds_luck_is_each_networks_own_error_beside_that_of_all(done: Run) -> None:
    report = done.report
    errors = report.one_step_members - report.truth
    alone = np.sqrt(np.mean(errors**2, axis=1)) / np.sqrt(np.mean((report.one_step - report.truth) ** 2))
    assert f"each of the 2 networks makes {min(alone):.2f} to {max(alone):.2f} times the RMSE" in report.luck_sentence
    assert replace(report, one_step_members=report.one_step_members[:1]).luck_sentence == ""
