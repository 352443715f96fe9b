"""What happens once, when the server starts; this is the only file that uses a private part of Streamlit.

A folder named `pages` beside the script makes Streamlit run its older kind of multipage app until `st.navigation` has
been called once. If the first request to a new server is a link to a page, as on a host that wakes up for it, the
visitor is told "Page not found". Streamlit 1.67 has no public switch for this.
"""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager


def ignore_pages_folder() -> None:
    PagesManager.uses_pages_directory = False


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Open the dashboard in a browser, as `streamlit run` does for a plain script; at the end, say what is lost."""
    if not st.get_option("server.headless"):
        address = st.get_option("server.address")
        host = "localhost" if address in (None, "", "0.0.0.0", "::") else address
        webbrowser.open(f"http://{host}:{st.get_option('server.port')}")
    yield
    if sessions := sys.modules.get("pages.shared.sessions"):  # which the first visitor loads, and torch with it
        sessions.end_work()
