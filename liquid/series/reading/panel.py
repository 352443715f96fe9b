"""Several series in one table: under one another, told apart by keys, or side by side, one in each row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liquid.errors import LiquidError
from liquid.series.reading.calendar.names import is_unit
from liquid.series.reading.numbers import is_number
from liquid.series.reading.options import COMBINATIONS, ONE, Guess, ReadOptions
from liquid.series.series import Floats
from liquid.series.words import counted, legible, listed

Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]

FEWEST_REPEATS = 0.01  # of the rows at times seen before: fewer are slips, not series
LEFT = 0.01  # of the rows that may still repeat a time once the keys tell them apart
FEWEST_FOR_SLIP = 20  # rows at times seen before, among which one may still be a slip
MOST_KEYS, MOST_CANDIDATES = 3, 12
FEWEST_EACH = 2.5  # rows of a series, on average
FULL = 0.5  # of the rows that a full panel would have: more columns are not asked
MOST_TRIED = 5  # sets of keys of one size
SPARSE = 0.1  # of the rows that a full panel of numeric keys would have: measured values are no keys
FEWEST_ROWS = 8  # of the longest series
SAMPLE_ROWS = 5_000  # that refute quickly
SAMPLE_TIMES, FEWEST_TIMES = 400, 10
MOST_OFFERED = 2_000
MOST_UNITS = 20
TURNS = 0.5  # of the rows are of another station than the row before
MOSTLY = 0.8


@dataclass(frozen=True)
class Panel:
    """Which series each row belongs to, `[row]`: a code into `labels`, each the values of the keys in text."""

    keys: tuple[str, ...]
    codes: Codes
    labels: tuple[tuple[str, ...], ...]


def find_panel(table: pd.DataFrame, time: Floats, used: tuple[str, ...]) -> Panel | None:
    """The keys that tell apart the rows of one time, whatever their type; None where no few columns do."""
    known = np.isfinite(time)
    stamps, at, counts = np.unique(time[known], return_inverse=True, return_counts=True)
    rows = int(known.sum())
    if rows - len(stamps) < max(FEWEST_REPEATS * rows, 2):
        keys = (
            str(name)
            for name in table.columns
            if name not in used and (_tells_units(str(name), table[name]) or _takes_turns(table[name], time))
        )
        key = next(keys, None)
        return make_panel(table, (key,)) if key is not None else None  # kilograms and grams are no one series
    columns = _candidates(table[known], used)
    if not columns:
        return None
    repeated = np.flatnonzero(counts > 1)
    some = repeated[:: max(len(repeated) // SAMPLE_TIMES, 1)]
    step = max(int(counts[some].sum()) // SAMPLE_ROWS, 1)
    sampled = np.isin(at, some[:: min(step, max(len(some) // FEWEST_TIMES, 1))])
    left = max(LEFT * rows, 1.0 if rows - len(stamps) >= FEWEST_FOR_SLIP else 0.0)
    best, most = None, 0.0
    minimal: list[set[str]] = []
    for size in range(1, MOST_KEYS + 1):
        fits = [
            names
            for names in combinations(columns, size)
            if not any(fewer <= set(names) for fewer in minimal)
            and _repeats(at[sampled], [columns[name][sampled] for name in names])
            <= max(LEFT * sampled.sum(), left and 1)
        ]
        merits = [(_merit(names, columns, table, rows, len(stamps)), names) for names in fits]
        ranked = sorted(merits, key=lambda entry: -entry[0])
        for merit, names in ranked[:MOST_TRIED]:
            if merit <= most or _repeats(at, [columns[name] for name in names]) > left:
                continue
            minimal.append(set(names))
            if np.bincount(_combined([columns[name] for name in names])).max() >= FEWEST_ROWS:
                best, most = names, merit
        if most >= FULL:  # a column of measured values may tell rows apart by accident, in a panel with holes
            break
    if most < FULL:
        names = _many_keys(at, columns, table, left)
        if names and _merit(names, columns, table, rows, len(stamps)) > most:
            best = names
    return make_panel(table, _with_equals(table, best, used)) if best is not None else None


def _many_keys(at: Codes, columns: dict[str, Codes], table: pd.DataFrame, left: float) -> tuple[str, ...]:
    """More keys than all sets can be tried of: all columns of text, without each that is not needed; () if too few."""
    names = [name for name in columns if table[name].dtype.kind not in "iufb"]
    if len(names) <= MOST_KEYS or _repeats(at, [columns[name] for name in names]) > left:
        return ()
    for name in list(names):
        fewer = [other for other in names if other != name]
        if _repeats(at, [columns[other] for other in fewer]) <= left:
            names = fewer
    longest = np.bincount(_combined([columns[name] for name in names])).max()
    return tuple(names) if longest >= FEWEST_ROWS else ()


def _with_equals(table: pd.DataFrame, keys: tuple[str, ...], used: tuple[str, ...]) -> tuple[str, ...]:
    """The keys, with the columns that say the same in other words: a code beside a name."""
    codes = make_panel(table, keys).codes
    equal = [
        str(name)
        for name in table.columns
        if name not in used and name not in keys and len(keys) == 1 and _is_label(table[name])
        and _follows(pd.factorize(table[name])[0], codes)
        and _follows(codes, pd.factorize(table[name])[0])
    ]  # fmt: skip
    return tuple(str(name) for name in table.columns if name in keys or name in equal)


def constant_in_each(table: pd.DataFrame, panel: Panel) -> tuple[str, ...]:
    """Columns that each series has one value of, and not all the same: they describe the series."""
    found = []
    for name in (str(name) for name in table.columns if name not in panel.keys):
        codes, labels = pd.factorize(table[name])
        if len(labels) > 1 and _follows(codes, panel.codes):
            found.append(name)
    return tuple(found)


def _tells_units(name: str, column: pd.Series) -> bool:
    """Whether a column holds the unit of each row's value, and not always the same."""
    if column.dtype.kind in "iufb" or not is_unit(name):
        return False
    units = column.dropna().unique()
    return 1 < len(units) <= MOST_UNITS and not any(is_number(str(unit)) for unit in units)


def _takes_turns(column: pd.Series, time: Floats) -> bool:
    """Whether text names stations that report by turns, each at even steps, which all rows together do not have."""
    if column.dtype.kind in "iufb" or len(time) < 2 * FEWEST_ROWS or not np.all(np.isfinite(time)):
        return False
    codes, labels = pd.factorize(column)
    if not 2 <= len(labels) <= len(time) / FEWEST_ROWS or codes.min() < 0 or np.mean(np.diff(codes) != 0) < TURNS:
        return False
    apart = [np.diff(np.sort(time[codes == code])) for code in range(len(labels))]
    together = np.diff(np.sort(time))
    if any(len(steps) < FEWEST_ROWS - 1 or steps.sum() < MOSTLY * together.sum() for steps in apart):
        return False
    return min(map(_evenness, apart)) >= MOSTLY > _evenness(together)


def _evenness(steps: Floats) -> float:
    """The share of the steps that are within a tenth of the usual one."""
    return float(np.mean(np.isclose(steps, np.median(steps), rtol=0.1, atol=0)))


def _is_label(column: pd.Series) -> bool:
    return column.dtype.kind not in "fb" or bool((column.dropna() % 1 == 0).all())


def _follows(codes: Codes, from_codes: Codes) -> bool:
    """Whether one column is known once another is."""
    if codes.min() < 0 or from_codes.min() < 0:
        return False
    if len(codes) > 2 * SAMPLE_ROWS and not _follows(codes[:SAMPLE_ROWS], from_codes[:SAMPLE_ROWS]):
        return False
    return len(np.unique(_combined([from_codes, codes.astype(np.int64)]))) == len(np.unique(from_codes))


def make_panel(table: pd.DataFrame, keys: tuple[str, ...]) -> Panel:
    """The panel of these keys, its series in the order of their first rows."""
    texts = [key_text(table[key]) for key in keys]
    codes, _ = pd.factorize(pd.MultiIndex.from_arrays(texts)) if len(keys) > 1 else pd.factorize(texts[0])
    firsts = np.unique(codes, return_index=True)[1]
    labels = tuple(tuple(str(text.iloc[row]) for text in texts) for row in firsts)
    return Panel(keys, codes.astype(np.int64), labels)


def key_text(column: pd.Series) -> pd.Series:
    """The labels in a key column as text: 1 for 1.0, empty where missing."""
    column = _filled_down(column)
    if column.dtype.kind == "f":
        column = column.astype("Int64") if (column.dropna() % 1 == 0).all() else column
    return column.astype("str").where(column.notna(), "").str.strip()


def _filled_down(column: pd.Series) -> pd.Series:
    """A column of labels, where only the first row of each series has its own: merged cells of a sheet are saved so."""
    present = column.dropna()
    merged = column.dtype.kind not in "iufb" and 1 < len(present) < 0.5 * len(column) and column.notna().iloc[0]
    return column.ffill() if merged and present.is_unique else column


def choose(panel: Panel, known: Floats, time: Floats, options: ReadOptions) -> Mask:
    """The rows of the series asked for, or of the longest and most complete one: `[row]`.

    `known` is 1 for rows with a value. With a sum or a mean asked for, all rows that fit what was asked.
    """
    wanted = dict(options.series or ())
    for key, label in wanted.items():
        if key in panel.keys and label not in {labels[panel.keys.index(key)] for labels in panel.labels}:
            there = list(dict.fromkeys(labels[panel.keys.index(key)] for labels in panel.labels))
            raise LiquidError(f"No series with {key}={label!r}: choose one of {listed(there, 12)}.")
    fits = [
        code
        for code, labels in enumerate(panel.labels)
        if all(wanted.get(key, label) == label for key, label in zip(panel.keys, labels, strict=True))
    ]
    if not fits:
        raise LiquidError(f"No series with {', '.join(f'{k}={v!r}' for k, v in wanted.items())}: choose another.")
    if options.combine in ("sum", "mean"):
        return np.isin(panel.codes, fits)
    counts = np.bincount(panel.codes, weights=known * np.isfinite(time), minlength=len(panel.labels))
    return np.asarray(panel.codes == max(fits, key=lambda code: counts[code]))


def series_guesses(
    panel: Panel, chosen: Mask, time: Floats, stamp: Callable[[float], str], options: ReadOptions
) -> tuple[Guess, ...]:
    """Which series was taken, what others there are, and whether they may be combined. Of a sum there is no "which"."""
    frame = pd.DataFrame({"code": panel.codes, "time": time}).dropna()
    spans = frame.groupby("code")["time"].agg(["count", "min", "max"])
    picked = list(panel.labels).index(panel.labels[int(panel.codes[np.flatnonzero(chosen)[0]])])
    combined = options.combine in ("sum", "mean")
    offered = list(range(min(len(panel.labels), MOST_OFFERED)))
    if picked not in offered:
        offered[-1] = picked
    values = [tuple(zip(panel.keys, panel.labels[code], strict=True)) for code in offered]
    alternatives = tuple((value, legible(", ".join(label for _, label in value)) or "(empty)") for value in values)
    outcomes = tuple(
        f"{counted(int(spans['count'].get(code, 0)), 'row')}"
        + (f", {stamp(spans['min'][code])} to {stamp(spans['max'][code])}" if code in spans.index else "")
        for code in offered
    )
    many = counted(len(panel.labels), "series", "series")
    keys = " and ".join(f"'{key}'" for key in panel.keys)
    name = legible(", ".join(panel.labels[picked])) or "(empty)"
    given = options.series is not None
    taken = f"'{name}' was taken" + (", as you said" if given else ", the longest and most complete")
    sentence = f"The table holds {many}, one for each {keys}: {taken}."
    value = tuple(zip(panel.keys, panel.labels[picked], strict=True))
    series = Guess("series", value, sentence, alternatives, given=given, doubtful=not given, outcomes=outcomes)
    ways = tuple((way, words) for way, words in COMBINATIONS.items() if way in (ONE, "sum", "mean"))
    how = options.combine if combined else ONE
    said = f"Of the {many}, one for each {keys}, {COMBINATIONS[str(how)]} was taken"
    if combined:
        used = len(np.unique(panel.codes[chosen]))
        if used < len(panel.labels):
            said += f", over {counted(used, 'series', 'series')} with {_asked(options)}"
        said += ", as you said"
    combine = Guess("combine", how, f"{said}.", ways, given=options.combine is not None)
    return (combine,) if combined else (series, combine)


def _asked(options: ReadOptions) -> str:
    return listed([f"{key}={label}" for key, label in options.series or ()])


def _candidates(table: pd.DataFrame, used: tuple[str, ...]) -> dict[str, Codes]:
    """Columns that may be keys, as codes: text or whole numbers, each value of them in several rows; text first."""
    found: list[tuple[bool, int, str, Codes]] = []
    for name in (str(name) for name in table.columns if name not in used):
        column = table[name]
        numeric = column.dtype.kind in "iufb"
        fractions = column.dtype.kind == "f" and not (column.dropna() % 1 == 0).all()  # a latitude, a depth
        codes, labels = pd.factorize(
            _filled_down(column), use_na_sentinel=False
        )  # an empty cell is a label: Africa has no code
        if 2 <= len(labels) <= max(len(table) / (FEWEST_ROWS if fractions else FEWEST_EACH), 2):
            found.append((numeric, len(labels), name, codes.astype(np.int64)))
    best = sorted(found, key=lambda entry: entry[:2])[:MOST_CANDIDATES]
    return {name: codes for _, _, name, codes in best}


def _combined(parts: list[Codes]) -> Codes:
    """One code for each combination of codes."""
    code = parts[0]
    for part in parts[1:]:
        code = np.unique(code * (part.max() + 2) + part + 1, return_inverse=True)[1]
    return np.asarray(code)


def _repeats(at: Codes, keys: list[Codes]) -> int:
    """Rows whose time and keys were seen before."""
    return len(at) - len(np.unique(_combined([*keys, at.astype(np.int64)])))


def _merit(names: tuple[str, ...], columns: dict[str, Codes], table: pd.DataFrame, rows: int, times: int) -> float:
    """How full the panel of these keys is, text before numbers; 0 where they are no keys."""
    groups = len(np.unique(_combined([columns[name] for name in names])))
    full = min(rows / (groups * times), 1.0)
    numeric = any(table[name].dtype.kind in "iufb" for name in names)
    fewest = FULL if not all(_is_label(table[name]) for name in names) else SPARSE if numeric else 0.0
    if rows < FEWEST_EACH * groups or full < fewest:
        return 0.0
    return full + (0.0 if numeric else 0.5)


def restarting(table: pd.DataFrame) -> list[str]:
    """Columns of whole numbers that may count time anew in each series: years, and counters that start over."""
    found = []
    for name in (str(name) for name in table.columns):
        column = table[name]
        if column.dtype.kind not in "if" or len(column) < 3:
            continue
        values = column.to_numpy(dtype=np.float64)
        values = values[np.isfinite(values)]
        if len(values) < 3:
            continue
        steps = np.diff(values)
        years = bool(np.all((values % 1 == 0) & (values >= 1500) & (values <= 2200))) and len(
            np.unique(values)
        ) < 0.5 * len(values)
        common = np.median(steps)
        starts_over = common > 0 and np.mean(np.isclose(steps, common, rtol=1e-3, atol=0)) > 0.6 and np.any(steps < 0)
        if years or starts_over:
            found.append((0 if years else 1, name))
    return [name for _, name in sorted(found, key=lambda entry: entry[0])]
