"""Many people on one small server: real sessions over Streamlit's websocket, on loopback.

    python -m benchmarks.load            measures, prints, and stores data/results/load.json

Thirty people click while eight train; two hundred come and go; one loses the connection fifteen times.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np
import psutil

from benchmarks.tab import Tab, visitor

ROOT = Path(__file__).resolve().parents[1]
STORED = ROOT / "data" / "results" / "load.json"
PAGES = ("", "claims", "train", "runs", "solver", "time_constant", "benchmark")
TOKEN = re.compile(rb"owner-[0-9a-f]{16}")  # a column's name that only one visitor may ever see
THINK = 5.0  # seconds between two clicks of one person, on average
OPTIONS = ("--server.headless=true", "--server.fileWatcherType=none")  # as on a host, where no file changes
TRAINING = "source=Paste&steps=600"  # eight networks of sixteen neurons, as by default
LONG = "source=Paste&steps=3000"


@dataclass
class Server:
    url: str
    process: psutil.Process
    log: Path

    @property
    def memory(self) -> float:
        """Resident, in MiB."""
        return float(self.process.memory_info().rss / 2**20)

    def tracebacks(self) -> int:
        return self.log.read_text().count("(most recent call last)")


@contextmanager
def served(**settings: str) -> Iterator[Server]:
    """`streamlit run app.py` on a free port, with an empty store of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        own = {"HOME": folder, "LIQUID_DATABASE_URL": f"sqlite:///{folder}/store.db"}
        log = Path(folder) / "log"
        command = [sys.executable, "-m", "streamlit", "run", "app.py", *OPTIONS]
        with log.open("w") as out:
            process = subprocess.Popen(
                [*command, f"--server.port={port}", "--server.address=127.0.0.1"],
                cwd=ROOT,
                env=os.environ | own | settings,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health", process)
            yield Server(f"ws://127.0.0.1:{port}", psutil.Process(process.pid), log)
        finally:
            process.terminate()
            process.wait()


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            with urlopen(address) as answer:
                if answer.status == 200:
                    return
        except URLError:
            time.sleep(0.1)
    raise SystemExit("The server did not start.")


def own_series(token: str, length: int = 600) -> str:
    """A noisy sine as CSV, its column named after its owner."""
    noise = np.random.default_rng(0).normal(size=length)
    values = np.sin(np.arange(length) / 5) + 0.1 * noise
    return f"{token}\n" + "\n".join(f"{value:.5f}" for value in values)


def strangers(tab: Tab, token: str) -> int:
    """How many messages to this tab hold another visitor's token."""
    return sum(any(found != token.encode() for found in TOKEN.findall(data)) for data in tab.received)


@dataclass
class Person:
    """What one visitor lived through. Times in seconds."""

    answers: list[tuple[float, str]]  # how long, and to what
    errors: list[str]
    strangers: int
    own_seen: bool = False
    seconds: float = 0.0


def choose(tab: Tab, rng: np.random.Generator) -> str | None:
    """Set a random control to a random value; its key. None where the page has none."""
    kinds = ("Slider", "NumberInput", "Checkbox", "Selectbox")
    keys = [key for key, widget in tab.widgets.items() if type(widget.element).__name__ in kinds]
    keys = [key for key in keys if not tab.widgets[key].element.disabled]
    if not keys:
        return None
    key = keys[rng.integers(len(keys))]
    element = tab.widgets[key].element
    match type(element).__name__:
        case "Slider" if element.options:
            option = element.options[rng.integers(len(element.options))]
            tab.put(key, string_array_value={"data": [option] * len(element.default)})
        case "Slider":
            value = element.min + element.step * rng.integers(round((element.max - element.min) / element.step) + 1)
            tab.put(key, double_array_value={"data": [min(value, element.max)] * len(element.default)})
        case "NumberInput":
            low, high = (element.min if element.has_min else 0), (element.max if element.has_max else 100)
            tab.put(key, double_value=low + element.step * rng.integers(int((high - low) / element.step) + 1))
        case "Checkbox":
            tab.put(key, bool_value=bool(rng.integers(2)))
        case _:
            tab.put(key, string_value=element.options[rng.integers(len(element.options))])
    return key


async def click(tab: Tab, rng: np.random.Generator) -> tuple[float, str]:
    """One click, every fourth to another page; how long the answer took to arrive whole, and what was clicked."""
    key = choose(tab, rng) if rng.random() > 0.25 else None
    if key is None:
        path = PAGES[rng.integers(len(PAGES))]
        tab.page = tab.pages[path]
    began = time.perf_counter()
    await tab.run(tab.widgets[key].fragment if key else "")
    return time.perf_counter() - began, key or f"to /{path}"


async def clicking(url: str, over: asyncio.Event, seed: int) -> Person:
    rng = np.random.default_rng(seed)
    answers: list[tuple[float, str]] = []
    await asyncio.sleep(rng.uniform(0, THINK))
    async with visitor(url, PAGES[seed % len(PAGES)]) as tab:
        while not over.is_set():
            await asyncio.sleep(rng.exponential(THINK))
            answers.append(await click(tab, rng))
        return Person(answers, tab.errors, strangers(tab, ""))


async def training(url: str, query: str = TRAINING) -> Person:
    """Paste an own series, train, watch until the forecast is there."""
    token, answers = f"owner-{secrets.token_hex(8)}", list[tuple[float, str]]()
    began = time.perf_counter()
    async with visitor(url, "train", query) as tab:
        await start_training(tab, token)
        while tab.watching:
            await asyncio.sleep(next(iter(tab.watching.values())))
            asked = time.perf_counter()
            await tab.run(next(iter(tab.watching)))
            answers.append((time.perf_counter() - asked, "watch"))
        if "forecast" not in tab.widgets:
            tab.errors.append(f"no forecast: {tab.texts}")
        seen = any(token.encode() in data for data in tab.received)
        return Person(answers, tab.errors, strangers(tab, token), seen, time.perf_counter() - began)


async def start_training(tab: Tab, token: str) -> None:
    tab.put("pasted", string_value=own_series(token))
    await tab.run()
    await tab.run(pressed="train")


async def crowd(server: Server, people: int, trainings: int, seconds: float) -> dict[str, Any]:
    """`people` click for `seconds`, while `trainings` run or wait; those are watched to their end."""
    over = asyncio.Event()
    clickers = [asyncio.create_task(clicking(server.url, over, seed)) for seed in range(people)]
    began = time.perf_counter()
    trainers = [asyncio.create_task(training(server.url)) for _ in range(trainings)]
    await asyncio.sleep(seconds)
    unfinished = sum(not trainer.done() for trainer in trainers)
    over.set()
    clicked = await asyncio.gather(*clickers)
    trained = await asyncio.gather(*trainers)
    everybody = [*clicked, *trained]
    answers = sorted((answer for person in clicked for answer in person.answers), reverse=True)
    watched = [answer for person in trained for answer in person.answers]
    return {
        "people": people,
        "trainings": trainings,
        "unfinished_when_the_last_click_came": unfinished,
        "think_s": THINK,
        "seconds": round(time.perf_counter() - began, 1),
        "clicks": len(answers),
        "answer_s": spread([seconds for seconds, _ in answers]),
        "slowest": [f"{what}: {seconds:.2f} s" for seconds, what in answers[:10]],
        "watch_s": spread([seconds for seconds, _ in watched]),
        "training_s": spread([person.seconds for person in trained]),
        "errors": [error for person in everybody for error in person.errors],
        "foreign_messages": sum(person.strangers for person in everybody),
        "own_token_seen_by": sum(person.own_seen for person in trained),
        "tracebacks": server.tracebacks(),
    }


def spread(values: list[float]) -> dict[str, float]:
    return {name: round(float(np.quantile(values, q)), 3) for name, q in (("p50", 0.5), ("p95", 0.95), ("max", 1.0))}


async def visits(server: Server, count: int, first_seed: int, at_once: int = 5) -> list[str]:
    """`count` people come, click once, and go."""
    errors: list[str] = []

    async def visit(seed: int) -> None:
        async with visitor(server.url, PAGES[seed % len(PAGES)]) as tab:
            await click(tab, np.random.default_rng(seed))
            errors.extend(tab.errors)

    for start in range(0, count, at_once):
        await asyncio.gather(*(visit(first_seed + start + i) for i in range(at_once)))
    return errors


async def coming_and_going(server: Server, before: int, count: int) -> dict[str, Any]:
    """Memory after `before` visits, and after `count` more."""
    errors = await visits(server, before, 0)
    first = server.memory
    errors += await visits(server, count, before)
    last = server.memory
    return {
        "sessions_before": before,
        "sessions": count,
        "before_mib": round(first, 1),
        "after_mib": round(last, 1),
        "growth_percent": round(100 * (last / first - 1), 1),
        "errors": errors,
        "tracebacks": server.tracebacks(),
    }


async def disconnects(server: Server, times: int, clicks: int) -> dict[str, Any]:
    """While a training runs: `clicks` clicks, the last unanswered when the connection breaks, `times` over."""
    rng, token, steps = np.random.default_rng(0), f"owner-{secrets.token_hex(8)}", [0]
    lost: list[str] = []
    async with visitor(server.url, "train", LONG) as tab:
        await start_training(tab, token)
        for _ in range(times):
            session = tab.session
            for index in range(clicks):
                fragment = tab.put("horizon", double_array_value={"data": [float(rng.integers(1, 60))]})
                await tab.ask(fragment)
                if index < clicks - 1:
                    await tab.listen()
            await tab.drop()
            await tab.connect()
            await tab.run()
            await tab.settle()
            await tab.run()
            if tab.session != session:
                lost.append("the session")
            if "stop" not in tab.widgets:
                lost.append("the training")
            if not any(token in str(data) for data in tab.received[-200:]):
                lost.append("the series")
            said = re.search(r"Step ([\d,]+) of", " ".join(tab.texts))
            if said:
                steps.append(int(said[1].replace(",", "")))
        if "stop" in tab.widgets:
            await tab.run(tab.widgets["stop"].fragment, pressed="stop")
        while tab.watching:
            await asyncio.sleep(0.4)
            await tab.run(next(iter(tab.watching)))
        if "forecast" not in tab.widgets:
            lost.append("the forecast")
        if steps != sorted(steps):
            lost.append("training steps")
        return {
            "times": times,
            "clicks_each": clicks,
            "lost": lost,
            "errors": tab.errors,
            "last_step_seen": steps[-1],
            "tracebacks": server.tracebacks(),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--trainings", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=60, help="how long people click")
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--disconnects", type=int, default=15)
    parser.add_argument("--dry", action="store_true", help="print only, store nothing")
    args = parser.parse_args()
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load_before": os.getloadavg()[0]}
    found: dict[str, Any] = {"machine": machine}

    def keep(name: str, part: dict[str, Any]) -> None:
        found[name] = part
        print(name, json.dumps(part, indent=2), flush=True)
        machine["load_after"] = os.getloadavg()[0]
        if not args.dry:
            STORED.write_text(json.dumps(found, indent=2) + "\n")

    with served() as server:
        asyncio.run(visits(server, 2 * len(PAGES), 0, at_once=1))  # every page once, as on any server that is up
        keep("crowd", asyncio.run(crowd(server, args.people, args.trainings, args.seconds)))
        keep("disconnects", asyncio.run(disconnects(server, args.disconnects, 3)))
    with served() as server:
        keep("sessions", asyncio.run(coming_and_going(server, 50, args.sessions)))


if __name__ == "__main__":
    main()
