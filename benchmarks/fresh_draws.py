"""Whether a forecast is ever worse than a straight line's, on series that no default was chosen on.

    python -m benchmarks.fresh_draws            measures, about a quarter of an hour of one core, and writes the table
    python -m benchmarks.fresh_draws --table    writes the table of docs/results/forecast.md from the stored result

Made series of eleven kinds, some of which no network can forecast better than an autoregression does; other draws than
those on which it was decided how a correction is shrunk.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from benchmarks import RESULTS
from benchmarks.docs_tables import DOCS, write_between
from liquid.learning.config import TrainConfig
from liquid.learning.data import Prepared
from liquid.learning.training import Finished, train
from liquid.models.linear_ar import LinearAR
from liquid.series import generators
from liquid.series.series import Series, from_columns
from liquid.series.windows import Floats, rms
from liquid.studies import stored

NAME, MAKER, PAGE = "fresh_draws", "benchmarks.fresh_draws", DOCS / "forecast.md"
SEEDS, LENGTH, NOISE = range(2000, 2008), 600, 0.2
CONFIG = TrainConfig(members=2, steps=100)


def kinds(seed: int) -> Iterator[Series]:
    """A random walk, an autoregression, the same with a jump, and systems with and without noise."""
    rng = np.random.default_rng(seed)
    yield from_columns({"x": np.cumsum(rng.normal(size=LENGTH))}, "random walk")
    noise, ar = rng.normal(size=LENGTH + 100), np.zeros(LENGTH + 100)
    for t in range(2, len(ar)):
        ar[t] = 1.2 * ar[t - 1] - 0.4 * ar[t - 2] + noise[t]
    ar = ar[100:]
    yield from_columns({"x": ar}, "AR(2)")
    jump = np.where(np.arange(LENGTH) < rng.integers(LENGTH // 4, LENGTH), 0.0, 6.0)
    yield from_columns({"x": ar + jump}, "AR(2) with a jump")
    for name, make, length in (
        ("Lorenz", generators.lorenz, LENGTH // 2),
        ("Lorenz", generators.lorenz, LENGTH),
        ("Mackey-Glass", generators.mackey_glass, LENGTH),
        ("Rossler", generators.rossler, LENGTH),
    ):
        for level in (0.0, NOISE):
            values = make(length, noise=level, seed=seed).values[:, :1]
            yield from_columns({"x": values[:, 0]}, f"{name}, {length} values, {100 * level:.0f} % noise")


def measure(series: Series, seed: int) -> list[float]:
    """RMSE of the forecast over the autoregression's on the test part, for every step of the horizon."""
    config = replace(CONFIG, seed=seed)
    *_, finished = train(series, config)
    assert isinstance(finished, Finished)
    prepared = finished.forecaster.prepared
    origins, truth = prepared.reaching(prepared.split.test)
    ratios: Floats = rms(finished.forecaster.predict(origins) - truth) / rms(
        alone(prepared, origins, config.horizon) - truth
    )
    return [float(ratio) for ratio in ratios]


def alone(prepared: Prepared, origins: Any, horizon: int) -> Floats:
    """The autoregression that validation chooses, and nothing else."""
    return LinearAR.fit(prepared.observed, prepared.split).predict(prepared.observed, origins, horizon)


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Worst and geometric mean over the draws, one step ahead and over the horizon."""
    lines = [
        "| series | forecast / AR, one step | at worst | over the horizon | at worst |",
        "|---|---:|---:|---:|---:|",
    ]
    for kind in dict.fromkeys(row["series"] for row in rows):
        logs = np.log([row["ratios"] for row in rows if row["series"] == kind])
        cells = [f"{np.exp(part):.2f}" for one in (logs[:, 0], logs.mean(axis=1)) for part in (one.mean(), one.max())]
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    beyond = sum(max(row["ratios"][0], float(np.exp(np.mean(np.log(row["ratios"]))))) > 1.05 for row in rows)
    return [
        *lines,
        "",
        "RMSE of the forecast over that of the autoregression alone, on the test part: geometric mean and the worst "
        f"of {len(SEEDS)} draws; by more than 5 % worse on {beyond} of {len(rows)}. {CONFIG.members} networks, "
        f"{CONFIG.steps} steps. From `python -m benchmarks.fresh_draws`.",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", action="store_true", help="write the table from the stored result")
    if not parser.parse_args().table:
        torch.set_num_threads(1)
        rows = [
            {"series": series.title, "seed": seed, "ratios": measure(series, seed)}
            for seed in SEEDS
            for series in kinds(seed)
        ]
        stored.save(NAME, rows, RESULTS, maker=MAKER)
    write_between(PAGE, NAME, table(stored.load(NAME, RESULTS)))


if __name__ == "__main__":
    main()
