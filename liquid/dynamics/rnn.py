"""The liquid layer over whole sequences, called like `torch.nn.LSTM(batch_first=True)`."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from liquid.dynamics.layer import LiquidLayer
from liquid.dynamics.solvers import StepSize, solver_named
from liquid.errors import LiquidError


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
    ) -> None:
        super().__init__()
        if num_layers < 1 or unfolds < 1:
            raise LiquidError(f"num_layers={num_layers}, unfolds={unfolds}: both must be 1 or more.")
        sizes = [input_size] + [state_size] * (num_layers - 1)
        self.layers = nn.ModuleList(LiquidLayer(size, state_size, dt) for size in sizes)
        self.input_size = input_size
        self.state_size = state_size
        self.dt = dt
        self.unfolds = unfolds
        self.solver = solver_named(solver)

    def forward(self, x: Tensor, state: Tensor | None = None, timespans: float | Tensor = 1.0) -> tuple[Tensor, Tensor]:
        initial = self._initial_state(x, state)
        steps = self._steps(x, timespans)
        lasts = []
        for layer, start in zip(self.liquid_layers(), initial.unbind(0), strict=True):
            x = self._run(layer, x, start, steps)
            lasts.append(x[:, -1])
        return x, torch.stack(lasts)

    def trace(self, x: Tensor, state: Tensor | None = None, timespans: float | Tensor = 1.0) -> list[Trace]:
        """States, gate f and tau_sys of every sample, one Trace a layer."""
        initial = self._initial_state(x, state)
        steps = self._steps(x, timespans)
        traces = []
        for layer, start in zip(self.liquid_layers(), initial.unbind(0), strict=True):
            states = self._run(layer, x, start, steps)
            before = torch.cat([start[:, None], states[:, :-1]], dim=1)  # the state that each sample met
            gate = layer.gate(layer.drive(x), before)
            traces.append(Trace(states, gate, layer.tau_sys(gate)))
            x = states
        return traces

    def _run(self, layer: LiquidLayer, x: Tensor, state: Tensor, steps: list[StepSize]) -> Tensor:
        states = []
        for drive, h in zip(layer.drive(x).unbind(1), steps, strict=True):
            for _ in range(self.unfolds):
                state = self.solver.step(layer, drive, state, h)
            states.append(state)
        return torch.stack(states, dim=1)

    def liquid_layers(self) -> list[LiquidLayer]:
        return [layer for layer in self.layers if isinstance(layer, LiquidLayer)]

    def _initial_state(self, x: Tensor, state: Tensor | None) -> Tensor:
        if x.dim() != 3 or x.shape[1] < 1 or x.shape[2] != self.input_size:
            raise LiquidError(
                f"input has shape {list(x.shape)}; expected [batch, time, {self.input_size}] with at least one sample. "
                "Add a batch axis with x[None] or a feature axis with x[..., None]."
            )
        expected = (len(self.layers), x.shape[0], self.state_size)
        if state is None:
            return x.new_zeros(expected)
        if state.shape != expected:
            raise LiquidError(
                f"state has shape {list(state.shape)}; expected [num_layers, batch, state] = {list(expected)}. "
                "Pass the last state of an earlier call, or leave it out to start at zero."
            )
        return state

    def _steps(self, x: Tensor, timespans: float | Tensor) -> list[StepSize]:
        """The solver's step for every sample: floats, or [batch, 1] where sequences differ."""
        batch, time = x.shape[:2]
        h = self.dt / self.unfolds
        spans = torch.as_tensor(timespans, dtype=x.dtype, device=x.device)
        if spans.dim() == 0:
            return [h * float(spans)] * time
        if spans.shape == (time,):
            return [h * span for span in spans.tolist()]
        if spans.shape == (batch, time):
            return list((h * spans)[:, :, None].unbind(1))
        raise LiquidError(
            f"timespans has shape {list(spans.shape)}; expected a scalar, [time] = [{time}] "
            f"or [batch, time] = [{batch}, {time}]."
        )
