"""A run as one zip: byte for byte, and nothing else than its files."""

from __future__ import annotations

import io
import random
import struct
import zipfile

import pytest
from saved_run import HOSTILE

from liquid.errors import LiquidError
from liquid.runs.archive import ABOUT, pack, unpack
from liquid.runs.format import NAMES
from liquid.runs.model import CONFIG


def zipped(entries: list[tuple[str, bytes]], way: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", way) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def entries(files: dict[str, bytes]) -> list[tuple[str, bytes]]:
    return [(ABOUT, b'{"format": 1, "title": "mine"}'), *files.items()]


def test_a_zip_comes_back_byte_for_byte(files: dict[str, bytes]) -> None:
    packed = pack(files, HOSTILE)
    assert unpack(packed) == (files, HOSTILE)
    assert pack(files, HOSTILE) == packed
    assert zipfile.ZipFile(io.BytesIO(packed)).testzip() is None


PATHS = (
    "../config.json", "/etc/passwd", "..\\..\\boot.ini", "C:\\x", "a/config.json", "config.json/", "./config.json",
    "CONFIG.JSON", "weights.pkl", "__init__.py", "\u202egpj.exe", "a" * 60_000, "-rf", "~/.bashrc",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
def test_any_other_name_is_refused(files: dict[str, bytes], path: str) -> None:
    with pytest.raises(LiquidError) as told:
        unpack(zipped([*entries(files), (path, b"{}")]))
    assert len(str(told.value)) < 300


def test_a_bomb_does_not_go_off(files: dict[str, bytes]) -> None:
    bomb = zipped([*entries({**files, CONFIG: bytes(33_000_000)})])
    assert len(bomb) < 10**6
    with pytest.raises(LiquidError, match="the limit is 32 MB"):
        unpack(bomb)
    liar = bytearray(bomb)  # declares that it is small, in both places
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = -1
        while (start := liar.find(mark, start + 1)) >= 0:
            if struct.unpack_from("<I", liar, start + at)[0] == 33_000_000:
                struct.pack_into("<I", liar, start + at, 100)
    with pytest.raises(LiquidError):
        unpack(bytes(liar))


def test_other_zips_are_told(files: dict[str, bytes]) -> None:
    all_ = entries(files)
    with pytest.warns(UserWarning, match="Duplicate name"):
        double = zipped([*all_, all_[1]])
    encrypted = bytearray(zipped(all_))
    encrypted[encrypted.find(b"PK\x01\x02") + 8] |= 1
    attempts = {
        "two files of one name": double,
        "lacks config.json": zipped([entry for entry in all_ if entry[0] != CONFIG]),
        "lacks about.json": zipped(all_[1:]),
        "encrypted": bytes(encrypted),
        "not read here": zipped(all_, zipfile.ZIP_LZMA),
        "far more files": zipped([(str(number), b"") for number in range(200)]),
        "newer version": zipped([(ABOUT, b'{"format": 2, "title": "x"}'), *all_[1:]]),
        "title": zipped([(ABOUT, b'{"format": 1}'), *all_[1:]]),
        "no zip file": b"config.json",
        "limit": bytes(32_000_001),
    }
    for sentence, content in attempts.items():
        with pytest.raises(LiquidError, match=sentence):
            unpack(content)


def test_a_zip_cut_or_changed_anywhere_is_told_or_whole(files: dict[str, bytes]) -> None:
    whole, drawn = pack(files, "x"), random.Random(1)
    for _ in range(150):
        content = bytearray(whole)
        content[drawn.randrange(len(content))] ^= 1 << drawn.randrange(8)
        for attempt in (bytes(content), whole[: drawn.randrange(len(whole))]):
            try:
                assert set(unpack(attempt)[0]) == NAMES
            except LiquidError:
                continue
