"""What the Train page says: while a training has not made its first step, and of a ratio."""

from __future__ import annotations

from math import nan

from liquid.engine import Job, Task
from liquid.learning.comparison import RmseRatio
from liquid.learning.config import TrainConfig
from liquid.learning.run import run
from liquid.learning.training import Compiling, Started
from pages.train import results, training


class Nobody:
    """No queue."""

    def place(self, job: Job) -> int:
        return 0

    def seconds_until(self, job: Job) -> float | None:
        return None

    def stopped(self, job: Job) -> None: ...


def test_who_waits_for_machine_code_reads_so() -> None:
    job = Job(Task(run), "me", Nobody())
    job.started()
    assert training._state((), (), job) == (0.0, "Getting ready …")
    assert training._state((Compiling(),), (), job) == (0.0, Compiling().message)
    started = Started(TrainConfig(), 100, 12, 600)
    assert training._state((Compiling(), started), (), job) == (0.0, "First steps …")


def test_a_ratio_is_shown_with_its_interval_as_far_as_there_is_one() -> None:
    whole, alone, none = RmseRatio(0.9, 0.8, 1.01), RmseRatio(0.9, nan, nan), RmseRatio(nan, nan, nan)
    assert [results._times(ratio) for ratio in (whole, alone, none)] == [
        "0.900 [0.800, 1.010]",
        "0.900 [too few errors]",
        "",
    ]
    assert results._times(None) == ""  # of a run from before it was measured
