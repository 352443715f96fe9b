"""The finish goes on to the minimum, member by member, and only where validation says so."""

from __future__ import annotations

import math
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch

from liquid.learning.batches import Batch
from liquid.learning.finish import BLOCKS, Finish, Finished, finish, starts_once
from liquid.learning.loop import Point
from liquid.learning.separable import Separable, Windows
from liquid.models.core import of_members
from liquid.models.network import SequenceModel
from liquid.models.registry import MODELS

SETTINGS = Finish(steps=40, enough=0.0, worth=math.inf)
WINDOW, WARM_UP = 12, 4


def windows(model: SequenceModel, seed: int, n: int, noise: float = 0.0) -> Batch:
    """What `model` itself makes of random inputs, and noise."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(model.members, n, WINDOW, 1, generator=generator, dtype=torch.float64)
    with torch.no_grad():
        target = model(x)[:, :, WARM_UP:]
    return Batch(x, target + noise * torch.randn(target.shape, generator=generator, dtype=torch.float64))


def moved(model: SequenceModel, by: float) -> SequenceModel:
    other, generator = deepcopy(model), torch.Generator().manual_seed(9)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.add_(by * torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype))
    return other


def finished(model: SequenceModel, train: Batch, validation: Batch, settings: Finish = SETTINGS) -> Finished:
    *_, end = finish(model, train, validation, settings)
    assert isinstance(end, Finished)
    return end


@pytest.mark.parametrize("name", [name for name, kind in MODELS.items() if kind.trained and name != "LTC"])
def test_a_known_minimum_is_found(name: str) -> None:
    teacher = SequenceModel(name, 1, 2, (3,)).double()
    train, validation = windows(teacher, 0, 20), windows(teacher, 1, 20)
    model = moved(teacher, 0.05)
    end = finished(model, train, validation)
    assert end.accepted.all()
    assert end.before.item() > 1e-6
    assert end.after.item() < 1e-16
    assert torch.mean((model(validation.x)[:, :, WARM_UP:] - validation.target) ** 2).item() < 1e-16


def test_members_give_what_they_give_alone() -> None:
    teachers = SequenceModel("Liquid", 1, 3, (0, 1)).double()
    train, validation = windows(teachers, 0, 20, noise=0.01), windows(teachers, 1, 20)
    both = moved(teachers, 0.2)
    alone = SequenceModel("Liquid", 1, 3, (1,)).double()
    alone.load_state_dict({name: values[1:] for name, values in both.state_dict().items()})
    end = finished(both, train, validation)
    one = finished(alone, Batch(train.x[1:], train.target[1:]), Batch(validation.x[1:], validation.target[1:]))
    assert end.steps[1] == one.steps[0]
    for together, apart in zip(both.state_dict().values(), alone.state_dict().values(), strict=True):
        assert torch.equal(together[1], apart[0])


def test_what_noise_could_only_harm_stays_bit_by_bit() -> None:
    teacher = SequenceModel("Liquid", 1, 6, (0,)).double()
    train, validation = windows(teacher, 0, 12, noise=0.5), windows(teacher, 1, 20, noise=0.5)
    model = deepcopy(teacher)
    end = finished(model, train, validation)
    assert not end.accepted.any()
    assert torch.equal(end.before, end.after)
    for after, before in zip(model.parameters(), teacher.parameters(), strict=True):
        assert torch.equal(after, before)


def test_validation_that_is_too_short_to_judge_changes_nothing() -> None:
    teacher = SequenceModel("Liquid", 1, 2, (0,)).double()
    model = moved(teacher, 0.1)
    before = deepcopy(model.state_dict())
    assert not finished(model, windows(teacher, 0, 20), windows(teacher, 1, 2)).accepted.any()
    assert all(torch.equal(values, before[name]) for name, values in model.state_dict().items())


def test_float32_weights_are_judged_as_they_are_kept() -> None:
    teacher = SequenceModel("Liquid", 1, 2, (3,)).double()
    train, validation = windows(teacher, 0, 20), windows(teacher, 1, 20)
    model = moved(teacher, 0.05).float()
    end = finished(model, train, validation)
    assert end.accepted.all()
    with torch.no_grad():
        error = torch.mean((model(validation.x.float())[:, :, WARM_UP:] - validation.target) ** 2)
    assert error.item() == pytest.approx(end.after.item(), rel=0.5)
    assert 1e-16 < end.after.item() < 1e-11


def test_it_ends_where_float32_does() -> None:
    teacher = SequenceModel("Liquid", 1, 2, (3,)).double()
    end = finished(
        moved(teacher, 0.05), windows(teacher, 0, 20), windows(teacher, 1, 20), Finish(enough=1e-3, worth=math.inf)
    )
    assert 1e-14 < end.after.item() < 2e-6 * windows(teacher, 1, 20).target.var().item()


def test_what_did_not_choose_has_to_agree() -> None:
    teacher = SequenceModel("Liquid", 1, 2, (3,)).double()
    model = moved(teacher, 0.05)
    train, validation = windows(teacher, 0, 20), windows(teacher, 1, 20)
    with torch.no_grad():
        own = model(validation.x)[:, :, WARM_UP:]
    odd = torch.arange(own.numel()) * BLOCKS // own.numel() % 2 == 1
    mixed = torch.where(odd.view(own.shape), own, validation.target)  # where it confirms, the start is right
    before = deepcopy(model.state_dict())
    assert not finished(model, train, Batch(validation.x, mixed)).accepted.any()
    assert all(torch.equal(values, before[name]) for name, values in model.state_dict().items())


def test_noise_is_not_worth_a_step() -> None:
    teacher = SequenceModel("Liquid", 1, 6, (0,)).double()
    train, validation = windows(teacher, 0, 12, noise=0.5), windows(teacher, 1, 20, noise=0.5)
    end = finished(deepcopy(teacher), train, validation, Finish())
    assert (end.steps, end.accepted.tolist()) == ((0,), [False])


def test_a_start_that_diverges_is_left_as_it_is() -> None:
    teacher = SequenceModel("Liquid", 1, 2, (3,)).double()
    model = moved(teacher, 0.05)
    with torch.no_grad():
        dict(model.named_parameters())["core.network.layers.0.A"].fill_(torch.inf)
    assert not finished(model, windows(teacher, 0, 20), windows(teacher, 1, 20)).accepted.any()


def test_events_and_stop() -> None:
    teacher = SequenceModel("Liquid", 1, 2, (3,)).double()
    train, validation = windows(teacher, 0, 20), windows(teacher, 1, 20)
    asked = iter([False, True])
    *points, end = finish(moved(teacher, 0.05), train, validation, SETTINGS, lambda: next(asked))
    assert [point.step for point in points if isinstance(point, Point)] == [1, 2]
    assert isinstance(end, Finished)
    assert end.outcome == "stopped"
    assert end.accepted.all()  # the best so far
    *points, _ = finish(moved(teacher, 0.05), train, validation, replace(SETTINGS, steps=3))
    assert len(points) == 3


def test_tau_stays_where_the_layer_is_stable() -> None:
    teacher = SequenceModel("Liquid", 1, 3, (3,)).double()
    train, validation = windows(teacher, 0, 20), windows(teacher, 1, 20)
    model = moved(teacher, 0.1)
    with torch.no_grad():
        dict(model.named_parameters())["core.network.layers.0.tau"].fill_(-1.2)
    assert finished(model, train, validation).accepted.all()
    kept = deepcopy(model)
    kept.keep_stable()
    assert all(torch.equal(*both) for both in zip(kept.parameters(), model.parameters(), strict=True))


# Two outputs known at different samples, more outputs than states, and a ridge: G and g against finite differences
@pytest.mark.parametrize(("outputs", "size"), [(2, 3), (4, 2)])
@pytest.mark.parametrize("ridge", [1e-12, 1e-2])
def test_the_slope_is_the_losss(outputs: int, size: int, ridge: float) -> None:
    model, rng = SequenceModel("Liquid", 1, size, (0,), outputs).double(), np.random.default_rng(0)
    target = rng.normal(size=(5, WINDOW - WARM_UP, outputs))
    target[0, :3, 1] = target[2, 4:, 0] = np.nan
    train = Windows(torch.from_numpy(rng.normal(size=(5, WINDOW, 1))), target)
    problem = Separable(of_members(model.core, [0]).double(), train, ridge, None)
    theta, step = problem.theta, 1e-6
    slope = problem.linear(theta).slope
    for index, one in enumerate(np.eye(len(theta))):
        difference = (problem.loss(theta + step * one) - problem.loss(theta - step * one)) / (2 * step)
        assert 2 * slope[index] == pytest.approx(difference, rel=1e-5, abs=1e-8)


def test_windows_tile_a_part() -> None:
    starts = starts_once(3, 50, WINDOW, WARM_UP)
    counted = np.concatenate([np.arange(start + WARM_UP, start + WINDOW) for start in starts])
    assert counted.tolist() == list(range(3 + WARM_UP, counted[-1] + 1))
    assert 50 - (WINDOW - WARM_UP) < counted[-1] + 1 <= 50
