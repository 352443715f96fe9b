"""The liquid layer over whole sequences, called like `torch.nn.LSTM(batch_first=True)`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import PackedSequence

from liquid.dynamics.effective import Called, Computed, effective, own_equation
from liquid.dynamics.layer import LiquidLayer, check_counts
from liquid.dynamics.loop import first_state, loop
from liquid.dynamics.scan import available, obstacle, scan
from liquid.dynamics.sequences import Given, Lengths, as_numbers, check_dropout, check_steps, given
from liquid.dynamics.solvers import solver_named
from liquid.errors import LiquidError

BACKENDS = ("auto", "plain", "scan")
Run = Callable[[LiquidLayer, Tensor, "Tensor | None", Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Trace:
    """What one layer did at every sample: all `[batch, time, state]`.

    `gate` and `tau_sys` are those of the sample's first solver step: they answer the new input and the state before it.
    """

    states: Tensor
    gate: Tensor
    tau_sys: Tensor


class LiquidRNN(nn.Module):
    """Liquid layers over a sequence: `[batch, time, input] (+ state) -> [batch, time, state], last state`.

    `dt` is the time that a sample lasts; `unfolds` solver steps are taken in it. `timespans` (scalar, `[time]` or
    `[batch, time]`, in sample periods) stretch single samples: the step is `dt * timespan / unfolds`. The state given
    and returned is `[num_layers, batch, state]`, as in torch.nn. Raises LiquidError on wrong shapes and dtypes, and on
    timespans that are negative or not finite.

    As in torch.nn, a single sequence may come as `[time, input]`, its state then as `[num_layers, state]`; sequences of
    different lengths as a PackedSequence, which gives one back; `dropout` acts on the states between layers while
    training, and `batch_first=False` puts time first in input, states and timespans. `lengths[batch]` says the same as
    packing, without it: states past a sequence's end are zero, its last state is that of its last sample.

    `backend` is the way there, not the result: "plain" loops over `LiquidLayer`; "scan" runs `scan/` (same numbers
    to 1e-6 in float32, many times as fast; LiquidError if it cannot); "auto" takes the scan if it can and is
    compiled. For the same numbers bit for bit in every run, call `scan.ready(wait=True)` first: from then on "auto"
    always decides alike.
    """

    def __init__(
        self,
        input_size: int,
        state_size: int,
        dt: float = 0.1,
        *,
        num_layers: int = 1,
        unfolds: int = 1,
        solver: str = "euler",
        backend: str = "auto",
        dropout: float = 0.0,
        batch_first: bool = True,
    ) -> None:
        super().__init__()
        check_counts(num_layers=num_layers, unfolds=unfolds)
        check_dropout(dropout, num_layers)
        if backend not in BACKENDS:
            raise LiquidError(f"backend={backend!r} is not known; choose one of {', '.join(BACKENDS)}.")
        sizes = [input_size] + [state_size] * (num_layers - 1)
        self.layers = nn.ModuleList(LiquidLayer(size, state_size, dt) for size in sizes)
        self.input_size = input_size
        self.state_size = state_size
        self.dt = dt
        self.unfolds = unfolds
        self.solver = solver_named(solver)
        self.backend = backend
        self.dropout = dropout
        self.batch_first = batch_first

    def forward(
        self,
        x: Tensor | PackedSequence,
        state: Tensor | None = None,
        timespans: float | Tensor = 1.0,
        lengths: Lengths | None = None,
    ) -> tuple[Tensor | PackedSequence, Tensor]:
        call = given(x, state, timespans, lengths, self.batch_first)
        states, starts, h, layers, run = self._prepare(call)
        lasts = []
        for number, (layer, start) in enumerate(zip(layers, starts, strict=True)):
            states, last = run(layer, self.between(states, number), start, h)
            lasts.append(last if call.ends is None else _at(states, call.ends))
        return call.states(states), call.last(torch.cat(lasts) if len(lasts) > 1 else lasts[0])

    def trace(self, x: Tensor, state: Tensor | None = None, timespans: float | Tensor = 1.0) -> list[Trace]:
        """States, gate f and tau_sys of every sample, one Trace a layer, as without dropout."""
        if isinstance(x, PackedSequence):
            raise LiquidError("trace takes a tensor, not a PackedSequence; unpack it with pad_packed_sequence.")
        call = given(x, state, timespans, None, self.batch_first)
        below, starts, h, layers, run = self._prepare(call)
        traces = []
        for layer, start in zip(layers, starts, strict=True):
            states, _ = run(layer, below, start, h)
            first = first_state(layer, below, start)
            before = torch.cat([first[:, None], states[:, :-1]], dim=1)  # the state that each sample met
            gate = layer.gate(layer.drive(below), before)
            traces.append(Trace(*(call.form(one) for one in (states, gate, layer.tau_sys(gate)))))
            below = states
        return traces

    def between(self, states: Tensor, number: int) -> Tensor:
        """What layer `number` reads of the states below it: some are left out while training."""
        if not (self.dropout and self.training and number):
            return states
        return functional.dropout(states, self.dropout)

    # One layer: where it starts is [1, batch, state], its share of the module's state, or None for zero
    def loop_layer(self, layer: LiquidLayer, x: Tensor, start: Tensor | None, h: Tensor) -> tuple[Tensor, Tensor]:
        return loop(layer, self.solver, self.unfolds, x, start, h)

    def scan_layer(self, layer: LiquidLayer, x: Tensor, start: Tensor | None, h: Tensor) -> tuple[Tensor, Tensor]:
        return scan(x, start, *layer.affine(), layer.A, layer.tau, h, self.unfolds, self.solver.name)

    def takes_scan(self, layers: Sequence[LiquidLayer], x: Tensor, h: Tensor) -> bool:
        if self.backend == "plain":
            return False
        problem = _special(layers) or obstacle(x, layers[0].affine().weight, h, self.solver.name)
        if self.backend == "auto":
            return problem is None and available(x.dtype)
        if problem is not None:
            raise LiquidError(f"backend='scan' cannot be used: {problem}. Use backend='auto' or 'plain'.")
        return True

    def _prepare(self, call: Given) -> tuple[Tensor, Sequence[Tensor | None], Tensor, list[LiquidLayer], Run]:
        """The input, where layers start, the solver's steps, the layers as they compute now, the way through each."""
        x, layers = call.x, [effective(layer) for layer in self.liquid_layers()]
        if len(layers) < len(self.layers):
            raise LiquidError(
                f"layers holds {', '.join(type(layer).__name__ for layer in self.layers)}; each must be a LiquidLayer. "
                "Wrap or compile the LiquidRNN, or a layer's fc."
            )
        starts, like = self.initial_states(x, call.state, call.shape), layers[0].A
        if not _alike(x, like):
            raise LiquidError(
                f"input is {x.dtype} on {x.device}; expected the parameters' {like.dtype} on {like.device}. Convert it "
                "with x.to(dtype, device), or the module with .to(x)."
            )
        if x.dtype != like.dtype:  # autocast: an operation before this one made it smaller
            x, starts = x.to(like), [None if start is None else start.to(like) for start in starts]
        h = self.step_lengths(x, call.timespans)
        return x, starts, h, layers, self.scan_layer if self.takes_scan(layers, x, h) else self.loop_layer

    def extra_repr(self) -> str:
        dropout = f", dropout={self.dropout}" if self.dropout else ""
        return f"unfolds={self.unfolds}, solver={self.solver.name}{dropout}{'' if self.batch_first else ', time first'}"

    def liquid_layers(self) -> list[LiquidLayer]:
        return [layer for layer in self.layers if isinstance(layer, LiquidLayer)]

    def initial_states(
        self, x: Tensor, state: Tensor | None, given_as: torch.Size | None = None
    ) -> Sequence[Tensor | None]:
        """Where every layer starts, `[1, batch, state]`; None for zero, which costs a short scan less than zeros."""
        self._check_input(x, x.shape if given_as is None else given_as)
        if state is None:
            return [None] * len(self.layers)
        expected = (len(self.layers), x.shape[0], self.state_size)
        if state.shape != expected:
            raise LiquidError(
                f"state has shape {list(state.shape)}; expected [num_layers, batch, state] = {list(expected)}. "
                "Pass the last state of an earlier call, or leave it out to start at zero."
            )
        if not _alike(state, x):
            raise LiquidError(
                f"state is {state.dtype} on {state.device}; expected the input's {x.dtype} on {x.device}. "
                "Convert it with state.to(x)."
            )
        return torch.split(state, 1)

    def _check_input(self, x: Tensor, shape: torch.Size) -> None:
        if x.dim() != 3 or x.shape[1] < 1 or x.shape[2] != self.input_size:
            raise LiquidError(
                f"input has shape {list(shape)}; expected [batch, time, {self.input_size}], or [time, "
                f"{self.input_size}] for a single sequence, with at least one sample. Add a feature axis with "
                "x[..., None]."
            )

    def step_lengths(self, x: Tensor, timespans: float | Tensor) -> Tensor:
        """The length h of a solver step: a scalar, `[time]` or `[batch, time]`."""
        if isinstance(timespans, int | float):
            # not where x lives: the loop reads it, and reading it from a GPU would wait for all that was started there
            try:
                h = torch.full((), timespans * self.dt / self.unfolds, dtype=x.dtype, device="cpu")
            except (OverflowError, RuntimeError):  # beyond what the dtype holds
                h = torch.full((), math.inf, dtype=x.dtype, device="cpu")
                check_steps(h, timespans)
            if not 0 <= timespans < math.inf:
                check_steps(h, timespans)
            return h
        batch, time = x.shape[:2]
        spans = as_numbers(timespans).to(x)
        if spans.shape not in ((), (time,), (batch, time)):
            raise LiquidError(
                f"timespans has shape {list(spans.shape)}; expected a scalar, [time] = [{time}] "
                f"or [batch, time] = [{batch}, {time}]."
            )
        h = spans * (self.dt / self.unfolds)
        check_steps(h, timespans)
        return h


def _alike(x: Tensor, other: Tensor) -> bool:
    """Same dtype and device, but that autocast would convert it."""
    if x.dtype == other.dtype and x.device == other.device:
        return True
    kind = other.device.type
    return torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind)


def _at(states: Tensor, ends: Tensor) -> Tensor:
    """The state of each sequence at its own last sample: `[1, batch, state]`."""
    return states[torch.arange(len(ends), device=states.device), ends][None]


def _special(layers: Sequence[LiquidLayer]) -> str | None:
    """Why these layers need the plain loop, in words; None if they are weights and the equation of LiquidLayer."""
    for layer in layers:
        if type(layer) is LiquidLayer:
            continue
        if isinstance(layer, Called):
            return layer.why
        if not isinstance(layer, Computed) and own_equation(layer):
            return f"{type(layer).__name__} has an equation of its own"
    return None
