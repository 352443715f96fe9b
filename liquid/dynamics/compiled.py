"""numba as the scan uses it: Python's lock released, NaN left as it is, and a disk cache that always finds a folder."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit
from numba.core import config

# Sums may be reordered and products fused; NaN and infinity stay what they are, so that a divergence is seen.
FAST_MATH = {"reassoc", "contract", "nsz", "arcp"}


Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(loop: Loop) -> Loop:
    """Compile `loop` on its first call and keep the machine code on disk.

    numba's own choice of folder is taken: NUMBA_CACHE_DIR, else `__pycache__` beside the source, else the user's cache.
    Where none of them can be written (a container without a home), a folder for temporary files serves.
    """
    dispatcher = njit(nogil=True, fastmath=FAST_MATH)(loop)
    try:
        dispatcher.enable_caching()
    except RuntimeError:  # "no locator available": every usual folder is read-only
        settings = vars(config)
        usual = settings["CACHE_DIR"]
        settings["CACHE_DIR"] = str(Path(tempfile.gettempdir()) / "liquid-numba")
        try:
            dispatcher.enable_caching()
        finally:
            settings["CACHE_DIR"] = usual
    return cast(Loop, dispatcher)


def compile_for(loop: Any, *signatures: tuple[Any, ...]) -> None:
    """Compile now for these numba types, and never later: no call has to wait, strided arrays share one version."""
    loop.disable_compile(False)
    for signature in signatures:
        loop.compile(signature)
    loop.disable_compile()
