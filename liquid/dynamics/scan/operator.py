"""A whole sequence as one step of autograd: the fast way through `LiquidRNN`, with derivatives written by hand.

The plain loop over `LiquidLayer` (`loop.py`) stays the definition; this file gives the same numbers (1e-6 in float32,
1e-12 in float64) from compiled loops. Members, networks with parameters of their own, share one call.

There are two ways to the same loops. Usually it is an autograd.Function. Where torch has to see an operator, under
torch.compile, torch.export and torch.func, it is `liquid::scan` with its backward `liquid::scan_backward`. torch's way
to an operator written in Python takes 150 us more a training step, which makes that of a short series 1.7 times as
long: nobody pays for it who does not need it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import repeat
from typing import Any, NoReturn

import torch
from torch import Tensor
from torch.autograd import Function

from liquid.dynamics.effective import Computed
from liquid.dynamics.linear import Affine
from liquid.dynamics.loop import loop
from liquid.dynamics.scan import calls
from liquid.dynamics.scan.calls import DTYPES, PLAIN, compiled_loops, ready
from liquid.dynamics.solvers import SOLVERS as EVERY_SOLVER
from liquid.dynamics.torch_internals import constant_when_compiled, is_differentiated, is_transformed, is_watched
from liquid.errors import LiquidError

SOLVERS = ("euler", "semi_implicit")
LEVELS, H, TAPE = 4, 6, 7  # where A, h and the tape stand among the operators' tensors

_TWICE = (
    "The scan has first derivatives only, one at a time. For second derivatives (create_graph=True) and vectorized "
    "Jacobians use torch.func, or the plain loop: LiquidRNN(..., backend='plain')."
)


def obstacle(x: Tensor, weight: Tensor, h: Tensor, solver: str) -> str | None:
    """Why the scan cannot take this input, in words for "the scan cannot be used: ..."; None if it can."""
    plain = type(x) in PLAIN and type(weight) in PLAIN
    if is_transformed() if torch.compiler.is_compiling() else is_watched() or not plain:
        return (
            "forward mode, torch.jit, dispatch modes, tensor subclasses and torch.func inside torch.compile need the "
            "operations of the plain loop"
        )
    if solver not in SOLVERS:
        return f"it knows the solvers {' and '.join(SOLVERS)}, not {solver}"
    if x.device.type != "cpu" or x.dtype not in DTYPES:
        return f"it runs on the CPU in float32 or float64, not on {x.device} in {x.dtype}"
    if weight.dtype != x.dtype or weight.device != x.device:
        return f"the input is {x.dtype} on {x.device}, the parameters are {weight.dtype} on {weight.device}"
    if is_differentiated(h):
        return "it has no derivative with respect to timespans"
    return None


def available(dtype: torch.dtype) -> bool:
    """Whether the scan can run now; a compiler, which would keep the answer, waits for it."""
    return _for_good(dtype) if torch.compiler.is_compiling() else ready(dtype=dtype)


@constant_when_compiled
def _for_good(dtype: torch.dtype) -> bool:
    return ready(wait=True, dtype=dtype)


def scan(
    x: Tensor, start: Tensor | None, weight: Tensor, bias: Tensor, A: Tensor, tau: Tensor, h: Tensor, unfolds: int,
    solver: str,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """States after every sample, and the last: `[batch, time, state]`, `[1, batch, state]`.

    x is `[batch, time, input]`, start `[1, batch, state]` (None: zero), h (the length of a solver step) a scalar,
    `[time]` or `[batch, time]`; weight, bias, A and tau are the parameters of a LiquidLayer. With a leading members
    axis on all but h, the result has one too.
    Waits for the compilation if it is not done. Second derivatives without torch.func, and tensors that differ from x
    in dtype or device or have another shape raise LiquidError.
    """
    implicit = solver == "semi_implicit"
    if torch.compiler.is_compiling() or is_transformed():
        if start is None:
            *members, batch, _, _ = x.shape
            start = x.new_zeros((*members, 1, batch, A.shape[-1]))
        run: Callable[..., Any] = liquid_scan if torch.compiler.is_compiling() else _Scan.apply
        states, last, _ = run(x, start, weight, bias, A, tau, h, unfolds, implicit, torch.is_grad_enabled())
        return states, last
    inputs = calls.as_read(x, start, weight, bias, A, tau, h)
    if not (torch.is_grad_enabled() and any(one is not None and one.requires_grad for one in inputs)):
        return calls.forward(inputs, unfolds, implicit, keep=False)[:2]
    return _differentiable(*inputs, unfolds, implicit)


class _LiquidScan(Function):
    @staticmethod
    def forward(ctx: Any, *inputs: Any) -> tuple[Tensor, Tensor]:
        x, start, weight, bias, A, tau, h, unfolds, implicit = inputs
        states, last, tape, ctx.call = calls.forward(inputs[:-2], unfolds, implicit, keep=True)
        ctx.shapes = x.shape, None if start is None else start.shape
        ctx.set_materialize_grads(False)
        saved = weight, bias, A, tau, h, tape
        ctx.save_for_backward(*saved)
        ctx.addresses = calls.addresses(saved)
        return states, last

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        if torch.is_grad_enabled():  # create_graph=True: someone wants to differentiate the derivative
            raise LiquidError(_TWICE)
        try:
            shapes = [
                shape if needed else None for shape, needed in zip(ctx.shapes, ctx.needs_input_grad[:2], strict=True)
            ]
            saved, call = ctx.saved_tensors, ctx.call
            if calls.addresses(saved) != ctx.addresses:
                saved, call = calls.restored(saved, call, grads)
            gradients = calls.backward(saved, call, grads, shapes)
        except RuntimeError as error:
            if "data pointer" in str(error):  # is_grads_batched=True: many gradients at once
                raise LiquidError(_TWICE) from error
            raise
        return (*gradients, None, None, None)  # none for h, unfolds, implicit

    @staticmethod
    def jvp(*_: Any) -> NoReturn:
        raise LiquidError(_TWICE)


_differentiable: Callable[..., tuple[Tensor, Tensor]] = _LiquidScan.apply


@torch.library.custom_op("liquid::scan", mutates_args=())
def liquid_scan(
    x: Tensor, start: Tensor, weight: Tensor, bias: Tensor, A: Tensor, tau: Tensor, h: Tensor, unfolds: int,
    implicit: bool, keep: bool,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """As `scan`: states, the last of them, and the tape, which has no numbers unless it is to be kept."""
    inputs = calls.as_read(x, start, weight, bias, A, tau, h)
    states, last, tape, _ = calls.forward(inputs, unfolds, implicit, keep)
    return states, last, x.new_empty((*x.shape[:-3], 0)) if tape is None else tape


@liquid_scan.register_fake
def _(
    x: Tensor, start: Tensor, weight: Tensor, bias: Tensor, A: Tensor, tau: Tensor, h: Tensor, unfolds: int,
    implicit: bool, keep: bool,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    *members, batch, time, width = x.shape
    size = weight.shape[-2]
    row = compiled_loops(x.dtype).row(size, width)
    numbers = calls.tape_numbers(batch, time, unfolds, row) if keep else 0
    states, tape = x.new_empty((*members, batch, time, size)), x.new_empty((*members, numbers))
    return states, x.new_empty((*members, 1, batch, size)), tape


# dL/d x, start, weight, bias, A, tau
@torch.library.custom_op("liquid::scan_backward", mutates_args=())
def liquid_scan_backward(
    x: Tensor, start: Tensor, weight: Tensor, bias: Tensor, A: Tensor, tau: Tensor, h: Tensor, tape: Tensor,
    grad_states: Tensor, grad_last: Tensor, unfolds: int, implicit: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    """From the tape; x, beside its shape, and start are there for who differentiates again."""
    x, _, weight, bias, A, tau, h = calls.as_read(x, start, weight, bias, A, tau, h)
    call = calls.call_of(x, h, A.shape[-1], unfolds, implicit)
    saved, call = calls.restored((weight, bias, A, tau, h, tape), call, (grad_states, grad_last))
    gradients = calls.backward(saved, call, (grad_states, grad_last), (x.shape, start.shape))
    return tuple(gradients)  # type: ignore[return-value]  # six tensors


@liquid_scan_backward.register_fake
def _(
    x: Tensor, start: Tensor, weight: Tensor, bias: Tensor, A: Tensor, tau: Tensor, h: Tensor, tape: Tensor,
    grad_states: Tensor, grad_last: Tensor, unfolds: int, implicit: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    return tuple(one.new_empty(one.shape) for one in (x, start, weight, bias, A, tau))


def _keep_inputs(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    ctx.save_for_backward(*inputs[:7], output[2])
    ctx.set_materialize_grads(False)  # zeros as large as the tape, for nothing
    ctx.how = inputs[7:9]


def _first_derivative(
    ctx: Any, grad_states: Tensor | None, grad_last: Tensor | None, _: None
) -> tuple[Tensor | None, ...]:
    x, start, *_ = ctx.saved_tensors
    if grad_states is None:
        grad_states = x.new_zeros((*x.shape[:-1], start.shape[-1]))
    if grad_last is None:
        grad_last = x.new_zeros(start.shape)
    run: Callable[..., Any] = _ScanBackward.apply if is_transformed() else liquid_scan_backward
    gradients = run(*ctx.saved_tensors, grad_states, grad_last, *ctx.how)
    return (*gradients, *(None,) * 4)


def _keep_all(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    ctx.save_for_backward(*inputs[:7], *inputs[8:10])
    ctx.how = inputs[10:]


def _second_derivative(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
    """What the scan has no loops for, by torch's own derivatives of the plain loop."""
    *inputs, h, grad_states, grad_last = ctx.saved_tensors
    unfolds, implicit = ctx.how
    solver = EVERY_SOLVER[SOLVERS[implicit]]

    def plain(x: Tensor, start: Tensor, weight: Tensor, bias: Tensor, A: Tensor, tau: Tensor) -> tuple[Tensor, Tensor]:
        return loop(Computed(Affine(weight, bias), A, tau), solver, unfolds, x, start, h)

    def first(*given: Tensor) -> tuple[Tensor, ...]:
        run = plain if inputs[2].dim() == 2 else torch.func.vmap(plain)
        gradients: tuple[Tensor, ...] = torch.func.vjp(run, *given[:6])[1](given[6:])
        return gradients

    found = torch.func.vjp(first, *inputs, grad_states, grad_last)[1](grads)
    return (*found[:6], None, None, *found[6:], None, None)  # none for h, tape, unfolds, implicit


class _Scan(Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(*given: Any) -> tuple[Tensor, ...]:
        outputs: tuple[Tensor, ...] = liquid_scan(*given)
        return outputs

    setup_context = staticmethod(_keep_inputs)
    backward = staticmethod(_first_derivative)


class _ScanBackward(Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(*given: Any) -> tuple[Tensor, ...]:
        outputs: tuple[Tensor, ...] = liquid_scan_backward(*given)
        return outputs

    setup_context = staticmethod(_keep_all)
    backward = staticmethod(_second_derivative)


liquid_scan.register_autograd(_first_derivative, setup_context=_keep_inputs)
liquid_scan_backward.register_autograd(_second_derivative, setup_context=_keep_all)


# What torch.func.vmap maps over becomes members. Members have h in common, and a tape that is not mapped over (many
# gradients of one scan: a Jacobian) is too large to be copied for each: there, one call follows another.
def _by_members(
    operator: Callable[..., tuple[Tensor, ...]], info: Any, in_dims: Sequence[int | None], *given: Any
) -> Any:
    tensors, how = (
        [one for one in given if isinstance(one, Tensor)],
        [one for one in given if not isinstance(one, Tensor)],
    )
    axes, many = in_dims[: len(tensors)], info.batch_size
    if axes[H] is not None or (len(tensors) > TAPE and axes[TAPE] is None):
        rows = [
            repeat(one, many) if axis is None else one.unbind(axis) for one, axis in zip(tensors, axes, strict=True)
        ]
        each = [operator(*row, *how) for row in zip(*rows, strict=False)]
        return tuple(map(torch.stack, zip(*each, strict=True))), (0,) * len(each[0])
    stacked = [
        one.expand(many, *one.shape) if axis is None else one.movedim(axis, 0)
        for one, axis in zip(tensors, axes, strict=True)
    ]
    if inside := stacked[LEVELS].dim() > 2:  # members of their own
        stacked = [one.flatten(0, 1) if one is not stacked[H] else one for one in stacked]
    stacked[H] = tensors[H]
    results = operator(*stacked, *how)
    if inside:
        results = tuple(one.reshape(many, -1, *one.shape[1:]) for one in results)
    return results, (0,) * len(results)


liquid_scan.register_vmap(partial(_by_members, liquid_scan))
liquid_scan_backward.register_vmap(partial(_by_members, liquid_scan_backward))
