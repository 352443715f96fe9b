r"""A finish: from where training has come, on to the minimum, and only where validation says that it helps.

Adam and SOAP see a handful of the loss's directions; the minimum lies along the others. Here every member goes on by
Levenberg-Marquardt (`levenberg_marquardt.py`) on all training windows at once, its readout solved (`separable.py`).

Least squares to the end would fit the noise. Two things keep it from that, both on the validation part, which is cut
into blocks of time: even blocks choose (the ridge's strength, when to stop, which weights to keep), odd blocks, which
had no say in it, confirm. A member whose error on these is not smaller by more than `SURE` of its standard errors
keeps the weights that it came with, bit by bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from liquid.dynamics import scan
from liquid.dynamics.ensemble import LiquidEnsemble
from liquid.learning.batches import Batch
from liquid.learning.levenberg_marquardt import Array, LevenbergMarquardt
from liquid.learning.loop import Point
from liquid.learning.separable import Readout, Separable, Windows, states_of
from liquid.models.core import of_members
from liquid.models.network import SequenceModel

RIDGES = (1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)  # of the readout
NEAR = 1.02  # times the least error: a ridge that brings less is only in the way
BLOCKS = 20  # of the validation part
FEWEST = 3 * BLOCKS  # known samples, below which nothing is done
MOST_PARAMETERS = 2000  # of a member, above which nothing is done: a step costs their cube
SURE = 2.0  # standard errors
LEAST_GAIN = 1e-3  # part of the loss that PATIENCE steps have to bring
TINY = float(np.finfo(np.float64).tiny)
MOST_DERIVATIVES = 2**25  # numbers: 256 MB


@dataclass(frozen=True)
class Finish:
    """At most `steps` steps of each member; `patience` of them without a better validation end it.

    So does a validation error of `enough` of the targets' standard deviation: float32 shows no smaller one. A member
    that starts above `worth` of it is left alone: what it misses is noise, which costs time to find out step by step.
    """

    steps: int = 150
    patience: int = 12
    enough: float = 1e-6
    worth: float = 0.05
    longest_span: float | None = 1.0


@dataclass(frozen=True)
class Finished:
    """The last event. `accepted[members]`: who has new weights; mean squared errors on the validation windows `before`
    and `after`, `[members]`."""

    outcome: Literal["done", "stopped"]
    steps: tuple[int, ...]
    accepted: Tensor
    before: Tensor
    after: Tensor


def finish(
    model: SequenceModel,
    train: Batch,
    validation: Batch,
    settings: Finish = Finish(),
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Point | Finished]:
    """Go on with every member of a trained model in place: a Point after every step (losses are NaN of members that
    are left alone), at last Finished.

    Batches are as in the loop, with windows in the order of time and targets for the samples after the warm-up, each
    counted once best. Weights are found in float64 and kept, and judged, in the model's own precision.
    """
    if isinstance(model.core, LiquidEnsemble):
        scan.ready(wait=True, dtype=torch.float64)  # the same numbers in every run
    members = [_Member(model, index, train, validation, settings) for index in range(model.members)]
    outcome: Literal["done", "stopped"] = "done"
    with ThreadPoolExecutor(max(1, min(model.members, torch.get_num_threads()))) as pool:
        for step in range(1, settings.steps + 1):
            if all(one.done for one in members):
                break
            list(pool.map(_Member.advance, members))
            losses, held_out = (torch.tensor([getattr(one, name) for one in members]) for name in ("loss", "held_out"))
            yield Point(step, losses, held_out)
            if stop():
                outcome = "stopped"
                break
        accepted = list(pool.map(_Member.settle, members))
    before, after = (torch.tensor([getattr(one, name) for one in members]) for name in ("before", "after"))
    yield Finished(outcome, tuple(one.step for one in members), torch.tensor(accepted), before, after)


def warm() -> None:
    """Get the machine code of the derivatives ready (some seconds, once per machine)."""
    for name in ("Liquid", "LSTM", "CfC"):
        core = SequenceModel(name, 1, 1, (0,)).double().core
        core.sensitivities(torch.zeros(1, 2, 1, dtype=torch.float64), torch.ones(1, 1, dtype=torch.float64), 1)


class _Member:
    """One member on its way."""

    def __init__(self, model: SequenceModel, index: int, train: Batch, validation: Batch, settings: Finish) -> None:
        self.model, self.index, self.settings = model, index, settings
        core = of_members(model.core, [index]).double()
        count = sum(parameter.numel() for parameter in core.parameters())
        self.validation = _windows(validation, index)
        self.blocks = _blocks(self.validation.target)
        self.step = 0
        # the start, as it is
        self.errors = self._errors()
        self.best = self.held_out = self._choosing(self.errors)
        known = self.validation.target[np.isfinite(self.validation.target)]
        variance = float(known.var()) if known.size else 0.0
        self.enough = settings.enough**2 * variance
        self.before = self.after = _mean(self.errors)
        self.kept: Array | None = None
        thinned = _thinned(_windows(train, index), count)
        self.problem = Separable(core, thinned, RIDGES[0], settings.longest_span)
        few = (~np.isnan(self.errors)).sum() < FEWEST or self.problem.known.sum(axis=0).min() < FEWEST
        noisy = self.best > settings.worth**2 * variance
        self.done = bool(few or noisy or not 0 < count <= MOST_PARAMETERS)
        self.loss, self.waited = math.nan, 0
        if not self.done:
            self.walk = LevenbergMarquardt(self.problem, self.problem.theta)
            self.done = not math.isfinite(self.walk.loss)
        if not self.done:
            self._look(RIDGES)
            self.losses = [self.loss]

    def advance(self) -> None:
        """A step, and a look at the validation part."""
        if self.done:
            return
        self.step += 1
        if not self.walk.advance():
            self.done = True
            return
        place = RIDGES.index(self.problem.ridge)
        better = self._look(RIDGES[max(0, place - 1) : place + 2])
        self.losses.append(self.loss)
        self.waited = 0 if better else self.waited + 1
        recent = self.losses[-1 - self.settings.patience :]
        slow = len(recent) > self.settings.patience and self.loss > (1 - LEAST_GAIN) * recent[0]
        self.done = self.waited >= self.settings.patience or slow or self.held_out < self.enough

    def settle(self) -> bool:
        """Whether the best weights are kept, for the blocks that did not choose them."""
        if self.kept is None:
            return False
        old = [parameter[self.index].detach().clone() for parameter in self.model.parameters()]
        errors = self._rounded(self.kept)
        if self._confirmed(errors):
            self.after = _mean(errors)
            return True
        with torch.no_grad():
            for parameter, values in zip(self.model.parameters(), old, strict=True):
                parameter[self.index] = values
        return False

    def _rounded(self, theta: Array) -> Array:
        """Write these parameters with the readout that does best after rounding, large weights doing worst; errors."""
        states, tried = self.problem.states(theta), []
        for self.problem.ridge in RIDGES:
            readout = self.problem.readout(states)
            self._write(theta, readout)
            tried.append((self._choosing(self._errors()), readout))
        self._write(theta, min(tried, key=lambda one: one[0])[1])
        return self._errors()

    def _look(self, ridges: Sequence[float]) -> bool:
        """Take the weakest ridge that the blocks that choose like nearly best; whether it is the best place so far."""
        theta, tried = self.walk.theta, []
        states = self.problem.states(theta)
        seen, target = states_of(self.problem.core, self.validation), self.validation.target
        for self.problem.ridge in ridges:
            readout = self.problem.readout(states)
            errors = _squared(seen @ readout.weight.T + readout.bias, target)
            tried.append((self._choosing(errors), self.problem.ridge))
        least = min(error for error, _ in tried)
        self.held_out, self.problem.ridge = next(one for one in tried if one[0] <= NEAR * least)
        self.loss = self.walk.loss = self.problem.loss(theta)
        if not self.held_out < self.best:
            return False
        self.best, self.kept = self.held_out, theta
        return True

    def _errors(self) -> Array:
        """Of the model as it is, in its own precision."""
        alone = of_members(self.model.core, [self.index])
        x = self.validation.x.to(next(self.model.parameters()).dtype)
        states = states_of(alone, self.validation._replace(x=x)).astype(np.float64)
        readout = self.model.readout.linear
        weight, bias = (values[self.index].detach().double().numpy() for values in (readout.weight, readout.bias))
        return _squared(states @ weight.T + bias, self.validation.target)

    def _choosing(self, errors: Array) -> float:
        return _mean(errors[self.blocks % 2 == 0])

    def _confirmed(self, errors: Array) -> bool:
        """Smaller on the blocks that did not choose, and in their mean ratio by more than chance: errors of a system in
        bursts have a mean that one block decides."""
        old, new = (
            np.array([_mean(each[self.blocks == one]) for one in range(1, BLOCKS, 2)]) for each in (self.errors, errors)
        )
        if not np.isfinite(new).all() or not np.isfinite(old).all():
            return bool(np.isfinite(new).all())
        gains = np.log(old + TINY) - np.log(new + TINY)
        sure = gains.mean() > SURE * gains.std(ddof=1) / np.sqrt(len(gains))
        return bool(sure and new.mean() < old.mean())

    @torch.no_grad()
    def _write(self, theta: Array, readout: Readout) -> None:
        self.problem.put(theta)
        for parameter, values in zip(self.model.core.parameters(), self.problem.core.parameters(), strict=True):
            parameter[self.index] = values[0].to(parameter.dtype)
        self.model.readout.linear.weight[self.index] = torch.from_numpy(readout.weight)
        self.model.readout.linear.bias[self.index] = torch.from_numpy(readout.bias)


def starts_once(first: int, stop: int, window: int, warm_up: int) -> NDArray[np.int64]:
    """Where windows start whose samples after the warm-up tile the series from `first + warm_up` on, none of them
    beyond `stop`: so every target counts once."""
    return np.arange(first, stop - window + 1, window - warm_up)


def _mean(errors: Array) -> float:
    """Over what is known; infinite where a forecast is."""
    known = ~np.isnan(errors)
    return float(errors[known].mean()) if known.any() else math.inf


def _windows(batch: Batch, member: int) -> Windows:
    x = (batch.x[member] if batch.x.dim() == 4 else batch.x).double()
    target = (batch.target[member] if batch.target.dim() == 4 else batch.target).double().numpy()
    warm_up = int(np.isfinite(target).any(axis=(0, 2)).argmax())  # samples at the start that never have a target
    spans = batch.timespans.double() if isinstance(batch.timespans, Tensor) else batch.timespans
    return Windows(x, target[:, warm_up:], spans)


def _thinned(windows: Windows, parameters: int) -> Windows:
    """Every k-th window, so that the derivatives fit into memory."""
    k = -(-windows.target.size * parameters // MOST_DERIVATIVES)
    spans = windows.timespans
    if isinstance(spans, Tensor) and spans.dim() == 2:
        spans = spans[::k]
    return Windows(windows.x[::k], windows.target[::k], spans)


def _squared(forecast: Array, target: Array) -> Array:
    """Mean squared error of every sample with a known target, in the order of time; NaN of one without, infinite where
    the network diverged."""
    target = target.reshape(forecast.shape)
    known = np.isfinite(target)
    errors = np.where(known, (forecast - np.where(known, target, 0)) ** 2, 0).sum(axis=1)
    errors = np.where(np.isfinite(errors), errors, np.inf) / np.maximum(known.sum(axis=1), 1)
    return np.where(known.any(axis=1), errors, np.nan)


def _blocks(target: Array) -> NDArray[np.int64]:
    """The block of every sample, so that all have as many known ones."""
    known = np.isfinite(target).any(axis=2).ravel()
    blocks: NDArray[np.int64] = np.minimum(np.cumsum(known) * BLOCKS // max(1, known.sum()), BLOCKS - 1)
    return blocks
