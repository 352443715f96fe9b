"""Memory that was freed is used again, instead of being fetched anew from the system; and few heaps keep it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from liquid.engine.memory import ARENAS, keep_freed_memory

# Faults of memory pages while 20 blocks of 4 MB are made, filled with zeros and freed, one after the other.
FAULTS = """
import resource
from liquid.engine.memory import keep_freed_memory
if {kept} and not keep_freed_memory():
    print(0)  # another C library: nothing was promised
    raise SystemExit
for turn in range(21):
    bytearray(4_000_000)[:] = bytes(4_000_000)
    if turn == 0:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


# The heaps that malloc describes while a dozen threads hold memory.
HEAPS = """
import ctypes
import threading
from liquid.engine.memory import keep_freed_memory
{call}
together = threading.Barrier(13)
def hold():
    block = bytearray(100_000)
    together.wait()
    together.wait()
for _ in range(12):
    threading.Thread(target=hold).start()
together.wait()
libc = ctypes.CDLL(None)
if hasattr(libc, "malloc_info"):
    libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
    libc.fflush(None)
together.wait()
"""


def heaps(call: str) -> int:
    program = [sys.executable, "-c", HEAPS.format(call=call)]
    return subprocess.run(program, capture_output=True, check=True, text=True).stdout.count("<heap nr=")


def test_many_threads_share_few_heaps() -> None:
    assert heaps("keep_freed_memory()") <= ARENAS
    assert heaps("") > ARENAS or heaps("") == 0  # another C library


def faults(kept: bool) -> int:
    program = [sys.executable, "-c", FAULTS.format(kept=kept)]
    return int(subprocess.run(program, capture_output=True, check=True, text=True).stdout)


def test_freed_memory_is_used_again() -> None:
    assert faults(kept=True) * 10 <= faults(kept=False)


def test_other_systems_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    assert keep_freed_memory() is False
