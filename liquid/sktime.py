"""A forecaster with `fit` and `predict` in scikit-learn's manner, for sktime's pipelines, searches and evaluations.

Needs sktime, which nothing else here does; docs/take-along.md says how to install it.
"""

from __future__ import annotations

import warnings
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from sktime.forecasting.base import BaseForecaster, ForecastingHorizon

from liquid.learning.config import TrainConfig
from liquid.learning.forecaster import Forecaster
from liquid.learning.training import Finished, train
from liquid.series.series import Floats, Series, TimeKind
from liquid.series.windows import FEWEST_POINTS

TARGET = "y"
OTHERS = "x{}"  # columns of X, whatever they are called


class LiquidForecaster(BaseForecaster):  # type: ignore[misc]
    """The training of `TrainConfig` as a sktime forecaster: every argument is one of its settings.

    `fit(y, X, fh)` trains for the largest step of `fh`; X are further columns that the model reads up to the last
    known value, and what `predict` is given of them ahead is not read. `update(y, update_params=False)` lets it
    forecast from newer values without another training. LiquidError for a series that it cannot learn from; with
    `if_short="repeat"` one of less than 40 values is forecast by its last value, such as some of a panel.

    >>> from sktime.datasets import load_airline
    >>> from liquid.sktime import LiquidForecaster
    >>> forecaster = LiquidForecaster(members=1, steps=20)
    >>> len(forecaster.fit(load_airline(), fh=[1, 2, 12]).predict())
    3
    """

    _tags: ClassVar[dict[str, Any]] = {
        "authors": ["The liquid contributors"],
        "y_inner_mtype": "pd.Series",
        "X_inner_mtype": "pd.DataFrame",
        "scitype:y": "univariate",
        "capability:exogenous": True,
        "capability:missing_values": True,
        "capability:insample": False,
        "capability:pred_int": False,
        "requires-fh-in-fit": True,
        "enforce_index_type": None,
    }

    _config: ClassVar[dict[str, Any]] = {"remember_data": True}  # forecasts begin after the newest value

    def __init__(
        self,
        model: str = TrainConfig.model,
        state_size: int = TrainConfig.state_size,
        members: int = TrainConfig.members,
        dt: float = TrainConfig.dt,
        unfolds: int = TrainConfig.unfolds,
        solver: str = TrainConfig.solver,
        window: int = TrainConfig.window,
        training: str = TrainConfig.training,
        steps: int = TrainConfig.steps,
        batch: int = TrainConfig.batch,
        learning_rate: float | None = TrainConfig.learning_rate,
        timespans: bool = TrainConfig.timespans,
        outliers: str = TrainConfig.outliers,
        seed: int = TrainConfig.seed,
        if_short: Literal["refuse", "repeat"] = "refuse",
    ) -> None:
        self.model = model
        self.state_size = state_size
        self.members = members
        self.dt = dt
        self.unfolds = unfolds
        self.solver = solver
        self.window = window
        self.training = training
        self.steps = steps
        self.batch = batch
        self.learning_rate = learning_rate
        self.timespans = timespans
        self.outliers = outliers
        self.seed = seed
        self.if_short = if_short
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # sktime 1.3 will no longer remember unless asked to
            super().__init__()

    def _fit(self, y: pd.Series, X: pd.DataFrame | None, fh: ForecastingHorizon) -> LiquidForecaster:
        self.forecaster_: Forecaster | None = None
        series = series_of(y, X)
        if self.if_short == "repeat" and len(series) < FEWEST_POINTS:
            return self
        settings = {name: value for name, value in self.get_params().items() if name != "if_short"}
        horizon = int(fh.to_relative(self.cutoff).to_numpy().max())
        config = TrainConfig(**settings, horizon=horizon, target=TARGET, inputs=series.names[1:])
        finished = next(event for event in train(series, config) if isinstance(event, Finished))
        self.forecaster_ = finished.forecaster.caught_up()
        return self

    def _predict(self, fh: ForecastingHorizon, X: pd.DataFrame | None) -> pd.Series:
        series = series_of(self._y, self._X)
        steps = fh.to_relative(self.cutoff).to_numpy().astype(np.int64)
        if self.forecaster_ is None:
            values = np.full(len(steps), series.values[series.known_end(TARGET) - 1, 0])
        else:
            values = self.forecaster_.continued(series).forecast(series).mean[steps - 1]
        return pd.Series(values, index=fh.to_absolute_index(self.cutoff), name=self._y.name)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Small ones, for sktime's checks; many of their series are shorter than a training needs."""
        small = {"state_size": 2, "members": 1, "window": 8, "steps": 2, "batch": 8, "if_short": "repeat"}
        return [small, {"model": "Persistence", "if_short": "repeat"}]


def series_of(y: pd.Series, X: pd.DataFrame | None) -> Series:
    """A series as the rest of the package knows it: `y` first, its index as times."""
    values = [y.to_numpy(dtype=np.float64)]
    if X is not None:
        values += [X.loc[y.index].iloc[:, column].to_numpy(dtype=np.float64) for column in range(X.shape[1])]
    names = (TARGET, *(OTHERS.format(number + 1) for number in range(len(values) - 1)))
    time, kind = _times(y.index)
    return Series(time, np.column_stack(values), names, "y", time_kind=kind)


def _times(index: pd.Index[Any]) -> tuple[Floats, TimeKind]:
    """Seconds since 1970 in UTC for dates; numbers stay numbers."""
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    if isinstance(index, pd.DatetimeIndex):
        utc = index if index.tz is None else index.tz_convert(None)
        return ((utc - pd.Timestamp(0)) / pd.Timedelta(seconds=1)).to_numpy(dtype=np.float64), "date"
    return index.to_numpy(dtype=np.float64), "number"
