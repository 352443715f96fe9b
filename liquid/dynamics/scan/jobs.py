"""What a compiled loop is given: addresses, because wrapping a tensor as an array costs Python 2 us, a short scan 20.

The arrays of a job have one dtype, float32 or float64. `ForwardArrays`, `BackwardArrays` and `Totals` name them, as
addresses and, inside the loops, as arrays; address 0 stands for one without rows:

    x              [members, batch, time, input]     any strides
    start, final   [members, batch, state]           the state before the first sample (without rows: 0), after the last
    weight         [members, state, input + state]   fc.weight: input columns first
    bias, A, tau   [members, state]                  tau is the raw value, before softplus
    h              [batch, time]                     length of a solver step, any strides
    states         [members, batch, time, state]     the state after every sample
    tape           [members, batch (time unfolds + 1) row]   what every solver step saw and its gate f, in an order of
                   the loops' own choice: all that the derivatives need; without rows if nobody will ask for them
    grad_states, grad_final, dx, dstart              shaped like states, final, x and start; without rows if nobody
                   gave or wants them
    totals         [members, parts, n]               dL/d weight, bias, A and tau, one after the other, of a part

A job is whole numbers in memory: its head, its `Call`, its addresses. Any number of threads may enter forward and
backward with the same job: each takes shares, a part of a member's batch, until none is left. Sums are a part's own,
so that no number depends on who did what.
"""

from __future__ import annotations

from typing import Any, NamedTuple

# Offsets in a job's head: the next share, and a flag that a thread ran out of memory; then the length of the head
NEXT, FAILED, HEAD = 0, 1, 2


class Call(NamedTuple):
    """The sizes and strides of a job, in numbers."""

    unfolds: int
    implicit: int  # 1 for the semi-implicit step, 0 for Euler
    members: int
    batch: int
    time: int
    inputs: int
    size: int
    parts: int  # of a member's batch: one task each
    row: int  # of the tape
    x_member: int  # strides of x and h
    x_batch: int
    x_time: int
    x_input: int
    h_batch: int
    h_time: int


class ForwardArrays(NamedTuple):
    """What the forward loop reads, and writes from `states` on. Of tensors: their addresses."""

    x: Any
    start: Any
    weight: Any
    bias: Any
    A: Any
    tau: Any
    h: Any
    states: Any
    final: Any
    tape: Any


class BackwardArrays(NamedTuple):
    """What the backward loop reads, and writes from `dx` on."""

    weight: Any
    A: Any
    tau: Any
    h: Any
    tape: Any
    grad_states: Any
    grad_final: Any
    dx: Any
    dstart: Any
    totals: Any


class Totals(NamedTuple):
    """The sums of all parts, and where each parameter's gradient goes."""

    totals: Any
    weight: Any
    bias: Any
    A: Any
    tau: Any


class Share(NamedTuple):
    """What one thread does at a time: the sequences `first` to `last` of a member's batch; member -1: nothing left."""

    member: int
    part: int
    first: int
    last: int
