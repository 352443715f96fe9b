"""How good would the forecast have been? Made again at several cutoffs of the past, as it would have been made there.

At each cutoff the model knows what came before, and forecasts every stretch of `horizon` values that begins between
this cutoff and the next: trained again on all that lies before it, or trained before the first and only run forward.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from annotated_types import Interval
from numpy.typing import NDArray

from liquid.engine.base import Stop, never
from liquid.errors import LiquidError
from liquid.learning.band import LEVEL, LEVELS, ends, holds
from liquid.learning.config import TrainConfig
from liquid.learning.data import split_known
from liquid.learning.forecaster import Forecaster
from liquid.learning.report import baselines
from liquid.series.series import Series, Stamps
from liquid.series.windows import Floats
from liquid.settings import Settings, limits
from liquid.studies.progress import StudyProgress
from liquid.studies.trained import trained

MOST_ORIGINS = 2000  # of one cutoff that are forecast; more are thinned evenly
BASELINES = (
    "Persistence",
    "Seasonal naive",
    "Linear AR",
    "Seasonal AR",
)  # those that are fitted at each cutoff at once


class BacktestConfig(Settings):
    """Settings of a backtest, validated when made: how many cutoffs, spread over the series' test part, and whether the
    model is trained again at each or trained once and run forward."""

    cutoffs: Annotated[int, Interval(ge=3, le=10)] = 5
    retrain: bool = True


LIMITS = limits(BacktestConfig)


@dataclass(frozen=True)
class Backtest:
    """What a backtest found, in the series' units.

    Cutoff k follows the value at `stamps[k]`, of row `rows[k] - 1`. `rmse` and `held` (the share inside the band of
    LEVEL) are `[cutoffs, horizon]`, over `origins[k]` forecasts each; NaN where all truths are missing. `baselines` are
    the RMSEs of BASELINES but the model itself, as far as they could be fitted at every cutoff. `mean`, `low` and
    `high`, `[cutoffs, horizon]`, are the forecast from the cutoff itself, of the values at `ahead[cutoffs, horizon]`.
    """

    model: str
    retrained: bool
    rows: NDArray[np.int64]
    stamps: Stamps
    origins: NDArray[np.int64]
    rmse: Floats
    baselines: dict[str, Floats]
    held: Floats
    mean: Floats
    low: Floats
    high: Floats
    ahead: Stamps

    @property
    def config(self) -> BacktestConfig:
        return BacktestConfig(cutoffs=len(self.rows), retrain=self.retrained)

    @property
    def rival(self) -> str:
        """The baseline with the least error over all cutoffs and steps, as the verdict chooses it."""
        return min(self.baselines, key=lambda name: float(_mean(self.baselines[name].ravel() ** 2)))


@dataclass(frozen=True)
class _Forecasts:
    """What was forecast from `origins`, beside the truth: each field but these is `[origins, horizon]`; `naive` are the
    errors of the baselines by name, `held` is 1 inside the band, NaN where the truth is missing."""

    origins: NDArray[np.int64]
    error: Floats
    naive: dict[str, Floats]
    held: Floats
    mean: Floats
    low: Floats
    high: Floats

    def between(self, first: int, end: int) -> _Forecasts:
        """Those from origins `first` to `end`, which is left out."""
        chosen = (self.origins >= first) & (self.origins < end)
        naive = {name: error[chosen] for name, error in self.naive.items()}
        others = (name for name in self.__dataclass_fields__ if name != "naive")
        return _Forecasts(naive=naive, **{name: getattr(self, name)[chosen] for name in others})


def backtest(
    series: Series, config: TrainConfig, how: BacktestConfig, stop: Stop = never
) -> Iterator[StudyProgress | Backtest]:
    """Forecast `series` from cutoffs of its past with the model of `config`: StudyProgress ..., then a Backtest.

    If `stop()` returns True it ends without a result. LiquidError if the series is too short for so many cutoffs, or a
    part of it before one cannot be learned from.
    """
    target = config.target if config.target is not None else series.names[0]
    series = series.select((target, *(name for name in config.inputs if name != target)))
    config = replace(config, target=target)
    rows = cutoff_rows(series, target, config.horizon, how.cutoffs)
    ends = np.append(rows[1:], series.known_end(target) - config.horizon + 1)
    found: list[_Forecasts] = []
    trainings = how.cutoffs if how.retrain else 1
    for number in range(trainings):
        forecaster: Forecaster | None = None
        known, words = before(series, int(rows[number])), f"Training {number + 1} of {trainings}"
        for event in trained(known, config, words, (number, trainings), stop):
            if isinstance(event, StudyProgress):
                yield event
            elif not stop():
                forecaster = event.forecaster.caught_up()  # its band knows all values of what is known
        if forecaster is None or stop():
            return
        until = number + 1 if how.retrain else how.cutoffs
        stretches = list(zip(rows[number:until], ends[number:until], strict=True))
        forecasts = _forecast(forecaster, series, np.concatenate([_origins(*one) for one in stretches]))
        found += [forecasts.between(row - 1, end - 1) for row, end in stretches]
    stamps = series.stamps()
    yield Backtest(
        model=config.model,
        retrained=how.retrain,
        rows=rows,
        stamps=stamps[rows - 1],
        origins=np.array([len(one.origins) for one in found]),
        rmse=np.stack([np.sqrt(_mean(one.error**2)) for one in found]),
        baselines={
            name: np.stack([np.sqrt(_mean(one.naive[name] ** 2)) for one in found])
            for name in found[0].naive
            if all(name in one.naive for one in found)  # a season may show at one cutoff and not at another
        },
        held=np.stack([_mean(one.held) for one in found]),
        mean=np.stack([one.mean[0] for one in found]),
        low=np.stack([one.low[0] for one in found]),
        high=np.stack([one.high[0] for one in found]),
        ahead=stamps[rows[:, None] + np.arange(config.horizon)],
    )


def cutoff_rows(series: Series, target: str, horizon: int, cutoffs: int) -> NDArray[np.int64]:
    """How many rows lie before each cutoff, `[cutoffs]`: evenly from the test part's start to the last row from which
    the whole horizon is known. LiquidError if there are fewer rows than cutoffs."""
    test = split_known(series.column(target)[: series.known_end(target)], target).test
    room = len(test) - horizon + 1
    if room < cutoffs:
        raise LiquidError(
            f"The test part has {len(test)} values, and {cutoffs} cutoffs with {horizon} values ahead of each need "
            f"{horizon + cutoffs - 1}: choose a shorter horizon"
            + (", or fewer cutoffs." if room >= LIMITS["cutoffs"][0] else ", or a longer series.")
        )
    return test.start + np.arange(cutoffs) * room // cutoffs


def before(series: Series, rows: int) -> Series:
    """The series as it was after its first rows. LiquidError if a column had no value yet."""
    return replace(series, time=series.time[:rows], values=series.values[:rows])


def _origins(row: int, end: int) -> NDArray[np.int64]:
    """The last row before a cutoff and those before the next, evenly thinned if they are very many."""
    return np.arange(row - 1, end - 1)[:: -(-(end - row) // MOST_ORIGINS)]


def _forecast(fitted: Forecaster, series: Series, origins: NDArray[np.int64]) -> _Forecasts:
    """Of `series`, by a model and baselines that were fitted on the start of it."""
    forecaster = fitted.continued(series)
    prepared, steps = forecaster.prepared, np.arange(1, forecaster.config.horizon + 1)
    mean = forecaster.predict(origins)
    truth = prepared.observed[origins[:, None] + steps]
    width, floor, _ = forecaster.told(origins, mean - truth)
    width, floor = width[LEVELS.index(LEVEL)], floor[:, None]
    held = np.where(np.isfinite(truth), holds(mean - truth, width, truth, floor), np.nan)
    rules, _ = baselines(fitted, BASELINES)
    naive = {name: rule.predict(prepared.read, origins, len(steps)) - truth for name, rule in rules.items()}
    return _Forecasts(origins, mean - truth, naive, held, mean, *ends(mean, width, floor))


def _mean(values: Floats) -> Floats:
    """Of what is known of each column; NaN where nothing is."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    return np.where(count > 0, np.where(known, values, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)
