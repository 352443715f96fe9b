"""A part of a series is the file with the other rows cut away; a length or a date ahead is a number of samples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from liquid.errors import LiquidError
from liquid.series import builtin
from liquid.series.ahead import in_units, samples, until
from liquid.series.part import part_of
from liquid.series.reading import ReadOptions, part_in, read, understand
from liquid.series.series import Series, from_columns

HOUR, DAY = 3600.0, 86_400.0
NEW_YEAR = 1_704_067_200.0  # 2024-01-01


def dated(rows: int, step: float, zone: str = "", start: float = NEW_YEAR) -> Series:
    values = np.random.default_rng(0).normal(size=rows)
    return from_columns({"y": values}, "made", time=start + step * np.arange(rows), time_kind="date", zone=zone)


def text_of(rows: range, blank: range = range(0)) -> bytes:
    lines = [f"{np.datetime64('2024-01-01') + row},{'' if row in blank else row % 7 + row / 100},{row}" for row in rows]
    return "\n".join(["day,sold,visitors", *lines]).encode()


def test_a_part_is_the_cut_file_bit_for_bit() -> None:
    whole, cut = text_of(range(200)), text_of(range(31, 152))
    options = ReadOptions(first="2024-02", last="31 May 2024")
    part, own = read(whole, options=options), read(cut)
    np.testing.assert_array_equal(part.time, own.time)
    np.testing.assert_array_equal(part.values, own.values)
    assert part.names == own.names
    assert "Of 200 rows the 121 from 2024-02-01 to 2024-05-31 are used." in part.notes
    again = part_in(understand(whole), options)  # without reading it again
    assert again.series == part
    assert again.options == options


def test_a_stretch_left_out_is_blanked_cells_bit_for_bit() -> None:
    data = text_of(range(200))
    left = read(data, options=ReadOptions(without="2024-03-01 to 2024-03-05; 2024-05-10"))
    values = read(data).values.copy()
    values[60:65], values[130] = np.nan, np.nan
    np.testing.assert_array_equal(left.values, values)
    np.testing.assert_array_equal(left.time, read(data).time)  # what lies around it does not become neighbours
    assert "Left out, as you said: 2024-05-10; 1 row count as missing." in left.notes


def test_ends_are_those_of_the_files_clock() -> None:
    local = dated(24 * 400, HOUR, "Europe/Berlin", NEW_YEAR - HOUR)
    part = part_of(local, "2024-07-01", "2024-07-01")
    assert len(part) == 24
    assert part.stamp_labels()[0] == "2024-07-01T00:00:00+02:00"
    assert len(part_of(local, "2024-03-31", "2024-03-31")) == 23  # the clocks are set forward


def test_numbers_and_rows_have_parts_too() -> None:
    counted = from_columns({"y": np.arange(50.0), "late": [np.nan] * 30 + [1.0] * 20}, "counted", season=40)
    part = part_of(counted, "5", "19", "7 to 8")
    np.testing.assert_array_equal(part.time, np.arange(15.0))  # as of a file with these rows alone
    np.testing.assert_array_equal(part.values[:, 0], [5, 6, np.nan, np.nan, *range(9, 20)])
    assert part.names == ("y",)
    assert part.season is None
    assert "'late' has no value there." in part.notes
    assert part_of(counted, " ", "") is counted
    assert replace(part_of(counted, "0"), notes=()) == replace(counted, notes=())


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ({"first": "2024-02-30"}, "'2024-02-30' is no time of this series: write 2024-03-01"),
        ({"first": "soon"}, "'soon' is no time"),
        ({"first": "31 Juneuary"}, "is no time"),
        ({"first": "2025-01-01"}, "0 rows would be left of 100, a series needs at least 8"),
        ({"first": "2024-03-01", "last": "2024-02-01"}, "0 rows would be left"),
        ({"without": "2023-01-01 to 2023-02-01"}, "holds no row that is used"),
        ({"without": "2024-01-01 to 2024-01-02 to 2024-01-03"}, "holds no row that is used"),
        ({"without": "2024-01 to 2024-12"}, "Nothing would be left"),
        ({"without": ",".join(["2024-01-01"] * 101)}, "up to 100 are possible"),
    ],
)
def test_what_is_no_part_is_a_sentence(part: dict[str, str], sentence: str) -> None:
    with pytest.raises(LiquidError, match=sentence):
        part_of(dated(100, DAY), **part)


@pytest.mark.parametrize(
    ("series", "asked"),
    [
        (dated(100, HOUR), {"12": 12, "48 h": 48, "2 weeks": 336, "90 min": 1, "1 month": 744, "to 2024-01-06": 44}),
        (
            dated(100, DAY),
            {"10 days": 10, "2 weeks": 14, "1 month": 30, "30 April": 21, "2024-12-31": 266, "2024": 266},
        ),
        (builtin.load("us-economy"), {"1 year": 4, "2 quarters": 2, "2010": 5, "until 31 December 2010": 5}),
        (builtin.load("electrical-equipment"), {"3 months": 3, "to 31 December": 7}),
        (builtin.load("mackey-glass"), {"7": 7, "to 2005": 6, "5 steps": 5}),
    ],
    ids=["hourly", "daily", "quarterly", "monthly", "numbers"],
)
def test_a_length_or_a_date_is_a_number_of_samples(series: Series, asked: dict[str, int]) -> None:
    found = {text: samples(series, series.names[0], text, 1000) for text in asked}
    assert found == asked
    for count in set(asked.values()):
        assert samples(series, series.names[0], f"to {until(series, series.names[0], count)[:19]}", 1000) == count


def test_working_days_and_rows_that_follow_count() -> None:
    days = np.busday_offset("2024-01-01", np.arange(60)).astype("datetime64[s]").astype(np.int64).astype(np.float64)
    working = from_columns({"y": np.arange(60.0)}, "worked", time=days, time_kind="date")
    assert samples(working, "y", "2 weeks", 100) == 10
    assert in_units(working, 3) == "3 working days"
    values = np.concatenate([np.arange(50.0), np.full(10, np.nan)])
    open_end = from_columns({"y": values}, "blank rows", time=days, time_kind="date")
    assert samples(open_end, "y", "2 weeks", 100) == 10  # from the last known value on


def test_a_length_in_the_unit_of_its_time_column() -> None:
    timed = from_columns({"y": np.arange(60.0)}, "t", time=np.arange(60) / 2, time_kind="number", time_name="t (min)")
    assert samples(timed, "y", "10 min", 100) == 20
    assert in_units(timed, 20) == "10 min"


@pytest.mark.parametrize(
    ("series", "text", "sentence"),
    [
        (dated(100, DAY), "5 h", r"reaches no sample after the last known value, 2024-04-09 \(daily\)"),
        (dated(100, DAY), "2024-01-05", "reaches no sample after"),
        (dated(100, DAY), "0", "reaches no sample after"),
        (dated(100, DAY), "99 weeks", r"too far ahead: choose 50 samples \(2024-05-29\) or less"),
        (dated(100, DAY), "1.5 months", "are counted whole"),
        (dated(100, DAY), "often", "'often' is no time of this series"),
        (builtin.load("sines"), "3 h", "are no dates. Give a number of samples"),
    ],
)
def test_what_is_no_length_is_a_sentence(series: Series, text: str, sentence: str) -> None:
    with pytest.raises(LiquidError, match=sentence):
        samples(series, series.names[0], text, 50)


def test_units_are_those_of_the_series() -> None:
    names = {"co2": "12 weeks", "nile": "12 years", "us-economy": "36 months", "seattle-weather": "12 days"}
    assert {name: in_units(builtin.load(name), 12) for name in names} == names
    assert in_units(dated(100, 900.0), 10) == "150 minutes"
    assert in_units(dated(100, 0.02), 5) == "100 ms"
    assert in_units(dated(100, HOUR), 1) == "1 hour"
