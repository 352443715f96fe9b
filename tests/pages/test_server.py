"""The first request to a new server may be a link to any page; the app opens a browser as a plain script does."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from benchmarks.people import served
from benchmarks.tab import Tab
from pages.shared import server


async def first(url: str) -> Tab:
    """What a new server answers to a link to a page, with a setting that fits and one that fits no widget."""
    tab = Tab(url, "state_size=8&dt=inf", path="train")
    await tab.connect()
    await tab.run()
    await tab.settle()
    await tab.close()
    return tab


def test_the_first_link_opens_its_page(run_loop: Callable[[Coroutine[object, object, Tab]], Tab]) -> None:
    with served() as running:
        tab = run_loop(first(running.url))
        assert tab.errors == []
        assert tab.page == tab.pages["train"]
        assert tab.widgets["state_size"].element.value == [8]
        assert any("dt\\=inf from the link is not a valid value here" in text for text in tab.texts)
        assert running.tracebacks() == 0


def test_the_private_switch_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PagesManager, "uses_pages_directory", None)
    PagesManager("app.py")
    assert PagesManager.uses_pages_directory  # the folder is taken for pages of the older kind
    server.ignore_pages_folder()
    PagesManager("app.py")
    assert not PagesManager.uses_pages_directory


@pytest.mark.parametrize(
    ("headless", "address", "opened"),
    [
        (True, None, []),
        (False, None, ["http://localhost:8501"]),
        (False, "0.0.0.0", ["http://localhost:8501"]),
        (False, "192.0.2.1", ["http://192.0.2.1:8501"]),
    ],
)
def test_a_browser_is_opened_unless_the_server_is_headless(
    headless: bool,
    address: str | None,
    opened: list[str],
    monkeypatch: pytest.MonkeyPatch,
    run_loop: Callable[[Coroutine[Any, Any, Any]], Any],
) -> None:
    options = {"server.headless": headless, "server.address": address, "server.port": 8501}
    asked: list[str] = []
    monkeypatch.setattr(st, "get_option", options.__getitem__)
    monkeypatch.setattr(webbrowser, "open", asked.append)

    async def start() -> None:
        async with server.lifespan(st.App("app.py")):
            pass

    run_loop(start())
    assert asked == opened
