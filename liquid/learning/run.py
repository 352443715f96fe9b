"""One training from series to report: what a page shows, the terminal saves and a link will carry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from liquid.learning.config import TrainConfig
from liquid.learning.data import Columns
from liquid.learning.forecaster import Forecast, Forecaster
from liquid.learning.report import Report, evaluate, outlier_sentence
from liquid.learning.training import Event, Finished, Progress, train
from liquid.series.series import Series, Stamps
from liquid.series.windows import Floats

MOST_ORIGINS = 1500


@dataclass(frozen=True)
class TauView:
    """tau_sys `[members, points, state]` at `stamps[points]`, between floor and ceiling `[members, state]`."""

    stamps: Stamps
    tau_sys: Floats
    floor: Floats
    ceiling: Floats


@dataclass(frozen=True)
class Run:
    """A finished training with everything that was measured on it."""

    series: Series
    config: TrainConfig
    curve: tuple[Progress, ...]
    finished: Finished
    report: Report
    forecast: Forecast

    @cached_property
    def tau(self) -> TauView:
        """tau_sys along the whole series, at up to MOST_ORIGINS windows; Liquid models only."""
        prepared = self.forecaster.prepared
        first, last = prepared.window - 1, len(prepared.target) - 1
        origins = np.linspace(first, last, min(MOST_ORIGINS, last - first + 1)).astype(np.int64)
        tau_sys, floor, ceiling = self.forecaster.tau_sys(origins)
        return TauView(self.series.stamps()[origins], tau_sys, floor, ceiling)

    @cached_property
    def outliers(self) -> str:
        """How many values were clipped or counted as missing, and where; empty if they were left as they are."""
        prepared = self.forecaster.prepared
        if prepared.limits is None:
            return ""
        values = self.series.select(prepared.names).values[: len(prepared.observed)]
        columns = Columns(prepared.names, values, prepared.split, values, prepared.observed, prepared.limits)
        return outlier_sentence(columns, self.series, self.config.outliers)

    @property
    def forecaster(self) -> Forecaster:
        return self.finished.forecaster

    @property
    def early_words(self) -> str:
        """That training was done before its last step, and why; empty if it was not."""
        last = self.curve[-1]
        if self.config.patience is None or self.finished.outcome != "done" or last.step == last.steps:
            return ""
        return (
            f"It was done at step {last.step:,} of {last.steps:,}, after {self.config.patience} steps without a "
            "smaller validation loss."
        )

    @property
    def silent_words(self) -> str:
        """That the networks have no say in the forecast, so that it is another's; empty if they have one."""
        if self.forecaster.model.adds:
            return ""
        other = "the linear part alone" if self.forecaster.prepared.linear else "repeating the last value"
        return (
            f"Validation could not tell what the {self.config.model} networks add from luck, so this forecast is made "
            f"by {other}."
        )

    @property
    def unit(self) -> str:
        """The target's unit, "" if none is known: that of every error in its report."""
        return self.series.unit_of(self.forecaster.prepared.names[0])


def run(
    series: Series, config: TrainConfig, stop: Callable[[], bool] = lambda: False, *, previews: bool = False
) -> Iterator[Event | Run]:
    """The events of `train`, then the Run. Raises what `train` raises."""
    curve: list[Progress] = []
    for event in train(series, config, stop, previews=previews):
        yield event
        if isinstance(event, Progress):
            curve.append(event)
        if isinstance(event, Finished):
            report, forecaster = evaluate(event.forecaster, series)
            finished = replace(event, forecaster=forecaster)
            yield Run(series, config, tuple(curve), finished, report, forecaster.forecast(series))


def watched(series: Series, config: TrainConfig, stop: Callable[[], bool] = lambda: False) -> Iterator[Event | Run]:
    """The same for somebody who looks on: with previews."""
    return run(series, config, stop, previews=True)
