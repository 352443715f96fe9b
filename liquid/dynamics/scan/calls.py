"""What a compiled loop is given: addresses, because wrapping a tensor as an array costs Python 2 us, a short scan 20.

The arrays of a call have one dtype, float32 or float64, and this order; address 0 stands for one without rows:

    forward   x, start, weight, bias, A, tau, h, and to be written: states, final, tape
    backward  weight, A, tau, h, tape, grad_states, grad_final, and to be written: dx, dstart, totals
    gather    totals, and to be written: dL/d weight, bias, A and tau

    x              [members, batch, time, input]     any strides
    start, final   [members, batch, state]           the state before the first sample (without rows: 0), after the last
    weight         [members, state, input + state]   fc.weight: input columns first
    bias, A, tau   [members, state]                  tau is the raw value, before softplus
    h              [batch, time]                     length of a solver step, any strides
    states         [members, batch, time, state]     the state after every sample
    tape           [members, batch (time unfolds + 1) row]   what every solver step saw and its gate f, in an order of
                   the loops' own choice: all that the derivatives need; without rows where nobody will ask for them
    grad_states, grad_final, dx, dstart              shaped like states, final, x and start; without rows where nobody
                   gave or wants them
    totals         [members, parts, n]               dL/d weight, bias, A and tau, one after the other, of a part

Any number of threads may enter forward and backward with the same job, *call and *addresses behind its head:
each takes tasks, a part of a member's batch, until none is left. Sums are a part's own, so that no number depends on
who did what.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.numpy_support import carray
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from liquid.dynamics.compiled import Callback, callback_for, compile_for, compiled, inlined
from liquid.dynamics.scan.workers import FAILED, HEAD, NEXT

Array = NDArray[Any]
# unfolds, implicit, members, batch, time, input, state, parts, row (of the tape), strides of x (4), strides of h (2)
Call = tuple[int, ...]
CALL = 9 + 4 + 2
Addresses = tuple[int, ...]
ADDRESSES = 10  # of forward, and of backward
Task = tuple[int, int, int, int]  # member, part of the batch, its first sequence, the one after its last; or member -1

_types: Any = types


class Loops(NamedTuple):
    """The compiled loops of one dtype."""

    forward: Callback  # given the address of a job
    backward: Callback
    gather: Callable[..., None]
    row: Callable[[int, int], int]


# Rows of a power of two of lines share a few sets of the cache, and a column of them pushes itself out
def odd_lines(numbers: int) -> int:
    """The length of a row, at least `numbers`, that is an odd number of cache lines (in float32)."""
    return (numbers + 15) // 16 * 16 | 16


def tape_row(size: int, inputs: int) -> int:
    """The length of a row of the tape: a gate and a state in whole vectors, the inputs, and up to 4 numbers more."""
    return odd_lines(2 * ((size + 7) // 8 * 8) + inputs + 4)


def _to_pointer(typing: Any, address: Any, like: Any) -> Any:
    def generate(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        return builder.inttoptr(given[0], context.get_value_type(signature.return_type))

    return _types.CPointer(like.dtype)(types.intp, like), generate


_pointer: Any = intrinsic(_to_pointer)


# The memory at an address as [first, *rest], in the dtype of `like`
@compiled
def _array(address: int, first: int, rest: tuple[int, ...], like: Array) -> Array:
    found: Array = carray(_pointer(address, like), (first if address != 0 else 0, *rest))
    return found


@compiled
def _series(address: int, call: Call, like: Array) -> Array:
    far = like.itemsize
    base = carray(_pointer(address, like), (1,))
    return as_strided(base, call[2:6], (call[9] * far, call[10] * far, call[11] * far, call[12] * far))


@compiled
def _lengths(address: int, call: Call, like: Array) -> Array:
    base = carray(_pointer(address, like), (1,))
    return as_strided(base, call[3:5], (call[13] * like.itemsize, call[14] * like.itemsize))


@compiled
def forward_arrays(call: Call, addresses: Addresses, like: Array) -> tuple[Array, ...]:
    members, batch, time, inputs, size, _, row = call[2:9]
    return (
        _series(addresses[0], call, like),
        _array(addresses[1], members, (batch, size), like),
        _array(addresses[2], members, (size, inputs + size), like),
        _array(addresses[3], members, (size,), like),
        _array(addresses[4], members, (size,), like),
        _array(addresses[5], members, (size,), like),
        _lengths(addresses[6], call, like),
        _array(addresses[7], members, (batch, time, size), like),
        _array(addresses[8], members, (batch, size), like),
        _array(addresses[9], members, (batch * (time * call[0] + 1) * row,), like),
    )


@compiled
def backward_arrays(call: Call, addresses: Addresses, like: Array) -> tuple[Array, ...]:
    members, batch, time, inputs, size, parts, row = call[2:9]
    return (
        _array(addresses[0], members, (size, inputs + size), like),
        _array(addresses[1], members, (size,), like),
        _array(addresses[2], members, (size,), like),
        _lengths(addresses[3], call, like),
        _array(addresses[4], members, (batch * (time * call[0] + 1) * row,), like),
        _array(addresses[5], members, (batch, time, size), like),
        _array(addresses[6], members, (batch, size), like),
        _array(addresses[7], members, (batch, time, inputs), like),
        _array(addresses[8], members, (batch, size), like),
        _array(addresses[9], members, (parts, size * (inputs + size + 3)), like),
    )


def gather(call: Call, addresses: Addresses, like: Array) -> None:
    """The sums over parts, part by part: the same numbers whoever computed which part."""
    members, _, _, inputs, size, parts, _ = call[2:9]
    width = inputs + size
    totals = _array(addresses[0], members, (parts, size * (width + 3)), like)
    for member in range(members):
        first = 0
        for number in range(4):
            each = size * width if number == 0 else size
            out = _array(addresses[1 + number], members, (each,), like)[member]
            out[:] = totals[member, 0, first : first + each]
            for part in range(1, parts):
                out += totals[member, part, first : first + each]
            first += each


def _numbers(builder: ir.IRBuilder, job: ir.Value, first: int) -> ir.Value:
    whole = ir.IntType(64)
    return builder.gep(builder.bitcast(job, whole.as_pointer()), [whole(first)])


def _make_reader(first: int, count: int) -> Any:
    def read(typing: Any, job: Any) -> Any:
        def generate(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
            values = [builder.load(_numbers(builder, given[0], first + number)) for number in range(count)]
            return context.make_tuple(builder, signature.return_type, values)

        return _types.UniTuple(types.int64, count)(job), generate

    return intrinsic(read)


def _count_up(typing: Any, job: Any) -> Any:
    def generate(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        return builder.atomic_rmw("add", _numbers(builder, given[0], NEXT), ir.IntType(64)(1), "monotonic")

    return types.int64(job), generate


def _say_failed(typing: Any, job: Any) -> Any:
    def generate(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        builder.store(ir.IntType(64)(1), _numbers(builder, given[0], FAILED))
        return context.get_dummy_value()

    return types.void(job), generate


_call_of, _addresses_of = _make_reader(HEAD, CALL), _make_reader(HEAD + CALL, ADDRESSES)
_next: Any = intrinsic(_count_up)
_failed: Any = intrinsic(_say_failed)


@compiled
def _like_of(job: Any) -> Array:
    """No number of the dtype that the job's pointer stands for."""
    nothing: Array = carray(job, (0,))
    return nothing


@compiled
def _take(job: Any) -> Task:
    """A task that no other thread has; member -1 where none is left."""
    call, task = _call_of(job), _next(job)
    members, batch, parts = call[2], call[3], call[7]
    if task >= members * parts:
        return -1, 0, 0, 0
    member, part = task // parts, task % parts
    return member, part, batch * part // parts, batch * (part + 1) // parts


# Part of its caller, because numba keeps no machine code of a function that is given another
@inlined
def each_task(job: Any, loop: Callable[[Task, Call, Addresses, Array], None]) -> None:
    """`loop` on task after task, until none is left."""
    call, addresses, like, task = _call_of(job), _addresses_of(job), _like_of(job), _take(job)
    while task[0] >= 0:
        try:
            loop(task, call, addresses, like)
        except Exception:  # no memory: C has nobody to raise it to
            _failed(job)
        task = _take(job)


def compile_scan(forward: Callable[[Any], None], backward: Callable[[Any], None], precision: str) -> Loops:
    """Loops over a job's tasks, compiled (or loaded from disk) for "float32" or "float64"."""
    real = getattr(types, precision)
    job = _types.CPointer(real)
    arguments = (_types.UniTuple(types.int64, CALL), _types.UniTuple(types.int64, 5), types.Array(real, 1, "C"))
    return Loops(callback_for(forward, job), callback_for(backward, job), compile_for(gather, arguments), tape_row)
