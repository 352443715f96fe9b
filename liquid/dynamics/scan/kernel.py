"""The scan's loops, arranged for vector registers. A test holds them to plain loops, several times as slow.

README.md has the picture of the blocking. Rows come in fours: sixes as far as they go, then a four or two. Columns are
padded to whole vectors with zeros.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from liquid.dynamics.compiled import compiled
from liquid.dynamics.scan.access import Loops, backward_arrays, compile_scan, each_share, forward_arrays
from liquid.dynamics.scan.jobs import Call, Share
from liquid.dynamics.scan.simd import VECTOR_BYTES, make_tile
from liquid.dynamics.scan.steps import ROWS, Layout, Neurons, make_layout, move, rate_derivative, rates, step, step_back

Array = NDArray[Any]

BLOCK = 16  # sequences
SHORT = 1024  # rows whose sum keeps its digits in float32

_tile_6x2, _tile_4x2, _tile_4x1 = make_tile(6, 2), make_tile(ROWS, 2), make_tile(ROWS, 1)
_tile_1x4, _tile_1x1 = make_tile(1, 4, splits=2), make_tile(1, 1, splits=ROWS)


# out = start + P Q
@compiled
def product(
    out: Array, out_row: int, start: Array, start_row: int, P: Array, p: int, p_row: int, p_j: int, Q: Array, q_j: int,
    rows: int, columns: int, n: int,
) -> None:  # fmt: skip
    """Strides and offsets in numbers. Where rows is no multiple of ROWS, n has to be one."""
    lanes = VECTOR_BYTES // out.itemsize
    whole = rows - rows % ROWS
    sixes = whole - whole % 6 - (6 if whole % 6 == 2 else 0)
    c = 0
    while whole > 0 and c < columns:
        two = columns - c >= 2 * lanes
        if two:
            for r in range(0, sixes, 6):
                o, s, at = r * out_row + c, r * start_row + c, p + r * p_row
                _tile_6x2(out, o, out_row, start, s, start_row, P, at, p_row, p_j, Q, c, q_j, n)
            for r in range(sixes, whole, ROWS):
                o, s, at = r * out_row + c, r * start_row + c, p + r * p_row
                _tile_4x2(out, o, out_row, start, s, start_row, P, at, p_row, p_j, Q, c, q_j, n)
        else:
            for r in range(0, whole, ROWS):
                o, s, at = r * out_row + c, r * start_row + c, p + r * p_row
                _tile_4x1(out, o, out_row, start, s, start_row, P, at, p_row, p_j, Q, c, q_j, n)
        c += 2 * lanes if two else lanes
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


# Rows of `count` numbers, from one place and distance to another
@compiled
def _copy(source: Array, s: int, s_row: int, target: Array, t: int, t_row: int, rows: int, count: int) -> None:
    lanes = VECTOR_BYTES // target.itemsize
    whole = count - count % lanes
    for _ in range(rows):
        for c in range(0, whole, lanes):
            move((source, s + c), (target[0],), (target, t + c))
        for c in range(whole, count):
            target[t + c] = source[s + c]
        s += s_row
        t += t_row


# One sequence's inputs, each to the rows that its solver steps will read; then the 1 that the bias is multiplied by,
# and zeros: 0 times NaN, which fresh memory may hold, would be NaN
@compiled
def _fill(inputs: Array, tape: Array, at: int, slot: int, unfolds: int, rest: int) -> None:
    width = inputs.shape[1]
    for t in range(inputs.shape[0]):
        for _ in range(unfolds):
            for j in range(width):
                tape[at + j] = inputs[t, j]
            tape[at + width] = 1
            for j in range(width + 1, rest):
                tape[at + j] = 0
            at += slot


@compiled
def _neurons(A: Array, tau: Array, columns: int) -> Neurons:
    """A, rate = 1 / tau, and 1 for every neuron that there is, in whole vectors."""
    level, rate, live = np.zeros(columns, A.dtype), np.zeros(columns, A.dtype), np.zeros(columns, A.dtype)
    level[: A.size] = A
    rates(tau, rate[: A.size])
    live[: A.size] = 1
    return level, rate, live


# The weights with rows in the order of z, and with columns in the order of z: what `product` reads as Q
@compiled
def _forward_weights(weight: Array, bias: Array, layout: Layout) -> Array:
    W = np.zeros((layout.depth, layout.a_row), weight.dtype)
    for i in range(layout.size):
        for j in range(layout.size):
            W[j, i] = weight[i, layout.inputs + j]
        for j in range(layout.inputs):
            W[layout.columns + j, i] = weight[i, j]
        W[layout.columns + layout.inputs, i] = bias[i]
    return W.reshape(-1)


@compiled
def _backward_weights(weight: Array, layout: Layout) -> Array:
    W = np.zeros((layout.columns, layout.v_row), weight.dtype)
    for i in range(layout.size):
        for j in range(layout.size):
            W[i, j] = weight[i, layout.inputs + j]
        for j in range(layout.inputs):
            W[i, layout.columns + j] = weight[i, j]
    return W.reshape(-1)


@compiled
def _lengths(h: Array, block: int, t: int, steps: Array, n: int) -> None:
    for i in range(n):
        steps[i] = h[block + i, t]


@compiled
def _forward(job: Any, share: Share, call: Call, like: Array) -> None:
    """States (and the tape, if it is kept) of the sequences of a share."""
    member, _, first, last = share
    x, start, weight, bias, A, tau, h, states, final, kept_tape = forward_arrays(job, call, like)
    unfolds, batch = call.unfolds, call.batch
    varied = call.h_time != 0  # the solver's steps differ from sample to sample
    rows, keep = min(BLOCK, last - first), kept_tape.size > 0
    layout = make_layout(call, VECTOR_BYTES // like.itemsize, rows, False)
    W, neurons = (
        _forward_weights(weight[member], bias[member], layout),
        _neurons(A[member], tau[member], layout.columns),
    )
    a, nothing, steps = (
        np.empty(rows * layout.a_row, A.dtype),
        np.zeros(layout.columns, A.dtype),
        np.empty(rows, A.dtype),
    )
    tape = kept_tape.reshape(-1) if keep else np.empty((layout.samples * unfolds + 1) * rows * layout.row, A.dtype)
    starts, out, finals = start.reshape(-1), states.reshape(-1), final.reshape(-1)
    for block in range(first, last, BLOCK):
        n = min(BLOCK, last - block)
        slot, row = n * layout.row, member * batch + block
        now = row * (layout.time * unfolds + 1) * layout.row if keep else 0
        top = now
        for i in range(n):
            state = now + i * layout.row + layout.columns
            tape[state : state + layout.columns] = 0
        if starts.size > 0:
            _copy(starts, row * layout.size, layout.size, tape, now + layout.columns, layout.row, n, layout.size)
        for t0 in range(0, layout.time, layout.samples):
            t1 = min(layout.time, t0 + layout.samples)
            if not keep:
                _copy(tape, now + layout.columns, layout.row, tape, top + layout.columns, layout.row, n, layout.columns)
                now = top
            for i in range(n):
                at = now + i * layout.row + 2 * layout.columns
                _fill(x[member, block + i, t0:t1], tape, at, slot, unfolds, layout.depth - layout.columns)
            for t in range(t0, t1):
                if varied or t == t0:
                    _lengths(h, block, t, steps, n)
                for _ in range(unfolds):
                    z, size = now + layout.columns, layout.columns
                    product(a, layout.a_row, nothing, 0, tape, z, layout.row, 1, W, layout.a_row, n, size, layout.depth)
                    step(a, tape, now, now + slot, neurons, steps, layout, n)
                    now += slot
                at = (row * layout.time + t) * layout.size
                _copy(tape, now + layout.columns, layout.row, out, at, layout.time * layout.size, n, layout.size)
        _copy(tape, now + layout.columns, layout.row, finals, row * layout.size, layout.size, n, layout.size)


# The gradients that the states of a block were given, for the samples t0 to t1
@compiled
def _load(G: Array, n: int, t0: int, t1: int, d_states: Array, row: int, layout: Layout) -> None:
    G[:] = 0  # the padding too: an old NaN times a zero weight would be NaN
    if d_states.size > 0:
        for i in range(n):
            g, s = (i + (layout.unfolds - 1) * n) * layout.a_row, ((row + i) * layout.time + t0) * layout.size
            _copy(d_states, s, layout.size, G, g, layout.unfolds * n * layout.a_row, t1 - t0, layout.size)


@compiled
def _backward(job: Any, share: Share, call: Call, like: Array) -> None:
    """Gradients of the sequences of a share; their sums over these sequences go to `totals[member, part]`."""
    member, part, first, last = share
    weight, A, tau, h, kept_tape, grad_states, grad_final, dx, dstart, totals = backward_arrays(job, call, like)
    unfolds, batch = call.unfolds, call.batch
    varied = call.h_time != 0  # the solver's steps differ from sample to sample
    rows = min(BLOCK, last - first)
    layout = make_layout(call, VECTOR_BYTES // like.itemsize, rows, dx.size > 0)
    W, neurons = _backward_weights(weight[member], layout), _neurons(A[member], tau[member], layout.columns)
    dW, sums = np.zeros(layout.depth * layout.a_row, A.dtype), (np.zeros_like(neurons[0]), np.zeros_like(neurons[0]))
    # In float64, where a running float32 would lose digits with the length of a series
    long_dW, long_sums = np.zeros(dW.size), (np.zeros(layout.columns), np.zeros(layout.columns))
    G, steps = np.empty(layout.samples * unfolds * rows * layout.a_row, A.dtype), np.empty(rows, A.dtype)
    tape, dstarts = kept_tape.reshape(-1), dstart.reshape(-1)
    d_states, d_final = grad_states.reshape(-1), grad_final.reshape(-1)
    for block in range(first, last, BLOCK):
        n = min(BLOCK, last - block)
        row, summed, v = member * batch + block, 0, np.zeros(rows * layout.v_row, A.dtype)
        top, slot = row * (layout.time * unfolds + 1) * layout.row, n * layout.row
        if d_final.size > 0:
            _copy(d_final, row * layout.size, layout.size, v, 0, layout.v_row, n, layout.size)
        for t1 in range(layout.time, 0, -layout.samples):
            t0 = max(0, t1 - layout.samples)
            _load(G, n, t0, t1, d_states, row, layout)
            for t in range(t1 - 1, t0 - 1, -1):
                if varied or t == t1 - 1:
                    _lengths(h, block, t, steps, n)
                for s in range((t + 1) * unfolds - 1, t * unfolds - 1, -1):
                    g, size = (s - t0 * unfolds) * n * layout.a_row, layout.columns
                    step_back(v, tape, top + s * slot, neurons, sums, G, g, steps, layout, n)
                    product(
                        v, layout.v_row, v, layout.v_row, G, g, layout.a_row, 1, W, layout.v_row, n, layout.back, size
                    )
                if dx.size > 0:
                    _unload(v, dx[member, block : block + n, t], layout)
            z, done = top + t0 * unfolds * slot + layout.columns, (t1 - t0) * unfolds * n
            product(
                dW,
                layout.a_row,
                dW,
                layout.a_row,
                tape,
                z,
                1,
                layout.row,
                G,
                layout.a_row,
                layout.depth,
                layout.columns,
                done,
            )
            summed += done
            if summed >= SHORT or t0 == 0:
                summed = 0
                _move_sum(dW, long_dW)
                _move_sum(sums[0], long_sums[0])
                _move_sum(sums[1], long_sums[1])
        if dstarts.size > 0:
            _copy(v, 0, layout.v_row, dstarts, row * layout.size, layout.size, n, layout.size)
    _total(long_dW, long_sums, tau[member], neurons[1], totals[member, part], layout)


@compiled
def _move_sum(short: Array, total: Array) -> None:
    for i in range(short.size):
        total[i] += short[i]
        short[i] = 0


@compiled
def _unload(v: Array, dinputs: Array, layout: Layout) -> None:
    for i in range(dinputs.shape[0]):
        for j in range(layout.inputs):
            dinputs[i, j] = v[i * layout.v_row + layout.columns + j]
            v[i * layout.v_row + layout.columns + j] = 0


@compiled
def _total(dW: Array, sums: tuple[Array, Array], tau: Array, rate: Array, total: Array, layout: Layout) -> None:
    size, inputs, width = layout.size, layout.inputs, layout.inputs + layout.size
    for i in range(size):
        for j in range(size):
            total[i * width + inputs + j] = dW[j * layout.a_row + i]
        for j in range(inputs):
            total[i * width + j] = dW[(layout.columns + j) * layout.a_row + i]
        total[size * width + i] = dW[(layout.columns + inputs) * layout.a_row + i]
        total[size * (width + 1) + i] = sums[0][i]
        total[size * (width + 2) + i] = sums[1][i] * rate_derivative(tau[i], rate[i])


def forward(job: Any) -> None:
    each_share(job, _forward)


def backward(job: Any) -> None:
    each_share(job, _backward)


def compile_loops(precision: str) -> Loops:
    """These loops, compiled for "float32" or "float64"."""
    return compile_scan(forward, backward, precision)
