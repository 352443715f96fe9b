"""The one training loop: members side by side, batches from a source, a look at held-out losses now and then.

What differs between trainings stands in `Descent` by name: optimizer, schedule, readout. Whoever trains brings a source
of batches and what is held out, and reads the events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor

from liquid.dynamics.ensemble import clip_members
from liquid.learning import optimizers
from liquid.learning.batches import Batch, Source
from liquid.learning.readout import READOUTS, HasReadout

Outcome = Literal["done", "stopped", "diverged"]


class Trainable(HasReadout, Protocol):
    """What the loop asks of a model: every parameter and buffer has a leading members axis."""

    def parameters(self) -> Iterator[torch.nn.Parameter]: ...

    def state_dict(self) -> dict[str, Tensor]: ...

    def keep_stable(self, longest_span: float = 1.0) -> None: ...


@dataclass(frozen=True)
class Descent:
    """How a model is trained.

    `rate` is the peak learning rate, one for all members or one for each. `schedule` "one-cycle" rises to it over the
    share `rise` of the steps and falls after that, with Adam's first decay going the other way if `cycle_momentum`;
    "constant" stays there. `clip` is the norm that a member's gradient is cut to. `longest_span` is that of the
    timespans for which parameters are kept stable after each step, None to leave them alone. `every` steps there is an
    event, after the last one too, and after the first if `from_first`. `patience` steps after the smallest mean of the
    members' held-out losses, if no event has brought a smaller one, the training is done; None: never before its end.
    """

    steps: int
    rate: float | tuple[float, ...]
    every: int
    from_first: bool = False
    optimizer: str = "adam"
    schedule: Literal["one-cycle", "constant"] = "one-cycle"
    rise: float = 0.3
    cycle_momentum: bool = True
    clip: float | None = 1.0
    longest_span: float | None = 1.0
    readout: str = "trained"
    keep: Literal["best", "last"] = "best"
    ends_on_divergence: bool = True
    patience: int | None = None


@dataclass(frozen=True)
class Point:
    """After `step` steps: mean training losses since the last point, and held-out losses, both `[members]`."""

    step: int
    losses: Tensor
    held_out: Tensor


@dataclass(frozen=True)
class Ended:
    """The last event. `finite[members]` is false for those whose gradient was not, `best` has the best held-out losses;
    the model has the weights that `Descent.keep` asks for."""

    outcome: Outcome
    step: int
    finite: Tensor
    best: Best


class Best:
    """What every member was at its own best held-out loss."""

    def __init__(self, model: Trainable) -> None:
        self.state = {name: values.clone() for name, values in model.state_dict().items()}
        self.losses = torch.full((model.members,), torch.inf)
        self.step = 0

    @property
    def found(self) -> bool:
        return bool(torch.isfinite(self.losses).all())

    @torch.no_grad()
    def update(self, model: Trainable, losses: Tensor, step: int) -> None:
        losses = losses.to(self.losses)
        better = losses < self.losses
        if better.any():
            self.step = step
            self.losses[better] = losses[better]
            for name, values in model.state_dict().items():
                self.state[name][better] = values[better]

    @torch.no_grad()
    def restore(self, model: Trainable) -> None:
        for name, values in model.state_dict().items():
            values.copy_(self.state[name])


class Waited:
    """For a smaller mean of the members' held-out losses: `over` after `patience` steps without, None for never."""

    def __init__(self, patience: int | None) -> None:
        self.patience, self.least, self.since, self.over = patience, torch.inf, 0, False

    def look(self, losses: Tensor, step: int) -> None:
        if (now := float(losses.mean())) < self.least:
            self.least, self.since = now, step
        self.over = self.patience is not None and step - self.since >= self.patience


def fit(
    model: Trainable,
    source: Source,
    descent: Descent,
    held_out: Batch | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Point | Ended]:
    """Train `model` in place: a Point now and then, at last Ended.

    Held-out losses are those on `held_out`; without it they are the training's, and the last weights are kept.
    `stop()` true ends the training after a last look. So does a gradient that is not finite, if `ends_on_divergence`;
    otherwise members that diverge are left to themselves.
    """
    rates = None if isinstance(descent.rate, float) else torch.tensor(descent.rate)
    peak = descent.rate if isinstance(descent.rate, float) else 1.0
    optimizer = optimizers.OPTIMIZERS[descent.optimizer](model.parameters(), peak)
    schedule = _schedule(optimizer, peak, descent)
    readout = READOUTS[descent.readout](source, held_out, model.members)
    best, recent = Best(model), list[Tensor]()
    outcome: Outcome = "done"
    waited = Waited(descent.patience)
    finite = torch.ones(model.members, dtype=torch.bool)
    _project(model, descent)
    for step in range(1, descent.steps + 1):
        losses = readout.loss(model, source.draw())
        optimizer.zero_grad()
        torch.autograd.backward(losses.sum())
        if descent.clip is not None:
            finite = torch.isfinite(clip_members(model.parameters(), descent.clip))
            if descent.ends_on_divergence and not finite.all():
                outcome = "diverged"
                break
        if rates is None:
            optimizer.step()
        else:
            optimizers.step_at_rates(model, optimizer, rates)
        if schedule is not None:
            schedule.step()
        _project(model, descent)
        recent.append(losses.detach())
        stopping = stop()
        if (step == 1 and descent.from_first) or step % descent.every == 0 or step == descent.steps or stopping:
            mean = torch.stack(recent).mean(dim=0)
            if held_out is None:
                yield Point(step, mean, mean)
            else:
                losses = readout.look(model, held_out)
                best.update(model, losses, step)
                yield Point(step, mean, losses)
                waited.look(losses, step)
            recent = []
        outcome = "stopped" if stopping else outcome
        if stopping or waited.over:
            break
    if held_out is not None and descent.keep == "best":
        best.restore(model)
    yield Ended(outcome, step, finite, best)


def _project(model: Trainable, descent: Descent) -> None:
    if descent.longest_span is not None:
        model.keep_stable(descent.longest_span)


def _schedule(
    optimizer: torch.optim.Optimizer, peak: float, descent: Descent
) -> torch.optim.lr_scheduler.OneCycleLR | None:
    if descent.schedule == "constant":
        return None
    return torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        peak,
        total_steps=descent.steps + 1,
        pct_start=descent.rise,
        cycle_momentum=descent.cycle_momentum,
    )
