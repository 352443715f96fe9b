"""One training from series to report: what a page shows, the terminal saves and a link will carry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from liquid.learning.config import TrainConfig
from liquid.learning.forecaster import Forecast, Forecaster
from liquid.learning.report import Report, evaluate
from liquid.learning.training import Event, Finished, Progress, train
from liquid.series.series import Series


@dataclass(frozen=True)
class Run:
    """A finished training with everything that was measured on it."""

    series: Series
    config: TrainConfig
    curve: tuple[Progress, ...]
    finished: Finished
    report: Report
    forecast: Forecast

    @property
    def forecaster(self) -> Forecaster:
        return self.finished.forecaster


def run(series: Series, config: TrainConfig, stop: Callable[[], bool] = lambda: False) -> Iterator[Event | Run]:
    """The events of `train`, then the Run. Raises what `train` raises."""
    curve: list[Progress] = []
    for event in train(series, config, stop):
        yield event
        if isinstance(event, Progress):
            curve.append(event)
        if isinstance(event, Finished):
            forecaster = event.forecaster
            report = evaluate(forecaster, series)
            yield Run(series, config, tuple(curve), event, report, forecaster.forecast(series))
