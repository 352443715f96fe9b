"""What a module that stands for W z + b computes: which W and b, or more than that.

Pruning, weight_norm and spectral_norm compute a weight in a hook, when their module is called; a parametrization
computes it when it is read. A sequence is computed from weights, without calling a module at every step, so whoever
reads weights reads them here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn.modules.module import _has_any_global_hook  # torch has no public question
from torch.nn.utils.prune import BasePruningMethod
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from liquid.errors import LiquidError

WEIGHT_HOOKS = (BasePruningMethod, SpectralNorm, WeightNorm)  # they set an attribute of their module, no more
_HOOKS = ("_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks", "_backward_hooks")  # torch has no public list


class Affine(NamedTuple):
    """W `[..., out, in]` and b `[..., out]`."""

    weight: Tensor
    bias: Tensor


def is_bare(module: nn.Module) -> bool:
    """Whether its parameters are what it computes with: no hooks, no parametrization, no forward put in its place."""
    own = module.__dict__  # asked at every step of the plain loop: a tenth of what attributes of a module cost
    return not (
        own["_forward_pre_hooks"]
        or own["_forward_hooks"]
        or own["_backward_pre_hooks"]
        or own["_backward_hooks"]
        or "forward" in own
        or "parametrizations" in own["_modules"]
    )


def is_plain(fc: nn.Module) -> bool:
    """Whether it is what nn.Linear makes: the usual case, and the quick answer."""
    bias = fc.__dict__["_parameters"].get("bias")
    return type(fc) is nn.Linear and bias is not None and is_bare(fc) and not hooked_everywhere()


def hooked_everywhere() -> bool:
    """Whether hooks run wherever a module is called, as of torch.nn.modules.module.register_module_forward_hook."""
    return bool(_has_any_global_hook())  # type: ignore[no-untyped-call]


def more_than_weights(module: nn.Module) -> str | None:
    """What happens when the module is called beside its own forward, in words; None if weights are all there is."""
    if "forward" in module.__dict__:
        return "has a forward put in place of its own"
    for hook in _hooks(module):
        if not isinstance(hook, WEIGHT_HOOKS):
            return f"has a hook ({getattr(hook, '__qualname__', type(hook).__name__)})"
    return None


def compute_weights(module: nn.Module) -> None:
    """Let the hooks that only compute a weight do so, as they would if the module were called."""
    for hook in _hooks(module):
        if isinstance(hook, WEIGHT_HOOKS):
            hook(module, ())


def not_affine(fc: nn.Module) -> str | None:
    """Why the module has to be called with all that it maps, in words; None if it is W z + b and `affine` reads it."""
    if is_plain(fc):
        return None
    if type(fc).forward is not nn.Linear.forward:
        return f"is a {type(fc).__name__}"
    if hooked_everywhere():
        return "has the hooks that all modules have (register_module_forward_hook)"
    return "has no bias" if fc.bias is None else more_than_weights(fc)


def affine(fc: nn.Module) -> Affine:
    """W and b as the module would compute with them now. LiquidError if it computes more than W z + b."""
    if is_plain(fc):
        stored = fc.__dict__["_parameters"]
        return Affine(stored["weight"], stored["bias"])
    problem = not_affine(fc)
    if problem is not None:
        raise LiquidError(
            f"fc {problem}, so it must be called with input and state together; drive and gate read weights. Call the "
            "layer, or LiquidRNN."
        )
    compute_weights(fc)
    weight, bias = fc.weight, fc.bias  # once: a parametrization computes it at every reading
    assert isinstance(weight, Tensor)
    assert isinstance(bias, Tensor)
    return Affine(weight, bias)


def _hooks(module: nn.Module) -> Iterator[object]:
    for kind in _HOOKS:
        yield from getattr(module, kind).values()
