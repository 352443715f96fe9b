"""Derivatives of single states of an LSTM or a GRU, as `liquid.dynamics.scan.sensitivities` has them of the layer.

Both are four rows of gates' arguments over z = [I, h, 1]; what differs is one step, forward and back. In a GRU the
hidden share q of the candidate's argument is a row of its own, because the reset gate comes between.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from liquid.dynamics.compiled import compiled
from liquid.dynamics.scan.sensitivities import COLUMNS, TILE, apart, outer, product, whole

Array = NDArray[np.float64]

KEPT = 6  # numbers of a unit and step that the way back reads


def sensitivities(
    x: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array, directions: Array, first: int
) -> tuple[Array, Array]:
    """States `[batch, time, state]`, derivatives `[directions, parameters, batch, samples]`, in the parameters' order.

    The parameters are those of nn.LSTM (4 state rows) or nn.GRU (3 state rows); all else as for the liquid layer.
    """
    batch, time, inputs = x.shape
    size, many = w_hh.shape[1], len(directions)
    lstm = len(w_hh) == 4 * size
    samples = time - first
    W = np.zeros((4 * size, inputs + size + 1))
    if lstm:
        W[:, :inputs], W[:, inputs:-1], W[:, -1] = w_ih, w_hh, b_ih + b_hh
    else:  # rows r, z, q and n: q sees the state alone, n the input alone
        W[: 2 * size, :inputs], W[3 * size :, :inputs] = w_ih[: 2 * size], w_ih[2 * size :]
        W[: 3 * size, inputs:-1] = w_hh
        W[: 2 * size, -1], W[2 * size : 3 * size, -1] = (b_ih + b_hh)[: 2 * size], b_hh[2 * size :]
        W[3 * size :, -1] = b_ih[2 * size :]
    states, rows = np.empty((batch, time, size)), np.zeros((many, 4 * size, inputs + size + 1, batch, samples))
    contiguous = np.ascontiguousarray
    _sensitivities(contiguous(x), W, lstm, contiguous(directions), first, states, rows)
    by_input = rows if lstm else np.concatenate([rows[:, : 2 * size], rows[:, 3 * size :]], axis=1)
    by_state = rows if lstm else rows[:, : 3 * size]
    parts = (by_input[:, :, :inputs], by_state[:, :, inputs:-1], by_input[:, :, -1], by_state[:, :, -1])
    return states, np.concatenate([part.reshape(many, -1, batch, samples) for part in parts], axis=1)


@compiled
def _sensitivities(x: Array, W: Array, lstm: bool, directions: Array, first: int, states: Array, rows: Array) -> None:
    batch, time, inputs = x.shape
    size, width, many = states.shape[2], W.shape[1], len(directions)
    neurons, row = whole(size, 4), whole(width, 4)
    samples = min(time - first, max(1, COLUMNS // many))  # that go back together
    columns = whole(samples * many, TILE)
    hidden = np.zeros(4 * size * neurons)
    for i in range(4 * size):
        hidden[i * neurons : i * neurons + size] = W[i, inputs : inputs + size]
    z, kept = np.zeros((time + 1) * row), np.empty((time, size, KEPT))
    vh, vc, da = np.empty(neurons * columns), np.empty((size, columns)), np.empty(time * 4 * size * columns)
    dW = np.empty(row * columns)
    for sequence in range(batch):
        _through(x[sequence], W, lstm, z, row, kept)
        for t in range(time):
            at = (t + 1) * row + inputs
            states[sequence, t] = z[at : at + size]
        for t0 in range(first, time, samples):
            t1 = min(time, t0 + samples)
            vh[:], vc[:] = 0, 0
            _back(hidden, lstm, directions, kept, t0, t1, vh, vc, da)
            for i in range(4 * size):
                outer(dW, z, row, da[i * columns :], 4 * size * columns, columns, t0, t1, 1, many)
                for j in range(width):
                    apart(dW[j * columns :], rows[:, i, j, sequence, t0 - first : t1 - first])


@compiled
def _sigmoid(a: float) -> float:
    return 1 / (1 + math.exp(-a))


# LSTM: i, f, g, o = s, s, tanh, s (a)      c <- f c + i g              h <- o tanh c
# GRU : r, z = s(a)                         n = tanh(a_n + r q)         h <- n + z (h - n)
@compiled
def _through(x: Array, W: Array, lstm: bool, z: Array, row: int, kept: Array) -> None:
    time, inputs = x.shape
    size = kept.shape[1]
    a, c = np.empty(4 * size), np.zeros(size)
    z[:row] = 0
    for t in range(time):
        at = t * row
        z[at : at + inputs] = x[t]
        z[at + inputs + size] = 1
        for i in range(4 * size):
            a[i] = 0
            for j in range(inputs + size + 1):
                a[i] += W[i, j] * z[at + j]
        for i in range(size):
            now, old = kept[t, i], z[at + inputs + i]
            now[0], now[1] = _sigmoid(a[i]), _sigmoid(a[size + i])
            if lstm:
                now[2], now[3], now[4] = math.tanh(a[2 * size + i]), _sigmoid(a[3 * size + i]), c[i]
                c[i] = now[1] * c[i] + now[0] * now[2]
                now[5] = math.tanh(c[i])
                z[at + row + inputs + i] = now[3] * now[5]
            else:
                now[2], now[4] = a[2 * size + i], old
                now[3] = math.tanh(a[3 * size + i] + now[0] * now[2])
                z[at + row + inputs + i] = now[3] + now[1] * (old - now[3])


# The adjoints of the samples t0 to t1, back to the start of the sequence
@compiled
def _back(
    hidden: Array, lstm: bool, directions: Array, kept: Array, t0: int, t1: int, vh: Array, vc: Array, da: Array
) -> None:
    (size, columns), many = vc.shape, len(directions)
    neurons = len(vh) // columns
    for t in range(t1 - 1, -1, -1):
        begins = max(0, (t - t0) * many)
        if t >= t0:
            for k in range(many):
                for i in range(size):
                    vh[i * columns + begins + k] = directions[k, i]
        low, here = begins // TILE * TILE, t * 4 * size * columns
        for i in range(size):
            at, into, far = i * columns, here + i * columns, size * columns
            for k in range(4):
                da[into + k * far : into + k * far + low] = 0
            if lstm:
                i_, f, g = kept[t, i, 0], kept[t, i, 1], kept[t, i, 2]
                o, old, bent = kept[t, i, 3], kept[t, i, 4], kept[t, i, 5]
                for c in range(low, columns):
                    h = vh[at + c]
                    e = vc[i, c] + h * o * (1 - bent * bent)
                    da[into + c] = e * g * i_ * (1 - i_)
                    da[into + far + c] = e * old * f * (1 - f)
                    da[into + 2 * far + c] = e * i_ * (1 - g * g)
                    da[into + 3 * far + c] = h * bent * o * (1 - o)
                    vc[i, c], vh[at + c] = e * f, 0
            else:
                r, z, q, n, old = kept[t, i, 0], kept[t, i, 1], kept[t, i, 2], kept[t, i, 3], kept[t, i, 4]
                for c in range(low, columns):
                    h = vh[at + c]
                    dn = h * (1 - z) * (1 - n * n)
                    da[into + c] = dn * q * r * (1 - r)
                    da[into + far + c] = h * (old - n) * z * (1 - z)
                    da[into + 2 * far + c] = dn * r
                    da[into + 3 * far + c] = dn
                    vh[at + c] = h * z
        rows, out = 4 * size if lstm else 3 * size, vh[low:]
        product(
            out, columns, out, columns, hidden, 0, 1, neurons, da[here + low :], columns, neurons, columns - low, rows
        )  # fmt: skip
