"""kill -9 at any moment of a save leaves the old run or the new one, whole. A real process is killed 50 times."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from writer import files

from liquid.runs.store import Limits, Store

ROOT = Path(__file__).resolve().parents[2]
OWNER = "o" * 43
KILLS = {"sqlite": 50, "postgresql": 15}  # a PostgreSQL server is another process, which nobody kills here


def killed(writer: subprocess.Popen[str], last: int, after: float) -> tuple[int, int]:
    """Kill a child `after` seconds of saving; the newest save it began, and the newest it said is done (0 if none)."""
    assert writer.stdin is not None
    assert writer.stdout is not None
    writer.stdin.write(f"{last}\n")
    writer.stdin.flush()
    began, done, child = last, 0, 0
    while (line := writer.stdout.readline().split()) != ["ended"]:
        assert line, "the writer ended by itself"
        word, number = line[0], int(line[1])
        if word == "child":
            child = number
        elif word == "begin":
            began = number
        else:
            done = number
        if child and began > last:
            time.sleep(after)
            os.kill(child, signal.SIGKILL)
            child = 0
    return began, done


def test_a_save_is_whole_whenever_its_process_is_killed(url: str) -> None:
    store = Store.open(url, Limits(runs=4, share=1))
    run = store.save(files(0), "0", OWNER)
    store.pin(run, OWNER, True)
    drawn, kills = random.Random(0), KILLS[url.split(":", maxsplit=1)[0]]
    last = kept = in_the_middle = 0
    command = [sys.executable, "tests/runs/writer.py", url, OWNER, run]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        for _ in range(kills):
            began, done = killed(writer, last, drawn.uniform(0, 0.04))
            in_the_middle += began != done
            found = store.runs(OWNER)
            newest = max(int(saved.title) for saved in found)
            # What was said to be done is there. A server may finish, later, what a killed client had asked for.
            assert newest in ((began, done) if done else (began, last, kept))
            assert 1 <= len(found) <= 4
            for saved in found:
                assert store.files(saved.id) == files(int(saved.title))
                assert saved.bytes == sum(map(len, files(0).values()))
            assert store.find(run).pinned
            last, kept = began, newest
        assert writer.stdin is not None
        writer.stdin.close()
    assert in_the_middle >= kills // 5
    store.close()
