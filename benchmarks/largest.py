"""The largest that is allowed, at the real server: how long its page is busy, what memory it takes, who waits for it.

    python -m benchmarks.largest           stores benchmarks/results/largest.json, renews the table of deploy/README.md
    python -m benchmarks.largest NAME ...  measures these again and keeps the others

One visitor brings it, in a tab; two others click on all pages meanwhile. Busy is the longest run of the first one's
page, from the request to the last message. Memory is counted as in benchmarks/memory.py.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import platform
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np

from benchmarks import RESULTS
from benchmarks.docs_tables import write_between
from benchmarks.memory import every_page, used
from benchmarks.people import PAGES, Server, click, served
from benchmarks.tab import Tab, visitor
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.runs.archive import pack
from liquid.runs.format import to_files
from liquid.series.series import from_columns
from liquid.studies import stored

ROOT = Path(__file__).resolve().parents[1]
RECIPES = ROOT / "deploy" / "README.md"
ROWS, BYTES, CELLS, WIDTH = 1_999_000, 199_000_000, 9_999_000, 199  # just below the limits of the reader
OTHERS, THINK = 2, 0.4  # who click meanwhile, seconds between an answer and the next click
SEEDS = 5  # of what is over in seconds
GLANCE = 0.1  # seconds between two looks at a memory that moves


@dataclass
class Attack:
    """One visitor with something large: how long each run of the page was, in seconds."""

    server: Server
    busy: list[float] = field(default_factory=list)
    said: str = ""

    async def run(self, tab: Tab, fragment: str = "", pressed: str = "") -> None:
        began = time.perf_counter()
        await tab.run(fragment, pressed)
        self.busy.append(time.perf_counter() - began)

    async def watch(self, tab: Tab) -> None:
        """Until what goes on beside the page is over."""
        while tab.watching:
            fragment, seconds = next(iter(tab.watching.items()))
            await asyncio.sleep(seconds)
            await self.run(tab, fragment)
        self.said = next((text for text in reversed(tab.texts) if len(text) > 20), "")


def _lines(head: str, lines: list[str]) -> bytes:
    """A table of as many rows as are allowed, numbered, with these lines over and over."""
    rows = int(min(ROWS, BYTES / (sum(map(len, lines)) / len(lines) + 9), CELLS / (1 + head.count(","))))
    return "\n".join([head, *(f"{row},{lines[row % len(lines)]}" for row in range(rows))]).encode()


def numbers(columns: int, digits: int) -> bytes:
    values = np.random.default_rng(0).normal(size=(1000, columns))
    head = ",".join(["t", *(f"c{column}" for column in range(columns))])
    return _lines(head, [",".join(f"{value:.{digits}f}" for value in row) for row in values.tolist()])


def labels() -> bytes:
    """A panel whose every cell needs a second look: the slowest found of twenty kinds."""
    return "\n".join(["id,when,a", *(f"k{row % 2000},{row // 2000},{row % 7}.5" for row in range(ROWS))]).encode()


def one_line() -> bytes:
    return b"t,a\n1,2\n" + b"9" * 100_000_000 + b"\n"


def wide() -> bytes:
    return "\n".join([",".join(["1.5"] * 100_000)] * 400).encode()


def run_zip() -> bytes:
    """A run of a series so long that its files come near the 32 MB that they may have."""
    rows = 1_000_000
    series = from_columns({"value": np.sin(np.arange(rows) / 5) + np.random.default_rng(0).normal(size=rows)}, "Long")
    events = run(series, TrainConfig(model="Persistence"))
    done = next(event for event in events if isinstance(event, Run))
    return pack(to_files(done), "Long")


@dataclass
class Upload:
    """A file for a page, which is made before anybody clicks."""

    path: str
    key: str
    query: str
    make: Callable[[], bytes]
    name: str = "f.csv"
    content: bytes = b""

    def prepare(self) -> None:
        self.content = self.make()

    async def __call__(self, one: Attack) -> None:
        async with visitor(one.server.url, self.path, self.query) as tab:
            if self.path == "runs":  # which asks the browser first whose they are
                await tab.run(tab.put("browser", json_value=json.dumps({"tokens": [letter * 43 for letter in "ot"]})))
                await tab.settle()
            await tab.upload(self.key, self.name, self.content)
            self.content = b""
            await one.run(tab)
            await one.watch(tab)
            await one.run(tab)
            assert tab.errors == [], tab.errors


async def largest_training(one: Attack) -> None:
    """What the sliders allow at most before the config is refused, for a minute, then stopped."""
    query = "series=mackey-glass&members=16&state_size=64&window=256&batch=56&unfolds=1&horizon=60&steps=3000"
    async with visitor(one.server.url, "train", query) as tab:
        await one.run(tab, pressed="train")
        end = time.monotonic() + 40
        while tab.watching and time.monotonic() < end:
            await asyncio.sleep(0.4)
            await one.run(tab, next(iter(tab.watching)))
        one.said = next((text for text in tab.texts if text.startswith(("Step", "First", "Getting"))), "ended")
        if "stop" in tab.widgets:
            await one.run(tab, tab.widgets["stop"].fragment, pressed="stop")
            await one.watch(tab)
        assert tab.errors == [], tab.errors


async def stiffest(one: Attack) -> None:
    """Every tab of the Solver page with its sliders at their ends, layer after layer."""
    ends = "unstable-dt=2.0&unstable-unfolds=16&unstable-state-size=64&unstable-tau-low=0.02&unstable-tau-high=10.0"
    views = ("Why", "Order", "Cost", "Stability", "dt is a clock")
    for view, seed in itertools.product(views, range(SEEDS)):
        query = urlencode({"solver_tab": view, "unstable-seed": seed})
        query = f"preset=unstable&{ends}&unstable-gain=10.0&unstable-solver=RK4&{query}"
        tab = Tab(one.server.url, query, path="solver")
        await tab.connect()
        await one.run(tab)
        await one.watch(tab)
        await tab.close()
        assert tab.errors == [], tab.errors


async def noisiest(one: Attack) -> None:
    """The Time constant page with its sliders at their ends, layer after layer."""
    ends = "tau_layer=Fresh,+untrained&tau_size=64&tau_noise=2.0&tau_rate=0.25&tau_phi=0.95&series=lorenz"
    for seed in range(SEEDS):
        tab = Tab(one.server.url, f"{ends}&tau_seed={seed}", path="time_constant")
        await tab.connect()
        await one.run(tab)
        await one.watch(tab)
        await tab.close()
        assert tab.errors == [], tab.errors


ATTACKS: dict[str, Callable[[Attack], Awaitable[None]]] = {
    "200 MB of numbers, 2,000,000 rows": Upload("train", "file", "source=Upload", lambda: numbers(4, 18)),
    "200 MB of numbers, 200 columns": Upload("train", "file", "source=Upload", lambda: numbers(WIDTH, 16)),
    "2,000,000 rows of 2,000 labels": Upload("train", "file", "source=Upload", labels),
    "a line of 100 MB": Upload("train", "file", "source=Upload", one_line),
    "100,000 columns": Upload("train", "file", "source=Upload", wide),
    "a saved run at its limits": Upload("runs", "run_file", "", run_zip, "run.zip"),
    "the largest training of the sliders": largest_training,
    "the stiffest layer of the sliders": stiffest,
    "the noisiest layer of the sliders": noisiest,
}


async def clicking(server: Server, over: asyncio.Event, seed: int, answers: list[float]) -> None:
    rng = np.random.default_rng(seed)
    async with visitor(server.url, PAGES[seed % len(PAGES)]) as tab:
        while not over.is_set():
            await asyncio.sleep(rng.exponential(THINK))
            answers.append((await click(tab, rng))[0])
        assert tab.errors == [], tab.errors


async def attacked(server: Server, attack: Callable[[Attack], Awaitable[None]]) -> dict[str, Any]:
    one, over, answers = Attack(server), asyncio.Event(), list[float]()
    if isinstance(attack, Upload):
        attack.prepare()
    before = most = used(server)
    others = [asyncio.create_task(clicking(server, over, seed, answers)) for seed in range(OTHERS)]
    task = asyncio.ensure_future(attack(one))
    began = time.perf_counter()
    while not task.done():
        await asyncio.sleep(GLANCE)
        most = max(most, used(server))
    seconds = time.perf_counter() - began
    over.set()
    await asyncio.gather(*others)
    await task
    return {
        "load": os.getloadavg()[0],
        "seconds": seconds,
        "busy_s": max(one.busy),
        "mib": most - before,
        "clicks": len(answers),
        "click_p50_s": float(np.quantile(answers, 0.5)),
        "click_p95_s": float(np.quantile(answers, 0.95)),
        "click_max_s": max(answers),
        "said": one.said[:160],
    }


def measure(names: list[str]) -> dict[str, Any]:
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load_before": os.getloadavg()[0]}
    result: dict[str, Any] = {"machine": machine, "attacks": {}}
    with served(STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION="false") as server:
        asyncio.run(every_page(server))
        time.sleep(30)
        for name in names:
            result["attacks"][name] = asyncio.run(attacked(server, ATTACKS[name]))
            print(name, json.dumps(result["attacks"][name]), flush=True)
        result["tracebacks"] = server.tracebacks()
    machine["load_after"] = os.getloadavg()[0]
    return result


def table(result: dict[str, Any]) -> str:
    """What was measured, as the table of deploy/README.md."""
    body = "".join(
        f"| {name} | {one['seconds']:.0f} | {one['busy_s']:.1f} | {one['mib']:.0f} | {one['click_p50_s']:.2f} | "
        f"{one['click_p95_s']:.2f} | {one['clicks']} |\n"
        for name, one in result["attacks"].items()
    )
    head = (
        "what one visitor brings",
        "until it is there (s)",
        "longest run of their page (s)",
        "memory, in addition (MiB)",
        "another's click, median (s)",
        "95 % (s)",
        "clicks",
    )
    return f"| {' | '.join(head)} |\n|{'---|' * len(head)}\n{body}"


def main() -> None:
    asked = sys.argv[1:]
    names = [name for name in ATTACKS if not asked or any(part in name for part in asked)]
    result = measure(names)
    if asked:
        before = stored.load("largest", RESULTS)
        result["attacks"] = before["attacks"] | result["attacks"]
        result["tracebacks"] += before["tracebacks"]
    stored.save("largest", result, RESULTS, maker="benchmarks.largest")
    lines = table(stored.load("largest", RESULTS))
    write_between(RECIPES, "largest", lines.splitlines())
    print(lines)


if __name__ == "__main__":
    main()
