"""Browser identity: an owner token in localStorage and a tab token in sessionStorage.

They go to this server alone, over the page's own connection: into no link, no cookie and no log. The same invisible
component scrolls to the top of a page that a button has opened.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

import streamlit as st

from liquid.runs.store import new_token
from pages.shared.sessions import rejoin, session

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
BROWSER_JS = """
const token = (storage, name, fresh) => {
  try {
    const stored = storage().getItem(name) ?? ""
    if (/^[A-Za-z0-9_-]{43}$/.test(stored)) return stored
    storage().setItem(name, fresh)
  } catch {
    // Without storage, the browser owns its runs and finds its work until the page is closed.
  }
  return fresh
}
let jumps = 0
export default function ({ data, parentElement, setStateValue }) {
  if (data.jumps !== jumps) for (let box = parentElement; box; box = box.parentElement) box.scrollTo(0, 0)
  jumps = data.jumps
  const owner = token(() => localStorage, "liquid-owner", data.fresh[0])
  const tab = token(() => sessionStorage, "liquid-tab", data.fresh[1])
  if (!data.known) setStateValue("tokens", [owner, tab])
}
"""
# Invisible, and without the gap between elements.
_BROWSER = st.components.v2.component(
    "liquid_browser", js=BROWSER_JS, css=".st-key-browser { display: none; }", isolate_styles=False
)


@st.fragment
def identify() -> None:
    """Ask the browser for its tokens, and resume its tab's session. Call it on every page; it reruns if need be."""
    state = st.session_state
    fresh = state.setdefault("fresh_tokens", (new_token(), new_token()))
    known = "tab_token" in state
    data = {"fresh": fresh, "known": known, "jumps": state.get("jumps", 0)}
    answer = _BROWSER(data=data, key="browser", on_tokens_change=lambda: None)
    if not known:
        tokens = answer.get("tokens")
        if not (isinstance(tokens, list) and len(tokens) == 2 and all(map(_is_token, tokens))):
            return
        state["owner_token"], state["tab_token"] = tokens
        session().owner = hashlib.sha256(tokens[0].encode()).hexdigest()  # the queue need not know the secret
    matters: Callable[[str], bool] | None = state.pop("owner_matters", None)
    if rejoin(state["tab_token"]) or (not known and matters is not None and matters(state["owner_token"])):
        st.rerun()


def scroll_to_top() -> None:
    """Before a switch to another page: otherwise the browser stays as far down as it was."""
    st.session_state["jumps"] = st.session_state.get("jumps", 0) + 1


def owner_token(matters: Callable[[str], bool] = lambda token: True) -> str | None:
    """This browser's secret; None until the browser has answered, a moment after its first page.

    The page is run again with the answer if it `matters`.
    """
    token: str | None = st.session_state.get("owner_token")
    if token is None:
        st.session_state["owner_matters"] = matters
    return token


def _is_token(text: object) -> bool:
    return isinstance(text, str) and TOKEN.fullmatch(text) is not None
