"""A workbook or a Parquet file as CSV text, in a process of its own.

Run as a script: `python opener.py KIND SHEET MOST_BYTES < file`. Parsers of binary formats can be made to ask for any
amount of memory or to crash; here they have limits, and take nobody with them. It prints a line of JSON ("sheets", and
"sheet" or "error"), then the table. It imports nothing of ours, so that it starts fast.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import sys
from typing import Any, BinaryIO

MOST_MEMORY = 3 * 2**30
MOST_CELLS = 10_000_000


def limit_memory() -> None:
    """Where the system can: what asks for more is ended."""
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Limited(io.TextIOBase):
    """Text that ends the program when there is too much of it."""

    def __init__(self, most: int) -> None:
        self.parts: list[str] = []
        self.left = most

    def write(self, text: str) -> int:
        self.left -= len(text)
        if self.left < 0:
            raise OverflowError
        self.parts.append(text)
        return len(text)


def open_workbook(data: bytes, wanted: str, most: int) -> tuple[dict[str, Any], bytes]:
    from python_calamine import load_workbook  # noqa: PLC0415 - one format needs one library

    book = load_workbook(io.BytesIO(data))
    tables: dict[str, list[list[Any]]] = {}
    for name in [wanted] if wanted else book.sheet_names[:50]:
        if name not in book.sheet_names:
            return {"sheets": dict.fromkeys(book.sheet_names[:50], ""), "error": "sheet"}, b""
        tables[name] = book.get_sheet_by_name(name).to_python(skip_empty_area=True)
    numbers = {
        name: sum(isinstance(cell, int | float) for row in rows for cell in row) for name, rows in tables.items()
    }
    chosen = wanted or max(numbers, key=lambda name: numbers[name], default="")
    if chosen not in tables:
        return {"sheets": {}, "error": "empty"}, b""
    out = Limited(most)
    writer = csv.writer(out, lineterminator="\n")
    for row in tables[chosen]:
        writer.writerow([text_of(cell) for cell in row])
    sheets = {name: f"{len(rows):,} rows, {max(map(len, rows), default=0)} columns" for name, rows in tables.items()}
    others = {name: "" for name in book.sheet_names[:50] if name not in sheets}
    holding = sum(count > 0 for count in numbers.values())
    return {"sheets": sheets | others, "sheet": chosen, "holding": holding}, "".join(out.parts).encode(errors="replace")


def text_of(cell: Any) -> str:
    """A cell as CSV text: dates as ISO, whole numbers without a point."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(sep=" ")
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    if isinstance(cell, datetime.timedelta):
        return str(cell.total_seconds())
    return " ".join(str(cell).split("\0")) if cell is not None else ""


def open_parquet(data: bytes, most: int) -> tuple[dict[str, Any], bytes]:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.csv  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    pa.set_cpu_count(1)
    file = pq.ParquetFile(io.BytesIO(data))
    cells = file.metadata.num_rows * file.metadata.num_columns
    if cells > MOST_CELLS:
        return {"error": "cells", "cells": cells}, b""
    table = file.read(use_threads=False)
    fields = zip(table.schema, table.columns, strict=True)
    columns = {field.name: of_periods(field, column) or as_single_values(column) for field, column in fields}
    kept = {name: column for name, column in columns.items() if column is not None}
    out = io.BytesIO()
    pyarrow.csv.write_csv(pa.table(kept), out)
    text = out.getvalue()
    if len(text) > most:
        raise OverflowError
    return {"left_out": [name for name in columns if name not in kept]}, text


def as_single_values(column: Any) -> Any:
    """A column that CSV can hold, times with their offset; None where its cells are lists or bytes."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_single_values(column.cast(kind.value_type))
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return None
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return pc.strftime(column, format="%Y-%m-%dT%H:%M:%S%z")
    if pa.types.is_time(kind):
        return column.cast(pa.string())
    if pa.types.is_duration(kind):
        a_second = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}[kind.unit]
        return pc.divide(column.cast(pa.int64()).cast(pa.float64()), a_second)
    return column


def of_periods(field: Any, column: Any) -> Any:
    """The months, days, … that pandas keeps as counts since 1970, as text; None for any other column."""
    import numpy as np  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    about = field.metadata or {}
    if about.get(b"ARROW:extension:name") != b"pandas.period":
        return None
    unit = json.loads(about[b"ARROW:extension:metadata"])["freq"]
    unit, months = (
        ("M", 3) if unit == "Q-DEC" else ({"Y-DEC": "Y", "A-DEC": "Y", "H": "h", "min": "m"}.get(unit, unit), 1)
    )
    if unit not in ("Y", "M", "D", "h", "m", "s"):
        return None
    stamps = (column.to_numpy() * months).astype("int64").astype(f"datetime64[{unit}]")
    return pa.array(np.datetime_as_string(stamps), mask=np.asarray(column.is_null()))


def main(kind: str, sheet: str, most: int, source: BinaryIO, target: BinaryIO) -> None:
    """Print what is in the file, or the kind of error."""
    limit_memory()
    data = source.read()
    try:
        about, text = open_parquet(data, most) if kind == "parquet" else open_workbook(data, sheet, most)
    except (MemoryError, OverflowError):
        about, text = {"error": "size"}, b""
    except BaseException as error:  # a parser in another language panics with what is no Exception
        about, text = {"error": "damaged", "reason": str(error)[:200]}, b""
    target.write(json.dumps(about).encode() + b"\n" + text)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.stdin.buffer, sys.stdout.buffer)
