"""The scan's forward loop, sample by sample: the same machine code on memory that is laid out once.

Making tensors and a job costs Python 30 us, a step of 32 neurons a tenth of it.
"""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from liquid.dynamics.scan.calls import compiled_loops
from liquid.dynamics.scan.jobs import FAILED, HEAD, NEXT, Call, ForwardArrays

Array = NDArray[Any]


class Stepper:
    """One layer and one sequence: `x[input]` is read and `state[state]` moved on by `step()`, `h[1]` the solver's step.

    The weights are copied. Give `x` the state of the layer below, and it is read from there. LiquidError if the scan
    cannot run.
    """

    def __init__(
        self, weight: Tensor, bias: Tensor, A: Tensor, tau: Tensor, unfolds: int, solver: str, x: Array | None = None
    ) -> None:
        loops = compiled_loops(A.dtype)
        W, b, level, raw = (one.detach().resolve_neg().numpy().copy(order="C") for one in (weight, bias, A, tau))
        size, inputs, dtype = len(level), W.shape[1] - len(level), W.dtype
        self.x = np.zeros(inputs, dtype) if x is None else x
        self.state, self.h, out = np.zeros(size, dtype), np.zeros(1, dtype), np.zeros(size, dtype)
        # one sequence of one sample; the first state and the last are the same memory
        call = Call(unfolds, int(solver == "semi_implicit"), 1, 1, 1, inputs, size, 1, loops.row(size, inputs),
                    0, 0, 0, 1, 0, 0)  # fmt: skip
        self._arrays = ForwardArrays(self.x, self.state, W, b, level, raw, self.h, out, self.state, None)
        addresses = (0 if one is None else one.ctypes.data for one in self._arrays)
        self._job = array("q", (*(0,) * HEAD, *call, *addresses))
        self._place = self._job.buffer_info()[0]
        self._loops = loops
        self._run = loops.forward.run

    def step(self) -> None:
        """The state after the sample that `x` holds."""
        self._job[NEXT] = 0
        self._run(self._place)
        if self._job[FAILED]:
            raise MemoryError("The scan found no memory for its working arrays.")
