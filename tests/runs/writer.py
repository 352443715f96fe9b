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


def save_for_ever(url: str, owner: str, run: str, number: int) -> None:
    """Replaces `run`, then adds a new run, then replaces again; says before and after each save which one it is."""
    store = Store.open(url, Limits(runs=4, share=1))
    while True:
        number += 1
        print(f"begin {number}", flush=True)
        store.save(files(number), str(number), owner, run=run if number % 2 else None)
        print(f"done {number}", flush=True)


def main() -> None:
    url, owner, run = sys.argv[1:]
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            save_for_ever(url, owner, run, int(line))
        print(f"child {child}", flush=True)
        os.waitpid(child, 0)
        print("ended", flush=True)


if __name__ == "__main__":
    main()
