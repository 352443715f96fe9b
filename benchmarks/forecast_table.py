"""The forecast table of docs/results/forecast.md: every built-in, trained with default settings, beside the baselines.

    python -m benchmarks.forecast_table              all series, one after another, on one thread
    python -m benchmarks.forecast_table nile ecg     some of them, printed only

Writes benchmarks/results/forecast.json and the lines between the two `forecast-table` marks of that page.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import RESULTS
from benchmarks.docs_tables import DOCS, write_between
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.models.registry import BASELINES
from liquid.runs.measured import metrics
from liquid.series import builtin
from liquid.studies import stored

ROOT = Path(__file__).resolve().parents[1]
RESULT = RESULTS / "forecast.json"
PAGE = DOCS / "forecast.md"
KEPT = ("rows", "coverage", "points", "season", "best_step", "seconds", "parameters", "taps", "versions")


def trained(name: str) -> dict[str, Any]:
    """What the default training brings on a built-in's first column."""
    for event in run(builtin.load(name), TrainConfig()):
        if isinstance(event, Run):
            measured = metrics(event)
            alone = np.sqrt(np.nanmean((event.report.one_step_members - event.report.truth) ** 2, axis=1))
            return {"series": name, "rmse_alone": alone.tolist(), **{key: measured[key] for key in KEPT}}
    raise RuntimeError(f"{name}: no result")


def line(result: dict[str, Any]) -> str:
    """One row of the Markdown table."""
    rows = {row["name"]: row for row in result["rows"]}
    errors = [f"{rows[name]['rmse']:.4g}" if name in rows else "" for name in ("Liquid", *BASELINES)]
    ratios = [_ratio(rows[name]["rmse_ratio_of_model"]) for name in ("Persistence", "Linear AR")]
    coverage = result["coverage"]
    covered = f"{100 * coverage[0]:.0f} / {100 * sum(coverage) / len(coverage):.0f}"
    cells = [
        *errors,
        *ratios,
        f"{over_horizon(result):.2f}",
        f"{together(result):.2f}",
        covered,
        format(result["seconds"], ".1f"),
    ]
    return f"| {' | '.join([result['series'], *cells])} |"


# (prod_h RMSE_h(Liquid) / RMSE_h(rival))^(1 / horizon)
def over_horizon(result: dict[str, Any], rival: str = "Linear AR") -> float:
    """Liquid's RMSE over that of a rival, geometric mean over the steps of the horizon."""
    rows = {row["name"]: np.log(row["horizon_rmse"]) for row in result["rows"]}
    return float(np.exp(np.mean(rows["Liquid"] - rows[rival])))


# RMSE(mean forecast) / (prod_i RMSE_i)^(1 / members)
def together(result: dict[str, Any]) -> float:
    """What the ensemble brings over one of its networks. Over their arithmetic mean it could not lose: a mean forecast
    is never worse than that, by the triangle inequality."""
    alone = np.exp(np.mean(np.log(result["rmse_alone"])))
    return float(next(row["rmse"] for row in result["rows"] if row["name"] == "Liquid") / alone)


def table(results: list[dict[str, Any]]) -> str:
    """The Markdown table and what it says in total."""
    ratios = ["Liquid / persistence", "Liquid / AR", "the same, horizon", f"{TrainConfig.members} / one of them"]
    head = ["series", "Liquid", *BASELINES, *ratios, "band holds, %", "s"]
    lines = [f"| {' | '.join(head)} |", f"|---{'|---:' * (len(head) - 1)}|", *map(line, results)]
    structured = {entry.name for entry in builtin.catalogue() if entry.has_structure}
    judged = [result for result in results if result["series"] in structured]
    beaten = sum(_value(result, "Persistence") < 1 for result in judged)
    close = sum(_value(result, "Linear AR") <= 1.05 for result in results)
    settings = (
        f"{TrainConfig.members} networks of {TrainConfig.state_size} neurons, {TrainConfig.steps} steps, "
        f"seed {TrainConfig.seed}"
    )
    against = [_value(result, "Linear AR") for result in results]
    further = [over_horizon(result) for result in results]
    first = sum(
        min(row["rmse"] for row in result["rows"]) == next(r["rmse"] for r in result["rows"] if r["name"] == "Liquid")
        for result in results
    )
    gains = [together(result) for result in results]
    total = (
        f"RMSE one step ahead on the test part, in the series' units, with default settings ({settings}). Ratios with "
        f"95 % intervals; below 1, Liquid is better. {TrainConfig.members} / one of them: the RMSE of the mean "
        f"forecast over the geometric mean of each network's own; over all series {_mean(gains):.2f}, "
        f"above 1 on {sum(gain > 1 for gain in gains)} of {len(results)}. The band promises 90 %: one step ahead / "
        f"over the horizon of {TrainConfig.horizon}. Better than persistence on {beaten} of the {len(judged)} series "
        f"with structure; at most 5 % above linear AR on {close} of all {len(results)}. Liquid / AR over all series: "
        f"{_mean(against):.3f} one step ahead, at worst {max(against):.2f}; over the horizon (geometric mean over its "
        f"steps) {_mean(further):.3f}, at worst {max(further):.2f}. The best of all in the row on {first}. Written by "
        "`python -m benchmarks.forecast_table`."
    )
    return "\n".join([*lines, "", total])


def _mean(ratios: list[float]) -> float:
    return float(np.exp(np.mean(np.log(ratios))))


def _ratio(ratio: dict[str, float | None]) -> str:
    bounds = "too few errors" if ratio["low"] is None else f"{ratio['low']:.2f} to {ratio['high']:.2f}"
    return f"{ratio['value']:.2f} ({bounds})"


def _value(result: dict[str, Any], name: str) -> float:
    return next(float(row["rmse_ratio_of_model"]["value"]) for row in result["rows"] if row["name"] == name)


def main(names: list[str]) -> None:
    torch.set_num_threads(1)
    results = []
    for name in names or builtin.names():
        results.append(trained(name))
        print(line(results[-1]), flush=True)
    print(table(results))
    if not names:
        RESULT.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        stored.record("forecast", "benchmarks.forecast_table", RESULTS)
        write_between(PAGE, "forecast-table", table(results).splitlines())


if __name__ == "__main__":
    main(sys.argv[1:])
