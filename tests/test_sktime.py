"""The forecaster for sktime passes sktime's own checks, and forecasts what a run forecasts."""

from __future__ import annotations

import inspect
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
from sktime.datasets import load_airline
from sktime.utils.estimator_checks import check_estimator

from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.sktime import LiquidForecaster, series_of

SMALL = {"members": 1, "steps": 4, "window": 12, "batch": 8, "state_size": 2}


@pytest.mark.filterwarnings("ignore")  # those of sktime's own checks
def test_every_check_of_sktime_passes() -> None:
    """All that it has for a forecaster, none left out; its docstring's example is one of them."""
    results = check_estimator(LiquidForecaster, raise_exceptions=False, verbose=False)
    assert {name: result for name, result in results.items() if result != "PASSED"} == {}
    assert len(results) > 300
    assert any("test_doctest_examples" in name for name in results)


NOT_THERE = ("horizon", "target", "inputs", "ahead")  # sktime has words of its own for them; nothing is read ahead


def test_its_arguments_are_the_settings_of_a_training() -> None:
    own = {name: one.default for name, one in inspect.signature(LiquidForecaster).parameters.items()}
    settings = {field.name: field.default for field in fields(TrainConfig)}
    assert own.pop("if_short") == "refuse"
    assert own == {name: value for name, value in settings.items() if name not in NOT_THERE}


def test_it_forecasts_what_a_run_forecasts() -> None:
    y = load_airline()
    forecast = LiquidForecaster(**SMALL).fit(y, fh=[1, 3]).predict()
    made = next(e for e in run(series_of(y, None), TrainConfig(**SMALL, horizon=3)) if isinstance(e, Run))
    assert np.array_equal(forecast.to_numpy(), made.forecast.mean[[0, 2]])
    assert forecast.index.tolist() == [pd.Period("1961-01"), pd.Period("1961-03")]
    assert made.series.describe_period() == "monthly"


def test_newer_values_move_the_forecast_without_another_training() -> None:
    y = load_airline()
    forecaster = LiquidForecaster(**SMALL).fit(y[:-6], fh=[1])
    before = forecaster.forecaster_
    moved = forecaster.update(y[-6:], update_params=False).predict()
    assert forecaster.forecaster_ is before
    assert moved.index.tolist() == [pd.Period("1961-01")]
    series = series_of(y, None)
    assert moved.iloc[0] == before.continued(series).forecast(series).mean[0]


def test_columns_of_x_are_read_whatever_they_are_called() -> None:
    rng = np.random.default_rng(0)
    beside = rng.normal(size=300)
    y = pd.Series(np.concatenate([[0.0], beside[:-1]]) + 0.05 * rng.normal(size=300))
    X = pd.DataFrame({"y": beside})
    alone, told = (LiquidForecaster(**SMALL).fit(y, X=x, fh=[1]) for x in (None, X))
    assert abs(told.predict(X=X[-1:].set_index(pd.Index([300]))).iloc[0] - beside[-1]) < 0.3
    assert abs(alone.predict().iloc[0] - beside[-1]) > 0.3


def test_a_short_series_is_refused_unless_its_last_value_will_do() -> None:
    y = load_airline()[:30]
    with pytest.raises(LiquidError, match="The series has 30 values"):
        LiquidForecaster(**SMALL).fit(y, fh=[1, 2])
    assert LiquidForecaster(**SMALL, if_short="repeat").fit(y, fh=[1, 2]).predict().tolist() == [y.iloc[-1]] * 2
