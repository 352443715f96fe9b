"""LSTM: `torch.nn.LSTM`, as many as there are members."""

from __future__ import annotations

from torch import nn

from liquid.models.gated import Gated


# i, f, o = sigmoid(W x + U h + b)    c <- f c + i tanh(g)    h <- o tanh(c)
class LSTM(Gated):
    library = nn.LSTM
