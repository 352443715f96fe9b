"""Browser identity: an owner token in localStorage and a tab token in sessionStorage.

They go to this server alone, over the page's own connection: into no link, no cookie and no log. The same invisible
component scrolls to the top of a page that a button has opened, and makes the browser's back button and a finger on a
chart do what they do on any site.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

import streamlit as st

from liquid.runs.store import new_token
from pages.shared.sessions import GRACE, rejoin, session

TRAINED = "trained_here"  # in the state of a tab that has started a training
LOST = (
    f"What this tab had trained or was training is gone: the server was restarted, or the tab was away for more than "
    f"{GRACE:.0f} s. Saved runs are kept."
)
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
const worked = (value) => {
  try {
    if (value === undefined) return sessionStorage.getItem("liquid-work") === "yes"
    sessionStorage.setItem("liquid-work", value ? "yes" : "no")
  } catch {
    // Without storage, the tab does not know.
  }
  return false
}
// One step back is one page back, with its settings: what a page writes into its own address adds no entry to the
// browser's history, and when Streamlit leaves a page it empties the address just before, which is undone.
const push = history.pushState
let emptied = { address: "", at: -Infinity }
history.pushState = function (state, title, address) {
  const next = new URL(address ?? "", location.href)
  if (next.pathname === location.pathname) {
    if (location.search && !next.search) emptied = { address: location.href, at: performance.now() }
    return history.replaceState(state, title, address)
  }
  if (performance.now() - emptied.at < 2000) history.replaceState(state, title, emptied.address)
  return push.call(history, state, title, address)
}
// A finger on a chart scrolls the page: Plotly would drag a box and keep the page still. A tap is still a click.
const untouched = (event) => {
  if (event.target.closest?.(".js-plotly-plot")) event.stopPropagation()
}
addEventListener("touchstart", untouched, { capture: true, passive: true })
let jumps = 0
let lost = false
export default function ({ data, parentElement, setStateValue }) {
  if (data.jumps !== jumps) for (let box = parentElement; box; box = box.parentElement) box.scrollTo(0, 0)
  jumps = data.jumps
  const owner = token(() => localStorage, "liquid-owner", data.fresh[0])
  const tab = token(() => sessionStorage, "liquid-tab", data.fresh[1])
  if (data.known) {
    worked(data.worked)
    lost = false
  } else {
    lost = lost || worked()  // kept until the server has it: this may be asked for more than once
    worked(false)
    setStateValue("tokens", [owner, tab, lost])
  }
}
"""
# Invisible, and without the gap between elements.
_BROWSER = st.components.v2.component(
    "liquid_browser", js=BROWSER_JS, css=".st-key-browser { display: none; }", isolate_styles=False
)


@st.fragment
def identify() -> None:
    """Ask the browser for its tokens, and resume its tab's session. Call it on every page; it reruns if need be.

    The tab remembers whether there was work here. If it comes back with it and the server knows of none, it is told so.
    """
    state = st.session_state
    fresh = state.setdefault("fresh_tokens", (new_token(), new_token()))
    known = "tab_token" in state
    worked = TRAINED in state
    if worked:
        state.pop("work_lost", None)
    data = {"fresh": fresh, "known": known, "jumps": state.get("jumps", 0), "worked": worked}
    answer = _BROWSER(data=data, key="browser", on_tokens_change=lambda: None)
    if not known:
        told = answer.get("tokens")
        if not (isinstance(told, list) and len(told) in (2, 3) and all(map(_is_token, told[:2]))):
            return
        state["owner_token"], state["tab_token"] = told[:2]
        state["work_lost"] = told[2:] == [True]
        session().owner = hashlib.sha256(told[0].encode()).hexdigest()  # the queue need not know the secret
    matters: Callable[[str], bool] | None = state.pop("owner_matters", None)
    rejoined = rejoin(state["tab_token"])
    if rejoined:
        state.pop("work_lost", None)
    if rejoined or (not known and matters is not None and matters(state["owner_token"])):
        st.rerun()
    if state.get("work_lost"):
        st.warning(LOST, icon=":material/history:")


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
