"""What a Levenberg-Marquardt finish adds to a training: the table of docs/results/finish.md.

    python -m benchmarks.finish --write

The benchmark's tasks, splits, batches and budget (600 steps, about 300 parameters, the rate by validation); the start
is SOAP with the readout solved. About a quarter of an hour on one core.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from benchmarks.docs_tables import DOCS, write_between
from liquid.dynamics import scan
from liquid.learning.batches import Batch
from liquid.learning.finish import Finished, finish, warm
from liquid.learning.loop import Descent, Ended, fit
from liquid.models.network import SequenceModel, size_for
from liquid.series.windows import Floats
from liquid.studies.benchmark.config import Recipe
from liquid.studies.benchmark.fit import SeedBatches, validation_tiles
from liquid.studies.benchmark.tasks import TASKS, Problem, problem_of

MODELS = ("Liquid", "LSTM")
NOISES = (0.0, 0.2, 0.4)
PARAMETERS, STEPS = 300, 600


@dataclass(frozen=True)
class Row:
    """Test NRMSE of every seed before and after, evaluated in float64 and (`shown`) in float32 as the app does; how
    many members took new weights, and seconds of processor time of a start and of a finish."""

    model: str
    task: str
    noise: float
    before: Floats
    after: Floats
    shown: Floats
    accepted: int
    start_seconds: float
    seconds: float


def measure(name: str, task: str, noise: float, seeds: Sequence[int]) -> Row:
    """Train a member for each seed and rate, finish the best rate of each seed."""
    recipe = Recipe()
    problems = [problem_of(task, noise, seed, recipe.length) for seed in seeds]
    held_out = validation_tiles(problems, recipe)
    rates = len(recipe.rates)
    size = size_for(name, PARAMETERS)
    model = SequenceModel(name, 1, size, [seed for seed in seeds for _ in recipe.rates])
    descent = Descent(
        STEPS,
        recipe.rates * len(seeds),
        every=STEPS // 12,
        optimizer="soap",
        readout="solved",
        cycle_momentum=False,
        ends_on_divergence=False,
    )
    source = SeedBatches(problems, seeds, recipe)
    began = time.process_time()
    checked = Batch(*(values.float().repeat_interleave(rates, 0) for values in held_out[:2]))
    *_, ended = fit(model, source, descent, checked)
    assert isinstance(ended, Ended)
    start_seconds = (time.process_time() - began) / model.members
    best = ended.best.losses.view(len(seeds), rates).argmin(dim=1) + rates * torch.arange(len(seeds))
    chosen = SequenceModel(name, 1, size, seeds)
    chosen.load_state_dict({key: values[best] for key, values in model.state_dict().items()})
    whole = source.whole()
    before = _test(chosen.double(), problems, recipe.window)
    chosen.float()
    began = time.process_time()
    *_, end = finish(chosen, Batch(whole.x[::rates], whole.target[::rates]), held_out)
    assert isinstance(end, Finished)
    seconds = (time.process_time() - began) / len(seeds)
    shown = _test(chosen, problems, recipe.window)
    after = _test(chosen.double(), problems, recipe.window)
    return Row(name, task, noise, before, after, shown, int(end.accepted.sum()), start_seconds, seconds)


@torch.no_grad()
def _test(model: SequenceModel, problems: Sequence[Problem], window: int) -> Floats:
    """Test NRMSE of every member, in the model's own precision."""
    pairs = [problem.pairs(problem.origins(problem.split.test, window), window) for problem in problems]
    x = torch.from_numpy(np.stack([inputs for inputs, _ in pairs]))[..., None].to(next(model.parameters()).dtype)
    forecast = torch.cat([model(part)[:, :, -1, 0] for part in torch.split(x, 256, dim=1)], dim=1).double().numpy()
    miss = forecast - np.stack([truth for _, truth in pairs])
    errors: Floats = np.sqrt(np.mean(miss**2, axis=1)) / np.array([problem.unit for problem in problems])
    return errors


def table(rows: Sequence[Row]) -> list[str]:
    """Markdown: geometric means over seeds, and the worst ratio of a seed."""
    lines = [
        "| task | noise | model | before | after | in float32 | worst seed, after / before | new weights "
        "| start, s | finish, s |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        errors = " | ".join(f"{np.exp(np.log(one).mean()):.2g}" for one in (row.before, row.after, row.shown))
        lines.append(
            f"| {row.task} | {row.noise:.0%} | {row.model} | {errors} | {np.max(row.after / row.before):.3f} | "
            f"{row.accepted} of {len(row.before)} | {row.start_seconds:.1f} | {row.seconds:.1f} |"
        )
    return lines


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tasks", default=",".join(TASKS))
    parser.add_argument("--noises", default=",".join(map(str, NOISES)))
    parser.add_argument("--write", action="store_true", help="write docs/results/finish.md")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    for dtype in scan.DTYPES:
        scan.ready(wait=True, dtype=dtype)
    warm()
    rows = []
    for task in chosen.tasks.split(","):
        for noise in map(float, chosen.noises.split(",")):
            for name in MODELS:
                rows.append(measure(name, task, noise, range(chosen.seeds)))
                print(table(rows[-1:])[-1], flush=True)
    if chosen.write:
        write_between(DOCS / "finish.md", "finish", table(rows))


if __name__ == "__main__":
    main()
