"""The study of the intervals' coverage: its errors are what they are called, its counts right, its page current."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import RESULTS, horizon_intervals, intervals
from benchmarks.docs_tables import between
from benchmarks.intervals import Case, autoregressive, overlapping, politis_white
from liquid.learning.comparison import RmseRatio
from liquid.studies import stored


def test_errors_have_the_spread_dependence_and_ratio_that_their_case_says() -> None:
    rng = np.random.default_rng(0)
    for heavy in (False, True):
        error = autoregressive(0.9, heavy=heavy)(rng, 20, 20_000)
        assert np.mean(error**2) == pytest.approx(1.0, rel=0.05)
        assert np.mean(error[:, 1:] * error[:, :-1]) == pytest.approx(0.9, rel=0.05)
    ahead = overlapping(12)(rng, 20, 20_000)
    for lag, expected in ((0, 1.0), (6, 0.5), (12, 0.0)):
        assert np.mean(ahead[:, lag:] * ahead[:, : 20_000 - lag]) == pytest.approx(expected, abs=0.03)
    white = autoregressive(0.0)
    error, other = Case("", white, white, shared=0.5, ratio=0.8, missing=0.25).errors(rng, 20, 20_000)
    assert np.sqrt(np.nanmean(error**2)) == pytest.approx(0.8, rel=0.01)
    assert np.nanmean(error * other) == pytest.approx(0.8 * 0.5, rel=0.05)
    assert np.mean(np.isnan(error)) == pytest.approx(0.25, abs=0.01)


def test_what_is_counted() -> None:
    unknown = RmseRatio(1.0, np.nan, np.nan)
    found = [RmseRatio(1.0, 0.5, 2.0), RmseRatio(1.0, 0.25, 4.0), RmseRatio(3.0, 1.5, 6.0), unknown]
    shares = intervals._shares(found, 1.0)
    assert shares == {"given": 75.0, "covering": pytest.approx(200 / 3), "wrong": 25.0, "width": pytest.approx(1.0)}


def test_blocks_grow_with_the_dependence() -> None:
    """On an AR(1) the best length is (2 phi / (1 - phi^2))^(2/3) (3 n / 2)^(1/3) (Politis and White, eq. 9 and 14)."""
    lengths = []
    for phi in (0.0, 0.5, 0.8):
        series = autoregressive(phi)(np.random.default_rng(1), 20, 2000)
        lengths.append(float(np.median([politis_white(z) for z in series])))
        assert lengths[-1] == pytest.approx(max(1.0, np.cbrt((2 * phi / (1 - phi**2)) ** 2 * 1.5 * 2000)), rel=0.25)
    assert lengths == sorted(lengths)


def test_the_page_is_what_the_script_writes() -> None:
    expected = intervals.tables(stored.load(intervals.NAME, RESULTS))
    assert between(intervals.PAGE, intervals.NAME) == "\n".join(expected)


def test_the_table_over_a_horizon_is_what_its_script_writes() -> None:
    expected = horizon_intervals.tables(stored.load(horizon_intervals.NAME, RESULTS))
    assert between(horizon_intervals.PAGE, horizon_intervals.NAME) == "\n".join(expected)


def test_errors_over_a_horizon_have_the_ratio_that_their_case_says_each_step_on_the_same_values() -> None:
    for case in horizon_intervals.cases():
        error, other = case.draw(np.random.default_rng(3), 40_000)
        assert np.isfinite(error).sum(axis=0).tolist() == [40_000] * horizon_intervals.STEPS
        ratio = np.sqrt(np.nanmean(error**2) / np.nanmean(other**2))
        assert ratio == pytest.approx(case.ratio, rel=0.06), case.name
