"""What the numbers and words of a date can be: every layout that fits the tokens of a column.

A layout gives each number a field, or several where digits stand without a mark between them (20240131). Fields are
letters here: Y year, y year of two digits, M month, D day, J day of the year, Q quarter, W week, V weekday, H hour,
N minute, S second, F its fraction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from liquid.series.reading.calendar.fields import ABSENT, Fields, Flags, Ints
from liquid.series.reading.calendar.tokens import DIGITS, WORD, Tokens, Words
from liquid.series.reading.calendar.words import BETWEEN, FILLERS, HALVES, MARKS, MONTHS, WEEKDAYS, ZONES

NAMES = {
    "Y": "year", "y": "short", "M": "month", "D": "day", "J": "doy", "Q": "quarter", "W": "week", "V": "weekday",
    "H": "hour", "N": "minute", "S": "second", "F": "micro",
}  # fmt: skip
LENGTHS = {"Y": 4, "y": 2, "M": 2, "D": 2, "J": 3, "Q": 1, "W": 2, "V": 1, "H": 2, "N": 2, "S": 2, "F": 3}
SPELT = {"Y": "YYYY", "y": "YY", "M": "MM", "D": "DD", "J": "DDD", "W": "WW", "V": "d", "H": "hh", "N": "mm"}
SPELT |= {"S": "ss", "F": "f", "Q": "Q"}
# Orders of a date in numbers, the more usual first, and beside the name of a month.
DATES = ("YMD", "DMY", "MDY", "DMy", "MDy", "yMD", "YM", "MY", "YJ", "Y", "yM", "My")
WITH_MONTH = ("DY", "Dy", "YD", "yD", "Y", "y", "D")
WITH_QUARTER = ("YQ", "QY", "yQ", "Qy")
WITH_WEEK = ("YW", "WY", "YWV")
CLOCKS = ("", "H", "HN", "HNS", "HNSF")
COMPACT = ("YMD", "DMY", "MDY", "yMD", "DMy", "MDy", "YM", "MY", "YJ", "YW")  # dates whose digits may stand together
TYPICAL = 0.9  # share of the cells that tell how many digits a number has
KNOWN_WORDS = 0.8
DAYLIGHT = 4  # no more offsets than this in one file
MARKS_BETWEEN = re.compile(r"[-/.,:+()\[\]'_ ]*")


@dataclass(frozen=True)
class Take:
    """A field out of one number: `number // divisor % modulus`, a modulus of 0 keeps the rest."""

    field: str
    number: int
    divisor: int = 1
    modulus: int = 0
    length: int = 0  # of the number, where digits stand together


@dataclass(frozen=True)
class Layout:
    """Fields for the tokens of one skeleton. `date` and `clock` are letters in the order of the file ("DMY", "HN")."""

    key: str
    date: str
    clock: str
    takes: tuple[Take, ...]
    month: int | None = None  # the words that are months
    half: int | None = None
    zone: int | None = None
    offset: tuple[int, ...] = ()  # the numbers that make one, hours first
    west: bool = False
    is_interval: bool = False  # of which this is the start
    is_marked: bool = False  # colons or words show the clock

    @property
    def is_complete(self) -> bool:
        """Whether this dates a row by itself, be it to the year."""
        return bool(set(self.date) & set("Yy"))

    def fields(self, tokens: Tokens) -> Fields:
        """The fields of the tokens' cells."""
        fields: Fields = {}
        for take in self.takes:
            number, digits = tokens.numbers[take.number], tokens.digits[take.number]
            value = number // take.divisor
            value = value % take.modulus if take.modulus else value
            fits = (digits <= take.length) if take.length else _fits(take.field, digits)
            if take.field == "F":
                value = (number * 10 ** np.maximum(6 - digits, 0)) // 10 ** np.maximum(digits - 6, 0)
            fields[NAMES[take.field]] = np.where(fits, value, ABSENT - 1)
        if self.month is not None:
            fields["month"] = _look_up(tokens.words[self.month], MONTHS)
        if self.half is not None:
            fields["half"] = _look_up(tokens.words[self.half], HALVES)
        if self.zone is not None:
            fields["offset"] = _look_up(tokens.words[self.zone], ZONES)
        if self.offset:
            hours = tokens.numbers[self.offset[0]]
            if len(self.offset) == 1:
                long = tokens.digits[self.offset[0]] > 2
                seconds = np.where(long, hours // 100 * 3600 + hours % 100 * 60, hours * 3600)
            else:
                seconds = 3600 * hours + 60 * tokens.numbers[self.offset[1]]
            fields["offset"] = -seconds if self.west else seconds
        return fields


def layouts(tokens: Tokens) -> list[Layout]:
    """Every layout that the tokens may have, the more usual first; none where they are neither date nor clock."""
    whole = _Places.of(tokens)
    if whole is None:
        return []
    if _are_seasons(tokens):
        year = Layout("YYYY/YY", "Y", "", (Take("Y", 0),), is_interval=True)
        return [year]
    found = list(whole.layouts())
    if not found:
        start = _start_of_interval(tokens)
        places = _Places.of(start) if start is not None else None
        found = [replace(layout, is_interval=True) for layout in places.layouts()] if places is not None else []
    return list({layout.key: layout for layout in found}.values())


_DIGITS = {"Y": (4, 4), "y": (2, 2), "J": (3, 3), "Q": (1, 1), "V": (1, 1)}  # fewest and most; of others 1 and 2
_SWAPPED = {"DMY": "MDY", "MDY": "DMY", "DMy": "MDy", "MDy": "DMy"}


@dataclass
class _Places:
    """The numbers of one skeleton with their digits, what stands before each, and the part that each word plays."""

    tokens: Tokens
    digits: list[tuple[int, int]]  # fewest and most, of nearly all cells
    before: list[str]  # text before number k, words as <part>
    after: str
    month: int | None
    half: int | None
    zone: int | None

    @staticmethod
    def of(tokens: Tokens) -> _Places | None:
        parts = _parts_of_words(tokens.words)
        if parts is None or not tokens.numbers or len(tokens.numbers) > 14:
            return None
        if parts.count("clock") == 1 and _counts_quarters(tokens, tokens.words[parts.index("clock")]):
            parts[parts.index("clock")] = "quarter"
        before, text, word = [], "", 0
        for piece in tokens.pieces:
            if piece == DIGITS:
                before.append(text)
                text = ""
            elif piece == WORD:
                text += f"<{parts[word]}>"
                word += 1
            elif MARKS_BETWEEN.fullmatch(piece):
                text += piece
            else:
                return None
        if before[0].startswith(("-", "+", ".", ",")) or text.strip() in ("%", "-"):
            return None
        place = {part: parts.index(part) if part in parts else None for part in ("month", "half", "zone")}
        return _Places(tokens, [_usual(digits) for digits in tokens.digits], before, text, **place)

    def layouts(self) -> Iterator[Layout]:
        numbers = list(range(len(self.digits)))
        clock, offset, west = self._marked_clock(numbers)
        rest = [number for number in numbers if number not in {take.number for take in clock} and number not in offset]
        letters = "".join(take.field for take in clock)
        if not rest:
            if clock:
                yield self._layout("", letters, clock, offset, west, marked=True)
            return
        for date, takes in self._dates(rest, bool(clock)):
            if date and not clock and self.half is not None and "H" not in {take.field for take in takes}:
                continue
            if date and clock and not set(date) & set("DJVW"):
                continue  # a clock is of a day: Nov 20 00:00 is no time in 2020
            late = "".join(take.field for take in takes if take.field in "HNSF")
            yield self._layout(date, letters or late, (*takes, *clock), offset, west, marked=bool(clock))

    def _layout(
        self, date: str, clock: str, takes: tuple[Take, ...], offset: tuple[int, ...], west: bool, *, marked: bool
    ) -> Layout:
        shown = dict.fromkeys(range(len(self.digits)), "")
        for take in takes:
            shown[take.number] += SPELT[take.field]
        for number in offset:
            shown[number] = "zz"
        word, number, key = 0, 0, ""
        for piece in self.tokens.pieces:
            if piece == DIGITS:
                key += shown[number]
                number += 1
            elif piece == WORD:
                names = {self.month: "MMM", self.half: "a", self.zone: "zone"}
                key += names.get(word, self.tokens.words[word].vocabulary[0])
                word += 1
            else:
                key += piece
        return Layout(
            key.strip(),
            date,
            clock,
            takes,
            self.month if date else None,
            self.half,
            self.zone,
            offset,
            west,
            is_marked=marked,
        )

    def _marked_clock(self, numbers: list[int]) -> tuple[tuple[Take, ...], tuple[int, ...], bool]:
        """The clock that colons, an "h" or a half of the day show, and the offset behind it."""
        clock: list[int] = []
        for number in numbers:
            if not clock:
                # 2024:01:05 is a date with colons, 01/Jan/2024:13:00 is not
                in_date = number == 1 and self.before[1] == ":" and self.digits[0][1] == 4 and self.month is None
                if self.digits[number][1] <= 3 and not in_date and self._begins_clock(number):
                    clock.append(number)
            elif number == clock[-1] + 1 and len(clock) < 4 and self._continues(clock, number):
                clock.append(number)
        takes = tuple(Take("HNSF"[i], number) for i, number in enumerate(clock))
        if not clock:
            later = [number for number in numbers if number and self._follows_digits(number)][-1:]
            offset = self._offset([*later, *numbers[later[0] + 1 :]], has_date=True) if later else ()
            return (), offset, bool(offset) and self.before[offset[0]].endswith("-")
        later = [number for number in numbers if number > clock[-1]]
        offset = self._offset(later, has_date=len(clock) < len(numbers) - len(later) or self.month is not None)
        return takes, offset, bool(offset) and self.before[offset[0]].endswith("-")

    def _follows_digits(self, number: int) -> bool:
        """Whether an offset stands behind a clock without colons: 0700 +01:00."""
        return self.before[number] in ("+", " +", " -") and self.digits[number - 1][1] in (4, 6, 12, 14)

    def _begins_clock(self, number: int) -> bool:
        if number and self._follows_digits(number):
            return False
        behind = self._behind(number).strip()
        return behind == ":" or behind.startswith(("<hour>", "<half>")) or "<hour>" in self.before[number]

    def _continues(self, clock: list[int], number: int) -> bool:
        text, most = self.before[number], self.digits[number][1]
        if len(clock) == 1 and text in ("<hour>", " <hour> ", "<hour> ", ".", "<hour>:"):
            return most <= 2 and text != "."
        if len(clock) < 3:
            return text in (":", "<filler>", "<month-mark>") and most <= 2
        return text in (".", ",") or (text == ":" and most == 3)

    def _offset(self, later: list[int], has_date: bool) -> tuple[int, ...]:
        if not later:
            return ()
        first = later[0]
        text, most = self.before[first], self.digits[first][1]
        pair = len(later) > 1 and self.before[later[1]] == ":" and most == 2
        if not re.fullmatch(r" ?(<half>)?\.? ?\(?(<zone>)? ?\(?[+-]", text) or most not in (
            (2,) if pair else (1, 2, 4) if "<zone>" in text else (2, 4)
        ):
            return ()
        if text.endswith("-"):
            hours = self.tokens.numbers[first]
            few = len(np.unique(hours[:: max(len(hours) // 1000, 1)])) <= DAYLIGHT
            if not (has_date and few and (pair or most == 4)):
                return ()
        return tuple(later[:2]) if pair else (first,)

    def _behind(self, number: int) -> str:
        return self.before[number + 1] if number + 1 < len(self.before) else self.after

    def _dates(self, rest: list[int], has_clock: bool) -> Iterator[tuple[str, tuple[Take, ...]]]:
        for order in self._orders(rest):
            dated = bool(set(order) & set("DJV")) and order != "D"
            for clock in CLOCKS if dated and not has_clock else ("",):
                for takes in self._align(order + clock, rest):
                    if self._is_plausible(order, takes) and _is_uniform(takes):
                        yield order, takes
        if has_clock or self.month is not None:
            return
        if len(rest) == 2 and self.before[rest[1]].strip() == "-":  # from 07-08 to 23-24, and no minutes
            if max(self.digits[number][1] for number in rest) > 2:
                return
            first, second = (self.tokens.numbers[number] for number in rest)
            if np.mean(second % 24 == (first + 1) % 24) > TYPICAL:
                yield "", (Take("H", rest[0]),)
            return
        for clock in CLOCKS[1:]:
            yield from (("", takes) for takes in self._align(clock, rest) if _is_uniform(takes))

    def _orders(self, rest: list[int]) -> tuple[str, ...]:
        """The orders that a date of these words and numbers may have, the more usual first."""
        if self.month is not None:
            return WITH_MONTH
        texts = (*self.before, self.after)
        if any("<quarter>" in text for text in texts):
            return WITH_QUARTER
        if any("<week>" in text for text in texts):
            return WITH_WEEK
        if any(mark in self.before[number] for number in rest[1:3] for mark in ".-"):
            return DATES
        month_first = tuple(_SWAPPED.get(order, order) for order in DATES)  # 12.05. and 12-05, but 05/12
        return (*month_first, "YW") if len(rest) == 1 else month_first

    def _align(self, letters: str, rest: list[int]) -> Iterator[tuple[Take, ...]]:
        """Ways to give these fields to these numbers, in order, each number at least one."""
        if not rest or not letters:
            if not rest and not letters:
                yield ()
            return
        number = rest[0]
        fewest, most = self.digits[number]
        if self._may_be(letters[0], number):
            for others in self._align(letters[1:], rest[1:]):
                yield (Take(letters[0], number), *others)
        for count in range(2, len(letters) + 1):
            group = letters[:count]
            length = sum(LENGTHS[letter] for letter in group)
            if not _stands_together(group) or not _fewest(group, length) <= fewest <= most <= length:
                continue
            if most < length and not (group == "HN" and most == 3) and length != 8:
                continue  # all of them have lost a zero
            if group[0] == "H" and self.before[number] not in ("", " ", "<clock>", "-", " - ", "_", ", "):
                continue
            for others in self._align(letters[count:], rest[1:]):
                yield (*_split(group, number, length), *others)

    def _may_be(self, letter: str, number: int) -> bool:
        """Whether a number by itself may be a field, by its digits and what stands beside it."""
        fewest, most = self.digits[number]
        before, behind = self.before[number], self._behind(number)
        if letter in "YyMDJWV" and ("<clock>" in before or (before == ":" and self.digits[0] != (4, 4))):
            return False  # behind a T, or the minutes of an interval's end
        if letter == "H" and number:
            marks = before in (" ", "<clock>") or before.rstrip().endswith((",", "-", "_"))
        elif letter == "F":
            return before in (".", ",")
        elif letter == "Q":
            marks = "<quarter>" in before or "<quarter>" in behind
        elif letter == "W":
            marks = "<week>" in before
        else:
            marks = True
        least, largest = _DIGITS.get(letter, (1, 2))
        return marks and least <= fewest and most <= largest

    def _is_plausible(self, order: str, takes: tuple[Take, ...]) -> bool:
        """A year and a month look like a decimal number (2024.5, 1/24): both digits of the month have to be there."""
        if order in ("YM", "MY", "yM", "My") and self.month is None and len(takes) >= 2 and takes[0].length == 0:
            second = self.before[takes[1].number]
            fewest = min(self.digits[take.number][0] for take in takes[:2])
            marked = "<month-mark>" in second
            return marked or (second in ("-", "/", " ") and ("y" not in order or fewest == 2)) or fewest >= 2
        return True


def _is_uniform(takes: tuple[Take, ...]) -> bool:
    """Whether the digits of a clock stand together all or none."""
    clock = [take.number for take in takes if take.field in "HNSF"]
    return len(set(clock)) in (0, 1, len(clock))


def _fits(letter: str, digits: Ints) -> Flags:
    if letter == "F":
        return np.ones(len(digits), dtype=bool)
    if letter == "Y":
        return np.asarray(digits == 4)
    return np.asarray(digits <= max(LENGTHS[letter], 3 if letter == "H" else 2))


def _stands_together(group: str) -> bool:
    date = group.rstrip("HNSF")
    clock = group[len(date) :]
    if not date:
        return clock in ("HN", "HNS", "HNSF")
    fewest = 2 if "y" in date else 1  # 24030507 is no hour of 2024
    return date in COMPACT and (not clock or (clock in CLOCKS and "D" in date and len(clock) >= fewest))


def _fewest(group: str, length: int) -> int:
    """The fewest digits of a group whose first zeros a number has lost."""
    if group[0] in "DMy":
        return length - 1
    return {"HN": 1, "HNS": 1}.get(group, length)


def _split(group: str, number: int, length: int) -> Iterator[Take]:
    divisor = 10**length
    for place, letter in enumerate(group):
        divisor //= 10 ** LENGTHS[letter]
        yield Take(letter, number, divisor, 10 ** LENGTHS[letter] if place else 0, length)


def _usual(digits: Ints) -> tuple[int, int]:
    """The fewest and most digits among the cells, a twentieth at either end left out."""
    counts = np.bincount(digits)
    share = np.cumsum(counts) / len(digits)
    cut = (1 - TYPICAL) / 2
    return int(np.searchsorted(share, cut, side="right")), int(np.searchsorted(share, 1 - cut))


def _parts_of_words(words: tuple[Words, ...]) -> list[str] | None:
    """The part that each word plays; None where one is unknown."""
    parts: list[str] = []
    weights = [np.bincount(word.codes, minlength=len(word.vocabulary)) for word in words]
    for word, weight in zip(words, weights, strict=True):
        known = {
            part: weight[[term in terms for term in word.vocabulary]].sum() / weight.sum()
            for part, terms in _TERMS.items()
        }
        part = max(known, key=lambda part: known[part])
        if known[part] < KNOWN_WORDS:
            return None
        parts.append(part)
    if parts.count("month") > 1:  # "mar" is March and Tuesday: the month is what varies, or else stands last
        places = [place for place, part in enumerate(parts) if part == "month"]
        sure = [place for place in places if set(words[place].vocabulary) != {"mar"}]
        keep = sure[0] if sure else places[-1]
        if len(sure) > 1:
            half = len(parts) // 2
            if parts[:half] != parts[-half:]:
                return None
            return parts
        for place in places:
            parts[place] = "month" if place == keep else "weekday"
    return parts


_TERMS = {
    "month": frozenset(MONTHS),
    "weekday": WEEKDAYS,
    "half": frozenset(HALVES),
    "zone": frozenset(ZONES),
    "quarter": MARKS["quarter"],
    "week": MARKS["week"],
    "hour": MARKS["hour"],
    "clock": MARKS["clock"],
    "month-mark": MARKS["month"],
    "filler": FILLERS,
    "between": BETWEEN,
}


def _counts_quarters(tokens: Tokens, word: Words) -> bool:
    """Whether T is a trimestre, T1 2020, and not the mark before a clock."""
    place = [piece for piece in tokens.pieces if piece in (DIGITS, WORD)]
    at = place.index(WORD) if sum(piece == WORD for piece in place) == 1 else -1
    if len(tokens.numbers) != 2 or at not in (0, 1) or word.vocabulary != ("t",):
        return False
    return bool(tokens.numbers[at].max() <= 4 and tokens.digits[at].max() == 1)


def _look_up(words: Words, table: dict[str, int]) -> Ints:
    return np.array([table.get(word, ABSENT - 1) for word in words.vocabulary], dtype=np.int64)[words.codes]


def _are_seasons(tokens: Tokens) -> bool:
    """Whether each cell is a year and the last digits of the next: 1999/00, 2000/01."""
    if len(tokens.numbers) != 2 or tokens.words or [_usual(digits) for digits in tokens.digits] != [(4, 4), (2, 2)]:
        return False
    years, ends = tokens.numbers
    return bool(len(years) > 2 and np.mean((years + 1) % 100 == ends) > TYPICAL)


def _start_of_interval(tokens: Tokens) -> Tokens | None:
    """The first half of cells such as "01.01.2024 00:00 - 01.01.2024 01:00" or "2024-01-01 00:00 - 01:00"."""
    pieces = list(tokens.pieces)
    for at in range(1, len(pieces) - 1):
        stop = at + 1
        if pieces[at] == " " and pieces[at + 1 : at + 3] == [WORD, " "]:
            stop = at + 3
        elif pieces[at].strip() not in ("-", "/", "--") or pieces[at] == WORD:
            continue
        first, second = pieces[:at], pieces[stop:]
        if not second or second != first[len(first) - len(second) :] or DIGITS not in first:
            continue
        numbers, words = first.count(DIGITS), first.count(WORD)
        ends = len(tokens.digits) - second.count(DIGITS)
        same = all(
            _usual(tokens.digits[number - second.count(DIGITS)])[1] == _usual(tokens.digits[ends + k])[1]
            for k, number in enumerate(range(numbers, numbers + second.count(DIGITS)))
        )
        if not same or (first != second and ":" not in second):
            continue
        return Tokens(
            tokens.rows, tuple(first), tokens.numbers[:numbers], tokens.digits[:numbers], tokens.words[:words]
        )
    return None
