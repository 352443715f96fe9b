"""Browser identity: an owner token in localStorage and a tab token in sessionStorage.
A page that a door leads to is shown from its top.

Both go to this server alone, over the page's own connection: into no link, no cookie and no log.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

import streamlit as st

from liquid.runs.store import new_token
from pages.shared.work import rejoin, visit

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
BROWSER_JS = """
const kept = (storage, name, fresh) => {
  try {
    const token = storage().getItem(name) ?? ""
    if (/^[A-Za-z0-9_-]{43}$/.test(token)) return token
    storage().setItem(name, fresh)
  } catch {
    // A browser that keeps nothing owns its runs, and finds its work, until the visit ends.
  }
  return fresh
}
let arrived = 0
export default function ({ data, setStateValue }) {
  if (data.doors !== arrived) document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0)
  arrived = data.doors
  const owner = kept(() => localStorage, "liquid-owner", data.fresh[0])
  const tab = kept(() => sessionStorage, "liquid-tab", data.fresh[1])
  if (!data.known) setStateValue("tokens", [owner, tab])
}
"""
# Nothing is to be seen of it, not even the gap that stands between elements.
_BROWSER = st.components.v2.component(
    "liquid_browser", js=BROWSER_JS, css=".st-key-browser { display: none; }", isolate_styles=False
)


@st.fragment
def recognise() -> None:
    """Ask the browser who it is, and bring back what its tab was doing. To be asked on every page; alone it answers."""
    state = st.session_state
    fresh = state.setdefault("fresh_tokens", (new_token(), new_token()))
    known = "tab_token" in state
    data = {"fresh": fresh, "known": known, "doors": state.get("doors", 0)}
    answer = _BROWSER(data=data, key="browser", on_tokens_change=lambda: None)
    if not known:
        tokens = answer.get("tokens")
        if not (isinstance(tokens, list) and len(tokens) == 2 and all(map(_is_token, tokens))):
            return
        state["owner_token"], state["tab_token"] = tokens
        visit().owner = hashlib.sha256(tokens[0].encode()).hexdigest()  # who waits in the queue is no secret
    awaited: Callable[[str], bool] | None = state.pop("owner_awaited", None)
    if rejoin(state["tab_token"]) or (not known and awaited is not None and awaited(state["owner_token"])):
        st.rerun()


def to_the_top() -> None:
    """Before a switch to another page: without it a browser stays as far down as it was on the page before."""
    st.session_state["doors"] = st.session_state.get("doors", 0) + 1


def owner(matters: Callable[[str], bool] = lambda token: True) -> str | None:
    """This browser's secret; None until the browser has answered, a moment after its first page.

    The page is run again with the answer if that `matters`.
    """
    known: str | None = st.session_state.get("owner_token")
    if known is None:
        st.session_state["owner_awaited"] = matters
    return known


def _is_token(text: object) -> bool:
    return isinstance(text, str) and TOKEN.fullmatch(text) is not None
