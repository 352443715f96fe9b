"""A readout solved inside the loop: what direct least squares finds, and a gradient that is the loss's own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from liquid.dynamics.ensemble import LinearEnsemble
from liquid.learning.batches import Batch, error_by_rows
from liquid.learning.loop import Descent, Ended, fit
from liquid.learning.readout import LEAST, Regression, Solved
from liquid.models.network import SequenceModel

MEMBERS, ROWS, SIZE, OUTPUTS = 2, 40, 3, 2


class States:
    """A model whose states are its input."""

    members = MEMBERS

    def __init__(self) -> None:
        self.readout = LinearEnsemble([torch.nn.Linear(SIZE, OUTPUTS) for _ in range(MEMBERS)])

    def __call__(self, x: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        forecast: Tensor = self.readout(x)
        return forecast

    def states(self, x: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        return x


class Waves:
    """The next value of two sines, from twelve starts."""

    def __init__(self, members: int = 1) -> None:
        self.generator = torch.Generator().manual_seed(1)
        time = torch.arange(41.0) + 100 * torch.rand(12, 1, generator=self.generator)
        values = (torch.sin(time / 3) + 0.5 * torch.sin(time / 7))[..., None].expand(members, -1, -1, -1)
        self.x, self.target = values[:, :, :-1], values[:, :, 9:]

    def at(self, rows: Tensor | slice) -> Batch:
        return Batch(self.x[:, rows], self.target[:, rows])

    def draw(self) -> Batch:
        return self.at(torch.randint(8, (6,), generator=self.generator))

    def whole(self) -> Batch:
        return self.at(slice(0, 8))

    def held_out(self) -> Batch:
        return self.at(slice(8, 12))


def drawn(gaps: bool = False) -> tuple[Tensor, Tensor]:
    rng = np.random.default_rng(0)
    states = rng.normal(size=(MEMBERS, ROWS, SIZE)) * [1.0, 5.0, 0.1] + [0.0, 3.0, -2.0]
    target = rng.normal(size=(MEMBERS, ROWS, OUTPUTS)) + states[..., :OUTPUTS]
    if gaps:
        target[:, 5:9, 0] = target[:, 20:, 1] = np.nan
    return torch.from_numpy(states), torch.from_numpy(target)


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("strength", [0.0, 0.3])
def test_it_is_what_a_direct_least_squares_finds_on_the_known_rows(gaps: bool, strength: float) -> None:
    states, target = drawn(gaps)
    some = torch.isfinite(target).any(dim=2).any(dim=0)
    states, target = states[:, some], target[:, some]
    regression = Regression.of(states, target)
    weights, offset = regression.solve(torch.full((MEMBERS,), strength, dtype=torch.float64))
    offset = offset - regression.mean @ weights
    for member in range(MEMBERS):
        spread = states[member].std(dim=0, correction=0)
        for output in range(OUTPUTS):
            known = torch.isfinite(target[member, :, output])
            x, y = states[member][known], target[member, known, output]
            # the penalty as further rows: s_j sqrt(n strength) w_j = 0
            penalty = torch.diag(spread) * (len(y) * strength) ** 0.5
            rows = torch.cat([torch.cat([x, x.new_ones(len(y), 1)], 1), torch.cat([penalty, x.new_zeros(SIZE, 1)], 1)])
            direct = torch.linalg.lstsq(rows, torch.cat([y, y.new_zeros(SIZE)])[:, None]).solution[:, 0]
            found = torch.cat([weights[member, :, output], offset[member, :, output]])
            torch.testing.assert_close(found, direct, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("gaps", [False, True])
def test_its_loss_has_the_gradient_that_it_says(gaps: bool) -> None:
    states, target = drawn(gaps)
    batch = Batch(states[:, None].requires_grad_(), target[:, None])
    solved, model = Solved(batch, MEMBERS), States()
    solved.strength[:] = 0.1
    assert torch.autograd.gradcheck(lambda x: solved.loss(model, batch._replace(x=x)), batch.x)


def test_targets_that_are_the_same_for_all_members_are_read_once() -> None:
    states, target = drawn(gaps=True)
    once, copied = target[:1], target[:1, None].expand(MEMBERS, -1, -1, -1)
    solved, model = Solved(Batch(states[:, None], once), MEMBERS), States()
    for_each = solved.loss(model, Batch(states[:, None], copied))
    torch.testing.assert_close(solved.loss(model, Batch(states[:, None], once)), for_each, rtol=1e-12, atol=0)


def test_a_look_leaves_a_readout_that_does_no_worse_than_without_a_ridge() -> None:
    states, target = drawn()
    noise = torch.from_numpy(np.random.default_rng(1).normal(size=target.shape))
    seen, held_out = (
        Batch(states[:, None, :8], (target + 3 * noise)[:, None, :8]),
        Batch(states[:, None], target[:, None]),
    )
    model, solved = States(), Solved(seen, MEMBERS)
    model.readout.double()
    looked = solved.look(model, held_out)
    regression = Regression.of(states[:, :8], (target + 3 * noise)[:, :8])
    weights, offset = regression.solve(torch.zeros(MEMBERS, dtype=torch.float64))
    without = (states - regression.mean) @ weights + offset
    torch.testing.assert_close(looked, error_by_rows(model(states), target))
    assert (looked < error_by_rows(without, target)).all()
    assert (solved.strength > LEAST).all()


def test_members_are_solved_as_each_would_be_alone() -> None:
    descent = Descent(8, (0.03, 0.1), 4, readout="solved")
    together, both = SequenceModel("GRU", 1, 3, (0, 1)), Waves(2)
    list(fit(together, both, descent, both.held_out()))
    for member, rate in enumerate((0.03, 0.1)):
        alone, own = SequenceModel("GRU", 1, 3, (member,)), Waves()
        list(fit(alone, own, replace(descent, rate=(rate,)), own.held_out()))
        for one, other in zip(together.parameters(), alone.parameters(), strict=True):
            torch.testing.assert_close(one[member], other[0], rtol=1e-3, atol=1e-3)


def test_it_finds_what_gradients_alone_do_not() -> None:
    errors = []
    for readout in ("trained", "solved"):
        waves, model = Waves(), SequenceModel("Liquid", 1, 6, (0,))
        *_, ended = fit(model, waves, Descent(60, 0.1, 20, readout=readout), waves.held_out())
        assert isinstance(ended, Ended)
        errors.append(float(ended.best.losses))
    assert errors[1] < 0.1 * errors[0]


def test_a_member_that_runs_away_harms_no_other_and_no_solver() -> None:
    states, target = drawn()
    states[1] = torch.nan
    batch, model = Batch(states[:, None], target[:, None]), States()
    model.readout.double()
    solved = Solved(batch, MEMBERS)
    assert torch.isfinite(solved.loss(model, batch)).tolist() == [True, False]
    solved.look(model, batch)
    assert torch.isfinite(error_by_rows(model(states), target)).tolist() == [True, False]


def test_a_source_without_an_end_has_nothing_to_be_solved_on() -> None:
    class Endless:
        def draw(self) -> Batch:
            return Waves().draw()

    with pytest.raises(ValueError, match="whole training part"):
        list(fit(SequenceModel("GRU", 1, 3, (0,)), Endless(), Descent(2, 0.1, 1, readout="solved"), Waves().held_out()))
