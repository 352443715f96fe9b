"""GRU: `torch.nn.GRU`, as many as there are members."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from liquid.models.core import by_time, for_members
from liquid.models.gated import Gated


# r, z = sigmoid(W x + b + U h + b')    n = tanh(W x + b + r (U h + b'))    h <- n + z (h - n)
class GRU(Gated):
    library = nn.GRU

    def plain(self, x: Tensor, timespans: Tensor | float = 1.0) -> Tensor:
        own = dict(self.network.named_parameters())
        x, weight, bias = for_members(x, self.members), own["weight_hh_l0"].mT, own["bias_hh_l0"][:, None]
        h = x.new_zeros(*x.shape[:2], weight.shape[1])
        states = []
        for now in by_time(x, own["weight_ih_l0"], own["bias_ih_l0"]):
            (r, z, n), (r_h, z_h, n_h) = now.chunk(3, dim=-1), torch.baddbmm(bias, h, weight).chunk(3, dim=-1)
            n = (n + (r + r_h).sigmoid() * n_h).tanh()
            h = n + (z + z_h).sigmoid() * (h - n)
            states.append(h)
        return torch.stack(states, dim=2)
