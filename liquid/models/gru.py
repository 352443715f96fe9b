"""GRU: `torch.nn.GRU`, as many as there are members."""

from __future__ import annotations

from torch import nn

from liquid.models.gated import Gated


# r, z = sigmoid(W x + U h + b)    n = tanh(W x + b + r (U h + b'))    h <- n + z (h - n)
class GRU(Gated):
    library = nn.GRU
