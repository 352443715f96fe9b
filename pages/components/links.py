"""Settings in links: a version, so that a changed default changes no old link, and a word on what a link got wrong.

Streamlit keeps a bound widget's value in the address and drops, silently, what the widget cannot hold.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from liquid.learning.config import TrainConfig
from liquid.series import builtin
from pages.components.page import verbatim
from pages.components.series_picker import OWN

VERSION = 1
MARK = "v"
# Settings whose default has changed: version -> {name: the default that links up to this version mean}
FORMER: dict[int, dict[str, Any]] = {}

KEYS = {"solver": "train_solver"}  # of Train's widgets where they differ from the config's names
ELSEWHERE = ("target", "inputs", "learning_rate", "model")

Given = dict[str, list[str]]


def opened() -> Given:
    """What the link asks of widgets that this visit has not shown yet. Call it before any widget is made."""
    given = {name: st.query_params.get_all(name) for name in st.query_params if name not in st.session_state}
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
    said: dict[str, tuple[str, Any]] = st.session_state.setdefault("link_said", {})
    for name, texts in given.items():
        if name in st.session_state and not (_means(texts, value := st.session_state[name]) or _labels(name, texts)):
            asked = ", ".join(texts)[:60]
            said[name] = (f"{name}={asked} in the link is not possible here; {_shown(value)} is used instead.", value)
    sentences = [text for name, (text, value) in said.items() if st.session_state.get(name) == value]
    if problem := st.session_state.pop("link_problem", ""):
        sentences.append(problem)
    for sentence in sentences:
        st.warning(verbatim(sentence), icon=":material/link_off:")
    holds_settings = any(name in st.session_state for name in st.query_params if name != MARK)
    if holds_settings and st.query_params.get(MARK) != str(VERSION):
        st.query_params[MARK] = str(VERSION)
    elif not holds_settings and MARK in st.query_params:
        del st.query_params[MARK]


def settings(config: TrainConfig, series: str | None, target: str) -> dict[str, str | list[str]]:
    """The settings of a training as the address of the Train page holds them.

    `series`: the name of a built-in; None for one of the visitor's own, of which only the columns' names are told.
    """
    default = TrainConfig()
    given: dict[str, str | list[str]] = {MARK: str(VERSION)}
    if series is not None:
        given["series"] = series
        if target != builtin.load(series).names[0]:
            given[f"target-{series}"] = target
    else:
        given |= {"source": "Upload", f"target-{OWN}": target}
    if config.model != default.model:
        given["model"] = config.model
    for field in fields(config):
        value = getattr(config, field.name)
        if field.name not in ELSEWHERE and value != getattr(default, field.name):
            given[KEYS.get(field.name, field.name)] = str(value)
    if config.learning_rate is not None:
        given[f"rate-{config.model}"] = repr(config.learning_rate)
    if config.inputs:
        given[f"inputs-{series or OWN}-{target}"] = list(config.inputs)
    return given


def settings_link(config: TrainConfig, series: str | None, target: str) -> str:
    """The address at which these settings can be trained again."""
    return f"{page_address()}?{urlencode(settings(config, series, target), doseq=True)}"


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


def _means(texts: list[str], value: object) -> bool:
    """Whether a widget's value is what the link says."""
    if isinstance(value, list | tuple):
        return sorted(map(str, value)) == sorted(texts)
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
