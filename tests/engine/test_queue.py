"""Turns: everybody's first before anybody's second, whoever came when."""

from __future__ import annotations

import time
from collections import Counter

import pytest
import work
from hypothesis import given, settings
from hypothesis import strategies as st

from liquid.engine import Job, Task
from liquid.engine.queue import FairQueue


class Silent:
    def place(self, job: Job) -> int:
        return 0

    def seconds_until(self, job: Job) -> float | None:
        return None

    def stopped(self, job: Job) -> None:
        pass


def job(owner: str) -> Job:
    return Job(Task(work.count, (1,)), owner, Silent())


def owners(queue: FairQueue, number: int) -> list[str]:
    taken = [queue.take() for _ in range(number)]
    return [job.owner for job in taken if job is not None]


def test_a_greedy_visitor_waits_for_everybody_else() -> None:
    queue = FairQueue(2)
    for owner in ["greedy"] * 4 + ["second", "third"]:
        queue.put(job(owner))
    assert owners(queue, 6) == ["greedy", "second", "third", "greedy", "greedy", "greedy"]


def test_who_came_first_is_first() -> None:
    queue = FairQueue(2)
    for owner in "cab":
        queue.put(job(owner))
    assert owners(queue, 3) == ["c", "a", "b"]


@settings(max_examples=100)
@given(st.lists(st.one_of(st.sampled_from("abcd"), st.none()), max_size=30))
def test_no_second_place_while_another_waits_for_a_first(moves: list[str | None]) -> None:
    """A letter comes; None is a worker that takes a job, and now and then one is done."""
    queue, waiting, running = FairQueue(3), Counter[str](), []
    for move in moves:
        if move is not None:
            queue.put(job(move))
            waiting[move] += 1
        elif waiting.total():
            if len(running) == 3:
                queue.release(running.pop(0))
            taken = queue.take()
            assert taken is not None
            held = Counter(other.owner for other in running)
            assert held[taken.owner] == min(held[owner] for owner in waiting if waiting[owner])
            waiting[taken.owner] -= 1
            running.append(taken)


def test_places_are_the_order_in_which_jobs_start() -> None:
    queue = FairQueue(1)
    jobs = [job(owner) for owner in "aabcb"]
    for each in jobs:
        queue.put(each)
    assert [queue.place(each) for each in jobs] == [1, 4, 2, 3, 5]
    queue.take()
    assert [queue.place(each) for each in jobs] == [0, 3, 1, 2, 4]
    assert queue.withdraw(jobs[2])
    assert not queue.withdraw(jobs[0])
    assert [queue.place(each) for each in jobs] == [0, 3, 0, 1, 2]


def running(queue: FairQueue, age: float, left: float) -> Job:
    queue.put(job(f"{age}"))
    taken = queue.take()
    assert taken is not None
    taken.started()
    taken.began = time.monotonic() - age
    taken.happened(work.Count(0, left))
    return taken


def test_the_estimate_is_the_schedule_by_hand() -> None:
    """Two workers, 10 s and 30 s left of 40 s each: starts after 10, 30 and then 10 + 40 s."""
    queue = FairQueue(2)
    waiting = [job(owner) for owner in "abc"]
    queue.put(waiting[0])
    assert queue.seconds_until(waiting[0]) is None
    queue.withdraw(waiting[0])
    running(queue, 30, 10)
    running(queue, 10, 30)
    for each in waiting:
        queue.put(each)
    assert [queue.seconds_until(each) for each in waiting] == pytest.approx([10, 30, 50], abs=1)


def test_an_idle_worker_means_no_wait() -> None:
    queue = FairQueue(2)
    running(queue, 30, 10)
    waiting = job("a")
    queue.put(waiting)
    assert queue.seconds_until(waiting) == 0


def test_a_closed_queue_hands_out_nothing() -> None:
    queue = FairQueue(1)
    left = job("a")
    queue.put(left)
    assert queue.close() == [left]
    assert queue.take() is None
