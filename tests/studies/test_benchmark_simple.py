"""The best simple method of a task beside networks of one size, and where a task comes from."""

from __future__ import annotations

import pytest

from liquid.studies.benchmark.about import title
from liquid.studies.benchmark.config import Cell, CellResult
from liquid.studies.benchmark.simple import reached
from liquid.studies.benchmark.tasks import TASKS


def row(
    model: str, error: float, parameters: int = 300, seed: int = 0, steps: int = 300, noise: float = 0.0
) -> CellResult:
    return CellResult(Cell("lorenz", noise, model, parameters, seed, steps), 5, parameters, None, (), error, 1.0)


def test_the_smallest_mean_error_of_a_method_without_sizes_at_each_noise() -> None:
    rows = [
        row("Linear AR", 0.1, 100),
        row("Linear AR", 0.4, 100, 1),
        row("Theta", 0.3, 100),
        row("Theta", 0.3, 100, 1),
    ]
    rows += [
        row("Liquid", 0.02),
        row("Liquid", 0.08, seed=1),
        row("Liquid", 0.001, 1000),
        row("Liquid", 0.001, steps=37),
    ]
    rows += [row("Theta", 0.5, 100, noise=0.2)]
    found = reached(rows)
    calm = found["lorenz", 0.0]
    assert calm.simple is not None
    assert (calm.simple.model, calm.simple.error.mean) == ("Linear AR", pytest.approx(0.2))
    assert {name: point.error.mean for name, point in calm.networks.items()} == {"Liquid": pytest.approx(0.04)}
    assert found["lorenz", 0.2].networks == {}


def test_every_task_has_a_title_of_its_own() -> None:
    titles = {title(name) for name in TASKS}
    assert len(titles) == len(TASKS)
    assert not titles & set(TASKS)
    assert title("ecg") == "Electrocardiogram, every second sample"
    assert title("a visitor's") == "a visitor's"
