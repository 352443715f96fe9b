"""The calendar of a table: right, or asked about. Every layout, language, zone and spread over columns."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest

from liquid.errors import LiquidError
from liquid.series import zones
from liquid.series.reading.calendar import Time, find_time, is_time
from liquid.series.reading.numbers import MISSING
from liquid.series.reading.options import ReadOptions

GUESS = ReadOptions()
N = 12


def parsed(columns: dict[str, Sequence[Any]], *, as_text: bool = False) -> pd.DataFrame:
    """Columns as pandas parses them from a file: numeric if every cell is a number."""
    text = pd.DataFrame({name: [str(cell) for cell in cells] for name, cells in columns.items()}).to_csv(index=False)
    return pd.read_csv(
        io.StringIO(text), skipinitialspace=True, na_values=sorted(MISSING), keep_default_na=False,
        dtype="str" if as_text else None,
    )  # fmt: skip


def read(columns: dict[str, Sequence[Any]], options: ReadOptions = GUESS, *, raw: bool = False) -> Time:
    return find_time(parsed(columns), ".", options, parsed(columns, as_text=True) if raw else None)


def local(time: Time) -> list[str]:
    """The stamps as the clocks of the file show them."""
    seconds = time.values + zones.offsets(time.zone, np.nan_to_num(time.values))
    known = [None if np.isnan(value) else np.datetime64(round(value * 1000), "ms") for value in seconds]
    return ["" if stamp is None else str(stamp).removesuffix(".000") for stamp in known]


def days(start: str, count: int = N, freq: str = "D") -> list[str]:
    return list(pd.date_range(start, periods=count, freq=freq).strftime("%Y-%m-%dT%H:%M:%S"))


def written(form: str, start: str = "2024-03-05", freq: str = "D", count: int = N) -> list[str]:
    return [str(stamp) for stamp in pd.date_range(start, periods=count, freq=freq).strftime(form)]


VALUES = [round(3 + 2 * np.sin(1.7 * i), 3) for i in range(400)]


@dataclass(frozen=True)
class Case:
    """Columns of a file and its stamps; the columns that the time comes from; the setting that is asked, if one is."""

    label: str
    columns: dict[str, Sequence[Any]]
    stamps: Sequence[str]
    used: tuple[str, ...] = ("date",)
    zone: str = ""
    asked: str = ""
    raw: bool = False
    options: ReadOptions = field(default=GUESS)


def dated(label: str, cells: Sequence[Any], stamps: Sequence[str], name: str = "date", **others: Any) -> Case:
    return Case(label, {name: cells, "value": VALUES[: len(cells)]}, stamps, (name,), **others)


DAILY = days("2024-03-05")
HOURLY = days("2024-03-05", freq="h")
MINUTES = days("2024-03-05T22:30:00", freq="15min")
MONTHLY = days("2024-03-01", freq="MS")
Y, M, D, H = ([int(stamp[a:b]) for stamp in HOURLY] for a, b in ((0, 4), (5, 7), (8, 10), (11, 13)))
DY, DM, DD = ([int(stamp[a:b]) for stamp in days("2024-02-25")] for a, b in ((0, 4), (5, 7), (8, 10)))
LEAP = days("2024-02-25")
GERMAN = ["Jan.", "Feb.", "März", "April", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."]
FRENCH = ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."]
SPANISH = [
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
]  # fmt: skip
ITALIAN = ["gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"]
ENGLISH = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"]
YEAR = days("2023-01-01", freq="MS")

CASES = (
    # full dates beat parts
    Case("date, births, year, month",
         {"date": written("%Y-%m-%d"), "births": VALUES[:N], "year": [2024] * N, "month": [3] * N}, DAILY),
    Case("datekey, year, month", {"datekey": written("%Y%m%d"), "year": [2024] * N, "month": [3] * N, "x": VALUES[:N]},
         DAILY, ("datekey",)),
    Case("value, then parts, then a date at the end",
         {"x": VALUES[:N], "year": [2024] * N, "month": [3] * N, "day": range(5, 5 + N), "when": written("%d.%m.%Y")},
         DAILY, ("when",)),
    # parts
    Case("year, month, date of month", {"year": DY, "month": DM, "date_of_month": DD, "x": VALUES[:N]}, LEAP,
         ("year", "month", "date_of_month")),
    Case("yr mo dy with 61", {"yr": [61] * N, "mo": [1] * N, "dy": range(1, N + 1), "RPT": VALUES[:N]},
         days("1961-01-01"), ("yr", "mo", "dy"), asked=""),
    Case("month names in words", {"Year": [2023] * N, "Month": SPANISH, "x": VALUES[:N]}, YEAR, ("Year", "Month")),
    Case("months before years", {"Month": ENGLISH, "Year": [2023] * N, "x": VALUES[:N]}, YEAR, ("Year", "Month")),
    Case("year to minute", {"year": [2024] * N, "month": [3] * N, "day": [5] * N, "hour": [i // 2 for i in range(N)],
         "minute": [30 * (i % 2) for i in range(N)], "x": VALUES[:N]}, days("2024-03-05", freq="30min"),
         ("year", "month", "day", "hour", "minute")),
    Case("year, day of year", {"YEAR": [2024] * N, "DOY": range(54, 54 + N), "x": VALUES[:N]}, days("2024-02-23"),
         ("YEAR", "DOY")),
    Case("year, quarter", {"year": [2020 + i // 4 for i in range(N)], "quarter": [1 + i % 4 for i in range(N)],
         "x": VALUES[:N]}, days("2020-01-01", freq="QS"), ("year", "quarter")),
    Case("Jahr, Monat, Tag, Stunde", {"Jahr": Y, "Monat": M, "Tag": D, "Stunde": H, "Wert": VALUES[:N]}, HOURLY,
         ("Jahr", "Monat", "Tag", "Stunde")),
    Case("year and month, day", {"yearmonth": [202402] * 5 + [202403] * 7, "day": [*range(25, 30), *range(1, 8)],
         "x": VALUES[:N]}, LEAP, ("yearmonth", "day")),
    Case("day and month in words, year apart",
         {"Year": [2024] * N, "Day": written("%d-%b"), "x": VALUES[:N]}, DAILY, ("Year", "Day")),
    Case("parts without names", {"column 1": DY, "column 2": DM, "column 3": DD, "column 4": VALUES[:N]}, LEAP,
         ("column 1", "column 2", "column 3")),
    # a clock
    Case("clock before the date", {"time": written("%H:%M", freq="h"), "date": written("%d/%m/%Y", "2024-03-25", "h"),
         "x": VALUES[:N]}, days("2024-03-25", freq="h"), ("date", "time")),
    Case("clock away from the date", {"date": written("%Y-%m-%d", freq="h"), "x": VALUES[:N], "y": VALUES[1 : N + 1],
         "time": written("%I:%M %p", freq="h")}, HOURLY, ("date", "time")),
    Case("clock of four digits", {"date": written("%Y-%m-%d", freq="h"), "time": written("%H%M", freq="h"),
         "x": VALUES[:N]}, HOURLY, ("date", "time"), raw=True),
    Case("clock of four digits that lost its zeros", {"date": written("%Y-%m-%d", freq="h"),
         "time": written("%H%M", freq="h"), "x": VALUES[:N]}, HOURLY, ("date", "time")),
    Case("clock in UTC", {"date": written("%Y-%m-%d", freq="h"), "time": written("%H:%M UTC", freq="h"),
         "x": VALUES[:N]}, HOURLY, ("date", "time"), zone="UTC"),
    Case("hour ending 1 to 24", {"date": [stamp[:10] for stamp in days("2024-03-05", 48, "h")],
         "hour": [*range(1, 25)] * 2, "x": VALUES[:48]}, days("2024-03-05T01:00:00", 48, "h"), ("date", "hour")),
    Case("one bad clock", {"date": [stamp[:10] for stamp in days("2024-03-05", 300, "h")],
         "time": ["x" if i == 7 else stamp[11:16] for i, stamp in enumerate(days("2024-03-05", 300, "h"))],
         "x": VALUES[:300]}, ["" if i == 7 else stamp for i, stamp in enumerate(days("2024-03-05", 300, "h"))],
         ("date", "time")),
    Case("a clock that is a value", {"date": written("%Y-%m-%d"), "sunrise": [f"06:{40 - i:02d}" for i in range(N)],
         "x": VALUES[:N]}, DAILY),
    Case("hour intervals", {"date": written("%Y-%m-%d", freq="h"),
         "hour": [f"{i:02d}:00-{i + 1:02d}:00" for i in range(N)], "x": VALUES[:N]}, HOURLY, ("date", "hour")),
    # digits only
    dated("digits to the day", written("%Y%m%d"), DAILY),
    dated("digits to the hour", written("%Y%m%d%H", freq="h"), HOURLY),
    dated("digits to the minute", written("%Y%m%d%H%M", "2024-03-05 22:30", "15min"), MINUTES),
    dated("digits to the second", written("%Y%m%d%H%M%S", freq="h"), HOURLY),
    dated("digits to the hour, any name", written("%Y%m%d%H", freq="h"), HOURLY, name="stamp_no"),
    dated("day first, digits", written("%d%m%Y"), DAILY),
    dated("months", written("%Y%m", "2024-03-01", "MS"), MONTHLY),
    dated("unix time stays unix time", [1_710_000_000 + 60 * i for i in range(N)],
          days("2024-03-09T16:00:00", freq="min"), name="timestamp", zone="UTC"),
    dated("weeks of 52 and 53", [*range(202048, 202054), *range(202101, 202107)], days("2020-11-23", freq="7D"),
          name="week"),
    dated("weeks without a name that says so", [*range(202340, 202353), *range(202401, 202412)],
          days("2023-10-02", 24, "7D"), name="period"),
    dated("ISO weeks", [f"2024-W{5 + i:02d}" for i in range(N)], days("2024-01-29", freq="7D")),
    dated("ISO weeks and days", [f"2024-W05-{1 + i}" for i in range(7)], days("2024-01-29", 7)),
    dated("quarters first", [f"Q{1 + i % 4} {2020 + i // 4}" for i in range(N)], days("2020-01-01", freq="QS")),
    dated("quarters with a hyphen", [f"{2020 + i // 4}-Q{1 + i % 4}" for i in range(N)], days("2020-01-01", freq="QS")),
    # words
    dated("English, Sept", [f"{5 + i} {month} 2023" for i, month in enumerate(ENGLISH)],
          [f"2023-{1 + i:02d}-{5 + i:02d}T00:00:00" for i in range(N)]),
    dated("German", [f"{5 + i}. {month} 2023" for i, month in enumerate(GERMAN)],
          [f"2023-{1 + i:02d}-{5 + i:02d}T00:00:00" for i in range(N)]),
    dated("French", [f"{month} 2023" for month in FRENCH], YEAR),
    dated("Spanish with de", [f"1 de {month} de 2023" for month in SPANISH], YEAR),
    dated("Italian", [f"1-{month}-23" for month in ITALIAN], YEAR),
    dated("month-year", [f"{month}-23" for month in ENGLISH], YEAR),
    dated("year month", [f"2023 {month}" for month in ENGLISH], YEAR),
    dated("as C writes it", written("%a %b %d %H:%M:%S %Y", freq="h"), HOURLY),
    dated("as a web server writes it", written("%d/%b/%Y:%H:%M:%S +0100", freq="h"), HOURLY, zone="+01:00"),
    dated("as a mail has it", written("%a, %d %b %Y %H:%M:%S GMT", freq="h"), HOURLY, zone="UTC"),
    dated("as Twitter had it", written("%a %b %d %H:%M:%S +0000 %Y", freq="h"), HOURLY, zone="UTC"),
    dated("as a camera has it", written("%Y:%m:%d %H:%M:%S", freq="h"), HOURLY),
    dated("long English", written("%A, %B %d, %Y", "2024-08-25", count=20), days("2024-08-25", 20)),
    dated("ordinals", ["August 1st, 2024", "August 2nd, 2024", "August 3rd, 2024",
          *[f"August {i}th, 2024" for i in range(4, 13)]], days("2024-08-01")),
    # clocks in the cell
    dated("24:00", [f"05.03.2024 {i:02d}:00" for i in range(1, 25)], days("2024-03-05T01:00:00", 24, "h"),
          asked="day_first"),
    dated("two spaces", written("%Y-%m-%d  %H:%M", freq="h"), HOURLY),
    dated("a.m.", [cell.replace("AM", "a.m.").replace("PM", "p.m.") for cell in
          written("%d/%m/%Y %I:%M %p", "2024-03-25", "h", 20)], days("2024-03-25", 20, "h")),
    dated("midnight without a clock", ["05.03.2024", *written("%d.%m.%Y %H:%M", "2024-03-05 06:00", "6h", 90)],
          days("2024-03-05", 91, "6h")),
    dated("clock with points", written("%d.%m.%Y %H.%M", "2024-03-25", "h"), days("2024-03-25", freq="h")),
    dated("hours alone", written("%Y-%m-%d %H", freq="h"), HOURLY),
    dated("French hours", written("%d/%m/%Y %Hh%M", "2024-03-25", "h"), days("2024-03-25", freq="h")),
    dated("fractions with a comma", [f"2024-03-05 10:00:{i:02d},250" for i in range(N)],
          [f"2024-03-05T10:00:{i:02d}.250" for i in range(N)]),
    dated("intervals", [f"{a} - {b}" for a, b in zip(written("%d.%m.%Y %H:%M", "2024-03-25", "h"),
          written("%d.%m.%Y %H:%M", "2024-03-25 01:00", "h"), strict=True)], days("2024-03-25", freq="h")),
    dated("intervals of a clock", [f"2024-03-05 {i:02d}:00 - {i + 1:02d}:00" for i in range(N)], HOURLY),
    # zones
    dated("EST", written("%Y-%m-%d %H:%M EST", freq="h"), HOURLY, zone="-05:00"),
    dated("CET", written("%d.%m.%Y %H:%M CET", "2024-03-25", "h"), days("2024-03-25", freq="h"), zone="+01:00"),
    dated("PDT", written("%b %d %Y %I:%M %p PDT", freq="h"), HOURLY, zone="-07:00"),
    dated("an offset of half an hour", written("%Y-%m-%dT%H:%M:%S+05:30", freq="h"), HOURLY, zone="+05:30"),
    dated("west of Greenwich", written("%Y-%m-%dT%H:%M:%S-05:00", freq="h"), HOURLY, zone="-05:00"),
    dated("UTC in the name", written("%Y-%m-%d %H:%M", freq="h"), HOURLY, name="utc_timestamp", zone="UTC"),
    dated("naive is not UTC", written("%Y-%m-%d %H:%M", freq="h"), HOURLY),
    # two digits
    dated("years of two digits across a century", [f"1/6/{i % 100:02d}" for i in range(94, 106)],
          [f"{1900 + i}-01-06T00:00:00" for i in range(94, 106)], asked="day_first"),
    dated("years of two digits, newest first", [f"15-Jun-{i % 100:02d}" for i in range(105, 93, -1)],
          [f"{1900 + i}-06-15T00:00:00" for i in range(105, 93, -1)]),
    dated("year first, two digits", written("%y-%m-%d", "2024-01-25"), days("2024-01-25")),
    # no dates
    Case("fetched, date", {"fetched": ["2024-06-01"] * N, "date": written("%Y-%m-%d"), "x": VALUES[:N]}, DAILY),
    Case("created beside date", {"created": written("%Y-%m-%d %H:%M:%S", "2024-06-01", "7s"),
         "date": written("%Y-%m-%d"), "x": VALUES[:N]}, DAILY),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_case(case: Case) -> None:
    time = read(case.columns, case.options, raw=case.raw)
    assert local(time) == list(case.stamps)
    assert time.columns == case.used
    assert time.zone == case.zone
    assert time.kind == "date"
    assert {guess.setting for guess in time.guesses if guess.doubtful} == ({case.asked} if case.asked else set())


def months(names: Sequence[str]) -> list[str]:
    return [f"{name} 2023" for name in names]


MORE = (
    dated("French quarters", [f"T{1 + i % 4} {2020 + i // 4}" for i in range(N)], days("2020-01-01", freq="QS")),
    dated("GMT+2", written("%Y-%m-%d %H:%M GMT+2", freq="h"), HOURLY, zone="+02:00"),
    dated("a zone in brackets", written("%Y-%m-%dT%H:%M:%S+02:00[Europe/Berlin]", freq="h"), HOURLY, zone="+02:00"),
    dated("days as Excel counts them", range(45356, 45356 + N), DAILY),
    dated("seasons", [f"{1994 + i}/{(95 + i) % 100:02d}" for i in range(N)], days("1994-01-01", freq="YS"),
          name="season"),
    dated("years in the first column", range(1949, 1949 + N), days("1949-01-01", freq="YS"), name="column 1"),
    dated("capitals", months([name.upper() for name in ENGLISH]), YEAR),
    dated("months, year first, with a point", written("%Y.%m", "2024-03-01", "MS"), MONTHLY, raw=True),
    dated("Japanese", [f"2024年3月{5 + i}日" for i in range(N)], DAILY),
    Case("MM beside mm", {"YY": Y, "MM": M, "DD": D, "hh": [0] * N, "mm": range(0, 60, 5), "x": VALUES[:N]},
         days("2024-03-05", freq="5min"), ("YY", "MM", "DD", "hh", "mm")),
    Case("parts that name themselves", {"Year": [2023] * N, "Period": [f"M{i:02d}" for i in range(1, 13)],
         "x": VALUES[:N]}, YEAR, ("Year", "Period")),
    Case("hour ending", {"date": [stamp[:10] for stamp in days("2024-03-05", 26, "h")],
         "Hour Ending": [*range(1, 25), 1, 2], "x": VALUES[:26]}, days("2024-03-05T01:00:00", 26, "h"),
         ("date", "Hour Ending")),
    Case("half hours counted", {"date": [stamp[:10] for stamp in days("2024-03-05", 96, "30min")],
         "SETTLEMENT_PERIOD": [*range(1, 49)] * 2, "x": VALUES[:96]}, days("2024-03-05", 96, "30min"),
         ("date", "SETTLEMENT_PERIOD")),
)  # fmt: skip


@pytest.mark.parametrize("case", MORE, ids=lambda case: case.label)
def test_more_cases(case: Case) -> None:
    test_case(case)


NO_DATES = (
    ("sensors with numbers", {"Sensor 1": VALUES[:N], "Sensor 2": VALUES[3 : N + 3]}, "index", ()),
    ("columns called 0, 1, 2", {"0": VALUES[:N], "1": VALUES[3 : N + 3], "2": VALUES[5 : N + 5]}, "index", ()),
    ("a temperature that rises beside Time/min", {"Temperature": [20 + i / 2 for i in range(N)],
     "Time/min": [0, 1.1, 2.3, 3, 4.4, 5, 6, 7.2, 8.1, 9, 10, 11], "x": VALUES[:N]}, "number", ("Time/min",)),
    ("a row counter of some thousand", {"No": range(1500, 1500 + N), "x": VALUES[:N]}, "number", ("No",)),
    ("a row counter without a name", {"column 1": range(N), "x": VALUES[:N]}, "number", ("column 1",)),
    ("prices like years", {"close": [1800, 1810, 1790, 1805, 1900, 1910, 1850, 1860], "x": VALUES[:8]}, "index", ()),
    ("numbers of eight digits", {"id": [10_000_000 + 37 * i for i in range(N)], "x": VALUES[:N]}, "number", ("id",)),
    ("days without a year", {"when": [f"Jan {i:02d}" for i in range(1, N + 1)], "x": VALUES[:N]}, "index", ()),
    ("words", {"name": ["may be", "march on"] * 6, "x": VALUES[:N]}, "index", ()),
)  # fmt: skip


@pytest.mark.parametrize(("label", "columns", "kind", "used"), NO_DATES, ids=[case[0] for case in NO_DATES])
def test_what_is_no_date_is_not_read_as_one(
    label: str, columns: dict[str, Sequence[Any]], kind: str, used: tuple[str, ...]
) -> None:
    time = read(columns)
    assert (time.kind, time.columns) == (kind, used)
    called_a_time = label == "days without a year"  # and not understood, which is asked about
    assert any(guess.doubtful for guess in time.guesses) is called_a_time


def test_an_answered_zone_keeps_what_the_others_give() -> None:
    hours = [hour for day, length in ((26, 24), (27, 25), (28, 24)) for hour in range(1, length + 1)]
    dates = [f"2024-10-{day}" for day, length in ((26, 24), (27, 25), (28, 24)) for _ in range(length)]
    columns = {"date": dates, "hour": hours, "x": [1.5 * i for i in range(73)]}
    asked = next(guess for guess in read(columns).guesses if guess.doubtful)
    assert asked.setting == "zone"
    gives = dict(zip((zone for zone, _ in asked.alternatives), asked.outcomes, strict=True))
    assert gives["Europe/Berlin"] == "2024-10-27 02:00 +02:00, then 2024-10-27 02:00 +01:00"
    assert gives["Europe/London"] == "2024-10-27 01:00 +01:00, then 2024-10-27 01:00 +00:00"
    for zone in ("Europe/London", ""):
        answer = next(guess for guess in read(columns, ReadOptions(zone=zone)).guesses if guess.setting == "zone")
        assert answer.given
        assert answer.value == zone
        assert {zone, "Europe/Berlin", ""} <= {zone for zone, _ in answer.alternatives}
    london = read(columns, ReadOptions(zone="Europe/London"))
    assert np.all(np.diff(london.values) == 3600)


QUESTIONS = (
    ("day or month", {"date": written("%d/%m/%Y", "2024-05-01")}, "day_first",
     {True: "day first: 1 May 2024", False: "month first: 5 January 2024"}),
    ("day or month, digits", {"date": written("%d%m%Y", "2024-05-01")}, "day_first",
     {True: "day first: 1 May 2024", False: "month first: 5 January 2024"}),
    ("month or week", {"period": range(202401, 202411)}, "calendar",
     {"YYYYMM": "YYYYMM: 1 January 2024 to 1 October 2024", "YYYYWW": "YYYYWW: 1 January 2024 to 4 March 2024"}),
    ("year or day first", {"date": written("%y-%m-%d", "2010-11-12")}, "calendar",
     {"YY-MM-DD": "YY-MM-DD: 12 November 2010 to 23 November 2010"}),
    ("two columns of dates", {"start_date": written("%Y-%m-%d"), "end_date": written("%Y-%m-%d", "2024-03-09")},
     "time_column", {"start_date": "start_date: 5 March 2024 to 16 March 2024",
                     "end_date": "end_date: 9 March 2024 to 20 March 2024"}),
)  # fmt: skip


@pytest.mark.parametrize(("label", "columns", "setting", "outcomes"), QUESTIONS, ids=[case[0] for case in QUESTIONS])
def test_what_nobody_can_tell_is_asked_with_what_each_answer_gives(
    label: str, columns: dict[str, Sequence[Any]], setting: str, outcomes: dict[Any, str]
) -> None:
    columns = {**columns, "x": VALUES[: len(next(iter(columns.values())))]}
    asked = next(guess for guess in read(columns).guesses if guess.doubtful)
    assert asked.setting == setting
    words = dict(asked.alternatives)
    for value, outcome in outcomes.items():
        assert words[value] == outcome
        again = read(columns, ReadOptions(**{setting: value}))
        answer = next(guess for guess in again.guesses if guess.setting == setting)
        assert answer.given
        assert answer.value == value
        if setting != "time_column":
            assert words.items() <= dict(answer.alternatives).items()  # what else it could be stays in sight
        assert str(int(outcome.split(": ")[1].split(" ")[0])) == str(int(local(again)[0][8:10]))


def test_repeats_are_counted_and_left_alone() -> None:
    panel = {"Country": ["A"] * 6 + ["B"] * 6, "Year": [*range(2000, 2006)] * 2, "Pop": VALUES[:N]}
    time = read(panel)
    assert (time.columns, time.repeats, time.in_autumn) == (("Year",), 6, 0)


def test_mixed_orders_are_refused_with_both() -> None:
    cells = [*written("%d/%m/%Y", "2024-05-10", count=8), *written("%m/%d/%Y", "2024-05-18", count=8)]
    with pytest.raises(LiquidError, match=r"mix two orders: '13/05/2024'.*'05/18/2024'"):
        read({"date": cells, "x": VALUES[:16]})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"calendar": "klingon"}, "klingon"),
        ({"time_column": "nowhere"}, "nowhere"),
        ({"century": 1950}, "1950"),
        ({"zone": "Middle/Earth"}, "Middle/Earth"),
    ],
)
def test_unknown_answers_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(LiquidError, match=words):
        read({"date": written("%Y-%m-%d"), "x": VALUES[:N]}, ReadOptions(**options))


@pytest.mark.parametrize("step", ["h", "15min"])
@pytest.mark.parametrize(
    ("zone", "start", "sure"),
    [
        ("Europe/Berlin", "2024-10-26", True),
        ("Europe/London", "2023-10-28", False),  # Jerusalem's clocks go back in the same hour
        ("America/New_York", "2024-11-02", False),
    ],
)
@pytest.mark.parametrize("newest_first", [False, True])
def test_the_hour_that_comes_twice_is_told_apart_by_the_order(
    step: str, zone: str, start: str, sure: bool, newest_first: bool
) -> None:
    truth = pd.date_range(start, periods=72 * (1 if step == "h" else 4), freq=step, tz=zone)
    truth = truth[::-1] if newest_first else truth
    time = read({"date": truth.strftime("%Y-%m-%d %H:%M"), "x": VALUES[: len(truth)]})
    assert time.zone == zone
    utc = truth.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[s]").astype("int64")
    np.testing.assert_array_equal(time.values, utc)
    assert any(guess.setting == "zone" and guess.doubtful is not sure for guess in time.guesses)
    bare = read({"date": truth.strftime("%Y-%m-%d %H:%M"), "x": VALUES[: len(truth)]}, ReadOptions(zone=""))
    assert bare.zone == ""
    assert bare.repeats == bare.in_autumn > 0


def test_where_the_order_is_lost_the_hour_is_counted() -> None:
    truth = pd.date_range("2024-10-26", periods=288, freq="15min", tz="Europe/Berlin")
    time = read({"date": sorted(truth.strftime("%Y-%m-%d %H:%M")), "x": VALUES[:288]})
    assert (time.zone, time.repeats, time.in_autumn) == ("", 4, 4)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Chicago", "Australia/Sydney"])
@pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M %z"])
def test_two_offsets_are_one_zone_where_its_clocks_have_them(zone: str, form: str) -> None:
    truth = pd.date_range("2024-01-01", periods=400, freq="D", tz=zone)
    time = read({"date": truth.strftime(form), "x": VALUES})
    assert time.zone == zone
    assert local(time) == days("2024-01-01", 400)


def test_offsets_of_no_zone_are_converted_and_said() -> None:
    cells = [f"2024-03-05T{i:02d}:00:00{'+01:00' if i % 2 else '+05:30'}" for i in range(N)]
    time = read({"date": cells, "x": VALUES[:N]})
    assert time.zone == "UTC"
    assert any("2 different UTC offsets" in note for note in time.notes)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        *((cell, True) for cell in ("2024-01-31", "Jan 2024", "12:30", "Q1 2020")),
        *((cell, False) for cell in ("Sensor 1", "0", "2012", "2012,", "1,234", "5.3", "May", "source: x")),
        *((cell, False) for cell in ("1950-1970", "no 5", "week 5")),
    ],
)
def test_one_cell(cell: str, expected: bool) -> None:
    assert is_time(cell) is expected


def test_years_of_two_digits_follow_the_order_of_the_file() -> None:
    rising = {"yr": [98, 98, 99, 99, 0, 0, 1, 1], "mo": [1, 7] * 4, "x": VALUES[:8]}
    assert local(read(rising))[-1] == "2001-07-01T00:00:00"
    older = read({"yr": range(48, 76), "mo": [1] * 28, "x": VALUES[:28]})
    assert (local(older)[0][:4], local(older)[-1][:4]) == ("1948", "1975")
    answer = read({"yr": range(48, 76), "mo": [1] * 28, "x": VALUES[:28]}, ReadOptions(century=1800))
    assert local(answer)[0][:4] == "1848"
