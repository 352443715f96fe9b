"""The scan as plain loops: what every faster kernel must reproduce, and is tested against.

One call does the sequences `first` to `last` of one member, so that threads share a batch without sharing a sum.
`liquid/dynamics/scan/jobs.py` says which arrays a job is given.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liquid.dynamics.compiled import compiled
from liquid.dynamics.scan.access import Loops, backward_arrays, compile_scan, each_share, forward_arrays
from liquid.dynamics.scan.jobs import Call, Share
from liquid.dynamics.scan.steps import rate_derivative, rates

Array = NDArray[Any]


# Euler         : x <- x + h (-x rate + f (A - x))
# semi-implicit : x <- (x + h f A) / (1 + h (rate + f))
@compiled
def step(x: Array, f: Array, A: Array, rate: Array, h: float, implicit: bool, out: Array) -> None:
    for i in range(x.size):
        if implicit:
            out[i] = (x[i] + h * f[i] * A[i]) / (1 + h * (rate[i] + f[i]))
        else:
            out[i] = x[i] + h * (f[i] * (A[i] - x[i]) - rate[i] * x[i])


# f = sigmoid(W [I, x] + b)
@compiled
def gate(W: Array, b: Array, inputs: Array, x: Array, f: Array) -> None:
    width = inputs.size
    for i in range(x.size):
        argument = b[i]
        for j in range(width):
            argument += W[i, j] * inputs[j]
        for j in range(x.size):
            argument += W[i, width + j] * x[j]
        f[i] = 1 / (1 + math.exp(-argument))


@compiled
def _forward(job: Any, share: Share, call: Call, like: Array) -> None:
    """States (and the tape, if it is kept) of the sequences of a share."""
    member, _, first, last = share
    x, start, weight, bias, A, tau, h, states, final, tape = forward_arrays(job, call, like)
    unfolds, implicit, width = call.unfolds, call.implicit == 1, call.row
    W, b, level = weight[member], bias[member], A[member]
    time, size = x.shape[2], A.shape[1]
    rate, f = np.empty_like(level), np.empty_like(level)
    rates(tau[member], rate)
    for row in range(first, last):
        state = np.zeros_like(level)
        if start.size > 0:
            state[:] = start[member, row]
        for t in range(time):
            for u in range(unfolds):
                gate(W, b, x[member, row, t], state, f)
                if tape.size > 0:
                    at = (row * (time * unfolds + 1) + t * unfolds + u) * width
                    tape[member, at : at + size] = f
                    tape[member, at + size : at + 2 * size] = state
                    tape[member, at + 2 * size : at + 2 * size + x.shape[3]] = x[member, row, t]
                step(state, f, level, rate, h[row, t], implicit, state)
            states[member, row, t] = state
        final[member, row] = state


# The step's derivatives, for v = dL/d(new x). With
#   Euler         : w = v,                     y = old x,  keep = 1 - h (rate + f)
#   semi-implicit : w = v / (1 + h (rate + f)), y = new x,  keep = 1
# dL/dA = w h f,  dL/drate = -w h y,  dL/df = w h (A - y),  dL/d(old x) = w keep + W_x^T dL/da,  a = the gate's argument
@compiled
def step_back(
    v: Array,
    old: Array,
    new: Array,
    f: Array,
    A: Array,
    rate: Array,
    h: float,
    implicit: bool,
    da: Array,
    dA: Array,
    drate: Array,
) -> None:
    for i in range(v.size):
        leak = 1 + h * (rate[i] + f[i])
        w = v[i] / leak if implicit else v[i]
        y = new[i] if implicit else old[i]
        dA[i] += w * h * f[i]
        drate[i] -= w * h * y
        da[i] = w * h * (A[i] - y) * f[i] * (1 - f[i])
        v[i] = w if implicit else w * (2 - leak)


# a = W [I, x] + b:  dW += da [I, x]^T,  db += da,  d[I, x] += W^T da
@compiled
def gate_back(da: Array, W: Array, inputs: Array, x: Array, dW: Array, db: Array, dinputs: Array, dx: Array) -> None:
    width = inputs.size
    for i in range(x.size):
        db[i] += da[i]
        for j in range(width):
            dW[i, j] += da[i] * inputs[j]
        for j in range(dinputs.size):
            dinputs[j] += da[i] * W[i, j]
        for j in range(x.size):
            dW[i, width + j] += da[i] * x[j]
            dx[j] += da[i] * W[i, width + j]


@compiled
def _backward(job: Any, share: Share, call: Call, like: Array) -> None:
    """Gradients of the sequences of a share; their sums over these sequences go to `totals[member, part]`."""
    member, part, first, last = share
    weight, A, tau, h, tape, grad_states, grad_final, dx, dstart, totals = backward_arrays(job, call, like)
    unfolds, implicit, time, inputs, width = call.unfolds, call.implicit == 1, call.time, call.inputs, call.row
    size, z_size = weight.shape[1:]
    W, level = weight[member], A[member]
    total = np.zeros(totals.shape[2])  # in float64: a running float32 would lose digits with the length
    dW = total[: size * z_size].reshape(size, z_size)
    db, dlevel, drate = total[size * z_size :].reshape(3, size)
    rate, da, v = np.empty_like(level), np.empty_like(level), np.empty_like(level)
    rates(tau[member], rate)
    new, nobody = np.empty_like(level), np.empty(0, level.dtype)
    for row in range(first, last):
        v[:] = 0
        if grad_final.size > 0:
            v[:] = grad_final[member, row]
        for t in range(time - 1, -1, -1):
            if grad_states.size > 0:
                v += grad_states[member, row, t]
            dinputs = dx[member, row, t] if dx.size > 0 else nobody
            dinputs[:] = 0
            for u in range(unfolds - 1, -1, -1):
                at = (row * (time * unfolds + 1) + t * unfolds + u) * width
                seen = tape[member, at : at + 2 * size + inputs]
                f, old = seen[:size], seen[size : 2 * size]
                step(old, f, level, rate, h[row, t], implicit, new)
                step_back(v, old, new, f, level, rate, h[row, t], implicit, da, dlevel, drate)
                gate_back(da, W, seen[2 * size :], old, dW, db, dinputs, v)
        if dstart.size > 0:
            dstart[member, row] = v
    for i in range(size):
        drate[i] *= rate_derivative(tau[member, i], rate[i])
    totals[member, part] = total


def forward(job: Any) -> None:
    each_share(job, _forward)


def backward(job: Any) -> None:
    each_share(job, _backward)


def compile_loops(precision: str) -> Loops:
    """These loops, compiled for "float32" or "float64"."""
    return compile_scan(forward, backward, precision)
