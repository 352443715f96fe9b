"""How often the 95 % interval of a ratio of RMSEs over a horizon covers the true ratio: forecasts overlap.

    python -m benchmarks.horizon_intervals            about three minutes on one core
    python -m benchmarks.horizon_intervals --table    the table again, from the stored result

Writes benchmarks/results/horizon_intervals.json and a table of docs/results/intervals.md. Errors of twelve steps are
drawn as a report measures them, each step on the same values, so the true ratio is known. For one step ahead see
benchmarks/intervals.py.
"""

from __future__ import annotations

import argparse
import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.signal import lfilter

from benchmarks import RESULTS
from benchmarks.docs_tables import DOCS, write_between
from benchmarks.intervals import WARM_UP, _around, _cell, _shares
from liquid.learning.comparison import Floats, RmseRatio, rmse_ratio
from liquid.studies import stored

NAME, MAKER, PAGE = "horizon_intervals", "benchmarks.horizon_intervals", DOCS / "intervals.md"
SIZES = (20, 60, 200, 400, 1000)
STEPS = 12
DRAWS = 500

Errors = tuple[Floats, Floats]  # of two forecasts, [time, steps]
Draw = Callable[[np.random.Generator, int], Errors]  # rng, values -> errors whose RMSEs have the true ratio


@dataclass(frozen=True)
class Case:
    """Two forecasts' errors over a horizon, and the true ratio of their RMSEs."""

    name: str
    draw: Draw
    ratio: float


def ahead(values: int) -> Floats:
    """What is 1 at the steps of each origin that fall into so many values, and NaN at those that do not."""
    at = np.arange(-STEPS, values - 1)[:, None] + np.arange(1, STEPS + 1)
    return np.where((at >= 0) & (at < values), 1.0, np.nan)


# e_t,h = sum of the h shocks after t
def drifting(phi: float, ratio: float) -> Draw:
    """Errors of two forecasts of random walks, half of whose shocks are in common; the shocks are AR(phi)."""

    def draw(rng: np.random.Generator, values: int) -> Errors:
        white = rng.normal(size=(3, values + 2 * STEPS + WARM_UP))
        shared, own, other = lfilter([1.0], [1.0, -phi], white, axis=1)[:, WARM_UP:]
        errors = []
        for shocks in (ratio * (shared + own), shared + other):
            path = np.concatenate([[0.0], np.cumsum(shocks)])
            origins = np.arange(values + STEPS - 1)[:, None]
            errors.append((path[origins + np.arange(1, STEPS + 1)] - path[origins]) * ahead(values))
        return errors[0], errors[1]

    return draw


# best: x_t phi^h, off by (1 - phi^2h) sigma^2;  the last value: 2 (1 - phi^h) sigma^2;  the mean: sigma^2
def forecasting(phi: float, rival: str) -> Case:
    """The best forecast of an AR(1) beside repeating its last value, or beside its mean."""
    powers = phi ** np.arange(1, STEPS + 1)
    other = 2 * (1 - powers) if rival == "its last value" else np.ones(STEPS)
    ratio = math.sqrt(float(np.mean(1 - powers**2) / np.mean(other)))

    def draw(rng: np.random.Generator, values: int) -> Errors:
        x = lfilter([1.0], [1.0, -phi], rng.normal(size=values + STEPS + WARM_UP))[WARM_UP:]
        origins = np.arange(values + STEPS - 1)[:, None]
        truth = x[np.minimum(origins + np.arange(1, STEPS + 1), len(x) - 1)] * ahead(values)
        second = x[origins] if rival == "its last value" else 0.0
        return x[origins] * powers - truth, second - truth

    return Case(f"AR({phi:g}): the best forecast, and {rival}", draw, ratio)


def cases() -> list[Case]:
    return [
        Case("random walks, half in common", drifting(0.0, 1.0), 1.0),
        Case("random walks, half in common, ratio 0.8", drifting(0.0, 0.8), 0.8),
        Case("their shocks AR(0.6)", drifting(0.6, 1.0), 1.0),
        *(forecasting(phi, "its last value") for phi in (0.5, 0.9)),
        *(forecasting(phi, "its mean") for phi in (0.5, 0.9)),
    ]


def as_if_independent(error: Floats, other: Floats) -> RmseRatio:
    """With the variance of origins that have nothing in common."""
    e2, o2 = (np.nanmean(one**2, axis=1) for one in (error, other))
    z = e2 / e2.mean() - o2 / o2.mean()
    return _around(math.sqrt(e2.mean() / o2.mean()), math.sqrt(float(z.var()) / (len(z) - 1)), len(z) - 1)


def share_covering(
    case: Case, values: int, draws: int = DRAWS, interval: Callable[[Floats, Floats], RmseRatio] = rmse_ratio
) -> dict[str, Any]:
    """What `benchmarks.intervals` counts, of so many values in the test part."""
    rng = np.random.default_rng([zlib.crc32(case.name.encode()), values])
    return _shares([interval(*case.draw(rng, values)) for _ in range(draws)], case.ratio)


def measured() -> dict[str, Any]:
    rows = [{"errors": one.name, "cells": [share_covering(one, values) for values in SIZES]} for one in cases()]
    first = cases()[0]
    cells = [share_covering(first, values, interval=as_if_independent) for values in SIZES]
    return {"draws": DRAWS, "steps": STEPS, "sizes": SIZES, "rows": rows, "independent": cells}


def tables(result: dict[str, Any]) -> list[str]:
    chance = 100 * math.sqrt(0.95 * 0.05 / result["draws"])
    head = ["errors", *(f"{size} values" for size in result["sizes"])]
    lines = [
        f"Covering over a horizon of {result['steps']} steps, % of the intervals that are given ({result['draws']:,} "
        f"draws a cell, one standard error {chance:.1f}); brackets as above.",
        "",
        f"| {' | '.join(head)} |",
        f"|---|{'---:|' * len(result['sizes'])}",
    ]
    named = [(row["errors"], row["cells"]) for row in result["rows"]]
    first = result["rows"][0]["errors"]
    for name, cells in [*named, (f"{first}, as if origins were independent", result["independent"])]:
        lines.append(f"| {name} | {' | '.join(map(_cell, cells))} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", action="store_true", help="write the table from the stored result")
    if not parser.parse_args().table:
        stored.save(NAME, measured(), RESULTS, maker=MAKER)
    write_between(PAGE, NAME, tables(stored.load(NAME, RESULTS)))


if __name__ == "__main__":
    main()
