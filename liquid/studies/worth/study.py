"""What is each column worth that a forecast reads? The model trained again without it, measured on the same values.

Left out is the column, in the past and ahead. Both are measured on the calibration part: the validation part had a say
in the weights, and whoever chooses columns by the test part has none left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from liquid.engine.base import Stop, never
from liquid.errors import LiquidError
from liquid.learning.comparison import RmseRatio, evenly, rmse_ratio
from liquid.learning.config import TrainConfig
from liquid.learning.data import Origins
from liquid.learning.forecaster import Forecaster
from liquid.series.series import Series
from liquid.series.windows import Floats, rms
from liquid.studies.progress import StudyProgress
from liquid.studies.statistics import simultaneous
from liquid.studies.trained import trained


@dataclass(frozen=True)
class Worth:
    """RMSE over all steps of the horizon on the calibration part, in the series' units: `rmse` of the model with all
    columns, `without[columns]` of it trained without each. `ratios` are without over with, so above 1 a column is worth
    reading; their intervals hold together with 95 %. `ahead[columns]`: whether it was read ahead."""

    model: str
    horizon: int
    rmse: float
    columns: tuple[str, ...]
    ahead: tuple[bool, ...]
    without: Floats
    ratios: tuple[RmseRatio, ...]


def columns_of(config: TrainConfig) -> tuple[str, ...]:
    """What a training reads beside its target."""
    return (*config.inputs, *(name for name in config.ahead if name not in config.inputs))


def worth(series: Series, forecaster: Forecaster, stop: Stop = never) -> Iterator[StudyProgress | Worth]:
    """Train `forecaster`'s config on `series` without each of its columns in turn: StudyProgress ..., then a Worth.

    If `stop()` returns True it ends without a result. LiquidError if the model reads nothing but its target.
    """
    config = replace(forecaster.config, target=forecaster.prepared.names[0])
    columns = columns_of(config)
    if not columns:
        raise LiquidError("This model reads its target alone: choose further inputs, or columns that are known ahead.")
    origins, whole = _errors(forecaster)
    found: list[tuple[float, RmseRatio]] = []
    for number, name in enumerate(columns):
        less = replace(
            config,
            inputs=tuple(one for one in config.inputs if one != name),
            ahead=tuple(one for one in config.ahead if one != name),
        )
        other: Forecaster | None = None
        for event in trained(series, less, f"Without {name}", (number, len(columns)), stop):
            if isinstance(event, StudyProgress):
                yield event
            elif not stop():
                other = event.forecaster
        if other is None or stop():
            return
        _, errors = _errors(other)
        pair, level = (evenly(origins, one) for one in (errors, whole)), simultaneous(len(columns))
        found.append((_rms(errors), rmse_ratio(*pair, level=level)))
    yield Worth(
        model=config.model,
        horizon=config.horizon,
        rmse=_rms(whole),
        columns=columns,
        ahead=tuple(name in config.ahead for name in columns),
        without=np.array([rmse for rmse, _ in found]),
        ratios=tuple(ratio for _, ratio in found),
    )


def _errors(forecaster: Forecaster) -> tuple[Origins, Floats]:
    """Origins whose forecasts fall into the calibration part, and their errors, `[origins, horizon]`."""
    origins, truth = forecaster.prepared.reaching(forecaster.prepared.split.calibration)
    return origins, forecaster.predict(origins) - truth


def _rms(errors: Floats) -> float:
    """Over all steps, of which every one counts the same."""
    return float(np.sqrt(np.mean(rms(errors) ** 2)))
