"""Two runs side by side: which settings differ, their errors, and, on the same values, how sure the difference is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from liquid.learning.comparison import RmseRatio, evenly, rmse_ratio
from liquid.learning.config import OF_ALL, TrainConfig
from liquid.learning.run import Run
from liquid.studies.compare.report import ratio_words
from liquid.studies.statistics import digits

NAMES = ("A", "B")
FEWEST_COMMON = 2  # test values that both have


@dataclass(frozen=True)
class Beside:
    """Two runs: `settings` are those that differ, by name, as text; `first` is RMSE of A over that of B one step ahead
    on their `common` test values, and `whole` that over the `steps` that both forecast. None where they have no such
    values, or are not of the same series and target: `apart` says why."""

    settings: tuple[tuple[str, str, str], ...]
    apart: str
    first: RmseRatio | None = None
    whole: RmseRatio | None = None
    steps: int = 1
    common: int = 0


def beside(a: Run, b: Run) -> Beside:
    """Two runs, compared as far as they can be. If both forecast more than one step, they do it again."""
    apart, settings = _apart(a, b), _differing(a, b)
    if apart:
        return Beside(settings, apart)
    rows, of_a, of_b = np.intersect1d(_rows(a), _rows(b), return_indices=True)
    errors = [one.report.one_step[at] - one.report.truth[at] for one, at in ((a, of_a), (b, of_b))]
    common = int(np.isfinite(errors).all(axis=0).sum())
    if common < FEWEST_COMMON:
        return Beside(settings, apart)
    first = rmse_ratio(*(evenly(rows, error) for error in errors))
    steps = min(a.config.horizon, b.config.horizon)
    return Beside(settings, apart, first, first if steps == 1 else _over_horizon(a, b, steps), steps, common)


def _over_horizon(a: Run, b: Run, steps: int) -> RmseRatio:
    """RMSE of A over that of B, 1 to `steps` ahead: each step on the same values of the test part."""
    reached = [run.forecaster.prepared.reaching(run.forecaster.prepared.split.test) for run in (a, b)]
    origins, of_a, of_b = np.intersect1d(reached[0][0], reached[1][0], return_indices=True)
    errors = [
        run.forecaster.predict(origins)[:, :steps] - truth[at, :steps]
        for run, (_, truth), at in zip((a, b), reached, (of_a, of_b), strict=True)
    ]
    return rmse_ratio(*(evenly(origins, error) for error in errors))


def _apart(a: Run, b: Run) -> str:
    """Why forecasts of the two do not belong on one chart; empty if they do."""
    of_a, of_b = (run.series.select(run.forecaster.prepared.names[:1]) for run in (a, b))
    if of_a.names != of_b.names:
        return "They forecast different columns, so only settings and errors stand side by side."
    same = np.array_equal(of_a.time, of_b.time) and np.array_equal(of_a.values, of_b.values, equal_nan=True)
    if of_a.time_kind != of_b.time_kind or not same:
        return "They are of different series, so only settings and errors stand side by side."
    return ""


def _rows(run: Run) -> NDArray[np.int64]:
    """The rows of the series that its test forecasts are of."""
    return np.searchsorted(run.series.stamps(), run.report.stamps)


def _differing(a: Run, b: Run) -> tuple[tuple[str, str, str], ...]:
    """Series, target, and every setting that one of the models has, where they differ."""
    told = [_settings(one) for one in (a, b)]
    names = dict.fromkeys([*told[0], *told[1]])
    pairs = ((name, *(one.get(name, "none") for one in told)) for name in names)
    return tuple((name, left, right) for name, left, right in pairs if left != right)


def _settings(run: Run) -> dict[str, str]:
    config, series = run.config, run.series
    names = [field.name for field in fields(TrainConfig) if field.name in {*OF_ALL, *config.kind.settings}]
    values = {name: getattr(config, name) for name in names} | {"target": run.forecaster.prepared.names[0]}
    if "learning_rate" in values:
        values["learning_rate"] = f"{config.rate:g}"
    if "inputs" in values:
        values["inputs"] = ", ".join(run.forecaster.prepared.names[1:]) or "none"
        values["ahead"] = ", ".join(run.config.ahead) or "none"
    return {"series": series.title, "rows": f"{len(series):,}"} | {name: str(value) for name, value in values.items()}


def error_table(a: Run, b: Run) -> Mapping[str, ArrayLike]:
    """One row per measure, a column for each run; errors in the series' units."""
    columns = {}
    for name, run in zip(NAMES, (a, b), strict=True):
        row = run.report.rows[0]
        columns[name] = [
            digits(row.rmse),
            digits(row.one_step.rmse),
            digits(row.one_step.nrmse),
            digits(row.one_step.mase),
            digits(float(row.horizon_rmse[-1])),
            f"{run.report.points:,}",
            f"{run.finished.seconds:.1f}",
        ]
    measures = ["RMSE, all steps", "RMSE, one step", "NRMSE, one step", "MASE, one step", "RMSE, last step"]
    return {"measure": [*measures, "test values", "seconds of training"], **columns}


def ratio_sentence(found: Beside) -> str:
    """How the two forecast the same values over the horizon, then one step ahead, and how sure that is."""
    if found.first is None or found.whole is None:
        return found.apart or "They have no test values in common."
    same = f"on the {found.common:,} test values that both forecast."
    one_step = ratio_words(found.first)
    if found.steps == 1:
        return f"One step ahead, A's RMSE is {one_step} times B's, {same}"
    ahead = f"1 to {found.steps} steps ahead, A's RMSE is {ratio_words(found.whole)} times B's"
    return f"{ahead}, and one step ahead {one_step} times, {same}"
