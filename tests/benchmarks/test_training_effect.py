"""What training does to the time constants: measured on layers whose answer is known, and paired by seed."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.training_effect import (
    COMPARISONS,
    QUANTITIES,
    STAGES,
    TrainingEffect,
    measure,
    training_effect,
)
from liquid.dynamics.weights import LayerWeights
from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.series import generators
from liquid.studies.noise.signal import Signal
from liquid.studies.progress import StudyProgress


def test_a_layer_that_hears_nothing_has_known_quantities() -> None:
    tau = np.array([1.0, 3.0])
    deaf = LayerWeights(np.zeros((2, 1)), np.zeros((2, 2)), np.zeros(2), np.ones(2), tau, dt=0.5)
    found = measure(deaf, Signal(np.sin(np.arange(60.0))[:, None]))
    tau_sys = tau / (1 + tau / 2)
    assert found["tau"] == pytest.approx(2.0 / 0.5)
    assert found["tau_sys"] == pytest.approx(tau_sys.mean() / 0.5)
    assert found["gate"] == pytest.approx(0.5)
    assert found["convex"] == 0
    assert found["slowest"] == pytest.approx(tau_sys.max() / 0.5)
    assert found["noise response"] == pytest.approx(0, abs=1e-10)


def test_both_trainings_start_alike_and_changes_are_paired() -> None:
    config = TrainConfig(members=1, steps=6, window=16, batch=8, horizon=1, state_size=4, dt=0.5)
    *progress, effect = training_effect(generators.lorenz(200), config, seeds=2)
    assert [event.done for event in progress if isinstance(event, StudyProgress)] == [1, 2, 3, 4]
    assert isinstance(effect, TrainingEffect)
    assert set(effect.values) == set(STAGES)
    assert effect.values["untrained"]["tau"].high == effect.values["untrained"]["tau"].low  # every start has tau raw 1
    for to, of in COMPARISONS:
        for name in QUANTITIES:
            step = effect.values[to][name].mean - effect.values[of][name].mean
            assert effect.changes[to, of][name].mean == pytest.approx(step)
    assert effect.changes["trained on noisy", "trained on calm"]["tau"].mean != 0


def test_refusals_say_what_and_how() -> None:
    series = generators.lorenz(200)
    with pytest.raises(LiquidError, match="expected model='Liquid'"):
        list(training_effect(series, TrainConfig(model="GRU")))
    with pytest.raises(LiquidError, match="2 or more seeds"):
        list(training_effect(series, TrainConfig(), seeds=1))
    assert list(training_effect(series, TrainConfig(steps=3, window=16), stop=lambda: True)) == []
