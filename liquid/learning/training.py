"""Training as a stream of events, so that a page, the terminal and a test drive it, and stop it, alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from threading import Thread

import numpy as np
import torch
from torch import Tensor

from liquid.dynamics import scan
from liquid.errors import LiquidError
from liquid.learning.batches import Batch
from liquid.learning.config import MOST_NUMBERS, TrainConfig
from liquid.learning.data import LONGEST_SPAN, Origins, Prepared, prepare
from liquid.learning.finish import Finish, finish
from liquid.learning.finish import Finished as Refined
from liquid.learning.forecaster import Forecaster
from liquid.learning.linear import linear_first
from liquid.learning.loop import Descent, Ended, Outcome, Point, fit
from liquid.learning.models import ForecastModel
from liquid.learning.preview import Preview, Previews
from liquid.learning.refine import refine
from liquid.learning.shrink import shrink
from liquid.learning.solve import fitted, losses
from liquid.series.series import Series

EVALUATIONS = 30  # points of the loss curve
PATIENCE = 0.1  # seconds between two looks at whether to stop
QUIET = 20  # such looks before a wait is worth a sentence
MOST_VALIDATION_WINDOWS = 1024
MOST_WHOLE = 512  # windows on which a readout is solved
WORTH = 1.0  # who asks for a finish gets it tried on what looks like noise, too


@dataclass(frozen=True)
class Compiling:
    """Made before Started where a Liquid model's machine code takes more than a moment."""

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
    """One point of the loss curve. Losses are mean squared errors over all steps of the horizon, 1 = the linear part
    (persistence, for models without states) on the training part; `member_losses` is the validation loss of every
    network, in a finish that on the blocks of the validation part which choose. Times in seconds."""

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
    outcome: Outcome
    message: str
    best_step: int
    seconds: float


Event = Compiling | Started | Progress | Preview | Finished


def train(
    series: Series, config: TrainConfig, stop: Callable[[], bool] = lambda: False, *, previews: bool = False
) -> Iterator[Event]:
    """Train `config` on `series`: Compiling if that takes time, Started, Progress ..., Finished.

    With `previews` there is a Preview after some of the Progress; the numbers are the same. If `stop()` returns True,
    training ends with the best weights so far; before Started it ends without Finished. It is done early after
    `config.patience` steps without a better validation loss. If one member diverges all stop, so that a smaller
    ensemble is never returned silently. A model that no gradients train is fitted at once, with one Progress.
    LiquidError if the series cannot be learned from, or if training diverges before a first result.
    """
    prepared = prepare(series, config)
    if not config.kind.trained:
        yield from solve(prepared, config)
        return
    # The same numbers in every run: never the plain loop in one and the scan in the next.
    if config.kind.liquid and not (yield from scan_settled(stop)):
        return
    prepared = linear_first(prepared)
    model = ForecastModel(config, prepared.features, prepared.window)
    descent = Descent(
        steps=config.steps,
        rate=config.rate,
        every=max(1, config.steps // EVALUATIONS),
        from_first=True,
        optimizer=config.how.optimizer,
        readout=config.how.readout,
        longest_span=LONGEST_SPAN if config.timespans else 1.0,
        patience=config.patience,
    )
    finishing = Finish(worth=WORTH, longest_span=descent.longest_span) if config.how.finished else None
    steps = config.steps + (finishing.steps if finishing else 0)
    yield Started(config, model.parameter_count(), prepared.window, steps)
    began = time.perf_counter()
    batches, held_out = Batches(prepared, config), validation_set(prepared, config)
    shown = Previews(prepared) if previews else None
    for event in _fitted(model, batches, descent, held_out, finishing, stop):
        if isinstance(event, Point):
            elapsed = time.perf_counter() - began
            yield Progress(
                step=event.step,
                steps=steps,
                train_loss=float(event.losses.mean()),
                validation_loss=float(event.held_out.mean()),
                member_losses=tuple(event.held_out.tolist()),
                elapsed=elapsed,
                time_left=elapsed / event.step * (steps - event.step),
            )
            # After a look the readout is worth what it is now. A finish keeps its weights to itself until it is done.
            if shown and event.step <= config.steps and (preview := shown.due(model)):
                yield preview
            continue
        best, finite = event.best, event.finite
        if not best.found:
            lost = finite if event.outcome == "diverged" else torch.isfinite(best.losses)
            raise LiquidError(divergence_sentence(config, event.step, lost))
        refine(model, prepared)
        shrink(model, prepared)
        message = {
            "done": "",
            "stopped": f"Stopped at step {event.step} of {steps}; the best so far is kept.",
            "diverged": divergence_sentence(config, event.step, finite),
        }[event.outcome]
        forecaster = Forecaster.calibrated(prepared, config, model)
        yield Finished(forecaster, event.outcome, message, best.step, time.perf_counter() - began)


def _fitted(
    model: ForecastModel,
    batches: Batches,
    descent: Descent,
    held_out: Batch,
    finishing: Finish | None,
    stop: Callable[[], bool],
) -> Iterator[Point | Ended]:
    """The events of the loop, and between its last Point and Ended those of a finish, if one is asked for."""
    for event in fit(model, batches, descent, held_out, stop):
        if isinstance(event, Point):
            point = event
            yield event
        elif finishing and event.outcome == "done" and event.best.found:
            yield from _finishing(finish(model, batches.whole(), held_out, finishing, stop), event, point)
        else:
            yield event


def _finishing(events: Iterator[Point | Refined], ended: Ended, point: Point) -> Iterator[Point | Ended]:
    """A finish in the loop's own events: it goes on from the last `point`, and ends as `ended` but for its own end."""
    for event in events:
        if isinstance(event, Point):
            point = _after(point, event, ended.step)
            yield point
            continue
        if event.accepted.any():
            ended.best.step = point.step
        yield replace(ended, outcome=event.outcome, step=point.step)


def _after(before: Point, now: Point, steps: int) -> Point:
    """A finish's point, after so many steps: networks that it leaves alone are where they were."""
    losses, held_out = (
        torch.where(torch.isfinite(new), new, old.to(new))
        for new, old in ((now.losses, before.losses), (now.held_out, before.held_out))
    )
    return Point(steps + now.step, losses, held_out)


def solve(prepared: Prepared, config: TrainConfig) -> Iterator[Event]:
    """The events of a model that is fitted at once."""
    began = time.perf_counter()
    model, prepared = fitted(prepared, config)
    yield Started(config, model.parameter_count(), prepared.window, 1)
    validation = losses(model, prepared, prepared.split.validation)
    seconds = time.perf_counter() - began
    yield Progress(
        step=1,
        steps=1,
        train_loss=float(losses(model, prepared, prepared.split.train).mean()),
        validation_loss=float(validation.mean()),
        member_losses=tuple(validation.tolist()),
        elapsed=seconds,
        time_left=0.0,
    )
    yield Finished(Forecaster.calibrated(prepared, config, model), "done", "", 1, seconds)


def scan_settled(stop: Callable[[], bool]) -> Generator[Compiling, None, bool]:
    """Wait until the scan can run or never will; False if `stop()` was true before that."""
    if scan.ready():
        return True
    waiting = Thread(target=scan.ready, args=(True,), name="liquid-wait-for-scan", daemon=True)
    waiting.start()
    looks = 0
    while waiting.is_alive():
        if stop():
            return False
        if looks == QUIET:
            yield Compiling()
        looks += 1
        waiting.join(PATIENCE)
    return True


class Batches:
    """Random windows of the training part, drawn from the config's seed. Targets past its end are NaN, not future.

    Those that are missing are NaN too; windows without a known target are not drawn. LiquidError if none has one.
    """

    def __init__(self, prepared: Prepared, config: TrainConfig) -> None:
        self.prepared = prepared
        self.size = config.batch
        self.rng = np.random.default_rng(config.seed)
        train = prepared.split.train
        self.truth = prepared.truth(train.stop).astype(np.float32)
        self.warm_up = prepared.window // 4  # a state starts empty: the first samples of a window only fill it
        ends = np.arange(train.start + prepared.window - 1, train.stop)
        targets = np.concatenate([[0], np.cumsum(np.isfinite(self.truth).any(axis=1))])
        self.ends = ends[targets[ends + 1] > targets[ends + 1 - prepared.window + self.warm_up]]
        if not len(self.ends):
            raise LiquidError(
                f"No window of {prepared.window} samples has a known value to forecast in the training part: choose a "
                "shorter window."
            )

    def draw(self) -> Batch:
        return self._at(self.ends[self.rng.integers(len(self.ends), size=self.size)])

    def _at(self, ends: Origins) -> Batch:
        """Inputs `[batch, window, features]`, targets of the last samples, timespans `[batch, window]`."""
        rows = self.prepared.rows(ends)
        truth = torch.from_numpy(self.truth[rows[:, self.warm_up :]])
        return Batch(self.prepared.model_input(rows), truth, self.prepared.timespans_at(rows))

    def whole(self) -> Batch:
        """Windows whose targets follow each other, up to the newest; so many windows at most, evenly thinned."""
        ends = self.ends[::-1][:: self.prepared.window - self.warm_up][::-1]
        return self._at(ends[:: -(-len(ends) // MOST_WHOLE)])


def validation_set(prepared: Prepared, config: TrainConfig) -> Batch:
    """Windows with a forecast that falls into the validation part; others, and missing ones, are NaN."""
    most = max(1, min(MOST_VALIDATION_WINDOWS, MOST_NUMBERS // config.numbers))
    origins, values = prepared.reaching(prepared.split.validation, most)
    x, _, spans = prepared.at(origins)
    truth = prepared.leftovers(origins, values)[:, None]
    return Batch(x, torch.from_numpy(truth.astype(np.float32)), spans)


def divergence_sentence(config: TrainConfig, step: int, finite: Tensor) -> str:
    """What diverged, and the way out; `finite[members]` tells which of the networks did not."""
    cure = "Lower the learning rate"
    if "unfolds" in config.kind.settings:
        cure += f", raise unfolds (now {config.unfolds}), or choose the semi-implicit solver, which cannot run away"
    lost, members = int((~finite).sum()), len(finite)
    who = "" if members == 1 else f" of {lost} of {members} networks, which ends the training of all,"
    return (
        f"Training diverged at step {step}: the gradient{who} is no longer finite at peak rate {config.rate:g}. {cure}."
    )
