"""A run as one zip file, out and, checked like anything from anybody, back in."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated

from annotated_types import Interval

from liquid.errors import LiquidError
from liquid.runs import FORMAT
from liquid.runs.content import Text, json_bytes
from liquid.runs.format import NAMES, OPTIONAL
from liquid.settings import Document, parsed

ABOUT = "about.json"
MOST_BYTES = 32_000_000  # packed, and of all files together
EPOCH = (1980, 1, 1, 0, 0, 0)  # the same run makes the same zip
ENTRY = b"PK\x01\x02"
WAYS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True)
class About(Document):
    """about.json: what a zip says of its run beside the files."""

    format: Annotated[int, Interval(ge=1)]
    title: Text


def pack(files: Mapping[str, bytes], title: str) -> bytes:
    """The files of a run and its title as a zip."""
    out = io.BytesIO()
    about = json_bytes(asdict(About(FORMAT, title)))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {ABOUT: about, **files}.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def unpack(content: bytes) -> tuple[dict[str, bytes], str]:
    """The files in a zip and the title. Nothing is written anywhere, and no name but those of a run is accepted.

    LiquidError if it is no zip, is too large (also once unpacked), or holds anything else.
    """
    if len(content) > MOST_BYTES:
        raise _too_large(len(content))
    if content.count(ENTRY) > 8 * len(NAMES):  # before a list of a million names is read
        raise LiquidError("The zip holds far more files than a run has: choose one that was exported here.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = _read(archive)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        if isinstance(error, LiquidError):
            raise
        raise LiquidError("This is no zip file of a run, or a damaged one: export the run again.") from error
    about = parsed(About, files.pop(ABOUT), ABOUT)
    if about.format > FORMAT:
        raise LiquidError("The run was exported by a newer version of this program: update it.")
    return files, about.title


def _read(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    wanted = NAMES | {ABOUT}
    if strange := next((name for name in names if name not in wanted | OPTIONAL), None):
        raise LiquidError(f"The zip holds {strange[:80]!r}, which is no file of a run: remove it.")
    if len(set(names)) < len(names):
        raise LiquidError("The zip holds two files of one name: export the run again.")
    if lacking := sorted(wanted.difference(names)):
        raise LiquidError(f"The zip lacks {', '.join(lacking)}: export the run again, whole.")
    if any(entry.compress_type not in WAYS or entry.flag_bits & 1 for entry in entries):
        raise LiquidError("The zip is encrypted or packed in a way that is not read here: export the run again.")
    if (size := sum(entry.file_size for entry in entries)) > MOST_BYTES:
        raise _too_large(size)
    return {entry.filename: _unpacked(archive, entry) for entry in entries}


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """No more than the entry declares; asked without a size, Python would first unpack up to 2 GB of what it hides."""
    with archive.open(entry) as file:
        return file.read(entry.file_size)


def _too_large(size: int) -> LiquidError:
    return LiquidError(
        f"The run has {size / 1e6:.0f} MB, the limit is {MOST_BYTES / 1e6:.0f} MB: keep a shorter series."
    )
