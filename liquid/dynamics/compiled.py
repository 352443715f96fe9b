"""numba as the scan uses it: Python's lock released, NaN left as it is, and machine code that outlives the process."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, TypeVar, cast

from numba import cfunc, config, njit, types
from platformdirs import user_cache_path

# Sums may be reordered and products fused; NaN and infinity stay what they are, so that a divergence is seen.
FAST_MATH = {"reassoc", "contract", "nsz", "arcp"}
# numpy's error model: a division by zero is an infinity, as in torch, and no exception
_OPTIONS: dict[str, Any] = {"fastmath": FAST_MATH, "error_model": "numpy"}

_settings = Lock()  # numba's settings belong to the whole process

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(loop: Loop) -> Loop:
    """Compile `loop` on its first call, or load it from the cache folder of this very source code."""
    return _compiled(loop)


def inlined(loop: Loop) -> Loop:
    """The same, as part of its caller: passing arguments through memory costs ~20 % per step for a single sequence."""
    return _compiled(loop, inline="always")


def _compiled(loop: Loop, **options: Any) -> Loop:
    with _kept() as keep:
        return cast(Loop, njit(nogil=True, cache=keep, **_OPTIONS, **options)(loop))


@contextmanager
def _kept() -> Iterator[bool]:
    """Whether machine code made within can be kept on disk; it is then kept in `cache_folder`."""
    folder = cache_folder()
    if folder is None:
        yield False
        return
    settings = vars(config)
    with _settings:
        usual = settings["CACHE_DIR"]
        settings["CACHE_DIR"] = str(folder)
        try:
            yield True
        finally:
            settings["CACHE_DIR"] = usual


def compile_for(loop: Loop, signature: tuple[Any, ...]) -> Loop:
    """Compile now, for these numba types and no others: no call has to wait, strided arrays share one version."""
    dispatcher: Any = compiled(loop)
    dispatcher.compile(signature)
    dispatcher.disable_compile()
    return cast(Loop, dispatcher)


class Callback(NamedTuple):
    """Machine code that takes an address and gives nothing back; `run` calls it with Python's lock released."""

    run: Callable[[int], None]
    address: int
    owner: object  # whose end is the code's


def callback_for(loop: Callable[[Any], None], argument: Any) -> Callback:
    """Compile now, as a function that C can call with a pointer (a numba type)."""
    with _kept() as keep:
        function: Any = cfunc(types.void(argument), cache=keep, **_OPTIONS)(loop)
    return Callback(ctypes.CFUNCTYPE(None, ctypes.c_void_p)(function.address), function.address, function)


@cache
def cache_folder() -> Path | None:
    """The first folder that can be written: NUMBA_CACHE_DIR, beside the source, the user's cache, temporary files.

    It is named after the source code of all loops here: numba itself looks at one file only, and would go on using
    machine code whose helpers have changed. Loops elsewhere have their helpers here or in their own file. numba tries a
    folder by writing to it, so one that is full but read-only (of a container's image) is copied to the first that is
    not. None if nothing can be written; every process then compiles for itself.
    """
    sources = [path.read_bytes() for path in sorted(Path(__file__).parent.rglob("*.py"))]
    stamp = hashlib.sha256(b"".join(text for text in sources if b"from numba" in text or b"compiled import" in text))
    full = None
    for base in _bases():
        folder = base / f"liquid-{stamp.hexdigest()[:16]}"
        try:
            if full is not None and not folder.exists():
                _copy(full, folder)
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.TemporaryFile(dir=folder):
                pass
            # Whoever can write there could make us run their code.
            if _safe(folder.stat()):
                return folder
        except OSError:
            if full is None and folder.is_dir() and _safe(folder.stat(), or_root=True):
                full = folder
    return None


def _copy(full: Path, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        shutil.copytree(full, Path(place) / "whole")
        for copied in (Path(place) / "whole", *(Path(place) / "whole").rglob("*")):
            copied.chmod(0o700 if copied.is_dir() else 0o600)
        with suppress(OSError):  # another process was first
            (Path(place) / "whole").rename(folder)


def _bases() -> Iterator[Path]:
    if chosen := os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(chosen)
    yield Path(__file__).parent / "__pycache__"
    yield user_cache_path()
    yield Path(tempfile.gettempdir())


def _safe(status: os.stat_result, or_root: bool = False) -> bool:
    if os.name != "posix":
        return True
    ours = status.st_uid == os.getuid() or (or_root and status.st_uid == 0)
    return ours and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
