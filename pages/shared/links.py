"""Settings in links: a version, so that a changed default changes no old link, and a sentence for what was rejected.

Streamlit keeps a bound widget's value in the address and drops, silently, what the widget cannot hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

import streamlit as st

from pages.shared.address import MARK, NO_WIDGET, RUN, VERSION, Settings, link_version, read_address, said_by_silence
from pages.shared.display import verbatim

OWN = "own"  # stands for an uploaded series in setting names: the link is for whoever brings the same file


class Remark(NamedTuple):
    """A sentence about a setting, shown for as long as the setting has this value."""

    sentence: str
    value: Any
    requested: list[str]


def linked(name: str) -> str:
    """The key of a control that is bound to the address: a link may ask for names that were noted here, and no others.

    The state holds more than settings, this browser's secrets among it.
    """
    _names().add(name)
    return name


def read_link(page: str) -> Settings:
    """What the link asks of widgets that this session has not shown yet. Call it before any widget is made."""
    state = st.session_state
    address = {name: st.query_params.get_all(name) for name in st.query_params}
    possible, refused = read_address(address)
    version = link_version(possible.get(MARK, []), VERSION)
    asks = any(name not in NO_WIDGET and not _is_shown(name) for name in possible)
    if version is not None and asks and (silent := said_by_silence(version, page, possible)):
        possible |= silent | {MARK: [str(VERSION)]}  # in the address they outlive a reload
    # Streamlit fills a widget from the address with which the run began, so what no widget takes is removed by a rerun.
    if possible != address:
        state["link_refused"] = state.get("link_refused", {}) | refused
        _rewrite(possible)
        st.rerun()
    for name in state.pop("link_unwritten", ()):
        state[name] = state[name]
    link: Settings = {name: texts for name, texts in possible.items() if not _is_shown(name)}
    link |= state.pop("link_refused", {})
    if version is None:
        state["link_problem"] = "Unknown link version; settings were applied where possible."
    return link


def report_rejected(link: Settings) -> None:
    """Say which settings of the link were not applied, for as long as they stay so; mark links that hold settings."""
    for name, texts in link.items():
        if _is_shown(name) and not (_means(texts, value := st.session_state[name]) or _labels(name, texts)):
            requested = ", ".join(texts)[:60]
            sentence = f"{name}={requested} from the link is not a valid value here; {_shown(value)} is used instead."
            _remarks()[name] = Remark(sentence, value, texts)
    sentences = [remark.sentence for name, remark in _remarks().items() if st.session_state.get(name) == remark.value]
    if problem := st.session_state.pop("link_problem", ""):
        sentences.append(problem)
    for sentence in sentences:
        st.warning(verbatim(sentence), icon=":material/link_off:")
    mark_version()


def remark(name: str, sentence: str, value: object) -> None:
    """Say this of a setting for as long as it has that value."""
    _remarks()[name] = Remark(sentence, value, [])


def optional(name: str, option: str, available: bool) -> list[str]:
    """The option, if it is available. Call it before the widget is made.

    A tab that is reloaded gets its results back only after its first run: an option that the link asks for and that
    run did not have is chosen now.
    """
    if available:
        rejected = _remarks().get(name)
        if rejected and rejected.requested == [option] and st.session_state.get(name) == rejected.value:
            st.session_state[name] = option
    return [option] if available else []


def mark_version() -> None:
    """Only links that hold settings have a version. Fragments with settings call this too."""
    holds_settings = any(_is_shown(name) for name in st.query_params)
    if holds_settings and st.query_params.get(MARK) != str(VERSION):
        st.query_params[MARK] = str(VERSION)
    elif not holds_settings and MARK in st.query_params:
        del st.query_params[MARK]


def run_link(run: str) -> str:
    """The address that opens a saved run, for everyone."""
    return f"{train_address()}?{urlencode({RUN: run})}"


def train_address() -> str:
    """The Train page's address in the visitor's browser."""
    here = (st.context.url or "").split("?")[0].rstrip("/")
    root = here if here.count("/") <= 2 else here.rsplit("/", 1)[0]
    return f"{root}/train"


def _remarks() -> dict[str, Remark]:
    remarks: dict[str, Remark] = st.session_state.setdefault("link_remarks", {})
    return remarks


def _names() -> set[str]:
    """Of all controls that this session has shown."""
    names: set[str] = st.session_state.setdefault("link_names", set())
    return names


def _is_shown(name: str) -> bool:
    return name in _names() and name in st.session_state


def write_address(address: Mapping[str, str | list[str]]) -> None:
    """Let the address be this, but for what controls on the page write themselves."""
    st.query_params.from_dict({name: texts for name, texts in address.items() if name not in _names()})


def _rewrite(address: Settings) -> None:
    """Let the address be this, but for what belongs to a control on the page: it writes its own setting anew.

    A visitor who goes back to the address with which they came has such controls, and Streamlit lets nobody else change
    what is theirs.
    """
    st.session_state["link_unwritten"] = [name for name in st.query_params if _is_shown(name)]
    write_address(address)


def _means(texts: list[str], value: object) -> bool:
    """Whether a widget's value is what the link says."""
    if isinstance(value, list | tuple):
        return sorted(map(str, value)) == sorted(text for text in texts if text)
    if len(texts) != 1:
        return False
    text = texts[0]
    if isinstance(value, bool):
        return text.lower() == str(value).lower()
    if isinstance(value, int | float):
        try:
            return float(text) == value
        except ValueError:
            return False
    return text == str(value)


def _labels(name: str, texts: list[str]) -> bool:
    """Whether the texts are option labels: Streamlit has removed from the address what is not."""
    return st.query_params.get_all(name) == texts


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value)
