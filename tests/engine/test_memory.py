"""Memory that was freed is used again, instead of being fetched anew from the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

from liquid.engine.memory import keep_freed_memory

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


def faults(kept: bool) -> int:
    program = [sys.executable, "-c", FAULTS.format(kept=kept)]
    return int(subprocess.run(program, capture_output=True, check=True, text=True).stdout)


def test_freed_memory_is_used_again() -> None:
    assert faults(kept=True) * 10 <= faults(kept=False)


def test_other_systems_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    assert keep_freed_memory() is False
