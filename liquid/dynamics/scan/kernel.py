"""The scan's loops, arranged for vector registers: arguments and numbers of `scan_loops.py`, several times as fast.

With z = [x, I, 1], what a gate sees, as one row for every sequence of a block (up to BLOCK go through time together),
and W the layer's weights with the bias as last column, a step is three small products and a formula for each element:

    a = z W^T   the gates' arguments        dz = da W   back through them        dW += da^T z   for a chunk of samples

All three are `product`: out = start + P Q in tiles of 6 x 2 vectors, whose sums stay in registers while j runs:

              Q   j  | ........[q0 q0 q0 q0|q1 q1 q1 q1]........    one row of Q: two vector loads
                     |            |           |
       P    [p0] --- + --- out [ s00 . . . . s01 . . . ]            a number of P, spread over a vector,
       j ->  [p1] -- + ------- [ s10 . . . . s11 . . . ]            times q0 and q1, added to its row's two sums:
              [p2] - + ------- [ s20 . . . . s21 . . . ]            8 loads for 12 multiply-adds of a vector,
               [..]  + ------- [ ... . . . . ... . . . ]            and no store until j has come to its end

12 sums, q0, q1 and a p fill the 16 registers of AVX2. Rows come in fours: sixes as far as they go, then a four or two.
Columns are padded to whole vectors with zeros. Rows of a matrix lie an odd number of cache lines apart (`odd_lines`):
with a power of two between them, a column of Q would share a few sets of the cache and push itself out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from liquid.dynamics.compiled import compiled
from liquid.dynamics.scan.calls import (
    Addresses,
    Call,
    Loops,
    Task,
    backward_arrays,
    compile_scan,
    each_task,
    forward_arrays,
)
from liquid.dynamics.scan.loops import rate_slope, rates
from liquid.dynamics.scan.simd import VECTOR_BYTES, make_tile
from liquid.dynamics.scan.steps import ROWS, Neurons, Plan, make_plan, move, step, step_back

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
def _forward_weights(weight: Array, bias: Array, plan: Plan) -> Array:
    W = np.zeros((plan.depth, plan.a_row), weight.dtype)
    for i in range(plan.size):
        for j in range(plan.size):
            W[j, i] = weight[i, plan.inputs + j]
        for j in range(plan.inputs):
            W[plan.columns + j, i] = weight[i, j]
        W[plan.columns + plan.inputs, i] = bias[i]
    return W.reshape(-1)


@compiled
def _backward_weights(weight: Array, plan: Plan) -> Array:
    W = np.zeros((plan.columns, plan.v_row), weight.dtype)
    for i in range(plan.size):
        for j in range(plan.size):
            W[i, j] = weight[i, plan.inputs + j]
        for j in range(plan.inputs):
            W[i, plan.columns + j] = weight[i, j]
    return W.reshape(-1)


@compiled
def _lengths(h: Array, block: int, t: int, steps: Array, n: int) -> None:
    for i in range(n):
        steps[i] = h[block + i, t]


@compiled
def _forward(task: Task, call: Call, addresses: Addresses, like: Array) -> None:
    """States (and the tape, where there is room for it) of the sequences of a task."""
    member, _, first, last = task
    x, start, weight, bias, A, tau, h, states, final, kept = forward_arrays(call, addresses, like)
    unfolds, varied, batch = call[0], call[14] != 0, call[3]  # varied: the solver's steps, from sample to sample
    rows, keep = min(BLOCK, last - first), kept.size > 0
    plan = make_plan(call, VECTOR_BYTES // like.itemsize, rows, False)
    W, neurons = _forward_weights(weight[member], bias[member], plan), _neurons(A[member], tau[member], plan.columns)
    a, nothing, steps = np.empty(rows * plan.a_row, A.dtype), np.zeros(plan.columns, A.dtype), np.empty(rows, A.dtype)
    tape = kept.reshape(-1) if keep else np.empty((plan.samples * unfolds + 1) * rows * plan.row, A.dtype)
    starts, out, finals = start.reshape(-1), states.reshape(-1), final.reshape(-1)
    for block in range(first, last, BLOCK):
        n = min(BLOCK, last - block)
        slot, row = n * plan.row, member * batch + block
        now = row * (plan.time * unfolds + 1) * plan.row if keep else 0
        top = now
        for i in range(n):
            state = now + i * plan.row + plan.columns
            tape[state : state + plan.columns] = 0
        if starts.size > 0:
            _copy(starts, row * plan.size, plan.size, tape, now + plan.columns, plan.row, n, plan.size)
        for t0 in range(0, plan.time, plan.samples):
            t1 = min(plan.time, t0 + plan.samples)
            if not keep:
                _copy(tape, now + plan.columns, plan.row, tape, top + plan.columns, plan.row, n, plan.columns)
                now = top
            for i in range(n):
                at = now + i * plan.row + 2 * plan.columns
                _fill(x[member, block + i, t0:t1], tape, at, slot, unfolds, plan.depth - plan.columns)
            for t in range(t0, t1):
                if varied or t == t0:
                    _lengths(h, block, t, steps, n)
                for _ in range(unfolds):
                    z, size = now + plan.columns, plan.columns
                    product(a, plan.a_row, nothing, 0, tape, z, plan.row, 1, W, plan.a_row, n, size, plan.depth)
                    step(a, tape, now, now + slot, neurons, steps, plan, n)
                    now += slot
                at = (row * plan.time + t) * plan.size
                _copy(tape, now + plan.columns, plan.row, out, at, plan.time * plan.size, n, plan.size)
        _copy(tape, now + plan.columns, plan.row, finals, row * plan.size, plan.size, n, plan.size)


# The gradients that the states of a block were given, for the samples t0 to t1
@compiled
def _load(G: Array, n: int, t0: int, t1: int, asked: Array, row: int, plan: Plan) -> None:
    G[:] = 0  # the padding too: an old NaN times a zero weight would be NaN
    if asked.size > 0:
        for i in range(n):
            g, s = (i + (plan.unfolds - 1) * n) * plan.a_row, ((row + i) * plan.time + t0) * plan.size
            _copy(asked, s, plan.size, G, g, plan.unfolds * n * plan.a_row, t1 - t0, plan.size)


@compiled
def _backward(task: Task, call: Call, addresses: Addresses, like: Array) -> None:
    """Gradients of the sequences of a task; their sums over these sequences go to `totals[member, part]`."""
    member, part, first, last = task
    weight, A, tau, h, kept, grad_states, grad_final, dx, dstart, totals = backward_arrays(call, addresses, like)
    unfolds, varied, batch = call[0], call[14] != 0, call[3]  # varied: the solver's steps, from sample to sample
    rows = min(BLOCK, last - first)
    plan = make_plan(call, VECTOR_BYTES // like.itemsize, rows, dx.size > 0)
    W, neurons = _backward_weights(weight[member], plan), _neurons(A[member], tau[member], plan.columns)
    dW, sums = np.zeros(plan.depth * plan.a_row, A.dtype), (np.zeros_like(neurons[0]), np.zeros_like(neurons[0]))
    # In float64, where a running float32 would lose digits with the length of a series
    long_dW, long_sums = np.zeros(dW.size), (np.zeros(plan.columns), np.zeros(plan.columns))
    G, steps = np.empty(plan.samples * unfolds * rows * plan.a_row, A.dtype), np.empty(rows, A.dtype)
    tape, dstarts = kept.reshape(-1), dstart.reshape(-1)
    asked, asked_last = grad_states.reshape(-1), grad_final.reshape(-1)
    for block in range(first, last, BLOCK):
        n = min(BLOCK, last - block)
        row, summed, v = member * batch + block, 0, np.zeros(rows * plan.v_row, A.dtype)
        top, slot = row * (plan.time * unfolds + 1) * plan.row, n * plan.row
        if asked_last.size > 0:
            _copy(asked_last, row * plan.size, plan.size, v, 0, plan.v_row, n, plan.size)
        for t1 in range(plan.time, 0, -plan.samples):
            t0 = max(0, t1 - plan.samples)
            _load(G, n, t0, t1, asked, row, plan)
            for t in range(t1 - 1, t0 - 1, -1):
                if varied or t == t1 - 1:
                    _lengths(h, block, t, steps, n)
                for s in range((t + 1) * unfolds - 1, t * unfolds - 1, -1):
                    g, size = (s - t0 * unfolds) * n * plan.a_row, plan.columns
                    step_back(v, tape, top + s * slot, neurons, sums, G, g, steps, plan, n)
                    product(v, plan.v_row, v, plan.v_row, G, g, plan.a_row, 1, W, plan.v_row, n, plan.back, size)
                if dx.size > 0:
                    _unload(v, dx[member, block : block + n, t], plan)
            z, done = top + t0 * unfolds * slot + plan.columns, (t1 - t0) * unfolds * n
            product(dW, plan.a_row, dW, plan.a_row, tape, z, 1, plan.row, G, plan.a_row, plan.depth, plan.columns, done)
            summed += done
            if summed >= SHORT or t0 == 0:
                summed = 0
                _move_sum(dW, long_dW)
                _move_sum(sums[0], long_sums[0])
                _move_sum(sums[1], long_sums[1])
        if dstarts.size > 0:
            _copy(v, 0, plan.v_row, dstarts, row * plan.size, plan.size, n, plan.size)
    _total(long_dW, long_sums, tau[member], neurons[1], totals[member, part], plan)


@compiled
def _move_sum(short: Array, total: Array) -> None:
    for i in range(short.size):
        total[i] += short[i]
        short[i] = 0


@compiled
def _unload(v: Array, dinputs: Array, plan: Plan) -> None:
    for i in range(dinputs.shape[0]):
        for j in range(plan.inputs):
            dinputs[i, j] = v[i * plan.v_row + plan.columns + j]
            v[i * plan.v_row + plan.columns + j] = 0


@compiled
def _total(dW: Array, sums: tuple[Array, Array], tau: Array, rate: Array, total: Array, plan: Plan) -> None:
    size, inputs, width = plan.size, plan.inputs, plan.inputs + plan.size
    for i in range(size):
        for j in range(size):
            total[i * width + inputs + j] = dW[j * plan.a_row + i]
        for j in range(inputs):
            total[i * width + j] = dW[(plan.columns + j) * plan.a_row + i]
        total[size * width + i] = dW[(plan.columns + inputs) * plan.a_row + i]
        total[size * (width + 1) + i] = sums[0][i]
        total[size * (width + 2) + i] = sums[1][i] * rate_slope(tau[i], rate[i])


def forward(job: Any) -> None:
    each_task(job, _forward)


def backward(job: Any) -> None:
    each_task(job, _backward)


def compile_loops(precision: str) -> Loops:
    """These loops, compiled for "float32" or "float64"."""
    return compile_scan(forward, backward, precision)
