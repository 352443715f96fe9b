"""Ctrl-C in a command: the first ends the work and keeps what there is."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130  # the exit status that a shell expects after Ctrl-C


@contextmanager
def stop_at_interrupt() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets; the second ends the program."""
    stop = threading.Event()
    before = signal.getsignal(signal.SIGINT)

    def ask(number: int, frame: FrameType | None) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
