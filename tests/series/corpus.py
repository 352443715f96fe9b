"""Small files as people hand them over, labelled with what must come out: numbers, times, a note, or a refusal."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from liquid.series.reading import ReadOptions

A = (1.5, 2.25, -3.0, 4.125, 5.5, 6.75, 7.0, 8.5, 9.25, 10.5)
B = (10, 20, 30, 40, 50, 60, 70, 80, 90, 100)
DAYS = tuple(f"2024-01-{day:02d}" for day in range(11, 21))
ISO = ("2024-01-11", "2024-01-20")


GUESS = ReadOptions()


@dataclass(frozen=True)
class Case:
    """A file and what is expected: `values` by name, first and last stamp as text, words of notes, or of the error."""

    label: str
    data: bytes
    values: dict[str, Sequence[float]] | None = None
    ends: tuple[str, str] | None = None
    kind: str | None = None
    notes: tuple[str, ...] = ()
    error: tuple[str, ...] = ()
    options: ReadOptions = GUESS


def table(*columns: Sequence[Any], header: str | None = None, sep: str = ",", end: str = "\n", point: str = ".") -> str:
    """Columns as delimited text, numbers with the decimal sign `point`."""
    lines = [header] if header is not None else []
    for row in zip(*columns, strict=True):
        lines.append(sep.join(cell if isinstance(cell, str) else str(cell).replace(".", point) for cell in row))
    return end.join(lines) + end


def ok(label: str, text: str | bytes, values: dict[str, Sequence[float]], *notes: str, **others: Any) -> Case:
    data = text if isinstance(text, bytes) else text.encode()
    return Case(label, data, values, notes=notes, **others)


def bad(label: str, text: str | bytes, *error: str, options: ReadOptions | None = None) -> Case:
    data = text if isinstance(text, bytes) else text.encode()
    return Case(label, data, error=error, options=options or GUESS)


def dated(stamps: Sequence[Any], header: str = "date,a") -> str:
    return table(stamps, A, header=header)


def zipped(*names: str, text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, text)
    return buffer.getvalue()


PLAIN = table(DAYS, A, B, header="date,a,b")
AB: dict[str, Sequence[float]] = {"a": A, "b": B}
ONLY_A: dict[str, Sequence[float]] = {"a": A}
THOUSANDS = tuple(1000 + 111 * i for i in range(10))
MONTH_STARTS = tuple(f"{1 + i:02d}/2023" for i in range(10))
HALF = [*A[:4], "NA", *A[5:]]
GONE = float("nan")  # missing stays missing
LACKING = (*A[:4], GONE, *A[5:])

DIALECTS = (
    ok("comma", PLAIN, AB, "comma", ends=ISO, kind="date"),
    ok("semicolon", table(DAYS, A, B, header="date;a;b", sep=";"), AB, "semicolon", ends=ISO),
    ok("tab", table(DAYS, A, B, header="date\ta\tb", sep="\t"), AB, "tab", ends=ISO),
    ok("space", table(DAYS, A, B, header="date a b", sep=" "), AB, "space", ends=ISO),
    ok("runs of spaces", table(DAYS, A, B, header="date   a  b", sep="    "), AB, "space", ends=ISO),
    ok("vertical bar", table(DAYS, A, B, header="date|a|b", sep="|"), AB, "vertical bar", ends=ISO),
    ok("space behind the comma", table(DAYS, A, B, header="date, a, b", sep=", "), AB, "comma", ends=ISO),
    ok("one column, no header", table(A), {"column 1": A}, "One column", kind="index"),
    ok("one column with header", table(A, header="a"), ONLY_A, "One column", kind="index"),
    ok("one column of decimal commas", table(A, header="a", point=","), ONLY_A, "decimal comma", kind="index"),
    ok("no header", table(DAYS, A, B), {"column 2": A, "column 3": B}, "read as values", ends=ISO),
    ok("no header, no time", table(A, B), {"column 1": A, "column 2": B}, "order of the rows", kind="index"),
    ok("quoted cells", table([f'"{d}"' for d in DAYS], [f'"{a}"' for a in A], header='"date","a"'), ONLY_A, ends=ISO),
    ok("quoted name with the delimiter in it", dated(DAYS, 'date,"a, really"'), {"a, really": A}, ends=ISO),
    ok("pandas without names", table(range(10), A, B, header=",0,1"), {"0": A, "1": B}, kind="number"),
    ok("row names without a name", table(range(1, 11), A, B, header="a b", sep=" "), AB, kind="number"),
    ok("carriage returns and newlines", PLAIN.replace("\n", "\r\n"), AB, ends=ISO),
    ok("carriage returns alone", PLAIN.replace("\n", "\r"), AB, ends=ISO),
    ok("no newline at the end", PLAIN.rstrip("\n"), AB, ends=ISO),
    ok("blank lines", PLAIN.replace("\n", "\n\n"), AB, ends=ISO),
    ok("trailing delimiter", PLAIN.replace("\n", ",\n"), AB, "without any value", ends=ISO),
    ok("title above", "Sales of 2024\nby region\n\n" + PLAIN, AB, "2 lines before the table", ends=ISO),
    ok("comments above", "# made by a logger\n# version 2\n" + PLAIN, AB, "2 lines before the table", ends=ISO),
    ok("a line for Excel", "sep=;\n" + table(DAYS, A, B, header="date;a;b", sep=";"), AB, "1 line before", ends=ISO),
    ok("names in a comment", "#date,a,b\n" + table(DAYS, A, B), AB, ends=ISO),
    ok(
        "units under the names",
        PLAIN.replace("date,a,b\n", "date,a,b\n,m,kg\n"),
        AB,
        "Line 2 holds the units",
        ends=ISO,
    ),
)

NUMBERS = (
    ok("decimal comma", table(DAYS, A, header="date;a", sep=";", point=","), ONLY_A, "decimal comma", ends=ISO),
    ok("decimal comma in quotes", table(DAYS, [f'"{a}"'.replace(".", ",") for a in A], header="date,a"), ONLY_A),
    ok("thousands with commas", table(DAYS, [f'"{v:,}.5"' for v in THOUSANDS], header="date,a"),
       {"a": [v + 0.5 for v in THOUSANDS]}, "thousands"),
    ok("thousands with points", table(DAYS, [f"{v:,}".replace(",", ".") + ",5" for v in THOUSANDS], header="date;a",
       sep=";"),
       {"a": [v + 0.5 for v in THOUSANDS]}, "thousands", "decimal comma"),
    ok("thousands with spaces", table(DAYS, [f"{v:,}".replace(",", " ") for v in THOUSANDS], header="date;a", sep=";"),
       {"a": THOUSANDS}, "thousands"),
    ok("another column decides the sign",
       table(DAYS, [f"{v:,}".replace(",", ".") for v in THOUSANDS], ["0,5"] * 9 + ["0,7"], header="date;a;b", sep=";"),
       {"a": THOUSANDS, "b": [0.5] * 9 + [0.7]}, "thousands"),
    ok("comma that nothing decides, semicolons", table(DAYS, [f"{v:,}" for v in THOUSANDS], header="date;a", sep=";"),
       {"a": [v / 1000 for v in THOUSANDS]}, "is ambiguous", "overrule"),
    ok("comma that nothing decides, quotes", table(DAYS, [f'"{v:,}"' for v in THOUSANDS], header="date,a"),
       {"a": THOUSANDS}, "is ambiguous", "overrule"),
    ok("point that nothing decides", table(DAYS, [f"{v / 1000:.3f}" for v in THOUSANDS], header="date,a"),
       {"a": [v / 1000 for v in THOUSANDS]}, "is ambiguous", "overrule"),
    ok("the sign overruled", table(DAYS, [f"{v:,}" for v in THOUSANDS], header="date;a", sep=";"),
       {"a": THOUSANDS}, "as you said", options=ReadOptions(decimal=".")),
    ok("a first zero marks decimals", table(DAYS, [f"0,{512 + i}" for i in range(10)], header="date\ta", sep="\t"),
       {"a": [(512 + i) / 1000 for i in range(10)]}, "decimal comma"),
    ok("exponents", table(DAYS, [f"{a:e}" for a in A], header="date,a"), ONLY_A),
    ok("percent signs", table(DAYS, [f"{a}%" for a in A], header="date,a"), ONLY_A),
    ok("plus signs", table(DAYS, [f"{a:+}" for a in A], header="date,a"), ONLY_A),
    ok("true and false", table(DAYS, ["true", "false"] * 5, header="date,a"), {"a": [1, 0] * 5}, "true was read as 1"),
    ok("infinite", dated(DAYS).replace("5.5", "inf"), {"a": LACKING}, "1 infinite value", "1 missing value"),
    ok("sentinel", dated(DAYS).replace("5.5", "-9999"), {"a": (*A[:4], -9999, *A[5:])}, "-9999", "if it means missing"),
    ok("constant beside another", table(DAYS, A, [7] * 10, header="date,a,b"), {"a": A, "b": [7] * 10},
       "constant column"),
)  # fmt: skip

SPELLINGS = tuple(
    ok(f"missing as {spelling!r}", dated(DAYS).replace("5.5", spelling), {"a": LACKING}, "1 missing value", ends=ISO)
    for spelling in ("", "NA", "NaN", "null", "-", "?", "N/A", "none", " NA ", "#N/A", ".")
)
MISSING = (
    *SPELLINGS,
    ok("missing at both ends", table(DAYS, ["", *A[1:9], ""], header="date,a"),
       {"a": (GONE, *A[1:9], GONE)}, "1 missing value", "the last row has no value"),
    ok("missing in a row", table(DAYS, [*A[:3], "NA", "NA", "NA", *A[6:]], header="date,a"),
       {"a": (*A[:3], GONE, GONE, GONE, *A[6:])}, "up to 3 in a row", "left missing"),
    ok("missing where time is uneven", table([0, 1, 2, 3, 4, 7, 8, 9, 10, 11], HALF[:5] + list(A[5:]),
       header="time,a"),
       {"a": LACKING}, "1 missing value", kind="number"),
    ok("words in a column of numbers", dated(DAYS).replace("5.5", "broken"), {"a": LACKING}, "'broken' in line 6"),
    ok("a column without values", table(DAYS, A, ["NA"] * 10, header="date,a,b"), ONLY_A, "without any value: 'b'"),
    ok("wide text", table(DAYS, A, ["a note of some length"] * 10, header="date,a,note"), ONLY_A, "text: 'note'"),
    ok("blank line in one column", "a\n" + "\n".join(str(v) for v in HALF).replace("NA", "") + "\n",
       {"a": LACKING}, "1 missing value"),
    ok("short rows", table(DAYS, A, B, header="date,a,b").replace(",100", ""), {"a": A, "b": (*B[:9], GONE)},
       "line is short (11)", "'b': the last row"),
)  # fmt: skip

TIMES = (
    ok("day first, shown by 13", dated([f"{d:02d}/02/2024" for d in range(11, 21)]), ONLY_A, "'13/02/2024' shows",
       ends=("2024-02-11", "2024-02-20")),
    ok("month first, shown by 13", dated([f"02/{d:02d}/2024" for d in range(11, 21)]), ONLY_A, "month first",
       ends=("2024-02-11", "2024-02-20")),
    ok("day first by even spacing", dated([f"{1 + i // 4:02d}/02/2024 {6 * (i % 4):02d}:00" for i in range(10)]),
       ONLY_A,
       "more even", "overrule", ends=("2024-02-01T00:00:00", "2024-02-03T06:00:00")),
    ok("month first by even spacing", dated([f"02/{1 + i // 4:02d}/2024 {6 * (i % 4):02d}:00" for i in range(10)]),
       ONLY_A,
       "more even", "overrule", ends=("2024-02-01T00:00:00", "2024-02-03T06:00:00")),
    ok("monthly through a new year", dated([f"01/{1 + (i + 6) % 12:02d}/{2023 + (i + 6) // 12}" for i in range(10)]),
       ONLY_A,
       "more even", "day first", ends=("2023-07-01", "2024-04-01")),
    ok("daily or monthly, both even", dated([f"{d:02d}/02/2024" for d in range(1, 11)]), ONLY_A,
       "month first was assumed",
       "overrule", ends=("2024-01-02", "2024-10-02")),
    ok("order overruled", dated([f"01/{m:02d}/2024" for m in range(1, 11)]), ONLY_A, "as you said",
       ends=("2024-01-01", "2024-10-01"), options=ReadOptions(day_first=True)),
    ok("open order with slashes", dated([f"{d:02d}/{d:02d}/2024" for d in range(1, 11)]), ONLY_A,
       "month first was assumed"),
    ok("open order with points", dated([f"{d:02d}.{d:02d}.2024" for d in range(1, 11)]), ONLY_A,
       "day first was assumed"),
    bad("both orders in one column", dated(["13/01/2024", "01/14/2024", *[f"0{d}/01/2024" for d in range(1, 9)]]),
        "mix two orders", "13/01/2024", "01/14/2024", "2024-01-31"),
    ok("points between", dated([f"{d}.2.2024" for d in range(11, 21)]), ONLY_A, ends=("2024-02-11", "2024-02-20")),
    ok("two-digit years", dated([f"{d}/02/24" for d in range(11, 21)]), ONLY_A, "digits were read as 2024",
       ends=("2024-02-11", "2024-02-20")),
    ok("year first with slashes", dated([f"2024/02/{d}" for d in range(11, 21)]), ONLY_A, ends=("2024-02-11",
       "2024-02-20")),
    ok("month names", dated([f"{d} Feb 2024" for d in range(11, 21)]), ONLY_A, ends=("2024-02-11", "2024-02-20")),
    ok("long month names", dated([f'"February {d}, 2024"' for d in range(11, 21)]), ONLY_A, ends=("2024-02-11",
       "2024-02-20")),
    ok("weekdays", dated([f"Sun {d} Feb 2024" for d in range(11, 21)]), ONLY_A, ends=("2024-02-11", "2024-02-20")),
    ok("month and year", dated(MONTH_STARTS), ONLY_A, ends=("2023-01-01", "2023-10-01")),
    ok("year and month", dated([f"2023-{m:02d}" for m in range(1, 11)]), ONLY_A, ends=("2023-01-01", "2023-10-01")),
    ok("quarters", dated([f"{2020 + i // 4}Q{1 + i % 4}" for i in range(10)]), ONLY_A, ends=("2020-01-01",
       "2022-04-01")),
    ok("years", dated(range(1990, 2000), "year,a"), ONLY_A, "years", ends=("1990-01-01", "1999-01-01")),
    ok("YYYYMMDD", dated(range(20240211, 20240221)), ONLY_A, "YYYYMMDD", ends=("2024-02-11", "2024-02-20")),
    ok("YYYYMM", dated(range(202301, 202311)), ONLY_A, "YYYYMM", ends=("2023-01-01", "2023-10-01")),
    ok("year and month in two columns", table([2023] * 10, range(1, 11), A, header="year,month,a"), ONLY_A,
       ends=("2023-01-01", "2023-10-01")),
    ok("year and quarter in two columns", table([2020 + i // 4 for i in range(10)], [1 + i % 4 for i in range(10)], A,
       header="year,quarter,a"), ONLY_A, ends=("2020-01-01", "2022-04-01")),
    ok("date and clock in two columns", table(["11.02.2024"] * 10, [f"{h:02d}:30" for h in range(10)], A,
       header="date;clock;a", sep=";"), ONLY_A, ends=("2024-02-11T00:30:00", "2024-02-11T09:30:00")),
    ok("date and clock by spaces", table(["2024-02-11"] * 10, [f"{h:02d}:30:00" for h in range(10)], A,
       header="date clock a", sep=" "), ONLY_A, ends=("2024-02-11T00:30:00", "2024-02-11T09:30:00")),
    ok("clock alone", dated([f"00:0{m}:30" for m in range(10)], "time,a"), ONLY_A, "seconds", ends=("30", "570"),
       kind="number"),
    ok("date and hour", table(["2024-02-11"] * 10, range(10), A, header="date,hour,a"), ONLY_A,
       ends=("2024-02-11T00:00:00", "2024-02-11T09:00:00")),
    ok("ISO without hyphens", dated([f"20240211T{h:02d}3000Z" for h in range(10)]), ONLY_A,
       ends=("2024-02-11T00:30:00Z", "2024-02-11T09:30:00Z")),
    ok("12-hour clock", dated([f"02/13/2024 {1 + i}:00 PM" for i in range(10)]), ONLY_A,
       ends=("2024-02-13T13:00:00", "2024-02-13T22:00:00")),
    ok("unix seconds", dated([1_700_000_000 + 60 * i for i in range(10)], "timestamp,a"), ONLY_A,
       "unix time in seconds",
       ends=("2023-11-14T22:13:20Z", "2023-11-14T22:22:20Z"), kind="date"),
    ok("unix milliseconds", dated([1_700_000_000_000 + 500 * i for i in range(10)], "ts,a"), ONLY_A, "unix time in ms",
       ends=("2023-11-14T22:13:20.000Z", "2023-11-14T22:13:24.500Z"), kind="date"),
    ok("plain numbers", dated([0.5 * i for i in range(10)], "t,a"), ONLY_A, ends=("0", "4.5"), kind="number"),
    ok("row numbers without a name", dated(range(10), ",a"), ONLY_A, kind="number"),
    ok("ISO with fractions and T", dated([f"2024-02-11T10:00:0{i}.500" for i in range(10)]), ONLY_A,
       ends=("2024-02-11T10:00:00.500", "2024-02-11T10:00:09.500")),
    ok("mixed UTC offsets", dated([f"2024-03-31T0{i}:00:00+01:00" for i in range(5)]
       + [f"2024-03-31T{i + 6:02d}:00:00+02:00" for i in range(5)]), ONLY_A, "2 different UTC offsets",
       ends=("2024-03-30T23:00:00Z", "2024-03-31T08:00:00Z")),
    ok("newest first", table(DAYS[::-1], A[::-1], header="date,a"), ONLY_A, "turned around", ends=ISO),
    ok("unsorted", table([DAYS[1], DAYS[0], *DAYS[2:]], [A[1], A[0], *A[2:]], header="date,a"), ONLY_A, "sorted",
       ends=ISO),
    ok("repeated stamps", table([*DAYS[:9], DAYS[8], DAYS[9]], [*A[:9], 11.25, A[9]], header="date,a"),
       {"a": A}, "1 row repeated", "the first row of each time was taken", ends=ISO),
    ok("repeated stamps, averaged on request", table([*DAYS[:9], DAYS[8], DAYS[9]], [*A[:9], 11.25, A[9]],
       header="date,a"), {"a": (*A[:8], 10.25, A[9])}, "as you said", ends=ISO, options=ReadOptions(combine="mean")),
    ok("uneven", dated([*DAYS[:9], "2024-03-01"]), ONLY_A, "daily, with gaps", "42 periods", "2024-01-19"),
    ok("rows without a time", table([*DAYS[:9], "total", DAYS[9]], [*A[:9], 99, A[9]], header="date,a"), ONLY_A,
       "1 row without a time", ends=ISO),
    ok("time column named", table(A, DAYS, header="a,when"), ONLY_A, ends=ISO, options=ReadOptions(time_column="when")),
    ok("time column by position", table(range(1, 11), A, B, header="id,a,b"), {"id": range(1, 11), "a": A},
       options=ReadOptions(time_column=2, target=("id", "a")), kind="number"),
    ok("no time wanted", table(range(1, 11), A, header="t,a"), {"t": range(1, 11), "a": A}, kind="index",
       options=ReadOptions(time_column="none")),
    ok("target chosen, order kept", PLAIN, {"b": B, "a": A}, options=ReadOptions(target=("b", "a"))),
    ok("min, max and mean are no time", table(A, B, [2 * b for b in A], header="min,max,s"),
       {"min": A, "max": B, "s": [2 * b for b in A]}, kind="index"),
)  # fmt: skip

UMLAUT = table(DAYS, A, header="date,Wärme °C")
ENCODINGS = (
    ok("byte order mark", b"\xef\xbb\xbf" + PLAIN.encode(), AB, "byte order mark", ends=ISO),
    ok("UTF-16, little-endian", b"\xff\xfe" + UMLAUT.encode("utf-16-le"), {"Wärme °C": A}, "UTF-16, little", ends=ISO),
    ok("UTF-16, big-endian", b"\xfe\xff" + UMLAUT.encode("utf-16-be"), {"Wärme °C": A}, "UTF-16, big", ends=ISO),
    ok("UTF-16 without a mark", UMLAUT.encode("utf-16-le"), {"Wärme °C": A}, "zero bytes", ends=ISO),
    ok(
        "Windows-1252", table(DAYS, A, header="date,€ Wärme").encode("cp1252"), {"€ Wärme": A}, "Windows-1252", ends=ISO
    ),
    ok("Latin-1 chosen", UMLAUT.encode("latin-1"), {"Wärme °C": A}, "Latin-1", options=ReadOptions(encoding="latin-1")),
    ok("gzip", gzip.compress(PLAIN.encode()), AB, ends=ISO),
    ok("zip of one file", zipped("data.csv", text=PLAIN), AB, ends=ISO),
)

NAMES = (
    ok("repeated names", table(DAYS, A, B, header="date,a,a"), {"a": A, "a (2)": B}, "new name"),
    ok("an empty name", table(DAYS, A, B, header="date,a,"), {"a": A, "column 3": B}, "'column 3'"),
    ok("control characters", table(DAYS, A, header="date,a\x07\u202eb"), {"a b": A}, "new name"),
    ok("a long name", table(DAYS, A, header="date," + "x" * 500), {"x" * 59 + "…": A}, "new name"),
    ok("hostile names", table(DAYS, A, B, header="date,![](https://example.org/x.png),=cmd|' /C calc'!A0"),
       {"![](https://example.org/x.png)": A, "=cmd|' /C calc'!A0": B}),
)  # fmt: skip

PANEL = table([day for day in DAYS for _ in "xyz"], ["x", "y", "z"] * 10, range(30), header="date,symbol,price")
PANELS = (
    ok("several series under one another", PANEL, {"price": range(0, 30, 3)}, "3 series, one for each 'symbol'",
       "'x' was taken", ends=ISO),
    ok("one of several series", PANEL, {"price": range(2, 30, 3)}, "'z' was taken, as you said", ends=ISO,
       options=ReadOptions(series=(("symbol", "z"),))),
    ok("the sum of several series", PANEL, {"price": [9 * i + 3 for i in range(10)]}, "sum", "as you said", ends=ISO,
       options=ReadOptions(combine="sum")),
)  # fmt: skip
REFUSED = (
    bad("empty", "", "empty"),
    bad("only blanks", " \n\n \t\n", "empty"),
    bad("only names", "date,a\n", "No numbers"),
    bad("only text", "Once upon a time\nthere was a file\nwithout a number\n" * 5, "No numbers", "Once upon"),
    bad("text in every column", table(DAYS, ["x"] * 10, header="date,a"), "only text", "'a'"),
    bad("three rows", table(DAYS[:3], A[:3], header="date,a"), "3 rows", "at least 8"),
    bad("all missing", table(DAYS, ["NA"] * 10, header="date,a"), "missing", "'a'"),
    bad("only a time", table(DAYS, header="date"), "'date'", "nothing is left"),
    bad("300 columns", table(*[A] * 300, header=",".join(f"c{i}" for i in range(300))), "300 columns", "200"),
    bad("one line of 300 numbers", ",".join("1" for _ in range(300)), "300 columns", "turned"),
    bad("a line of 2 MB", "1," * 1_000_000, "Line 1", "2.0 MB"),
    bad("a PNG picture", b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG picture", "CSV"),
    bad("an Excel file", zipped("[Content_Types].xml", "xl/workbook.xml", text="x"), "Excel", "CSV"),
    bad("an old Excel file", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "old Excel", "CSV"),
    bad("a zip of two files", zipped("a.csv", "b.csv", text=PLAIN), "2 files"),
    bad("a broken zip", zipped("a.csv", text=PLAIN)[:60], "zip"),
    bad("a broken gzip", gzip.compress(PLAIN.encode())[:40], "gzip"),
    bad("random bytes", bytes(range(256)) * 20, "binary", "CSV"),
    bad("a web page", "<!DOCTYPE html><html><body>1,2,3</body></html>", "web page"),
    bad("JSON", '[{"a": 1}, {"a": 2}]', "JSON"),
    bad("a row too long", PLAIN.replace("2024-01-13,-3.0,30", "2024-01-13,-3.0,30,1,2"), "Line 4", "5 fields",
       "delimiter"),
    bad("the first row too long", table(DAYS, A).replace("1.5\n", "1.5,9,9\n", 1), "Line 1", "fields"),
    bad("an open quote", PLAIN.replace("2024-01-13", '"2024-01-13'), "line 4", "never closed"),
    bad("decimal commas between commas", table(DAYS, [f"{a}" for a in A], header="date,a", point=",").replace(".", ","),
        "2 fields", "3", "decimal comma"),
    bad("a series that the table lacks", PANEL, "symbol='w'", "'x', 'y', 'z'",
        options=ReadOptions(series=(("symbol", "w"),))),
    bad("an unknown target", PLAIN, "'c'", "'a', 'b'", options=ReadOptions(target=("c",))),
    bad("a target of text", table(DAYS, A, ["x"] * 10, header="date,a,b"), "'b' holds text",
       options=ReadOptions(target=("b",))),
    bad("an unknown time column", PLAIN, "'when'", "'date'", options=ReadOptions(time_column="when")),
    bad("a time column of text", table(["x"] * 10, A, header="when,a"), "'when'", "'x'",
       options=ReadOptions(time_column="when")),
    bad("an unknown encoding", PLAIN, "klingon", "utf-8", options=ReadOptions(encoding="klingon")),
    bad("the wrong encoding", UMLAUT.encode("latin-1"), "not UTF-8", "byte", options=ReadOptions(encoding="utf-8")),
)  # fmt: skip

CORPUS = (*DIALECTS, *NUMBERS, *MISSING, *TIMES, *ENCODINGS, *NAMES, *PANELS, *REFUSED)
