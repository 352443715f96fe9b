"""The forecast table in the docs: what the ensemble brings over one of its networks, good or bad."""

from __future__ import annotations

import pytest

from benchmarks import forecast_table


def test_an_ensemble_can_lose_against_one_of_its_networks() -> None:
    rows = [{"name": "Persistence", "rmse": 9.0}, {"name": "Liquid", "rmse": 3.0}]
    result = {"rmse_alone": [1.0, 1.0, 8.0], "rows": rows}
    assert forecast_table.together(result) == pytest.approx(1.5)  # 0.9 of the arithmetic mean, which it cannot exceed
