"""Vector registers for numba: a tile of a matrix product, and formulas over whole vectors, emitted as LLVM code.

numba's own loops keep sums in memory and leave short loops (a state of 8 or 16) to scalar code. The two makers here fix
the shape of the work instead: VECTOR_BYTES a vector, whatever the loop around it looks like. Arrays are
one-dimensional and come with an offset; LLVM translates the vectors for whatever machine it runs on.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.polynomial import Chebyshev, Polynomial

VECTOR_BYTES = 32  # 8 float32 or 4 float64; 64 made batches 4 % faster and a single sequence 5 to 10 % slower


# 2^r for r from -1/2 to 1/2, highest power first, by Chebyshev's points: off by 1e-7 and 2e-15 of it (float64)
def _power_series(degree: int) -> list[float]:
    chebyshev = Chebyshev.interpolate(lambda r: 2.0**r, degree, domain=[-0.5, 0.5])
    return [float(c) for c in chebyshev.convert(kind=Polynomial).coef[::-1]]


_POWERS = {False: _power_series(5), True: _power_series(11)}
_FUSE = ["contract"]  # a multiplication and an addition may become one instruction; NaN stays NaN


class _Emitter:
    """Loads and stores of vectors of one dtype, at `array + offset`."""

    def __init__(self, context: Any, builder: ir.IRBuilder, real: Any) -> None:
        self.context, self.builder = context, builder
        self.scalar = context.get_value_type(real)
        self.lanes = VECTOR_BYTES * 8 // real.bitwidth
        self.align = real.bitwidth // 8
        self.vector = ir.VectorType(self.scalar, self.lanes)

    def pointer(self, kind: Any, array: ir.Value, offset: ir.Value) -> ir.Value:
        data = self.context.make_array(kind)(self.context, self.builder, array).data
        return self.builder.gep(data, [offset])

    def load(self, pointer: ir.Value) -> ir.Value:
        return self.builder.load(self.builder.bitcast(pointer, self.vector.as_pointer()), align=self.align)

    def store(self, value: ir.Value, pointer: ir.Value) -> None:
        self.builder.store(value, self.builder.bitcast(pointer, self.vector.as_pointer()), align=self.align)

    def spread(self, value: ir.Value) -> ir.Value:
        nothing = ir.Constant(self.vector, ir.Undefined)
        first = self.builder.insert_element(nothing, value, ir.Constant(ir.IntType(32), 0))
        return self.builder.shuffle_vector(first, nothing, self.all_lanes(ir.IntType(32), 0))

    def all_lanes(self, kind: ir.Type, value: float) -> ir.Constant:
        return ir.Constant(ir.VectorType(kind, self.lanes), [value] * self.lanes)


# out[r, c] = start[r, c] + sum_j P[r, j] Q[j, c]
def make_tile(rows: int, vectors: int, splits: int = 1) -> Any:
    """An intrinsic for one tile of a product: `rows` x `vectors` sums that stay in registers while j runs.

    Called as `tile(out, offset, row stride, start, offset, row stride, P, offset, row stride, j stride, Q, offset,
    j stride, n)`, strides in numbers; n, the length of j, is a multiple of `splits`, above 0. Each sum is split in so
    many, because an addition takes several cycles and a small tile would spend them waiting for the one before.
    """

    def tile(
        typing: Any, out: Any, o: Any, o_row: Any, start: Any, s: Any, s_row: Any,
        P: Any, p: Any, p_row: Any, p_j: Any, Q: Any, q: Any, q_j: Any, n: Any,
    ) -> Any:  # fmt: skip
        whole = types.intp
        signature = types.void(out, whole, whole, out, whole, whole, out, whole, whole, whole, out, whole, whole, whole)

        def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
            emit = _Emitter(context, builder, out.dtype)
            to, start, P, Q = (emit.pointer(out, arguments[number], arguments[number + 1]) for number in (0, 3, 6, 10))
            to_row, start_row, p_row, p_j, q_j, n = (arguments[number] for number in (2, 5, 8, 9, 12, 13))
            cells = [(r, c) for r in range(rows) for c in range(vectors)]

            def at(base: ir.Value, row: ir.Value | int, stride: ir.Value, column: int) -> ir.Value:
                row = ir.Constant(stride.type, row) if isinstance(row, int) else row
                first = builder.gep(base, [builder.mul(row, stride)])
                return builder.gep(first, [ir.Constant(stride.type, column * emit.lanes)])

            zero = emit.all_lanes(emit.scalar, 0.0)
            first = {
                (r, c, k): zero if k else emit.load(at(start, r, start_row, c)) for r, c in cells for k in range(splits)
            }
            before, along_j, done = builder.block, builder.append_basic_block(), builder.append_basic_block()
            builder.branch(along_j)
            builder.position_at_end(along_j)
            j = builder.phi(n.type)
            sums = {cell: builder.phi(emit.vector) for cell in first}
            total = {}
            for k in range(splits):
                now = builder.add(j, ir.Constant(n.type, k))
                q = [emit.load(at(Q, now, q_j, c)) for c in range(vectors)]
                column = builder.gep(P, [builder.mul(now, p_j)])
                for r in range(rows):
                    p = emit.spread(builder.load(at(column, r, p_row, 0), align=emit.align))
                    for c in range(vectors):
                        total[r, c, k] = builder.fadd(sums[r, c, k], builder.fmul(p, q[c], flags=_FUSE), flags=_FUSE)
            following = builder.add(j, ir.Constant(n.type, splits))
            j.add_incoming(ir.Constant(n.type, 0), before)
            j.add_incoming(following, along_j)
            for cell, value in first.items():
                sums[cell].add_incoming(value, before)
                sums[cell].add_incoming(total[cell], along_j)
            builder.cbranch(builder.icmp_signed("<", following, n), along_j, done)
            builder.position_at_end(done)
            for r, c in cells:
                parts = [total[r, c, k] for k in range(splits)]
                emit.store(reduce(builder.fadd, parts), at(to, r, to_row, c))
            return context.get_dummy_value()

        return signature, generate

    return intrinsic(tile)


class Lanes:
    """A vector register in a formula: `+ - * /` with vectors and numbers, and `sigmoid`."""

    def __init__(self, emit: _Emitter, value: ir.Value) -> None:
        self.emit, self.value = emit, value

    def _with(self, other: Lanes | float, operation: str, reverse: bool = False) -> Lanes:
        right = other.value if isinstance(other, Lanes) else self.emit.all_lanes(self.emit.scalar, float(other))
        pair = (right, self.value) if reverse else (self.value, right)
        return Lanes(self.emit, getattr(self.emit.builder, operation)(*pair, flags=_FUSE))

    def __add__(self, other: Lanes | float) -> Lanes:
        return self._with(other, "fadd")

    def __radd__(self, other: float) -> Lanes:
        return self._with(other, "fadd")

    def __sub__(self, other: Lanes | float) -> Lanes:
        return self._with(other, "fsub")

    def __rsub__(self, other: float) -> Lanes:
        return self._with(other, "fsub", reverse=True)

    def __mul__(self, other: Lanes | float) -> Lanes:
        return self._with(other, "fmul")

    def __truediv__(self, other: Lanes | float) -> Lanes:
        return self._with(other, "fdiv")

    def __rtruediv__(self, other: float) -> Lanes:
        return self._with(other, "fdiv", reverse=True)

    def where(self, live: Lanes) -> Lanes:
        """0 if `live` is 0, NaN or not."""
        zero = self.emit.all_lanes(self.emit.scalar, 0.0)
        dead = self.emit.builder.fcmp_ordered("==", live.value, zero)
        return Lanes(self.emit, self.emit.builder.select(dead, zero, self.value))

    def between(self, low: float, high: float) -> Lanes:
        """Clamped to low ... high; NaN stays."""
        value = self.value
        for sign, bound in (("<", low), (">", high)):
            edge = self.emit.all_lanes(self.emit.scalar, float(bound))
            value = self.emit.builder.select(self.emit.builder.fcmp_ordered(sign, value, edge), edge, value)
        return Lanes(self.emit, value)

    # 2^z = 2^k 2^r, k the whole number nearest to z: 2^k is an exponent in the number's bits, 2^r a polynomial
    def power_of_two(self) -> Lanes:
        emit, builder = self.emit, self.emit.builder
        double = emit.align == 8
        digits, bias = (52, 1023) if double else (23, 127)
        z = self.between(1 - bias, 1 + bias)  # from the smallest normal number to infinity
        shift = 1.5 * 2.0**digits + bias  # so large that the sum has no digits after the point, and ends in k + bias
        shifted = z + shift
        r = z - (shifted - shift)
        first, second, *others = _POWERS[double]
        series = r * first + second
        for coefficient in others:
            series = series * r + coefficient
        whole = ir.IntType(64 if double else 32)
        ends = builder.bitcast(shifted.value, ir.VectorType(whole, emit.lanes))
        scale = builder.shl(ends, emit.all_lanes(whole, digits))
        return series * Lanes(emit, builder.bitcast(scale, emit.vector))

    # sigmoid(a) = 1 / (1 + exp(-a)), 0 where exp(-a) overflows: a gate that is shut passes no gradient
    def sigmoid(self) -> Lanes:
        return 1 / (1 + (self * (-1 / math.log(2))).power_of_two())


def make_lanewise(formula: Callable[..., tuple[Lanes, ...]]) -> Any:
    """An intrinsic for `formula(*vectors, *numbers) -> results` on one vector of each.

    Called with three tuples: `(array, offset, array, offset, ...)` for the vectors, the numbers, and as the vectors for
    the results.
    """

    def lanewise(typing: Any, vectors: Any, numbers: Any, results: Any) -> Any:
        def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
            sources, values, targets = (
                [builder.extract_value(one, number) for number in range(len(kind))]
                for one, kind in zip(arguments, (vectors, numbers, results), strict=True)
            )
            array = vectors[0]
            emit = _Emitter(context, builder, array.dtype)

            def pointers(pairs: list[ir.Value]) -> list[ir.Value]:
                return [emit.pointer(array, pairs[i], pairs[i + 1]) for i in range(0, len(pairs), 2)]

            registers = [emit.load(pointer) for pointer in pointers(sources)] + [emit.spread(value) for value in values]
            outcomes = formula(*(Lanes(emit, register) for register in registers))
            for result, target in zip(outcomes, pointers(targets), strict=True):
                emit.store(result.value, target)
            return context.get_dummy_value()

        return types.void(vectors, numbers, results), generate

    return intrinsic(lanewise)
