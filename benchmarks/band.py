"""Does the band keep its word? Every built-in's test part, with the band as it starts and as it follows the values.

    python -m benchmarks.band              all series, one after another, on one thread
    python -m benchmarks.band nile ecg     some of them, printed only

Writes benchmarks/results/band.json and the tables of docs/results/band.md. The rate at which widths follow was chosen
on calibration parts alone: by_rate is what each rate does there.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks import RESULTS
from benchmarks.docs_tables import DOCS, write_between
from liquid.learning import band
from liquid.learning.band import LEVELS, calibrated, follow
from liquid.learning.config import TrainConfig
from liquid.learning.data import Prepared
from liquid.learning.forecaster import Forecaster
from liquid.learning.metrics import winkler
from liquid.learning.training import Finished, train
from liquid.series import builtin
from liquid.series.windows import Floats
from liquid.studies import stored

PAGE = DOCS / "band.md"
NAME = "band"
RATES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4)  # 0: the band as it starts
NEAR = 0.03  # of the level: a band that holds that share keeps its word


def trained(name: str) -> Forecaster:
    """The default training of a built-in's first column, its band as it starts."""
    return next(event.forecaster for event in train(builtin.load(name), TrainConfig()) if isinstance(event, Finished))


def judged(origins: NDArray[np.int64], errors: Floats, start: Floats) -> dict[str, Any]:
    """By level: share held one step ahead and over the horizon, mean width and Winkler score by step."""
    widths, _ = follow(origins, errors, start)
    known = np.isfinite(errors)
    held = (np.abs(errors) <= widths).sum(axis=1) / known.sum(axis=0)
    width = np.nanmean(np.where(known, 2 * widths, np.nan), axis=1)
    score = [np.nanmean(winkler(-one, one, errors, level), axis=0) for one, level in zip(widths, LEVELS, strict=True)]
    return {"one_step": held[:, 0], "horizon": held.mean(axis=1), "width": width, "winkler": np.stack(score)}


def at_rate(rate: float, origins: NDArray[np.int64], errors: Floats, start: Floats) -> dict[str, Any]:
    usual = band.RATE
    band.RATE = rate
    try:
        return judged(origins, errors, start)
    finally:
        band.RATE = usual


def errors_in(prepared: Prepared, forecaster: Forecaster, part: range) -> tuple[NDArray[np.int64], Floats]:
    origins, truth = prepared.reaching(part)
    return origins, forecaster.predict(origins) - truth


def measured(name: str) -> dict[str, Any]:
    """Before and after on the test part; and by rate on the second half of the calibration part, from the first on."""
    forecaster = trained(name)
    prepared = forecaster.prepared
    calibration, test = prepared.split.calibration, prepared.split.test
    middle = (calibration.start + calibration.stop) // 2
    first, second = range(calibration.start, middle), range(middle, calibration.stop)
    origins, errors = errors_in(prepared, forecaster, test)
    half = calibrated(errors_in(prepared, forecaster, first)[1])
    later = errors_in(prepared, forecaster, second)
    return {
        "series": name,
        "calibration": prepared.known_in(calibration),
        "points": prepared.known_in(test),
        "before": at_rate(0.0, origins, errors, forecaster.band.half_width),
        "after": judged(origins, errors, forecaster.band.half_width),
        "by_rate": {str(rate): at_rate(rate, *later, half) for rate in RATES},
    }


def ratio(result: dict[str, Any], what: str, level: int, then: str = "after", now: str = "before") -> float:
    """Geometric mean over the steps of the horizon of after / before."""
    return float(np.exp(np.mean(np.log(np.array(result[then][what][level]) / np.array(result[now][what][level])))))


def kept(shares: list[float], level: float) -> int:
    """How many of these shares are near enough to the level."""
    return int(np.sum(np.abs(np.array(shares) - level) <= NEAR + 1e-9))


def line(result: dict[str, Any]) -> str:
    nine = LEVELS.index(band.LEVEL)
    cells = [result["series"], str(result["calibration"]), str(result["points"])]
    for when in ("before", "after"):
        cells.append(f"{100 * result[when]['one_step'][nine]:.0f} / {100 * result[when]['horizon'][nine]:.0f}")
    for index, level in enumerate(LEVELS):
        if level != band.LEVEL:
            one, far = result["after"]["one_step"][index], result["after"]["horizon"][index]
            cells.append(f"{100 * one:.0f} / {100 * far:.0f}")
    cells += [f"{ratio(result, what, nine):.2f}" for what in ("winkler", "width")]
    return f"| {' | '.join(cells)} |"


def table(results: list[dict[str, Any]]) -> list[str]:
    """The Markdown table, and what it says in total."""
    others = [f"{100 * level:.0f} %" for level in LEVELS if level != band.LEVEL]
    head = ["series", "calibration", "test", "90 % before", "90 % now", *others, "Winkler score", "width"]
    lines = [f"| {' | '.join(head)} |", f"|---{'|---:' * (len(head) - 1)}|", *map(line, results), ""]
    nine = LEVELS.index(band.LEVEL)
    counts = {
        (when, what): kept([result[when][what][nine] for result in results], band.LEVEL)
        for when in ("before", "after")
        for what in ("one_step", "horizon")
    }
    both = sum(
        kept([result["after"]["one_step"][nine]], band.LEVEL) and kept([result["after"]["horizon"][nine]], band.LEVEL)
        for result in results
    )
    total = {what: _mean([ratio(result, what, nine) for result in results]) for what in ("winkler", "width")}
    lines.append(
        f"Share of the test values that the band holds, in %, one step ahead / over the horizon of "
        f"{TrainConfig.horizon}; before: calibrated and left as it is. Within 87 to 93 % one step ahead on "
        f"{counts['after', 'one_step']} of {len(results)} series (before {counts['before', 'one_step']}), over the "
        f"horizon on {counts['after', 'horizon']} (before {counts['before', 'horizon']}), both on {both}. Winkler "
        f"score (width, and 20 times what a miss is outside by; lower is better) and width of the 90 % band: now over "
        f"before, geometric mean over the steps; over all series {total['winkler']:.2f} and {total['width']:.2f}. "
        "Written by `python -m benchmarks.band`."
    )
    return lines


def rates(results: list[dict[str, Any]]) -> list[str]:
    """What each rate does to the calibration parts' second halves."""
    nine = LEVELS.index(band.LEVEL)
    head = "| rate | one step ahead, of " + f"{len(results)} | over the horizon | off by, one step | off by, horizon "
    lines = [head + "| Winkler score | width |", "|---:|---:|---:|---:|---:|---:|---:|"]
    for rate in map(str, RATES):
        shares = {what: [result["by_rate"][rate][what][nine] for result in results] for what in ("one_step", "horizon")}
        off = {what: 100 * np.mean(np.abs(np.array(one) - band.LEVEL)) for what, one in shares.items()}
        of = [{"after": result["by_rate"][rate], "before": result["by_rate"]["0.0"]} for result in results]
        score, width = (_mean([ratio(one, what, nine) for one in of]) for what in ("winkler", "width"))
        counts = [kept(one, band.LEVEL) for one in shares.values()]
        cells = [rate, *map(str, counts), *(f"{one:.1f}" for one in off.values()), f"{score:.3f}", f"{width:.3f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _mean(ratios: list[float]) -> float:
    return float(np.exp(np.mean(np.log(ratios))))


def main(names: list[str]) -> None:
    torch.set_num_threads(1)
    results = []
    for name in names or builtin.names():
        results.append(stored.plain(measured(name)))
        print(line(results[-1]), flush=True)
    print("\n".join([*table(results), "", *rates(results)]))
    if not names:
        stored.save(NAME, results, RESULTS, maker="benchmarks.band")
        write_between(PAGE, "band-table", table(results))
        write_between(PAGE, "band-rates", rates(results))


if __name__ == "__main__":
    main(sys.argv[1:])
