"""tanh in float32 for loops over many numbers, where a call of the library's for each would be most of the time."""

from __future__ import annotations

import numpy as np

from liquid.dynamics.compiled import inlined

_LIMIT = np.float32(7.905311)  # from where tanh is 1 in float32
_ABOVE = tuple(
    np.float32(value)
    for value in (-2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-08)
)
_ABOVE_LOW = tuple(np.float32(value) for value in (1.48572235717979e-05, 6.37261928875436e-04, 4.89352455891786e-03))
_BELOW = tuple(
    np.float32(value)
    for value in (1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03)
)


# tanh(x) = x p(x^2) / q(x^2)                          sigmoid(x) = (1 + tanh(x / 2)) / 2
@inlined
def tanh(x: np.float32) -> np.float32:
    """Arithmetic alone, so that it runs in lanes; to a few units in the last place, and NaN stays NaN.

    Source: Eigen, `generic_fast_tanh_float`.
    """
    x = min(x, _LIMIT)
    x = max(x, -_LIMIT)
    s = x * x
    p = ((_ABOVE[0] * s + _ABOVE[1]) * s + _ABOVE[2]) * s + _ABOVE[3]
    p = ((p * s + _ABOVE_LOW[0]) * s + _ABOVE_LOW[1]) * s + _ABOVE_LOW[2]
    q = ((_BELOW[0] * s + _BELOW[1]) * s + _BELOW[2]) * s + _BELOW[3]
    return x * p / q
