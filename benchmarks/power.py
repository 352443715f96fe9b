"""What the benchmark can tell, planned before its result was seen: docs/results/benchmark-plan.md.

    python -m benchmarks.power            simulates, about two minutes of one core, and writes the tables
    python -m benchmarks.power --table    writes the tables from the stored result

How far Liquid's log ratios differ between tasks comes from the former result (six tasks), which is kept in this one.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.stats import nct, t, wilcoxon

from benchmarks import RESULTS
from benchmarks.docs_tables import DOCS, write_between
from liquid.errors import LiquidError
from liquid.studies import stored
from liquid.studies.benchmark.stored import load
from liquid.studies.benchmark.verdict import BETTER, EQUAL, MARGIN, WORSE, by_task, judged, levels_together
from liquid.studies.statistics import Floats, Interval, Intervals, holm, interval, intervals

NAME, MAKER, PAGE = "power", "benchmarks.power", DOCS / "benchmark-plan.md"
TASKS, COUNTS = 33, (6, 12, 33)
# Rivals on every task, then those on few (an LTC, two methods that need a season), and the former rival each is like.
LIKE = {
    **{name: name for name in ("LSTM", "GRU", "CfC", "Liquid (article)", "Echo state", "Linear AR", "Persistence")},
    **{"Polynomial AR": "Linear AR", "ETS": "Persistence", "Theta": "Persistence"},
    **{"LTC": "CfC", "Seasonal naive": "Persistence", "Seasonal AR": "Linear AR"},
}
ON_FEW = {"LTC": 8, "Seasonal naive": 5, "Seasonal AR": 5}
RIVALS, LIKENESS = len(LIKE) - len(ON_FEW), 0.8  # correlation of two rivals that are like the same former one
POWER = 0.8
SPREADS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
STUDIES, DRAWS = 400, 500
ESTIMATED = "as estimated"
SETTINGS = (("normal", 0.0), ("normal", 0.9), ("normal", ESTIMATED), ("t3", ESTIMATED), ("outliers", ESTIMATED))
Former = dict[str, dict[str, dict[str, float]]]  # [rival][noise][task]
WORDS = {
    "normal": "normal",
    "t3": "Student's, 3 degrees of freedom",
    "outliers": "a tenth with a lognormal lead, all to one side",
}


def former() -> Former:
    """Liquid's log ratios in the former result, `[rival][noise][task]`, of the rivals on all of its tasks."""
    rows = load().rows
    tasks = {row.cell.task for row in rows}
    found: Former = {}
    for rival in dict.fromkeys(row.cell.model for row in rows if row.cell.model != "Liquid"):
        for one in by_task(rows, rival):
            found.setdefault(rival, {}).setdefault(f"{one.noise:g}", {})[one.task] = math.log(one.ratio.mean)
    return {
        rival: noises for rival, noises in found.items() if {task for one in noises.values() for task in one} == tasks
    }


def overall(noises: dict[str, dict[str, float]]) -> dict[str, float]:
    """A task's mean over its noises."""
    tasks = dict.fromkeys(task for one in noises.values() for task in one)
    return {task: float(np.mean([one[task] for one in noises.values() if task in one])) for task in tasks}


def correlation(found: Former) -> Floats:
    """Correlations over tasks of two rivals' log ratios, `[rival, rival]` in the order of LIKE."""
    each = {rival: overall(noises) for rival, noises in found.items()}
    known = list(each)
    matrix = np.corrcoef([[one[task] for task in each[known[0]]] for one in each.values()])
    places = [known.index(former) for former in LIKE.values()]
    return LIKENESS * matrix[np.ix_(places, places)] + (1 - LIKENESS) * np.eye(len(places))


# P(T > t_level), T noncentral with n - 1 degrees of freedom and noncentrality delta sqrt(n) / s
def power(delta: float, spread: float, tasks: int, level: float) -> float:
    """The probability that an interval lies above 1, if the log ratio is `delta` above 0."""
    return float(nct.sf(t.ppf(0.5 + level / 2, tasks - 1), tasks - 1, delta * math.sqrt(tasks) / spread))


def told(spread: float, tasks: int, level: float) -> float:
    """The ratio above 1 that is told from 1 with the power promised."""
    most = 15 * spread / math.sqrt(tasks)
    return math.exp(brentq(lambda delta: power(delta, spread, tasks, level) - POWER, 0, most))


def drawn(tail: str, root: Floats, tasks: int, rng: np.random.Generator) -> Floats:
    """Log ratios without an effect, `[task, rival]`: mean 0, standard deviation 1, covariance `root.T @ root`."""
    values = rng.normal(size=(tasks, len(root))) @ root
    if tail == "t3":  # a task that is extreme is so for all
        values = values / np.sqrt(rng.chisquare(3, (tasks, 1)) / 3) / math.sqrt(3)
    if tail == "outliers":
        lead = 3 * (rng.random((tasks, 1)) < 0.1) * rng.lognormal(size=values.shape)
        mean, square = 0.1 * 3 * math.exp(0.5), 0.1 * 9 * math.exp(2)
        values = (values + lead - mean) / math.sqrt(1 + square - mean**2)
    return values


def simulated(tail: str, matrix: Floats, tasks: int) -> dict[str, Any]:
    """Shares of studies, or of comparisons, in which what is planned comes out; one effect is planted at a time."""
    rng = np.random.default_rng(2026)
    strength, directions = np.linalg.eigh(matrix)
    root: Floats = np.sqrt(np.maximum(strength, 0))[:, None] * directions.T
    counts = [min(ON_FEW.get(rival, tasks), tasks) for rival in LIKE]
    effect = math.log(told(1.0, tasks, level_of_all()))  # in standard deviations
    alike = equal_spread(tasks)
    wrong: list[bool] = []
    found: list[float] = []
    equal: list[float] = []
    false: dict[str, list[bool]] = {"1.05": [], "1.08": []}
    studies: list[list[Floats]] = []
    for _ in range(STUDIES):
        values = drawn(tail, root, tasks, rng)
        each = [values[:count, place] for place, count in enumerate(counts)]
        levels = levels_together([{str(k): float(v) for k, v in enumerate(one)} for one in each], DRAWS)
        studies.append(each)
        wide = intervals(values[:, :RIVALS], levels[0])
        few = [interval(one, level) for one, level in zip(each[RIVALS:], levels[RIVALS:], strict=True)]
        said = [judged(one.exp()) for one in (*map(wide.at, range(RIVALS)), *few)]
        wrong.append(any(word in (BETTER, WORSE) for word in said))
        found.append(float(np.mean(effect + wide.low > 0)))
        equal.append(float(np.mean(_equal(wide, 0.0, alike))))
        for truth, shares in false.items():
            shares.append(bool(np.any(_equal(wide, math.log(float(truth)), alike))))
    p = np.array([wilcoxon(np.array(one), axis=1).pvalue for one in zip(*studies, strict=True)])  # [rival, study]
    by_rank = [bool((holm(one) < 0.05).any()) for one in p.T]
    return {
        "tail": tail,
        "tasks": tasks,
        "wrong": float(np.mean(wrong)),
        "wilcoxon": float(np.mean(by_rank)),
        "power": float(np.mean(found)),
        "equal": float(np.mean(equal)),
        "false_equal": {truth: float(np.mean(shares)) for truth, shares in false.items()},
    }


def _equal(found: Intervals, effect: float, spread: float) -> list[bool]:
    """Which are called equal if the log ratios have this effect and spread."""
    each = (found.at(place) for place in range(len(found.mean)))
    return [
        judged(Interval(*(effect + spread * end for end in (one.mean, one.low, one.high))).exp()) == EQUAL
        for one in each
    ]


def level_of_all() -> float:
    """Bonferroni's level for all rivals: the highest that an interval can have."""
    return 1 - 0.05 / len(LIKE)


# t_level s / sqrt(n) + t_90% s / sqrt(n) = log 1.05
def equal_spread(tasks: int) -> float:
    """The spread up to which "equal within 5 %" is said of two that are equal, with about the power promised."""
    edges = t.ppf(0.5 + level_of_all() / 2, tasks - 1) + t.ppf(0.5 + POWER / 2, tasks - 1)
    return math.log(MARGIN) * math.sqrt(tasks) / float(edges)


def measure(found: Former) -> Iterator[dict[str, Any]]:
    for tail, by in SETTINGS:
        alike = np.full((len(LIKE), len(LIKE)), by) if isinstance(by, float) else None
        matrix = correlation(found) if alike is None else alike + (1 - alike) * np.eye(len(LIKE))
        for tasks in COUNTS:
            yield {"correlation": by, **simulated(tail, matrix, tasks)}


def spread_table(result: dict[str, Any]) -> list[str]:
    """Standard deviations between the six tasks of the log ratios, by noise and of the means over noises, and what they
    allow to tell."""
    found = result["former"]
    noises = sorted({noise for one in found.values() for noise in one}, key=float)
    lines = [f"| rival | {' | '.join(f'{100 * float(noise):.0f} %' for noise in noises)} | over all |"]
    lines += ["|---" * (len(noises) + 2) + "|"]
    for rival, own in found.items():
        shown = [_spread(own[noise]) if noise in own else "" for noise in noises]
        lines.append(f"| {rival} | {' | '.join(shown)} | {_spread(overall(own))} |")
    return lines


def _spread(values: dict[str, float]) -> str:
    spread = float(np.std(list(values.values()), ddof=1))
    return f"{spread:.2f} ({told(spread, TASKS, level_of_all()):.3g})"


def power_table() -> list[str]:
    """Which ratio is told from 1, by spread: alone and among all rivals, on 33 tasks and on 12."""
    heads = [f"{tasks} tasks, {words}" for tasks in (TASKS, 12) for words in ("alone", "among all rivals")]
    lines = [f"| spread | {' | '.join(heads)} |", "|---" * 5 + "|"]
    for spread in SPREADS:
        each = [told(spread, tasks, level) for tasks in (TASKS, 12) for level in (0.95, level_of_all())]
        lines.append(f"| {spread:g} | {' | '.join(f'{one:.3g} or {1 / one:.3g}' for one in each)} |")
    return [
        *lines,
        "",
        f"Among all rivals: at {100 * level_of_all():.4g} %, Bonferroni's level for {len(LIKE)} rivals. "
        f'"Equal within 5 %" is said of two that are equal, with {100 * POWER:.0f} % power, up to a spread of about '
        f"{equal_spread(TASKS):.2g} on {TASKS} tasks and {equal_spread(12):.2g} on 12.",
    ]


def simulation_table(result: dict[str, Any]) -> list[str]:
    lines = [
        "| log ratios | correlation | tasks | some verdict wrong | the same by Wilcoxon and Holm | told at the ratio "
        'promised | "equal" said of equals | some "equal" said at a ratio of 1.05 | of 1.08 |',
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in result["simulated"]:
        shares = [one["wrong"], one["wilcoxon"], one["power"], one["equal"], *one["false_equal"].values()]
        shown = " | ".join(f"{100 * share:.1f} %" for share in shares)
        lines.append(f"| {WORDS[one['tail']]} | {one['correlation']} | {one['tasks']} | {shown} |")
    error = 200 * math.sqrt(0.05 * 0.95 / result["studies"])
    return [
        *lines,
        "",
        f"{result['studies']} studies each: a share of 5 % is known to {error:.1f} %, two standard errors.",
    ]


def tables(result: dict[str, Any]) -> dict[str, list[str]]:
    return {
        "power-spread": spread_table(result),
        "power-ratio": power_table(),
        "power-simulated": simulation_table(result),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", action="store_true", help="only write the tables from the stored result")
    if not parser.parse_args().table:
        try:
            found = stored.load(NAME, RESULTS)["former"]
        except LiquidError:
            found = former()
        result = {"former": found, "studies": STUDIES, "simulated": list(measure(found))}
        stored.save(NAME, result, RESULTS, maker=MAKER)
    for mark, lines in tables(stored.load(NAME, RESULTS)).items():
        write_between(PAGE, mark, lines)


if __name__ == "__main__":
    main()
