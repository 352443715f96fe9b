"""Several columns of one series forecast with the same settings: a training for each, and each is a run of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from liquid.engine.base import Stop, never
from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.series.series import Series
from liquid.studies.progress import StudyProgress
from liquid.studies.trained import told

MOST = 20  # further targets: each keeps its networks and what they read


@dataclass(frozen=True)
class LeftOut:
    """A training that there is no run of, and why."""

    config: TrainConfig
    reason: str


def for_target(config: TrainConfig, target: str) -> TrainConfig:
    """The same settings for another column, which is then none of those that are read beside the target."""
    inputs, ahead = (tuple(one for one in names if one != target) for names in (config.inputs, config.ahead))
    return replace(config, target=target, inputs=inputs, ahead=ahead)


def targets(
    series: Series, config: TrainConfig, names: tuple[str, ...], stop: Stop = never
) -> Iterator[StudyProgress | Run | LeftOut]:
    """Train each of these columns in turn: StudyProgress ..., and for each its Run as soon as it is there.

    One that cannot be trained is a LeftOut. If `stop()` returns True it ends, without a run of the column whose turn it
    is. LiquidError for a column that does not exist or stands twice.
    """
    for number, name in enumerate(checked_targets(series, names)):
        own = for_target(config, name)
        try:
            for event in told(run(series, own, stop), f"'{name}', {number + 1} of {len(names)}", (number, len(names))):
                if isinstance(event, StudyProgress) or (isinstance(event, Run) and not stop()):
                    yield event
        except LiquidError as problem:
            yield LeftOut(own, str(problem))
        if stop():
            return


def checked_targets(series: Series, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names. LiquidError for one that the series does not have or that stands twice, and for too many."""
    if len(names) > MOST:
        raise LiquidError(f"{len(names)} further targets are too many: choose {MOST} or fewer at a time.")
    for name in names:
        series.column(name)
        if names.count(name) > 1:
            raise LiquidError(f"{name!r} stands twice among the targets: name it once.")
    return names
