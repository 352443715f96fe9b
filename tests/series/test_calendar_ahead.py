"""Calendar columns against dates that everybody can look up, and what a file knows of the times to come."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from liquid.errors import LiquidError
from liquid.series.known_ahead import (
    HOLIDAYS,
    HOUR,
    MONTH,
    WEEKDAY,
    ahead_sentence,
    calendar_columns,
    features_of,
    is_calendar,
    known_ahead,
)
from liquid.series.series import Series

DAY = 86_400.0
START = 19_723 * DAY  # 2024-01-01, a Monday


def dated(days: int, step: float = DAY, **others: object) -> Series:
    time = START + step * np.arange(days)
    made = Series(time=time, values=np.arange(days, dtype=float)[:, None], names=("y",), title="d", time_kind="date")
    return replace(made, **others)


def test_weekdays_are_told_apart_and_come_back_after_seven_days() -> None:
    known = known_ahead(dated(60), (WEEKDAY,), 60, 10)
    assert known.shape == (70, features_of(WEEKDAY))
    np.testing.assert_allclose(known[7:], known[:-7], atol=1e-12)
    week = np.column_stack([known[:7], np.ones(7)])
    assert np.linalg.matrix_rank(week) == 7  # any effect of the seven days is a sum of these
    shifted = known_ahead(replace(dated(60), time=dated(60).time + DAY), (WEEKDAY,), 60, 0)
    np.testing.assert_allclose(shifted[:-1], known[1:60], atol=1e-12)


def test_hours_are_those_of_the_series_own_clock_through_a_change_to_summer_time() -> None:
    """2024-03-31 in Berlin: at 01:00 UTC the clocks go from 2 to 3."""
    start = 19_813 * DAY  # 2024-03-31 00:00 UTC, 01:00 in Berlin
    time = start + 3600.0 * np.arange(48)
    series = Series(time=time, values=np.ones((48, 1)), names=("y",), title="h", time_kind="date", zone="Europe/Berlin")
    known = known_ahead(series, (HOUR,), 48, 0)
    shown = np.arctan2(known[:, 0], known[:, 3]) / (2 * np.pi) * 24 % 24  # the first wave's angle
    np.testing.assert_allclose(shown[:3], [1, 3, 4], atol=1e-9)
    np.testing.assert_allclose(known_ahead(replace(series, zone="UTC"), (HOUR,), 48, 0)[0, :3], 0, atol=1e-12)


def test_months_hold_from_their_first_day_to_their_last() -> None:
    known = known_ahead(dated(366), (MONTH,), 366, 1)
    assert len(np.unique(known.round(9), axis=0)) == 12
    np.testing.assert_array_equal(known[0], known[30])  # 1 and 31 January
    assert not np.array_equal(known[30], known[31])
    np.testing.assert_allclose(known[366], known[0], atol=1e-12)  # the next January, beyond the series


def test_holidays_are_those_of_the_country() -> None:
    known = known_ahead(dated(366), (HOLIDAYS + "DE", HOLIDAYS + "US"), 366, 1)
    german, american = (np.flatnonzero(column) for column in known.T)
    # 2024: New Year, Good Friday, Easter Monday, 1 May, Ascension, Whit Monday, 3 October, 25 and 26 December
    assert german.tolist() == [0, 88, 91, 121, 129, 140, 276, 359, 360, 366]
    assert {0, 185, 359} <= set(american.tolist())  # and 4 July
    assert 276 not in american
    assert is_calendar(HOLIDAYS + "DE")
    with pytest.raises(LiquidError, match=r"'Atlantis'.*two letters"):
        is_calendar(HOLIDAYS + "Atlantis")


def test_a_calendar_column_is_offered_where_the_sampling_sees_it_and_refused_without_dates() -> None:
    seen = {
        7 * DAY: (MONTH,),
        DAY: (WEEKDAY, MONTH, HOLIDAYS),
        3600.0: (HOUR, WEEKDAY, MONTH, HOLIDAYS),
        900.0: (HOUR, WEEKDAY, MONTH, HOLIDAYS),
        60.0: (HOUR, WEEKDAY, MONTH),  # a sensor knows no holidays
        10.0: (HOUR,),
        0.001: (),
    }
    assert {step: calendar_columns(dated(60, step)) for step in seen} == seen
    counted = Series(time=np.arange(9.0), values=np.ones((9, 1)), names=("y",), title="counted", time_kind="number")
    assert calendar_columns(counted) == ()
    with pytest.raises(LiquidError, match="needs dates"):
        known_ahead(counted, (HOUR,), 9, 1)


def test_rows_after_the_target_are_read_as_far_as_the_file_goes() -> None:
    values = np.column_stack([np.r_[np.arange(50.0), np.full(4, np.nan)], np.arange(54.0)])
    series = dated(54, values=values, names=("y", "promo"))
    known = known_ahead(series, ("promo",), 50, 6)
    np.testing.assert_array_equal(known[:, 0], [*range(54), np.nan, np.nan])
    assert ahead_sentence(series, "y", ("promo", WEEKDAY), 4) == ""
    assert ahead_sentence(series, "y", ("promo",), 6).startswith("Of 'promo' 4 of the 6 values ahead are known:")
    cut = replace(series, time=series.time[:50], values=values[:50])
    assert ahead_sentence(cut, "y", ("promo",), 6).startswith("Of 'promo' none of the 6 values ahead are known:")
