"""How a time may be written, in one column or several: every way with the steps that it can tell apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MONTHS = {
    "en": "January February March April May June July August September October November December",
    "en short": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "en dots": "Jan. Feb. March April May June July Aug. Sept. Oct. Nov. Dec.",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "de short": "Jan Feb Mrz Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    "de dots": "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "fr dots": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "es short": "ene feb mar abr may jun jul ago sept oct nov dic",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "it short": "gen feb mar apr mag giu lug ago set ott nov dic",
}
HOURS = ("15 minutes", "hour", "6 hours")
CLOCKS = ("10 seconds", "minute", *HOURS)
DATES = ("day", "week", "month", "quarter", "year")
PERIODS = ("month", "quarter", "year")

Write = Callable[[datetime], tuple[str, ...]]


@dataclass(frozen=True)
class Calendar:
    """Names of its columns and how a stamp is written in them; `swaps` if day and month may change places,
    `custom` if custom alone says that they do not (points between them).

    `needs_names`: without them nobody could know what the
    numbers mean. `zone`: an offset may follow the clock.
    """

    label: str
    names: tuple[str, ...]
    write: Write
    steps: tuple[str, ...]
    swaps: bool = False
    custom: bool = False
    needs_names: bool = False
    zone: bool = False


def _in(form: str) -> Write:
    return lambda stamp: (stamp.strftime(form),)


def _words(form: str, language: str) -> Write:
    """A format in which {month} is a word of `language`."""
    months = MONTHS[language].split()
    return lambda stamp: (form.format(day=stamp.day, month=months[stamp.month - 1], year=stamp.year),)


def _columns(*forms: str) -> Write:
    return lambda stamp: tuple(stamp.strftime(form) for form in forms)


def _year_month(language: str) -> Write:
    months = MONTHS[language].split()
    return lambda stamp: (str(stamp.year), months[stamp.month - 1])


def _quarter(form: str) -> Write:
    return lambda stamp: tuple(form.format(q=(stamp.month + 2) // 3, year=stamp.year).split("\t"))


def _iso(form: str) -> Write:
    def write(stamp: datetime) -> tuple[str, ...]:
        year, week, day = stamp.isocalendar()
        return tuple(form.format(year=year, week=week, day=day).split("\t"))

    return write


def _unix(per_second: int) -> Write:
    return lambda stamp: (str(int(stamp.replace(tzinfo=UTC).timestamp()) * per_second),)


def _at_24(stamp: datetime) -> tuple[str, ...]:
    if stamp.hour == stamp.minute == stamp.second == 0:
        return ((stamp - timedelta(days=1)).strftime("%Y-%m-%d 24:00"),)
    return (stamp.strftime("%Y-%m-%d %H:%M"),)


def _interval(stamp: datetime) -> tuple[str, ...]:
    return (f"{stamp:%d.%m.%Y %H:%M} - {stamp + timedelta(hours=1):%d.%m.%Y %H:%M}",)


CALENDARS = (
    Calendar("ISO days", ("date",), _in("%Y-%m-%d"), DATES),
    Calendar("ISO stamps", ("time",), _in("%Y-%m-%d %H:%M:%S%z"), CLOCKS, zone=True),
    Calendar("ISO stamps with T", ("timestamp",), _in("%Y-%m-%dT%H:%M:%S%z"), CLOCKS, zone=True),
    Calendar("ISO minutes", ("time",), _in("%Y-%m-%d %H:%M%z"), ("minute", *HOURS), zone=True),
    Calendar("two spaces", ("time",), _in("%Y-%m-%d  %H:%M"), ("minute", *HOURS)),
    Calendar("midnight as 24:00", ("time",), _at_24, HOURS),
    Calendar("year first, slashes", ("Date",), _in("%Y/%m/%d"), DATES),
    Calendar("day first, slashes", ("Date",), _in("%d/%m/%Y"), DATES, swaps=True),
    Calendar("month first, slashes", ("Date",), _in("%m/%d/%Y"), DATES, swaps=True),
    Calendar("month first without zeros", ("Date",), _in("%-m/%-d/%Y"), DATES, swaps=True),
    Calendar("day first, hyphens", ("fecha",), _in("%d-%m-%Y"), DATES, swaps=True),
    Calendar("day first, clock", ("Date",), _in("%d/%m/%Y %H:%M"), ("minute", *HOURS), swaps=True),
    Calendar("month first, 12 hours", ("Date",), _in("%m/%d/%Y %I:%M %p"), ("minute", *HOURS), swaps=True),
    Calendar("points", ("Datum",), _in("%d.%m.%Y"), DATES, custom=True),
    Calendar("points without zeros", ("Datum",), _in("%-d.%-m.%Y"), DATES, custom=True),
    Calendar("points, clock", ("Zeit",), _in("%d.%m.%Y %H:%M:%S"), CLOCKS, custom=True),
    Calendar("interval", ("MTU",), _interval, ("hour",), custom=True),
    Calendar("25-Mar-2024", ("date",), _in("%d-%b-%Y"), DATES),
    Calendar("March 25, 2024", ("date",), _in("%B %d, %Y"), DATES),
    Calendar("Mon, 25 Mar 2024", ("date",), _in("%a, %d %b %Y"), DATES),
    Calendar("ctime", ("Time",), _in("%a %b %d %H:%M:%S %Y"), CLOCKS),
    Calendar("digits", ("date",), _in("%Y%m%d"), DATES, needs_names=True),
    Calendar("digits to the hour", ("time",), _in("%Y%m%d%H"), ("hour", "6 hours"), needs_names=True),
    Calendar("digits to the minute", ("time",), _in("%Y%m%d%H%M"), ("minute", *HOURS), needs_names=True),
    Calendar("digits to the second", ("time",), _in("%Y%m%d%H%M%S"), CLOCKS, needs_names=True),
    Calendar("unix seconds", ("timestamp",), _unix(1), CLOCKS, needs_names=True),
    Calendar("unix milliseconds", ("timestamp",), _unix(1000), CLOCKS, needs_names=True),
    Calendar("months", ("month",), _in("%Y-%m"), PERIODS[:2]),
    Calendar("months, slashes", ("month",), _in("%m/%Y"), PERIODS[:2]),
    Calendar("digits for months", ("month",), _in("%Y%m"), PERIODS[:2], needs_names=True),
    Calendar("2024M03", ("TIME",), _in("%YM%m"), PERIODS[:2]),
    Calendar("years", ("year",), _in("%Y"), ("year",), needs_names=True),
    Calendar("Q1 2020", ("quarter",), _quarter("Q{q} {year}"), ("quarter",)),
    Calendar("2020-Q1", ("quarter",), _quarter("{year}-Q{q}"), ("quarter",)),
    Calendar("2024-W05", ("week",), _iso("{year}-W{week:02d}"), ("week",)),
    Calendar("202405", ("week",), _iso("{year}{week:02d}"), ("week",), needs_names=True),
    Calendar("2024-W05-3", ("date",), _iso("{year}-W{week:02d}-{day}"), ("day", "week")),
    *(Calendar(f"month and year, {name}", ("month",), _words("{month} {year}", name), PERIODS[:2]) for name in MONTHS),
    Calendar("2. März 2024", ("Datum",), _words("{day}. {month} {year}", "de"), DATES),
    Calendar("02. Sept. 2024", ("Datum",), _words("{day:02d}. {month} {year}", "de dots"), DATES),
    Calendar("2 mars 2024", ("date",), _words("{day} {month} {year}", "fr"), DATES),
    Calendar("2-sept.-2024", ("date",), _words("{day}-{month}-{year}", "fr dots"), DATES),
    Calendar("2 de marzo de 2024", ("fecha",), _words("{day} de {month} de {year}", "es"), DATES),
    Calendar("02/ene/2024", ("fecha",), _words("{day:02d}/{month}/{year}", "es short"), DATES),
    Calendar("2 marzo 2024", ("data",), _words("{day} {month} {year}", "it"), DATES),
    Calendar("02-gen-2024", ("data",), _words("{day:02d}-{month}-{year}", "it short"), DATES),
    Calendar("date, clock", ("Date", "Time"), _columns("%Y-%m-%d", "%H:%M:%S"), CLOCKS),
    Calendar("clock, date", ("Time", "Date"), _columns("%H:%M", "%Y-%m-%d"), ("minute", *HOURS)),
    Calendar("day first, clock apart", ("Date", "Time"), _columns("%d/%m/%Y", "%H:%M"), HOURS, swaps=True),
    Calendar("Datum, Uhrzeit", ("Datum", "Uhrzeit"), _columns("%d.%m.%Y", "%H:%M"), ("minute", *HOURS), custom=True),
    Calendar("date, 7:00 AM", ("Date", "Time"), _columns("%Y-%m-%d", "%-I:%M %p"), ("minute", *HOURS)),
    Calendar("date, 0700", ("date", "time"), _columns("%Y-%m-%d", "%H%M"), HOURS, needs_names=True),
    Calendar("date, hour", ("date", "hour"), _columns("%Y-%m-%d", "%-H"), ("hour", "6 hours"), needs_names=True),
    Calendar("year, month, day", ("year", "month", "day"), _columns("%Y", "%-m", "%-d"), DATES, needs_names=True),
    Calendar("day, month, year", ("Day", "Month", "Year"), _columns("%d", "%m", "%Y"), DATES, needs_names=True),
    Calendar("Jahr, Monat, Tag", ("Jahr", "Monat", "Tag"), _columns("%Y", "%-m", "%-d"), DATES, needs_names=True),
    Calendar("year to minute", ("year", "month", "day", "hour", "minute"), _columns("%Y", "%-m", "%-d", "%-H", "%-M"),
             ("minute", *HOURS), needs_names=True),
    Calendar("year, month", ("Year", "Month"), _columns("%Y", "%-m"), PERIODS[:2], needs_names=True),
    Calendar("year, month in words", ("Year", "Month"), _year_month("en"), PERIODS[:2], needs_names=True),
    Calendar("Jahr, Monat in words", ("Jahr", "Monat"), _year_month("de"), PERIODS[:2], needs_names=True),
    Calendar("année, mois in words", ("Année", "Mois"), _year_month("fr dots"), PERIODS[:2], needs_names=True),
    Calendar("año, mes in words", ("Año", "Mes"), _year_month("es"), PERIODS[:2], needs_names=True),
    Calendar("anno, mese in words", ("Anno", "Mese"), _year_month("it short"), PERIODS[:2], needs_names=True),
    Calendar("year, quarter", ("Year", "Quarter"), _quarter("{year}\t{q}"), ("quarter",), needs_names=True),
    Calendar("year, week", ("year", "week"), _iso("{year}\t{week}"), ("week",), needs_names=True),
    Calendar("year, day of year", ("YEAR", "DOY"), _columns("%Y", "%-j"), ("day", "week"), needs_names=True),
)  # fmt: skip
