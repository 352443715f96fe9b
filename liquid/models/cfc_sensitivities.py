"""Derivatives of single states of a CfC, as `liquid.dynamics.scan.sensitivities` has them of the layer.

Samples last 1, so that a t + b is one map, called speed here: the heads are three, and the derivative with respect to
time_a is that with respect to time_b.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from liquid.dynamics.compiled import compiled
from liquid.dynamics.scan.sensitivities import COLUMNS, TILE, apart, outer, product, whole

Array = NDArray[np.float64]

KEPT = 4  # numbers of a unit and step that the way back reads


def sensitivities(
    x: Array, backbone: Array, backbone_bias: Array, heads: Array, heads_bias: Array, directions: Array, first: int
) -> tuple[Array, Array]:
    """States `[batch, time, state]`, derivatives `[directions, parameters, batch, samples]`, in the parameters' order.

    The parameters are one member's of `CfC`; all else as for the liquid layer.
    """
    batch, time, _ = x.shape
    size, many = len(backbone), len(directions)
    samples = time - first
    W = np.column_stack([backbone, backbone_bias])  # over z = [I, h, 1]
    four = np.column_stack([heads, heads_bias])  # over y = [seen, 1]
    V = np.concatenate([four[: 2 * size], four[2 * size : 3 * size] + four[3 * size :]])
    states = np.empty((batch, time, size))
    of_W, of_V = (np.zeros((many, *map_.shape, batch, samples)) for map_ in (W, V))
    contiguous = np.ascontiguousarray
    _sensitivities(contiguous(x), W, V, contiguous(directions), first, states, of_W, of_V)
    of_heads = np.concatenate([of_V, of_V[:, 2 * size :]], axis=1)
    parts = (of_W[:, :, :-1], of_W[:, :, -1], of_heads[:, :, :-1], of_heads[:, :, -1])
    return states, np.concatenate([part.reshape(many, -1, batch, samples) for part in parts], axis=1)


@compiled
def _sensitivities(
    x: Array, W: Array, V: Array, directions: Array, first: int, states: Array, of_W: Array, of_V: Array
) -> None:
    batch, time, inputs = x.shape
    size, many = states.shape[2], len(directions)
    neurons, z_row, y_row = whole(size, 4), whole(inputs + size + 1, 4), whole(size + 1, 4)
    samples = min(time - first, max(1, COLUMNS // many))  # that go back together
    columns = whole(samples * many, TILE)
    hidden, heads = np.zeros(size * neurons), np.zeros(3 * size * neurons)  # rows padded
    for i in range(size):
        hidden[i * neurons : i * neurons + size] = W[i, inputs : inputs + size]
    for i in range(3 * size):
        heads[i * neurons : i * neurons + size] = V[i, :size]
    z, y, kept = np.zeros((time + 1) * z_row), np.zeros(time * y_row), np.empty((time, size, KEPT))
    v, da = np.empty(neurons * columns), np.empty(time * 4 * size * columns)
    dW, dV = np.empty(z_row * columns), np.empty(y_row * columns)
    for sequence in range(batch):
        _through(x[sequence], W, V, z, z_row, y, y_row, kept)
        for t in range(time):
            at = (t + 1) * z_row + inputs
            states[sequence, t] = z[at : at + size]
        for t0 in range(first, time, samples):
            t1, far = min(time, t0 + samples), 4 * size * columns
            v[:] = 0
            _back(hidden, heads, directions, kept, t0, t1, v, columns, da)
            for i in range(3 * size):
                outer(dV, y, y_row, da[i * columns :], far, columns, t0, t1, 1, many)
                for j in range(size + 1):
                    apart(dV[j * columns :], of_V[:, i, j, sequence, t0 - first : t1 - first])
            for i in range(size):
                outer(dW, z, z_row, da[(3 * size + i) * columns :], far, columns, t0, t1, 1, many)
                for j in range(inputs + size + 1):
                    apart(dW[j * columns :], of_W[:, i, j, sequence, t0 - first : t1 - first])


# seen = 1.7159 tanh(0.666 W z)    f_1, f_2, s = tanh, tanh, sigmoid (V y)    h <- f_1 + s (f_2 - f_1)
@compiled
def _through(x: Array, W: Array, V: Array, z: Array, z_row: int, y: Array, y_row: int, kept: Array) -> None:
    time, inputs = x.shape
    size = kept.shape[1]
    a = np.empty(3 * size)
    z[:z_row] = 0
    for t in range(time):
        at, seen = t * z_row, t * y_row
        z[at : at + inputs] = x[t]
        z[at + inputs + size] = y[seen + size] = 1
        for i in range(size):
            u = 0.0
            for j in range(inputs + size + 1):
                u += W[i, j] * z[at + j]
            bent = math.tanh(0.666 * u)
            y[seen + i], kept[t, i, 3] = 1.7159 * bent, 1.7159 * 0.666 * (1 - bent * bent)
        for i in range(3 * size):
            a[i] = 0
            for j in range(size + 1):
                a[i] += V[i, j] * y[seen + j]
        for i in range(size):
            one, two, s = math.tanh(a[i]), math.tanh(a[size + i]), 1 / (1 + math.exp(-a[2 * size + i]))
            kept[t, i, 0], kept[t, i, 1], kept[t, i, 2] = one, two, s
            z[at + z_row + inputs + i] = one + s * (two - one)


# The adjoints of the samples t0 to t1, back to the start of the sequence: of the heads' arguments, then the backbone's
@compiled
def _back(
    hidden: Array, heads: Array, directions: Array, kept: Array, t0: int, t1: int, v: Array, columns: int, da: Array
) -> None:
    size, many, neurons = kept.shape[1], len(directions), len(v) // columns
    seen, nothing, far = np.empty(neurons * columns), np.zeros(columns), size * columns
    for t in range(t1 - 1, -1, -1):
        begins = max(0, (t - t0) * many)
        if t >= t0:
            for k in range(many):
                for i in range(size):
                    v[i * columns + begins + k] = directions[k, i]
        low, here = begins // TILE * TILE, t * 4 * far
        wide = columns - low
        for i in range(size):
            at, into = i * columns, here + i * columns
            for k in range(4):
                da[into + k * far : into + k * far + low] = 0
            one, two, s = kept[t, i, 0], kept[t, i, 1], kept[t, i, 2]
            to_one, to_two, to_s = (1 - s) * (1 - one * one), s * (1 - two * two), (two - one) * s * (1 - s)
            for c in range(low, columns):
                h = v[at + c]
                da[into + c], da[into + far + c], da[into + 2 * far + c] = h * to_one, h * to_two, h * to_s
        out, of_heads = seen[low:], da[here + low :]
        product(
            out, columns, nothing, 0, heads, 0, 1, neurons, of_heads, columns, neurons, wide, 3 * size
        )  # fmt: skip
        for i in range(size):
            into = here + 3 * far + i * columns
            for c in range(low, columns):
                da[into + c] = seen[i * columns + c] * kept[t, i, 3]
        out, of_backbone = v[low:], da[here + 3 * far + low :]
        product(
            out, columns, nothing, 0, hidden, 0, 1, neurons, of_backbone, columns, neurons, wide, size
        )  # fmt: skip
