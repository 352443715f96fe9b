"""Which model forecasts this series best? Others beside a trained one, on the same parts, inputs and test values.

Each has the settings of the training that it stands beside, as far as it has them, and its own good learning rate. What
the chosen model does not have, such as a size if that is a naive one, has its default.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from liquid.engine.base import Stop, never
from liquid.errors import LiquidError
from liquid.learning.comparison import RmseRatio, evenly, rmse_ratio
from liquid.learning.config import TrainConfig
from liquid.learning.data import Origins
from liquid.learning.run import Run
from liquid.learning.training import Finished
from liquid.models.registry import MODELS, model_named
from liquid.series.windows import Floats, rms
from liquid.studies.progress import StudyProgress
from liquid.studies.statistics import simultaneous
from liquid.studies.trained import trained

DEFAULTS = TrainConfig()
STOPPED = "stopped before it was trained"


class Trained(NamedTuple):
    """A model as its training left it, before it is compared."""

    model: str
    forecast: Floats
    ahead: Floats
    parameters: int
    seconds: float
    note: str


@dataclass(frozen=True)
class Rival:
    """A model beside the chosen one, on the run's test values, in the series' units.

    `one_step[points]` forecasts what `run.report` does, `ahead[horizon]` the values after the last known one;
    `rmse[horizon]` by steps ahead. `first` is the chosen model's RMSE one step ahead over this one's, `whole` that over
    the horizon, with intervals of `Comparison.level`. `note` says what went wrong in a training whose best weights were
    kept all the same. `forecast[origins, horizon]` of the test part, with which it can be compared again among others,
    is not saved: of a comparison that was opened it is empty.
    """

    model: str
    one_step: Floats
    ahead: Floats
    rmse: Floats
    first: RmseRatio
    whole: RmseRatio
    parameters: int
    seconds: float
    note: str = ""
    forecast: Floats = field(default_factory=lambda: np.empty((0, 0)))


@dataclass(frozen=True)
class LeftOut:
    """A model without a score, and why."""

    model: str
    reason: str


@dataclass(frozen=True)
class Comparison:
    """The models that stand beside the run's own, `chosen`, in the order asked for, and those without a score: they
    could not be trained, or, where it was `stopped`, not any more."""

    chosen: str
    rivals: tuple[Rival, ...]
    left_out: tuple[LeftOut, ...] = ()
    stopped: bool = False

    @property
    def models(self) -> tuple[str, ...]:
        """All that were asked for."""
        return (*(one.model for one in self.rivals), *(one.model for one in self.left_out))

    @property
    def level(self) -> float:
        """That of each interval: all of one column hold together with 95 %, whatever depends on what."""
        return simultaneous(len(self.rivals))


def compare(
    run: Run, models: tuple[str, ...], known: Comparison | None = None, stop: Stop = never
) -> Iterator[StudyProgress | Comparison]:
    """Train each of the `models` as the run's own was, one after the other: StudyProgress ..., then a Comparison.

    Those that `known`, an earlier comparison of this run, holds are not trained again. One that cannot be trained is
    left out with the reason. If `stop()` returns True those that are done are kept; if none is, it ends without a
    result. LiquidError for a model that does not exist, stands twice, or is the run's own.
    """
    models = checked_models(run.config.model, models)
    chosen = run.forecaster
    origins, truth = chosen.prepared.reaching(chosen.prepared.split.test)
    own = chosen.predict(origins) - truth
    before = {one.model: one for one in known.rivals if len(one.forecast)} if known else {}
    done: list[Rival | Trained] = []
    left_out: list[LeftOut] = []
    stopped = False
    for number, model in enumerate(models):
        if model in before:
            done.append(before[model])
            continue
        finished: Finished | None = None
        try:
            words = f"{model}, model {number + 1} of {len(models)}"
            for event in trained(run.series, beside(run.config, model), words, (number, len(models)), stop):
                if isinstance(event, StudyProgress):
                    yield event
                else:
                    finished = event
            if finished is None or finished.outcome == "stopped":
                left_out.append(LeftOut(model, STOPPED))
                stopped = True
                continue
            done.append(_trained(finished, run, origins))
        except LiquidError as problem:
            left_out.append(LeftOut(model, str(problem)))
    if not done and stopped:
        return
    level, first = simultaneous(len(done)), origins + 1 >= chosen.prepared.split.test.start
    rivals = []
    for one in done:
        error = one.forecast - truth
        one_step = (evenly(origins[first], each[first, 0]) for each in (own, error))
        all_steps = (evenly(origins, each) for each in (own, error))
        rivals.append(
            Rival(
                model=one.model,
                one_step=one.forecast[first, 0],
                ahead=one.ahead,
                rmse=rms(error),
                first=rmse_ratio(*one_step, level=level),
                whole=rmse_ratio(*all_steps, level=level),
                parameters=one.parameters,
                seconds=one.seconds,
                note=one.note,
                forecast=one.forecast,
            )
        )
    yield Comparison(run.config.model, tuple(rivals), tuple(left_out), stopped)


def beside(config: TrainConfig, model: str) -> TrainConfig:
    """The settings of another model that is to be compared with a training of `config`. LiquidError if there are none
    that are possible."""
    settings = MODELS[model].settings
    changed = {name: getattr(DEFAULTS, name) for name in settings - config.kind.settings}
    if "timespans" not in settings:
        changed["timespans"] = False
    return replace(config, **changed | {"model": model, "learning_rate": None})


def checked_models(chosen: str, models: tuple[str, ...]) -> tuple[str, ...]:
    """Their names as they are now. LiquidError for none, one that does not exist or stands twice, or the chosen one."""
    names = tuple(model_named(model).name for model in models)
    if not names:
        raise LiquidError("No model to compare with: choose one at least.")
    if chosen in names:
        raise LiquidError(f"{chosen} is the model that the others are compared with: leave it out of them.")
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise LiquidError(f"{twice} stands twice among the models to compare: name it once.")
    return names


def _trained(finished: Finished, run: Run, origins: Origins) -> Trained:
    """Forecasts of the test part from the run's own origins, and of the next values.

    LiquidError if a number is not finite: it would score as nothing.
    """
    forecaster = finished.forecaster
    forecast, ahead = forecaster.predict(origins), forecaster.forecast(run.series).mean
    if not (np.isfinite(forecast).all() and np.isfinite(ahead).all()):
        raise LiquidError("Its forecast is not finite: train it by itself to see why.")
    count = forecaster.model.parameter_count()
    return Trained(forecaster.config.model, forecast, ahead, count, finished.seconds, finished.message)
