"""What the server needs: idle, for each further visitor, for a training, for a large table.

    python -m benchmarks.memory            stores benchmarks/results/memory.json, renews the table of deploy/README.md

Memory is the proportional set size of the server and every process that it started, so what they share counts once.
"""

from __future__ import annotations

import asyncio
import os
import platform
import time
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks import RESULTS
from benchmarks.docs_tables import write_between
from benchmarks.people import PAGES, Server, served, start_training
from benchmarks.tab import visitor
from liquid.studies import stored

ROOT = Path(__file__).resolve().parents[1]
RECIPES = ROOT / "deploy" / "README.md"
FIRST, VISITORS = 21, 42  # who stay, each on one of the pages
ROWS, COLUMNS = 300_000, 5  # 9 MB of text: what is pasted travels in one message, and Streamlit refuses 25 MB
GLANCE = 0.1  # seconds between two looks at a memory that moves


def used(server: Server) -> float:
    """MiB of the server and its children."""
    processes = [server.process, *server.process.children(recursive=True)]
    return sum(_share(process) for process in processes) / 2**20


def _share(process: psutil.Process) -> int:
    try:
        info = process.memory_full_info()
    except psutil.NoSuchProcess:  # it has ended since it was listed
        return 0
    return int(getattr(info, "pss", info.rss))


async def peak(server: Server, work: Awaitable[None]) -> float:
    """The most that is used while `work` goes on, in MiB."""
    most, task = used(server), asyncio.ensure_future(work)
    while not task.done():
        await asyncio.sleep(GLANCE)
        most = max(most, used(server))
    await task
    return most


async def every_page(server: Server) -> None:
    for path in PAGES:
        async with visitor(server.url, path) as tab:
            assert tab.errors == [], tab.errors


async def staying(server: Server) -> float:
    """MiB that one more visitor takes while all stay, one page each; the first ones only fill what was freed."""
    async with AsyncExitStack() as stack:
        sizes = []
        for index in range(FIRST + VISITORS):
            await stack.enter_async_context(visitor(server.url, PAGES[index % len(PAGES)]))
            sizes.append(used(server))
        return (sizes[-1] - sizes[FIRST - 1]) / VISITORS


async def one_training(server: Server) -> None:
    """A default training, watched until its forecast is there."""
    async with visitor(server.url, "train", "source=Paste") as tab:
        await start_training(tab, "level")
        while tab.watching:
            await asyncio.sleep(next(iter(tab.watching.values())))
            await tab.run(next(iter(tab.watching)))
        assert "forecast" in tab.widgets, tab.texts


async def large_table(server: Server) -> None:
    """A table of 300,000 rows, pasted."""
    rng = np.random.default_rng(0)
    cells = rng.integers(0, 10_000, size=(1000, COLUMNS)) / 100
    block = "".join(",".join(map(str, row)) + "\n" for row in cells.tolist())
    async with visitor(server.url, "train", "source=Paste") as tab:
        tab.put("pasted", string_value="a,b,c,d,e\n" + block * (ROWS // 1000))
        await tab.run()
        while tab.watching:  # it is read in a process of its own
            await asyncio.sleep(next(iter(tab.watching.values())))
            await tab.run(next(iter(tab.watching)))
        assert "train" in tab.widgets, tab.texts


def measure() -> dict[str, Any]:
    result: dict[str, Any] = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()},
        "visitors": VISITORS,
        "table": [ROWS, COLUMNS],
    }
    with served() as server:
        time.sleep(2)
        result["idle_mib"] = used(server)
        asyncio.run(every_page(server))
        result["every_page_seen_mib"] = used(server)
        result["visitor_mib"] = asyncio.run(staying(server))
        before = used(server)
        result["training_mib"] = asyncio.run(peak(server, one_training(server))) - before
        result["after_training_mib"] = used(server)
        before = used(server)
        result["large_table_mib"] = asyncio.run(peak(server, large_table(server))) - before
    return result


def table(result: dict[str, Any]) -> str:
    """What was measured, as the table of deploy/README.md."""
    rows, columns = result["table"]
    lines = {
        "the server, idle, before its first visitor": f"{result['idle_mib']:.0f}",
        "the server once every page was seen (PyTorch, compiled loops, built-in series)": (
            f"{result['every_page_seen_mib']:.0f}"
        ),
        f"each further visitor who stays, mean of {result['visitors']} over all pages": f"{result['visitor_mib']:.1f}",
        "a default training, at its peak, in addition": f"{result['training_mib']:.0f}",
        f"reading a pasted table of {rows:,} rows and {columns} columns, at its peak, in addition": (
            f"{result['large_table_mib']:.0f}"
        ),
    }
    body = "".join(f"| {what} | {size} |\n" for what, size in lines.items())
    return f"| what | MiB |\n|---|---|\n{body}"


def main() -> None:
    result = measure()
    stored.save("memory", result, RESULTS, maker="benchmarks.memory")
    lines = table(stored.load("memory", RESULTS))
    write_between(RECIPES, "memory", lines.splitlines())
    print(lines)


if __name__ == "__main__":
    main()
