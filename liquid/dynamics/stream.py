"""The layer as a stream: one sample in, one state or forecast out, with the numbers of the whole sequence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, NoReturn

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from liquid.dynamics.effective import effective
from liquid.dynamics.layer import LiquidLayer
from liquid.dynamics.linear import affine, not_affine
from liquid.dynamics.rnn import LiquidRNN
from liquid.dynamics.scan import DTYPES, Stepper, ready
from liquid.errors import LiquidError

Array = NDArray[Any]


class LiquidStream:
    """A network that keeps its state between calls: `stream(sample[input]) -> state[state]`, or `readout` of it.

    What a LiquidRNN (and an nn.Linear that reads its states) computes for a sequence it computes sample by sample,
    without gradients or dropout, with the weights of the moment it is made; what it returns is a new array. `timespan`
    is that of the sample. The scan's loops do it if they can: a few microseconds a sample, the numbers of `LiquidRNN`
    on a single sequence bit for bit. `state`, a copy of the hidden states by name, goes on exactly there when it is
    given to a new stream or assigned; so does the last state of a sequence, `[num_layers, 1, state]`. A stream belongs
    to one thread. LiquidError on what does not fit, and on an attempt to copy or pickle it.
    """

    @torch.no_grad()
    def __init__(
        self,
        network: LiquidRNN,
        readout: nn.Linear | None = None,
        state: Mapping[str, ArrayLike] | Tensor | None = None,
    ) -> None:
        if not isinstance(network, LiquidRNN):
            raise LiquidError(f"network is a {type(network).__name__}; a stream takes a LiquidRNN.")
        self.input_size, self.state_size = network.input_size, network.state_size
        self._shapes = ((network.input_size,), ()) if network.input_size == 1 else ((network.input_size,),)
        self._step = network.dt / network.unfolds  # the solver's, at a timespan of 1
        self._timespan = math.nan
        self._layers = _steps(network)
        self._longest = float(np.finfo(self._layers[0].h.dtype).max) / max(1.0, self._step)
        self._readout = None if readout is None else _weights(readout, network.state_size)
        if state is not None:
            self.state = state

    def __call__(self, sample: ArrayLike, timespan: float = 1.0) -> Array:
        if timespan != self._timespan:
            self._set_timespan(timespan)
        row = np.asarray(sample)
        if row.shape not in self._shapes:
            raise LiquidError(
                f"sample has shape {list(row.shape)}; expected [{self.input_size}], the inputs of one sample."
            )
        if row.dtype.kind not in "fiub":
            raise LiquidError(f"sample holds {row.dtype}; expected [{self.input_size}] real numbers.")
        self._layers[0].x[:] = row
        for layer in self._layers:
            layer.step()
        top = layer.state
        return top.copy() if self._readout is None else self._readout[0] @ top + self._readout[1]

    def __reduce__(self) -> NoReturn:
        raise LiquidError(
            "A stream is memory that compiled loops work on, and is not copied or pickled. Keep its state, and make "
            "another: LiquidStream(network, readout, stream.state)."
        )

    @property
    def state(self) -> dict[str, Array]:
        """A copy of every layer's state `[state]`, as "layers.0", "layers.1": `numpy.savez` keeps it."""
        return {f"layers.{number}": layer.state.copy() for number, layer in enumerate(self._layers)}

    @state.setter
    def state(self, state: Mapping[str, ArrayLike] | Tensor) -> None:
        names = list(self.state)
        if isinstance(state, Tensor):
            if state.numel() != len(names) * self.state_size or len(state) != len(names):
                raise LiquidError(
                    f"state has shape {list(state.shape)}; expected [num_layers, 1, state] = "
                    f"{[len(names), 1, self.state_size]}."
                )
            state = dict(zip(names, state.reshape(len(names), -1).numpy(force=True), strict=True))
        if not isinstance(state, Mapping):
            raise LiquidError(f"state is a {type(state).__name__}; expected what `stream.state` gave, or a tensor.")
        values = {name: np.asarray(value) for name, value in state.items()}
        if sorted(values) != sorted(names) or any(
            one.shape != (self.state_size,) or one.dtype.kind not in "fiub" for one in values.values()
        ):
            raise LiquidError(
                f"state holds {', '.join(f'{name} {list(one.shape)} of {one.dtype}' for name, one in values.items())}; "
                f"expected [{self.state_size}] numbers for each of {', '.join(names)}, as `stream.state` gives it."
            )
        for layer, name in zip(self._layers, names, strict=True):
            layer.state[:] = values[name]

    def _set_timespan(self, timespan: float) -> None:
        if not 0 <= timespan <= self._longest:
            raise LiquidError(f"timespan={timespan}: the time since the last sample must be 0 or more and finite.")
        for layer in self._layers:
            layer.h[0] = timespan
            np.multiply(layer.h, self._step, out=layer.h)  # in this order a sequence rounds them too
        self._timespan = timespan


def _weights(readout: nn.Linear, size: int) -> tuple[Array, Array]:
    """A readout's W and b as they are now."""
    problem = not_affine(readout)
    if problem is not None:
        raise LiquidError(f"readout {problem}; a stream takes an nn.Linear with a bias. Read the states without one.")
    weight, bias = affine(readout)
    if weight.shape[1] != size:
        raise LiquidError(f"readout takes {weight.shape[1]} numbers; the network's last layer has {size} neurons.")
    return weight.numpy(force=True).copy(), bias.numpy(force=True).copy()


class _Plain:
    """A layer of a stream by the plain loop, with the interface of the scan's Stepper."""

    def __init__(self, network: LiquidRNN, layer: LiquidLayer, x: Array | None) -> None:
        self._network, self._layer = network, deepcopy(layer)
        dtype = np.float64 if layer.A.dtype == torch.float64 else np.float32
        self.x = np.zeros(layer.input_size, dtype) if x is None else x
        self.state, self.h = np.zeros(layer.state_size, dtype), np.zeros(1, dtype)

    @torch.no_grad()
    def step(self) -> None:
        """The state after the sample that `x` holds."""
        x, state = (torch.from_numpy(one).to(self._layer.A)[None, None] for one in (self.x, self.state))
        _, last = self._network.loop_layer(self._layer, x, state, torch.from_numpy(self.h)[0])
        self.state[:] = last[0, 0].to(torch.from_numpy(self.state)).numpy()


_Steps = Stepper | _Plain


def _steps(network: LiquidRNN) -> list[_Steps]:
    """Every layer's steps, each reading the state of the one below: by the scan if it can."""
    layers = [effective(layer) for layer in network.liquid_layers()]
    like = layers[0].A
    if network.backend != "plain":
        ready(wait=True, dtype=like.dtype if like.dtype in DTYPES else torch.float32)
    fast = network.takes_scan(layers, like.new_empty(1, 1, network.input_size), torch.zeros(()))
    steps: list[_Steps] = []
    for layer in layers:
        below = steps[-1].state if steps else None
        if fast:
            weights = (*layer.affine(), layer.A, layer.tau)
            steps.append(Stepper(*weights, network.unfolds, network.solver.name, below))
        else:
            steps.append(_Plain(network, layer, below))
    return steps
