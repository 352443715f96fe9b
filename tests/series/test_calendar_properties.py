"""Calendars written at random, in any layout, language and zone, spread over columns: read back equal, or asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from test_calendar import VALUES, local, read

from liquid.series.reading.calendar import Time
from liquid.series.reading.options import ReadOptions


def words(text: str) -> list[str]:
    return text.split()


MONTHS = {
    "en": words("January February March April May June July August September October November December"),
    "de": words("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
    "fr": words("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
    "es": words("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
    "it": words("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"),
}
SHORT = {
    "en": words("Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec"),
    "de": words("Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez."),
    "fr": words("janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc."),
    "es": words("ene feb mar abr may jun jul ago sep oct nov dic"),
    "it": words("gen feb mar apr mag giu lug ago set ott nov dic"),
}
WEEKDAYS = {
    "en": words("Mon Tue Wed Thu Fri Sat Sun"),
    "de": words("Mo Di Mi Do Fr Sa So"),
    "fr": words("lun. mar. mer. jeu. ven. sam. dim."),
    "es": words("lunes martes miércoles jueves viernes sábado domingo"),
    "it": words("lun mar mer gio ven sab dom"),
}
# {B} long month, {b} short, {a} weekday; the rest is strftime's, with %-d for a number without its zero
DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%-d.%-m.%Y",
    "%-m/%-d/%Y", "%d.%m.%y", "%m/%d/%y", "%y-%m-%d", "%d %b %Y", "%d-%b-%Y", "%-d. %B %Y", "%B %-d, %Y", "%a %d %b %Y",
    "%a, %d %B %Y", "%d-%b-%y", "%Y %b %d", "%-d de %B de %Y", "%Y-%j", "%G-W%V-%u",
)  # fmt: skip
MONTHLY = ("%Y-%m", "%Y%m", "%m/%Y", "%b %Y", "%B %Y", "%Y-%b", "%b-%y", "%YM%m", "%Y.%m", "%m.%Y")
CLOCKS = ("%H:%M", "%H:%M:%S", "%-H:%M", "%I:%M %p", "%-I:%M:%S %p", "%Hh%M", "%H%M", "%H:%M:%S.000")
ZONES = ("", "", "", "Z", "+01:00", "-0500", "+05:30", " UTC", " EST", " CET")
STEPS = {"min": "clock", "5min": "clock", "15min": "clock", "h": "clock", "6h": "clock", "D": "day", "B": "day",
         "3D": "day", "7D": "day", "MS": "month", "ME": "day", "QS": "month", "YS": "month"}  # fmt: skip
PARTS = {
    "en": ("year", "month", "day", "hour", "minute"),
    "de": ("Jahr", "Monat", "Tag", "Stunde", "Minute"),
    "fr": ("Année", "Mois", "Jour", "Heure", "Minute"),
    "es": ("año", "mes", "día", "hora", "minuto"),
    "short": ("yr", "mo", "dy", "hr", "min"),
}


def write(stamps: pd.DatetimeIndex, form: str, language: str) -> list[str]:
    """The stamps in a format, with the names of one language."""
    texts = []
    for stamp in stamps:
        terms = {
            "%B": MONTHS[language][stamp.month - 1],
            "%b": SHORT[language][stamp.month - 1],
            "%a": WEEKDAYS[language][stamp.weekday()],
            "%-d": str(stamp.day),
            "%-m": str(stamp.month),
            "%-H": str(stamp.hour),
            "%-I": str(stamp.hour % 12 or 12),
            "%p": "AM" if stamp.hour < 12 else "PM",
        }
        text = form
        for mark, word in terms.items():
            text = text.replace(mark, word.replace("%", "%%"))
        texts.append(stamp.strftime(text))
    return texts


@dataclass(frozen=True)
class Written:
    """A file's columns and the stamps in them."""

    columns: dict[str, list[Any]]
    stamps: list[str]


@st.composite
def stamps(draw: st.DrawFn) -> tuple[pd.DatetimeIndex, str]:
    step = draw(st.sampled_from(list(STEPS)))
    day = draw(st.dates(pd.Timestamp("1971-01-01").date(), pd.Timestamp("2030-06-01").date()))
    start = pd.Timestamp(day)
    if STEPS[step] == "clock":
        start += pd.Timedelta(hours=draw(st.integers(0, 23)))
    return pd.date_range(start, periods=draw(st.integers(10, 60)), freq=step), STEPS[step]


@st.composite
def one_cell(draw: st.DrawFn) -> Written:
    times, kind = draw(stamps())
    language = draw(st.sampled_from(list(MONTHS)))
    form = draw(st.sampled_from(MONTHLY if kind == "month" and draw(st.booleans()) else DATES))
    if kind == "clock":
        glue = draw(st.sampled_from((" ", "T", ", ", "  ", " - ")[: 5 if form != "%Y%m%d" else 2]))
        clock, zone = draw(st.sampled_from(CLOCKS)), draw(st.sampled_from(ZONES))
        form += glue + clock + (" " if clock[-1] in "pM" and zone else "") + zone
    others = () if form == "%m.%Y" else ("x0",)  # 1.2024 is a number unless the name says that it is a time
    name = draw(st.sampled_from(("date", "Datum", "time", "when", *others)))
    cells = write(times, form, language)
    if draw(st.booleans()) and kind != "clock":
        times, cells = times[::-1], cells[::-1]
    return Written({name: cells, "value": VALUES[: len(times)]}, _iso(times))


@st.composite
def two_columns(draw: st.DrawFn) -> Written:
    times, _ = draw(stamps().filter(lambda pair: pair[1] == "clock"))
    language = draw(st.sampled_from(list(MONTHS)))
    columns: dict[str, list[Any]] = {
        draw(st.sampled_from(("date", "Date", "day"))): write(times, draw(st.sampled_from(DATES)), language),
        draw(st.sampled_from(("time", "clock", "Uhrzeit", "hour"))): write(times, draw(st.sampled_from(CLOCKS)), "en"),
        "value": VALUES[: len(times)],
        "other": VALUES[1 : len(times) + 1],
    }
    order = draw(st.permutations(list(columns)))
    return Written({name: columns[name] for name in order}, _iso(times))


@st.composite
def parts(draw: st.DrawFn) -> Written:
    times, kind = draw(stamps())
    names = draw(st.sampled_from(list(PARTS.values())))
    language = draw(st.sampled_from(list(MONTHS)))
    month = draw(st.sampled_from(("%-m", "%m", "%b", "%B")))
    forms = ["%Y", month, "%-d", "%-H", "%M"][: {"clock": 5, "day": 3, "month": 2}[kind]]
    columns: dict[str, list[Any]] = {
        name: write(times, form, language) for name, form in zip(names, forms, strict=False)
    }
    columns["value"] = VALUES[: len(times)]
    order = draw(st.permutations(list(columns)))
    return Written({name: columns[name] for name in order}, _iso(times))


def _iso(times: pd.DatetimeIndex) -> list[str]:
    return [str(stamp) for stamp in times.strftime("%Y-%m-%dT%H:%M:%S")]


def right_or_asked(file: Written) -> bool:
    """Whether the stamps are as written, or are so with one of the answers to what is asked."""
    time = read(file.columns, raw=True)
    return local(time) == file.stamps or any(local(other) == file.stamps for other in answers(file, time))


def answers(file: Written, time: Time) -> list[Time]:
    asked = [guess for guess in time.guesses if guess.doubtful]
    return [
        read(file.columns, ReadOptions(**{guess.setting: value}), raw=True)
        for guess in asked
        for value, _ in guess.alternatives
        if value != guess.value
    ]


@settings(max_examples=200)
@given(one_cell())
def test_a_date_in_one_column(file: Written) -> None:
    assert right_or_asked(file)


@settings(max_examples=100)
@given(two_columns())
def test_a_date_and_a_clock(file: Written) -> None:
    assert right_or_asked(file)


@settings(max_examples=100)
@given(parts())
def test_parts_of_a_date(file: Written) -> None:
    assert right_or_asked(file)
