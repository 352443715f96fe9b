"""Liquid neural networks: the layer, its dynamics, and honest studies of both."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from liquid.errors import LiquidError

if TYPE_CHECKING:
    from liquid.dynamics.layer import LiquidLayer
    from liquid.dynamics.rnn import LiquidRNN

__all__ = ["LiquidError", "LiquidLayer", "LiquidRNN"]
__version__ = "0.2.0"

_HOME = {"LiquidLayer": "liquid.dynamics.layer", "LiquidRNN": "liquid.dynamics.rnn"}


def __getattr__(name: str) -> Any:
    # torch takes over a second to import; reading a CSV or listing series should not wait for it.
    if name not in _HOME:
        raise AttributeError(f"module 'liquid' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
