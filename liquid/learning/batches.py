"""What a training reads, and the squared error by which it is judged."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

import torch
from torch import Tensor


class Batch(NamedTuple):
    """Inputs `[members, batch, time, input]` and targets `[members, batch, time, output]`, without the first axis if
    they are the same for all members. Unknown targets are NaN; one with fewer samples belongs to the last ones.
    `timespans` as in LiquidRNN."""

    x: Tensor
    target: Tensor
    timespans: Tensor | float = 1.0


class Source(Protocol):
    """Where the batches come from."""

    def draw(self) -> Batch: ...


@runtime_checkable
class Dataset(Source, Protocol):
    """A source that has an end."""

    def whole(self) -> Batch:
        """All there is to learn from, every target about once."""
        ...


def squared_error(forecast: Tensor, truth: Tensor) -> Tensor:
    """Mean squared error of every member where the truth is known: `[members, batch, time, output] -> [members]`.

    `truth` may lack the members axis, if it is the same for all, and the first samples, which then do not count.
    Without any known truth the error is 0.
    """
    return error_by_rows(forecast[:, :, -truth.shape[-2] :].flatten(1, 2), truth.flatten(-3, -2))


def error_by_rows(forecast: Tensor, truth: Tensor) -> Tensor:
    """The same of rows, `[members, rows, output]`, or without members if they are the same for all."""
    known = torch.isfinite(truth)
    error = (forecast - torch.nan_to_num(truth)) * known
    return error.square().sum(dim=(-2, -1)) / known.sum(dim=(-2, -1)).clamp(min=1)
