r"""Derivatives of single states, for methods that want more than the sum over all: Gauss-Newton, Levenberg-Marquardt.

One number c^T x_t of the states has a derivative with respect to every parameter. It is found backward in time, for all
t of a sequence at once (adjoints \lambda_t[neuron, column], a column for every t and c that are asked for):

    da        = \lambda \, \partial x_{new} / \partial a                 back through the gate, a = W z, z = [I, x, 1]
    \lambda  <- \lambda \, \partial x_{new} / \partial x + W_x^T da      back by one step
    dW[t]     = \sum_s da_t(s)\, z(s)^T                                   once the sequence is through

Forward sensitivities dx/d theta give the same at state^2 x parameters a step; this costs state^2 x time / 2, a tenth of
it for 300 parameters and a window of 64. Both products are the scan's own (`kernel.product`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from liquid.dynamics.compiled import compiled
from liquid.dynamics.scan.kernel import product
from liquid.dynamics.scan.steps import rate_derivative, rates

__all__ = ["COLUMNS", "TILE", "Layer", "apart", "outer", "product", "sensitivities", "whole"]

Array = NDArray[np.float64]

COLUMNS = 96  # adjoints that go back together: their history stays in the cache
TILE = 8  # columns: two vectors of float64


class Layer(NamedTuple):
    """Parameters of one liquid layer in float64, C-contiguous: weight[state, input + state]; bias, A, tau[state]."""

    weight: Array
    bias: Array
    A: Array
    tau: Array


def sensitivities(
    x: Array, layer: Layer, h: Array, unfolds: int, implicit: bool, directions: Array, first: int
) -> tuple[Array, Array]:
    """States `[batch, time, state]` from a zero start, and derivatives `[directions, parameters, batch, samples]`.

    x is `[batch, time, input]`, h `[batch, time]` the length of a solver step. Differentiated are the products of the
    states from sample `first` on with each of `directions[directions, state]`, in the order A, tau, weight, bias: that
    of LiquidLayer.parameters().
    """
    batch, time, _ = x.shape
    states = np.empty((batch, time, layer.A.size))
    rows = sum(values.size for values in layer)
    derivatives = np.zeros((len(directions), rows, batch, time - first))
    weight, bias, A, tau = (np.ascontiguousarray(values, dtype=np.float64) for values in layer)
    _sensitivities(
        np.ascontiguousarray(x, dtype=np.float64),
        weight,
        bias,
        A,
        tau,
        np.ascontiguousarray(np.broadcast_to(h, (batch, time)), dtype=np.float64),
        unfolds,
        implicit,
        np.ascontiguousarray(directions, dtype=np.float64),
        first,
        states,
        derivatives,
    )
    return states, derivatives


@compiled
def _sensitivities(
    x: Array, weight: Array, bias: Array, A: Array, tau: Array, h: Array, unfolds: int, implicit: bool,
    directions: Array, first: int, states: Array, derivatives: Array,
) -> None:  # fmt: skip
    batch, time, inputs = x.shape
    size, width, steps = A.size, inputs + A.size + 1, time * unfolds
    neurons, row = whole(size, 4), whole(width, 4)
    rate = np.empty(size)
    rates(tau, rate)
    samples = min(time - first, max(1, COLUMNS // len(directions)))  # that go back together
    columns = whole(samples * len(directions), TILE)
    W = np.zeros(size * neurons)  # W_x, rows padded
    for i in range(size):
        W[i * neurons : i * neurons + size] = weight[i, inputs:]
    z, f = np.zeros((steps + 1) * row), np.empty((steps, size))
    v, da = np.empty(neurons * columns), np.empty(steps * size * columns)
    dA, drate, dW = np.empty((size, columns)), np.empty((size, columns)), np.empty(row * columns)
    for sequence in range(batch):
        _through(x[sequence], weight, bias, A, rate, h[sequence], unfolds, implicit, z, row, f)
        for t in range(time):
            at = (t + 1) * unfolds * row + inputs
            states[sequence, t] = z[at : at + size]
        for t0 in range(first, time, samples):
            t1 = min(time, t0 + samples)
            v[:], dA[:], drate[:] = 0, 0, 0
            _back(W, A, rate, h[sequence], unfolds, implicit, directions, z, row, inputs, f, t0, t1, v, da, dA, drate)
            for i in range(size):
                drate[i] *= rate_derivative(tau[i], rate[i])
                apart(dA[i], derivatives[:, i, sequence, t0 - first : t1 - first])
                apart(drate[i], derivatives[:, size + i, sequence, t0 - first : t1 - first])
                outer(dW, z, row, da[i * columns :], size * columns, columns, t0, t1, unfolds, len(directions))
                for j in range(width):
                    p = 2 * size + (i * (width - 1) + j if j < width - 1 else size * (width - 1) + i)
                    apart(dW[j * columns :], derivatives[:, p, sequence, t0 - first : t1 - first])


# Columns, sample by sample and direction by direction, to [direction, sample]
@compiled
def apart(columns: Array, out: Array) -> None:
    many, samples = out.shape
    for k in range(many):
        for t in range(samples):
            out[k, t] = columns[t * many + k]


@compiled
def whole(count: int, tile: int) -> int:
    return (count + tile - 1) // tile * tile


# One sequence: z = [I, x, 1] of every solver step, and its gates
@compiled
def _through(
    x: Array, weight: Array, bias: Array, A: Array, rate: Array, h: Array, unfolds: int, implicit: bool, z: Array,
    row: int, f: Array,
) -> None:  # fmt: skip
    time, inputs = x.shape
    z[:row] = 0
    for s in range(time * unfolds):
        at, step = s * row, h[s // unfolds]
        z[at : at + inputs] = x[s // unfolds]
        z[at + inputs + A.size] = 1
        for i in range(A.size):
            a = bias[i]
            for j in range(inputs + A.size):
                a += weight[i, j] * z[at + j]
            f[s, i] = 1 / (1 + math.exp(-a))
            old = z[at + inputs + i]
            if implicit:
                new = (old + step * f[s, i] * A[i]) / (1 + step * (rate[i] + f[s, i]))
            else:
                new = old + step * (f[s, i] * (A[i] - old) - rate[i] * old)
            z[at + row + inputs + i] = new


# The adjoints of the samples t0 to t1, back to the start of the sequence: da[step, neuron, column] is kept whole
@compiled
def _back(
    W: Array, A: Array, rate: Array, h: Array, unfolds: int, implicit: bool, directions: Array, z: Array, row: int,
    inputs: int, f: Array, t0: int, t1: int, v: Array, da: Array, dA: Array, drate: Array,
) -> None:  # fmt: skip
    size, columns, many = A.size, dA.shape[1], len(directions)
    for s in range(t1 * unfolds - 1, -1, -1):
        t = s // unfolds
        begins = max(0, (t - t0) * many)
        if t >= t0 and s % unfolds == unfolds - 1:
            for k in range(many):
                for i in range(size):
                    v[i * columns + begins + k] = directions[k, i]
        low, step = begins // TILE * TILE, h[t]
        for i in range(size):
            g, old, new = f[s, i], z[s * row + inputs + i], z[(s + 1) * row + inputs + i]
            if implicit:
                keep = 1 / (1 + step * (rate[i] + g))
                to_a, to_A, to_rate = keep * step * (A[i] - new), keep * step * g, -keep * step * new
            else:
                keep = 1 - step * (rate[i] + g)
                to_a, to_A, to_rate = step * (A[i] - old), step * g, -step * old
            to_a *= g * (1 - g)
            at, into = i * columns, (s * size + i) * columns
            da[into : into + low] = 0
            for c in range(low, columns):
                adjoint = v[at + c]
                da[into + c] = adjoint * to_a
                dA[i, c] += adjoint * to_A
                drate[i, c] += adjoint * to_rate
                v[at + c] = adjoint * keep
        neurons, out = len(v) // columns, v[low:]
        product(
            out, columns, out, columns, W, 0, 1, neurons, da[s * size * columns + low :], columns, neurons,
            columns - low, size,
        )  # fmt: skip


# dW[z, column] = sum over steps of z da, where a column's sum ends with its own sample
@compiled
def outer(
    dW: Array, z: Array, row: int, da: Array, far: int, columns: int, t0: int, t1: int, unfolds: int, many: int
) -> None:
    dW[:] = 0
    for c in range(0, columns, TILE):
        steps = min(t1, t0 + (c + TILE - 1) // many + 1) * unfolds
        out = dW[c:]
        product(out, columns, out, columns, z, 0, 1, row, da[c:], far, row, TILE, steps)
