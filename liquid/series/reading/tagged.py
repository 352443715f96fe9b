"""Text under a heading of its own that says what follows: ARFF and LabVIEW are cut to their table, others refused."""

from __future__ import annotations

import csv
import io
import re

from liquid.errors import LiquidError

HEADING = 1_000_000  # bytes in which a heading ends
_ATTRIBUTE = re.compile(rb"@attribute[ \t]+('[^'\n]*'|\"[^\"\n]*\"|[^ \t\n]+)[ \t]*([^ \t\n]*)", re.IGNORECASE)
_OF_ARFF = (b"@relation", b"@attribute", b"@data")
_END_OF_LABVIEW = b"***End_of_Header***"


def cut_to_table(text: bytes) -> bytes:
    """The same lines with the names above the rows, and nothing above the names; any other text as it is."""
    start = text[:HEADING].lstrip()
    if start.startswith((b"@", b"%", b"#")) and b"@data" in start.lower():
        return _without_attributes(text)
    if start.startswith(b"LabVIEW Measurement"):
        return _without_labview(text)
    if start.startswith(b"LOCATION,") and b"\nDATA PERIODS," in start:
        raise LiquidError(
            "This is a weather file of EnergyPlus (EPW), whose months may be of different years and whose columns have "
            "no names: save the table below its heading as CSV, with a row of names and one year."
        )
    return text


def _without_attributes(text: bytes) -> bytes:
    lines = text.split(b"\n")
    tags = [(number, line.strip()) for number, line in enumerate(lines[:HEADING]) if line.lstrip().startswith(b"@")]
    data = next((number for number, tag in tags if tag.lower() == b"@data"), None)
    if data is None:
        return text
    above = [tag for number, tag in tags if number < data]
    if any(not tag.lower().startswith(_OF_ARFF) for tag in above):
        raise LiquidError(
            "This is a file of a series archive (.ts or .tsf), with a whole series in each line: save the one you want "
            "as CSV, one time in each line."
        )
    found = [match for tag in above if (match := _ATTRIBUTE.match(tag)) is not None]
    rows = [line for line in lines[data + 1 :] if line.strip() and not line.lstrip().startswith(b"%")]
    if not found or any(row.lstrip().startswith(b"{") for row in rows[:100]) or b"relational" in [f[2] for f in found]:
        raise LiquidError("This is ARFF without a plain table (sparse or relational): save it as CSV.")
    names = io.StringIO()
    csv.writer(names, lineterminator="").writerow(match[1].decode(errors="replace").strip("'\"") for match in found)
    body = [b"" if line.lstrip().startswith(b"%") else line for line in lines[data + 1 :]]
    return b"\n".join([*[b""] * data, names.getvalue().encode(), *body])


def _without_labview(text: bytes) -> bytes:
    *above, table = text.split(_END_OF_LABVIEW)
    if len(above) > 2:
        raise LiquidError("This LabVIEW file holds several measurements, one behind the other: save one of them alone.")
    return b"\n" * sum(part.count(b"\n") for part in above) + table
