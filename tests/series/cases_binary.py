"""Writes the spreadsheets and Parquet files of tests/series/cases/formats, whose labels stand beside them.

`python tests/series/cases_binary.py` writes them anew; it needs openpyxl and xlwt, which the tests do not.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = Path(__file__).parent / "cases" / "formats"
TEMP = [55.6, 47.1, 34.3, 42.7, 38.9, 40.9, 33.9, 41.9, 50.0, 42.0, 43.9, 35.6, 45.7, 33.4]
COUNT = [359, 381, 489, 396, 340, 355, 237, 276, 321, 288, 214, 198, 159, 277]
DAYS = [dt.date(2024, 3, 20) + dt.timedelta(days=i) for i in range(14)]
HOURS = [dt.datetime(2024, 3, 25, 15) + dt.timedelta(hours=i) for i in range(14)]
MONTHS = [dt.date(2022 + (8 + i) // 12, (8 + i) % 12 + 1, 1) for i in range(14)]
NAMES = ["date", "temp", "count"]
Rows = list[list[Any]]


def plain() -> Rows:
    return [NAMES, *([day, temp, count] for day, temp, count in zip(DAYS, TEMP, COUNT, strict=True))]


def pair(stamps: list[Any], values: list[Any], names: tuple[str, str] = ("date", "temp")) -> Rows:
    return [list(names), *([stamp, value] for stamp, value in zip(stamps, values, strict=True))]


def xlsx(sheets: dict[str, Rows], date_format: str = "yyyy-mm-dd", number_format: str = "") -> bytes:
    import openpyxl  # noqa: PLC0415 - only for writing the files

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for line in sheet.iter_rows():
            for cell in line:
                if isinstance(cell.value, dt.datetime):
                    cell.number_format = "yyyy-mm-dd hh:mm:ss"
                elif isinstance(cell.value, dt.date):
                    cell.number_format = date_format
                elif isinstance(cell.value, float) and number_format:
                    cell.number_format = number_format
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def xls(rows: Rows) -> bytes:
    import xlwt  # noqa: PLC0415 - only for writing the files

    book = xlwt.Workbook()
    sheet = book.add_sheet("data")
    style = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            sheet.write(i, j, value, style) if isinstance(value, dt.date) else sheet.write(i, j, value)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def ods(rows: Rows) -> bytes:
    """The least that LibreOffice opens: a mimetype, a manifest and the cells."""
    lines = ("".join(_ods_cell(value) for value in row) for row in rows)
    cells = "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
    space = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{space}:office:1.0" '
        f'xmlns:table="{space}:table:1.0" xmlns:text="{space}:text:1.0" office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="data">{cells}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="{space}:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), kind)
        archive.writestr(zipfile.ZipInfo("content.xml"), content, zipfile.ZIP_DEFLATED)
        archive.writestr(zipfile.ZipInfo("META-INF/manifest.xml"), manifest, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _ods_cell(value: Any) -> str:
    kind = 'office:value-type="string"'
    if isinstance(value, dt.date):
        kind = f'office:value-type="date" office:date-value="{value}"'
    elif isinstance(value, int | float):
        kind = f'office:value-type="float" office:value="{value}"'
    return f"<table:table-cell {kind}><text:p>{value}</text:p></table:table-cell>"


def encrypted() -> bytes:
    """What Excel writes under a password: an OLE container with a stream EncryptedPackage instead of a zip."""
    sector = 512
    header = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16))
    header += b"\x3e\x00\x03\x00\xfe\xff\x09\x00\x06\x00" + bytes(10)
    numbers = [1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0]  # FAT in sector 0, directory in sector 1
    header += b"".join(number.to_bytes(4, "little") for number in numbers) + bytes(4)
    header = header[:76] + b"".join(x.to_bytes(4, "little") for x in [0, *[0xFFFFFFFF] * 108])
    fat = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 10), 0xFFFFFFFE]  # a stream of 4,096 bytes in sectors 2 to 9
    table = b"".join(x.to_bytes(4, "little") for x in [*fat, *[0xFFFFFFFF] * (128 - len(fat))])
    directory = _entry("Root Entry", 5, child=1, start=0xFFFFFFFE, size=0) + _entry("EncryptedPackage", 2, start=2)
    return bytes(header) + table + directory.ljust(sector, b"\x00") + bytes(range(256)) * 16


def _entry(name: str, kind: int, *, child: int = 0xFFFFFFFF, start: int, size: int = 4096) -> bytes:
    text = name.encode("utf-16-le") + b"\x00\x00"
    links = b"\xff" * 8 + child.to_bytes(4, "little")
    times = bytes(16 + 4 + 16)
    return (
        text.ljust(64, b"\x00")
        + len(text).to_bytes(2, "little")
        + bytes([kind, 1])
        + links
        + times
        + start.to_bytes(4, "little")
        + size.to_bytes(8, "little")
    )


def parquet(columns: dict[str, Any], metadata: dict[bytes, bytes] | None = None) -> bytes:
    table = pa.table(columns)
    if metadata:
        table = table.replace_schema_metadata(metadata)
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="snappy", write_statistics=False)
    return buffer.getvalue()


def pandas_index() -> bytes:
    import pandas as pd  # noqa: PLC0415

    frame = pd.DataFrame({"temp": TEMP}, index=pd.DatetimeIndex(HOURS, name="when"))
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    return buffer.getvalue()


def spreadsheets() -> dict[str, bytes]:
    title = [["", "Readings of the north hall", None, None], [None] * 4, *(["", *row] for row in plain())]
    german = [
        ["Datum", "Wert"],
        *([f"{day:%d.%m.%Y}", f"{x:.1f}".replace(".", ",")] for day, x in zip(DAYS, TEMP, strict=True)),
    ]
    clock = [["date", "time", "temp"], *([s.date(), s.time(), x] for s, x in zip(HOURS, TEMP, strict=True))]
    errors = ["#N/A" if i == 3 else "#DIV/0!" if i == 7 else x for i, x in enumerate(TEMP)]
    seconds = [dt.datetime(2024, 3, 25, 10, 0, 10) + dt.timedelta(seconds=10 * i) for i in range(14)]
    wide = [["Country", *range(2005, 2019)]]
    wide += [[name, *(x + 1000 * k for x in COUNT)] for k, name in enumerate(("Belgium", "Chile", "Ghana"))]
    other = pair(DAYS, [2 * x for x in TEMP])
    return {
        "plain.xlsx": xlsx({"data": plain()}),
        "title_and_empty_column.xlsx": xlsx({"data": title}),
        "text_dates_german.xlsx": xlsx({"Tabelle1": german}),
        "date_and_clock.xlsx": xlsx({"data": clock}),
        "two_sheets.xlsx": xlsx({"north": plain(), "south": other}),
        "notes_first.xlsx": xlsx({"read me": [["Made up."], ["Temperatures and counts."]], "data": plain()}),
        "percent_cells.xlsx": xlsx(
            {"data": pair(DAYS, [round(x / 100, 3) for x in TEMP], ("date", "share"))}, number_format="0.0%"
        ),
        "error_cells.xlsx": xlsx({"data": pair(DAYS, errors)}),
        "month_cells.xlsx": xlsx({"data": pair(MONTHS, TEMP)}, "mmm-yy"),
        "clock_seconds.xlsx": xlsx({"data": pair(seconds, TEMP)}),
        "wide_years.xlsx": xlsx({"data": wide}),
        "encrypted.xlsx": encrypted(),
        "plain.xls": xls(plain()),
        "plain.ods": ods(plain()),
        "empty_sheet.xlsx": xlsx({"data": []}),
    }


def parquets() -> dict[str, bytes]:
    utc = [s.replace(tzinfo=dt.UTC) for s in HOURS]
    berlin = [s.replace(tzinfo=dt.timezone(dt.timedelta(hours=1))) for s in HOURS]
    holes = [None if i in (2, 9) else x for i, x in enumerate(COUNT)]
    shops = pa.array([shop for _ in DAYS for shop in "AB"]).dictionary_encode()
    return {
        "plain.parquet": parquet({"date": pa.array(DAYS), "temp": TEMP, "count": COUNT}),
        "stamps_utc.parquet": parquet({"time": pa.array(utc, pa.timestamp("ms", "UTC")), "temp": TEMP}),
        "stamps_berlin.parquet": parquet({"time": pa.array(berlin, pa.timestamp("ms", "Europe/Berlin")), "temp": TEMP}),
        "pandas_index.parquet": pandas_index(),
        "nulls_and_integers.parquet": parquet({"date": pa.array(DAYS), "count": pa.array(holes, pa.int32())}),
        "decimals.parquet": parquet(
            {
                "date": pa.array(DAYS),
                "price": pa.array([Decimal(f"{x + 0.25:.2f}") for x in TEMP], pa.decimal128(10, 2)),
            }
        ),
        "dictionary_panel.parquet": parquet(
            {
                "day": pa.array([day for day in DAYS for _ in "AB"]),
                "shop": shops,
                "sold": [count + 1000 * k for count in COUNT for k in range(2)],
            }
        ),
        "nanoseconds.parquet": parquet({"time": pa.array(HOURS, pa.timestamp("ns")), "temp": TEMP}),
        "nested.parquet": parquet({"date": pa.array(DAYS), "wave": pa.array([[x, x] for x in TEMP])}),
    }


def make(folder: Path) -> list[str]:
    """Writes every file into `folder` and returns their names."""
    files = spreadsheets() | parquets()
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return list(files)


if __name__ == "__main__":
    make(FOLDER)
