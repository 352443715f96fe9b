"""What every recurrent core is: many networks side by side, each parameter with a leading members axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call, jacrev, vmap

Generators = Sequence[torch.Generator]
Module = TypeVar("Module", bound=nn.Module)
Floats = NDArray[np.float64]


class Core(nn.Module):
    """A recurrent layer, `members` times: made as `Core(features, size, generators, clock)`, a generator per member.

    `states` is what a readout sees, from a zero state at the first sample.
    """

    def states(self, x: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        """`[members, batch, time, input]`, or `[batch, time, input]` for all members -> `[.., state]` with members.

        `timespans` stretch samples, as in LiquidRNN; a core without a clock takes no notice of them.
        """
        states: Tensor = self(x)
        return states

    def plain(self, x: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        """The states by operations that torch.func can take apart."""
        return self.states(x, timespans)

    def sensitivities(
        self, x: Tensor, directions: Tensor, first: int, timespans: Tensor | float = 1.0
    ) -> tuple[Floats, Floats]:
        """Of a core with one member, in float64: what its readout sees, `[batch, time, state]`, and derivatives.

        Differentiated are the products of the states from sample `first` on with each of `directions[directions,
        state]`, with respect to every one of `parameters()`: `[directions, parameters, batch, samples]`. x is
        `[batch, time, input]`. A core with machine code of its own has a faster way than this one by torch.func.
        """
        parameters = {name: parameter.detach() for name, parameter in self.named_parameters()}
        spans = torch.as_tensor(timespans, dtype=x.dtype).expand(x.shape[:2])

        def of_one(own: dict[str, Tensor], series: Tensor, span: Tensor) -> tuple[Tensor, Tensor]:
            states = functional_call(_Plain(self), own, (series[None], span[None]))[0, 0]
            return states[first:] @ directions.T, states

        own = {f"core.{name}": values for name, values in parameters.items()}
        of_each = vmap(lambda series, span: jacrev(of_one, has_aux=True)(own, series, span))
        by_parameter, states = of_each(x, spans)
        # [batch, samples, directions, 1, ...] of each -> [directions, parameters, batch, samples]
        rows = torch.cat([by_parameter[name].flatten(3) for name in own], dim=-1).permute(2, 3, 0, 1)
        return states.numpy(), rows.contiguous().numpy()

    @torch.no_grad()
    def keep_stable(self, longest_span: float = 1.0) -> None:
        """Put parameters back to where the equation has a meaning; called after every step of training."""


class _Plain(nn.Module):
    """A core that is called for its plain states."""

    def __init__(self, core: Core) -> None:
        super().__init__()
        self.core = core

    def forward(self, x: Tensor, timespans: Tensor | float) -> Tensor:
        return self.core.plain(x, timespans)


def member_seeds(seed: int, members: int) -> list[int]:
    """A seed for every member, the first one's being `seed` itself."""
    return [seed + 7919 * member for member in range(members)]


def generators_of(seeds: Sequence[int]) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in seeds]


@torch.no_grad()
def start_uniform(module: nn.Module, bound: float, generator: torch.Generator) -> None:
    """torch's own default start, drawn from a seed of ours instead of the global one."""
    for parameter in module.parameters():
        parameter.uniform_(-bound, bound, generator=generator)


def uniform(shape: tuple[int, ...], low: float, high: float, generators: Generators) -> nn.Parameter:
    """A parameter `[members, *shape]`."""
    return nn.Parameter(torch.stack([torch.empty(shape).uniform_(low, high, generator=one) for one in generators]))


def for_members(x: Tensor, members: int) -> Tensor:
    """`[batch, time, input]` as the same for all members; what has a members axis stays as it is."""
    return x.expand(members, *x.shape) if x.dim() == 3 else x


# W x + b of every sample in one product
def by_time(x: Tensor, weight: Tensor, bias: Tensor) -> tuple[Tensor, ...]:
    """`[members, batch, time, input] -> time x [members, batch, rows]`."""
    members, batch, time, features = x.shape
    rows = x.transpose(1, 2).reshape(members, time * batch, features)
    return torch.baddbmm(bias[:, None], rows, weight.mT).view(members, time, batch, -1).unbind(1)


def of_members(module: Module, members: Sequence[int]) -> Module:
    """A copy that has these members alone; all its parameters and buffers have a members axis."""
    chosen, rows = deepcopy(module), list(members)
    for mine, values in zip(_tensors(chosen), _tensors(module), strict=True):
        mine.data = values.detach()[rows].clone()
    for inside in chosen.modules():
        if hasattr(inside, "members"):
            setattr(inside, "members", len(rows))  # noqa: B010  # a module's attributes have no types
    return chosen


def _tensors(module: nn.Module) -> Iterator[Tensor]:
    yield from module.parameters()
    yield from module.buffers()
