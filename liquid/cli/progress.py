"""Progress on stderr: a line that is drawn over on a terminal, single lines in a log."""

from __future__ import annotations

import sys

from liquid.learning.training import Compiling, Progress, scan_settled
from liquid.studies.progress import StudyProgress

WIDTH = 24
LINES = 10  # of a whole training, in a log


def show(point: Progress | Compiling) -> None:
    """Draw one point of the loss curve, or say why there is none yet."""
    if isinstance(point, Compiling):
        print(point.message, file=sys.stderr, flush=True)
        return
    share = point.step / point.steps
    losses = f"loss {point.train_loss:.4g}, validation {point.validation_loss:.4g}"
    text = f"step {point.step}/{point.steps}  {losses}  {duration(point.time_left)} left"
    if sys.stderr.isatty():
        filled = round(share * WIDTH)
        print(f"\r\033[K[{'#' * filled}{'.' * (WIDTH - filled)}] {text}", end="", file=sys.stderr, flush=True)
    elif point.step == 1 or int(share * LINES) > int((point.step - 1) / point.steps * LINES):
        print(text, file=sys.stderr, flush=True)


def step(event: StudyProgress) -> None:
    """Draw how far a study is over the last line."""
    print(f"\r\033[K{100 * event.done / event.total:.0f} %  {event.doing}", end="", file=sys.stderr, flush=True)


def clear() -> None:
    """Wipe the line that `step` draws."""
    print("\r\033[K", end="", file=sys.stderr)


def wait_for_scan() -> None:
    """Wait for the scan's machine code before work that needs it, and say so if that takes time."""
    for event in scan_settled(lambda: False):
        show(event)


def end() -> None:
    """Leave the bar's line."""
    if sys.stderr.isatty():
        print(file=sys.stderr)


def duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
