"""A shared run: drawn once for whoever opens it and once more for its owner, who alone can change it."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.proto.WidgetStates_pb2 import WidgetState

from benchmarks.people import Server, served
from benchmarks.tab import Tab
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.runs.archive import pack
from liquid.runs.format import to_files
from liquid.runs.store import SavedRun, Store
from liquid.series import builtin

MINE, THINE = "m" * 43, "t" * 43
SMALL = TrainConfig(members=1, steps=50, window=12, batch=8, state_size=4, horizon=3)
RunLoop = Callable[[Coroutine[object, object, None]], None]


@dataclass
class House:
    """A server with one saved run, and what was sent to whom."""

    server: Server
    store: Store
    run: str
    exported: bytes
    buttons: dict[str, str] = field(default_factory=dict)  # the ids that the owner's controls have

    @property
    def saved(self) -> SavedRun:
        return self.store.find(self.run)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    address = f"sqlite:///{tmp_path_factory.mktemp('store')}/store.db"
    trained = next(event for event in run(builtin.load("nile"), SMALL) if isinstance(event, Run))
    store = Store.open(address)
    identity = store.save(to_files(trained), "Nile", MINE)
    with served(LIQUID_DATABASE_URL=address) as server:
        yield House(server, store, identity, pack(to_files(trained), "Nile"))
        assert server.tracebacks() == 0
    store.close()


async def opened(house: House, owner: str, page: str = "train", **query: str) -> Tab:
    """A tab with the run, once its browser has said who it is."""
    tab = Tab(house.server.url, urlencode({"run": house.run} | query), path=page)
    await tab.connect()
    await tab.run()
    fragment = tab.put("browser", json_value=json.dumps({"tokens": [owner, owner.upper()]}))
    tab.widgets.clear()
    await tab.run(fragment)
    await tab.settle()
    assert tab.errors == []
    return tab


async def owners_tab(house: House) -> Tab:
    tab = await opened(house, MINE)
    house.buttons = {key: widget.element.id for key, widget in tab.widgets.items()}
    return tab


def test_only_the_owners_page_is_run_again_when_the_browser_has_answered(house: House, run_loop: RunLoop) -> None:
    async def both() -> None:
        colleague, owner = await opened(house, THINE), await owners_tab(house)
        assert "forecast" not in colleague.widgets
        assert {"forecast", f"delete-{house.run}"} <= owner.widgets.keys()
        await colleague.close()
        await owner.close()

    run_loop(both())


def test_a_secret_is_in_no_address_no_message_no_log_and_no_export(house: House, run_loop: RunLoop) -> None:
    """Nor is it shown to who asks for it by its name in the state."""

    async def asking() -> None:
        for page in ("train", "runs"):
            tab = await opened(house, MINE, page, owner_token="x", tab_token="x", fresh_tokens="x", session="x")
            await tab.run()
            sent = b"".join(tab.received)
            assert MINE.encode() not in sent
            assert MINE.upper().encode() not in sent
            assert "link is not a valid value" not in str(tab.texts)
            await tab.close()

    run_loop(asking())
    assert MINE not in house.server.log.read_text()
    assert MINE.encode() not in house.exported


ACTIONS = ("rename", "pin", "delete", "delete_sure", "title", "share_save", "copy")
requests = st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=6)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(requests=requests, page=st.sampled_from(["train", "runs"]))
def test_a_stranger_who_presses_the_owners_controls_changes_nothing(
    house: House, run_loop: RunLoop, requests: list[str], page: str
) -> None:
    """Their ids are no secret: a stranger's client may send any of them, in any order."""

    async def forging() -> None:
        if not house.buttons:
            await (await owners_tab(house)).close()
        tab = await opened(house, THINE, page)
        shape = house.buttons[f"pin-{house.run}"]
        for request in requests:
            key = request if request in house.buttons else f"{request}-{house.run}"
            forged = house.buttons.get(key, shape.replace(f"pin-{house.run}", key))
            value = {"string_value": "stolen"} if request == "title" else {"trigger_value": True}
            tab.states["forged"] = WidgetState(id=forged, **value)
            await tab.run()
        assert tab.errors == []
        assert not {f"delete-{house.run}", f"pin-{house.run}"} & tab.widgets.keys()
        await tab.close()

    before = house.saved
    run_loop(forging())
    assert house.saved == before
    assert house.store.is_owner(house.run, MINE)
