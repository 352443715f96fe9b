"""The one training loop: what its settings say is what it does, member by member."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from liquid.learning import loop
from liquid.learning.batches import Batch, squared_error
from liquid.learning.loop import Descent, Ended, Point, Trainable, fit
from liquid.learning.readout import HasReadout, Trained
from liquid.models.network import SequenceModel

DESCENT = Descent(steps=7, rate=0.02, every=3)


class Fixed:
    """The same batch again and again."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch

    def draw(self) -> Batch:
        return self.batch


def batch(members: int = 2) -> Batch:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(members, 4, 10, 1, generator=generator)
    return Batch(x, x.cumsum(dim=2))


def model(members: int = 2) -> SequenceModel:
    return SequenceModel("GRU", 1, 3, range(members))


def parameters(trained: SequenceModel) -> list[Tensor]:
    return [parameter.detach() for parameter in trained.parameters()]


def test_events_come_when_they_were_asked_for_and_the_end_comes_last() -> None:
    *points, ended = fit(model(), Fixed(batch()), DESCENT)
    assert [point.step for point in points if isinstance(point, Point)] == [3, 6, 7]
    assert isinstance(ended, Ended)
    assert (ended.outcome, ended.step) == ("done", 7)
    first, *_ = fit(model(), Fixed(batch()), replace(DESCENT, from_first=True))
    assert isinstance(first, Point)
    assert first.step == 1
    assert first.losses.shape == (2,)
    assert torch.equal(first.losses, first.held_out)  # nothing else is held out


def test_stop_ends_it_with_a_last_look() -> None:
    asked = iter([False, True])
    *points, ended = fit(model(), Fixed(batch()), DESCENT, stop=lambda: next(asked))
    assert [point.step for point in points if isinstance(point, Point)] == [2]
    assert isinstance(ended, Ended)
    assert (ended.outcome, ended.step) == ("stopped", 2)


def test_a_constant_schedule_is_plain_adam() -> None:
    mine, theirs, data = model(), model(), batch()
    list(fit(mine, Fixed(data), replace(DESCENT, schedule="constant", clip=None, longest_span=None)))
    optimizer = torch.optim.Adam(theirs.parameters(), lr=0.02)
    for _ in range(7):
        optimizer.zero_grad()
        (theirs(data.x) - data.target).square().mean(dim=(1, 2, 3)).sum().backward()
        optimizer.step()
    for one, other in zip(parameters(mine), parameters(theirs), strict=True):
        torch.testing.assert_close(one, other)


def test_members_have_rates_of_their_own() -> None:
    together, data = model(), batch()
    list(fit(together, Fixed(data), replace(DESCENT, rate=(0.02, 0.3))))
    for member, rate in enumerate((0.02, 0.3)):
        alone = SequenceModel("GRU", 1, 3, (member,))
        own = Batch(data.x[member : member + 1], data.target[member : member + 1])
        list(fit(alone, Fixed(own), replace(DESCENT, rate=rate)))
        for one, other in zip(parameters(together), parameters(alone), strict=True):
            torch.testing.assert_close(one[member], other[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("keep", ["best", "last"])
def test_the_weights_are_those_that_were_asked_for(keep: str, monkeypatch: pytest.MonkeyPatch) -> None:
    trained, seen, losses = model(), [], iter([[3.0, 3.0], [1.0, 2.0], [2.0, 1.0]])

    def look(readout: Trained, now: Trainable, held_out: Batch) -> Tensor:
        seen.append([parameter.detach().clone() for parameter in now.parameters()])
        return torch.tensor(next(losses))

    monkeypatch.setattr(Trained, "look", look)
    *_, ended = fit(trained, Fixed(batch()), replace(DESCENT, keep=keep), batch())
    assert isinstance(ended, Ended)
    assert ended.best.losses.tolist() == [1.0, 1.0]
    assert ended.best.step == 7
    for now, middle, last in zip(parameters(trained), *seen[1:], strict=True):
        assert torch.equal(now[0], middle[0] if keep == "best" else last[0])
        assert torch.equal(now[1], last[1])


def test_a_member_that_diverges_ends_all_or_is_left_to_itself() -> None:
    data = batch()
    spoilt = Batch(data.x.clone(), data.target)
    spoilt.x[1] = torch.inf
    *_, ended = fit(model(), Fixed(spoilt), DESCENT)
    assert isinstance(ended, Ended)
    assert (ended.outcome, ended.step, ended.finite.tolist()) == ("diverged", 1, [True, False])
    alone, beside = model(), model()
    list(fit(alone, Fixed(data), DESCENT))
    *_, ended = fit(beside, Fixed(spoilt), replace(DESCENT, ends_on_divergence=False))
    assert isinstance(ended, Ended)
    assert ended.outcome == "done"
    for one, other in zip(parameters(alone), parameters(beside), strict=True):
        assert torch.equal(one[0], other[0])


def test_unknown_targets_do_not_count_and_neither_do_first_samples() -> None:
    data = batch()
    forecast, hidden = 0 * data.target, data.target.clone()
    hidden[:, :, :4] = torch.nan
    shorter = squared_error(forecast, data.target[:, :, 4:])
    torch.testing.assert_close(squared_error(forecast, hidden), shorter)
    torch.testing.assert_close(shorter, data.target[:, :, 4:].square().mean(dim=(1, 2, 3)))
    torch.testing.assert_close(squared_error(forecast, data.target[0])[1], data.target[0].square().mean())


@pytest.mark.parametrize("optimizer", ["adam", "soap"])
def test_every_optimizer_learns(optimizer: str) -> None:
    points = list(fit(model(), Fixed(batch()), Descent(40, 0.1, 1, optimizer=optimizer)))
    assert isinstance(points[0], Point)
    assert isinstance(points[-2], Point)
    assert (points[-2].losses < 0.5 * points[0].losses).all()


class Scripted(Trained):
    """A readout whose mean held-out losses are given, look by look."""

    def __init__(self, means: list[float]) -> None:
        self.means = iter(means)

    def look(self, model: HasReadout, held_out: Batch) -> Tensor:
        mean = next(self.means)
        return torch.tensor([mean - 0.5, mean + 0.5])


@pytest.mark.parametrize(
    ("means", "patience", "end"),
    [
        ([5, 4, 3, 3, 3, 3, 3, 3, 3, 3], 6, 12),  # the least at step 6, none smaller until 12
        ([5, 4, 3, 3, 3, 2, 3, 3, 3, 3], 8, 20),  # a smaller one in time begins it anew
        ([5, 4, 3, 3, 3, 3, 3, 3, 3, 3], None, 20),
        ([float("nan")] * 10, 4, 4),
    ],
)
def test_patience_ends_a_training_after_so_many_steps_without_a_smaller_mean_loss(
    monkeypatch: pytest.MonkeyPatch, means: list[float], patience: int | None, end: int
) -> None:
    monkeypatch.setitem(loop.READOUTS, "trained", lambda *_: Scripted(means))
    descent = Descent(20, 0.01, every=2, patience=patience)
    *points, ended = fit(model(), Fixed(batch()), descent, batch())
    assert isinstance(ended, Ended)
    assert (ended.outcome, ended.step) == ("done", end)
    assert [point.step for point in points if isinstance(point, Point)] == list(range(2, end + 1, 2))
