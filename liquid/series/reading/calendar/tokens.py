"""Cells of text as numbers, words and what stands between them, a whole column at once.

Every cell has a skeleton: "12 Mar 2024, 7:05" is "# w #, #:#". Cells of one skeleton are read together, by arithmetic
on their bytes: the numbers of a million cells take a fraction of a second.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]

LONGEST = 64  # bytes; a cell that is longer is no date
MOST_SHAPES = 400
MOST_DIGITS = 18  # more do not fit 64 bits

DIGITS, WORD = "#", "w"
_ODD = {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "–": "-", "—": "-", "−": "-", "’": "'", "\t": " "}
_LOWER = np.arange(256, dtype=np.uint8)
_LOWER[ord("A") : ord("Z") + 1] += 32
_CLASS = _LOWER.copy()
_CLASS[ord("0") : ord("9") + 1] = ord(DIGITS)
_CLASS[ord("a") : ord("z") + 1] = _CLASS[ord("A") : ord("Z") + 1] = _CLASS[0x80:] = ord(WORD)
_CLASS[[ord(DIGITS)]] = ord("?")  # a mark of its own, as no date holds it


@dataclass(frozen=True)
class Words:
    """The word at one place of cells of one skeleton: `vocabulary[codes[cell]]`, in small letters."""

    codes: Ints
    vocabulary: tuple[str, ...]


@dataclass(frozen=True)
class Tokens:
    """Cells of one skeleton: their rows, `numbers[k][cell]` with `digits[k][cell]` digits, and `words[k]`.

    `pieces` are the skeleton's numbers ("#"), words ("w") and what stands between them, in order.
    """

    rows: Ints
    pieces: tuple[str, ...]
    numbers: tuple[Ints, ...]
    digits: tuple[Ints, ...]
    words: tuple[Words, ...]

    @property
    def skeleton(self) -> str:
        return "".join(self.pieces)

    def take(self, cells: Ints) -> Tokens:
        """The same for some of the cells."""
        return Tokens(
            self.rows[cells],
            self.pieces,
            tuple(number[cells] for number in self.numbers),
            tuple(digits[cells] for digits in self.digits),
            tuple(Words(word.codes[cells], word.vocabulary) for word in self.words),
        )


def tokenise(text: pd.Series) -> list[Tokens]:
    """The cells `text[row]` by skeleton, the most frequent first; missing, long and rare ones are left out."""
    rows = np.flatnonzero(text.notna().to_numpy(dtype=bool))
    array = _plain(text)
    data = np.frombuffer(array.buffers()[2] or b"", dtype=np.uint8)
    offsets = np.frombuffer(array.buffers()[1], dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    lengths = np.diff(offsets)[rows]
    parts: dict[str, list[Tokens]] = {}
    shapes = 0
    for length in np.unique(lengths[(lengths > 0) & (lengths <= LONGEST)]):
        same = rows[lengths == length]
        starts = offsets[same]
        letters = [data[starts + place] for place in range(length)]
        for cells, shape in _shapes(letters):
            shapes += 1
            if shapes > MOST_SHAPES:
                break
            part = _cut(same[cells], [letter[cells] for letter in letters], shape)
            if part is not None:
                parts.setdefault(part.skeleton, []).append(part)
    joined = [_join(same) for same in parts.values()]
    return sorted(joined, key=lambda tokens: -len(tokens.rows))


def of_numbers(values: NDArray[np.float64]) -> list[Tokens]:
    """The tokens of a column of numbers `[row]`, where all of them are whole and none is negative; else none."""
    rows = np.flatnonzero(np.isfinite(values))
    known = values[rows]
    if not len(rows) or known.min() < 0 or known.max() >= 10.0**MOST_DIGITS or np.any(known != np.floor(known)):
        return []
    numbers = known.astype(np.int64)
    digits = np.searchsorted(10 ** np.arange(1, MOST_DIGITS + 1), numbers, side="right") + 1
    return [Tokens(rows, (DIGITS,), (numbers,), (digits,), ())]


def _plain(text: pd.Series) -> pa.Array:
    array = pa.array(text, type=pa.large_string(), from_pandas=True)
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    if (np.frombuffer(array.buffers()[2] or b"", dtype=np.uint8) >= 0x80).any():
        for odd, plain in _ODD.items():
            array = pc.replace_substring(array, odd, plain)
    return array


def _shapes(letters: list[Bytes]) -> list[tuple[Ints, str]]:
    """The cells of each distinct row of classes, for `letters[place][cell]`, and that row."""
    classes = [_CLASS[letter] for letter in letters]
    if all((place == place[0]).all() for place in classes):
        return [(np.arange(len(letters[0])), _ascii([place[0] for place in classes]))]
    _, firsts, inverse = np.unique(_hash(classes), return_index=True, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(inverse))[:-1])
    pairs = [(group, _ascii([place[at] for place in classes])) for group, at in zip(groups, firsts, strict=True)]
    return sorted(pairs, key=lambda pair: -len(pair[0]))


def _hash(letters: list[Bytes]) -> NDArray[np.uint64]:
    """One number for every cell of `letters[place][cell]`; equal cells have equal ones."""
    code = np.zeros(len(letters[0]), dtype=np.uint64)
    for letter in letters:
        code += letter
        code *= np.uint64(0x9E3779B97F4A7C15)
        code ^= code >> np.uint64(32)
    return code


def _cut(rows: Ints, letters: list[Bytes], shape: str) -> Tokens | None:
    """Cells of one shape as tokens; None where a number is too long."""
    numbers: list[Ints] = []
    digits: list[Ints] = []
    words: list[Words] = []
    pieces: list[str] = []
    for match in re.finditer(r"#+|w+|[^#w]+", shape):
        start, stop = match.span()
        if match[0][0] == DIGITS:
            if stop - start > MOST_DIGITS:
                return None
            value = np.zeros(len(rows), dtype=np.int64)
            for letter in letters[start:stop]:
                value *= 10
                value += letter
            numbers.append(value - ord("0") * (10 ** (stop - start) // 9))
            digits.append(np.full(len(rows), stop - start))
            pieces.append(DIGITS)
        elif match[0][0] == WORD:
            words.append(_words([_LOWER[letter] for letter in letters[start:stop]]))
            pieces.append(WORD)
        else:
            pieces.append(re.sub(" +", " ", match[0]))
    return Tokens(rows, tuple(pieces), tuple(numbers), tuple(digits), tuple(words))


def _words(letters: list[Bytes]) -> Words:
    if all((letter == letter[0]).all() for letter in letters):
        return Words(np.zeros(len(letters[0]), dtype=np.int64), (_decode(letters, 0),))
    _, firsts, inverse = np.unique(_hash(letters), return_index=True, return_inverse=True)
    return Words(inverse.astype(np.int64), tuple(_decode(letters, at) for at in firsts))


def _ascii(classes: list[np.uint8]) -> str:
    return bytes(classes).decode("ascii")


def _decode(letters: list[Bytes], at: int) -> str:
    return bytes(letter[at] for letter in letters).decode(errors="replace").lower()


def _join(parts: list[Tokens]) -> Tokens:
    if len(parts) == 1:
        return parts[0]
    rows = np.concatenate([part.rows for part in parts])
    order = np.argsort(rows, kind="stable")
    words: list[Words] = []
    for same in zip(*(part.words for part in parts), strict=True):
        vocabulary = sorted({word for words_ in same for word in words_.vocabulary})
        place = {word: code for code, word in enumerate(vocabulary)}
        codes = [np.array([place[word] for word in each.vocabulary], dtype=np.int64)[each.codes] for each in same]
        words.append(Words(np.concatenate(codes)[order], tuple(vocabulary)))
    return Tokens(
        rows[order],
        parts[0].pieces,
        tuple(np.concatenate(same)[order] for same in zip(*(part.numbers for part in parts), strict=True)),
        tuple(np.concatenate(same)[order] for same in zip(*(part.digits for part in parts), strict=True)),
        tuple(words),
    )
