"""A series made ready for a model: split, scaled with the training part, cut into windows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.series.series import Series
from liquid.series.windows import Floats, Scaler, Split, changes, windows

LONGEST_SPAN = 4.0  # longer gaps count as this many sample periods
TREND = 0.5  # share of the training part's variance on a straight line, from which a series counts as trending

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


def prepare(series: Series, config: TrainConfig) -> Prepared:
    """Split and scale `series`; LiquidError where it cannot be learned from."""
    target = config.target if config.target is not None else series.names[0]
    names = (target, *(name for name in config.inputs if name != target))
    channels = np.column_stack([series.column(name) for name in names])
    split = Split.of(len(series))
    train = channels[: split.train.stop]
    if np.ptp(train[:, 0]) == 0:
        raise LiquidError(
            f"'{target}' is constant ({train[0, 0]:g}) over the training part, its first {len(train)} values: "
            "there is nothing to learn. Choose another target."
        )
    return Prepared(
        names=names,
        channels=channels,
        spans=np.minimum(series.timespans(), LONGEST_SPAN),
        split=split,
        scaler=Scaler.fit(train),
        change_scale=Scaler.fit(np.diff(train, axis=0)).scale,
        step_scale=_step_scale(train[:, 0], config.horizon),
        trending=_is_trending(train[:, 0]),
        window=min(config.window, len(train) // 3),
        timespans=config.timespans,
    )


def _step_scale(train: Floats, horizon: int) -> Floats:
    """RMS change to each step ahead, `[horizon]`; steps that the training part is too short for repeat the last."""
    known = min(horizon, len(train) // 3)
    spread = np.sqrt(np.nanmean(changes(train, known) ** 2, axis=0))
    scale: Floats = np.maximum(
        np.concatenate([spread, np.full(horizon - known, spread[-1])]), np.finfo(np.float32).tiny
    )
    return scale


def _is_trending(train: Floats) -> bool:
    return bool(np.corrcoef(np.arange(len(train)), train)[0, 1] ** 2 > TREND)
