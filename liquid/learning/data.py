"""A series made ready for a model: split, scaled with the training part, cut into windows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from liquid.errors import LiquidError
from liquid.learning.config import LIMITS, MOST_NUMBERS, TrainConfig
from liquid.learning.outliers import Limits
from liquid.models.linear_part import LinearPart
from liquid.models.seasonal_naive import season_of
from liquid.series.known_ahead import features_of, known_ahead
from liquid.series.series import Series
from liquid.series.windows import Floats, Scaler, Split, age, carried, following, rms, varies

LONGEST_SPAN = 4.0  # longer gaps count as this many sample periods
CHUNK = 4096  # windows
MOST_TARGETS = 24_000_000  # rows times horizon: 2,000,000 rows and 12 ahead take 0.9 GB while they are trained on
LARGEST = 1e100  # squares of larger values overflow
LEAST_STEP = 1e-3  # of the largest step scale: if a series repeats exactly, the change over a season is rounding
TREND = 0.5  # share of the training part's variance on a straight line, from which a series counts as trending
MOST_ORIGINS = 8192  # of one part that are forecast
SAME_DENSITY = 5.0  # the most by which the usual time between samples may change for the time itself to be read
FEWEST_TO_TRAIN, FEWEST_TO_CHECK = 20, 5  # known values of the target in the training part, and in each other part

Origins = NDArray[np.int64]
Rows = NDArray[np.int64]  # of windows, `[batch, window]`


@dataclass(frozen=True)
class Prepared:
    """What training and forecasting read; all that is measured is measured on known values of the training part.

    `channels[time, columns]`, target first, in the series' units, are what was known by then: a missing value is the
    newest known one, or the training part's mean if none came before. `observed[time]` is the target as the file
    has it, NaN if missing: the only truth. Both end with its last known value. `read[time]` is the target as it is read
    and learned from, which differs where outliers are clipped at `limits`; those that count as missing are NaN in both.
    `age[time, aged columns]` counts
    samples since the value that a channel shows; only columns with gaps in the training part are `aged`.
    `spans[time]` in sample periods: how far the layer steps, if `timespans`, or an input, if `elapsed`; `scaler` for
    levels and `change_scale[columns]` for steps from value to value.
    `linear` forecasts first, and models with states what it leaves over; None is persistence, whose leftovers are the
    changes to the values to come. `step_scale[horizon]` is the RMS of these, the unit of the model's output. `season`
    in samples, if the training part has one. `trending`: levels are counted from each window's first value, because the
    next values will leave the range that the gates were trained on. `known[time + horizon, features]` are the columns
    that may be read ahead, `ahead` by name: standardised by `ahead_scaler`, the last known value where one is missing.
    """

    names: tuple[str, ...]
    channels: Floats
    observed: Floats
    read: Floats
    age: Floats
    aged: tuple[str, ...]
    spans: Floats
    split: Split
    scaler: Scaler
    change_scale: Floats
    step_scale: Floats
    trending: bool
    window: int
    timespans: bool
    elapsed: bool
    season: int | None = None
    linear: LinearPart | None = None
    limits: Limits | None = None
    clips: bool = False
    ahead: tuple[str, ...] = ()
    known: Floats = field(default_factory=lambda: np.empty((0, 0)))
    ahead_scaler: Scaler = field(default_factory=lambda: Scaler(np.empty(0), np.empty(0)))

    @property
    def target(self) -> Floats:
        """The newest known value of the target, `[time]`."""
        return self.channels[:, 0]

    @property
    def features(self) -> int:
        """Columns of the model's input: level and change of every channel, the age of some, the time since the last,
        and what is known ahead."""
        return 2 * len(self.names) + len(self.aged) + int(self.known.shape[1]) + self.elapsed

    def known_in(self, part: range) -> int:
        """How many values of the target are known in a part: what it is measured on."""
        return int(np.isfinite(self.observed[part.start : part.stop]).sum())

    def model_input(self, rows: Rows) -> Tensor:
        """Windows as the model sees them: `[batch, window] -> [.., features]`."""
        return self.as_input(torch.from_numpy(self.channels[rows]), self.beside(rows)).float()

    def beside(self, rows: Rows) -> Floats:
        """What the model sees beside the channels, `[..., window, further]`: ages, elapsed time, the known ahead."""
        parts = [np.log1p(self.age[rows])]
        if self.elapsed:
            parts.append(np.log1p(self.spans[rows])[..., None])
        if self.ahead:
            parts.append(self.known[rows + len(self.step_scale)])  # the farthest step; a state keeps the nearer ones
        return np.concatenate(parts, axis=-1)

    def as_input(self, x: Tensor, beside: Floats) -> Tensor:
        """What the model sees of channels `[..., window, columns]`, and what stands beside them."""
        mean, scale, steps = map(torch.tensor, (self.scaler.mean, self.scaler.scale, self.change_scale))
        first = x[..., :1, :]
        change = torch.diff(x, dim=-2, prepend=first) / steps
        further = torch.from_numpy(beside).expand(*x.shape[:-1], beside.shape[-1])
        return torch.cat([(x - (first if self.trending else mean)) / scale, change, further], dim=-1)

    def as_past(self, x: Tensor) -> Tensor:
        """The target's older values in channels `[..., window, columns]`, scaled and counted from the newest."""
        target = x[..., 0]
        return (target[..., :-1] - target[..., -1:]) / float(self.scaler.scale[0])

    def rows(self, origins: Origins) -> Rows:
        """The windows whose last sample is each origin, `[origins, window]`."""
        return origins[:, None] + np.arange(1 - self.window, 1)

    def at(self, origins: Origins) -> tuple[Tensor, Tensor, Tensor | float]:
        """Model input, older target values and timespans of the windows whose last sample is each origin."""
        rows = self.rows(origins)
        past = self.as_past(torch.from_numpy(self.channels[rows])).float()
        return self.model_input(rows), past, self.timespans_at(rows)

    def timespans_at(self, rows: Rows) -> Tensor | float:
        """Timespans of windows, `[batch, window]`, or 1 if time does not count."""
        return torch.from_numpy(self.spans[rows].astype(np.float32)) if self.timespans else 1.0

    def base(self, origins: Origins) -> Floats:
        """What is forecast before any state has a say, `[origins, horizon]`: by the linear part, or persistence."""
        if self.linear is None:
            return np.repeat(self.target[origins, None], len(self.step_scale), axis=1)
        return self.linear.forecast(self.read, self.channels, origins, self.known)

    def truth(self, end: int) -> Floats:
        """What `base` leaves over of the next `horizon` values, scaled: `[end, horizon]`.

        NaN from `end` on, which nobody may see, and if the value to come is missing.
        """
        return self.leftovers(np.arange(end), following(self.read[:end], len(self.step_scale)))

    def reaching(self, part: range, most: int = MOST_ORIGINS) -> tuple[Origins, Floats]:
        """Every origin with a forecast that falls into `part`, and the values there, `[origins, horizon]`.

        A value outside the part, or missing, is NaN: every step of the horizon is measured on the same values, all that
        are known of the part. More than `most` origins are thinned evenly, or by chance if values are missing, for
        these may be periodic too: a part of a million is measured well enough on a few thousand. In training and
        validation part, which are learned from, outliers are as they are read; elsewhere a value is the file's own.
        """
        horizon = len(self.step_scale)
        values = self.read if part.stop <= self.split.validation.stop else self.observed
        origins = np.arange(max(part.start - horizon, self.split.train.start + self.window - 1), part.stop - 1)
        if self.known_in(part) == len(part):
            origins = origins[:: -(-len(origins) // most)]
        elif len(origins) > most:
            lead = np.concatenate([[0], np.cumsum(np.isfinite(self.observed[: part.stop]))])
            first, last = np.maximum(origins + 1, part.start), np.minimum(origins + horizon + 1, part.stop)
            origins = origins[lead[last] > lead[first]]
            chosen = np.random.default_rng(0).permutation(len(origins))[:most]
            origins = origins[np.sort(chosen)]
        ahead = origins[:, None] + np.arange(1, horizon + 1)
        inside = (ahead >= part.start) & (ahead < part.stop)
        return origins, np.where(inside, values[np.minimum(ahead, part.stop - 1)], np.nan)

    def leftovers(self, origins: Origins, values: Floats) -> Floats:
        """Values `[origins, horizon]` as the model's output counts them: from `base`, in units of `step_scale`."""
        return (values - self.base(origins)) / self.step_scale

    def over(self, series: Series) -> Prepared:
        """The same measures over other values: nothing is fitted. LiquidError if columns or samples are missing."""
        values = _values(series, self.names)
        if len(values) < self.window:
            raise LiquidError(
                f"{series.title!r} has {len(values)} values, the model reads {self.window} at once: give it more."
            )
        _check_size(values)
        values, observed = _treated(values, self.limits, clips=self.clips)
        return replace(
            self,
            channels=_filled(values, self.scaler.mean),
            observed=observed,
            read=values[:, 0],
            age=_ages(values, self.names, self.aged),
            spans=_spans(series)[: len(values)],
            known=_known(known_ahead(series, self.ahead, len(values), len(self.step_scale)), self.ahead_scaler),
        )


@dataclass(frozen=True)
class Columns:
    """What a training reads of a series: the target first, `values[time, columns]` up to its last known value.

    `read` are the values as outliers' treatment leaves them, `observed[time]` is the target's truth; `limits` were
    measured on the training part, None if outliers are left as they are.
    """

    names: tuple[str, ...]
    values: Floats
    split: Split
    read: Floats
    observed: Floats
    limits: Limits | None

    @property
    def train(self) -> Floats:
        """The training part as it is read."""
        return self.read[self.split.train.start : self.split.train.stop]

    @property
    def usual(self) -> Limits:
        """Beyond which a value is an outlier, whatever is done about it."""
        return self.limits or Limits.fit(self.values[self.split.train.start : self.split.train.stop])


def checked(series: Series, config: TrainConfig) -> Columns:
    """The columns of `series`, split; LiquidError if they cannot be learned from. Quick, also for a million rows."""
    target = config.target if config.target is not None else series.names[0]
    if target in config.ahead:
        raise LiquidError(f"'{target}' is to be forecast and cannot be known ahead: leave it out of ahead.")
    names = (target, *(name for name in config.inputs if name != target))
    values = _values(series, names)
    _check_size(values)
    split = split_known(values[:, 0], target)
    limits = None if config.outliers == "keep" else Limits.fit(values[split.train.start : split.train.stop])
    read, observed = _treated(values, limits, clips=config.outliers == "clip")
    columns = Columns(names, values, split, read, observed, limits)
    split_known(observed, target)  # enough is known without outliers, too
    train = columns.train
    long = _known_long(observed, split)
    if config.horizon > (most := _most_ahead(long)):
        raise LiquidError(
            f"horizon={config.horizon} is too far for {long} training values: choose {most} or less, or a longer "
            "series."
        )
    if len(values) * config.horizon > MOST_TARGETS:
        raise LiquidError(
            f"horizon={config.horizon} over {len(values):,} rows needs too much memory: choose "
            f"{MOST_TARGETS // len(values)} or less, or a shorter series."
        )
    _check_columns(names, train)
    return columns


def farthest(series: Series, target: str) -> int:
    """How many values ahead can be learned from the series. LiquidError if it cannot be split."""
    rows = series.known_end(target)
    observed = series.column(target)[:rows]
    return min(_most_ahead(_known_long(observed, split_known(observed, target))), MOST_TARGETS // rows)


def seasonal_window(series: Series, target: str, outliers: str = "keep") -> int:
    """The window that sees a season of the training part, at most a third of it: never less than the default.

    LiquidError if the series cannot be split.
    """
    values = _values(series, (target,))
    train = split_known(values[:, 0], target).train
    limits = None if outliers == "keep" else Limits.fit(values[train.start : train.stop])
    read, _ = _treated(values, limits, clips=outliers == "clip")
    season = season_of(series, target, train.stop, read[:, 0]) or 0
    return max(TrainConfig.window, min(season, int(LIMITS["window"][1]), len(train) // 3))


# median of t_k - t_(k-1) after the training part / median within it
def density_change(series: Series, target: str) -> float:
    """How much longer the usual time between samples is after the training part than within it; below 1 where samples
    get denser. LiquidError if the series cannot be split."""
    rows = series.known_end(target)
    train = split_known(series.column(target)[:rows], target).train
    spans = series.timespans()[:rows]
    return float(np.median(spans[train.stop :]) / np.median(spans[train.start + 1 : train.stop]))


def keeps_its_density(series: Series, target: str) -> bool:
    """Whether times between samples stay in the range that a model has learned from."""
    return 1 / SAME_DENSITY <= density_change(series, target) <= SAME_DENSITY


def _known_long(observed: Floats, split: Split) -> int:
    """Rows of the training part up to its last known value."""
    return int(np.flatnonzero(np.isfinite(observed[split.train.start : split.train.stop]))[-1]) + 1


def _most_ahead(long: int) -> int:
    return min(2 * long // 3, int(LIMITS["horizon"][1]))


def _treated(values: Floats, limits: Limits | None, *, clips: bool) -> tuple[Floats, Floats]:
    """`values[time, columns]` as they are read, and the first column's truth, `[time]`: no clipped value is true."""
    if limits is None:
        return values, values[:, 0]
    if clips:
        return limits.clipped(values), values[:, 0]
    read = np.where(limits.outside(values), np.nan, values)
    return read, read[:, 0]


def prepare(series: Series, config: TrainConfig) -> Prepared:
    """Split and scale `series`; LiquidError if it cannot be learned from.

    Rows after the last known value of the target are the ones to forecast: nothing is measured on them.
    """
    columns = checked(series, config)
    names, values, split, train = columns.names, columns.read, columns.split, columns.train
    aged = tuple(name for name, column in zip(names, train.T, strict=True) if np.isnan(column).any())
    scaler = Scaler.fit(train)
    filled = _filled(values, scaler.mean)
    seen = filled[split.train.start : split.train.stop]
    known = known_ahead(series, config.ahead, len(values), config.horizon)
    known_in_train = known[split.train.start : split.train.stop]
    _check_ahead(config.ahead, known_in_train)
    ahead_scaler = Scaler.fit(known_in_train) if config.ahead else Scaler(np.empty(0), np.empty(0))
    steps = np.where(np.isfinite(train[1:]), np.diff(carried(train), axis=0), np.nan)  # from known value to known value
    return Prepared(
        names=names,
        channels=filled,
        observed=columns.observed,
        read=values[:, 0],
        age=_ages(values, names, aged),
        aged=aged,
        spans=_spans(series)[: len(values)],
        split=split,
        scaler=scaler,
        change_scale=np.where(varies(train), rms(steps), 1.0),
        step_scale=_step_scale(train[:, 0], seen[:, 0], config.horizon),
        trending=_is_trending(train[:, 0]),
        window=min(config.window, len(train) // 3),
        timespans=config.timespans and config.kind.clocked,
        elapsed=config.timespans and not config.kind.clocked,
        season=season_of(series, names[0], split.train.stop, values[:, 0]),
        limits=columns.limits,
        clips=config.outliers == "clip",
        ahead=config.ahead,
        known=_known(known, ahead_scaler),
        ahead_scaler=ahead_scaler,
    )


def split_known(target: Floats, name: str) -> Split:
    """The split of `target[time]` from its first known value on. LiquidError if a part holds too few of them."""
    known = np.isfinite(target)
    first = int(np.argmax(known))
    split = Split.of(len(target) - first, start=first)
    parts = {
        "training": (split.train, FEWEST_TO_TRAIN),
        "validation": (split.validation, FEWEST_TO_CHECK),
        "calibration": (split.calibration, FEWEST_TO_CHECK),
        "testing": (split.test, FEWEST_TO_CHECK),
    }
    for use, (part, fewest) in parts.items():
        count = int(known[part.start : part.stop].sum())
        if count < fewest:
            raise LiquidError(
                f"The part for {use}, rows {part.start + 1:,} to {part.stop:,}, needs {fewest} known values of "
                f"'{name}' and has {count}: choose another target, or leave out the rows before or after the gap."
            )
    return split


def _check_columns(names: tuple[str, ...], train: Floats) -> None:
    """LiquidError for a column of `train[time, columns]` that has no value, or always the same."""
    for name, column in zip(names, train.T, strict=True):
        known = column[np.isfinite(column)]
        cure = "Choose another target." if name == names[0] else "Leave it out of the inputs."
        if not len(known):
            raise LiquidError(f"'{name}' has no value in the training part, its first {len(train)} rows. {cure}")
        if not varies(known[:, None])[0]:
            raise LiquidError(
                f"'{name}' is constant ({known[0]:g}) over the training part, its first {len(train)} values: there is "
                f"nothing to learn from it. {cure}"
            )


def _check_ahead(ahead: tuple[str, ...], train: Floats) -> None:
    """LiquidError for what is known ahead and does not vary in `train[time, features]`."""
    end = 0
    for name in ahead:
        begin, end = end, end + features_of(name)
        if not varies(train[:, begin:end]).any():
            raise LiquidError(
                f"'{name}' is the same over the training part, its first {len(train)} rows: there is nothing to learn "
                "from it. Leave it out of what is known ahead."
            )


def chunks(origins: Origins, config: TrainConfig) -> list[Origins]:
    """Origins in parts that go through the model at once: CHUNK of them, or fewer if the model is large."""
    size = max(1, min(CHUNK, MOST_NUMBERS // config.numbers))
    return np.array_split(origins, max(1, -(-len(origins) // size)))


def _values(series: Series, names: tuple[str, ...]) -> Floats:
    """Columns up to the last known value of the first, `[time, columns]`; NaN if missing."""
    return np.column_stack([series.column(name) for name in names])[: series.known_end(names[0])]


def _filled(values: Floats, before: Floats) -> Floats:
    """What was known by then of `values[time, columns]`; `before[columns]` stands for what came before the first."""
    past = carried(values)
    return np.where(np.isfinite(past), past, before)


def _known(values: Floats, scaler: Scaler) -> Floats:
    """Standardised, and a missing value the newest known one: `[time, features]`."""
    past = carried(values)
    return (np.where(np.isfinite(past), past, scaler.mean) - scaler.mean) / scaler.scale


def _ages(values: Floats, names: tuple[str, ...], aged: tuple[str, ...]) -> Floats:
    """Samples since the newest known value of the aged columns, `[time, aged]`."""
    return age(values[:, [names.index(name) for name in aged]])


def _spans(series: Series) -> Floats:
    return np.minimum(series.timespans(), LONGEST_SPAN)


def _check_size(channels: Floats) -> None:
    if (largest := float(np.nanmax(np.abs(channels)))) > LARGEST:
        raise LiquidError(f"The series holds values up to {largest:.3g}: use a larger unit, to stay below {LARGEST:g}.")


def _step_scale(train: Floats, seen: Floats, horizon: int) -> Floats:
    """RMS change from what is seen to each step ahead, `[horizon]`, if that is known; steps that the training part
    is too short for repeat the last."""
    reach = min(horizon, len(train) // 3)
    return spread_of(following(train, reach) - seen[:, None], horizon)


def spread_of(misses: Floats, horizon: int) -> Floats:
    """RMS of `misses[origins, steps]` for each step of the horizon, `[horizon]`."""
    spread = rms(misses)
    spread = np.maximum(spread, LEAST_STEP * spread.max())
    return np.concatenate([spread, np.full(horizon - len(spread), spread[-1])])


def _is_trending(train: Floats) -> bool:
    known = np.isfinite(train)
    values = Scaler.fit(train[:, None]).apply(train[known, None])[:, 0]
    return bool(np.corrcoef(np.flatnonzero(known), values)[0, 1] ** 2 > TREND)
