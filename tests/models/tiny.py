"""A model in one file, as somebody would add it: a leaky sum of its inputs."""

from __future__ import annotations

import torch
from torch import Tensor

from liquid.models.core import Core, Generators, for_members, uniform
from liquid.models.registry import Clock


# h <- h / 2 + W x
class Leaky(Core):
    def __init__(self, features: int, size: int, generators: Generators, clock: Clock) -> None:
        super().__init__()
        self.weight = uniform((features, size), -1, 1, generators)

    def forward(self, x: Tensor) -> Tensor:
        states = [torch.zeros(())]
        for now in for_members(x, len(self.weight)).unbind(2):
            states.append(states[-1] / 2 + now @ self.weight)
        return torch.stack(states[1:], dim=2)
