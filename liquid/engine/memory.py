"""malloc's trim thresholds and gc.freeze, for a server or a long command."""

from __future__ import annotations

import ctypes
import gc

_TRIM, _MMAP, _ARENAS = -1, -3, -8  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX of <malloc.h>
LARGEST, KEPT = 2**25, 2**27  # bytes; glibc takes no larger first one
ARENAS = 4


def keep_freed_memory() -> bool:
    """Let the process keep up to 128 MiB that it has freed, for the next step of a training; False if glibc is not.

    A step allocates and frees the same few megabytes, which glibc gives back to the system and asks for again, page by
    page; a step of eight members took a third longer for it. It is a setting of the whole process, so programs call
    this (an app, a command line), never a library.

    Every arena keeps so much, and for the threads of visitors, who come and go, glibc makes eight arenas a core: four
    do. glibc takes no such limit once it has made nine, so call this before there are threads.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(_MMAP, LARGEST) and mallopt(_TRIM, KEPT) and mallopt(_ARENAS, ARENAS))


def leave_old_objects_alone() -> None:
    """Take everything alive out of the garbage collector's rounds: call it once all modules are loaded.

    A full round walks some 300,000 objects of torch, numba and pandas, which never die, with Python's lock held:
    130 ms, in which no page answers.
    """
    gc.collect()
    gc.freeze()
