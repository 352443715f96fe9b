"""Which solver should a model be trained with? The stored table behind the solver page's last tab.

    python -m benchmarks.solver_training

Trains one small network with every solver on three seeds of two series: some minutes on one core.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace

import numpy as np
import torch

from liquid.dynamics.solvers import SOLVERS
from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.learning.training import Finished, train
from liquid.series import builtin
from liquid.series.series import Series
from liquid.studies import stored
from liquid.studies.progress import StudyProgress
from liquid.studies.solver_effect.study import SolverTraining
from liquid.studies.statistics import interval

SERIES = ("mackey-glass", "lorenz")
SEEDS = 3


def train_with_each(
    series: Series, config: TrainConfig, seeds: int = 3, stop: Callable[[], bool] = lambda: False
) -> Iterator[StudyProgress | tuple[SolverTraining, ...]]:
    """Train the same model with every solver over several seeds; ratios are paired by seed.

    LiquidError unless the model is Liquid and there are two seeds or more. Stopped early, it ends without a result.
    """
    if not config.kind.liquid or seeds < 2:
        raise LiquidError(f"model={config.model!r}, seeds={seeds}: expected model='Liquid' and 2 or more seeds.")
    errors: dict[str, list[float]] = {name: [] for name in SOLVERS}
    seconds = dict.fromkeys(SOLVERS, 0.0)
    total = seeds * len(SOLVERS)
    for done in range(total):
        name = list(SOLVERS)[done % len(SOLVERS)]
        seeded = replace(config, solver=name, seed=config.seed + done // len(SOLVERS))
        yield StudyProgress(done, total, f"{SOLVERS[name].label}, seed {seeded.seed}")
        *_, finished = train(series, seeded, stop)
        if stop() or not isinstance(finished, Finished):
            return
        forecaster = finished.forecaster
        test = forecaster.prepared.split.test
        origins = np.arange(test.start - 1, test.stop - 1)
        error = forecaster.predict(origins)[:, 0] - forecaster.prepared.target[origins + 1]
        errors[name].append(float(np.sqrt(np.mean(error**2))))
        seconds[name] += finished.seconds
    euler = np.array(errors["euler"])
    yield tuple(
        SolverTraining(name, tuple(rmse), interval(np.array(rmse) / euler), seconds[name] / seeds)
        for name, rmse in errors.items()
    )


def main() -> None:
    """Train, print a line for each solver, store the table."""
    torch.set_num_threads(1)
    config = TrainConfig(members=1, window=32, steps=300)  # only Euler and semi-implicit have a compiled scan
    trainings = {}
    for name in SERIES:
        for event in train_with_each(builtin.load(name), config, SEEDS):
            if isinstance(event, StudyProgress):
                print(f"{name}: {event.done}/{event.total} {event.doing}", flush=True)
            else:
                trainings[name] = event
                for one in event:
                    print(f"{name}: {one.solver} {one.rmse} {one.ratio} {one.seconds:.1f} s")
    found = {"training": config.how.words, "config": asdict(config), "trainings": trainings}
    stored.save("solver_training", found, maker="benchmarks.solver_training")


if __name__ == "__main__":
    main()
