"""Settings in links: a version, so that a changed default changes no old link, and a word on what a link got wrong.

Streamlit keeps a bound widget's value in the address and drops, silently, what the widget cannot hold.
"""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from liquid.learning.config import TrainConfig
from liquid.series import builtin
from pages.shared.display import verbatim

VERSION = 1
MARK = "v"
OWN = "own"  # any series of the visitor's, in the names of settings: a link to them is for whoever brings the same file
READ = "read"  # how to read the file that is brought, where that is not the reader's own guess
FREE = (MARK, READ, "run")  # no widget's
SEVERAL = ("inputs-", "solver_neurons", "tau_neurons")  # widgets that hold several values, or none
COLUMNS = ("target-", "tau_column-")  # which a visitor may have called inf
# Settings whose default has changed: version -> {name: the default that links up to this version mean}
FORMER: dict[int, dict[str, Any]] = {}

KEYS = {"solver": "train_solver"}  # of Train's widgets where they differ from the config's names
ELSEWHERE = ("target", "inputs", "learning_rate", "model")

Given = dict[str, list[str]]


def opened() -> Given:
    """What the link asks of widgets that this visit has not shown yet. Call it before any widget is made."""
    given = {name: st.query_params.get_all(name) for name in st.query_params if name not in st.session_state}
    _withhold([name for name, texts in given.items() if not _holds(name, texts)])
    problem = ""
    version = _version(given.get(MARK, ["1"])[0])  # there were links before there was a version
    if version is None:
        problem = "The link's format is unknown: its settings are read as well as they can be."
        version = VERSION
    for older, defaults in sorted(FORMER.items(), reverse=True):
        if given.keys() - {MARK} and version <= older:
            for name, value in defaults.items():
                if name not in st.query_params and name not in st.session_state:
                    st.session_state[name] = value
    if problem:
        st.session_state["link_problem"] = problem
    return given


def recheck(given: Given) -> None:
    """Say what the link asked for and did not get, for as long as it stays so; mark links that hold settings."""
    said: dict[str, tuple[str, Any, list[str]]] = st.session_state.setdefault("link_said", {})
    for name, texts in given.items():
        if name in st.session_state and not (_means(texts, value := st.session_state[name]) or _labels(name, texts)):
            asked = ", ".join(texts)[:60]
            sentence = f"{name}={asked} in the link is not possible here; {_shown(value)} is used instead."
            said[name] = (sentence, value, texts)
    sentences = [text for name, (text, value, _) in said.items() if st.session_state.get(name) == value]
    if problem := st.session_state.pop("link_problem", ""):
        sentences.append(problem)
    for sentence in sentences:
        st.warning(verbatim(sentence), icon=":material/link_off:")
    mark()


def remark(name: str, sentence: str, value: object) -> None:
    """Say this of a setting for as long as it has that value."""
    st.session_state.setdefault("link_said", {})[name] = (sentence, value, [])


def late(name: str, option: str, there: bool) -> list[str]:
    """The option, where it is there. A tab that is loaded again finds its results only after its first run: what the
    link asked for, and that run did not have, is chosen now. Call it before the widget is made."""
    if there:
        _, value, asked = st.session_state.get("link_said", {}).get(name, ("", None, []))
        if asked == [option] and st.session_state.get(name) == value:
            st.session_state[name] = option
    return [option] if there else []


def mark() -> None:
    """The version stands in links that hold settings, and in no other. A fragment with settings asks for it, too."""
    holds_settings = any(name in st.session_state for name in st.query_params if name != MARK)
    if holds_settings and st.query_params.get(MARK) != str(VERSION):
        st.query_params[MARK] = str(VERSION)
    elif not holds_settings and MARK in st.query_params:
        del st.query_params[MARK]


def settings(config: TrainConfig, series: str | None, target: str, reading: str = "") -> dict[str, str | list[str]]:
    """The settings of a training as the address of the Train page holds them.

    `series`: the name of a built-in; None for one of the visitor's own, of which only the columns' names are told, and
    `reading`, what the visitor overruled of how the file is read.
    """
    default = TrainConfig()
    given: dict[str, str | list[str]] = {MARK: str(VERSION)}
    if series is not None:
        given["series"] = series
        if target != builtin.load(series).names[0]:
            given[f"target-{series}"] = target
    else:
        given |= {"source": "Upload", f"target-{OWN}": target} | ({READ: reading} if reading else {})
    if config.model != default.model:
        given["model"] = config.model
    for name in sorted((config.kind.settings | {"horizon"}).difference(ELSEWHERE)):
        value = getattr(config, name)
        if value != getattr(default, name):
            given[KEYS.get(name, name)] = str(value)
    if config.learning_rate is not None:
        given[f"rate-{config.model}"] = repr(config.learning_rate)
    if config.inputs:
        given[f"inputs-{series or OWN}-{target}"] = list(config.inputs)
    return given


def settings_link(config: TrainConfig, series: str | None, target: str, reading: str = "") -> str:
    """The address at which these settings can be trained again."""
    return f"{page_address()}?{urlencode(settings(config, series, target, reading), doseq=True)}"


def run_link(run: str) -> str:
    """The address that opens a saved run, for anybody."""
    return f"{page_address()}?{urlencode({'run': run})}"


def page_address() -> str:
    """Where the Train page is, as the visitor's browser sees it."""
    here = (st.context.url or "").split("?")[0].rstrip("/")
    root = here if here.count("/") <= 2 else here.rsplit("/", 1)[0]
    return f"{root}/train"


def _version(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= VERSION else None


def _holds(name: str, texts: list[str]) -> bool:
    """Whether a widget of that name can be asked for it at all: one of one value has no other way to say no."""
    if name in FREE or name.startswith(SEVERAL):
        return True
    return len(texts) == 1 and texts[0] != "" and (name.startswith(COLUMNS) or not _is_infinite(texts[0]))


def _is_infinite(text: str) -> bool:
    try:
        return math.isinf(float(text))
    except ValueError:
        return False


def _withhold(names: list[str]) -> None:
    """Keep these from widgets. Streamlit fills a widget from the address as it was when the run began, and what is
    deleted from st.query_params stays in that."""
    context = get_script_run_ctx()
    if names and context is not None:
        with context.session_state.query_params() as address:
            for name in names:
                address.remove_param(name)
            address.set_initial_query_params_from_current()


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
    """Whether they are options by their labels, as Streamlit writes them: what is none, it has dropped."""
    return st.query_params.get_all(name) == texts


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value)
