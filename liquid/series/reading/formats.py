"""Workbooks, Parquet and JSON lines as the text of one table, so that all that reads text reads them too."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from liquid.errors import LiquidError
from liquid.series.reading.options import Guess
from liquid.series.words import legible, listed

Format = Literal["text", "workbook", "parquet", "json"]

OPENER = Path(__file__).with_name("opener.py")
SECONDS = 60
MOST_COLUMNS = 2_000  # of JSON lines
MOST_LEVELS = 5  # of nested objects in a row of JSON
NAMES = {"workbook": "workbook", "parquet": "Parquet file"}
OFFICE = (b"[Content_Types].xml", b"mimetypeapplication/vnd.oasis")
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class Opened:
    """The text of one table, in UTF-8 with commas between fields and names in the first row; what was guessed."""

    text: bytes
    guesses: tuple[Guess, ...] = ()
    notes: tuple[str, ...] = ()


def format_of(data: bytes) -> Format:
    """What a file is, by its first bytes."""
    if data.startswith(OLD_OFFICE):
        return "workbook"
    if data.startswith(b"PK\x03\x04") and any(mark in data[:4000] or mark in data[-20_000:] for mark in OFFICE):
        return "workbook"
    if data.startswith(b"PAR1"):
        return "parquet"
    return "json" if data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b'{"') else "text"


def open_table(data: bytes, kind: Format, sheet: str | None, most: int) -> Opened:
    """The table in a file of another format. LiquidError where it is damaged, too large, or holds none."""
    if kind == "json":
        return _open_json_lines(data)
    if data.startswith(OLD_OFFICE) and "EncryptedPackage".encode("utf-16-le") in data:
        raise LiquidError(_explain({"error": "password"}, kind, sheet))
    about, text = _in_a_process(data, kind, sheet, most)
    if not text.strip(b" ,\r\n") and not about.get("error"):
        about["error"] = "empty"
    if about.get("error"):
        raise LiquidError(_explain({**about, "old": data.startswith(OLD_OFFICE)}, kind, sheet))
    notes = []
    if about.get("left_out"):
        notes.append(f"Ignored columns that hold no single values: {listed(about['left_out'])}.")
    return Opened(text, _sheet_guess(about, sheet), tuple(notes))


def _in_a_process(data: bytes, kind: Format, sheet: str | None, most: int) -> tuple[dict[str, Any], bytes]:
    command = [sys.executable, "-I", str(OPENER), kind, sheet or "", str(most)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return {"error": "time"}, b""
    head, found, text = done.stdout.partition(b"\n")
    return (json.loads(head), text) if found and done.returncode == 0 else ({"error": "size"}, b"")


def _explain(about: dict[str, Any], kind: Format, sheet: str | None) -> str:
    what = NAMES[kind]
    where = "a Parquet file" if kind == "parquet" else "an Excel or OpenDocument sheet"
    where = "an old Excel or Word file" if about.get("old") else where
    reason = legible(str(about.get("reason", "")), 120)
    sentences = {
        "sheet": f"The workbook has no sheet '{sheet}': choose one of {listed(list(about.get('sheets', ())), 12)}.",
        "empty": f"The {what} is empty: choose one with a row of names and a row of numbers for each time.",
        "password": f"The {what} is locked by a password: save it without one, or as CSV.",
        "damaged": f"This looks like {where} but cannot be opened ({reason}): save it again, or as CSV.",
        "cells": f"The {what} has {about.get('cells', 0):,} cells, the limit is 10,000,000: keep fewer rows.",
        "time": f"Opening the {what} took longer than {SECONDS} seconds: save the table alone as CSV.",
        "size": f"Opening the {what} takes more memory than there is for it: save the table alone as CSV.",
    }
    return sentences[about["error"]]


def _sheet_guess(about: dict[str, Any], sheet: str | None) -> tuple[Guess, ...]:
    sheets: dict[str, str] = about.get("sheets", {})
    if len(sheets) < 2:
        return ()
    chosen = str(about["sheet"])
    given = sheet is not None
    why = "as you said" if given else "which holds most numbers"
    return (
        Guess(
            "sheet",
            chosen,
            f"The sheet '{legible(chosen)}' was read, {why}.",
            tuple((name, legible(name)) for name in sheets),
            given=given,
            doubtful=about.get("holding", 1) > 1 and not given,
            outcomes=tuple(sheets.values()),
        ),
    )


def _open_json_lines(data: bytes) -> Opened:
    """One object a line, each a row; nested values are left out."""
    rows: list[dict[str, Any]] = []
    known: dict[str, None] = {}  # a set that keeps the order
    for number, line in enumerate(data.decode("utf-8-sig", errors="replace").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise LiquidError(
                f"This looks like JSON, and line {number} is not an object of its own: save it as JSON lines, one "
                "object a line, or as CSV."
            )
        rows.append(_flat(row))
        known.update(dict.fromkeys(rows[-1]))
        if len(known) > MOST_COLUMNS:
            raise LiquidError(f"The rows have more than {MOST_COLUMNS:,} different names: keep those you need.")
    if len(rows) < 2:
        raise LiquidError("This looks like JSON, not a table: save it as JSON lines, one object a line, or as CSV.")
    nested = {name for row in rows for name, value in row.items() if isinstance(value, dict | list)}
    names = [name for name in known if name not in nested]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_json_cell(row.get(name)) for name in names] for row in rows)
    notes = (f"Ignored columns that hold no single values: {listed(sorted(nested))}.",) if nested else ()
    return Opened(out.getvalue().encode(errors="replace"), (), notes)


def _flat(row: dict[str, Any], path: str = "", depth: int = 0) -> dict[str, Any]:
    """One level of a nested object: {"main": {"temp": 5}} is {"main.temp": 5}."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict) and value and depth < MOST_LEVELS:
            flat |= _flat(value, f"{path}{name}.", depth + 1)
        else:
            flat[f"{path}{name}"] = value
    return flat


def _json_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, int | float) else str(value)
