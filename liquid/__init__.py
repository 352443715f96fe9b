"""Liquid neural networks: the layer, its dynamics, and honest studies of both.

What stands here is public, and changes only after a deprecation (docs/api/public.md). The rest is the project's own.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

from liquid.errors import LiquidError

if TYPE_CHECKING:
    from liquid.dynamics.layer import LiquidLayer
    from liquid.dynamics.rnn import LiquidRNN
    from liquid.dynamics.stream import LiquidStream

__all__ = ["LiquidError", "LiquidLayer", "LiquidRNN", "LiquidStream"]
__version__ = "0.2.0"

_HOME = {
    "LiquidLayer": "liquid.dynamics.layer",
    "LiquidRNN": "liquid.dynamics.rnn",
    "LiquidStream": "liquid.dynamics.stream",
}
_RENAMED: dict[str, str] = {}  # old name: new name, for one version


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})  # what is imported when it is asked for is there too


def __getattr__(name: str) -> Any:
    # torch takes over a second to import; reading a CSV or listing series should not wait for it.
    if name in _RENAMED:
        new = _RENAMED[name]
        warnings.warn(
            f"liquid.{name} is now liquid.{new}; the old name goes with the next version.",
            DeprecationWarning,
            stacklevel=2,
        )
        return __getattr__(new)
    if name not in _HOME:
        raise AttributeError(f"module 'liquid' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
