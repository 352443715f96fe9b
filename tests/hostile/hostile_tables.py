"""Sheets, Parquet and JSON lines that lie, explode, or hold what they should not."""

from __future__ import annotations

import io
import json
import struct

import pyarrow as pa
import pyarrow.parquet as pq
from hostile_files import patched, zipped

SHEET = "xl/worksheets/sheet1.xml"
TYPES = (
    b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    b'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    b'<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType='
    b'"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
RELATION = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = b"http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(cells: str, name: str = "data") -> bytes:
    """The least that is an .xlsx, with these cells."""
    relations = b'<?xml version="1.0"?><Relationships xmlns="%s"><Relationship Id="rId1" Type="%s/%s" Target="%s"/>'
    relations += b"</Relationships>"
    book = b'<?xml version="1.0"?><workbook xmlns="%s" xmlns:r="%s"><sheets>' % (MAIN, RELATION)
    book += b'<sheet name="%s" sheetId="1" r:id="rId1"/></sheets></workbook>' % name.encode()
    sheet = b'<?xml version="1.0"?><worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (MAIN, cells.encode())
    return zipped(
        {
            "[Content_Types].xml": TYPES,
            "_rels/.rels": relations % (PACKAGE, RELATION, b"officeDocument", b"xl/workbook.xml"),
            "xl/workbook.xml": book,
            "xl/_rels/workbook.xml.rels": relations % (PACKAGE, RELATION, b"worksheet", b"worksheets/sheet1.xml"),
            SHEET: sheet,
        }
    )


def row(number: int, *cells: float | str, column: str = "AB") -> str:
    texts = [
        f'<c r="{letter}{number}"><v>{cell}</v></c>'
        if not isinstance(cell, str)
        else f'<c r="{letter}{number}" t="inlineStr"><is><t>{cell}</t></is></c>'
        for letter, cell in zip(column, cells, strict=True)
    ]
    return f'<row r="{number}">{"".join(texts)}</row>'


GOOD = row(1, "time", "level") + "".join(row(i + 2, i, i * i % 17 + 0.5) for i in range(40))


def parquet(**columns: object) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def workbooks() -> dict[str, bytes]:
    whole = workbook(GOOD)
    far = workbook(row(1, "a", "b") + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    return {
        "a sheet": whole,
        "a cell in the last corner": far,
        "a cell beyond the last corner": workbook('<row r="99999999"><c r="ZZZZZZ99999999"><v>1</v></c></row>'),
        "a sheet without cells": workbook(""),
        "a sheet of formulas": workbook('<row r="1"><c r="A1"><f>HYPERLINK("http://a.b")</f><v>1</v></c></row>' * 20),
        "a sheet with an entity": workbook("&a;" + GOOD),
        "a sheet that is no xml": workbook("<row <<<"),
        "a sheet cut": whole[: len(whole) // 2],
        "a sheet of 100 MB of spaces": workbook(" " * 100_000_000),
        "a sheet with a hostile name": workbook(GOOD, "![](http://a.b)\x07"),
        "a sheet with a wrong sum": patched(whole, whole.index(b"PK\x01\x02") + 16, b"\0\0\0\0"),
        "an .ods of nothing": zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
        "an .ods of a billion rows": zipped(
            {
                "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
                "META-INF/manifest.xml": b"<manifest/>",
                "content.xml": b'<?xml version="1.0"?><office:document-content xmlns:office="o" xmlns:table="t">'
                b'<office:body><office:spreadsheet><table:table table:name="a"><table:table-row '
                b'table:number-rows-repeated="1000000000"><table:table-cell office:value-type="float" '
                b'office:value="1" table:number-columns-repeated="16000"/></table:table-row></table:table>'
                b"</office:spreadsheet></office:body></office:document-content>",
            }
        ),
        "an .xls of zeros": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000),
        "an .xls of ones": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 5000,
    }


def parquets() -> dict[str, bytes]:
    good = parquet(time=list(range(40)), level=[i * i % 17 + 0.5 for i in range(40)])
    return {
        "a Parquet file": good,
        "Parquet cut": good[:-20],
        "Parquet with a lie about its end": good[:-8] + struct.pack("<I", 2**31 - 1) + b"PAR1",
        "Parquet with a flipped byte": patched(good, len(good) // 2, b"\xff"),
        "Parquet of lists": parquet(a=[[1, 2]] * 40, b=list(range(40))),
        "Parquet of lists alone": parquet(a=[[1, 2]] * 40),
        "Parquet of bytes": parquet(a=[b"\0\xff"] * 40, b=list(range(40))),
        "Parquet of 40 million ones": parquet(a=pa.array([1] * 40_000_000, pa.int8()).dictionary_encode()),
        "Parquet of nothing": parquet(),
        "Parquet of hostile names": parquet(**{"![](http://a.b)\x1b[31m": list(range(40)), "=1+1": [2.5] * 39 + [1.0]}),
    }


def json_lines() -> dict[str, bytes]:
    good = b"".join(json.dumps({"time": i, "level": i * i % 17}).encode() + b"\n" for i in range(40))
    return {
        "JSON lines": good,
        "JSON lines cut": good[:-9],
        "JSON lines of lists": good + b"[1, 2]\n",
        "JSON lines, deep": b'{"a": ' * 5000 + b"1" + b"}" * 5000 + b"\n" + good,
        "JSON lines, nested": good.replace(b'"level": ', b'"a": {"b": {"c": ').replace(b"}\n", b"}}}\n"),
        "JSON lines with 100 other names": b"".join(b'{"%d": 1, "x": %d}\n' % (i, i) for i in range(100)),
        "JSON lines with 100,000 other names": b"".join(b'{"%d": 1}\n' % i for i in range(100_000)),
        "JSON lines of huge numbers": b'{"a": 1e999, "b": 123456789012345678901234567890}\n' * 40,
        "JSON lines of NaN": b'{"a": NaN, "b": Infinity}\n' * 40,
        "JSON lines of a number of 5,000 digits": b'{"a": ' + b"9" * 5000 + b"}\n" + good,
    }
