"""Training as a stream of events, so that a page, the terminal and a test drive it, and stop it, alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from threading import Thread
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from liquid.dynamics import scan
from liquid.dynamics.ensemble import clip_members
from liquid.errors import LiquidError
from liquid.learning.config import MOST_NUMBERS, TrainConfig
from liquid.learning.data import LONGEST_SPAN, Prepared, prepare
from liquid.learning.forecaster import Forecaster
from liquid.learning.models import ForecastModel
from liquid.learning.refine import refine
from liquid.series.series import Series
from liquid.series.windows import windows

CLIP = 1.0  # gradient norm
EVALUATIONS = 30  # points of the loss curve
PATIENCE = 0.1  # seconds between two looks at whether to stop
MOST_VALIDATION_WINDOWS = 1024


@dataclass(frozen=True)
class Compiling:
    """Made before Started where a Liquid model's machine code is not ready at once."""

    message: str = "Getting the machine code ready: made once per machine, which can take a minute …"


@dataclass(frozen=True)
class Started:
    """Made before the first step."""

    config: TrainConfig
    parameters: int
    window: int
    steps: int


@dataclass(frozen=True)
class Progress:
    """One point of the loss curve. Losses are mean squared errors over all steps of the horizon, 1 = persistence of
    the training part; `member_losses` is the validation loss of every network. Times in seconds."""

    step: int
    steps: int
    train_loss: float
    validation_loss: float
    member_losses: tuple[float, ...]
    elapsed: float
    time_left: float


@dataclass(frozen=True)
class Finished:
    """The best weights by validation loss, and how training ended."""

    forecaster: Forecaster
    outcome: Literal["done", "stopped", "diverged"]
    message: str
    best_step: int
    seconds: float


Event = Compiling | Started | Progress | Finished


def train(series: Series, config: TrainConfig, stop: Callable[[], bool] = lambda: False) -> Iterator[Event]:
    """Train `config` on `series`: Compiling where that takes time, Started, Progress ..., Finished.

    `stop()` true ends it and keeps the best so far; before Started it ends without Finished. One member that diverges
    ends the training of all, on purpose: they share data and settings, so these are at their edge for every one, and a
    forecast of fewer networks than were asked for would pass for what was asked. Raises LiquidError where the series
    cannot be learned from, and where training diverges before a first result.
    """
    prepared = prepare(series, config)
    # The same numbers in every run: never the plain loop in one and the scan in the next.
    if config.model == "Liquid" and not (yield from scan_settled(stop)):
        return
    batches = Batches(prepared, config)
    validation = validation_set(prepared, config)
    longest_span = LONGEST_SPAN if config.timespans else 1.0
    model = ForecastModel(config, prepared.features, prepared.window)
    model.keep_stable(longest_span)
    optimizer = torch.optim.Adam(model.parameters(), lr=config.rate, foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.rate, total_steps=config.steps + 1)
    yield Started(config, model.parameter_count(), prepared.window, config.steps)

    best = Best(model)
    ended = Ended("done", "")
    every = max(1, config.steps // EVALUATIONS)
    recent: list[Tensor] = []
    began = time.perf_counter()
    for step in range(1, config.steps + 1):
        x, spans, truth = batches.draw()
        losses = squared_error(model(x, spans), truth)
        optimizer.zero_grad()
        torch.autograd.backward(losses.sum())
        finite = torch.isfinite(clip_members(model.parameters(), CLIP))
        if not finite.all():
            ended = Ended("diverged", divergence_sentence(config, step, finite))
            break
        optimizer.step()
        schedule.step()
        model.keep_stable(longest_span)
        recent.append(losses.detach().mean())
        stopping = stop()
        if step == 1 or step % every == 0 or step == config.steps or stopping:
            x, spans, truth = validation
            with torch.no_grad():
                held_out = squared_error(model(x, spans)[:, :, -1:], truth)
            best.update(model, held_out, step)
            elapsed = time.perf_counter() - began
            yield Progress(
                step=step,
                steps=config.steps,
                train_loss=float(torch.stack(recent).mean()),
                validation_loss=float(held_out.mean()),
                member_losses=tuple(held_out.tolist()),
                elapsed=elapsed,
                time_left=elapsed / step * (config.steps - step),
            )
            recent = []
        if stopping:
            ended = Ended("stopped", f"Stopped at step {step} of {config.steps}; the best so far is kept.")
            break
    if not best.found:
        diverged = ended.outcome == "diverged"
        raise LiquidError(ended.message if diverged else divergence_sentence(config, step, torch.isfinite(best.losses)))
    best.restore(model)
    refine(model, prepared)
    seconds = time.perf_counter() - began
    yield Finished(Forecaster.calibrated(prepared, config, model), ended.outcome, ended.message, best.step, seconds)


def scan_settled(stop: Callable[[], bool]) -> Generator[Compiling, None, bool]:
    """Wait until the scan can run or never will; False where `stop()` was true before that."""
    if scan.ready():
        return True
    waiting = Thread(target=scan.ready, args=(True,), name="liquid-wait-for-scan", daemon=True)
    waiting.start()
    waiting.join(PATIENCE)
    if waiting.is_alive():
        yield Compiling()
    while waiting.is_alive():
        if stop():
            return False
        waiting.join(PATIENCE)
    return True


@dataclass(frozen=True)
class Ended:
    outcome: Literal["done", "stopped", "diverged"]
    message: str


class Best:
    """The weights of every member at its own best validation loss."""

    def __init__(self, model: ForecastModel) -> None:
        self.weights = [p.detach().clone() for p in model.parameters()]
        self.losses = torch.full((model.config.members,), torch.inf)
        self.step = 0

    @property
    def found(self) -> bool:
        return bool(torch.isfinite(self.losses).all())

    @torch.no_grad()
    def update(self, model: ForecastModel, losses: Tensor, step: int) -> None:
        better = losses < self.losses
        if better.any():
            self.step = step
            self.losses[better] = losses[better]
            for kept, now in zip(self.weights, model.parameters(), strict=True):
                kept[better] = now[better]

    @torch.no_grad()
    def restore(self, model: ForecastModel) -> None:
        for now, kept in zip(model.parameters(), self.weights, strict=True):
            now.copy_(kept)


class Batches:
    """Random windows of the training part, drawn from the config's seed. Targets past its end are NaN, not future."""

    def __init__(self, prepared: Prepared, config: TrainConfig) -> None:
        self.prepared = prepared
        self.size = config.batch
        self.rng = np.random.default_rng(config.seed)
        end = prepared.split.train.stop
        self.x = windows(prepared.channels[:end], prepared.window)
        self.truth = windows(prepared.truth(end).astype(np.float32), prepared.window)
        self.warm_up = prepared.window // 4  # a state starts empty: the first samples of a window only fill it

    def draw(self) -> tuple[Tensor, Tensor | float, Tensor]:
        """Inputs `[batch, window, features]`, timespans `[batch, window]`, targets `[batch, window, horizon]`."""
        starts = self.rng.integers(len(self.x), size=self.size)
        truth = self.truth[starts]
        truth[:, : self.warm_up] = np.nan
        return self.prepared.model_input(self.x[starts]), self.prepared.timespans_at(starts), torch.from_numpy(truth)


def validation_set(prepared: Prepared, config: TrainConfig) -> tuple[Tensor, Tensor | float, Tensor]:
    """Windows with a forecast that falls into the validation part; targets outside of that part are NaN."""
    most = max(1, min(MOST_VALIDATION_WINDOWS, MOST_NUMBERS // config.numbers))
    origins, values = prepared.reaching(prepared.split.validation, most)
    x, _, spans = prepared.at(origins)
    return x, spans, torch.from_numpy(prepared.scaled_changes(origins, values)[:, None].astype(np.float32))


def squared_error(forecast: Tensor, truth: Tensor) -> Tensor:
    """Mean squared error of every member where the truth is known: `[members, batch, time, horizon] -> [members]`."""
    known = torch.isfinite(truth)
    error = (forecast - torch.nan_to_num(truth)) * known
    return error.square().sum(dim=(1, 2, 3)) / known.sum()


def divergence_sentence(config: TrainConfig, step: int, finite: Tensor) -> str:
    """What diverged, and the way out; `finite[members]` tells which of the networks did not."""
    cure = "Lower the learning rate"
    if config.model == "Liquid":
        cure += f", raise unfolds (now {config.unfolds}), or choose the semi-implicit solver, which cannot run away"
    lost, members = int((~finite).sum()), len(finite)
    who = "" if members == 1 else f" of {lost} of {members} networks, which ends the training of all,"
    return (
        f"Training diverged at step {step}: the gradient{who} is no longer finite at peak rate {config.rate:g}. {cure}."
    )
