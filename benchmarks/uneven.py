"""Who makes the most of uneven times? Liquid and LSTM without the time, with it, and with that of the value to come.

    python -m benchmarks.uneven       four minutes on one thread

One step ahead on the test parts of sines at uneven times, drawn anew for each seed, and of the ice ages,
where a seed is the networks' alone. Writes benchmarks/results/uneven.json and the tables of docs/results/uneven.md.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import torch

from benchmarks import RESULTS
from benchmarks.docs_tables import DOCS, write_between
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.series import builtin
from liquid.series.generators import uneven_sines
from liquid.series.known_ahead import ELAPSED
from liquid.series.series import Series
from liquid.studies import stored
from liquid.studies.statistics import Interval, interval

PAGE = DOCS / "uneven.md"
NAME = "uneven"
SEEDS = 5
CONFIG = TrainConfig(members=2, horizon=1)
MODELS = ("Liquid", "LSTM")
WAYS: dict[str, dict[str, Any]] = {
    "without the time": {},
    "with the time": {"timespans": True},
    "with the time, and that of the value to come": {"timespans": True, "ahead": (ELAPSED,)},
}
BESIDE = ("Persistence", "Linear AR")


def series(name: str, seed: int) -> Series:
    return uneven_sines(seed=seed) if name == "uneven-sines" else builtin.load(name)


SERIES = ("uneven-sines", "ice-ages")


def measured() -> list[dict[str, Any]]:
    """One-step RMSE on the test part by series, seed, model and way; that of what stands beside them."""
    rows = []
    for name, seed, model, way in product(SERIES, range(SEEDS), MODELS, WAYS):
        config = replace(CONFIG, model=model, seed=seed, **WAYS[way])
        done = next(event for event in run(series(name, seed), config) if isinstance(event, Run))
        rmse = {row.name: row.one_step.rmse for row in done.report.rows}
        rows.append({"series": name, "seed": seed, "model": model, "way": way, "rmse": rmse[model]})
        print(rows[-1], flush=True)
        if (model, way) == (MODELS[0], next(iter(WAYS))):
            rows += [{"series": name, "seed": seed, "model": one, "way": "", "rmse": rmse[one]} for one in BESIDE]
    return rows


def errors(rows: list[dict[str, Any]], name: str, model: str, way: str) -> np.ndarray:
    """By seed."""
    return np.array([row["rmse"] for row in rows if (row["series"], row["model"], row["way"]) == (name, model, way)])


def ratio(one: np.ndarray, other: np.ndarray) -> Interval:
    """Geometric mean over seeds, with its 95 % interval."""
    return interval(np.log(one / other)).exp()


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Each way against the same model without the time."""
    lines = ["| series | model | way | RMSE | over the same without the time [95 %] |", "|---|---|---|---:|---:|"]
    for name in SERIES:
        for model, way in product(MODELS, WAYS):
            found = errors(rows, name, model, way)
            base = errors(rows, name, model, next(iter(WAYS)))
            over = "1" if way == next(iter(WAYS)) else f"{ratio(found, base):.3f}"
            lines.append(f"| {name} | {model} | {way} | {found.mean():.4g} | {over} |")
        for model in BESIDE:
            found, base = errors(rows, name, model, ""), errors(rows, name, MODELS[0], next(iter(WAYS)))
            lines.append(f"| {name} | {model} | | {found.mean():.4g} | |")
    return lines


def answers(rows: list[dict[str, Any]]) -> list[str]:
    """Liquid over LSTM, the same way, and over the better of what stands beside them: who is ahead, in words."""
    lines = []
    for name, way in product(SERIES, WAYS):
        own = errors(rows, name, "Liquid", way)
        against = ratio(own, errors(rows, name, "LSTM", way))
        if against.high < 1 or against.low > 1:
            said = f"{'Liquid' if against.high < 1 else 'LSTM'} is ahead"
        else:
            said = "neither is measurably ahead"
        simple = min(BESIDE, key=lambda one: errors(rows, name, one, "").mean())
        beside = ratio(own, errors(rows, name, simple, ""))
        lines.append(f"- {name}, {way}: {said}, RMSE of Liquid over LSTM {against:.3f}; over {simple} {beside:.3f}.")
    return lines


def main() -> None:
    torch.set_num_threads(1)
    rows = stored.plain(measured())
    stored.save(NAME, rows, RESULTS, maker="benchmarks.uneven")
    write_between(PAGE, "uneven-table", table(rows))
    write_between(PAGE, "uneven-answers", answers(rows))


if __name__ == "__main__":
    main()
