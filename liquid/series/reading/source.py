"""From whatever a person hands over to the text of one table, in UTF-8. Nothing here is evaluated or unpickled."""

from __future__ import annotations

import gzip
import io
import lzma
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from liquid.errors import LiquidError
from liquid.series.reading.formats import Format, format_of, open_table
from liquid.series.reading.options import ENCODINGS, Guess, ReadOptions
from liquid.series.reading.tagged import cut_to_table

Source = str | Path | bytes | BinaryIO

# A small server must survive what it is handed, so all of these are checked before a cell is parsed.
MAX_BYTES = 200_000_000
MAX_ROWS = 2_000_000
MAX_LINE_BYTES = 1_000_000

# The first bytes of files that are no text, what they are, and the way out.
MAGIC = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x89HDF", "an HDF5 file"),
    (b"CDF\x01", "a NetCDF file"),
    (b"CDF\x02", "a NetCDF file"),
    (b"MATLAB 5.0", "a MATLAB file"),
    (b"ARROW1", "a Feather file"),
    (b"<stata_dta>", "a Stata file"),
    (b"$FL2", "an SPSS file"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
)

# What the standard library raises over an archive that lies; ValueError: a name that is no UTF-8, a negative offset.
DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, OSError, EOFError, RuntimeError, ValueError)


@dataclass(frozen=True)
class Loaded:
    """The text of one table in UTF-8 with plain line ends; how it came to be text. `kind` is what the file was."""

    text: bytes
    kind: Format
    guesses: tuple[Guess, ...]
    notes: tuple[str, ...] = ()


def load_text(source: Source, options: ReadOptions) -> Loaded:
    """The table in a source as text: CSV as it stands, a sheet, Parquet or JSON lines as CSV."""
    data = load(source)
    kind = format_of(data)
    if kind == "text":
        text, guess = decode(data, options.encoding)
        return Loaded(cut_to_table(text), kind, (guess,))
    opened = open_table(data, kind, options.sheet, MAX_BYTES)
    _check_lines(opened.text)
    if opened.text.count(b"\n") > MAX_ROWS:
        raise LiquidError(f"The table has more than {MAX_ROWS:,} rows, which is the limit: keep every tenth row.")
    return Loaded(opened.text.replace(b"\r", b"\n").rstrip(b"\n"), kind, opened.guesses, opened.notes)


def load(source: Source) -> bytes:
    """The bytes of a path (`str` is one), of bytes or of a binary buffer; a .gz or a .zip of one file is opened.

    LiquidError for a missing file, one above 200 MB or 2,000,000 lines, an empty one, or one that is no text.
    """
    data = _raw(source)
    if data.startswith(b"\x1f\x8b"):
        data = _gunzip(data)
    elif data.startswith(b"PK\x03\x04") and format_of(data) == "text":
        data = _unzip(data)
    if format_of(data) in ("workbook", "parquet"):
        return data
    blank = b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"
    if not data[:1000].strip(blank) and not data.strip(blank):
        raise LiquidError("The file is empty: choose one with a row of names and a row of numbers for each time.")
    for magic, what in MAGIC:
        if data.startswith(magic):
            raise LiquidError(f"This is {what}, not text: save the table as CSV and choose that file.")
    lines = max(data.count(b"\n"), data.count(b"\r"))  # before decoding, which takes four bytes for every character
    if lines > MAX_ROWS:
        raise LiquidError(f"The file has {lines:,} lines, the limit is {MAX_ROWS:,}: keep every tenth row.")
    return data


def decode(data: bytes, encoding: str | None) -> tuple[bytes, Guess]:
    """The same text in UTF-8 with plain line ends, and how it was decoded. LiquidError where it cannot be."""
    found, why = (encoding, "as you said") if encoding else _find_encoding(data)
    try:
        text = data.decode(found)
    except LookupError as error:
        raise LiquidError(f"encoding={found!r} is unknown: choose one of {', '.join(ENCODINGS)}.") from error
    except UnicodeError as error:
        where = f" at byte {error.start:,}" if isinstance(error, UnicodeDecodeError) else ""
        raise LiquidError(f"The file is not {ENCODINGS.get(found, found)}{where}: choose another encoding.") from error
    clean = data if found == "utf-8" else text.encode()
    if b"\x00" in clean:
        at = clean.index(b"\x00")
        raise LiquidError(f"The file is binary (a zero byte at position {at:,}), not text: save the table as CSV.")
    clean = clean.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in clean:
        clean = clean.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    _check_lines(clean)
    _check_is_table(clean)
    words = ENCODINGS.get(found, found)
    sentence = f"Text was read as {words}, {why}."
    return clean.rstrip(b"\n"), Guess("encoding", found, sentence, tuple(ENCODINGS.items()), given=encoding is not None)


def _raw(source: Source) -> bytes:
    if isinstance(source, bytes):
        data = source
    elif isinstance(source, str | Path):
        path = Path(source)
        try:
            if path.stat().st_size > MAX_BYTES:
                raise LiquidError(_too_large(path.stat().st_size))
            data = path.read_bytes()
        except (OSError, ValueError) as error:
            if isinstance(error, LiquidError):
                raise
            reason = getattr(error, "strerror", None) or str(error)
            raise LiquidError(f"{str(source)[:200]!r} cannot be read ({reason}): check the path.") from error
    else:
        data = source.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise LiquidError(_too_large(len(data)))
    return data


def _too_large(size: int) -> str:
    return (
        f"The file has {size / 1e6:.0f} MB or more, the limit is {MAX_BYTES / 1e6:.0f} MB: keep fewer columns, "
        "or every tenth row."
    )


def _gunzip(data: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            text = file.read(MAX_BYTES + 1)
    except DAMAGED as error:
        raise LiquidError(f"The gzip file is damaged ({error}): pack it again, or choose the CSV itself.") from error
    return _raw(text)


def _unzip(data: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = [info for info in archive.infolist() if not info.is_dir()]
            names = [info.filename for info in files]
            if "mimetype" in names:
                raise LiquidError("This is an office file without a sheet: save the table as CSV and choose that file.")
            if len(files) != 1:
                raise LiquidError(f"The zip holds {len(files)} files: pack one CSV alone, or choose the CSV itself.")
            if files[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                # Python unpacks the other methods whole before it looks at a limit: 10 MB may become 400 GB.
                raise LiquidError(
                    "The zip is not packed by deflate: pack it again in the usual way, or choose the CSV."
                )
            with archive.open(files[0]) as file:
                return _raw(file.read(MAX_BYTES + 1))
    except LiquidError:
        raise
    except DAMAGED as error:
        raise LiquidError(f"The zip file cannot be opened ({error}): choose the CSV itself.") from error


def _find_encoding(data: bytes) -> tuple[str, str]:
    for mark, name in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return name, "from its byte order mark"
    head = np.frombuffer(data[: 2 * (min(len(data), 4000) // 2)], dtype=np.uint8)
    even, odd = (np.count_nonzero(head[start::2] == 0) / max(len(head) // 2, 1) for start in (0, 1))
    if max(even, odd) > 0.4 and min(even, odd) < 0.05:
        return ("utf-16-le" if odd > even else "utf-16-be"), "from its zero bytes"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        try:
            data.decode("cp1252")
        except UnicodeDecodeError:
            return "latin-1", "since it is neither UTF-8 nor Windows-1252"
        return "cp1252", "since it is not UTF-8"
    return "utf-8", "since all of it is valid"


def _check_lines(text: bytes) -> None:
    ends = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == ord("\n"))
    lengths = np.diff(np.concatenate([[-1], ends, [len(text)]])) - 1
    longest = int(lengths.argmax())
    if lengths[longest] > MAX_LINE_BYTES:
        raise LiquidError(
            f"Line {longest + 1} has {lengths[longest] / 1e6:.1f} MB, the limit is {MAX_LINE_BYTES / 1e6:.0f} MB: "
            "a series has one sample a line, so put every time on a line of its own."
        )


def _check_is_table(text: bytes) -> None:
    start = text[:1000].decode(errors="ignore").lstrip().lower()
    if start.startswith(("<!doctype", "<html", "<?xml", "<svg")):
        raise LiquidError("This is a web page or XML, not a table: download the data itself as CSV.")
    if start.startswith(("{", "[{", "[[")):
        raise LiquidError("This looks like JSON, not a table: save it as CSV, one sample a line.")
