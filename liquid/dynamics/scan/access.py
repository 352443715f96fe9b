"""How compiled loops take a job apart: its numbers by name, its addresses as arrays, its shares one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from llvmlite import ir
from numba import carray, types  # type: ignore[attr-defined]  # public, but numba has no list of its names
from numba.extending import intrinsic
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from liquid.dynamics.compiled import Callback, callback_for, compile_for, compiled, inlined
from liquid.dynamics.scan.jobs import FAILED, HEAD, NEXT, BackwardArrays, Call, ForwardArrays, Share, Totals

Array = NDArray[Any]


_types: Any = types


class Loops(NamedTuple):
    """The compiled loops of one dtype."""

    forward: Callback  # called with the address of a job
    backward: Callback
    gather: Callable[[Call, Totals, Array], None]
    row: Callable[[int, int], int]


# Rows of a power of two of lines share a few sets of the cache, and a column of them pushes itself out
def odd_lines(numbers: int) -> int:
    """The length of a row, at least `numbers`, that is an odd number of cache lines (in float32)."""
    return (numbers + 15) // 16 * 16 | 16


def tape_row(size: int, inputs: int) -> int:
    """The length of a row of the tape: a gate and a state in whole vectors, the inputs, and up to 4 numbers more."""
    return odd_lines(2 * ((size + 7) // 8 * 8) + inputs + 4)


def _to_pointer(typing: Any, address: Any, like: Any) -> Any:
    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    return _types.CPointer(like.dtype)(types.intp, like), generate


_pointer: Any = intrinsic(_to_pointer)


# The memory at an address as [first, *rest], in the dtype of `like`
@compiled
def _array(address: int, first: int, rest: tuple[int, ...], like: Array) -> Array:
    array: Array = carray(_pointer(address, like), (first if address != 0 else 0, *rest))
    return array


@compiled
def _inputs(address: int, call: Call, like: Array) -> Array:
    far = like.itemsize
    base = carray(_pointer(address, like), (1,))
    strides = (call.x_member * far, call.x_batch * far, call.x_time * far, call.x_input * far)
    return as_strided(base, (call.members, call.batch, call.time, call.inputs), strides)


@compiled
def _lengths(address: int, call: Call, like: Array) -> Array:
    base = carray(_pointer(address, like), (1,))
    return as_strided(base, (call.batch, call.time), (call.h_batch * like.itemsize, call.h_time * like.itemsize))


@compiled
def _tape(address: int, call: Call, like: Array) -> Array:
    return _array(address, call.members, (call.batch * (call.time * call.unfolds + 1) * call.row,), like)


@compiled
def forward_arrays(job: Any, call: Call, like: Array) -> ForwardArrays:
    at = _forward_addresses(job)
    members, batch, size = call.members, call.batch, call.size
    return ForwardArrays(
        _inputs(at.x, call, like),
        _array(at.start, members, (batch, size), like),
        _array(at.weight, members, (size, call.inputs + size), like),
        _array(at.bias, members, (size,), like),
        _array(at.A, members, (size,), like),
        _array(at.tau, members, (size,), like),
        _lengths(at.h, call, like),
        _array(at.states, members, (batch, call.time, size), like),
        _array(at.final, members, (batch, size), like),
        _tape(at.tape, call, like),
    )


@compiled
def backward_arrays(job: Any, call: Call, like: Array) -> BackwardArrays:
    at = _backward_addresses(job)
    members, batch, size, width = call.members, call.batch, call.size, call.inputs + call.size
    return BackwardArrays(
        _array(at.weight, members, (size, width), like),
        _array(at.A, members, (size,), like),
        _array(at.tau, members, (size,), like),
        _lengths(at.h, call, like),
        _tape(at.tape, call, like),
        _array(at.grad_states, members, (batch, call.time, size), like),
        _array(at.grad_final, members, (batch, size), like),
        _array(at.dx, members, (batch, call.time, call.inputs), like),
        _array(at.dstart, members, (batch, size), like),
        _array(at.totals, members, (call.parts, size * (width + 3)), like),
    )


def gather(call: Call, at: Totals, like: Array) -> None:
    """The sums over parts, part by part: the same numbers whoever computed which part."""
    size, width = call.size, call.inputs + call.size
    totals = _array(at.totals, call.members, (call.parts, size * (width + 3)), like)
    for member in range(call.members):
        first = 0
        for address, each in ((at.weight, size * width), (at.bias, size), (at.A, size), (at.tau, size)):
            out = _array(address, call.members, (each,), like)[member]
            out[:] = totals[member, 0, first : first + each]
            for part in range(1, call.parts):
                out += totals[member, part, first : first + each]
            first += each


def _numbers(builder: ir.IRBuilder, job: ir.Value, first: int) -> ir.Value:
    whole = ir.IntType(64)
    return builder.gep(builder.bitcast(job, whole.as_pointer()), [whole(first)])


def _make_reader(kind: type[Call | ForwardArrays | BackwardArrays], first: int) -> Any:
    """An intrinsic that reads a named tuple of whole numbers from a job, from its number `first` on."""
    count = len(kind._fields)

    def read(typing: Any, job: Any) -> Any:
        def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
            values = [builder.load(_numbers(builder, arguments[0], first + number)) for number in range(count)]
            return context.make_tuple(builder, signature.return_type, values)

        return _types.NamedUniTuple(types.int64, count, kind)(job), generate

    return intrinsic(read)


def _count_up(typing: Any, job: Any) -> Any:
    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        return builder.atomic_rmw("add", _numbers(builder, arguments[0], NEXT), ir.IntType(64)(1), "monotonic")

    return types.int64(job), generate


def _say_failed(typing: Any, job: Any) -> Any:
    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        builder.store(ir.IntType(64)(1), _numbers(builder, arguments[0], FAILED))
        return context.get_dummy_value()

    return types.void(job), generate


_AFTER_CALL = HEAD + len(Call._fields)
_call_of: Any = _make_reader(Call, HEAD)
_forward_addresses: Any = _make_reader(ForwardArrays, _AFTER_CALL)
_backward_addresses: Any = _make_reader(BackwardArrays, _AFTER_CALL)
_next: Any = intrinsic(_count_up)
_failed: Any = intrinsic(_say_failed)


@compiled
def _like_of(job: Any) -> Array:
    """No number of the dtype that the job's pointer stands for."""
    nothing: Array = carray(job, (0,))
    return nothing


@compiled
def _take(job: Any) -> Share:
    """A share that no other thread has."""
    call, task = _call_of(job), _next(job)
    if task >= call.members * call.parts:
        return Share(-1, 0, 0, 0)
    member, part = task // call.parts, task % call.parts
    return Share(member, part, call.batch * part // call.parts, call.batch * (part + 1) // call.parts)


# Part of its caller, because numba keeps no machine code of a function that is given another
@inlined
def each_share(job: Any, loop: Callable[[Any, Share, Call, Array], None]) -> None:
    """`loop` on share after share, until none is left."""
    call, like, share = _call_of(job), _like_of(job), _take(job)
    while share.member >= 0:
        try:
            loop(job, share, call, like)
        except Exception:  # no memory: C has nobody to raise it to
            _failed(job)
        share = _take(job)


def compile_scan(forward: Callable[[Any], None], backward: Callable[[Any], None], precision: str) -> Loops:
    """Loops over a job's shares, compiled (or loaded from disk) for "float32" or "float64"."""
    real = getattr(types, precision)
    job = _types.CPointer(real)
    whole, named = types.int64, _types.NamedUniTuple
    arguments = (
        named(whole, len(Call._fields), Call),
        named(whole, len(Totals._fields), Totals),
        _types.Array(real, 1, "C"),
    )
    return Loops(callback_for(forward, job), callback_for(backward, job), compile_for(gather, arguments), tape_row)
