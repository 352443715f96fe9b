"""A formula that is written once and printed as ONNX nodes and as C: a value, and how it came from others.

A `Value` stands for `[members, rows]` numbers. A grid has sources too, `[members, sources, rows]`, until it is summed.
The solvers of `liquid.dynamics.solvers` step Values as they step tensors and arrays.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Operand: TypeAlias = "Value | float"


@dataclass(frozen=True, eq=False)
class Value:
    """`operation` on `of`; an "input" has a name, a "constant" an array, `[members, rows]` or a grid's.

    "product" is a constant `[members, sources, rows]` times a value `[members, sources]`, summed over its sources.
    `rows` is None for a number that all share, `sources` for what is no grid.
    """

    operation: str
    of: tuple[Value, ...] = ()
    name: str = ""
    array: Floats | None = None
    rows: int | None = None
    sources: int | None = None

    def __add__(self, other: Operand) -> Value:
        return _both("+", self, other)

    def __radd__(self, other: Operand) -> Value:
        return _both("+", other, self)

    def __sub__(self, other: Operand) -> Value:
        return _both("-", self, other)

    def __rsub__(self, other: Operand) -> Value:
        return _both("-", other, self)

    def __mul__(self, other: Operand) -> Value:
        return _both("*", self, other)

    def __rmul__(self, other: Operand) -> Value:
        return _both("*", other, self)

    def __truediv__(self, other: Operand) -> Value:
        return _both("/", self, other)

    def __rtruediv__(self, other: Operand) -> Value:
        return _both("/", other, self)

    def __neg__(self) -> Value:
        return self.through("negative")

    def __rpow__(self, base: float) -> Value:
        """e to the power of it."""
        if base != math.e:
            raise ValueError(f"{base}: only e has powers here")
        return self.through("exp")

    def clip(self, min: Operand) -> Value:
        return _both("max", self, min)

    def through(self, function: str) -> Value:
        """A function of it, elementwise: "negative", "exp", "tanh" or "sigmoid"."""
        return Value(function, (self,), rows=self.rows, sources=self.sources)

    def product(self, weights: Floats) -> Value:
        """W v, with `weights[members, rows, sources]`."""
        turned = constant(weights.swapaxes(1, 2))
        return Value("product", (turned, self), rows=turned.rows)

    def to_each(self) -> Value:
        """What every source sends to every row: a grid with the same number in all rows."""
        return Value("to each", (self,), sources=self.rows)

    def total(self) -> Value:
        """The sum over a grid's sources, `[members, rows]`."""
        return Value("total", (self,), rows=self.rows)


def named(name: str, rows: int | None = None) -> Value:
    """An input."""
    return Value("input", name=name, rows=rows)


def constant(array: Floats | float) -> Value:
    """A number, `[members, rows]` or `[members, sources, rows]`."""
    values = np.asarray(array, dtype=np.float64)
    rows = values.shape[-1] if values.ndim else None
    return Value("constant", array=values, rows=rows, sources=values.shape[1] if values.ndim == 3 else None)


# W_1 v_1 + W_2 v_2 + ... + b, the columns of W shared out among the values
def affine(weights: Floats, bias: Floats, values: Sequence[Value]) -> Value:
    """`weights[members, rows, sources of all values]`, `bias[members, rows]`."""
    summed, first = constant(bias), 0
    for value in values:
        size = value.rows or 1
        summed, first = summed + value.product(weights[:, :, first : first + size]), first + size
    return summed


def in_order(results: Sequence[Value]) -> Iterator[Value]:
    """Every value that the results come from, each once, after what it comes from."""
    seen, waiting = set[int](), [(value, False) for value in reversed(results)]
    while waiting:
        value, ready = waiting.pop()
        if ready:
            yield value
        elif id(value) not in seen:
            seen.add(id(value))
            waiting.append((value, True))
            waiting.extend((one, False) for one in reversed(value.of))


def _both(operation: str, left: Operand, right: Operand) -> Value:
    pair = tuple(one if isinstance(one, Value) else constant(one) for one in (left, right))
    rows = next((one.rows for one in pair if one.rows is not None), None)
    sources = next((one.sources for one in pair if one.sources is not None), None)
    return Value(operation, pair, rows=rows, sources=sources)
