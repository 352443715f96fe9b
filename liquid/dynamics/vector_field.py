"""dx/dt in machine code: SciPy's integrators need it tens of thousands of times per picture.

Its plain twin, and the definition it is tested against, is `reference.right_hand_side`.
"""

from __future__ import annotations

import math
from typing import Any

from numba import types
from numpy.typing import NDArray

from liquid.dynamics.compiled import compile_for

Array = NDArray[Any]


# f = sigmoid(recurrent x + start + t change),  dx/dt = -x / tau + f (A - x)
def _vector_field(
    t: float, x: Array, columns: Array, start: Array, change: Array, A: Array, rate: Array, out: Array, calls: Array
) -> Array:
    calls[0] += 1
    for i in range(x.size):
        out[i] = start[i] + t * change[i]
    for j in range(x.size):  # column by column: whole vectors of neurons, and sums in one fixed order
        for i in range(x.size):
            out[i] += columns[j, i] * x[j]
    for i in range(x.size):
        out[i] = (A[i] - x[i]) / (1 + math.exp(-out[i])) - x[i] * rate[i]
    return out


_vector, _matrix = types.float64[::1], types.float64[:, ::1]
vector_field = compile_for(
    _vector_field, (types.float64, _vector, _matrix, _vector, _vector, _vector, _vector, _vector, types.int64[::1])
)
