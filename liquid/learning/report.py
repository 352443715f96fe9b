"""A trained model beside the baselines, on the same points of the test part, and what its band kept there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import betabinom

from liquid.answers import Answer
from liquid.errors import LiquidError
from liquid.learning.band import LEVEL, LEVELS, ends, holds, percent
from liquid.learning.comparison import evenly, rmse_ratio
from liquid.learning.data import Columns
from liquid.learning.forecaster import Forecaster
from liquid.learning.metrics import measure
from liquid.learning.verdict import Row, answer, first_step
from liquid.models.baseline import Baseline
from liquid.models.registry import BASELINES, MODELS
from liquid.series.series import Series, Stamps
from liquid.series.windows import Floats, rms
from liquid.series.words import enumerated

RECURRING = 0.01  # of the training part: outliers that come so often are hardly slips
LITTLE = 0.1  # below the level: by so much chance may move the share that a band holds before a sentence says so


@dataclass(frozen=True)
class Report:
    """The test part in numbers. All arrays are in the series' units.

    `one_step[k]` forecasts the value at `stamps[k]`, which is `truth[k]`, NaN if it is missing; `points` of them are
    known, and nothing is measured on the others. `rows` has the model first. `low` and `high`, `[levels, points]`, are
    the ends of the band one step ahead, as it was at each origin; `coverage[levels, horizon]` is the share of true
    values inside it. `left_out` says of each baseline that could not be fitted why.
    """

    stamps: Stamps
    truth: Floats
    one_step: Floats
    one_step_members: Floats
    levels: tuple[float, ...]
    low: Floats
    high: Floats
    rows: tuple[Row, ...]
    coverage: Floats
    points: int
    thinned: bool
    season: int | None
    calibration: int
    left_out: tuple[str, ...] = ()

    @property
    def answer(self) -> Answer:
        """Whether the model is better than the best baseline, over the horizon."""
        return answer(self.rows)

    @property
    def first_step(self) -> str:
        """The same one step ahead, in a sentence."""
        return first_step(self.rows)

    @property
    def sentence(self) -> str:
        """Both as text."""
        return f"{self.answer.sentence} {self.first_step}".rstrip()

    @property
    def band_sentence(self) -> str:
        return self.band_words()

    def band_words(self, level: float = LEVEL) -> str:
        """The band's promise at one of its levels beside what it kept on the test part."""
        return band_sentence(self.coverage[self.levels.index(level)], self.calibration, self.points, level)

    # RMSE(one network) / RMSE(mean of all)
    @property
    def luck_sentence(self) -> str:
        """What the seed decides: each network's error alone beside that of all; empty for one, or without an error."""
        members, together = self.one_step_members, self.rows[0].one_step.rmse
        if len(members) < 2 or not together > 0:
            return ""
        alone = rms((members - self.truth).T) / together
        return (
            f"The seed's luck: alone, each of the {len(members)} networks makes {alone.min():.2f} to "
            f"{alone.max():.2f} times the RMSE of all together, one step ahead on the test part."
        )

    def within(self, level: float = LEVEL) -> tuple[Floats, Floats]:
        """Both ends of the band one step ahead, `[points]`."""
        index = self.levels.index(level)
        return self.low[index], self.high[index]


def evaluate(forecaster: Forecaster, series: Series) -> tuple[Report, Forecaster]:
    """Forecast every point of the test part with the model and with each baseline; nothing is fitted on it.

    Only the band learns from it, value by value as they become known; it comes back with the forecaster.
    """
    prepared, horizon = forecaster.prepared, forecaster.config.horizon
    observed, split = prepared.observed, prepared.split
    origins, truth = prepared.reaching(split.test)
    next_is_test = origins + 1 >= split.test.start
    one_step_truth = truth[next_is_test, 0]

    train = observed[: split.train.stop]
    members = forecaster.predict_members(origins)
    forecasts = {forecaster.config.model: members.mean(axis=0)}
    fitted, left_out = baselines(forecaster)
    for name, baseline in fitted.items():
        forecasts[name] = baseline.predict(prepared.read, origins, horizon)
    errors = {name: forecast - truth for name, forecast in forecasts.items()}
    own = errors[forecaster.config.model]
    rows = tuple(
        Row(
            name=name,
            one_step=measure(one_step_truth, forecasts[name][next_is_test, 0], train),
            horizon_rmse=rms(error),
            ratio=rmse_ratio(*(evenly(origins[next_is_test], one[next_is_test, 0]) for one in (own, error))),
            horizon_ratio=rmse_ratio(*(evenly(origins, one) for one in (own, error))),
        )
        for name, error in errors.items()
    )
    width, floor, after = forecaster.told(origins, own)
    forecast = forecasts[forecaster.config.model]
    low, high = ends(forecast, width, floor[:, None])
    inside = holds(own, width, truth, floor[:, None])  # what lies outside of the test part is NaN
    report = Report(
        stamps=series.stamps()[origins[next_is_test] + 1],
        truth=one_step_truth,
        one_step=forecast[next_is_test, 0],
        one_step_members=members[:, next_is_test, 0],
        levels=LEVELS,
        low=low[:, next_is_test, 0],
        high=high[:, next_is_test, 0],
        rows=rows,
        coverage=inside.sum(axis=1) / np.isfinite(truth).sum(axis=0),
        points=int(np.isfinite(one_step_truth).sum()),
        thinned=len(one_step_truth) < len(split.test),
        season=prepared.season,
        calibration=prepared.known_in(split.calibration),
        left_out=left_out,
    )
    return report, after


def baselines(forecaster: Forecaster, names: Sequence[str] = BASELINES) -> tuple[dict[str, Baseline], tuple[str, ...]]:
    """The baselines of these names, fitted: all but the model itself, and the seasonal ones if there is a season; and
    of those that cannot be fitted, why."""
    prepared = forecaster.prepared
    rules, left_out = dict[str, Baseline](), []
    for kind in (MODELS[name] for name in names):
        if kind.name == forecaster.config.model or (kind.seasonal and prepared.season is None):
            continue
        try:
            rules[kind.name] = kind.load().fit(prepared.read, prepared.split, prepared.season)
        except LiquidError as error:
            left_out.append(str(error))
    return rules, tuple(left_out)


def missing_sentence(series: Series, target: str, horizon: int) -> str:
    """How much of the target is missing, and what becomes of it; empty if nothing is."""
    known, end = series.known(target), series.known_end(target)
    gaps, ahead = int((~known[:end]).sum()), len(series) - end
    sentences = []
    if gaps:
        sentences.append(
            f"{gaps:,} of {end:,} values of '{target}' are missing: models read the last known one instead, and "
            "nothing is measured there."
        )
    if ahead:
        rows = "The last row has" if ahead == 1 else f"The last {ahead:,} rows have"
        more = f", the first {horizon} of them; a longer horizon reaches further" if ahead > horizon else ""
        sentences.append(f"{rows} no '{target}' yet: that is what is forecast{more}.")
    return " ".join(sentences)


def outlier_sentence(columns: Columns, series: Series, treatment: str) -> str:
    """How many values are far from those just before them, where, and what is done about it; empty if none is."""
    outside = columns.usual.outside(columns.values)
    if not (count := int(outside.sum())):
        return ""
    split = columns.split
    parts = {
        "training": split.train,
        "validation": split.validation,
        "calibration": split.calibration,
        "testing": split.test,
    }
    inside = {name: int(outside[part.start : part.stop].sum()) for name, part in parts.items()}
    lost = inside["testing"]
    row, column = (int(place[-1]) for place in np.nonzero(outside))
    label = series.stamp_labels(series.time[row : row + 1])[0]
    example = f"{columns.values[row, column]:.6g} in '{columns.names[column]}' at {label}"
    are = "1 value is" if count == 1 else f"{count:,} values are"
    shares = [(f"{number:,} " if number < count else "", name) for name, number in inside.items() if number]
    where = enumerated([f"{share}in the part for {name}" for share, name in shares])
    done = {
        "keep": "Left as they are",
        "clip": "Read and learned from as if they were at the limit, and measured as they are",
        "missing": "They count as missing: nothing is learned or measured there"
        + (f", so {lost:,} of the part for testing {'is' if lost == 1 else 'are'} not scored" if lost else ""),
    }[treatment]
    known = np.isfinite(columns.values[columns.split.train.start : columns.split.train.stop]).sum()
    recur = " So many recur that they may belong to the series." if inside["training"] > RECURRING * known else ""
    return f"{are} far from those just before ({where}), such as {example}. {done}.{recur}"


def band_sentence(coverage: Floats, calibration: int, points: int, level: float = LEVEL) -> str:
    """The promise of a band beside what it kept on the test part, `coverage[horizon]`."""
    first, mean = 100 * coverage[0], 100 * float(coverage.mean())
    held = (
        f"The {percent(level)} band, calibrated on {calibration:,} held-out points, holds {first:.0f} % of the "
        f"{points:,} test values one step ahead and {mean:.0f} % over the whole horizon."
    )
    fewest = least_by_chance(calibration, points, level)
    if coverage[0] < fewest:
        return f"{held} Chance alone would rarely hold under {100 * fewest:.0f} %: the series has changed since then."
    if int(np.ceil((calibration + 1) * level)) > calibration:
        return f"{held} So few calibration points cannot promise that level."
    if fewest < level - LITTLE:
        return f"{held} So few points promise little: chance alone moves such a share as low as {100 * fewest:.0f} %."
    return held


# With the residual of rank k of n as half width, coverage is Beta(k, n + 1 - k); counted on m values, beta-binomial.
def least_by_chance(calibration: int, points: int, level: float = LEVEL) -> float:
    """The share that 97.5 % of bands that stay as they are hold on `points` values, if these behave as the
    `calibration` ones did.

    Source: Angelopoulos and Bates, A Gentle Introduction to Conformal Prediction, 2021, section 3.2.
    """
    rank = min(int(np.ceil((calibration + 1) * level)), calibration)
    return float(betabinom(points, rank, calibration + 1 - rank).ppf(0.025)) / points
