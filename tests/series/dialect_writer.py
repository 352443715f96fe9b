"""Writes a random series in a random dialect, calendar, zone, number format and layout: what the round trip reads."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from calendars import CALENDARS, Calendar

STEPS = {
    "10 seconds": timedelta(seconds=10),
    "minute": timedelta(minutes=1),
    "15 minutes": timedelta(minutes=15),
    "hour": timedelta(hours=1),
    "6 hours": timedelta(hours=6),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
NUMBERS = ((".", ""), (".", ","), (",", ""), (",", "."), (",", " "), (".", "'"))  # decimal sign, thousands
UNITS = ("", "", "", "", "{} €", "${}", "{}%", "{} %", "{} kWh")
MINUS = ("-{}", "-{}", "-{}", "\u2212{}", "\u2013{}", "({})", "{}-")
MISSING = ("", "", "NA", "NaN", "n/a", "-", "null", "#N/A", "..")
NAMES = ("load", "flow rate", "Größe", "temperature (°C)", "x1", "Wert", "sales", "pH", "débit")
KEYS = {"shop": ("1", "2", "3"), "Region": ("North", "South", "West"), "sensor": ("A7", "B2", "C9")}
TITLES = ("Readings of the north hall", "Readings, by hall", "Report 2024", "# written by a logger")
FOOTERS = ("Source: made up", "source: registers, 1950-1970", "* provisional")

Values = dict[str, list[float | None]]


@dataclass
class Combination:
    """One way to write a series, and the series: `stamps[time]`, and values by name, for every series of a panel."""

    seed: int
    calendar: Calendar
    step: str
    stamps: list[datetime]
    series: dict[str, Values]  # by the panel's key; one called "" if there is no panel
    layout: str  # "plain", "panel" or "wide"
    key: str
    delimiter: str
    quoted: bool
    decimal: str
    thousands: str
    digits: int
    unit: str
    minus: str
    missing: str
    header: bool
    title: str
    padded: bool
    units_row: bool
    footer: str
    trailing: bool  # a delimiter at the end of every line
    newest_first: bool
    end: str
    encoding: str
    cells: list[str] = field(default_factory=list)  # of all numbers, as written

    @property
    def columns(self) -> list[str]:
        return list(next(iter(self.series.values())))

    def __str__(self) -> str:
        shown = ("step", "layout", "delimiter", "quoted", "decimal", "thousands", "digits", "unit", "minus", "missing",
                 "header", "title", "padded", "units_row", "footer", "trailing",
             "newest_first", "encoding")  # fmt: skip
        return f"{self.calendar.label}, " + ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)


def combination(seed: int) -> Combination:
    """The combination of a seed. What nobody could read is left out: numbers for parts of a date without names."""
    r = random.Random(seed)
    calendar = r.choices(CALENDARS, [3 if calendar.swaps else 1 for calendar in CALENDARS])[0]
    step = r.choice(calendar.steps)
    layout = r.choice(("plain", "plain", "plain", "plain", "panel", "wide"))
    if layout == "wide" and (calendar.swaps or len(calendar.names) > 1 or step not in ("day", *MONTHS)):
        layout = "plain"
    rows = r.randint(9, 12 if calendar.swaps and step in ("day", "month") else 26)
    decimal, thousands = r.choice(NUMBERS)
    digits = r.choice((0, 1, 1, 2, 2, 3))
    size = r.choice((30, 30, 500, 4000, 2_000_000, 1 if digits > 1 else 30))
    names = ["value"] if layout == "wide" else r.sample(NAMES, r.choice((1, 1, 2, 3)))
    key = r.choice(list(KEYS))
    members = KEYS[key][: r.choice((2, 3))] if layout != "plain" else ("",)
    stamps = _stamps(r, calendar, step, rows)
    missing = r.choice(MISSING)
    holes = r.choice((0.0, 0.0, 0.1, 0.3))
    series = {member: {name: _values(r, rows, size, digits, holes) for name in names} for member in members}
    header = layout != "plain" or calendar.needs_names or r.random() < 0.9
    delimiter = r.choice(",;\t|,;")
    unit = r.choice(UNITS)
    minus = r.choice(MINUS if unit in ("", "${}") else MINUS[:5])
    return Combination(
        seed, calendar, step, stamps, series, layout, key, delimiter, r.random() < 0.2, decimal, thousands, digits,
        unit, minus, missing, header,
        title=r.choice(TITLES) if header and r.random() < 0.25 else "",
        padded=r.random() < 0.5,
        units_row=header and layout == "plain" and not unit and r.random() < 0.15,
        footer=r.choice(FOOTERS) if r.random() < 0.15 else "",
        trailing=r.random() < 0.06,
        newest_first=r.random() < 0.15 and layout != "wide",
        end=r.choice(("\n", "\n", "\r\n")),
        encoding=r.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16")),
    )  # fmt: skip


def written(this: Combination) -> bytes:
    """The file of a combination; fills `this.cells`."""
    this.cells = []
    table = {"plain": _plain, "panel": _panel, "wide": _wide}[this.layout](this)
    width = len(table[0])
    tail = this.delimiter if this.trailing else ""
    lines = [this.delimiter.join(_quoted(this, cell) for cell in row) + tail for row in table]
    if this.title:
        lines.insert(0, this.title + (this.delimiter * (width - 1) if this.padded else ""))
    if this.footer:
        lines.append(this.footer + (this.delimiter * (width - 1) if this.padded else ""))
    return (this.end.join(lines) + this.end).encode(this.encoding)


def _plain(this: Combination) -> list[list[str]]:
    (values,) = this.series.values()
    rows = [
        [*this.calendar.write(stamp), *(_number(this, values[name][i]) for name in values)]
        for i, stamp in enumerate(this.stamps)
    ]
    heads = [[*this.calendar.names, *values]] if this.header else []
    units = [["" for _ in this.calendar.names] + ["kg" for _ in values]] if this.units_row else []
    return [*heads, *units, *_ordered(this, rows)]


def _panel(this: Combination) -> list[list[str]]:
    """One series under another; by time instead if the seed is odd."""
    order = [(i, member) for member in this.series for i in range(len(this.stamps))]
    if this.seed % 2:
        order.sort(key=lambda place: place[0])
    rows = [
        [
            *this.calendar.write(this.stamps[i]),
            member,
            *(_number(this, column[i]) for column in this.series[member].values()),
        ]
        for i, member in order
    ]
    return [[*this.calendar.names, this.key, *this.columns], *_ordered(this, rows)]


def _wide(this: Combination) -> list[list[str]]:
    head = [this.key, *(this.calendar.write(stamp)[0] for stamp in this.stamps)]
    return [head, *([member, *(_number(this, x) for x in values["value"])] for member, values in this.series.items())]


def _ordered(this: Combination, rows: list[list[str]]) -> list[list[str]]:
    return rows[::-1] if this.newest_first else rows


def _number(this: Combination, value: float | None) -> str:
    if value is None:
        return this.missing
    text = f"{abs(value):,.{this.digits}f}".replace(",", "\0").replace(".", this.decimal).replace("\0", this.thousands)
    this.cells.append(text)
    text = this.minus.format(text) if value < 0 else text
    return this.unit.format(text) if this.unit else text


def _quoted(this: Combination, cell: str) -> str:
    return f'"{cell}"' if this.quoted or this.delimiter in cell or "\n" in cell else cell


def _values(r: random.Random, rows: int, size: int, digits: int, holes: float) -> list[float | None]:
    """Random values of about one size, never all alike; the first and the last are known."""
    negative = r.random() < 0.4
    values = [round(r.uniform(-size if negative else 0.2 * size, size), digits) for _ in range(rows)]
    values = [abs(value) if value == 0 else value for value in values]
    return [None if 0 < i < rows - 1 and r.random() < holes else value for i, value in enumerate(values)]


def _stamps(r: random.Random, calendar: Calendar, step: str, rows: int) -> list[datetime]:
    year = r.randint(1975, 2024)
    first = datetime(year, r.randint(1, 12), 1 if step == "day" and r.random() < 0.3 else r.randint(1, 28))
    if step in MONTHS:
        day = first.day if step == "month" and "day" in calendar.steps and r.random() < 0.3 else 1
        month = {"month": first.month, "quarter": 1 + 3 * ((first.month - 1) // 3), "year": 1}[step]
        months = [year * 12 + month - 1 + MONTHS[step] * i for i in range(rows)]
        return [datetime(each // 12, each % 12 + 1, day) for each in months]
    if step == "week":
        first -= timedelta(days=first.weekday())
    size = STEPS[step]
    if size < timedelta(days=1):
        first += timedelta(hours=r.choice((0, 6, 12, 18)))
        if calendar.zone and r.random() < 0.5:
            offset = r.choice((0, 60, 120, -300, -210, 345))
            first = first.replace(tzinfo=timezone(timedelta(minutes=offset)))
    return [first + size * i for i in range(rows)]
