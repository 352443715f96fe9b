"""Both engines: one in this process, one on a Dask scheduler with two worker processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from distributed import Client

from liquid.engine import Engine, LocalEngine, engine_at

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # seconds
ENVIRONMENT = {
    "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).parent)]),
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
}


def start(stack: ExitStack, role: str, *options: str) -> None:
    command = [sys.executable, "-m", f"distributed.cli.dask_{role}", *options]
    process = stack.enter_context(
        subprocess.Popen(command, env=os.environ | ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    )
    stack.callback(process.wait)
    stack.callback(process.terminate)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with two workers."""
    folder = tmp_path_factory.mktemp("dask")
    file, local = folder / "scheduler.json", ["--local-directory", str(folder)]
    with ExitStack() as stack:
        start(stack, "scheduler", "--scheduler-file", str(file), "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        for _ in range(2):
            start(stack, "worker", "--scheduler-file", str(file), "--nthreads", "1", "--no-dashboard", *local)
        end = time.monotonic() + PATIENCE
        while not (file.exists() and file.stat().st_size):  # it is made first, and then filled
            assert time.monotonic() < end, "no scheduler"
            time.sleep(0.05)
        yield str(file)


@pytest.fixture(scope="session")
def dask(cluster: str) -> Iterator[Engine]:
    address = json.loads(Path(cluster).read_text())["address"]
    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=PATIENCE)
    engine = engine_at(address)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def local() -> Iterator[Engine]:
    engine = LocalEngine(workers=2)
    yield engine
    engine.close()


@pytest.fixture(params=["local", "dask"])
def engine(request: pytest.FixtureRequest) -> Engine:
    engine: Engine = request.getfixturevalue(request.param)
    return engine


@pytest.fixture
def flag(tmp_path: Path) -> Path:
    """A file that is not there yet: work that waits for it ends when it appears."""
    return tmp_path / "flag"
