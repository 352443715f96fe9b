"""Work for the engines' tests: what other processes find by its name."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from liquid.engine import Stop
from liquid.errors import LiquidError


@dataclass(frozen=True)
class Count:
    number: int
    time_left: float = 0.0


def count(numbers: int, stop: Stop) -> Iterator[Count]:
    for number in range(numbers):
        if stop():
            return
        yield Count(number, float(numbers - number - 1))


def until(flag: str, stop: Stop) -> Iterator[str]:
    """Runs until a file appears or it is asked to stop."""
    yield "started"
    while not stop():
        if Path(flag).exists():
            yield "flag"
            return
        time.sleep(0.005)
    yield "stopped"


def holding(flag: str, seconds: float, stop: Stop) -> Iterator[Count]:
    """Says that it needs `seconds` more, and runs until a file appears."""
    yield Count(0, seconds)
    while not Path(flag).exists():
        time.sleep(0.005)


def deaf(flag: str, stop: Stop) -> Iterator[str]:
    """Hears a stop only between steps, and its step lasts until a file appears."""
    yield "started"
    while not Path(flag).exists():
        time.sleep(0.005)
    yield "stopped" if stop() else "flag"


def refused(stop: Stop) -> Iterator[str]:
    yield "one"
    raise LiquidError("batch=0 is too small; choose 1 or more.")


def broken(stop: Stop) -> Iterator[str]:
    yield "one"
    raise KeyError("a mistake of ours")


def dies_once(mark: str, stop: Stop) -> Iterator[str]:
    """The first attempt is lost with its process, after it has told something."""
    yield "told"
    if not Path(mark).exists():
        Path(mark).touch()
        time.sleep(0.5)  # what it told is on its way
        os.kill(os.getpid(), signal.SIGKILL)
    yield "finished"


def square(number: int) -> int:
    return number * number


def square_dying_once(item: tuple[int, str]) -> int:
    number, mark = item
    if mark and not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def always_dies(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def refuse(number: int) -> int:
    raise LiquidError(f"number={number} is odd; choose an even one.")


def held(flag: str) -> str:
    while not Path(flag).exists():
        time.sleep(0.01)
    return flag


def priority(stop: Stop) -> Iterator[int]:
    """The nice value of the thread that works."""
    yield os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
