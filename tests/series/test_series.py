"""A series keeps its promises: validated, read-only, even where the calendar is, and continued as it began."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liquid.errors import LiquidError
from liquid.series.season import find_season
from liquid.series.series import Series, from_columns
from liquid.series.windows import Scaler, varies


def dated(stamps: pd.DatetimeIndex, **others: Any) -> Series:
    seconds = stamps.tz_localize(None).to_numpy().astype("datetime64[ms]").astype("int64") / 1000
    values = np.arange(len(seconds), dtype=np.float64)[:, None]
    return Series(seconds, values, ("a",), "test", time_name="date", time_kind="date", **others)


FREQUENCIES = (
    ("MS", "monthly"),
    ("ME", "monthly"),
    ("QS", "quarterly"),
    ("QE", "quarterly"),
    ("YS", "yearly"),
    ("5YS", "every 5 years"),
    ("2MS", "every 2 months"),
    ("B", "every working day"),
    ("D", "daily"),
    ("W", "weekly"),
    ("2W", "every 2 weeks"),
    ("h", "hourly"),
    ("6h", "every 6 hours"),
    ("15min", "every 15 minutes"),
    ("s", "every second"),
    ("20ms", "every 20 ms"),
)


@pytest.mark.parametrize(("frequency", "words"), FREQUENCIES)
def test_a_calendar_is_recognised_and_goes_on_as_pandas_has_it(frequency: str, words: str) -> None:
    stamps = pd.date_range("2019-01-01", periods=60, freq=frequency)
    series = dated(stamps[:40])
    assert series.describe_period() == words
    assert series.spacing_is_even
    np.testing.assert_allclose(series.timespans(), 1.0, rtol=1e-4)  # milliseconds near 1.5e9 s have few digits
    future = series.stamps(series.future_stamps(20))
    np.testing.assert_array_equal(future, stamps[40:].to_numpy().astype("datetime64[ms]"))


def test_a_month_in_local_time_is_still_a_month() -> None:
    stamps = pd.date_range("2023-01-01", periods=24, freq="MS", tz="Europe/Berlin").tz_convert("UTC")
    assert dated(stamps).describe_period() == "monthly"


def test_absent_days_are_gaps_and_shifted_ones_are_uneven() -> None:
    days = pd.date_range("2024-01-01", periods=30, freq="D")
    gaps = dated(days.delete([4, 5, 9]))
    assert gaps.describe_period() == "daily, with gaps"
    assert gaps.timespans()[[0, 1, 4, 7]].tolist() == [1, 1, 3, 2]
    shifted = dated(days + pd.to_timedelta(np.arange(30) % 3, unit="h"))
    assert shifted.describe_period().startswith("uneven, about ")
    assert not shifted.spacing_is_even


def test_working_days_with_a_holiday_are_working_days_with_gaps() -> None:
    series = dated(pd.bdate_range("2024-01-01", periods=30).delete(7))
    assert series.describe_period() == "every working day, with gaps"
    assert series.timespans().max() == 2


@settings(max_examples=60)
@given(st.lists(st.floats(0.01, 100), min_size=2, max_size=30), st.floats(-1e6, 1e6))
def test_timespans_add_up_to_the_time_that_passed(gaps: list[float], start: float) -> None:
    time = start + np.cumsum(gaps)
    series = from_columns({"a": np.zeros(len(time))}, "t", time=time, time_kind="number")
    np.testing.assert_allclose(series.timespans()[1:].sum() * series.period, time[-1] - time[0], rtol=1e-9)
    assert series.timespans()[0] == 1


def test_a_copy_is_equal() -> None:
    series = dated(pd.date_range("2024-01-01", periods=9, freq="MS"), unit="°C", notes=("A note.",), season=4)
    again = replace(series, time=series.time.copy(), values=series.values.copy())
    assert again == series
    assert hash(again) == hash(series)
    assert again != replace(series, unit="K")


def test_a_series_cannot_be_changed_from_outside() -> None:
    values = np.zeros((5, 1))
    series = Series(np.arange(5.0), values, ("a",), "t")
    values[0] = 9
    assert series.values[0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        series.values[0, 0] = 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"time": [0, 1, 1]}, "row 2"),
        ({"time": [0, 1]}, "2 times for 3 rows"),
        ({"values": [[1.0], [np.inf], [2.0]]}, "1 infinite"),
        ({"time": [0.0, np.nan, 2.0]}, "missing or infinite"),
        ({"values": [[np.nan], [np.nan], [np.nan]]}, "'a' has no value"),
        ({"units": ("m", "s")}, "2 units for 1 columns"),
        ({"values": [1.0, 2.0, 3.0]}, r"\[time, columns\]"),
        ({"values": [["x"], ["y"], ["z"]]}, "not a number"),
        ({"names": ("a", "b")}, "2 names for 1 columns"),
        ({"time_kind": "era"}, "date, number or index"),
        ({"season": 3}, "season=3"),
    ],
)
def test_what_is_not_a_series_is_refused_with_a_sentence(changes: dict[str, Any], words: str) -> None:
    good: dict[str, Any] = {"time": [0.0, 1.0, 2.0], "values": [[1.0], [2.0], [3.0]], "names": ("a",), "title": "t"}
    assert len(Series(**good)) == 3
    with pytest.raises(LiquidError, match=words):
        Series(**{**good, **changes})


def test_columns_by_name() -> None:
    series = from_columns({"a": [1, 2, 3], "b": [4, 5, 6]}, "t")
    assert series.column("b").tolist() == [4, 5, 6]
    assert series.select(("b", "a")).values.tolist() == [[4, 1], [5, 2], [6, 3]]
    with pytest.raises(LiquidError, match="choose one of a, b"):
        series.column("c")
    with pytest.raises(LiquidError, match="horizon=0"):
        series.future_stamps(0)


def test_labels_are_as_short_as_the_stamps_allow() -> None:
    assert dated(pd.date_range("2024-01-01", periods=3, freq="D")).stamp_labels()[-1] == "2024-01-03"
    assert dated(pd.date_range("2024-01-01", periods=3, freq="h")).stamp_labels()[-1] == "2024-01-01T02:00:00"
    assert dated(pd.date_range("2024-01-01", periods=3, freq="20ms")).stamp_labels()[-1] == "2024-01-01T00:00:00.040"


def test_a_season_is_found_where_there_is_one_and_not_in_a_walk_or_noise() -> None:
    t = np.arange(600)
    rng = np.random.default_rng(0)
    for period in (7, 24, 50):
        wave = np.sin(2 * np.pi * t / period) + 0.3 * rng.normal(size=600) + 0.01 * t
        assert find_season(from_columns({"a": wave}, "t")) == period
        assert find_season(from_columns({"a": 1e12 + wave}, "t")) == period  # small on a high level
    for draw in range(20):
        steps = np.random.default_rng(draw).normal(size=600)
        assert find_season(from_columns({"a": steps}, "noise")) is None
        assert find_season(from_columns({"a": np.cumsum(steps)}, "walk")) is None
    assert find_season(from_columns({"a": np.ones(100)}, "constant")) is None


BERLIN = pd.date_range("2024-10-25", periods=100, freq="h", tz="Europe/Berlin")


def zoned(stamps: pd.DatetimeIndex, zone: str) -> Series:
    utc = stamps.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[s]").astype(np.float64)
    return Series(utc, np.zeros((len(utc), 1)), ("a",), "t", time_name="date", time_kind="date", zone=zone)


def test_labels_have_the_offset_of_the_file_and_none_where_it_had_none() -> None:
    assert dated(pd.date_range("2024-01-01", periods=3, freq="h")).stamp_labels()[0] == "2024-01-01T00:00:00"
    labels = zoned(BERLIN, "Europe/Berlin").stamp_labels()
    assert labels[:1] == ["2024-10-25T00:00:00+02:00"]
    assert labels[50:52] == ["2024-10-27T02:00:00+02:00", "2024-10-27T02:00:00+01:00"]
    assert zoned(BERLIN, "UTC").stamp_labels()[0] == "2024-10-24T22:00:00Z"
    assert zoned(BERLIN, "-05:00").stamp_labels()[0] == "2024-10-24T17:00:00-05:00"


def test_an_axis_shows_the_clock_of_the_file_once_each_hour() -> None:
    series = zoned(BERLIN, "Europe/Berlin")
    assert series.time_label == "date (UTC+01:00)"
    assert np.all(np.diff(series.stamps()) == np.timedelta64(1, "h"))
    assert str(series.stamps()[-1]) == "2024-10-29T02:00:00.000"
    axis = series.stamps().astype("int64") / 1000
    np.testing.assert_array_equal(series.from_axis(axis), series.time)


def test_days_of_a_zone_are_days_whatever_its_clocks_do() -> None:
    stamps = pd.date_range("2024-03-01", periods=60, freq="D", tz="Europe/Berlin")
    series = zoned(stamps[:40], "Europe/Berlin")
    assert series.describe_period() == "daily"
    assert series.spacing_is_even
    assert series.time_label == "date (Europe/Berlin)"
    np.testing.assert_array_equal(series.stamps(), stamps[:40].tz_localize(None).to_numpy().astype("datetime64[ms]"))
    labels = series.stamp_labels(series.future_stamps(20))
    assert labels == [stamp.isoformat() for stamp in stamps[40:]]


def test_a_zone_is_checked() -> None:
    with pytest.raises(LiquidError, match="Middle/Earth"):
        zoned(BERLIN, "Middle/Earth")
    with pytest.raises(LiquidError, match="zone"):
        from_columns({"a": [1, 2, 3]}, "t", zone="UTC")


@pytest.mark.parametrize(
    ("stamps", "words", "following"),
    [
        (pd.date_range("2024-01-31", periods=8, freq="ME"), "monthly", "2024-09-30"),
        (pd.date_range("2024-01-01", periods=8, freq="MS"), "monthly", "2024-09-01"),
        (pd.date_range("2022-01-01", periods=8, freq="QS"), "quarterly", "2024-01-01"),
    ],
)
def test_a_partial_month_at_the_end_leaves_the_step_a_month(
    stamps: pd.DatetimeIndex, words: str, following: str
) -> None:
    cut = stamps.append(pd.DatetimeIndex([stamps[-1] + pd.Timedelta(days=12)]))
    series = dated(cut)
    assert series.describe_period().startswith(f"{words}, with a partial step")
    np.testing.assert_array_equal(series.timespans()[:-1], 1)
    assert 0 < series.timespans()[-1] < 1
    assert series.stamp_labels(series.future_stamps(2))[0] == following


@pytest.mark.parametrize(
    ("frequency", "season"), [("MS", 12), ("QS", 4), ("B", 5), ("D", 7), ("h", 24), ("30min", 48), ("10min", 144)]
)
def test_a_calendar_suggests_its_season_before_a_stronger_period(frequency: str, season: int) -> None:
    times = pd.date_range("2020-01-01", periods=12 * season, freq=frequency)
    seconds = times.as_unit("s").astype("int64").to_numpy()
    phase = 2 * np.pi * np.arange(len(times)) / season
    wave = np.cos(phase) + 0.4 * np.cos(phase / 2)  # twice the season returns more exactly
    dates = from_columns({"a": wave}, "t", time=seconds, time_kind="date")
    assert find_season(dates) == season
    assert find_season(replace(dates, time=np.arange(len(wave)), time_kind="index")) != season


LACKING = np.array([[1.0, np.nan], [np.nan, 2.0], [3.0, 4.0], [np.nan, 5.0]])


def test_missing_values_stay_missing_and_the_forecast_begins_after_the_last_known_one() -> None:
    series = from_columns({"a": LACKING[:, 0], "b": LACKING[:, 1]}, "t", units=("m", "s"))
    assert not series.is_complete
    assert from_columns({"a": [1, 2, 3]}, "t").is_complete
    assert series.known("a").tolist() == [True, False, True, False]
    assert (series.known_end("a"), series.known_end("b")) == (3, 4)
    assert series.select(("b",)).units == ("s",)
    assert (series.unit_of("a"), series.unit_of("b")) == ("m", "s")
    again = replace(series, values=series.values.copy())
    assert again == series
    assert again != from_columns({"a": [1.0, 9.0, 3.0, 9.0], "b": LACKING[:, 1]}, "t", units=("m", "s"))


def test_a_season_is_found_although_half_of_the_values_are_missing() -> None:
    t = np.arange(600)
    wave = np.sin(2 * np.pi * t / 24)
    wave[np.random.default_rng(0).permutation(600)[:300]] = np.nan
    assert find_season(from_columns({"a": wave}, "t")) == 24


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e200])
def test_a_series_of_any_size_varies(size: float) -> None:
    values = size * np.array([[1.0, 1.0], [2.0, 1.0], [4.0, 1.0]])
    assert varies(values).tolist() == [True, False]
    assert Scaler.fit(values).scale[0] == pytest.approx(size * np.std([1, 2, 4]))


@pytest.mark.parametrize(
    ("name", "words"), [("Time (min)", "every 0.5 min"), ("t/s", "every 0.5 s"), ("t", "every 0.5")]
)
def test_a_step_is_named_in_the_unit_of_the_file(name: str, words: str) -> None:
    series = from_columns({"a": [1, 2, 3]}, "t", time=[0, 0.5, 1], time_kind="number", time_name=name)
    assert series.describe_period() == words
