"""A time series: values, or their absence, at strictly increasing times, and how it came to be."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from liquid.errors import LiquidError
from liquid.series import zones
from liquid.series.frequency import DAY, Frequency, TimeKind, find_frequency

Floats = NDArray[np.float64]
Stamps = NDArray[np.datetime64] | Floats

_UNIT_IN_NAME = re.compile(r"[\[(]([^\[\]()]{1,12})[\])]\s*$|/ ?(\w{1,6})$")

__all__ = ["Floats", "Series", "Stamps", "TimeKind", "from_columns"]


@dataclass(frozen=True, eq=False)
class Series:
    """`values[time, column]` at `time[time]`, NaN if missing, with names, unit, source and what was guessed.

    `time` counts seconds since 1970 if `time_kind` is "date": in UTC if `zone` names one (see
    `liquid.series.zones`), else of a local clock that nothing more is known of. It is the time column itself if the
    kind is "number", and 0, 1, 2, … if it is "index". `units` has one for each column, if they differ. `season`
    is the number of samples in a season, if known. Rows at the end may lack the target: they are the times to
    forecast. LiquidError unless time increases strictly, every column has a value, none is infinite, and all lengths
    agree. `read_as` are the reader's options that a person gave for its file, as JSON.
    """

    time: Floats
    values: Floats
    names: tuple[str, ...]
    title: str
    unit: str = ""
    time_name: str = "sample"
    time_kind: TimeKind = "index"
    source: str = ""
    notes: tuple[str, ...] = ()
    season: int | None = None
    zone: str = ""
    units: tuple[str, ...] = ()
    read_as: str = ""

    def __post_init__(self) -> None:
        time = _frozen(self.time, 1, "time")
        values = _frozen(self.values, 2, "values", may_lack=True)
        object.__setattr__(self, "time", time)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "notes", tuple(self.notes))
        object.__setattr__(self, "units", tuple(self.units))
        if len(time) < 2 or len(time) != len(values):
            raise LiquidError(
                f"{len(time)} times for {len(values)} rows of values: a series has at least 2 samples, and a time for "
                "each."
            )
        if values.shape[1] != len(self.names) or not self.names or len(set(self.names)) != len(self.names):
            raise LiquidError(
                f"{len(self.names)} names for {values.shape[1]} columns: give every column one name of its own."
            )
        empty = np.flatnonzero(~np.isfinite(values).any(axis=0))
        if empty.size:
            raise LiquidError(f"'{self.names[int(empty[0])]}' has no value at any time: leave the column out.")
        if self.units and len(self.units) != len(self.names):
            raise LiquidError(f"{len(self.units)} units for {len(self.names)} columns: give each column one, or none.")
        late = np.flatnonzero(np.diff(time) <= 0)
        if late.size:
            row = int(late[0]) + 1
            raise LiquidError(f"Time does not increase at row {row}, {time[row]:g}: sort the rows and merge repeats.")
        if self.time_kind not in ("date", "number", "index"):
            raise LiquidError(f"time_kind={self.time_kind!r}: choose date, number or index.")
        if not zones.is_zone(self.zone) or (self.zone and self.time_kind != "date"):
            raise LiquidError(f"zone={self.zone!r}: choose UTC, an offset as +05:30 or a name as Europe/Berlin.")
        if self.season is not None and not 2 <= self.season < len(time):
            raise LiquidError(f"season={self.season}: a season has from 2 to {len(time) - 1} samples; leave it out.")

    def __len__(self) -> int:
        return len(self.time)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Series) and all(
            np.array_equal(*(_comparable(getattr(series, field.name)) for series in (self, other)))
            for field in fields(self)
        )

    def __hash__(self) -> int:
        return hash((self.time.tobytes(), self.values.tobytes(), self.names, self.title))

    def column(self, name: str) -> Floats:
        """The values of one column, `[time]`. LiquidError for a name that the series does not have."""
        if name not in self.names:
            raise LiquidError(f"No column {name!r} in {self.title!r}: choose one of {', '.join(self.names)}.")
        return self.values[:, self.names.index(name)]

    def select(self, names: tuple[str, ...]) -> Series:
        """The same series with these columns only, in this order."""
        values = np.column_stack([self.column(name) for name in names])
        units = tuple(self.units[self.names.index(name)] for name in names) if self.units else ()
        return Series(**{**self._fields(), "values": values, "names": tuple(names), "units": units})

    def unit_of(self, name: str) -> str:
        """The unit of one column, "" if none is known."""
        return self.units[self.names.index(name)] if self.units and name in self.names else self.unit

    @property
    def is_complete(self) -> bool:
        """Whether no value is missing."""
        return bool(np.isfinite(self.values).all())

    def known(self, name: str) -> NDArray[np.bool_]:
        """Where a column has a value, `[time]`."""
        return np.isfinite(self.column(name))

    def known_end(self, name: str) -> int:
        """The number of rows up to the last known value of a column: a forecast begins there."""
        return int(np.flatnonzero(self.known(name))[-1]) + 1

    @cached_property
    def frequency(self) -> Frequency:
        """What a period is, and which samples keep to it."""
        return find_frequency(self._on_axis(self.time), self.time_kind)

    @cached_property
    def _fixed_offset(self) -> float | None:
        """Seconds east of UTC of the whole axis; None if every stamp has its own.

        Steps below a day need an axis that shows no hour twice: the offset at the end of the series holds for all.
        """
        east = zones.offsets(self.zone, self.time)
        if zones.is_fixed(self.zone) or self.period < 0.9 * DAY or np.any(np.diff(self.time + east) <= 0):
            return float(east[-1])
        return None

    def _on_axis(self, time: Floats) -> Floats:
        if self._fixed_offset is None:
            return time + zones.offsets(self.zone, time)
        return time + self._fixed_offset

    def from_axis(self, axis: Floats) -> Floats:
        """`time` of what an axis shows, in seconds for dates: `stamps` backwards."""
        if self._fixed_offset is None:
            return zones.to_utc(self.zone, axis)
        return axis - self._fixed_offset

    @property
    def period(self) -> float:
        """Median spacing: seconds for dates, else the unit of the time column."""
        return float(np.median(np.diff(self.time)))

    @property
    def spacing_is_even(self) -> bool:
        """Whether every step is one period; calendar months and working days count as steps of one."""
        return self.frequency.is_even

    def timespans(self) -> Floats:
        """Elapsed sample periods before each sample, `[time]`, the first 1. A month is one period, however long."""
        return np.concatenate([[1.0], self.frequency.steps])

    def describe_period(self) -> str:
        """The sampling in words: "daily", "every 15 minutes", "monthly, with gaps", "uneven, about every 3.2 hours".

        Numbers have the unit that their name has: "every 0.5 min" for "Time (min)".
        """
        words, unit = self.frequency.describe(), self.time_unit
        return re.sub(r"(?<=every )[\d.e+-]*\d", lambda size: f"{size[0]} {unit}", words) if unit else words

    @property
    def time_unit(self) -> str:
        """The unit in the name of a time that is a number: "min" for "Time (min)", "" if there is none."""
        unit = _UNIT_IN_NAME.search(self.time_name) if self.time_kind == "number" else None
        return unit[1] or unit[2] if unit else ""

    def future_stamps(self, horizon: int) -> Floats:
        """The next `horizon` times in the unit of `time`, `[horizon]`: months stay months, weekends stay off."""
        if horizon < 1:
            raise LiquidError(f"horizon={horizon}: ask for 1 or more steps ahead.")
        return self.from_axis(self.frequency.future(horizon))

    def times_after(self, rows: int, horizon: int) -> Floats:
        """The `horizon` times after the first `rows`: those of the rows that follow, then by frequency, `[horizon]`."""
        written = self.time[rows : rows + horizon]
        if len(written) == horizon:
            return written
        return np.concatenate([written, self.future_stamps(horizon - len(written))])

    @property
    def time_label(self) -> str:
        """What `stamps` are called: the name of the time with its zone, "date (UTC+01:00)", if that is known."""
        if not self.zone:
            return self.time_name
        if self._fixed_offset is None:
            return f"{self.time_name} ({self.zone})"
        return f"{self.time_name} (UTC{zones.label(self._fixed_offset) if self._fixed_offset else ''})"

    def stamps(self, time: ArrayLike | None = None) -> Stamps:
        """Times for a plot, `[time]`: datetime64[ms] for dates, else floats. Converts `time` if it is given.

        Dates are those of the file's clock; if that has daylight saving and steps are shorter than a day, with the
        offset at the end of the series for all, as `time_label` says.
        """
        seconds = self.time if time is None else np.asarray(time, dtype=np.float64)
        if self.time_kind != "date":
            return seconds
        return np.round(self._on_axis(seconds) * 1000).astype("int64").astype("datetime64[ms]")

    def stamp_labels(self, time: ArrayLike | None = None) -> list[str]:
        """Times as text for a file: dates in ISO 8601, with the offset if the zone is known; else numbers.

        Without a zone they are as short as all of them allow.
        """
        seconds = self.time if time is None else np.asarray(time, dtype=np.float64)
        if self.time_kind != "date":
            return [f"{value:.15g}" for value in seconds.tolist()]
        east = zones.offsets(self.zone, seconds)
        millis = np.round((seconds + east) * 1000).astype("int64")
        units = (("D", 86_400_000), ("s", 1000), ("ms", 1))[1 if self.zone else 0 :]
        unit = next(unit for unit, size in units if not (millis % size).any())
        texts = millis.astype("datetime64[ms]").astype(f"datetime64[{unit}]").astype(str).tolist()
        if not self.zone:
            return list(texts)
        ends = {offset: zones.label(offset) for offset in np.unique(east).tolist()}
        if self.zone == zones.UTC:
            ends = {0.0: "Z"}
        return [text + ends[offset] for text, offset in zip(texts, east.tolist(), strict=True)]

    def _fields(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


def from_columns(columns: dict[str, ArrayLike], title: str, **others: Any) -> Series:
    """A series from named columns of one length, sampled at 0, 1, 2, … unless `time` is given."""
    values = np.column_stack([np.asarray(column, dtype=np.float64) for column in columns.values()])
    time = others.pop("time", np.arange(len(values), dtype=np.float64))
    return Series(time=time, values=values, names=tuple(columns), title=title, **others)


def _comparable(value: Any) -> Any:
    """NaN equals NaN if both miss the value."""
    return np.nan_to_num(value, nan=np.inf) if isinstance(value, np.ndarray) else np.asarray(value, dtype=object)


def _frozen(data: Any, dimensions: int, name: str, *, may_lack: bool = False) -> Floats:
    """A private read-only copy, so that a series cannot change behind the back of what was computed from it."""
    try:
        array = np.array(data, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise LiquidError(f"{name} holds something that is not a number ({error}): give numbers only.") from error
    if array.ndim != dimensions:
        shape = "[time]" if dimensions == 1 else "[time, columns]"
        raise LiquidError(f"{name} has shape {array.shape}: it is {shape}.")
    bad = np.isinf(array) if may_lack else ~np.isfinite(array)
    if bad.any():
        what = "infinite" if may_lack else "missing or infinite"
        raise LiquidError(f"{name} holds {int(bad.sum())} {what} numbers: leave them out.")
    array.setflags(write=False)
    return array
