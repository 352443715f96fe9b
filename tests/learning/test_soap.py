"""The optimizer against Adam, of which it is a rotation, and on problems where the rotation is what counts."""

from __future__ import annotations

import torch
from torch import nn

from liquid.learning.soap import Soap


def test_vectors_take_adam_steps() -> None:
    start = torch.tensor([1.0, -2.0, 3.0])
    ours, theirs = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    soap = Soap([ours], lr=0.1, betas=(0.9, 0.99))
    adam = torch.optim.Adam([theirs], lr=0.1, betas=(0.9, 0.99))
    for _ in range(20):
        for parameter, optimizer in ((ours, soap), (theirs, adam)):
            optimizer.zero_grad()
            (parameter**4).sum().backward()
            optimizer.step()
    torch.testing.assert_close(ours, theirs)


def test_a_rotated_problem_is_solved_alike() -> None:
    """Adam's path depends on the axes; in its own eigenbasis it does not: rotating the problem rotates the path."""
    generator = torch.Generator().manual_seed(0)
    left, right = (torch.linalg.qr(torch.randn(n, n, generator=generator, dtype=torch.float64))[0] for n in (5, 4))
    scale = torch.logspace(0, 2, 5, dtype=torch.float64)[:, None] * torch.logspace(0, 1, 4, dtype=torch.float64)
    start = torch.randn(5, 4, generator=generator, dtype=torch.float64)

    def solve(turn_left: torch.Tensor, turn_right: torch.Tensor) -> torch.Tensor:
        weight = nn.Parameter(turn_left @ start @ turn_right.T)
        optimizer = Soap([weight], lr=0.05, every=1)
        for _ in range(60):
            optimizer.zero_grad()
            (scale * (turn_left.T @ weight @ turn_right) ** 2).sum().backward()
            optimizer.step()
        return turn_left.T @ weight.detach() @ turn_right

    plain = solve(torch.eye(5, dtype=torch.float64), torch.eye(4, dtype=torch.float64))
    torch.testing.assert_close(solve(left, right), plain, atol=1e-4, rtol=1e-3)
    assert plain.abs().max() < 0.5 * start.abs().max()


def test_a_vanished_gradient_moves_nothing() -> None:
    weight = nn.Parameter(torch.ones(3, 2))
    optimizer = Soap([weight], lr=0.1)
    for _ in range(12):
        optimizer.zero_grad()
        (0 * weight).sum().backward()
        optimizer.step()
    torch.testing.assert_close(weight.detach(), torch.ones(3, 2))


def test_a_member_steps_as_it_would_alone() -> None:
    """Up to what rounding leaves in the first step, whose gradient is diagonal in its own eigenbases."""
    generator = torch.Generator().manual_seed(1)
    starts, targets = (5 * torch.randn(3, 4, 4, generator=generator, dtype=torch.float64) for _ in range(2))
    offsets = torch.randn(3, 4, generator=generator, dtype=torch.float64)
    scale = torch.logspace(0, 0.5, 4, dtype=torch.float64)

    def solve(which: slice, **settings: bool) -> list[torch.Tensor]:
        alone = not settings
        weight, offset = (nn.Parameter((v[which][0] if alone else v[which]).clone()) for v in (starts, offsets))
        optimizer = Soap([weight, offset], lr=0.05, **settings)
        for _ in range(12):
            optimizer.zero_grad()
            miss = scale * (weight - (targets[which][0] if alone else targets[which]))
            ((miss**2).sum() + (miss**4).sum() / 1e4 + (offset**4).sum()).backward()
            optimizer.step()
        return [weight.detach(), offset.detach()]

    together = solve(slice(None), members=True)
    for member in range(3):
        for mine, all_ in zip(solve(slice(member, member + 1)), together, strict=True):
            torch.testing.assert_close(all_[member], mine, rtol=1e-4, atol=1e-5)
