"""A time series: finite values at strictly increasing times, and how it came to be."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from liquid.errors import LiquidError
from liquid.series.rhythm import Rhythm, TimeKind, find_rhythm

Floats = NDArray[np.float64]
Stamps = NDArray[np.datetime64] | Floats

__all__ = ["Floats", "Series", "Stamps", "TimeKind", "from_columns"]


@dataclass(frozen=True, eq=False)
class Series:
    """`values[time, column]` at `time[time]`, with names, unit, source and what was guessed or repaired.

    `time` counts seconds since 1970 in UTC where `time_kind` is "date", is the time column itself where it is
    "number", and 0, 1, 2, … where it is "index". `season` is the number of samples in a season, where one is known.
    Raises LiquidError unless time increases strictly, every value is finite and all lengths agree.
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

    def __post_init__(self) -> None:
        time = _frozen(self.time, 1, "time")
        values = _frozen(self.values, 2, "values")
        object.__setattr__(self, "time", time)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "notes", tuple(self.notes))
        if len(time) < 2 or len(time) != len(values):
            raise LiquidError(
                f"{len(time)} times for {len(values)} rows of values: a series has at least 2 samples, and a time for "
                "each."
            )
        if values.shape[1] != len(self.names) or not self.names or len(set(self.names)) != len(self.names):
            raise LiquidError(
                f"{len(self.names)} names for {values.shape[1]} columns: give every column one name of its own."
            )
        late = np.flatnonzero(np.diff(time) <= 0)
        if late.size:
            row = int(late[0]) + 1
            raise LiquidError(f"Time does not increase at row {row}, {time[row]:g}: sort the rows and merge repeats.")
        if self.time_kind not in ("date", "number", "index"):
            raise LiquidError(f"time_kind={self.time_kind!r}: choose date, number or index.")
        if self.season is not None and not 2 <= self.season < len(time):
            raise LiquidError(f"season={self.season}: a season has from 2 to {len(time) - 1} samples; leave it out.")

    def __len__(self) -> int:
        return len(self.time)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Series) and all(
            np.array_equal(getattr(self, field.name), getattr(other, field.name)) for field in fields(self)
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
        return Series(**{**self._fields(), "values": values, "names": tuple(names)})

    @cached_property
    def rhythm(self) -> Rhythm:
        """What a period is, and which samples keep to it."""
        return find_rhythm(self.time, self.time_kind)

    @property
    def period(self) -> float:
        """Median spacing: seconds for dates, else the unit of the time column."""
        return float(np.median(np.diff(self.time)))

    @property
    def spacing_is_even(self) -> bool:
        """Whether every step is one period; calendar months and working days count as steps of one."""
        return self.rhythm.is_even

    def timespans(self) -> Floats:
        """Elapsed sample periods before each sample, `[time]`, the first 1. A month is one period, however long."""
        return np.concatenate([[1.0], self.rhythm.steps])

    def describe_period(self) -> str:
        """The sampling in words: "daily", "every 15 minutes", "monthly, with gaps", "uneven, about every 3.2 hours"."""
        return self.rhythm.describe()

    def future_stamps(self, horizon: int) -> Floats:
        """The next `horizon` times in the unit of `time`, `[horizon]`: months stay months, weekends stay off."""
        if horizon < 1:
            raise LiquidError(f"horizon={horizon}: ask for 1 or more steps ahead.")
        return self.rhythm.future(horizon)

    def stamps(self, time: ArrayLike | None = None) -> Stamps:
        """Times for a plot, `[time]`: datetime64[ms] for dates, else floats. Converts `time` where one is given."""
        seconds = self.time if time is None else np.asarray(time, dtype=np.float64)
        if self.time_kind != "date":
            return seconds
        return np.round(seconds * 1000).astype("int64").astype("datetime64[ms]")

    def stamp_labels(self, time: ArrayLike | None = None) -> list[str]:
        """Times as text for a file: ISO 8601 (UTC) for dates, as short as all of them allow; else numbers."""
        stamps = self.stamps(time)
        if stamps.dtype.kind != "M":
            return [f"{value:.15g}" for value in stamps.tolist()]
        millis = stamps.astype("int64")
        unit = next(unit for unit, size in (("D", 86_400_000), ("s", 1000), ("ms", 1)) if not (millis % size).any())
        return [str(text) for text in stamps.astype(f"datetime64[{unit}]")]

    def to_json(self) -> dict[str, Any]:
        """A dict that JSON can hold; `from_json` gives the equal series back."""
        return {**self._fields(), "time": self.time.tolist(), "values": self.values.tolist()}

    @staticmethod
    def from_json(data: dict[str, Any]) -> Series:
        """The series of a `to_json` dict. LiquidError where fields are missing, unknown or invalid."""
        try:
            return Series(**data)
        except TypeError as error:
            raise LiquidError(f"This is not a stored series ({error}): store it anew with to_json.") from error

    def _fields(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


def from_columns(columns: dict[str, ArrayLike], title: str, **others: Any) -> Series:
    """A series from named columns of one length, sampled at 0, 1, 2, … unless `time` is given."""
    values = np.column_stack([np.asarray(column, dtype=np.float64) for column in columns.values()])
    time = others.pop("time", np.arange(len(values), dtype=np.float64))
    return Series(time=time, values=values, names=tuple(columns), title=title, **others)


def _frozen(data: Any, dimensions: int, name: str) -> Floats:
    """A private read-only copy, so that a series cannot change behind the back of what was computed from it."""
    try:
        array = np.array(data, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise LiquidError(f"{name} holds something that is not a number ({error}): give numbers only.") from error
    if array.ndim != dimensions:
        shape = "[time]" if dimensions == 1 else "[time, columns]"
        raise LiquidError(f"{name} has shape {array.shape}: it is {shape}.")
    if not np.isfinite(array).all():
        raise LiquidError(f"{name} holds {int((~np.isfinite(array)).sum())} missing or infinite numbers: fill them.")
    array.setflags(write=False)
    return array
