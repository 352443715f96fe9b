"""One call of the compiled loops: when their machine code is ready, what they are given, and what comes back.

Compiling both dtypes takes about half a minute of one core, once per machine: the machine code is kept on disk.
`ready()` starts it in the background and says whether it is done, `ready(wait=True)` waits. Work that must give the
same numbers every time (a training) waits; a picture that must answer now takes the plain loop meanwhile.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from importlib import import_module
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from liquid.dynamics.scan.jobs import BackwardArrays, Call, ForwardArrays, Totals
from liquid.dynamics.scan.workers import share
from liquid.errors import LiquidError

if TYPE_CHECKING:
    from liquid.dynamics.compiled import Callback
    from liquid.dynamics.scan.access import Loops

DTYPES = (torch.float32, torch.float64)
PLAIN = (Tensor, nn.Parameter)  # a subclass may keep its numbers elsewhere, or nowhere
ROWS_PER_PART = 16  # sequences that one task runs through; fixed, so that sums do not depend on the number of cores
LIKE: dict[torch.dtype, NDArray[Any]] = {
    torch.float32: np.empty(0, np.float32),
    torch.float64: np.empty(0, np.float64),
}  # tells a loop its dtype
LARGE = 2**22  # bytes, from which on numpy takes large pages
SMALL = 200_000  # multiplications below which waking another thread costs more than it brings

Inputs = tuple[Tensor, Tensor | None, Tensor, Tensor, Tensor, Tensor, Tensor]  # x, start, weight, bias, A, tau, h

_HOOKS = (
    "A hook gave the scan back other saved tensors than it was given. Let it keep their shape, dtype and device, or "
    "use the plain loop: LiquidRNN(..., backend='plain')."
)


class _Kernels:
    """The compiled loops by dtype, float32 first. Made in a thread; `problem` says why there are none."""

    def __init__(self) -> None:
        self.loops: dict[torch.dtype, Loops] = {}
        self.problem: str | None = None
        self.settled = {dtype: Event() for dtype in DTYPES}
        self.thread = Thread(target=self._compile, name="liquid-scan-compiler", daemon=True)

    def inherit(self, parent: _Kernels) -> None:
        """What is compiled serves a forked child too; the compiling thread, and the locks it held, stayed behind."""
        self.loops = dict(parent.loops)
        self.problem = parent.problem
        if len(self.loops) < len(DTYPES) and self.problem is None:
            self.problem = "this process was forked while its parent was compiling; call ready(wait=True) before"
        for settled in self.settled.values():
            settled.set()

    def _compile(self) -> None:
        try:
            loops = import_module("liquid.dynamics.scan.kernel")  # numba takes half a second to import
            for dtype, settled in self.settled.items():
                self.loops[dtype] = loops.compile_loops(str(dtype).removeprefix("torch."))
                settled.set()
        except Exception as error:  # told to whoever asks for the scan by name; the plain loop answers the others
            self.problem = f"it could not be compiled ({type(error).__name__}: {error})"
        for settled in self.settled.values():
            settled.set()


_here: dict[str, _Kernels] = {}  # one entry, once somebody asked


# No lock, because a fork could come while another thread holds it: `setdefault` lets one of many callers win.
def _kernels() -> _Kernels:
    kernels = _here.get("kernels")
    if kernels is None:
        new = _Kernels()
        kernels = _here.setdefault("kernels", new)
        if kernels is new:
            new.thread.start()
    return kernels


def _after_fork() -> None:
    if parent := _here.pop("kernels", None):
        child = _here["kernels"] = _Kernels()
        child.inherit(parent)


if hasattr(os, "register_at_fork"):  # asking for the process at every call would cost 3 us, a short scan 20
    os.register_at_fork(after_in_child=_after_fork)


def ready(wait: bool = False, dtype: torch.dtype = torch.float32) -> bool:
    """Whether the scan can run; with `wait`, after its compilation (False then: no numba, or forked meanwhile)."""
    kernels = _kernels()
    if wait:
        kernels.settled[dtype].wait()
    return kernels.settled[dtype].is_set() and dtype in kernels.loops


def compiled_loops(dtype: torch.dtype) -> Loops:
    """The machine code, once it is compiled. LiquidError if there is none."""
    if not ready(wait=True, dtype=dtype):
        raise LiquidError(f"The scan cannot be used: {_kernels().problem}. Use backend='auto' or 'plain'.")
    return _kernels().loops[dtype]


def check(x: Tensor, start: Tensor | None, weight: Tensor, bias: Tensor, A: Tensor, tau: Tensor, h: Tensor) -> None:
    """The loops see addresses only: a tensor of another dtype or shape would be read and written out of bounds."""
    *members, batch, time, width = x.shape
    size, dtype = weight.shape[-2], x.dtype
    if time < 1:
        raise LiquidError(f"the input is {list(x.shape)}; the scan expects one sample or more.")
    one = (*members, size)
    for name, tensor, shape in (
        ("the input", x, x.shape),
        ("the state", start, (*members, 1, batch, size)),
        ("fc.weight", weight, (*one, width + size)),
        ("fc.bias", bias, one),
        ("A", A, one),
        ("tau", tau, one),
        ("the solver's step", h, () if h.dim() == 0 else (batch, time)[-h.dim() :]),
    ):
        if tensor is None or (
            tensor.dtype == dtype and tensor.is_cpu and tensor.shape == shape and type(tensor) in PLAIN
        ):
            continue
        raise LiquidError(
            f"{name} is a {type(tensor).__name__} of {list(tensor.shape)} in {tensor.dtype} on {tensor.device}; the "
            f"scan expects a plain tensor of {list(shape)} in {dtype} on the CPU, as the input is. Give it that shape, "
            "or convert module, input and state alike: .to(dtype)."
        )


def as_read(x: Tensor, start: Tensor | None, weight: Tensor, bias: Tensor, A: Tensor, tau: Tensor, h: Tensor) -> Inputs:
    """The same numbers as they must lie in memory. Waits for the compilation; LiquidError on what is no such tensor."""
    compiled_loops(x.dtype)
    check(x, start, weight, bias, A, tau, h)
    x = x.resolve_neg() if x.stride(-1) == 1 else x.contiguous().resolve_neg()
    start = None if start is None else start.contiguous().resolve_neg()
    weight, bias, A, tau = [tensor.contiguous().resolve_neg() for tensor in (weight, bias, A, tau)]
    return x, start, weight, bias, A, tau, h.resolve_neg()


def call_of(x: Tensor, h: Tensor, size: int, unfolds: int, implicit: bool) -> Call:
    """The sizes and strides of a scan over x `[.., batch, time, input]`."""
    *members, batch, time, width = x.shape
    return Call(
        unfolds,
        int(implicit),
        members[0] if members else 1,
        batch,
        time,
        width,
        size,
        max(1, -(-batch // ROWS_PER_PART)),
        _kernels().loops[x.dtype].row(size, width),
        *(x.stride() if members else (0, *x.stride())),
        *_h_strides(h),
    )


def tape_numbers(batch: int, time: int, unfolds: int, row: int) -> int:
    """How many numbers the tape of one member has."""
    return batch * (time * unfolds + 1) * row


def forward(inputs: Inputs, unfolds: int, implicit: bool, keep: bool) -> tuple[Tensor, Tensor, Tensor | None, Call]:
    """States, the last of them, the tape if it is to be kept, and the call that they are from."""
    x, start, weight, bias, A, tau, h = inputs
    *members, batch, time, _ = x.shape
    size = A.shape[-1]
    loops, call = _kernels().loops[x.dtype], call_of(x, h, size, unfolds, implicit)
    states, final = _allocate(x, *members, batch, time, size), x.new_empty((*members, 1, batch, size))
    tape = _allocate(x, *members, tape_numbers(batch, time, unfolds, call.row)) if keep else None
    _run(loops.forward, call, ForwardArrays(x, start, weight, bias, A, tau, h, states, final, tape))
    return states, final, tape, call


def _h_strides(h: Tensor) -> tuple[int, ...]:
    """From sequence to sequence and from sample to sample; 0 along an axis that h does not have."""
    return (0, 0, *h.stride())[-2:]


def restored(saved: Sequence[Tensor], call: Call, grads: Sequence[Tensor | None]) -> tuple[Sequence[Tensor], Call]:
    """What hooks kept instead of the saved tensors (on disk, packed): as the loops read it, by address."""
    weight, bias, A, tau, h, tape = saved
    batch, time, inputs, size = call.batch, call.time, call.inputs, call.size
    numbers = call.members * tape_numbers(batch, time, call.unfolds, call.row)
    dtypes = {one.dtype for one in (A, tape, *grads) if one is not None}
    if len(dtypes) > 1 or not tape.is_cpu or tape.numel() != numbers or weight.shape[-2:] != (size, inputs + size):
        raise LiquidError(_HOOKS)
    check(A.new_empty((*weight.shape[:-2], batch, time, inputs)), None, weight, bias, A, tau, h)
    by_batch, by_time = _h_strides(h)
    call = call._replace(h_batch=by_batch, h_time=by_time)
    return [one if one is h else one.contiguous() for one in saved], call


def backward(
    saved: Sequence[Any], call: Call, grads: Sequence[Tensor | None], shapes: Sequence[torch.Size | None]
) -> list[Tensor | None]:
    """dL/d x, start, weight, bias, A and tau, from `saved` weight, bias, A, tau, h and tape.

    `shapes` are those of x and start, None where nobody wants a gradient.
    """
    weight, bias, A, tau, h, tape = saved
    grad_states, grad_final = (None if grad is None else grad.contiguous().resolve_neg() for grad in grads)
    dx = None if shapes[0] is None else _allocate(A, *shapes[0])
    dstart = None if shapes[1] is None else A.new_empty(shapes[1])
    totals = A.new_empty(call.parts * (weight.numel() + 3 * A.numel()))
    loops = _kernels().loops[A.dtype]
    _run(loops.backward, call, BackwardArrays(weight, A, tau, h, tape, grad_states, grad_final, dx, dstart, totals))
    gradients = [torch.empty_like(one) for one in (weight, bias, A, tau)]
    loops.gather(call, Totals(*addresses((totals, *gradients))), LIKE[A.dtype])
    return [dx, dstart, *gradients]


def addresses(tensors: Sequence[Tensor | None]) -> tuple[int, ...]:
    return tuple([0 if tensor is None else tensor.data_ptr() for tensor in tensors])


# numpy asks the system for large pages: fresh memory of many small ones can cost a third of the scan.
def _allocate(like: Tensor, *shape: int) -> Tensor:
    if math.prod(shape) * like.itemsize < LARGE:
        return like.new_empty(shape)
    return torch.from_numpy(np.empty(shape, np.float32 if like.dtype == torch.float32 else np.float64))


def _run(work: Callback, call: Call, tensors: ForwardArrays | BackwardArrays) -> None:
    """Every member's batch in parts, on as many threads as torch may use."""
    amount = call.members * call.batch * call.time * call.unfolds * call.size * (call.inputs + call.size)
    threads = torch.get_num_threads() if amount > SMALL else 1
    if not share(work, (*call, *addresses(tensors)), call.members * call.parts, threads, tensors):
        raise MemoryError(
            "The scan found no memory for its working arrays. Give it a smaller batch or a shorter series."
        )
