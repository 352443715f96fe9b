"""Files with something wrong with them, made by a seeded mutator from the series that come along."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
from hostile_files import zipped

DATA = Path(__file__).resolve().parents[2] / "data"
MUTANTS = 240
KEPT = 6_000  # bytes of an original


def originals() -> list[bytes]:
    """Beginnings of the series that come along, cut at a line."""
    cut = (path.read_bytes()[:KEPT] for path in sorted(DATA.rglob("*.csv")))
    return [text[: text.rindex(b"\n") + 1] for text in cut if text.count(b"\n") > 12]


def mutant(seed: int, sources: list[bytes]) -> bytes:
    """A file with one to four things wrong with it. The same seed makes the same file."""
    rng = np.random.default_rng(seed)
    data = sources[int(rng.integers(len(sources)))]
    for _ in range(int(rng.integers(1, 5))):
        data = MUTATIONS[int(rng.integers(len(MUTATIONS)))](data, rng)
    return data


def _at(data: bytes, rng: np.random.Generator) -> int:
    return int(rng.integers(len(data) + 1))


def _flip(data: bytes, rng: np.random.Generator) -> bytes:
    flipped = bytearray(data)
    for _ in range(int(rng.integers(1, 20)) if data else 0):
        flipped[int(rng.integers(len(flipped)))] ^= 1 << int(rng.integers(8))
    return bytes(flipped)


def _cut(data: bytes, rng: np.random.Generator) -> bytes:
    return data[: _at(data, rng)]


def _hole(data: bytes, rng: np.random.Generator) -> bytes:
    start, end = sorted((_at(data, rng), _at(data, rng)))
    return data[:start] + data[end:]


def _again(data: bytes, rng: np.random.Generator) -> bytes:
    start, end = sorted((_at(data, rng), _at(data, rng)))
    return data[:end] + data[start:end] + data[end:]


def _shuffle(data: bytes, rng: np.random.Generator) -> bytes:
    lines = data.split(b"\n")
    return b"\n".join(lines[i] for i in rng.permutation(len(lines)))


NASTY = (b"\0", b'"', b"'", b"\r", b"\n\n", b",,,,", b";", b"\t", b"1e999", b"-", b"\xff\xfe", b"\xed\xa0\x80", b"\x1f")
NASTY += (
    b"NaN",
    b"9" * 400,
    b"\x1b[2J",
    "\u202e".encode(),
    b"=1+1",
    b"0x10",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"2024-13-45",
)


def _insert(data: bytes, rng: np.random.Generator) -> bytes:
    for _ in range(int(rng.integers(1, 30))):
        at = _at(data, rng)
        data = data[:at] + NASTY[int(rng.integers(len(NASTY)))] + data[at:]
    return data


def _replace(data: bytes, rng: np.random.Generator) -> bytes:
    marks = (b",", b"\n", b".", b"-", b":", b"1", b"0")
    return data.replace(marks[int(rng.integers(len(marks)))], NASTY[int(rng.integers(len(NASTY)))])


def _encode(data: bytes, rng: np.random.Generator) -> bytes:
    codecs = ("utf-16", "utf-16-be", "utf-32", "cp500", "utf-7")
    return data.decode("latin-1").encode(codecs[int(rng.integers(len(codecs)))], errors="replace")


def _pack(data: bytes, rng: np.random.Generator) -> bytes:
    return gzip.compress(data, mtime=0) if rng.integers(2) else zipped({"a.csv": data})


MUTATIONS = (_flip, _cut, _hole, _again, _shuffle, _insert, _replace, _encode, _pack)
