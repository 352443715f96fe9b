"""Threads in one compiled loop: torch's team, our own pool, in both many callers, interrupts, forks and no memory."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, get_ident
from weakref import ref

import pytest
import torch

from liquid.dynamics.compiled import Callback
from liquid.dynamics.rnn import LiquidRNN
from liquid.dynamics.scan import operator as scan
from liquid.dynamics.scan import workers as scan_workers
from liquid.dynamics.scan.workers import HEAD

_C_FUNCTION = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


def callback(work) -> Callback:
    function = _C_FUNCTION(work)
    return Callback(function, ctypes.cast(function, ctypes.c_void_p).value, function)


@pytest.fixture(params=["team", "pool"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "pool":
        monkeypatch.setattr(scan_workers, "openmp_team", lambda: None)
    elif scan_workers.openmp_team() is None:
        pytest.skip("torch has no libgomp here")
    return request.param


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_every_thread_enters_once_with_the_same_job(way: str, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = ThreadPoolExecutor(3)
    monkeypatch.setattr(scan_workers, "_pool", lambda: pool)
    entered, together = [], Barrier(threads, timeout=10)

    def work(place: int) -> None:
        together.wait()
        entered.append((get_ident(), ctypes.cast(place, ctypes.POINTER(ctypes.c_int64))[HEAD]))

    assert scan_workers.share(callback(work), [7], 3, threads, None)
    assert [number for _, number in entered] == [7] * threads
    assert len({thread for thread, _ in entered}) == threads
    assert get_ident() in {thread for thread, _ in entered}


def test_ten_callers_at_once_get_the_numbers_of_one(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    assert scan.ready(wait=True)
    rnn, x = LiquidRNN(1, 20, backend="scan"), torch.randn(40, 60, 1, generator=torch.Generator().manual_seed(0))

    def run(_: int) -> list[torch.Tensor]:
        states, _ = rnn(x)
        return [states, *torch.autograd.grad(states.square().sum(), tuple(rnn.parameters()))]

    expected = run(0)
    with ThreadPoolExecutor(10) as callers:
        for found in callers.map(run, range(50)):
            assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


def test_a_helper_that_outlives_an_interrupted_caller_owns_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_workers, "openmp_team", lambda: None)
    caller, leave = get_ident(), Event()
    owner = torch.zeros(1)
    alive = ref(owner)

    def work(_: int) -> None:
        if get_ident() != caller:
            leave.wait(10)

    class Interrupted:
        """A pool whose caller is interrupted while it waits."""

        def submit(self, helper):
            found = pool.submit(helper)

            class Waited:
                cancel = staticmethod(lambda: False)

                @staticmethod
                def result() -> None:
                    raise KeyboardInterrupt

            futures.append(found)
            return Waited

    futures = []
    with ThreadPoolExecutor(1) as pool:
        monkeypatch.setattr(scan_workers, "_pool", Interrupted)
        with pytest.raises(KeyboardInterrupt):
            scan_workers.share(callback(work), [0], 2, 2, owner)
        del owner
        assert alive() is not None
        leave.set()
        futures.pop().result(10)
    assert alive() is None


def test_a_busy_pool_means_less_help_and_no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_workers, "openmp_team", lambda: None)
    leave, entered = Event(), []
    with ThreadPoolExecutor(1) as pool:
        pool.submit(leave.wait, 30)
        monkeypatch.setattr(scan_workers, "_pool", lambda: pool)
        scan_workers.share(callback(lambda _: entered.append(get_ident())), [0], 2, 2, None)
        leave.set()
    assert entered == [get_ident()]


def test_a_team_is_asked_for_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """libgomp ends the threads beyond a smaller team, and torch's next operation would make them anew."""
    asked = []
    monkeypatch.setattr(scan_workers, "openmp_team", lambda: lambda work, job, threads, flags: asked.append(threads))
    for tasks in (1, 2, 9):
        scan_workers.share(callback(lambda _: None), [0], tasks, 8, None)
    assert asked == [8, 8], "one task needs no team"


@pytest.mark.parametrize("way", ["team", "pool"])
def test_a_forked_child_does_not_wait_for_the_threads_of_its_parent(way: str) -> None:
    """Run apart, because a child that waits for ever cannot be told from one that is slow in this process."""
    program = """
        import os, sys, torch
        from liquid.dynamics.scan import operator as scan, workers as scan_workers
        if sys.argv[1] == "pool":
            scan_workers.openmp_team = lambda: None
        from liquid.dynamics.rnn import LiquidRNN
        torch.set_num_threads(2)
        scan.ready(wait=True)
        rnn, x = LiquidRNN(1, 32, backend="scan"), torch.ones(64, 50, 1)
        expected = rnn(x)[0].numpy(force=True)
        child = os.fork()
        if child == 0:
            os._exit(0 if (rnn(x)[0].numpy(force=True) == expected).all() else 1)
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program), way], timeout=60, check=False)
    assert done.returncode == 0


def test_a_thread_that_finds_no_memory_says_so() -> None:
    assert scan.ready(wait=True)
    x, parameters = torch.ones(1, 2, 1), [torch.zeros(shape, requires_grad=True) for shape in ((4, 5), 4, 4, 4)]
    steps = 2**45  # a sample: more than any machine has room for
    with torch.no_grad(), pytest.raises(MemoryError, match="smaller batch"):
        scan.scan(x, None, *parameters, torch.tensor(0.1), steps, "euler")
    states, _ = scan.scan(x, None, *parameters, torch.tensor(0.1), 1, "euler")
    states.grad_fn.call = states.grad_fn.call._replace(unfolds=steps)
    with pytest.raises(MemoryError, match="smaller batch"):
        states.sum().backward()
