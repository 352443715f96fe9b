"""Optimizers by name, for parameters with a leading members axis: each member steps as it would alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import torch
from torch import Tensor, nn

from liquid.learning.soap import Soap


class HasParameters(Protocol):
    def parameters(self) -> Iterator[nn.Parameter]: ...


Make = Callable[[Iterable[nn.Parameter], float], torch.optim.Optimizer]


def adam(parameters: Iterable[nn.Parameter], rate: float) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, lr=rate, foreach=True)


def soap(parameters: Iterable[nn.Parameter], rate: float) -> torch.optim.Optimizer:
    return Soap(parameters, lr=rate, members=True)


OPTIMIZERS: dict[str, Make] = {"adam": adam, "soap": soap}


# Both steps are proportional to the rate, so one at rate 1, shortened member by member, is a step at each rate.
@torch.no_grad()
def step_at_rates(model: HasParameters, optimizer: torch.optim.Optimizer, rates: Tensor) -> None:
    """One optimizer step in which every member has a rate of its own, `rates[members]`."""
    before = [parameter.detach().clone() for parameter in model.parameters()]
    optimizer.step()
    for parameter, start in zip(model.parameters(), before, strict=True):
        parameter.copy_(torch.lerp(start, parameter, rates.view(-1, *(1,) * (parameter.dim() - 1))))
