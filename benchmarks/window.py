"""Does a window that sees a season forecast better than one of 64 samples? The built-ins whose season is longer, and
hourly values made with a day and a week.

    python -m benchmarks.window                all of them, on one thread
    python -m benchmarks.window rossler        some of them, printed only

Writes benchmarks/results/window.json and the table of docs/results/window.md.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from benchmarks import RESULTS
from benchmarks.docs_tables import DOCS, write_between
from liquid.learning.config import TrainConfig
from liquid.learning.data import checked
from liquid.learning.run import Run, run
from liquid.models.seasonal_naive import season_of
from liquid.series import builtin
from liquid.series.frequency import DAY
from liquid.series.series import Series
from liquid.studies import stored

PAGE = DOCS / "window.md"
NAME = "window"
SERIES = ("sunspots-monthly", "water-flow", "rossler", "seattle-weather", "week-1", "week-2", "week-3")
SEEDS = (0, 1, 2)


def week(seed: int, days: int = 140) -> Series:
    """Hourly values with a day whose height depends on the weekday, and an AR(1) noise of a quarter of its spread."""
    rng = np.random.default_rng(seed)
    hour = np.arange(24 * days)
    profile = np.convolve(np.tile(rng.normal(size=24), 3), np.ones(5) / 5, "same")[24:48]
    height = np.concatenate([rng.uniform(0.8, 1.2, size=5), rng.uniform(0.2, 0.5, size=2)])
    clean = profile[hour % 24] * height[hour // 24 % 7]
    noise = np.zeros(len(hour))
    for now, shock in enumerate(rng.normal(size=len(hour))):
        noise[now] = 0.8 * noise[now - 1] + 0.6 * shock
    start = 19_723 * DAY  # Monday, 2024-01-01
    values = clean + 0.25 * clean.std() * noise
    return Series(
        start + 3600.0 * hour.astype(np.float64), values[:, None], ("value",), f"week-{seed}", time_kind="date"
    )


def series_of(name: str) -> Series:
    return week(int(name[5:])) if name.startswith("week-") else builtin.load(name)


def season_and_third(series: Series) -> tuple[int, int]:
    """The season that the training part shows, and how long a window may be."""
    train = checked(series, TrainConfig()).split.train
    return season_of(series, series.names[0], train.stop) or 0, min(512, len(train) // 3)


def measured(series: Series, config: TrainConfig) -> dict[str, Any]:
    began = time.process_time()
    done = next(event for event in run(series, config) if isinstance(event, Run))
    row = done.report.rows[0]
    return {
        "window": config.window,
        "seed": config.seed,
        "one_step": row.one_step.rmse,
        "horizon": float(np.exp(np.mean(np.log(row.horizon_rmse)))),
        "seconds": time.process_time() - began,
    }


def compared(name: str) -> dict[str, Any]:
    """Every seed with both windows."""
    series = series_of(name)
    season, third = season_and_third(series)
    windows = (TrainConfig.window, min(season, third))
    config = TrainConfig()
    runs = [measured(series, replace(config, window=window, seed=seed)) for seed in SEEDS for window in windows]
    return {"series": name, "season": season, "third": third, "runs": runs}


# exp(mean_seed log(long / short))
def ratios(result: dict[str, Any], what: str) -> np.ndarray:
    """Of the longer window over the usual one, by seed."""
    short, long = (
        np.array([one[what] for one in result["runs"] if (one["window"] == TrainConfig.window) == usual])
        for usual in (True, False)
    )
    return np.asarray(long / short)


def line(result: dict[str, Any]) -> str:
    cells = [result["series"], str(result["season"]), str(result["runs"][1]["window"])]
    for what in ("one_step", "horizon"):
        all_seeds = ratios(result, what)
        cells.append(f"{_mean(all_seeds):.3f} ({all_seeds.min():.3f} to {all_seeds.max():.3f})")
    cells.append(f"{_mean(ratios(result, 'seconds')):.1f}")
    return f"| {' | '.join(cells)} |"


def table(results: list[dict[str, Any]]) -> list[str]:
    head = ["series", "season", "window", "error, one step", "error, horizon", "time"]
    lines = [f"| {' | '.join(head)} |", f"|---{'|---:' * (len(head) - 1)}|", *map(line, results), ""]
    total = {what: _mean(np.concatenate([ratios(one, what) for one in results])) for what in ("one_step", "horizon")}
    lines.append(
        f"RMSE on the test part and processor time, with a window of a season (at most a third of the training part) "
        f"over those with {TrainConfig.window} samples, otherwise default settings: geometric mean of {len(SEEDS)} "
        f"seeds, and the least and the largest. Over all series {total['one_step']:.3f} one step ahead and "
        f"{total['horizon']:.3f} over the horizon. Written by `python -m benchmarks.window`."
    )
    return lines


def _mean(values: np.ndarray) -> float:
    return float(np.exp(np.mean(np.log(values))))


def main(names: list[str]) -> None:
    torch.set_num_threads(1)
    results = []
    for name in names or SERIES:
        results.append(stored.plain(compared(name)))
        print(line(results[-1]), flush=True)
    print("\n".join(table(results)))
    if not names:
        stored.save(NAME, results, RESULTS, maker="benchmarks.window")
        write_between(PAGE, "window-table", table(results))


if __name__ == "__main__":
    main(sys.argv[1:])
