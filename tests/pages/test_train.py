"""What the Train page says while a training has not made its first step."""

from __future__ import annotations

from liquid.engine import Job, Task
from liquid.learning.config import TrainConfig
from liquid.learning.run import run
from liquid.learning.training import Compiling, Started
from pages.train import training


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
