"""The liquid layer over whole sequences, called like `torch.nn.LSTM(batch_first=True)`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from liquid.dynamics.layer import LiquidLayer
from liquid.dynamics.scan import obstacle, ready, scan
from liquid.dynamics.solvers import StepSize, solver_named
from liquid.errors import LiquidError

BACKENDS = ("auto", "plain", "scan")


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
    and returned is `[num_layers, batch, state]`, as in torch.nn. Raises LiquidError on wrong shapes.

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
    ) -> None:
        super().__init__()
        if num_layers < 1 or unfolds < 1:
            raise LiquidError(f"num_layers={num_layers}, unfolds={unfolds}: both must be 1 or more.")
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

    def forward(self, x: Tensor, state: Tensor | None = None, timespans: float | Tensor = 1.0) -> tuple[Tensor, Tensor]:
        starts = self.initial_states(x, state)
        h = self.step_lengths(x, timespans)
        run = self.scan_layer if self.takes_scan(x, h) else self.loop_layer
        lasts = []
        for layer, start in zip(self.liquid_layers(), starts, strict=True):
            x, last = run(layer, x, start, h)
            lasts.append(last)
        return x, torch.cat(lasts) if len(lasts) > 1 else lasts[0]

    def trace(self, x: Tensor, state: Tensor | None = None, timespans: float | Tensor = 1.0) -> list[Trace]:
        """States, gate f and tau_sys of every sample, one Trace a layer."""
        starts = self.initial_states(x, state)
        h = self.step_lengths(x, timespans)
        run = self.scan_layer if self.takes_scan(x, h) else self.loop_layer
        traces = []
        for layer, start in zip(self.liquid_layers(), starts, strict=True):
            states, _ = run(layer, x, start, h)
            first = self._first_state(x, start)
            before = torch.cat([first[:, None], states[:, :-1]], dim=1)  # the state that each sample met
            gate = layer.gate(layer.drive(x), before)
            traces.append(Trace(states, gate, layer.tau_sys(gate)))
            x = states
        return traces

    # One layer: where it starts is [1, batch, state], its share of the module's state, or None for zero
    def loop_layer(self, layer: LiquidLayer, x: Tensor, start: Tensor | None, h: Tensor) -> tuple[Tensor, Tensor]:
        state, states = self._first_state(x, start), []
        for drive, step in zip(layer.drive(x).unbind(1), _by_sample(h, x.shape[1]), strict=True):
            for _ in range(self.unfolds):
                state = self.solver.step(layer, drive, state, step)
            states.append(state)
        return torch.stack(states, dim=1), state[None]

    def scan_layer(self, layer: LiquidLayer, x: Tensor, start: Tensor | None, h: Tensor) -> tuple[Tensor, Tensor]:
        parameters = (layer.fc.weight, layer.fc.bias, layer.A, layer.tau)
        return scan(x, start, *parameters, h, self.unfolds, self.solver.name)

    def takes_scan(self, x: Tensor, h: Tensor) -> bool:
        if self.backend == "plain":
            return False
        problem = obstacle(x, self.liquid_layers()[0].fc.weight, h, self.solver.name)
        if self.backend == "auto":
            return problem is None and ready(dtype=x.dtype)
        if problem is not None:
            raise LiquidError(f"backend='scan' cannot be used: {problem}. Use backend='auto' or 'plain'.")
        return True

    def extra_repr(self) -> str:
        return f"unfolds={self.unfolds}, solver={self.solver.name}"

    def liquid_layers(self) -> list[LiquidLayer]:
        return [layer for layer in self.layers if isinstance(layer, LiquidLayer)]

    def initial_states(self, x: Tensor, state: Tensor | None) -> Sequence[Tensor | None]:
        """Where every layer starts, `[1, batch, state]`; None for zero, which costs a short scan less than zeros."""
        if x.dim() != 3 or x.shape[1] < 1 or x.shape[2] != self.input_size:
            raise LiquidError(
                f"input has shape {list(x.shape)}; expected [batch, time, {self.input_size}] with at least one sample. "
                "Add a batch axis with x[None] or a feature axis with x[..., None]."
            )
        expected = (len(self.layers), x.shape[0], self.state_size)
        if state is None:
            return [None] * len(self.layers)
        if state.shape != expected:
            raise LiquidError(
                f"state has shape {list(state.shape)}; expected [num_layers, batch, state] = {list(expected)}. "
                "Pass the last state of an earlier call, or leave it out to start at zero."
            )
        if (state.dtype, state.device) != (x.dtype, x.device) and not torch.is_autocast_enabled(x.device.type):
            raise LiquidError(
                f"state is {state.dtype} on {state.device}; expected the input's {x.dtype} on {x.device}. "
                "Convert it with state.to(x)."
            )
        return torch.split(state, 1)

    def _first_state(self, x: Tensor, start: Tensor | None) -> Tensor:
        return x.new_zeros(x.shape[0], self.state_size) if start is None else start[0]

    def step_lengths(self, x: Tensor, timespans: float | Tensor) -> Tensor:
        """The length h of a solver step: a scalar, `[time]` or `[batch, time]`."""
        if isinstance(timespans, int | float):
            # not where x lives: the loop reads it, and reading it from a GPU would wait for all that was started there
            return torch.full((), timespans * self.dt / self.unfolds, dtype=x.dtype, device="cpu")
        batch, time = x.shape[:2]
        spans = torch.as_tensor(timespans, dtype=x.dtype, device=x.device)
        if spans.shape not in ((), (time,), (batch, time)):
            raise LiquidError(
                f"timespans has shape {list(spans.shape)}; expected a scalar, [time] = [{time}] "
                f"or [batch, time] = [{batch}, {time}]."
            )
        return spans * (self.dt / self.unfolds)


def _by_sample(h: Tensor, time: int) -> list[StepSize]:
    """The solver's step at every sample: floats, or [batch, 1] if sequences differ."""
    if h.dim() < 2:
        return h.expand(time).tolist()
    return list(h[:, :, None].unbind(1))
