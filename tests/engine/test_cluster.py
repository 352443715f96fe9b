"""What only a cluster can show: a job whose worker is killed, and a scheduler that is not there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import work
from test_engine import ended

from liquid.engine import SETTING, Engine, LocalEngine, Task, chosen_engine
from liquid.errors import LiquidError


def test_a_killed_worker_costs_a_job_a_retry_and_not_the_result(dask: Engine, tmp_path: Path) -> None:
    mark = tmp_path / "died"
    job = ended(dask.submit(Task(work.dies_once, (str(mark),)), "a"))
    assert mark.exists()
    assert (job.state, job.events) == ("done", ("told", "finished"))


def test_a_scheduler_that_is_not_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liquid.engine.cluster.CONNECT", 0.3)
    monkeypatch.setenv(SETTING, "tcp://127.0.0.1:9")
    with pytest.raises(LiquidError, match=r"No Dask scheduler answers at 'tcp://127\.0\.0\.1:9'"):
        chosen_engine()


def test_without_the_setting_dask_is_never_loaded() -> None:
    said = "import sys; from liquid.engine import chosen_engine; chosen_engine(); print('distributed' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True, env={"PATH": ""})
    assert done.stdout.strip() == "False"


def test_without_the_setting_work_stays_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SETTING, raising=False)
    here = chosen_engine(1)
    assert isinstance(here, LocalEngine)
    here.close()
