"""What an engine promises, wherever it runs."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import work

from liquid.engine import Engine, Job, LocalEngine, Task, apart
from liquid.engine.workers import COURTESY
from liquid.errors import LiquidError

PATIENCE = 60.0  # seconds until a wait is given up; a busy machine is slow, not wrong


def wait(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def ended(job: Job) -> Job:
    wait(lambda: not job.active)
    return job


def test_events_arrive_in_order_and_whole(engine: Engine) -> None:
    job = ended(engine.submit(Task(work.count, (20,)), "a"))
    assert job.state == "done"
    assert job.events == tuple(work.Count(n, 19.0 - n) for n in range(20))
    assert job.time_left == 0


def test_a_sentence_and_a_mistake_reach_their_owner_and_hurt_no_other(
    engine: Engine, flag: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda said: logged.append(said.exc_type))
    other = engine.submit(Task(work.until, (str(flag),)), "a")
    refused = ended(engine.submit(Task(work.refused), "b"))
    broken = ended(engine.submit(Task(work.broken), "c"))
    flag.touch()
    assert (refused.state, refused.problem) == ("failed", "batch=0 is too small; choose 1 or more.")
    assert broken.state == "failed"
    assert "An internal error occurred (KeyError)" in broken.problem
    assert "a mistake of ours" not in broken.problem
    assert logged == [KeyError]
    assert ended(other).events == ("started", "flag")


def test_a_stop_keeps_what_there_is(engine: Engine, flag: Path) -> None:
    job = engine.submit(Task(work.until, (str(flag),)), "a")
    wait(lambda: job.events)
    assert (job.state, job.place, job.stopping) == ("running", 0, False)
    job.stop()
    assert job.stopping
    assert ended(job).events == ("started", "stopped")


def test_the_queue_is_bounded_fair_and_tells_places(engine: Engine, flag: Path) -> None:
    greedy = [engine.submit(Task(work.until, (str(flag),)), "greedy") for _ in range(3)]
    wait(lambda: [job.state for job in greedy] == ["running", "running", "waiting"])
    other = engine.submit(Task(work.until, (str(flag),)), "other")
    assert [job.place for job in [*greedy, other]] == [0, 0, 2, 1]
    greedy[0].stop()
    wait(lambda: other.state == "running")
    assert greedy[2].state == "waiting"
    flag.touch()
    assert ended(greedy[2]).events == ("started", "flag")


def test_what_waits_ends_at_its_stop(engine: Engine, flag: Path) -> None:
    busy = [engine.submit(Task(work.until, (str(flag),)), "a") for _ in range(2)]
    wait(lambda: all(job.state == "running" for job in busy))
    waiting = engine.submit(Task(work.count, (5,)), "b")
    waiting.stop()
    assert (waiting.state, waiting.events) == ("done", ())
    flag.touch()
    for job in busy:
        ended(job)


def test_a_stopped_job_that_does_not_hear_frees_its_worker(engine: Engine, flag: Path) -> None:
    deaf = [engine.submit(Task(work.deaf, (str(flag),)), "a") for _ in range(2)]
    wait(lambda: all(job.state == "running" for job in deaf))
    after = engine.submit(Task(work.count, (5,)), "b")
    deaf[0].stop()
    assert ended(after).state == "done"
    assert [job.state for job in deaf] == ["running", "running"]
    flag.touch()
    assert [ended(job).events[-1] for job in deaf] == ["stopped", "flag"]
    # Afterwards there are as many workers as before: two run, a third waits.
    flag.unlink()
    later = [engine.submit(Task(work.until, (str(flag),)), owner) for owner in "abc"]
    wait(lambda: [job.state for job in later] == ["running", "running", "waiting"])
    flag.touch()
    for job in later:
        ended(job)


def test_a_task_must_be_found_by_its_name() -> None:
    with pytest.raises(LiquidError, match="top level of a module"):
        Task(lambda stop: iter(()))


def test_a_sweep_gives_every_item_its_result(engine: Engine) -> None:
    assert sorted(engine.results(work.square, range(12))) == [(n, n * n) for n in range(12)]
    assert list(engine.results(work.square, [])) == []


def test_a_killed_worker_costs_a_sweep_a_try_and_no_result(engine: Engine, tmp_path: Path) -> None:
    items = [(n, str(tmp_path / "died") if n == 2 else "") for n in range(6)]
    assert sorted(engine.results(work.square_dying_once, items)) == [(item, item[0] ** 2) for item in items]
    assert (tmp_path / "died").exists()


def test_an_item_that_always_kills_its_worker_is_given_up(engine: Engine) -> None:
    with pytest.raises(LiquidError, match="7"):
        list(engine.results(work.always_dies, [7]))


def test_one_call_apart_ends_in_its_answer_or_its_sentence(engine: Engine) -> None:
    calls = {"squaring": partial(work.square, 7), "refusing": partial(work.refuse, 3)}
    answer, sentence = (ended(engine.submit(Task(apart, (name, call)), "a")).events[0] for name, call in calls.items())
    assert answer == 49
    assert isinstance(sentence, LiquidError)
    assert "number=3 is odd" in str(sentence)


def test_a_call_that_kills_its_process_is_named_without_its_arguments(local: Engine) -> None:
    job = ended(local.submit(Task(apart, ("Reading", partial(work.always_dies, 12345))), "a"))
    assert job.problem.startswith("Reading ended its worker")
    assert "12345" not in job.problem


def test_an_error_of_the_function_is_the_callers(engine: Engine) -> None:
    with pytest.raises(LiquidError, match="number=3 is odd"):
        list(engine.results(work.refuse, [3]))


def test_a_sweep_ends_at_a_stop_though_its_items_would_not(engine: Engine, flag: Path) -> None:
    began = time.monotonic()
    assert list(engine.results(work.held, [str(flag)] * 4, lambda: time.monotonic() - began > 0.2)) == []
    flag.touch()


def test_whoever_clicks_goes_before_a_training() -> None:
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    engine = LocalEngine(1)
    try:
        job = ended(engine.submit(Task(work.priority), "a"))
    finally:
        engine.close()
    if sys.platform == "linux":  # elsewhere threads have no priority of their own
        assert job.events == (min(COURTESY, 19),)
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
