"""Several networks trained as one: each with parameters of its own, all of them in one scan and one optimizer step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.func import functional_call

from liquid.dynamics.linear import hooked_everywhere, is_bare
from liquid.dynamics.rnn import LiquidRNN
from liquid.errors import LiquidError

Network = TypeVar("Network", bound=nn.Module)


class LiquidEnsemble(nn.Module):
    """LiquidRNNs side by side: `[batch, time, input] -> [members, batch, time, state]`, last states.

    Every member sees the same input, or its own as `[members, batch, time, input]`; timespans, as in LiquidRNN, are
    shared. The state given and returned is `[members, num_layers, batch, state]`. Made from networks that differ in
    nothing but their parameters: member i starts as `networks[i]`, and trains as it would alone when losses are summed
    over members and gradients clipped by `clip_members`. Raises LiquidError on wrong shapes or networks.

    `network` holds the parameters, each with a leading members axis (`network.liquid_layers()[0].tau` is
    `[members, state]`); call the ensemble, not it. `member(i)` gives one LiquidRNN back.
    """

    def __init__(self, networks: Sequence[LiquidRNN]) -> None:
        super().__init__()
        self.network = stack(networks)
        self.members = len(networks)
        if not self.network.batch_first:
            raise LiquidError("An ensemble takes [batch, time, input]; make its networks with batch_first=True.")

    def forward(self, x: Tensor, state: Tensor | None = None, timespans: float | Tensor = 1.0) -> tuple[Tensor, Tensor]:
        x = self._for_all(x)
        h = self.network.step_lengths(x[0], timespans)
        starts = self._initial_states(x, state)
        layers = self.network.liquid_layers()
        if not all(is_bare(layer) and is_bare(layer.fc) for layer in layers):
            check_own_weights(self.network)
        if hooked_everywhere() or not self.network.takes_scan(layers, x, h):
            return self._one_by_one(x, state, timespans)
        lasts = []
        for number, (layer, start) in enumerate(zip(layers, starts, strict=True)):
            x, last = self.network.scan_layer(layer, self.network.between(x, number), start, h)
            lasts.append(last)
        return x, torch.cat(lasts, dim=1) if len(lasts) > 1 else lasts[0]

    def member(self, index: int) -> LiquidRNN:
        """A copy of one network, as it is now."""
        return unstack(self.network, index)

    def _one_by_one(self, x: Tensor, state: Tensor | None, timespans: float | Tensor) -> tuple[Tensor, Tensor]:
        results = []
        for member, series in enumerate(x):
            own = {name: parameter[member] for name, parameter in self.network.named_parameters()}
            start = None if state is None else state[member]
            results.append(functional_call(self.network, own, (series, start, timespans)))
        states, lasts = zip(*results, strict=True)
        return torch.stack(states), torch.stack(lasts)

    def _for_all(self, x: Tensor) -> Tensor:
        if x.dim() == 3:
            x = x.expand(self.members, *x.shape)
        if x.dim() != 4 or x.shape[0] != self.members:
            raise LiquidError(
                f"input has shape {list(x.shape)}; expected [batch, time, {self.network.input_size}] for all members, "
                f"or [{self.members} members, batch, time, {self.network.input_size}]."
            )
        return x

    def _initial_states(self, x: Tensor, state: Tensor | None) -> Sequence[Tensor | None]:
        one = self.network.initial_states(x[0], None if state is None else state[0])
        if state is None:
            return one
        if state.shape[0] != self.members:
            raise LiquidError(
                f"state has shape {list(state.shape)}; expected [members, num_layers, batch, state] = "
                f"{[self.members, *state.shape[1:]]}. Pass the last state of an earlier call, or leave it out."
            )
        return torch.split(state, 1, dim=1)


class LinearEnsemble(nn.Module):
    """Linear readouts side by side: `[members, ..., in] -> [members, ..., out]`, made from one nn.Linear per member.

    Raises LiquidError on wrong shapes or readouts.
    """

    def __init__(self, linears: Sequence[nn.Linear]) -> None:
        super().__init__()
        self.linear = stack(linears)
        self.members = len(linears)

    # y = W x + b, member by member
    def forward(self, x: Tensor) -> Tensor:
        if x.dim() < 2 or x.shape[0] != self.members or x.shape[-1] != self.linear.in_features:
            raise LiquidError(
                f"input has shape {list(x.shape)}; expected [{self.members} members, ..., {self.linear.in_features}]."
            )
        rows = x.reshape(self.members, -1, self.linear.in_features)
        y = torch.baddbmm(self.linear.bias[:, None], rows, self.linear.weight.transpose(1, 2))
        return y.reshape(*x.shape[:-1], self.linear.out_features)

    def member(self, index: int) -> nn.Linear:
        """A copy of one readout, as it is now."""
        return unstack(self.linear, index)


def stack(networks: Sequence[Network]) -> Network:
    """One module with the parameters of the given ones, stacked along a new first axis; what is frozen stays so."""
    kinds = {_kind(network) for network in networks}
    if len(kinds) != 1:
        raise LiquidError(
            f"An ensemble was given {len(networks)} networks of {len(kinds)} kinds; give it one or more that differ in "
            "their parameters only (same sizes, dt, unfolds, solver and backend, the same parameters frozen)."
        )
    for network in networks:
        check_own_weights(network)
    stacked = deepcopy(networks[0])
    for name, first in networks[0].named_parameters():
        owner, _, leaf = name.rpartition(".")
        together = torch.stack([network.get_parameter(name).detach() for network in networks])
        setattr(stacked.get_submodule(owner), leaf, nn.Parameter(together, first.requires_grad))
    return stacked


def check_own_weights(network: nn.Module) -> None:
    """LiquidError if weights are computed of others (pruned, parametrized) or hooks run: neither has a members axis."""
    for name, module in network.named_modules():
        if name and not is_bare(module):
            raise LiquidError(
                f"{name} is pruned, parametrized or has a hook, which members stacked side by side cannot keep. Make "
                "it permanent (prune.remove, remove_parametrizations, remove_weight_norm), remove the hook, or run the "
                "networks one by one."
            )


def _kind(network: nn.Module) -> tuple[object, ...]:
    """All that members must have in common."""
    parameters = [(name, p.shape, p.requires_grad) for name, p in network.named_parameters()]
    return str(network), getattr(network, "backend", None), *parameters


def unstack(stacked: Network, index: int) -> Network:
    """The inverse of `stack` for one module."""
    network = deepcopy(stacked)
    for name, parameter in stacked.named_parameters():
        owner, _, leaf = name.rpartition(".")
        setattr(
            network.get_submodule(owner), leaf, nn.Parameter(parameter[index].detach().clone(), parameter.requires_grad)
        )
    return network


# g <- g min(1, max_norm / |g|), with |g| over all parameters of one member
@torch.no_grad()
def clip_members(parameters: Iterable[nn.Parameter], max_norm: float) -> Tensor:
    """Clip every member's gradient by its own norm, as torch's clip_grad_norm_ would alone; the norms, `[members]`.

    As there, the answer is a single 0 if nothing has a gradient.
    """
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if not gradients:
        return torch.tensor(0.0)
    norms: Tensor = torch.stack([gradient.flatten(1).square().sum(1) for gradient in gradients]).sum(0).sqrt()
    scale = (max_norm / (norms + 1e-6)).clamp(max=1)
    for gradient in gradients:
        gradient.mul_(scale.view(-1, *(1,) * (gradient.dim() - 1)))
    return norms
