"""Liquid as in the article: the layer's own start and, by its entry in the registry, the article's dt."""

from __future__ import annotations

import math

import torch

from liquid.dynamics.layer import LiquidLayer
from liquid.models.core import start_uniform
from liquid.models.liquid import Liquid


class LiquidArticle(Liquid):
    @staticmethod
    def start(layer: LiquidLayer, generator: torch.Generator) -> None:
        start_plain(layer, generator)


@torch.no_grad()
def start_plain(layer: LiquidLayer, generator: torch.Generator) -> None:
    """The layer's own start: torch's for a linear map, A normal, raw tau 1."""
    start_uniform(layer.fc, 1 / math.sqrt(layer.input_size + layer.state_size), generator)
    layer.A.normal_(generator=generator)
    layer.tau.fill_(1.0)
