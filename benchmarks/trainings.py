"""What an optimizer, a solved readout and a finish bring, and what was tried against overfitting: the tables of
docs/results/training.md and of docs/results/finish.md.

    python -m benchmarks.trainings             measures all, about an hour of one core, and writes the page
    python -m benchmarks.trainings --table     writes the page from the stored result

The benchmark's tasks, splits, batches and budget; the seeds are used nowhere else.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import product
from multiprocessing import get_context
from typing import Any

import numpy as np
import torch

from benchmarks import RESULTS
from benchmarks.docs_tables import DOCS, write_between
from benchmarks.replaced import replaced
from liquid.learning import readout
from liquid.learning.batches import Batch
from liquid.learning.trainings import TRAININGS
from liquid.models.network import SequenceModel, size_for
from liquid.series.windows import Floats
from liquid.studies import stored
from liquid.studies.benchmark.config import Recipe
from liquid.studies.benchmark.fit import Fitted, SeedBatches, fit_on, misses, validation_tiles, validation_windows
from liquid.studies.benchmark.problem import Problem
from liquid.studies.benchmark.sweep import plainest
from liquid.studies.benchmark.tasks import problem_of
from liquid.studies.statistics import interval

NAME, MAKER, PAGE = "trainings", "benchmarks.trainings", DOCS / "training.md"
MODELS, NOISES, SEEDS = ("Liquid", "LSTM"), (0.0, 0.2, 0.4), (400, 401, 402)
PARAMETERS, STEPS, RECIPE = 300, 600, Recipe(length=3000, rates=(0.1, 0.3, 1.0))
TASKS = ("sines", "lorenz", "mackey-glass", "rossler", "sunspots-monthly", "ecg")
HARD = [("sunspots-monthly", 0.0), ("sunspots-monthly", 0.2), ("ecg", 0.2), ("lorenz", 0.2)]  # where ideas are tried
SHOWN = ("adam", "soap-solved", "soap-finished")  # SOAP and the readout alone: training_curves.py
CHOSEN = "by validation"  # the plainer one, unless validation is sure


class Jittered(SeedBatches):
    """Noise on the inputs, anew in every batch."""

    size = 0.1  # standard deviations of the series
    generator = torch.Generator().manual_seed(0)

    def draw(self) -> Batch:
        batch = super().draw()
        return batch._replace(x=batch.x + self.size * torch.randn(batch.x.shape, generator=self.generator))


class Decaying(SequenceModel):
    """Matrices of the core shrink in every step. In an orthonormal basis the decay is the same, so also in SOAP's."""

    share = 1e-3

    @torch.no_grad()
    def keep_stable(self, longest_span: float = 1.0) -> None:
        super().keep_stable(longest_span)
        for parameter in self.core.parameters():
            if parameter.dim() == 3:
                parameter.mul_(1 - self.share)


@dataclass(frozen=True)
class Idea:
    """Against overfitting, on top of SOAP with a solved readout."""

    batches: type[SeedBatches] = SeedBatches
    model: type[SequenceModel] = SequenceModel
    change: Callable[[], AbstractContextManager[object]] = nullcontext


IDEAS = {
    "as it is": Idea(),
    "noise on inputs, 0.1 standard deviations": Idea(batches=Jittered),
    "weight decay, 0.001 a step": Idea(model=Decaying),
    "ridge of batches at least 1e-4": Idea(change=lambda: replaced(readout, "LEAST", 1e-4)),
    "ridge of batches at least 1e-2": Idea(change=lambda: replaced(readout, "LEAST", 1e-2)),
}


def train(model: str, problems: Sequence[Problem], training: str, idea: Idea = IDEAS["as it is"]) -> Fitted:
    """A network for every seed and rate."""
    size, rates = size_for(model, PARAMETERS), RECIPE.rates
    network = idea.model(model, 1, size, [seed for seed in SEEDS for _ in rates])
    batches, held_out = idea.batches(problems, SEEDS, RECIPE), validation_windows(problems, RECIPE)
    unit = np.array([problem.unit for problem in problems])[:, None]
    with idea.change():
        return fit_on(network, batches, held_out, unit, STEPS, rates, training, validation_tiles(problems, RECIPE))


def nrmse(missed: Floats, problems: Sequence[Problem]) -> list[float]:
    return [float(np.sqrt(np.mean(one**2)) / p.unit) for one, p in zip(missed, problems, strict=True)]


def measure_one(task: str, noise: float, model: str) -> list[dict[str, Any]]:
    """Rows of all trainings and ideas."""
    torch.set_num_threads(1)
    problems = [problem_of(task, noise, seed, RECIPE.length) for seed in SEEDS]
    tried = {name: train(model, problems, name) for name in SHOWN}
    missed = {name: misses(fitted.model, problems, "test", RECIPE.window) for name, fitted in tried.items()}
    both = [tried[name] for name in Recipe().trainings]
    choices = plainest([misses(one.model, problems, "validation", RECIPE.window) for one in both])
    missed[CHOSEN] = np.stack([missed[both[choice].training][seed] for seed, choice in enumerate(choices)])
    about = {"task": task, "noise": noise, "model": model}
    rows = [
        about
        | {"training": name, "error": nrmse(one, problems)}
        | ({"seconds": tried[name].seconds} if name in tried else {"solved": sum(choices)})
        for name, one in missed.items()
    ]
    if model == "Liquid" and (task, noise) in HARD:
        for name, idea in IDEAS.items():
            fitted = tried["soap-solved"] if name == "as it is" else train(model, problems, "soap-solved", idea)
            validation = [float(value) for value in fitted.validation.min(axis=1)]
            error = nrmse(misses(fitted.model, problems, "test", RECIPE.window), problems)
            rows.append(about | {"idea": name, "error": error, "validation": validation})
    return rows


def measure(workers: int) -> Iterator[list[dict[str, Any]]]:
    """All rows so far, after each task, level of noise and model."""
    rows: list[dict[str, Any]] = []
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        for part in pool.map(measure_one, *zip(*product(TASKS, NOISES, MODELS), strict=True)):
            rows += part
            yield rows


def mean(row: dict[str, Any], what: str = "error") -> float:
    """Geometric mean over seeds."""
    return float(np.exp(np.mean(np.log(row[what]))))


def tables(rows: list[dict[str, Any]]) -> list[str]:
    """Every training by task, the ratio of the models, and the ideas against overfitting."""
    found = {(row["task"], row["noise"], row["model"], row["training"]): row for row in rows if "training" in row}
    words = [*(TRAININGS[name].words for name in SHOWN), CHOSEN]
    rates = ", ".join(f"{rate:g}" for rate in RECIPE.rates)
    lines = [
        f"Test NRMSE, geometric mean over {len(SEEDS)} seeds; about {PARAMETERS} parameters, {STEPS} steps, rates of "
        f"{rates} by validation; in brackets seconds of processor time of one training.",
        "",
        f"| noise | task | model | {' | '.join(words)} |",
        "|---|---|---|" + "---:|" * len(words),
    ]
    for noise, task, model in product(NOISES, TASKS, MODELS):
        if (task, noise, model, CHOSEN) in found:
            cells = [_cell(found[task, noise, model, name]) for name in (*SHOWN, CHOSEN)]
            lines.append(f"| {100 * noise:.0f} % | {task} | {model} | {' | '.join(cells)} |")
    lines += ["", *_against_today(found), "", *_ideas([row for row in rows if "idea" in row])]
    return lines


def finish_table(rows: list[dict[str, Any]]) -> list[str]:
    """What a finish adds to the training before it, seed by seed."""
    found = {(row["task"], row["noise"], row["model"], row["training"]): row for row in rows if "training" in row}
    lines = [
        "| task | noise | model | before | after | worst seed, after / before | training, s | and its finish, s |",
        "|---|---|---|---:|---:|---:|---:|---:|",
    ]
    for task, noise, model in product(TASKS, NOISES, MODELS):
        if (task, noise, model, CHOSEN) in found:
            before, after = (found[task, noise, model, name] for name in SHOWN[1:])
            worst = max(np.divide(after["error"], before["error"]))
            seconds = f"{before['seconds']:.1f} | {max(0.0, after['seconds'] - before['seconds']):.1f}"
            errors = f"{mean(before):.2g} | {mean(after):.2g} | {worst:.3f}"
            lines.append(f"| {task} | {100 * noise:.0f} % | {model} | {errors} | {seconds} |")
    return lines


def _cell(row: dict[str, Any]) -> str:
    beside = f"{row['seconds']:.1f}" if "seconds" in row else f"{row['solved']} of {len(SEEDS)} not Adam"
    return f"{mean(row):.2g} ({beside})"


def _against_today(found: dict[tuple[str, float, str, str], dict[str, Any]]) -> list[str]:
    lines = ["| noise | model | error, by validation / Adam | worst task | Liquid / LSTM |", "|---|---|---:|---:|---:|"]
    for noise, model in product(NOISES, MODELS):
        here = [task for task in TASKS if (task, noise, "LSTM", CHOSEN) in found]
        logs = np.array(
            [np.log(mean(found[t, noise, model, CHOSEN]) / mean(found[t, noise, model, "adam"])) for t in here]
        )
        rivals = [np.log(mean(found[t, noise, "Liquid", CHOSEN]) / mean(found[t, noise, "LSTM", CHOSEN])) for t in here]
        beside = f"{interval(np.array(rivals)).exp()}" if model == "Liquid" else ""
        worst = f"{here[int(logs.argmax())]} {np.exp(logs.max()):.2f}"
        lines.append(f"| {100 * noise:.0f} % | {model} | {interval(logs).exp()} | {worst} | {beside} |")
    return [*lines, "", "Intervals are 95 %, over the six tasks: how far a seventh would follow is not told by six."]


def _ideas(rows: list[dict[str, Any]]) -> list[str]:
    heads = [f"{row['task']} {100 * row['noise']:.0f} %" for row in rows if row["idea"] == "as it is"]
    lines = [f"| Liquid, SOAP, readout solved | {' | '.join(heads)} |", "|---|" + "---:|" * len(heads)]
    for name in IDEAS:
        own = [row for row in rows if row["idea"] == name]
        lines.append(f"| {name} | " + " | ".join(f"{mean(r):.2g} ({mean(r, 'validation'):.2g})" for r in own) + " |")
    return [*lines, "", "Test NRMSE, in brackets the validation part's, at the rate that does best there."]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", action="store_true", help="write the page from the stored result")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes")
    args = parser.parse_args()
    if not args.table:
        began = time.monotonic()
        for rows in measure(args.workers):
            print(f"{len(rows)} rows after {time.monotonic() - began:.0f} s", flush=True)
            stored.save(NAME, rows, RESULTS, maker=MAKER)
    rows = stored.load(NAME, RESULTS)
    write_between(PAGE, NAME, tables(rows))
    write_between(DOCS / "finish.md", "finish", finish_table(rows))


if __name__ == "__main__":
    main()
