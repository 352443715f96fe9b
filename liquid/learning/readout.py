"""How the readout comes about: trained as all else, or solved inside the loop (variable projection).

Source: G. Golub and V. Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems whose
variables separate", SIAM J. Numer. Anal. 10, 1973; L. Kaufman, BIT 15, 1975.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from liquid.dynamics.ensemble import LinearEnsemble
from liquid.learning.batches import Batch, Dataset, Source, error_by_rows, squared_error

STRENGTHS = (0.0, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)  # of the ridge, per row and standardised feature
LEAST = 1e-8  # of a batch: it may have fewer rows than there are states
LEAST_SPREAD = 1e-12  # of a feature that does not vary


class HasReadout(Protocol):
    """A model whose output is linear in its states."""

    members: int
    readout: LinearEnsemble

    def __call__(self, x: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        """`-> [members, batch, time, output]`."""
        ...

    def states(self, x: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        """`-> [members, batch, time, state]`."""
        ...


class Readout(Protocol):
    """One way for the readout to come about."""

    def loss(self, model: HasReadout, batch: Batch) -> Tensor:
        """What the training descends, `[members]`."""
        ...

    def look(self, model: HasReadout, held_out: Batch) -> Tensor:
        """Puts the readout to what it is worth now, and returns the errors on what is held out, `[members]`."""
        ...


class Trained:
    """By gradients, as all other parameters."""

    @classmethod
    def of(cls, source: Source, held_out: Batch | None, members: int) -> Trained:
        return cls()

    def loss(self, model: HasReadout, batch: Batch) -> Tensor:
        return squared_error(model(batch.x, batch.timespans), batch.target)

    @torch.no_grad()
    def look(self, model: HasReadout, held_out: Batch) -> Tensor:
        return squared_error(model(held_out.x, held_out.timespans), held_out.target)


class Solved:
    """By ridge regression of the targets on the states, anew on every batch, in float64.

    Before a look it is found on the whole training part, at the strength that does best on what is held out; batches
    after that are solved at this strength too.
    """

    @classmethod
    def of(cls, source: Source, held_out: Batch | None, members: int) -> Solved:
        """ValueError without a whole and a held-out part."""
        if held_out is None or not isinstance(source, Dataset):
            raise ValueError("a readout is solved on a whole training part and its strength chosen on a held-out one")
        return cls(source.whole(), members)

    def __init__(self, whole: Batch, members: int) -> None:
        self.whole = whole
        self.strength = torch.full((members,), LEAST, dtype=torch.float64)

    def loss(self, model: HasReadout, batch: Batch) -> Tensor:
        return _left_over(*_rows(model, batch), self.strength)

    @torch.no_grad()
    def look(self, model: HasReadout, held_out: Batch) -> Tensor:
        regression = Regression.of(*_rows(model, self.whole))
        states, truth = _rows(model, held_out)
        precise, linear = states.double(), model.readout.linear
        least = torch.full((model.members,), torch.inf, dtype=torch.float64)
        for strength in STRENGTHS:
            weights, offset = regression.solve(torch.full_like(self.strength, strength))
            offset = offset - regression.mean @ weights
            losses = error_by_rows(precise @ weights + offset, truth)
            better = losses < least
            least[better], self.strength[better] = losses[better], max(strength, LEAST)
            linear.weight[better] = weights[better].mT.to(linear.weight)
            linear.bias[better] = offset[better, 0].to(linear.bias)
        return error_by_rows(model.readout(states[:, None])[:, 0], truth)


class _LeftOver(torch.autograd.Function):
    """The loss that the regression of targets on states leaves over, `[members]`, and its derivative by the states.

    The weights are where the loss is least, so that it does not move with them to first order (the envelope theorem):
    no derivative goes through the solve.
    """

    # L = min over w, c of  mean (y - X w - c)^2 + strength |s w|^2,   s the spread of each feature, X counted from mean
    # dL/dX = -2 (y - X w - c) w^T / known + 2 strength X w^2 / rows
    @staticmethod
    def forward(ctx: Any, states: Tensor, target: Tensor, strength: Tensor) -> Tensor:
        regression = Regression.of(states, target)
        weights, offset = regression.solve(strength)
        known = torch.isfinite(target)
        count = known.sum(dim=(1, 2)).clamp(min=1)
        miss = torch.baddbmm(target, regression.rows, torch.cat([weights, offset], dim=1), alpha=-1)
        if not known.all():
            miss.masked_fill_(~known, 0.0)
        penalty = strength[:, None] * (weights.square() * regression.share[:, None]).sum(dim=2)
        losses: Tensor = miss.square().sum(dim=(1, 2)) / count + (penalty * regression.scale[:, 0].square()).sum(dim=1)
        pull, push = (2 / states.shape[1]) * penalty[:, None], (-2 / count)[:, None, None] * weights
        own = states.dtype
        ctx.save_for_backward(
            torch.baddbmm((states - regression.mean.to(own)) * pull.to(own), miss.to(own), push.mT.to(own))
        )
        return losses

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, losses: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * losses.to(gradient.dtype)[:, None, None], None, None


_left_over: Callable[[Tensor, Tensor, Tensor], Tensor] = _LeftOver.apply


class Regression(NamedTuple):
    """Normal equations of ridge regressions, one per member and output, each on the rows where its output is known.

    `rows[members, rows, state + 1]` are the states, counted from their `mean`, and a 1. The equations are those of
    standardised states, `scale` being the spread of each (`[members, 1, state]` like `mean`): `gram[members, outputs,
    state + 1, state + 1]` (one for all outputs if all are known on the same rows) and `moments[members, outputs,
    state + 1]` per known row. `share[members or 1, outputs]` is each output's part of what is known.
    """

    rows: Tensor
    mean: Tensor
    scale: Tensor
    gram: Tensor
    moments: Tensor
    share: Tensor

    # all rows' products less those of rows where an output is not known, which are few
    @staticmethod
    def of(states: Tensor, target: Tensor) -> Regression:
        """Of `target[members or 1, rows, outputs]` on `states[members, rows, state]`, in float64; a NaN is not
        regressed on."""
        members, count, size = states.shape
        known = torch.isfinite(target)
        each = known.sum(dim=1).clamp(min=1)
        states = states.double()
        mean = states.mean(dim=1, keepdim=True)
        rows = states.new_ones(members, count, size + 1)
        torch.sub(states, mean, out=rows[..., :-1])
        gram, moments = rows.mT @ rows, (rows.mT @ torch.nan_to_num(target)).mT
        unit = (gram.diagonal(dim1=1, dim2=2) / count).sqrt().clamp(min=LEAST_SPREAD)[:, None]
        gram, moments = (gram / (unit.mT * unit))[:, None], moments / unit
        partly = ~known.all(dim=2).all(dim=0)
        if partly.any():
            rest, missing = rows[:, partly] / unit, (~known[:, partly]).to(unit).expand(members, -1, -1)
            gram = gram - torch.einsum("mno,mni,mnj->moij", missing, rest, rest)
        share = known.sum(dim=1) / known.sum(dim=(1, 2))[:, None].clamp(min=1)
        return Regression(rows, mean, unit[..., :-1], gram / each[..., None, None], moments / each[..., None], share)

    # (G + strength I) w = b, the last feature, which is the offset, not shrunk
    def solve(self, strength: Tensor) -> tuple[Tensor, Tensor]:
        """Weights `[members, state, outputs]` and offsets `[members, 1, outputs]`, which are those of states counted
        from their mean, at a strength for each member."""
        size = self.gram.shape[-1]
        shrunk = torch.ones(size, dtype=self.gram.dtype)
        shrunk[-1] = 0
        penalised = self.gram + strength[:, None, None, None] * torch.diag(shrunk)
        if penalised.shape[1] == 1:
            solved = torch.linalg.solve_ex(penalised[:, 0], self.moments.mT).result
        else:
            solved = torch.linalg.solve_ex(penalised, self.moments[..., None]).result.squeeze(-1).mT
        return solved[:, :-1] / self.scale.mT, solved[:, -1:]


def _rows(model: HasReadout, batch: Batch) -> tuple[Tensor, Tensor]:
    """States `[members, rows, state]` and targets `[members or 1, rows, outputs]`, float64, of all samples with one."""
    states = model.states(batch.x, batch.timespans)[:, :, -batch.target.shape[-2] :].flatten(1, 2)
    target = batch.target.reshape(-1, states.shape[1], batch.target.shape[-1]).double()
    some = torch.isfinite(target).any(dim=2).any(dim=0)
    if not some.all():
        states, target = states[:, some], target[:, some]
    return states, target


READOUTS: dict[str, Callable[[Source, Batch | None, int], Readout]] = {"trained": Trained.of, "solved": Solved.of}
