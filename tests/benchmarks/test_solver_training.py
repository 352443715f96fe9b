"""Trainings with each solver: paired by seed, refused for other models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.solver_training import train_with_each
from liquid.dynamics.solvers import SOLVERS
from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.series import generators
from liquid.studies.solver_effect.study import SolverTraining

SERIES = generators.sum_of_sines(300)
CONFIG = TrainConfig(members=1, state_size=4, window=16, horizon=2, steps=40, batch=16, dt=0.25)


def test_trainings_with_each_solver_are_paired_by_seed() -> None:
    *_, result = train_with_each(SERIES, replace(CONFIG, steps=3, state_size=2, window=8), seeds=2)
    assert isinstance(result, tuple)
    assert [training.solver for training in result] == list(SOLVERS)
    euler = result[0]
    assert isinstance(euler, SolverTraining)
    assert (euler.ratio.mean, euler.ratio.low, euler.ratio.high) == (1, 1, 1)
    for training in result:
        assert training.ratio.mean == pytest.approx(np.mean(np.array(training.rmse) / np.array(euler.rmse)))


def test_other_models_are_refused_with_a_sentence() -> None:
    with pytest.raises(LiquidError, match="LSTM"):
        list(train_with_each(SERIES, replace(CONFIG, model="LSTM")))
    with pytest.raises(LiquidError, match="seeds=1"):
        list(train_with_each(SERIES, CONFIG, seeds=1))
