"""What is needed of torch that has no public name. A test fails once one of these is gone.

`is_transformed`: torch.func is at work, which sees the scan's operator, not its quick way. `is_watched`: under
forward-mode differentiation, tracing or a dispatch mode somebody wants to see every operation, and would see none of
the scan's. An operator costs several times as much as these questions. `constant_when_compiled`: what
torch.compiler.assume_constant_result does, which imports the compiler, a second for whoever imports us.

`openmp_team`: the team of threads that torch runs its own operations in. Threads of our own would share the cores
with torch's, which spin for milliseconds after each operation.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor
from torch.autograd import forward_ad

Question = TypeVar("Question", bound=Callable[..., bool])


def constant_when_compiled(function: Question) -> Question:
    """torch.compile asks such a function once, and keeps the answer."""
    vars(function)["_dynamo_marked_constant"] = True
    return function


@constant_when_compiled
def is_transformed() -> bool:
    """Whether torch.func maps or differentiates what is computed, or compiled, now."""
    return torch._C._functorch.peek_interpreter_stack() is not None


def is_differentiated(values: Tensor) -> bool:
    """Whether somebody asks for their gradient: torch.func's transforms wrap them, each with an answer of its own."""
    while not values.requires_grad:
        inside = torch.func.debug_unwrap(values, recurse=False) if is_transformed() else values
        if inside is values:
            return False
        values = inside
    return True


def is_watched() -> bool:
    """Whether operations are recorded one by one, or differentiated forward."""
    tracing: bool = torch.jit.is_tracing()  # type: ignore[attr-defined, no-untyped-call]  # documented, not declared
    return tracing or torch._C._len_torch_dispatch_stack() > 0 or forward_ad._current_level >= 0


# GOMP_parallel(function, argument, threads, flags) is what compilers make of "#pragma omp parallel"
@cache
def openmp_team() -> Callable[[int, int, int, int], None] | None:
    """The entry of the libgomp that torch has loaded; None if there is none (macOS, Windows)."""
    loaded = getattr(os, "RTLD_NOLOAD", None)
    if loaded is None:
        return None
    own = Path(torch.__file__).parent.joinpath("lib").glob("libgomp*")
    for name in (*map(str, own), "libgomp.so.1"):
        try:
            entry = ctypes.CDLL(name, mode=loaded | os.RTLD_NOW).GOMP_parallel
        except (OSError, AttributeError):
            continue
        entry.argtypes, entry.restype = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint), None
        return entry
    return None
