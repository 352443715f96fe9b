"""Metrics against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from liquid.learning.metrics import Metrics, measure


def test_metrics_of_a_constant_error_are_closed_forms() -> None:
    truth, train = np.array([1.0, 2.0, 4.0, 9.0]), np.array([0.0, 2.0, 1.0, 4.0])  # steps of 2, 1 and 3: mean 2
    found = measure(truth, truth + 3.0, train)
    assert found == Metrics(rmse=3.0, mae=3.0, nrmse=pytest.approx(3 / truth.std()), mase=1.5)
    alternating = measure(truth, truth + np.array([1.0, -1.0, 3.0, -3.0]), train)
    assert alternating.rmse == pytest.approx(np.sqrt(5))
    assert alternating.mae == 2.0
    persistence = measure(train[1:], train[:-1], train)
    assert persistence.mase == pytest.approx(1.0)
    assert measure(np.ones(3), np.zeros(3), np.ones(3)) == Metrics(1.0, 1.0, np.inf, np.inf)
