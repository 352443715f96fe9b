"""Outliers: found where they were planted, by limits that no test value moves; and none that was clipped is scored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from liquid.learning.config import TrainConfig
from liquid.learning.data import MOST_TARGETS, checked, farthest, prepare, seasonal_window
from liquid.learning.outliers import BEFORE, Limits, median_before
from liquid.learning.report import outlier_sentence
from liquid.learning.run import Run
from liquid.runs.format import from_files, to_files
from liquid.series import builtin
from liquid.series.series import Series, from_columns

Small = Callable[..., TrainConfig]
Train = Callable[[Series, TrainConfig], Run]
PLANTED = {20: 12.0, 61: -9.0, 130: 11.0, 172: -14.0, 190: 10.0}  # 55, 12, 13 and 20 % of 200 rows are the parts


@pytest.fixture
def spiked() -> Series:
    """A noisy wave with single values far off: two in the training part, one in validation, two in the test part."""
    rng = np.random.default_rng(3)
    values = np.sin(np.arange(200) / 5) + 0.1 * rng.normal(size=200)
    values[list(PLANTED)] += list(PLANTED.values())
    return from_columns({"y": values, "steady": rng.normal(size=200)}, "spiked")


def test_the_median_of_those_before_is_numpys_and_needs_three() -> None:
    rng = np.random.default_rng(0)
    values = np.where(rng.random((60, 2)) < 0.4, np.nan, rng.normal(size=(60, 2)))
    found = median_before(values)
    for row in range(60):
        before = values[max(row - BEFORE, 0) : row]
        for column in range(2):
            known = before[:, column][np.isfinite(before[:, column])]
            expected = np.median(known) if len(known) >= 3 else np.nan
            np.testing.assert_allclose(found[row, column], expected, rtol=1e-15)


def test_planted_outliers_are_found_and_no_others(spiked: Series, small: Small) -> None:
    columns = checked(spiked, small(inputs=("steady",)))
    outside = columns.usual.outside(columns.values)
    assert np.flatnonzero(outside[:, 0]).tolist() == list(PLANTED)
    assert not outside[:, 1].any()
    sentence = outlier_sentence(columns, spiked, "keep")
    assert sentence.startswith(
        "5 values are far from those just before (2 in the part for training, 1 in the part for validation and 2 in "
        "the part for testing), such as"
    )
    assert "in 'y' at 190. Left as they are." in sentence
    assert outlier_sentence(checked(spiked.select(("steady",)), small()), spiked, "keep") == ""


def test_a_single_outlier_is_said_to_be_in_its_part(small: Small) -> None:
    values = np.random.default_rng(0).normal(size=200)
    values[120] = 1e3  # in the part for validation
    series = from_columns({"y": values}, "one")
    sentence = outlier_sentence(checked(series, small()), series, "keep")
    assert sentence.startswith("1 value is far from those just before (in the part for validation), such as 1000 in")


def test_the_limits_are_a_closed_form() -> None:
    train = np.random.default_rng(2).normal(size=(41, 1))
    surprise = np.array([train[row, 0] - np.median(train[max(row - 7, 0) : row, 0]) for row in range(3, 41)])
    limits = Limits.fit(train)
    assert limits.centre[0] == np.median(surprise)
    assert limits.width[0] == pytest.approx(8 * 1.4826 * np.median(np.abs(surprise - np.median(surprise))), rel=1e-12)
    rain = np.zeros((100, 1))
    rain[::11] = np.arange(10.0)[:, None]  # more than half of the surprises are 0: those of rain count
    assert np.isfinite(Limits.fit(rain).width[0])
    assert not Limits.fit(rain).outside(rain).any()
    assert np.isinf(Limits.fit(np.ones((50, 1))).width[0])  # nothing tells


def test_a_lasting_shift_is_no_outlier_after_four_rows() -> None:
    rng = np.random.default_rng(1)
    values = 0.1 * rng.normal(size=(100, 1))
    limits = Limits.fit(values)
    values[60:] += 50
    assert np.flatnonzero(limits.outside(values)).tolist() == [60, 61, 62, 63]


@pytest.mark.parametrize("treatment", ["clip", "missing"])
def test_no_later_value_moves_limits_or_what_is_read_before_it(spiked: Series, small: Small, treatment: str) -> None:
    config = small(inputs=("steady",), outliers=treatment)
    prepared = prepare(spiked, config)
    start = prepared.split.test.start
    values = spiked.values.copy()
    values[start:] = values[start:][::-1]
    values[start + 5] = 1e3
    other = prepare(replace(spiked, values=values), config)
    assert prepared.limits is not None
    assert other.limits is not None
    for name in ("centre", "width"):
        np.testing.assert_array_equal(getattr(prepared.limits, name), getattr(other.limits, name))
    for name in ("channels", "observed", "read", "age"):
        np.testing.assert_array_equal(getattr(prepared, name)[:start], getattr(other, name)[:start])
    values = spiked.values.copy()
    values[180] = 1e3
    other = prepare(replace(spiked, values=values), config)
    after = 180 + BEFORE + 1  # the row itself and the seven that it is before
    np.testing.assert_array_equal(other.read[after:], prepared.read[after:])


def test_clipped_values_are_read_and_learned_from_and_never_scored(spiked: Series, small: Small) -> None:
    prepared = prepare(spiked, small(outliers="clip"))
    np.testing.assert_array_equal(prepared.observed, spiked.values[:, 0])
    changed = np.flatnonzero(prepared.read != prepared.observed)
    assert changed.tolist() == list(PLANTED)
    limits = prepared.limits
    assert limits is not None
    usual = median_before(spiked.values[:, :1])[changed, 0] + limits.centre[0]
    np.testing.assert_allclose(np.abs(prepared.read[changed] - usual), limits.width[0])
    np.testing.assert_array_equal(prepared.channels[:, 0], prepared.read)
    for part, truth in (
        (prepared.split.validation, prepared.read),
        (prepared.split.calibration, prepared.observed),
        (prepared.split.test, prepared.observed),
    ):
        origins, ahead = prepared.reaching(part)
        first = origins + 1 >= part.start
        np.testing.assert_array_equal(ahead[first, 0], truth[origins[first] + 1])


def test_outliers_that_are_missing_are_blanked_cells_bit_for_bit(
    spiked: Series, small: Small, train_run: Train
) -> None:
    values = spiked.values.copy()
    values[list(PLANTED), 0] = np.nan
    treated = train_run(spiked, small(outliers="missing"))
    blanked = train_run(replace(spiked, values=values), small())
    np.testing.assert_array_equal(treated.report.truth, blanked.report.truth)
    np.testing.assert_array_equal(treated.forecast.mean, blanked.forecast.mean)
    np.testing.assert_array_equal(treated.report.coverage, blanked.report.coverage)
    assert treated.report.points == 38
    assert "2 of the part for testing are not scored" in outlier_sentence(
        checked(spiked, treated.config), spiked, "missing"
    )
    late = [row for row in PLANTED if row >= treated.forecaster.prepared.split.test.start]
    calm = spiked.values.copy()
    calm[late] = calm[np.array(late) - 1]
    early = replace(spiked, values=calm)
    assert "not scored" not in outlier_sentence(checked(early, treated.config), early, "missing")


@pytest.mark.parametrize("model", ["Liquid", "Linear AR"])
def test_a_run_with_clipped_outliers_is_saved_with_its_limits(
    spiked: Series, small: Small, train_run: Train, model: str
) -> None:
    done = train_run(spiked, small(model=model, outliers="clip"))
    np.testing.assert_array_equal(done.report.truth, spiked.values[done.forecaster.prepared.split.test, 0])
    again, _ = from_files(to_files(done))
    for name in ("read", "observed", "channels"):
        one, other = (getattr(run.forecaster.prepared, name) for run in (done, again))
        np.testing.assert_array_equal(one, other)
    origins = np.arange(150, 199)
    np.testing.assert_array_equal(done.forecaster.predict(origins), again.forecaster.predict(origins))
    assert done.outliers.startswith("5 values are far from those just before")
    assert again.outliers == done.outliers
    kept = train_run(spiked, small(model=model))
    assert kept.outliers == ""
    assert not np.array_equal(kept.report.one_step, done.report.one_step)


def test_a_window_sees_a_season_of_the_training_part_alone() -> None:
    def series(period: int, rows: int) -> Series:
        rng = np.random.default_rng(0)
        return from_columns({"y": np.sin(2 * np.pi * np.arange(rows) / period) + 0.1 * rng.normal(size=rows)}, "wave")

    assert seasonal_window(series(100, 1000), "y") == 100
    assert seasonal_window(series(20, 1000), "y") == TrainConfig.window
    given = replace(series(300, 1000), season=300)
    assert seasonal_window(given, "y") == 550 // 3  # at most a third of the training part
    wave = series(100, 1000)
    values = wave.values.copy()
    values[550:] = np.random.default_rng(1).normal(size=(450, 1))
    assert seasonal_window(replace(wave, values=values), "y") == 100


def test_the_data_carry_what_a_training_accepts(small: Small) -> None:
    for rows in (100, 200, 400):
        series = from_columns({"y": np.random.default_rng(0).normal(size=rows)}, "noise")
        most = farthest(series, "y")
        checked(series, small(horizon=most))
        assert most == min(200, 2 * round(0.55 * rows) // 3, MOST_TARGETS // rows)


def test_of_the_built_ins_three_have_outliers() -> None:
    some = set()
    for name in builtin.names():
        columns = checked(builtin.load(name), TrainConfig(horizon=5))
        if columns.usual.outside(columns.values).any():
            some.add(name)
    assert some == {"ecg", "water-flow", "switching-walk"}  # docs/reading.md


@pytest.mark.parametrize("treatment", ["clip", "missing"])
def test_a_season_is_sought_in_what_is_read(treatment: str) -> None:
    """Spikes hide a season of 80 samples from whoever leaves them as they are."""
    rng, t = np.random.default_rng(0), np.arange(1000)
    values = np.sin(2 * np.pi * t / 80) + 0.05 * rng.normal(size=1000)
    values[rng.permutation(600)[:12]] += 30
    spiked = from_columns({"y": values}, "spiked")
    asked = TrainConfig(model="Seasonal naive", horizon=2)
    assert prepare(spiked, asked).season is None
    assert seasonal_window(spiked, "y") == TrainConfig.window
    treated = prepare(spiked, replace(asked, outliers=treatment))
    assert treated.season == pytest.approx(80, abs=1)
    assert seasonal_window(spiked, "y", treatment) == treated.season
