"""Many people on one small server: real sessions over Streamlit's websocket, on loopback.

    python -m benchmarks.load            measures, prints, and stores benchmarks/results/load.json

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
import time
from typing import Any

import numpy as np

from benchmarks import RESULTS
from benchmarks.people import (
    LONG,
    PAGES,
    THINK,
    Server,
    click,
    clicking,
    served,
    start_training,
    training,
)
from benchmarks.tab import visitor
from liquid.studies import stored

STORED = RESULTS / "load.json"


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


async def sessions(server: Server, count: int, first_seed: int, at_once: int = 5) -> list[str]:
    """`count` people come, click once, and go."""
    errors: list[str] = []

    async def session(seed: int) -> None:
        async with visitor(server.url, PAGES[seed % len(PAGES)]) as tab:
            await click(tab, np.random.default_rng(seed))
            errors.extend(tab.errors)

    for start in range(0, count, at_once):
        await asyncio.gather(*(session(first_seed + start + i) for i in range(at_once)))
    return errors


async def coming_and_going(server: Server, before: int, count: int) -> dict[str, Any]:
    """Memory after `before` sessions, and after `count` more."""
    errors = await sessions(server, before, 0)
    first = server.memory
    errors += await sessions(server, count, before)
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
            progress = re.search(r"Step ([\d,]+) of", " ".join(tab.texts))
            if progress:
                steps.append(int(progress[1].replace(",", "")))
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
    measured: dict[str, Any] = {"machine": machine}

    def keep(name: str, part: dict[str, Any]) -> None:
        measured[name] = part
        print(name, json.dumps(part, indent=2), flush=True)
        machine["load_after"] = os.getloadavg()[0]
        if not args.dry:
            STORED.write_text(json.dumps(measured, indent=2) + "\n")

    with served() as server:
        asyncio.run(sessions(server, 2 * len(PAGES), 0, at_once=1))  # every page once, as on any server that is up
        keep("crowd", asyncio.run(crowd(server, args.people, args.trainings, args.seconds)))
        keep("disconnects", asyncio.run(disconnects(server, args.disconnects, 3)))
    with served() as server:
        keep("sessions", asyncio.run(coming_and_going(server, 50, args.sessions)))
    if not args.dry:
        stored.record("load", "benchmarks.load", RESULTS)


if __name__ == "__main__":
    main()
