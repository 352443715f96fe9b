"""Echo state network: a fixed random reservoir, of which only the readout is fitted, by ridge regression.

Source: H. Jaeger, M. Lukosevicius, D. Popovici, U. Siewert, Neural Networks 20 (2007), equation 2.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import eigs
from torch import Tensor

from liquid.models.core import Core, Generators, by_time, for_members
from liquid.models.registry import Clock

Floats = NDArray[np.float64]

LEAKS = (0.4, 1.0)  # tried on validation
CONNECTIONS = 10  # inputs that a neuron has from others, on average
RADIUS = 0.9  # spectral radius of the recurrent weights


class EchoState(Core):
    """Reservoirs as a core without parameters; `leak` is the one number that is left to choose, `leaks` what to try."""

    leak: Tensor
    leaks = LEAKS

    def __init__(self, features: int, size: int, generators: Generators, clock: Clock) -> None:
        super().__init__()
        drawn = [draw_reservoir(size, np.random.default_rng([one.initial_seed(), 3]), features) for one in generators]
        arrays = {
            "recurrent": [recurrent.toarray() for recurrent, _, _ in drawn],
            "entry": [entry for _, entry, _ in drawn],
            "bias": [bias for _, _, bias in drawn],
        }
        for name, members in arrays.items():
            self.register_buffer(name, torch.from_numpy(np.stack(members).astype(np.float32)))
        self.register_buffer("leak", torch.full((len(generators),), LEAKS[0]))

    def forward(self, x: Tensor) -> Tensor:
        buffers = [self.get_buffer(name).double().numpy() for name in ("recurrent", "entry", "bias", "leak")]
        states = [
            run_reservoir(series.double().numpy().swapaxes(0, 1), sparse.csr_array(recurrent), entry, bias, leak)
            for series, recurrent, entry, bias, leak in zip(for_members(x, len(self.leak)), *buffers, strict=True)
        ]
        return torch.from_numpy(np.stack(states).swapaxes(1, 2).copy()).to(x.dtype)

    def plain(self, x: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        x, leak, recurrent = for_members(x, len(self.leak)), self.leak[:, None, None], self.get_buffer("recurrent").mT
        state = x.new_zeros(*x.shape[:2], recurrent.shape[-1])
        states = []
        for now in by_time(x, self.get_buffer("entry"), self.get_buffer("bias")):
            state = (1 - leak) * state + leak * torch.baddbmm(now, state, recurrent).tanh()
            states.append(state)
        return torch.stack(states, dim=2)


def draw_reservoir(units: int, rng: np.random.Generator, features: int = 1) -> tuple[sparse.csr_array, Floats, Floats]:
    """Recurrent `[units, units]`, of spectral radius 0.9, and input weights `[units, features]`, biases `[units]`."""
    density = min(1.0, CONNECTIONS / units)
    weights = rng.normal(size=(units, units)) * (rng.random((units, units)) < density)
    if units > 200:
        start = np.ones(units)
        largest = float(np.abs(eigs(sparse.csr_array(weights), k=1, v0=start, return_eigenvectors=False)[0]))
    else:
        largest = float(np.abs(np.linalg.eigvals(weights)).max())
    scaled = weights * (RADIUS / largest) if largest > 0 else weights
    return sparse.csr_array(scaled), rng.uniform(-1, 1, (units, features)), rng.uniform(-0.5, 0.5, units)


# s <- (1 - leak) s + leak tanh(W s + w_in u + b)
def run_reservoir(inputs: Floats, recurrent: sparse.csr_array, entry: Floats, bias: Floats, leak: float) -> Floats:
    """States of one reservoir along `inputs[time, ..., features]` from a zero start: `[time, ..., units]`."""
    drive = inputs @ entry.T + bias
    state = np.zeros(drive.shape[1:])
    states = np.empty(drive.shape)
    for t, now in enumerate(drive):
        state = (1 - leak) * state + leak * np.tanh((recurrent @ state.T).T + now)
        states[t] = state
    return states
