"""Files that nobody would call a table, made by hand."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable

import numpy as np

TABLE = b"time,level\n" + b"".join(b"%d,%d.5\n" % (i, i * i % 17) for i in range(40))
ZEROS = b"0" * 3_000_000


def zipped(members: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The same bytes at any time: written by its name alone, a member would have the clock's."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", how) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, how)
    return buffer.getvalue()


def patched(data: bytes, at: int, new: bytes) -> bytes:
    """`data` with some bytes replaced; `at` counts from the end if it is negative."""
    at %= len(data)
    return data[:at] + new + data[at + len(new) :]


def directory_patched(offset: int, new: bytes, how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of one table whose central directory entry has other bytes at `offset`."""
    data = zipped({"a.csv": TABLE}, how)
    return patched(data, data.index(b"PK\x01\x02") + offset, new)


def nested(depth: int, wrap: Callable[[bytes], bytes], data: bytes = TABLE) -> bytes:
    for _ in range(depth):
        data = wrap(data)
    return data


def rows(*cells: str, header: str = "time,level", count: int = 40) -> bytes:
    lines = [cells[i % len(cells)].replace("#", str(i)) for i in range(count)]
    return "\n".join([header, *lines, ""]).encode()


def packed() -> dict[str, bytes]:
    """Other packed files that lie, explode, or hold what they should not."""
    text = gzip.compress(TABLE, mtime=0)
    whole = zipped({"a.csv": TABLE})
    return {
        "gz bomb": gzip.compress(ZEROS, mtime=0),
        "gz bomb of short lines": gzip.compress(b"1\n" * 3_000_000, mtime=0),
        "gz in gz": nested(2, lambda data: gzip.compress(data, mtime=0)),
        "gz nine deep": nested(9, lambda data: gzip.compress(data, mtime=0)),
        "gz of a zip": gzip.compress(whole, mtime=0),
        "gz without end": text[:-8],
        "gz cut": text[: len(text) // 2],
        "gz head only": text[:10],
        "gz two bytes": text[:2],
        "gz wrong sum": patched(text, -8, b"\0\0\0\0"),
        "gz wrong length": patched(text, -4, b"\xff\xff\xff\xff"),
        "gz unknown method": patched(text, 2, b"\x07"),
        "gz endless name": patched(text, 3, b"\x08") + b"a" * 100_000,
        "gz then waste": text + b"\xde\xad\xbe\xef" * 100,
        "gz of nothing": gzip.compress(b"", mtime=0),
        "gz of a picture": gzip.compress(b"\x89PNG\r\n\x1a\n" + bytes(200), mtime=0),
        "two gz in a row": text + text,
        "lzma": lzma.compress(TABLE),
        "bzip2": bz2.compress(TABLE),
        "zlib": zlib.compress(TABLE),
    }


def zips() -> dict[str, bytes]:
    """Zips that lie, explode, or hold what they should not."""
    text = gzip.compress(TABLE, mtime=0)
    whole = zipped({"a.csv": TABLE})
    return {
        "zip bomb": zipped({"a.csv": ZEROS}),
        "zip bomb by bzip2": zipped({"a.csv": ZEROS}, zipfile.ZIP_BZIP2),
        "zip bomb by lzma": zipped({"a.csv": ZEROS}, zipfile.ZIP_LZMA),
        "zip in zip": nested(2, lambda data: zipped({"a.zip": data})),
        "zip nine deep": nested(9, lambda data: zipped({"a.zip": data})),
        "zip of a gz": zipped({"a.csv.gz": text}),
        "zip of nothing": zipped({}),
        "zip of an empty file": zipped({"a.csv": b""}),
        "zip of a folder": zipped({"a/": b""}),
        "zip of two": zipped({"a.csv": TABLE, "b.csv": TABLE}),
        "zip of a thousand": zipped({f"{i}.csv": b"1" for i in range(1000)}),
        "zip that climbs": zipped({"../../../../etc/passwd": TABLE}),
        "zip with a root path": zipped({"/etc/cron.d/a": TABLE}),
        "zip with a drive": zipped({"C:\\Windows\\a.csv": TABLE}),
        "zip with a control name": zipped({"\x1b]0;owned\x07\n.csv": TABLE}),
        "an office file": zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}),
        "an open document": zipped({"mimetype": b"application/vnd.oasis", "content.xml": b"<x/>"}),
        "zip cut": whole[: len(whole) // 2],
        "zip head only": whole[:30],
        "zip four bytes": whole[:4],
        "zip without directory": whole[: whole.index(b"PK\x01\x02")],
        "zip with a wrong sum": directory_patched(16, b"\0\0\0\0"),
        "zip that claims 4 GB": directory_patched(24, b"\xfe\xff\xff\xff"),
        "zip that claims 1 byte": directory_patched(24, b"\x01\0\0\0"),
        "zip packed into 4 GB": directory_patched(20, b"\xfe\xff\xff\xff"),
        "zip with a password": directory_patched(8, b"\x01\0"),
        "zip by an unknown method": directory_patched(10, b"\x63\0"),
        "zip that is no bzip2": directory_patched(10, b"\x0c\0"),
        "zip that is no lzma": directory_patched(10, b"\x0e\0"),
        "zip of another version": directory_patched(6, b"\xff\x00"),
        "zip elsewhere": directory_patched(42, b"\xf0\xff\xff\x7f"),
        "zip with an endless name": directory_patched(28, b"\xff\xff"),
        "zip with a broken extra": directory_patched(30, b"\x20\0"),
        "zip with a name that is no UTF-8": patched(directory_patched(8, b"\0\x08"), -22 - 5, b"\xff\xfe"),
        "zip64 without its record": patched(whole, -22 + 16, b"\xff\xff\xff\xff"),
        "zip of 65,535 entries": patched(whole, -22 + 8, b"\xff\xff\xff\xff"),
        "zip with a long comment": patched(whole, -2, b"\xff\xff"),
        "two zips in a row": whole + whole,
        "zip behind text": TABLE + whole,
    }


def not_text() -> dict[str, bytes]:
    """Other formats, other encodings, and none."""
    words = TABLE.decode()
    npy = io.BytesIO()
    np.save(npy, np.arange(40.0))
    return {
        "nothing": b"",
        "a newline": b"\n",
        "blanks": b" \t\r\n" * 1000,
        "one byte": b"1",
        "zero bytes": bytes(1000),
        "a zero byte": TABLE.replace(b"7", b"\0", 1),
        "a zero byte at the end": TABLE + b"\0",
        "every byte": bytes(range(256)) * 20,
        "utf-8 mark only": b"\xef\xbb\xbf",
        "utf-16 mark only": b"\xff\xfe",
        "utf-16 cut in a character": words.encode("utf-16")[:-1],
        "utf-16 half pair": b"\xff\xfe" + "a,b\n".encode("utf-16-le") + b"\x00\xd8" * 20,
        "utf-16 big": b"\xfe\xff" + words.encode("utf-16-be"),
        "utf-16 without mark": words.encode("utf-16-le"),
        "utf-32": words.encode("utf-32"),
        "utf-7": words.encode("utf-7"),
        "ebcdic": words.encode("cp500"),
        "shift jis": "時間,水位\n".encode("shift_jis") + TABLE[11:],
        "overlong utf-8": b"a,\xc0\xaf\n" + TABLE[11:],
        "surrogates in utf-8": b"a,\xed\xa0\x80\n" + TABLE[11:],
        "beyond unicode": b"a,\xf5\x80\x80\x80\n" + TABLE[11:],
        "utf-8 cut": "zeit,höhe".encode()[:-2],
        "png": b"\x89PNG\r\n\x1a\n" + bytes(200),
        "jpeg": b"\xff\xd8\xff\xe0" + bytes(200),
        "pdf": b"%PDF-1.7\n1 0 obj\n",
        "old excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "parquet": b"PAR1" + bytes(100) + b"PAR1",
        "parquet with a lie": b"PAR1" + struct.pack("<I", 2**31 - 1) + b"PAR1",
        "sqlite": b"SQLite format 3\0" + bytes(200),
        "numpy": npy.getvalue(),
        "a stored Python object": b"\x80\x04cposix\nsystem\n(S'echo owned'\ntR.",
        "elf": b"\x7fELF" + bytes(200),
        "html": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
        "xml bomb": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaa">]><a>&a;&a;</a>',
        "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        "json": json.dumps({"a": [1, 2, 3]}).encode(),
        "json a list": json.dumps([{"a": 1}] * 40).encode(),
        "json deep": b"[" * 200_000,
        "json deep objects": b'{"a":' * 100_000,
        "shell": b"#!/bin/sh\nrm -rf $HOME\n" * 10,
    }


def tables() -> dict[str, bytes]:
    """Text in the shape of a table, more or less."""
    return {
        "100,000 columns": b",".join([b"1"] * 100_000) + b"\n" + b",".join([b"2"] * 100_000) + b"\n",
        "100,000 names": b",".join(b"c%d" % i for i in range(100_000)) + b"\n1,2\n",
        "201 columns": b"\n".join([b",".join([b"1"] * 201)] * 40),
        "a line of 1.2 MB": b"1" * 1_200_000,
        "a name of 900 kB": b"a" * 900_000 + b",b\n" + TABLE[11:],
        "a cell of 900 kB": TABLE + b"50," + b"1" * 900_000 + b"\n",
        "a text cell of 200 kB": TABLE + b"50," + b"x" * 200_000 + b"\n",
        "only delimiters": b",,,,\n" * 50,
        "only quotes": b'"' * 1001,
        "an open quote": TABLE + b'50,"1\n51,2\n52,3\n',
        "a quote in each cell": rows('#,"1', '#,1"'),
        "quotes in quotes": rows('"""#""","""1"""'),
        "line breaks in quotes": rows('"#\n","1\n"'),
        "delimiters change": b"a,b\n1;2\n3\t4\n5|6\n7 8\n" * 10,
        "fields change": b"\n".join(b",".join([b"1"] * (i % 9)) for i in range(60)),
        "one long row late": TABLE + b",".join([b"1"] * 190) + b"\n",
        "names only": b"time,level\n",
        "names, three rows": b"time,level\n1,1\n2,2\n3,3\n",
        "the same name": b"a,a,a\n" + b"1,2,3\n" * 5 + b"4,5,6\n" * 5,
        "names of nothing": b",,\n" + b"1,2,3\n4,5,7\n" * 10,
        "names of control characters": b"\x01\x02,\x1b[31m\n" + TABLE[11:],
        "names of markup": b"<script>alert(1)</script>,![](http://a.b/c)\n" + TABLE[11:],
        "carriage returns": TABLE.replace(b"\n", b"\r"),
        "both line ends": TABLE.replace(b"\n", b"\r\n\n\r"),
        "vertical tabs": TABLE.replace(b"\n", b"\x0b"),
        "unit separators": TABLE.replace(b",", b"\x1f"),
        "file separators": TABLE.replace(b"\n", b"\x1c\n"),
        "line separators": TABLE.replace(b"\n", "\u2028".encode()),
    }


def cells() -> dict[str, bytes]:
    """Tables in good shape with numbers, times and texts that are not."""
    huge = "9" * 400
    return {
        "infinite": rows("#,inf", "#,-inf", "#,Infinity"),
        "all missing": rows("#,NaN", "#,", "#,NA"),
        "400 digits": rows(f"#,{huge}", f"#,-{huge}"),
        "1e308 and its like": rows("#,1e308", "#,-1.7e308", "#,1.7e308"),
        "1e999": rows("#,1e999", "#,2"),
        "1e-999": rows("#,1e-999", "#,1e-320"),
        "an exponent of 40 digits": rows("#,1e" + "9" * 40, "#,1"),
        "integers beyond 64 bits": rows("#,18446744073709551616", "#,-9223372036854775809"),
        "integers at 64 bits": rows("9223372036854775807,#", "9223372036854775806,#"),
        "hexadecimal": rows("#,0x1F", "#,0b11"),
        "underscores": rows("#,1_000", "#,2_000"),
        "complex": rows("#,1+2j", "#,2j"),
        "other digits": rows("#,١٢٣", "#,४५६"),
        "full width digits": rows("#,１２", "#,３４"),
        "superscripts": rows("#,²", "#,½"),
        "signs": rows("#,--1", "#,+-2"),
        "thousands everywhere": rows("#;1.234.567,89", "#;1,234,567.89", header="a;b"),
        "times beyond": rows("1e300,#", "-1e300,#"),
        "times that are infinite": rows("inf,#", "-inf,#"),
        "times that repeat": rows("1,#"),
        "times that differ by 1e-300": rows("1e-300,#", "2e-300,#"),
        "times a hair apart": rows("1700000000.0000001,#", "1700000000.0000002,#"),
        "years beyond": b"date,v\n" + b"".join(b"%d-01-01,%d\n" % (9990 + i, i) for i in range(40)),
        "the year 0": b"date,v\n" + b"".join(b"0000-01-%02d,%d\n" % (i, i) for i in range(1, 29)),
        "the year 300,000": b"date,v\n" + b"".join(b"%d-01-01,%d\n" % (300_000 + i, i) for i in range(40)),
        "30 February": rows("2024-02-30,#", "2024-02-31,#", header="date,v"),
        "25 o'clock": rows("2024-01-01 25:61:61,#", header="date,v"),
        "offsets beyond": rows("2024-01-01T00:00:00+99:99,#", header="date,v"),
        "zones that are none": rows("2024-01-01T00:00:00 Mars/Base,#", header="date,v"),
        "dates of all kinds": rows("2024-01-01,#", "01/02/2024,#", "March 2024,#", "20240101,#", header="date,v"),
        "a date of 5,000 characters": rows("2024-" + "0" * 5000 + "1-01,#", header="date,v"),
        "clock digits": rows("1" * 300 + ":00,#", header="time,v"),
        "a pattern that is slow": rows("#," + "1 " * 2000 + "x", "#," + "1,111" * 800 + "x"),
        "dots": rows("#," + "." * 3000, "#,1"),
        "comments only": b"# a,b\n" * 100,
        "comments between": TABLE.replace(b"\n", b"\n# no\n"),
        "a thousand lines of prose": b"the quick brown fox, jumped; over the lazy dog.\n" * 1000,
        "prose above a table": b"the quick brown fox\n" * 300 + TABLE,
        "sep= of nothing": b"sep=\n" + TABLE,
        "formulas": rows("#,=1+1", "#,\"=cmd|'/C calc'!A0\""),
        "paths": rows("../../etc/passwd,#", "C:\\boot.ini,#"),
        "statements": rows("'; DROP TABLE runs; --,#"),
    }
