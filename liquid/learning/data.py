"""A series made ready for a model: split, scaled with the training part, cut into windows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from liquid.errors import LiquidError
from liquid.learning.config import MOST_NUMBERS, TrainConfig
from liquid.series.series import Series
from liquid.series.windows import Floats, Scaler, Split, changes, varies, windows

LONGEST_SPAN = 4.0  # longer gaps count as this many sample periods
CHUNK = 4096  # windows
LARGEST = 1e100  # squares of larger values overflow
LEAST_STEP = 1e-3  # of the largest step scale: where a series repeats exactly, the change over a season is rounding
TREND = 0.5  # share of the training part's variance on a straight line, from which a series counts as trending
MOST_ORIGINS = 8192  # of one part that are forecast

Origins = NDArray[np.int64]


@dataclass(frozen=True)
class Prepared:
    """What training and forecasting read; all that is measured is measured on the training part.

    `channels[time, columns]`, target first, in the series' units; `spans[time]` in sample periods; `scaler` for levels
    and `change_scale[columns]` for steps from sample to sample; `step_scale[horizon]` is the RMS change to each step of
    the horizon, the unit of the model's output. `trending`: levels are counted from each window's first value, because
    the next values will leave the range that the gates were trained on.
    """

    names: tuple[str, ...]
    channels: Floats
    spans: Floats
    split: Split
    scaler: Scaler
    change_scale: Floats
    step_scale: Floats
    trending: bool
    window: int
    timespans: bool

    @property
    def target(self) -> Floats:
        return self.channels[:, 0]

    @property
    def features(self) -> int:
        """Columns of the model's input: level and change of every channel."""
        return 2 * len(self.names)

    def model_input(self, x: Floats) -> Tensor:
        """Windows in the series' units as the model sees them: `[batch, window, columns] -> [.., features]`."""
        zero = x[:, :1] if self.trending else self.scaler.mean
        change = np.diff(x, axis=1, prepend=x[:, :1]) / self.change_scale
        return torch.from_numpy(np.concatenate([(x - zero) / self.scaler.scale, change], axis=2).astype(np.float32))

    def at(self, origins: Origins) -> tuple[Tensor, Tensor, Tensor | float]:
        """Model input, older target values and timespans of the windows whose last sample is each origin."""
        starts = origins - self.window + 1
        x = windows(self.channels, self.window)[starts]
        past = (x[:, :-1, 0] - x[:, -1:, 0]) / self.scaler.scale[0]
        return self.model_input(x), torch.from_numpy(past.astype(np.float32)), self.timespans_at(starts)

    def timespans_at(self, starts: Origins) -> Tensor | float:
        """Timespans `[batch, window]` of the windows that begin at `starts`, or 1 where time does not count."""
        if not self.timespans:
            return 1.0
        return torch.from_numpy(windows(self.spans[:, None], self.window)[starts, :, 0].astype(np.float32))

    def truth(self, end: int) -> Floats:
        """Scaled changes to the next `horizon` values, `[end, horizon]`; NaN from `end` on, which nobody may see."""
        return changes(self.target[:end], len(self.step_scale)) / self.step_scale

    def reaching(self, part: range, most: int = MOST_ORIGINS) -> tuple[Origins, Floats]:
        """Every origin with a forecast that falls into `part`, and the values there, `[origins, horizon]`.

        More than `most` are thinned evenly: a part of a million is measured well enough on a few thousand.

        A value outside the part is NaN, so every step of the horizon is measured on the same values: all of the part's.
        """
        horizon = len(self.step_scale)
        origins = np.arange(max(part.start - horizon, self.window - 1), part.stop - 1)
        origins = origins[:: -(-len(origins) // most)]
        ahead = origins[:, None] + np.arange(1, horizon + 1)
        inside = (ahead >= part.start) & (ahead < part.stop)
        return origins, np.where(inside, self.target[np.minimum(ahead, part.stop - 1)], np.nan)

    def scaled_changes(self, origins: Origins, values: Floats) -> Floats:
        """Values `[origins, horizon]` as the model's output counts them."""
        return (values - self.target[origins, None]) / self.step_scale

    def over(self, series: Series) -> Prepared:
        """The same measures over other values: nothing is fitted. LiquidError where columns or samples are missing."""
        channels = np.column_stack([series.column(name) for name in self.names])
        if len(series) < self.window:
            raise LiquidError(
                f"{series.title!r} has {len(series)} values, the model reads {self.window} at once: give it more."
            )
        _check_size(channels)
        return replace(self, channels=channels, spans=_spans(series))


def prepare(series: Series, config: TrainConfig) -> Prepared:
    """Split and scale `series`; LiquidError where it cannot be learned from."""
    target = config.target if config.target is not None else series.names[0]
    names = (target, *(name for name in config.inputs if name != target))
    channels = np.column_stack([series.column(name) for name in names])
    split = Split.of(len(series))
    train = channels[: split.train.stop]
    _check_size(channels)
    if config.horizon > (most := 2 * len(train) // 3):
        raise LiquidError(
            f"horizon={config.horizon} is too far for {len(train)} training values: choose {most} or less, or a longer "
            "series."
        )
    for name, value, moves in zip(names, train[0], varies(train), strict=True):
        if not moves:
            cure = "Choose another target." if name == target else "Leave it out of the inputs."
            raise LiquidError(
                f"'{name}' is constant ({value:g}) over the training part, its first {len(train)} values: there is "
                f"nothing to learn from it. {cure}"
            )
    return Prepared(
        names=names,
        channels=channels,
        spans=_spans(series),
        split=split,
        scaler=Scaler.fit(train),
        change_scale=np.where(varies(train), np.sqrt(np.mean(np.diff(train, axis=0) ** 2, axis=0)), 1.0),
        step_scale=_step_scale(train[:, 0], config.horizon),
        trending=_is_trending(train[:, 0]),
        window=min(config.window, len(train) // 3),
        timespans=config.timespans,
    )


def chunks(origins: Origins, config: TrainConfig) -> list[Origins]:
    """Origins in parts that go through the model at once: CHUNK of them, or fewer where the model is large."""
    size = max(1, min(CHUNK, MOST_NUMBERS // config.numbers))
    return np.array_split(origins, max(1, -(-len(origins) // size)))


def _spans(series: Series) -> Floats:
    return np.minimum(series.timespans(), LONGEST_SPAN)


def _check_size(channels: Floats) -> None:
    if (largest := float(np.abs(channels).max())) > LARGEST:
        raise LiquidError(f"The series holds values up to {largest:.3g}: use a larger unit, to stay below {LARGEST:g}.")


def _step_scale(train: Floats, horizon: int) -> Floats:
    """RMS change to each step ahead, `[horizon]`; steps that the training part is too short for repeat the last."""
    known = min(horizon, len(train) // 3)
    spread = np.sqrt(np.nanmean(changes(train, known) ** 2, axis=0))
    spread = np.maximum(spread, LEAST_STEP * spread.max())
    return np.concatenate([spread, np.full(horizon - known, spread[-1])])


def _is_trending(train: Floats) -> bool:
    return bool(np.corrcoef(np.arange(len(train)), train)[0, 1] ** 2 > TREND)
