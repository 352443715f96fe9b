"""The scan's loops, arranged for vector registers: arguments and numbers of `scan_loops.py`, several times as fast.

With z = [x, I, 1], what a gate sees, as one row for every sequence of a block (up to BLOCK go through time together),
and W the layer's weights with the bias as last column, a step is three small products and a formula for each element:

    a = z W^T   the gates' arguments        dz = da W   back through them        dW += da^T z   for a chunk of samples

All three are `product`: out = start + P Q in tiles of ROWS x 2 vectors, whose sums stay in registers while j runs:

              Q   j  | ........[q0 q0 q0 q0|q1 q1 q1 q1]........    one row of Q: two vector loads
                     |            |           |
       P    [p0] --- + --- out [ s00 . . . . s01 . . . ]            a number of P, spread over a vector,
       j ->  [p1] -- + ------- [ s10 . . . . s11 . . . ]            times q0 and q1, added to its row's two sums:
              [p2] - + ------- [ s20 . . . . s21 . . . ]            6 loads for 8 multiply-adds of a vector,
               [p3]  + ------- [ s30 . . . . s31 . . . ]            and no store until j has come to its end

Columns are padded to whole vectors with zeros. Rows of a matrix lie an odd number of cache lines apart (`_stride`):
with a power of two between them, a column of Q would share a few sets of the cache and push itself out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from liquid.dynamics.compiled import compiled
from liquid.dynamics.scan_loops import compile_scan, rate_slope, rates
from liquid.dynamics.simd import VECTOR_BYTES, Lanes, make_lanewise, make_tile

Array = NDArray[Any]

ROWS = 4
BLOCK = 16  # sequences
CHUNK = 128  # samples; a long product keeps its sums in registers for longer, a short one stays in the cache

_tile_4x2, _tile_4x1 = (make_tile(ROWS, vectors) for vectors in (2, 1))
_tile_1x4, _tile_1x1 = make_tile(1, 4, splits=2), make_tile(1, 1, splits=ROWS)


# Euler         : x <- x + h (f (A - x) - rate x)
# semi-implicit : x <- (x + h f A) / (1 + h (rate + f))
def _euler(a: Lanes, x: Lanes, A: Lanes, rate: Lanes, h: Lanes) -> tuple[Lanes, Lanes]:
    f = a.sigmoid()
    return f, x + h * (f * (A - x) - rate * x)


def _semi_implicit(a: Lanes, x: Lanes, A: Lanes, rate: Lanes, h: Lanes) -> tuple[Lanes, Lanes]:
    f = a.sigmoid()
    return f, (x + h * f * A) / (1 + h * (rate + f))


# The derivatives of a step, as in scan_loops.step_back: da, dL/d(old x) without the gate's share, dA and drate summed
def _euler_back(
    v: Lanes, g: Lanes, x: Lanes, f: Lanes, A: Lanes, rate: Lanes, dA: Lanes, drate: Lanes, h: Lanes
) -> tuple[Lanes, ...]:
    v = v + g
    w = v * h
    return w * (A - x) * f * (1 - f), v - w * (rate + f), dA + w * f, drate - w * x


def _semi_implicit_back(
    v: Lanes, g: Lanes, x: Lanes, f: Lanes, A: Lanes, rate: Lanes, dA: Lanes, drate: Lanes, h: Lanes
) -> tuple[Lanes, ...]:
    leak = 1 + h * (rate + f)
    new = (x + h * f * A) / leak
    w = (v + g) / leak
    return w * h * (A - new) * f * (1 - f), w, dA + w * h * f, drate - w * h * new


# A step whose gate is known: the states between the solver steps of a sample
def _euler_again(f: Lanes, x: Lanes, A: Lanes, rate: Lanes, h: Lanes) -> tuple[Lanes]:
    return (x + h * (f * (A - x) - rate * x),)


def _semi_implicit_again(f: Lanes, x: Lanes, A: Lanes, rate: Lanes, h: Lanes) -> tuple[Lanes]:
    return ((x + h * f * A) / (1 + h * (rate + f)),)


_step_euler, _step_implicit = (make_lanewise(step) for step in (_euler, _semi_implicit))
_back_euler, _back_implicit = (make_lanewise(step) for step in (_euler_back, _semi_implicit_back))
_move = make_lanewise(lambda source, _: (source,))
_again_euler, _again_implicit = (make_lanewise(step) for step in (_euler_again, _semi_implicit_again))


@compiled
def _stride(numbers: int) -> int:
    return (numbers + 15) // 16 * 16 | 16


@compiled
def _depth(columns: int, inputs: int) -> int:
    """Length of z = [x, I, 1], rounded up to whole tiles."""
    return (columns + inputs + ROWS) // ROWS * ROWS


@compiled
def _samples(rows: int, time: int) -> int:
    """How many samples in time make a chunk of about CHUNK rows."""
    return min(time, max(1, CHUNK // rows))


# out = start + P Q
@compiled
def product(
    out: Array, out_row: int, start: Array, start_row: int, P: Array, p: int, p_row: int, p_j: int, Q: Array, q_j: int,
    rows: int, columns: int, n: int,
) -> None:  # fmt: skip
    """Strides and offsets in numbers. Where rows is no multiple of ROWS, n has to be one."""
    lanes = VECTOR_BYTES // out.itemsize
    whole = rows - rows % ROWS
    for c in range(0, columns, 2 * lanes):
        for r in range(0, whole, ROWS):
            o, s, at = r * out_row + c, r * start_row + c, p + r * p_row
            if columns - c >= 2 * lanes:
                _tile_4x2(out, o, out_row, start, s, start_row, P, at, p_row, p_j, Q, c, q_j, n)
            else:
                _tile_4x1(out, o, out_row, start, s, start_row, P, at, p_row, p_j, Q, c, q_j, n)
    for r in range(whole, rows):
        c, at = 0, p + r * p_row
        while c < columns:
            o, s = r * out_row + c, r * start_row + c
            if columns - c >= 4 * lanes:
                _tile_1x4(out, o, 0, start, s, 0, P, at, 0, p_j, Q, c, q_j, n)
                c += 4 * lanes
            else:
                _tile_1x1(out, o, 0, start, s, 0, P, at, 0, p_j, Q, c, q_j, n)
                c += lanes


@compiled
def _copy(source: Array, s: int, target: Array, t: int, count: int) -> None:
    lanes = VECTOR_BYTES // target.itemsize
    whole = count - count % lanes
    for c in range(0, whole, lanes):
        _move((source, s + c), (source[0],), (target, t + c))
    for c in range(whole, count):
        target[t + c] = source[s + c]


# One sequence's inputs, each to the rows of Z that its solver steps will read
@compiled
def _fill(inputs: Array, Z: Array, at: int, slot: int, unfolds: int) -> None:
    for t in range(inputs.shape[0]):
        for _ in range(unfolds):
            for j in range(inputs.shape[1]):
                Z[at + j] = inputs[t, j]
            at += slot


@compiled
def _padded(row: Array, columns: int) -> Array:
    padded = np.zeros(columns, row.dtype)
    padded[: row.size] = row
    return padded


# columns of W in the order of z = [x, I, 1]: the sequence of a step's products starts here
@compiled
def _forward_weights(weight: Array, bias: Array, columns: int, row: int) -> Array:
    size, inputs = weight.shape[0], weight.shape[1] - weight.shape[0]
    W = np.zeros((_depth(columns, inputs), row), weight.dtype)
    for i in range(size):
        for j in range(size):
            W[j, i] = weight[i, inputs + j]
        for j in range(inputs):
            W[columns + j, i] = weight[i, j]
        W[columns + inputs, i] = bias[i]
    return W.reshape(-1)


@compiled
def _backward_weights(weight: Array, columns: int, row: int) -> Array:
    size, inputs = weight.shape[0], weight.shape[1] - weight.shape[0]
    W = np.zeros((columns, row), weight.dtype)
    for i in range(size):
        for j in range(size):
            W[i, j] = weight[i, inputs + j]
        for j in range(inputs):
            W[i, columns + j] = weight[i, j]
    return W.reshape(-1)


# One solver step of n sequences: from the arguments a and the states in Z at `seen` to the gates in `tape` at `f` and
# the states in Z at `to`
@compiled
def _step_rows(
    a: Array, row: int, Z: Array, seen: int, to: int, z_row: int, tape: Array, f: int, level: Array, rate: Array,
    h: Array, n: int, implicit: bool,
) -> None:  # fmt: skip
    columns, lanes = level.size, VECTOR_BYTES // level.itemsize
    for i in range(n):
        for c in range(0, columns, lanes):
            at = (a, i * row + c, Z, seen + i * z_row + c, level, c, rate, c)
            new = (tape, f + i * columns + c, Z, to + i * z_row + c)
            if implicit:
                _step_implicit(at, (h[i],), new)
            else:
                _step_euler(at, (h[i],), new)


@compiled
def _repeat_rows(
    Z: Array, seen: int, to: int, z_row: int, tape: Array, f: int, level: Array, rate: Array, h: Array, n: int,
    implicit: bool,
) -> None:  # fmt: skip
    columns, lanes = level.size, VECTOR_BYTES // level.itemsize
    for i in range(n):
        for c in range(0, columns, lanes):
            at, new = (tape, f + i * columns + c, Z, seen + i * z_row + c, level, c, rate, c), (Z, to + i * z_row + c)
            if implicit:
                _again_implicit(at, (h[i],), new)
            else:
                _again_euler(at, (h[i],), new)


@compiled
def _back_rows(
    v: Array, v_row: int, Z: Array, seen: int, z_row: int, tape: Array, f: int, level: Array, rate: Array,
    dlevel: Array, drate: Array, G: Array, g: int, row: int, h: Array, n: int, implicit: bool,
) -> None:  # fmt: skip
    columns, lanes = level.size, VECTOR_BYTES // level.itemsize
    for i in range(n):
        for c in range(0, columns, lanes):
            vc, gc, fc = i * v_row + c, g + i * row + c, f + i * columns + c
            known = (v, vc, G, gc, Z, seen + i * z_row + c, tape, fc, level, c, rate, c, dlevel, c, drate, c)
            found = (G, gc, v, vc, dlevel, c, drate, c)
            if implicit:
                _back_implicit(known, (h[i],), found)
            else:
                _back_euler(known, (h[i],), found)


@compiled
def forward(
    member: int, first: int, last: int, x: Array, start: Array, weight: Array, bias: Array, A: Array, tau: Array, h: Array,
    unfolds: int, implicit: bool, states: Array, gates: Array,
) -> None:  # fmt: skip
    """States (and gates, where there is room for them) of the sequences `first` to `last`."""
    batch, time, inputs, size = x.shape[1], x.shape[2], x.shape[3], A.shape[1]
    lanes = VECTOR_BYTES // A.itemsize
    columns = (size + lanes - 1) // lanes * lanes
    depth, keep = _depth(columns, inputs), gates.size > 0
    row, z_row = _stride(columns), _stride(depth)
    W = _forward_weights(weight[member], bias[member], columns, row)
    level, rate = _padded(A[member], columns), np.zeros(columns, A.dtype)
    rates(tau[member], rate[:size])
    nothing = np.zeros(columns, A.dtype)
    block_rows = min(BLOCK, last - first)
    samples = _samples(block_rows * unfolds, time)
    Z = np.zeros((samples * unfolds + 1) * block_rows * z_row, A.dtype)
    Z[columns + inputs :: z_row] = 1
    starts, out = start.reshape(-1), states.reshape(-1)
    a = np.empty(block_rows * row, A.dtype)
    tape = gates if keep else np.empty(block_rows * columns, A.dtype)
    steps = np.empty(block_rows, A.dtype)
    for block in range(first, last, BLOCK):
        n = min(BLOCK, last - block)
        slot, first_row = n * z_row, member * batch + block
        for i in range(n):
            _copy(starts, (first_row + i) * size, Z, i * z_row, size)
        f = first_row * time * unfolds * columns if keep else 0
        for t0 in range(0, time, samples):
            t1 = min(time, t0 + samples)
            for i in range(n):
                _fill(x[member, block + i, t0:t1], Z, i * z_row + columns, slot, unfolds)
            for t in range(t0, t1):
                for i in range(n):
                    steps[i] = h[block + i, t]
                for u in range(unfolds):
                    seen = ((t - t0) * unfolds + u) * slot
                    product(a, row, nothing, 0, Z, seen, z_row, 1, W, row, n, columns, depth)
                    _step_rows(a, row, Z, seen, seen + slot, z_row, tape, f, level, rate, steps, n, implicit)
                    if keep:
                        f += n * columns
            for i in range(n):
                for t in range(t0, t1):
                    at = (t - t0 + 1) * unfolds * slot + i * z_row
                    _copy(Z, at, out, ((first_row + i) * time + t) * size, size)
                _copy(Z, (t1 - t0) * unfolds * slot + i * z_row, Z, i * z_row, columns)


@compiled
def backward(
    member: int, part: int, first: int, last: int, x: Array, start: Array, weight: Array, A: Array, tau: Array, h: Array,
    unfolds: int, implicit: bool, states: Array, gates: Array, grad_states: Array, grad_last: Array,
    dx: Array, dstart: Array, totals: Array,
) -> None:  # fmt: skip
    """Gradients of the sequences `first` to `last`; their sums over these sequences go to `totals[member, part]`."""
    batch, time, inputs, size = x.shape[1], x.shape[2], x.shape[3], A.shape[1]
    lanes = VECTOR_BYTES // A.itemsize
    columns = (size + lanes - 1) // lanes * lanes
    depth = _depth(columns, inputs)
    back = columns + (inputs + lanes - 1) // lanes * lanes if dx.size > 0 else columns
    row, z_row, v_row = _stride(columns), _stride(depth), _stride(columns + inputs + lanes)
    W = _backward_weights(weight[member], columns, v_row)
    level, rate = _padded(A[member], columns), np.zeros(columns, A.dtype)
    rates(tau[member], rate[:size])
    dW, dlevel, drate = np.zeros(depth * row, A.dtype), np.zeros(columns, A.dtype), np.zeros(columns, A.dtype)
    block_rows = min(BLOCK, last - first)
    samples = _samples(block_rows * unfolds, time)
    Z = np.zeros(samples * unfolds * block_rows * z_row, A.dtype)
    Z[columns + inputs :: z_row] = 1
    starts, known, asked, asked_last = (
        start.reshape(-1),
        states.reshape(-1),
        grad_states.reshape(-1),
        grad_last.reshape(-1),
    )
    dstarts = dstart.reshape(-1)
    G = np.zeros(samples * unfolds * block_rows * row, A.dtype)
    steps = np.empty(block_rows, A.dtype)
    for block in range(first, last, BLOCK):
        n = min(BLOCK, last - block)
        v, first_row = np.zeros(n * v_row, A.dtype), member * batch + block
        if grad_last.size > 0:
            for i in range(n):
                _copy(asked_last, (first_row + i) * size, v, i * v_row, size)
        tape = first_row * time * unfolds * columns
        for t1 in range(time, 0, -samples):
            t0 = max(0, t1 - samples)
            if grad_states.size == 0 or unfolds > 1:
                G[:] = 0
            for i in range(n):
                _fill(x[member, block + i, t0:t1], Z, i * z_row + columns, n * z_row, unfolds)
                for t in range(t0, t1):
                    s, row_t = (t - t0) * unfolds * n + i, (first_row + i) * time + t
                    if t > 0:
                        _copy(known, (row_t - 1) * size, Z, s * z_row, size)
                    else:
                        _copy(starts, (first_row + i) * size, Z, s * z_row, size)
                    if grad_states.size > 0:
                        _copy(asked, row_t * size, G, (s + (unfolds - 1) * n) * row, size)
            for t in range(t1 - 1, t0 - 1, -1):
                s, f = (t - t0) * unfolds * n, tape + t * unfolds * n * columns
                for i in range(n):
                    steps[i] = h[block + i, t]
                    for j in range(columns, back):
                        v[i * v_row + j] = 0
                for u in range(unfolds - 1):
                    seen, to = (s + u * n) * z_row, (s + (u + 1) * n) * z_row
                    _repeat_rows(Z, seen, to, z_row, gates, f + u * n * columns, level, rate, steps, n, implicit)
                for u in range(unfolds - 1, -1, -1):
                    now = s + u * n
                    _back_rows(
                        v, v_row, Z, now * z_row, z_row, gates, f + u * n * columns, level, rate, dlevel, drate,
                        G, now * row, row, steps, n, implicit,
                    )  # fmt: skip
                    product(v, v_row, v, v_row, G, now * row, row, 1, W, v_row, n, back, columns)
                if dx.size > 0:
                    for i in range(n):
                        for j in range(inputs):
                            dx[member, block + i, t, j] = v[i * v_row + columns + j]
            product(dW, row, dW, row, Z, 0, 1, z_row, G, row, depth, columns, (t1 - t0) * unfolds * n)
        for i in range(n):
            _copy(v, i * v_row, dstarts, (first_row + i) * size, size)
    total, z_size = totals[member, part], inputs + size
    for i in range(size):
        for j in range(size):
            total[i * z_size + inputs + j] = dW[j * row + i]
        for j in range(inputs):
            total[i * z_size + j] = dW[(columns + j) * row + i]
        total[size * z_size + i] = dW[(columns + inputs) * row + i]
        total[size * (z_size + 1) + i] = dlevel[i]
        total[size * (z_size + 2) + i] = drate[i] * rate_slope(tau[member, i], rate[i])


def compile_all() -> None:
    """Compile both loops, or load them from disk."""
    compile_scan(forward, backward)
