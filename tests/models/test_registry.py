"""One entry and one file make a model that is everywhere: trained, benchmarked, saved, opened, drawn."""

from __future__ import annotations

import numpy as np
import pytest

from liquid.charts.style import LIGHT, Palette, model_colour
from liquid.charts.train import horizon_figure
from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.learning.training import Progress, Started
from liquid.models.registry import BASELINES, MODELS, NETWORK, ModelKind
from liquid.runs.format import from_files, to_files
from liquid.series.series import Series, from_columns
from liquid.studies.benchmark.config import Cell, Recipe
from liquid.studies.benchmark.sweep import run_group

TINY = ModelKind("Leaky", "tests.models.tiny:Leaky", "a leaky sum of its inputs", NETWORK, "orange", rate=0.03)
SMALL = {"members": 2, "steps": 6, "window": 24, "batch": 8, "state_size": 4}


@pytest.fixture(params=[*MODELS, TINY.name])
def model(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every model of the registry, and one that is added to it."""
    monkeypatch.setitem(MODELS, TINY.name, TINY)
    return str(request.param)


@pytest.fixture(scope="module")
def waves() -> Series:
    rng = np.random.default_rng(0)
    t = np.arange(400)
    return from_columns({"wave": np.sin(2 * np.pi * t / 16) + 0.2 * rng.normal(size=400), "other": t % 5}, "waves")


def trained(series: Series, model: str) -> tuple[list[object], Run]:
    events = list(run(series, TrainConfig(model=model, horizon=3, **SMALL)))
    assert isinstance(events[-1], Run)
    return events, events[-1]


def test_a_model_is_trained_judged_saved_and_opened(model: str, waves: Series) -> None:
    events, done = trained(waves, model)
    assert sum(isinstance(event, Started) for event in events) == 1
    assert any(isinstance(event, Progress) for event in events)
    rows = [row.name for row in done.report.rows]
    assert rows == [model, *(name for name in BASELINES if name != model)]
    assert np.isfinite([row.horizon_rmse for row in done.report.rows]).all()
    assert (done.forecast.low < done.forecast.mean).all()
    opened = from_files(to_files(done))[0]
    assert opened.config == done.config
    np.testing.assert_array_equal(opened.forecast.mean, done.forecast.mean)
    origins = np.arange(100, len(waves) - 1)
    again = opened.forecaster.continued(waves)
    np.testing.assert_array_equal(again.predict(origins), done.forecaster.predict(origins))
    lines = {line.name: line.line for line in horizon_figure(done, LIGHT).data}
    assert (lines[model].color, lines[model].dash) == (model_colour(model, LIGHT), MODELS[model].dash)


def test_a_model_has_a_cell_in_the_benchmark(model: str) -> None:
    recipe = Recipe(length=400, window=16, batch=8, rates=(0.1,))
    (row,) = run_group((Cell("sines", 0.1, model, 100, 0, 6, recipe),))
    assert row.cell.model == model
    assert 0 < row.error < 5
    assert (row.counted == 0) == (model in ("Persistence", "Seasonal naive"))


def test_a_baseline_as_the_model_forecasts_what_it_does_as_a_baseline(waves: Series) -> None:
    _, beside = trained(waves, "GRU")
    for name in BASELINES:
        _, alone = trained(waves, name)
        (row,) = (row for row in beside.report.rows if row.name == name)
        assert alone.report.rows[0].one_step == row.one_step
        np.testing.assert_array_equal(alone.report.rows[0].horizon_rmse, row.horizon_rmse)


def test_a_solved_readout_is_chosen_without_calibration_and_test(waves: Series) -> None:
    _, first = trained(waves, "Echo state")
    values = waves.values.copy()
    values[first.forecaster.prepared.split.calibration.start :] += 100
    _, other = trained(from_columns({"wave": values[:, 0], "other": values[:, 1]}, "waves"), "Echo state")
    for name, weights in first.forecaster.model.state_dict().items():
        assert np.array_equal(weights, other.forecaster.model.state_dict()[name]), name
    rmse = {row.name: row.one_step.rmse for row in first.report.rows}
    assert rmse["Echo state"] < rmse["Persistence"]


def test_a_season_that_is_missing_is_told() -> None:
    noise = from_columns({"x": np.random.default_rng(0).normal(size=200)}, "noise")
    with pytest.raises(LiquidError, match="No season was found"):
        trained(noise, "Seasonal naive")


def test_colours_are_those_of_the_palette_and_files_exist() -> None:
    for kind in MODELS.values():
        assert kind.colour in Palette._fields
        assert kind.load().__module__ == kind.made_by.split(":")[0]
