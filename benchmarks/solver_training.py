"""Which solver should a model be trained with? The stored table behind the solver page's last tab.

    python -m benchmarks.solver_training

Trains one small network with every solver on three seeds of two series: some minutes on one core.
"""

from __future__ import annotations

from dataclasses import asdict

import torch

from liquid.learning.config import TrainConfig
from liquid.series import builtin
from liquid.studies import stored
from liquid.studies.progress import Step
from liquid.studies.solver_effect.study import train_with_each

SERIES = ("mackey-glass", "lorenz")
SEEDS = 3


def main() -> None:
    """Train, print a line for each solver, store the table."""
    torch.set_num_threads(1)
    config = TrainConfig(members=1, window=32, steps=300)  # only Euler and semi-implicit have a compiled scan
    found = {}
    for name in SERIES:
        for event in train_with_each(builtin.load(name), config, SEEDS):
            if isinstance(event, Step):
                print(f"{name}: {event.done}/{event.total} {event.doing}", flush=True)
            else:
                found[name] = event
                for one in event:
                    print(f"{name}: {one.solver} {one.rmse} {one.ratio} {one.seconds:.1f} s")
    stored.save("solver_training", {"config": asdict(config), "trainings": found})


if __name__ == "__main__":
    main()
