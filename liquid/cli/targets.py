"""`liquid train --more-targets`: further columns, each by a training and in a folder of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from liquid.cli import progress
from liquid.cli.reading import say
from liquid.cli.tables import print_rows
from liquid.engine.base import Stop
from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run
from liquid.series.export import to_csv
from liquid.series.series import Series
from liquid.studies.progress import StudyProgress
from liquid.studies.targets.report import errors_table, forecasts_table, target_of
from liquid.studies.targets.study import LeftOut, checked_targets, targets

FORECASTS = "forecasts.csv"


def further(series: Series, config: TrainConfig, names: tuple[str, ...]) -> tuple[str, ...]:
    """The further targets. LiquidError if there is none of that name, or it is the first one."""
    if (first := config.target or series.names[0]) in names:
        raise LiquidError(f"{first!r} is the target already: leave it out of --more-targets.")
    return checked_targets(series, names)


def train_further(
    first: Run, names: tuple[str, ...], folder: Path, save: Callable[[Run, Path], None], stop: Stop
) -> None:
    """Train and save each; then all targets as a table, and their forecasts as one CSV in the first one's `folder`."""
    runs = [first]
    for event in targets(first.series, first.config, names, stop):
        if isinstance(event, StudyProgress):
            progress.step(event)
            continue
        progress.clear()
        if isinstance(event, LeftOut):
            print(f"{event.config.target!r} has no forecast: {event.reason}")
        else:
            save(event, beside(folder, target_of(event)))
            runs.append(event)
    progress.clear()
    columns = errors_table(runs)
    print_rows([tuple(columns), *zip(*columns.values(), strict=True)])
    (folder / FORECASTS).write_text(to_csv(forecasts_table(runs)), encoding="utf-8")
    say([f"All forecasts are in {folder / FORECASTS}."])


def beside(folder: Path, target: str) -> Path:
    """A folder of its own for a target, whatever it is called."""
    name = re.sub(r"\W+", "-", target).strip("-")[:40] or "target"
    number, path = 1, folder.with_name(f"{folder.name}-{name}")
    while path.exists() and any(path.iterdir()):
        number += 1
        path = folder.with_name(f"{folder.name}-{name}-{number}")
    return path
