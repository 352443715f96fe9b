"""Settings in links: a version, so that a changed default changes no old link, and a sentence for what was rejected.

Streamlit keeps a bound widget's value in the address and drops, silently, what the widget cannot hold.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple
from urllib.parse import urlencode

import streamlit as st

from liquid.models.registry import current_name
from pages.shared.display import verbatim

VERSION = 1
MARK = "v"
OWN = "own"  # stands for an uploaded series in setting names: the link is for whoever brings the same file
READ = "read"  # file-reading options that differ from the reader's own guesses
NO_WIDGET = (MARK, READ, "run")
SEVERAL = ("inputs-", "solver_neurons", "tau_neurons")  # widgets that hold several values, or none
COLUMNS = ("target-", "tau_column-")  # a column may be called inf
RATE = "rate-"  # and a model's name
# Settings whose default has changed: version -> {name: the default in links up to this version}
FORMER_DEFAULTS: dict[int, dict[str, Any]] = {}

Settings = dict[str, list[str]]


class Remark(NamedTuple):
    """A sentence about a setting, shown for as long as the setting has this value."""

    sentence: str
    value: Any
    requested: list[str]


def read_link() -> Settings:
    """What the link asks of widgets that this session has not shown yet. Call it before any widget is made."""
    state = st.session_state
    link = {name: st.query_params.get_all(name) for name in st.query_params if name not in state}
    # Streamlit fills a widget from the address with which the run began, so what no widget takes is removed by a rerun.
    if impossible := {name: texts for name, texts in link.items() if not _is_possible(name, texts)}:
        state["link_impossible"] = impossible
        for name in impossible:
            del st.query_params[name]
        st.rerun()
    link |= state.pop("link_impossible", {})
    if former := {name: texts for name, texts in link.items() if _renamed(name, texts) != (name, texts)}:
        for name, texts in former.items():
            del st.query_params[name]
            st.query_params.update([_renamed(name, texts)])
        st.rerun()
    version = _version(link.get(MARK, ["1"])[0])  # there were links before there was a version
    if version is None:
        state["link_problem"] = "Unknown link version; settings were applied where possible."
        version = VERSION
    for older, defaults in sorted(FORMER_DEFAULTS.items(), reverse=True):
        if link.keys() - {MARK} and version <= older:
            for name, value in defaults.items():
                if name not in st.query_params and name not in state:
                    state[name] = value
    return link


def report_rejected(link: Settings) -> None:
    """Say which settings of the link were not applied, for as long as they stay so; mark links that hold settings."""
    for name, texts in link.items():
        if name in st.session_state and not (_means(texts, value := st.session_state[name]) or _labels(name, texts)):
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
    holds_settings = any(name in st.session_state for name in st.query_params if name != MARK)
    if holds_settings and st.query_params.get(MARK) != str(VERSION):
        st.query_params[MARK] = str(VERSION)
    elif not holds_settings and MARK in st.query_params:
        del st.query_params[MARK]


def run_link(run: str) -> str:
    """The address that opens a saved run, for everyone."""
    return f"{train_address()}?{urlencode({'run': run})}"


def train_address() -> str:
    """The Train page's address in the visitor's browser."""
    here = (st.context.url or "").split("?")[0].rstrip("/")
    root = here if here.count("/") <= 2 else here.rsplit("/", 1)[0]
    return f"{root}/train"


def _remarks() -> dict[str, Remark]:
    remarks: dict[str, Remark] = st.session_state.setdefault("link_remarks", {})
    return remarks


def _version(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= VERSION else None


def _renamed(name: str, texts: list[str]) -> tuple[str, list[str]]:
    """A setting with what its model is called now."""
    if name.startswith(RATE):
        return RATE + current_name(name.removeprefix(RATE)), texts
    return name, [current_name(text) for text in texts] if name == "model" else texts


def _is_possible(name: str, texts: list[str]) -> bool:
    """Whether Streamlit can offer these texts to a widget of that name without an exception."""
    if name in NO_WIDGET or name.startswith(SEVERAL):
        return True
    return len(texts) == 1 and texts[0] != "" and (name.startswith(COLUMNS) or not _is_infinite(texts[0]))


def _is_infinite(text: str) -> bool:
    try:
        return math.isinf(float(text))
    except ValueError:
        return False


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
