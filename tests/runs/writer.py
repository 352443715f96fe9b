"""Saves over and over until it is killed; started by test_kill.py. Light: imports no torch, forks a child a line."""

from __future__ import annotations

import os
import sys

from liquid.runs.store import Limits, Store

NAMES = ("config.json", "weights.safetensors", "series.csv")
SIZE = 150_000  # of each file


def files(number: int) -> dict[str, bytes]:
    """The files of save `number`: each is full of it."""
    return {name: number.to_bytes(4, "big") * (SIZE // 4) for name in NAMES}


def say(line: str) -> None:
    """In one write: a kill between a line and its end would join it to the next."""
    print(f"{line}\n", end="", flush=True)


def save_for_ever(url: str, owner: str, run: str, number: int) -> None:
    """Replaces `run`, then adds a new run, then replaces again; says before and after each save which one it is."""
    store = Store.open(url, Limits(runs=4, share=1))
    while True:
        number += 1
        say(f"begin {number}")
        store.save(files(number), str(number), owner, run=run if number % 2 else None)
        say(f"done {number}")


def main() -> None:
    url, owner, run = sys.argv[1:]
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            save_for_ever(url, owner, run, int(line))
        say(f"child {child}")
        os.waitpid(child, 0)
        say("ended")


if __name__ == "__main__":
    main()
