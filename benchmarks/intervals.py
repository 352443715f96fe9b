"""How often the 95 % interval of a ratio of RMSEs covers the true ratio, over errors that follow each other in time.

    python -m benchmarks.intervals            about six minutes on one core
    python -m benchmarks.intervals --table    the page again, from the stored result

Writes benchmarks/results/intervals.json and the tables of docs/results/intervals.md. Errors are drawn, so the true
ratio is known. Beside the interval that is shown (`liquid.learning.comparison`) stand four simpler ones.
"""

from __future__ import annotations

import argparse
import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.fft import dct
from scipy.signal import lfilter
from scipy.special import stdtrit

from benchmarks import RESULTS
from benchmarks.docs_tables import DOCS, write_between
from liquid.learning.comparison import Floats, RmseRatio, rmse_ratio
from liquid.studies import stored

NAME, MAKER, PAGE = "intervals", "benchmarks.intervals", DOCS / "intervals.md"
SIZES = (20, 60, 200, 400, 1000)
DEPENDENCE = {"white": 0.0, "AR(0.6)": 0.6, "AR(0.9)": 0.9}
DRAWS, RIVAL_DRAWS, RESAMPLES = 4000, 1000, 400
WARM_UP = 300
LEVEL = 0.95
GOAL = (93.0, 97.0)  # per cent, from 60 values on

Errors = tuple[Floats, Floats]  # of two forecasts, [draw, time]
Draw = Callable[[np.random.Generator, int, int], Floats]  # rng, draws, values -> one error of RMSE 1, [draw, time]


@dataclass(frozen=True)
class Case:
    """Two forecasts' errors: what each is drawn from, which share they have in common, the true ratio of RMSEs."""

    name: str
    draw: Draw
    other: Draw
    shared: float = 0.0
    ratio: float = 1.0
    missing: float = 0.0

    def errors(self, rng: np.random.Generator, draws: int, values: int) -> Errors:
        own, other = self.draw(rng, draws, values), self.other(rng, draws, values)
        common = self.draw(rng, draws, values) if self.shared else 0.0
        error, other_error = (math.sqrt(1 - self.shared) * e + math.sqrt(self.shared) * common for e in (own, other))
        lost = rng.random((draws, values)) < self.missing
        return np.where(lost, np.nan, self.ratio * error), other_error


# x_t = sum_k a_k x_t-k + w_t
def autoregressive(*weights: float, heavy: bool = False) -> Draw:
    """With spread one, of a white input that is Gaussian, or Student's with five degrees of freedom."""
    polynomial = [1.0, *(-weight for weight in weights)]
    response = lfilter([1.0], polynomial, np.eye(1, 2000)[0])

    def draw(rng: np.random.Generator, draws: int, values: int) -> Floats:
        shape = (draws, values + WARM_UP)
        white = rng.standard_t(5, shape) * math.sqrt(3 / 5) if heavy else rng.normal(size=shape)
        return lfilter([1.0], polynomial, white, axis=1)[:, WARM_UP:] / math.sqrt(response @ response)

    return draw


def overlapping(steps: int) -> Draw:
    """Sums of as many white shocks: the errors of forecasts that many steps ahead."""

    def draw(rng: np.random.Generator, draws: int, values: int) -> Floats:
        white = rng.normal(size=(draws, values + steps))
        return lfilter(np.full(steps, 1 / math.sqrt(steps)), [1.0], white, axis=1)[:, steps:]

    return draw


def _main_cases(phi: float) -> list[Case]:
    """What the goal is set for."""
    plain, heavy = autoregressive(phi), autoregressive(phi, heavy=True)
    return [
        Case("independent of each other", plain, plain),
        Case("half in common", plain, plain, shared=0.5),
        Case("half in common, ratio 0.8", plain, plain, shared=0.5, ratio=0.8),
        Case("half in common, heavy tails", heavy, heavy, shared=0.5),
        Case("half in common, a third missing", plain, plain, shared=0.5, missing=1 / 3),
    ]


def _hard_cases() -> list[Case]:
    """Where the interval may fail: dependence that the first lag does not show, or that one of the errors alone has."""
    white, slow, period = autoregressive(0.0), autoregressive(0.9), autoregressive(0.0, -0.81)
    season, horizon = autoregressive(*[0.0] * 11, 0.8), overlapping(12)
    return [
        Case("AR(0.9), the other white", slow, white),
        Case("12 steps ahead (MA(11))", horizon, horizon, shared=0.5),
        Case("period of 4, as slow as AR(0.9)", period, period, shared=0.5),
        Case("AR(0.8) at lag 12 alone", season, season, shared=0.5),
    ]


def share_covering(case: Case, values: int, draws: int = DRAWS) -> dict[str, Any]:
    """`given` an interval, `covering` the true ratio if given, and `wrong`, given without covering it, in per cent; the
    median `width`, how far the upper end lies above the ratio."""
    errors = _drawn(case, values, draws)
    return _shares([rmse_ratio(error, other, level=LEVEL) for error, other in zip(*errors, strict=True)], case.ratio)


def _drawn(case: Case, values: int, draws: int) -> Errors:
    """Each case and size has its own stream of chance."""
    return case.errors(np.random.default_rng([zlib.crc32(case.name.encode()), values]), draws, values)


def _shares(found: Sequence[RmseRatio], true: float) -> dict[str, Any]:
    low, high = np.array([one.low for one in found]), np.array([one.high for one in found])
    given = np.isfinite(low)
    covering = (low <= true) & (true <= high)
    return {
        "given": 100 * float(given.mean()),
        "covering": 100 * float(covering[given].mean()) if given.any() else math.nan,
        "wrong": 100 * float((given & ~covering).mean()),
        "width": float(np.median(np.sqrt(high[given] / low[given]) - 1)) if given.any() else math.nan,
    }


# Simpler intervals, each for complete errors


def as_if_independent(error: Floats, other: Floats, _: np.random.Generator) -> RmseRatio:
    """The same statistic with the variance of independent values."""
    ratio, z = _differences(error, other)
    return _around(ratio, math.sqrt(float(z.var()) / (len(z) - 1)), len(z) - 1)


def cosines_alone(error: Floats, other: Floats, _: np.random.Generator) -> RmseRatio:
    """Equal-weighted cosines, nu = 0.4 n^(2/3), nothing filtered before."""
    ratio, z = _differences(error, other)
    nu = int(0.4 * len(z) ** (2 / 3))
    return _around(ratio, math.sqrt(float(np.mean(dct(z, norm="ortho")[1 : nu + 1] ** 2)) / len(z)), nu)


def fixed_blocks(error: Floats, other: Floats, rng: np.random.Generator) -> RmseRatio:
    """Percentiles of a circular block bootstrap, blocks of n^(1/3)."""
    return _bootstrap(error, other, round(len(error) ** (1 / 3)), rng)


def chosen_blocks(error: Floats, other: Floats, rng: np.random.Generator) -> RmseRatio:
    """The same with blocks from the autocorrelation of the differences of squared errors."""
    return _bootstrap(error, other, politis_white(_differences(error, other)[1]), rng)


RIVALS = {
    "as if independent": as_if_independent,
    "block bootstrap, n^(1/3)": fixed_blocks,
    "block bootstrap, Politis and White": chosen_blocks,
    "cosines alone": cosines_alone,
}


def _differences(error: Floats, other: Floats) -> tuple[float, Floats]:
    e2, o2 = float(np.mean(error**2)), float(np.mean(other**2))
    return math.sqrt(e2 / o2), error**2 / e2 - other**2 / o2


def _around(ratio: float, deviation: float, freedom: int) -> RmseRatio:
    half = float(stdtrit(freedom, 0.5 + LEVEL / 2)) * deviation / 2
    return RmseRatio(ratio, ratio * math.exp(-half), ratio * math.exp(half))


def _bootstrap(error: Floats, other: Floats, block: int, rng: np.random.Generator) -> RmseRatio:
    n = len(error)
    starts = rng.integers(0, n, size=(RESAMPLES, -(-n // block)))
    sums = [np.concatenate([[0.0], np.cumsum(np.resize(one**2, n + block))]) for one in (error, other)]
    drawn, other_drawn = (np.sum(one[starts + block] - one[starts], axis=1) for one in sums)
    low, high = np.quantile(np.sqrt(drawn / other_drawn), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return RmseRatio(_differences(error, other)[0], float(low), float(high))


# b = (2 G^2 / D)^(1/3) n^(1/3),   G = sum_k lambda(k / 2m) |k| R(k),   D = 4/3 (sum_k lambda(k / 2m) R(k))^2
def politis_white(z: Floats) -> int:
    """Block length of the circular bootstrap of a mean: D. Politis and H. White, Econom. Rev. 23 (2004), with the
    correction of A. Patton, D. Politis and H. White, Econom. Rev. 28 (2009)."""
    n = len(z)
    run = max(5, math.ceil(math.log10(n)))
    most = math.ceil(math.sqrt(n)) + run
    x = z - z.mean()
    covariance = np.array([x[lag:] @ x[: n - lag] for lag in range(min(most, n - 1) + 1)]) / n
    small = np.abs(covariance[1:]) < 2 * math.sqrt(math.log10(n) / n) * covariance[0]
    quiet = [lag for lag in range(len(small) - run + 1) if small[lag : lag + run].all()]
    loud = np.flatnonzero(~small)
    m = max(1, quiet[0] if quiet else int(loud[-1]) + 1)
    lags = np.arange(min(2 * m, most, n - 1) + 1)
    weights = np.minimum(1.0, 2 * (1 - lags / (2 * m))).clip(0.0) * covariance[lags]
    slope, spectrum = 2 * float(lags @ weights), float(weights[0] + 2 * weights[1:].sum())
    length = float(np.cbrt(n * 2 * slope**2 / (4 / 3 * spectrum**2)))
    return max(1, round(min(length, 3 * math.sqrt(n), n / 3)))


# The study and its page


def measured() -> dict[str, Any]:
    main, rivals = [], []
    for dependence, phi in DEPENDENCE.items():
        for case in _main_cases(phi):
            cells = [share_covering(case, values) for values in SIZES]
            main.append({"errors": dependence, "case": case.name, "cells": cells})
            print(main[-1], flush=True)
        half = _main_cases(phi)[1]
        for name, rival in RIVALS.items():
            cells = []
            for values in SIZES:
                rng, errors = np.random.default_rng(values), _drawn(half, values, RIVAL_DRAWS)
                found = [rival(error, other, rng) for error, other in zip(*errors, strict=True)]
                cells.append(_shares(found, half.ratio))
            rivals.append({"errors": dependence, "case": name, "cells": cells})
            print(rivals[-1], flush=True)
    hard = [
        {"errors": case.name, "case": "", "cells": [share_covering(case, values) for values in SIZES]}
        for case in _hard_cases()
    ]
    return {"draws": DRAWS, "rival_draws": RIVAL_DRAWS, "sizes": SIZES, "main": main, "hard": hard, "rivals": rivals}


def tables(result: dict[str, Any]) -> list[str]:
    """The page's tables with what they say in total."""
    cells = [
        cell for row in result["main"] for size, cell in zip(result["sizes"], row["cells"], strict=True) if size >= 60
    ]
    held = sum(GOAL[0] <= cell["covering"] <= GOAL[1] for cell in cells)
    wrong = max(cell["wrong"] for row in result["main"] for cell in row["cells"])
    chance = 100 * math.sqrt(LEVEL * (1 - LEVEL) / result["draws"])
    given = [cell["given"] for cell in cells if cell["given"] < 90]
    rarely = (
        f"in {len(given)} of them an interval is given in {min(given):.0f} to {max(given):.0f} % of the draws alone"
    )
    least, most = min(cell["covering"] for cell in cells), max(cell["covering"] for cell in cells)
    return [
        f"Covering, % of the intervals that are given ({result['draws']:,} draws a cell, one standard error "
        f"{chance:.1f}); in brackets how far the upper end lies above the ratio, and how often there is an interval, "
        "if not always.",
        "",
        *_table(result["main"], result["sizes"], both=True),
        "",
        f"From 60 values on {held} of {len(cells)} cells lie between {GOAL[0]:.0f} and {GOAL[1]:.0f} %, all between "
        f"{least:.1f} and {most:.1f} %; {rarely}. An interval is given and wrong in at most {wrong:.1f} % of the draws "
        "of any cell, 20 values among them.",
        "",
        "Where it is harder:",
        "",
        *_table(result["hard"], result["sizes"], both=False),
        "",
        f"What simpler intervals do on errors half in common, ratio 1 ({result['rival_draws']:,} draws):",
        "",
        *_table(result["rivals"], result["sizes"], both=True, case="interval"),
    ]


def _table(rows: list[dict[str, Any]], sizes: list[int], *, both: bool, case: str = "two forecasts") -> list[str]:
    names = ["errors", case] if both else ["errors"]
    head = [*names, *(f"{size} values" for size in sizes)]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(names)}{'---:|' * len(sizes)}"]
    for row in rows:
        begin = [row["errors"], row["case"]] if both else [row["errors"]]
        lines.append(f"| {' | '.join([*begin, *map(_cell, row['cells'])])} |")
    return lines


def _cell(cell: dict[str, Any]) -> str:
    if cell["covering"] is None:
        return "none given"
    given = "" if cell["given"] > 99.5 else f"; {cell['given']:.0f} % given"
    return f"{cell['covering']:.1f} (±{100 * cell['width']:.0f} %{given})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", action="store_true", help="write the page from the stored result")
    if not parser.parse_args().table:
        stored.save(NAME, measured(), RESULTS, maker=MAKER)
    write_between(PAGE, NAME, tables(stored.load(NAME, RESULTS)))


if __name__ == "__main__":
    main()
