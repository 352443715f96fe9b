"""LTC: a liquid time-constant network with synapses, fully connected, fused solver with six steps per sample.

Source: Hasani, Lechner, Amini, Rus, Grosu, "Liquid Time-constant Networks", AAAI 2021, algorithm 1; a test holds it to
its authors' implementation (package ncps).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from liquid.models.core import Core, Generators, for_members, uniform
from liquid.models.registry import Clock


class LTC(Core):
    UNFOLDS, EPSILON = 6, 1e-8
    STARTS = (("w", 0.001, 1.0), ("sigma", 3.0, 8.0), ("mu", 0.3, 0.8))

    def __init__(self, features: int, size: int, generators: Generators, clock: Clock) -> None:
        super().__init__()
        self.size, self.unfolds = size, self.UNFOLDS
        for name, low, high in self.STARTS:
            setattr(self, name, uniform((size, size), low, high, generators))
            setattr(self, f"sensory_{name}", uniform((features, size), low, high, generators))
        self.erev = _signs((size, size), generators)
        self.sensory_erev = _signs((features, size), generators)
        self.gleak = uniform((size,), 0.001, 1.0, generators)
        self.vleak = uniform((size,), -0.2, 0.2, generators)
        self.cm = uniform((size,), 0.4, 0.6, generators)
        members = len(generators)
        self.input_w, self.input_b = (nn.Parameter(torch.full((members, features), value)) for value in (1.0, 0.0))
        self.output_w, self.output_b = (nn.Parameter(torch.full((members, size), value)) for value in (1.0, 0.0))

    def forward(self, x: Tensor) -> Tensor:
        v = x.new_zeros(len(self.cm), x.shape[-3], self.size)
        return self.voltages(x, v) * self.output_w[:, None, None] + self.output_b[:, None, None]

    # v <- (cm v + gleak vleak + sum w sigmoid E) / (cm + gleak + sum w sigmoid), cm counted per solver step;
    # cm, gleak and w are softplus of their parameters, so they stay positive
    def voltages(self, x: Tensor, v: Tensor, spans: Tensor | None = None) -> Tensor:
        """`[members, batch, time, state]` from v `[members, batch, state]` on; `spans[batch, time]`: of samples."""
        x = for_members(x, len(self.cm)) * self.input_w[:, None, None] + self.input_b[:, None, None]
        cm, gleak = functional.softplus(self.cm)[:, None] * self.unfolds, functional.softplus(self.gleak)[:, None]
        vleak, charge = self.vleak[:, None], cm
        states = []
        for t, now in enumerate(x.unbind(2)):
            if spans is not None:
                charge = cm / spans[:, t, None]
            pull, weight = self._synapses(now, "sensory_")
            for _ in range(self.unfolds):
                own_pull, own_weight = self._synapses(v, "")
                v = (charge * v + gleak * vleak + own_pull + pull) / (
                    charge + gleak + own_weight + weight + self.EPSILON
                )
            states.append(v)
        return torch.stack(states, dim=2)

    def _synapses(self, v: Tensor, kind: str) -> tuple[Tensor, Tensor]:
        """Pull and conductance of all synapses from `v[members, batch, source]`: `[members, batch, state]` each."""
        sigma, mu, w, erev = (getattr(self, kind + name)[:, None] for name in ("sigma", "mu", "w", "erev"))
        active = functional.softplus(w) * torch.sigmoid(sigma * (v[..., None] - mu))
        return (active * erev).sum(dim=2), active.sum(dim=2)


def _signs(shape: tuple[int, int], generators: Generators) -> nn.Parameter:
    """Reversal potentials: +1 for two synapses of three, else -1, as the library draws them."""
    drawn = [torch.rand(shape, generator=one) < 1 / 3 for one in generators]
    return nn.Parameter(1 - 2 * torch.stack(drawn).float())
