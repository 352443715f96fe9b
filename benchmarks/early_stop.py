"""Would an early stop keep the forecast's quality and save time? Default trainings, cut where a rule would have ended
them: docs/results/early-stop.md.

    python -m benchmarks.early_stop           trains and writes benchmarks/results/early_stop.json and the page
    python -m benchmarks.early_stop --table   writes the page from the stored result

One training serves all rules: each look at the validation part keeps what every network is, and a rule says at which
look it ends. Time is processor time; what follows the steps (refit, band) is the same for all and left out of it.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks import RESULTS
from benchmarks.docs_tables import DOCS, write_between
from liquid.dynamics import scan
from liquid.learning.config import TrainConfig
from liquid.learning.data import Prepared, prepare
from liquid.learning.linear import linear_first
from liquid.learning.loop import Descent, Point, Waited, fit
from liquid.learning.models import ForecastModel
from liquid.learning.refine import refine
from liquid.learning.shrink import shrink
from liquid.learning.training import EVALUATIONS, Batches, validation_set
from liquid.series import builtin
from liquid.series.windows import Floats, rms
from liquid.studies import stored

NAME = "early_stop"
PAGE = DOCS / "early-stop.md"
SEEDS = (0, 1, 2)
PATIENCE = (18, 30, 48)  # steps without a better validation loss, of which there is a look every sixth
KEPT, WORST = 1.005, 1.02  # error over that of the whole training: geometric mean, and any series


@dataclass(frozen=True)
class Look:
    """What a training was when it looked at the validation part: losses `[members]`, processor seconds until then."""

    step: int
    held_out: Tensor
    state: dict[str, Tensor]
    seconds: float


def looks(model: ForecastModel, prepared: Prepared, config: TrainConfig) -> list[Look]:
    """The default training, look by look; it leaves `model` anywhere."""
    every = max(1, config.steps // EVALUATIONS)
    how = config.how
    descent = Descent(config.steps, config.rate, every, True, optimizer=how.optimizer, readout=how.readout)
    batches, held_out = Batches(prepared, config), validation_set(prepared, config)
    began, kept, found = time.process_time(), 0.0, list[Look]()
    for event in fit(model, batches, descent, held_out):
        if isinstance(event, Point):
            now = time.process_time()
            state = {name: values.clone() for name, values in model.state_dict().items()}
            found.append(Look(event.step, event.held_out.clone(), state, now - began - kept))
            kept += time.process_time() - now
    return found


def end_of(found: list[Look], patience: int) -> int:
    """The look at which a training ends that waits so many steps for a better mean loss of its networks."""
    waited = Waited(patience)
    for index, look in enumerate(found):
        waited.look(look.held_out, look.step)
        if waited.over:
            return index
    return len(found) - 1


@torch.no_grad()
def error(model: ForecastModel, prepared: Prepared, found: list[Look]) -> float:
    """Test RMSE, geometric mean over the steps of the horizon, if the training had ended with these looks: every
    network as it was at its best, refitted and shrunk."""
    best = torch.stack([look.held_out for look in found]).argmin(dim=0)
    for name, values in model.state_dict().items():
        values.copy_(torch.stack([found[int(at)].state[name][member] for member, at in enumerate(best)]))
    refine(model, prepared)
    shrink(model, prepared)
    origins, truth = prepared.reaching(prepared.split.test)
    missed: Floats = model.forecast(prepared, origins).mean(axis=0) - truth
    return float(np.exp(np.mean(np.log(rms(missed)))))


def measured(series: str, seed: int, steps: int = TrainConfig.steps) -> dict[str, Any]:
    """Steps, seconds and test error of the whole training and of each rule."""
    config = TrainConfig(seed=seed, steps=steps)
    prepared = linear_first(prepare(builtin.load(series), config))
    model = ForecastModel(config, prepared.features, prepared.window)
    found = looks(model, prepared, config)
    ends = {"all": len(found) - 1} | {f"{patience} steps": end_of(found, patience) for patience in PATIENCE}
    errors = {end: error(model, prepared, found[: end + 1]) for end in set(ends.values())}
    rows = {
        rule: {"steps": found[end].step, "seconds": found[end].seconds, "error": errors[end]}
        for rule, end in ends.items()
    }
    return {"series": series, "seed": seed, "rules": rows}


# (prod over seeds of error(rule) / error(all))^(1 / seeds)
def ratios(results: list[dict[str, Any]], rule: str, what: str = "error") -> dict[str, float]:
    """A rule over the whole training, by series: geometric mean over seeds."""
    logs: dict[str, list[float]] = {}
    for one in results:
        both = (one["rules"][name][what] for name in (rule, "all"))
        logs.setdefault(one["series"], []).append(float(np.subtract(*np.log([*both]))))
    return {series: float(np.exp(np.mean(values))) for series, values in logs.items()}


def table(results: list[dict[str, Any]]) -> list[str]:
    """One row per rule, and whether any of them keeps what the whole training brings."""
    rules = [rule for rule in results[0]["rules"] if rule != "all"]
    lines = [
        "| patience | steps | processor time | error, all series | error, worst series | series over 2 % worse |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    good = []
    for rule in rules:
        by_series = ratios(results, rule)
        steps = np.mean([one["rules"][rule]["steps"] for one in results])
        seconds = _mean(list(ratios(results, rule, "seconds").values()))
        together, worst = _mean(list(by_series.values())), max(by_series, key=by_series.__getitem__)
        over = sum(value > WORST for value in by_series.values())
        if together <= KEPT and not over:
            good.append(rule)
        cells = [
            rule,
            f"{steps:.0f}",
            f"{seconds:.2f}",
            f"{together:.4f}",
            f"{worst} {by_series[worst]:.3f}",
            str(over),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    verdict = f"Kept by: {', '.join(good)}." if good else "No rule keeps it."
    count, seeds = len({one["series"] for one in results}), len({one["seed"] for one in results})
    return [
        *lines,
        "",
        f"Over the whole training of {TrainConfig.steps} steps, paired: {count} built-ins, {seeds} seeds, geometric "
        f"means. Error: test RMSE, geometric mean over the {TrainConfig.horizon} steps ahead. Quality counts as kept "
        f"if the error over all series is at most {100 * (KEPT - 1):.1f} % larger and on none more than "
        f"{100 * (WORST - 1):.0f} %. {verdict} Written by `python -m benchmarks.early_stop`.",
    ]


def _mean(values: list[float]) -> float:
    return float(np.exp(np.mean(np.log(values))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", action="store_true", help="write the page from the stored result")
    if not parser.parse_args().table:
        torch.set_num_threads(1)
        scan.ready(wait=True)
        measured("nile", 0, steps=6)  # what is imported and compiled at first counts for nobody
        results = []
        for series in builtin.names():
            results += [stored.plain(measured(series, seed)) for seed in SEEDS]
            print(f"{series}: {time.process_time():.0f} s", flush=True)
        stored.save(NAME, results, RESULTS, maker="benchmarks.early_stop")
    lines = table(stored.load(NAME, RESULTS))
    print("\n".join(lines))
    write_between(PAGE, NAME, lines)


if __name__ == "__main__":
    main()
