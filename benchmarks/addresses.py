"""Thousands of hostile addresses at the real server: what breaks, how long the slowest takes, what memory stays.

    python -m benchmarks.addresses         stores benchmarks/results/addresses.json, renews the table of SECURITY.md

Every address is opened in a tab of its own, as a browser opens a link. Memory is counted as in benchmarks/memory.py.
"""

from __future__ import annotations

import asyncio
import os
import platform
import random
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks import RESULTS
from benchmarks.docs_tables import write_between
from benchmarks.memory import used
from benchmarks.people import PAGES, Server, served
from benchmarks.tab import Tab
from liquid.studies import stored

ROOT = Path(__file__).resolve().parents[1]
SECURITY = ROOT / "SECURITY.md"
ADDRESSES = 3000
REST = 150  # seconds: Streamlit forgets a session that is gone after 120, the app its jobs after 60
WARM = 30  # seconds in which a new server compiles and loads what all pages need
MARKS = 12  # of the memory on the way
# What is in a session's state beside settings, what Streamlit keeps to itself, and what is no name at all
NAMES = (
    "", "$$ID", "$$ID-0-dt", "$$ID-" + "f" * 32 + "-None", "$$STREAMLIT_INTERNAL_KEY_x", "$$WIDGET_ID", "$", "embed",
    "EMBED_OPTIONS", "__class__", "\x00", "\n", "é", "İ", "\u202e", "dt ", " dt", "dt" * 3000, "x" * 100_000,
    "owner_token", "tab_token", "fresh_tokens", "owner_matters", "session", "training", "link_names", "link_remarks",
    "link_refused", "link_problem", "link_unwritten", "link_answered", "browser", "jumps", "studies", "copied", "file",
    "uploaded", "pasted", "job_shown", "saved_run", "opened_from_file", "run_file_id", "confirm_delete", "train",
    "manage_problem", "share_problem", "options-own", "rate-", "rate-Liquid", "rate-Liquid, article", "inputs-",
    "inputs-own-x", "target-", "target-own", "tau_column-", "tau_column-own", "tau_neurons", "solver_neurons_", "v",
    "read", "run", "model", "source",
)  # fmt: skip
TEXTS = (
    "", "0", "1", "-1", "2", "0.5", "-0", "+1", " 1", "1_0", "1e5", "1e308", "-1e308", "1e999", "-1e999", "1e-400",
    "inf", "-inf", "Infinity", "  iNf ", "nan", "-NaN", "１２", "１e999", "²", "½", "0x10", "9" * 400, "9" * 4301,
    "000001" + "0" * 5000, "9" * 9000, "true", "FALSE", "None", "null", "{", "[" * 50_000, "{}", "[]", '{"header": 1}',
    '{"target": ["' + "x" * 60_000 + '"]}', "x" * 100_000, "\x00", "\u202eevil", "İ", "Liquid, article", "Oracle",
    "<script>alert(1)</script>", "![x](https://stranger.example/x.png)", ":material/home: $x$", "javascript:alert(1)",
    "../../etc/passwd", "'; DROP TABLE runs; --", "=1+1", "2024-01-01", "99:99", "9999-99-99T99:99", "Copy", "Upload",
)  # fmt: skip


async def opened(server: Server, path: str, query: str = "") -> Tab:
    """A tab that has opened this address and is gone again."""
    tab = Tab(server.url, query, path=path)
    await tab.connect()
    try:
        await tab.run()
    finally:
        await tab.close()
    return tab


def fitting(rng: random.Random, element: Any) -> str:
    """A text that the control may well take: every one computes something new."""
    if options := getattr(element, "options", None):
        option = rng.choice(list(options))
        return str(getattr(option, "content", option))
    if hasattr(element, "min"):
        return f"{rng.uniform(element.min, element.max):.4g}"
    return rng.choice(TEXTS)


def address(rng: random.Random, own: dict[str, Any], others: list[str]) -> str:
    """A query with one to eight parameters, three in five of them controls of the page."""
    query = []
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        kind = rng.random()
        name = rng.choice(list(own) if own and kind < 0.6 else NAMES if kind < 0.9 else others)
        for _ in range(rng.choice((1, 1, 1, 2))):
            fits = name in own and rng.random() < 0.5
            query.append((name, fitting(rng, own[name]) if fits else rng.choice(TEXTS)))
    return urlencode(query)


async def attack(server: Server, count: int) -> dict[str, Any]:
    """Open `count` addresses, one after the other: seconds of each, what visitors saw of errors, MiB on the way."""
    rng, controls = random.Random(0), {}
    for pause in (WARM, 0):
        for path in PAGES:
            controls[path] = {key: one.element for key, one in (await opened(server, path)).widgets.items()}
        await asyncio.sleep(pause)
    others = sorted({key for own in controls.values() for key in own})
    seconds, broken, sizes = [], [], [used(server)]
    for index in range(count):
        path = rng.choice(PAGES)
        query = address(rng, controls[path], others)
        began = time.perf_counter()
        tab = await opened(server, path, query)
        seconds.append(time.perf_counter() - began)
        if tab.errors:
            broken.append(f"/{path}?{query[:200]}")
        if (index + 1) * MARKS // count > index * MARKS // count:
            sizes.append(used(server))
            print(f"{index + 1:5d} addresses, {sizes[-1]:.0f} MiB, {len(broken)} broken", flush=True)
    return {"addresses": count, "broken": broken, "slowest_s": max(seconds), "mib": sizes}


def measure(count: int, rest: float = REST) -> dict[str, Any]:
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}
    with served() as server:
        result = asyncio.run(attack(server, count))
        time.sleep(rest)
        result |= {"rested_mib": used(server), "threads": server.process.num_threads()}
        return {"machine": machine, "tracebacks": server.tracebacks()} | result


def table(result: dict[str, Any]) -> str:
    """What was measured, as the table of SECURITY.md."""
    lines = {
        f"addresses opened, over all {len(PAGES)} pages": f"{result['addresses']:,}",
        "that showed an error instead of the page": f"{len(result['broken'])}",
        "tracebacks in the server's log": f"{result['tracebacks']}",
        "the slowest": f"{result['slowest_s']:.1f} s",
        "memory before, every page seen": f"{result['mib'][0]:.0f} MiB",
        "after a third, two thirds, all": ", ".join(f"{result['mib'][MARKS * i // 3]:.0f}" for i in (1, 2, 3)) + " MiB",
        f"{REST} s later": f"{result['rested_mib']:.0f} MiB",
    }
    return "| what | |\n|---|---|\n" + "".join(f"| {what} | {size} |\n" for what, size in lines.items())


def main() -> None:
    if len(sys.argv) > 1:  # a short one, to look at
        print(table(measure(int(sys.argv[1]))))
        return
    result = measure(ADDRESSES)
    stored.save("addresses", result, RESULTS, maker="benchmarks.addresses")
    lines = table(stored.load("addresses", RESULTS))
    write_between(SECURITY, "addresses", lines.splitlines())
    print(lines)


if __name__ == "__main__":
    main()
