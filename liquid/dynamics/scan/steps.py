"""A solver step and its derivatives as formulas over whole vectors, and over the rows of a block."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from numpy.typing import NDArray

from liquid.dynamics.compiled import compiled, inlined
from liquid.dynamics.scan.access import odd_lines
from liquid.dynamics.scan.jobs import Call
from liquid.dynamics.scan.simd import VECTOR_BYTES, Lanes, make_lanewise

Array = NDArray[Any]
Neurons = tuple[Array, Array, Array]  # A, rate, and 1 for a neuron or 0 for padding

ROWS = 4  # what a matrix is padded to
CHUNK = 128  # rows; a long product keeps its sums in registers for longer, a short one stays in the cache


# Euler         : x <- x + h (f (A - x) - rate x)
# semi-implicit : x <- (x + h f A) / (1 + h (rate + f))
# f only where a neuron lives: the weights of padding are zero, and zero times an infinite input is NaN
def _euler(a: Lanes, x: Lanes, A: Lanes, rate: Lanes, live: Lanes, h: Lanes) -> tuple[Lanes, Lanes]:
    f = a.where(live).sigmoid()
    return f, x + h * (f * (A - x) - rate * x)


def _semi_implicit(a: Lanes, x: Lanes, A: Lanes, rate: Lanes, live: Lanes, h: Lanes) -> tuple[Lanes, Lanes]:
    f = a.where(live).sigmoid()
    return f, (x + h * f * A) / (1 + h * (rate + f))


# The derivatives of a step: da, dL/d(old x) without the gate's share, dA and drate summed
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


_step_euler, _step_implicit = (make_lanewise(step) for step in (_euler, _semi_implicit))
_back_euler, _back_implicit = (make_lanewise(step) for step in (_euler_back, _semi_implicit_back))
move = make_lanewise(lambda source, _: (source,))


# rate = 1 / softplus(tau_raw), the slow part of 1 / tau_sys = rate + f
@compiled
def rates(raw: Array, rate: Array) -> None:
    for i in range(raw.size):
        rate[i] = 1 / (raw[i] if raw[i] > 20 else math.log1p(math.exp(raw[i])))  # torch's softplus is linear above 20


# d rate / d tau_raw = -rate^2 sigmoid(tau_raw)
@compiled
def rate_derivative(raw: float, rate: float) -> float:
    return -rate * (rate * (1.0 if raw > 20 else 1 / (1 + math.exp(-raw))))  # rate^2 would overflow in float32


_odd_lines = compiled(odd_lines)


class Layout(NamedTuple):
    """How long things are, in numbers, and how far apart rows lie."""

    size: int
    inputs: int
    time: int
    unfolds: int
    columns: int  # size, in whole vectors
    depth: int  # z = [x, I, 1], in whole tiles
    back: int  # columns that the gates' gradients go back to: the state's, and the input's if someone wants them
    samples: int  # in time, of a chunk
    row: int  # of the tape: f, z
    a_row: int  # of the gates' arguments and their gradients
    v_row: int  # of the states' gradients, and the inputs'
    implicit: bool


@compiled
def make_layout(call: Call, lanes: int, rows: int, inputs_too: bool) -> Layout:
    unfolds, time, inputs, size = call.unfolds, call.time, call.inputs, call.size
    columns = (size + lanes - 1) // lanes * lanes
    depth = (columns + inputs + ROWS) // ROWS * ROWS
    everything = columns + (inputs + lanes - 1) // lanes * lanes
    back = everything if inputs_too else columns
    samples = min(time, max(1, CHUNK // max(1, rows * unfolds)))
    a_row, v_row = _odd_lines(columns), _odd_lines(everything)
    return Layout(
        size, inputs, time, unfolds, columns, depth, back, samples, call.row, a_row, v_row, call.implicit == 1
    )


# One solver step of n sequences: from the arguments a, and the states in the tape's rows at `now`, to the gates there
# and the states in the rows at `to`
@inlined
def step(a: Array, tape: Array, now: int, to: int, neurons: Neurons, h: Array, layout: Layout, n: int) -> None:
    level, rate, live = neurons
    for i in range(n):
        for c in range(0, layout.columns, VECTOR_BYTES // a.itemsize):
            f = now + i * layout.row + c
            at = (a, i * layout.a_row + c, tape, f + layout.columns, level, c, rate, c, live, c)
            new = (tape, f, tape, to + i * layout.row + layout.columns + c)
            if layout.implicit:
                _step_implicit(at, (h[i],), new)
            else:
                _step_euler(at, (h[i],), new)


# Its derivatives: v, the states' gradients, go back by one step; G at `g` becomes the gates' arguments' gradients
@inlined
def step_back(
    v: Array, tape: Array, now: int, neurons: Neurons, sums: tuple[Array, Array], G: Array, g: int, h: Array,
    layout: Layout, n: int,
) -> None:  # fmt: skip
    level, rate, _ = neurons
    dlevel, drate = sums
    for i in range(n):
        for c in range(0, layout.columns, VECTOR_BYTES // v.itemsize):
            vc, gc, f = i * layout.v_row + c, g + i * layout.a_row + c, now + i * layout.row + c
            known = (v, vc, G, gc, tape, f + layout.columns, tape, f, level, c, rate, c, dlevel, c, drate, c)
            outputs = (G, gc, v, vc, dlevel, c, drate, c)
            if layout.implicit:
                _back_implicit(known, (h[i],), outputs)
            else:
                _back_euler(known, (h[i],), outputs)
