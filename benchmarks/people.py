"""People at the real server: one that is started for them, and what each of them does in a tab."""

from __future__ import annotations

import asyncio
import os
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
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np
import psutil

from benchmarks.tab import Tab, visitor

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("", "claims", "train", "runs", "solver", "time_constant", "benchmark")
TOKEN = re.compile(rb"owner-[0-9a-f]{16}")  # a column's name that only one visitor may ever see
THINK = 5.0  # seconds between two clicks of one person, on average
OPTIONS = ("--server.headless=true",)
TRAINING = "source=Paste&steps=600"  # eight networks of sixteen neurons, as by default
LONG = "source=Paste&steps=3000&trained_by=SOAP%2C+readout+solved%2C+finished"  # others end early


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
    return sum(any(other != token.encode() for other in TOKEN.findall(data)) for data in tab.received)


@dataclass
class Person:
    """What one visitor lived through. Times in seconds."""

    answers: list[tuple[float, str]]  # how long, and to what
    errors: list[str]
    strangers: int
    own_seen: bool = False
    seconds: float = 0.0


def choose(tab: Tab, rng: np.random.Generator) -> str | None:
    """Set a random control to a random value; its key. None if the page has none."""
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
            start = time.perf_counter()
            await tab.run(next(iter(tab.watching)))
            answers.append((time.perf_counter() - start, "watch"))
        if "forecast" not in tab.widgets:
            tab.errors.append(f"no forecast: {tab.texts}")
        seen = any(token.encode() in data for data in tab.received)
        return Person(answers, tab.errors, strangers(tab, token), seen, time.perf_counter() - began)


async def start_training(tab: Tab, token: str) -> None:
    tab.put("pasted", string_value=own_series(token))
    await tab.run()
    await tab.run(pressed="train")
