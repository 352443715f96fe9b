"""A shared run is drawn once for whoever opens it, and once more for its owner alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from pathlib import Path

from benchmarks.people import served
from benchmarks.tab import Tab
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.runs.format import to_files
from liquid.runs.store import Store
from liquid.series import builtin

MINE, THINE = "m" * 43, "t" * 43
SMALL = TrainConfig(members=1, steps=50, window=12, batch=8, state_size=4, horizon=3)


async def opened(url: str, identity: str, owner: str) -> Tab:
    """A tab with the run, once its browser has said who it is."""
    tab = Tab(url, f"run={identity}")
    await tab.connect()
    await tab.run()
    tab.page = tab.pages["train"]
    await tab.run()
    fragment = tab.put("browser", json_value=json.dumps({"tokens": [owner, owner.upper()]}))
    tab.widgets.clear()
    await tab.run(fragment)
    await tab.settle()
    await tab.close()
    assert tab.errors == []
    return tab


def test_only_the_owners_page_is_run_again_when_the_browser_has_answered(
    tmp_path: Path, run_loop: Callable[[Coroutine[object, object, Tab]], Tab]
) -> None:
    address = f"sqlite:///{tmp_path}/store.db"
    trained = next(event for event in run(builtin.load("nile"), SMALL) if isinstance(event, Run))
    store = Store.open(address)
    identity = store.save(to_files(trained), "Nile", MINE)
    store.close()
    with served(LIQUID_DATABASE_URL=address) as server:
        colleague = run_loop(opened(server.url, identity, THINE))
        assert "forecast" not in colleague.widgets
        owner = run_loop(opened(server.url, identity, MINE))
        assert {"forecast", f"delete-{identity}"} <= owner.widgets.keys()
        assert server.tracebacks() == 0
