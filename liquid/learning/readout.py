"""How the readout comes about: trained as all else, or solved inside the loop (variable projection).

Source: G. Golub and V. Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems whose
variables separate", SIAM J. Numer. Anal. 10, 1973; L. Kaufman, BIT 15, 1975.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

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

    def settle(self, model: HasReadout) -> None:
        """Called before a look at held-out losses: puts the readout to what it is worth now."""
        ...


class Trained:
    """By gradients, as all other parameters."""

    @classmethod
    def of(cls, source: Source, held_out: Batch | None, members: int) -> Trained:
        return cls()

    def loss(self, model: HasReadout, batch: Batch) -> Tensor:
        return squared_error(model(batch.x, batch.timespans), batch.target)

    def settle(self, model: HasReadout) -> None:
        pass


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
        return cls(source.whole(), held_out, members)

    def __init__(self, whole: Batch, held_out: Batch, members: int) -> None:
        self.whole, self.held_out = whole, held_out
        self.strength = torch.full((members,), LEAST, dtype=torch.float64)

    # L = min over w, c of  mean |y - X w - c|^2 + strength |s w|^2,   s the spread of each feature
    # dL/dX is that at the w and c that were found: L is least there, so it does not move with them to first order.
    def loss(self, model: HasReadout, batch: Batch) -> Tensor:
        states, target = _rows(model, batch)
        regression = Regression.of(states.detach(), target)
        weights, offset = regression.solve(self.strength)
        spread = (states - regression.mean).square().mean(dim=1)
        penalty = (regression.share * (spread[:, None] @ weights.square()).squeeze(1)).sum(dim=1)
        return error_by_rows(states @ weights + offset, target) + self.strength * penalty

    @torch.no_grad()
    def settle(self, model: HasReadout) -> None:
        regression = Regression.of(*_rows(model, self.whole))
        states, truth = _rows(model, self.held_out)
        linear = model.readout.linear
        least = torch.full((model.members,), torch.inf, dtype=torch.float64)
        for strength in STRENGTHS:
            weights, offset = regression.solve(torch.full_like(self.strength, strength))
            losses = error_by_rows(states @ weights + offset, truth)
            better = losses < least
            least[better], self.strength[better] = losses[better], max(strength, LEAST)
            linear.weight[better] = weights[better].mT.to(linear.weight)
            linear.bias[better] = offset[better, 0].to(linear.bias)


class Regression(NamedTuple):
    """Normal equations of ridge regressions, one per member and output, each on the rows where its output is known.

    Features are standardised and have a 1 at their end: `mean`, `scale` `[members, 1, state]`, `gram[members, outputs,
    state + 1, state + 1]` (one for all outputs if all are known on the same rows) and `moments[members, outputs,
    state + 1]` per row. `share[members, outputs]` is each output's part of what is known.
    """

    mean: Tensor
    scale: Tensor
    gram: Tensor
    moments: Tensor
    share: Tensor

    @staticmethod
    def of(states: Tensor, target: Tensor) -> Regression:
        """Of `target[members, rows, outputs]` on `states[members, rows, state]`; a NaN is not regressed on."""
        known = torch.isfinite(target)
        mean = states.mean(dim=1, keepdim=True)
        scale = (states - mean).square().mean(dim=1, keepdim=True).sqrt().clamp(min=LEAST_SPREAD)
        z = torch.nn.functional.pad((states - mean) / scale, (0, 1), value=1.0)
        whole = known.all(dim=2).all(dim=0)
        complete = z if whole.all() else z[:, whole]
        gram, count = (complete.mT @ complete)[:, None], known.sum(dim=1).clamp(min=1)
        if not whole.all():
            rest, weight = z[:, ~whole], known[:, ~whole].to(z)
            gram = gram + torch.einsum("mno,mni,mnj->moij", weight, rest, rest)
        moments = (z.mT @ torch.nan_to_num(target)).mT / count[..., None]
        share = known.sum(dim=1) / known.sum(dim=(1, 2))[:, None].clamp(min=1)
        return Regression(mean, scale, gram / count[..., None, None], moments, share)

    # (G + strength I) w = b, the last feature, which is the offset, not shrunk
    def solve(self, strength: Tensor) -> tuple[Tensor, Tensor]:
        """Weights `[members, state, outputs]` and offsets `[members, 1, outputs]` at a strength for each member."""
        size = self.gram.shape[-1]
        shrunk = torch.ones(size, dtype=self.gram.dtype)
        shrunk[-1] = 0
        penalised = self.gram + strength[:, None, None, None] * torch.diag(shrunk)
        if penalised.shape[1] == 1:
            solved = torch.linalg.solve_ex(penalised[:, 0], self.moments.mT).result
        else:
            solved = torch.linalg.solve_ex(penalised, self.moments[..., None]).result.squeeze(-1).mT
        weights = solved[:, :-1] / self.scale.mT
        return weights, solved[:, -1:] - self.mean @ weights


def _rows(model: HasReadout, batch: Batch) -> tuple[Tensor, Tensor]:
    """States `[members, rows, state]` and targets `[members, rows, outputs]`, float64, of all samples with a target."""
    states = model.states(batch.x, batch.timespans)[:, :, -batch.target.shape[-2] :].flatten(1, 2)
    target = batch.target.expand(model.members, *batch.target.shape[-3:]).flatten(1, 2)
    some = torch.isfinite(target).any(dim=2).any(dim=0)
    if not some.all():
        states, target = states[:, some], target[:, some]
    return states.double(), target.double()


READOUTS: dict[str, Callable[[Source, Batch | None, int], Readout]] = {"trained": Trained.of, "solved": Solved.of}
