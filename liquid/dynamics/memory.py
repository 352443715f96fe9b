"""A setting of the C library that training likes: freed memory stays with the process."""

from __future__ import annotations

import ctypes

_TRIM, _MMAP = -1, -3  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD of <malloc.h>
LARGEST, KEPT = 2**25, 2**27  # bytes; glibc takes no larger first one


def keep_freed_memory() -> bool:
    """Let the process keep up to 128 MiB that it has freed, for the next step of a training; False where glibc is not.

    A step allocates and frees the same few megabytes, which glibc gives back to the system and asks for again, page by
    page; a step of eight members took a third longer for it. It is a setting of the whole process, so programs call
    this (an app, a command line), never a library.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(_MMAP, LARGEST) and mallopt(_TRIM, KEPT))
