"""Addresses that strangers wrote: a thousand read without a page, then every kind of control, and every page."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hostile_addresses import NAMES, TEXTS, addresses
from hypothesis import given, settings
from streamlit.runtime.state.query_params import parse_url_param
from streamlit.testing.v1 import AppTest

from pages.home.settings import PREFIX, USUAL
from pages.shared.address import LONGEST, NO_WIDGET, link_version, read_address

ROOT = Path(__file__).resolve().parents[2]
OWN = ("dt", "seed", "steps", "model", "source", "timespans", "inputs-own-a", "target-own", "tau_neurons", "v", "read")
KINDS = ("bool_value", "int_value", "double_value", "string_value", "int_array_value", "double_array_value")


@settings(max_examples=1000)
@given(addresses(OWN))
def test_what_is_passed_on_no_control_stumbles_over(address: dict[str, list[str]]) -> None:
    """By Streamlit's own parser: any control makes a number of it, or a text, or refuses it with a ValueError."""
    possible, refused = read_address(address)
    assert not possible.keys() & refused.keys()
    assert refused.keys() <= address.keys()
    assert read_address(possible) == (possible, {})  # so that one rerun is enough
    for name, texts in possible.items():
        assert 0 < len(name) <= LONGEST
        assert not name.startswith("$$")
        if name in NO_WIDGET:
            continue
        assert sum(map(len, texts)) <= LONGEST * len(texts)
        if name.startswith(("inputs-", "tau_neurons", "solver_neurons", "target-", "tau_column-")):
            continue  # controls of texts alone
        for kind in KINDS:
            try:
                value = parse_url_param(texts if len(texts) > 1 else texts[0], kind)
            except ValueError:
                continue
            numbers = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, float)]
            assert all(map(math.isfinite, numbers))


@settings(max_examples=100)
@given(addresses(("v",)))
def test_a_version_is_one_of_ours_or_none(address: dict[str, list[str]]) -> None:
    assert link_version(address.get("v", []), newest=3) in (None, 1, 2, 3)


def test_a_setting_is_refused_and_what_is_no_name_is_not_even_told() -> None:
    address = {
        "dt": ["inf"],
        "seed": ["9" * 5000],
        "steps": ["1", "2"],
        "target-own": ["inf"],
        "": ["1"],
        "$$ID": ["1"],
    }
    assert read_address(address) == ({"target-own": ["inf"]}, {name: address[name] for name in ("dt", "seed", "steps")})


EVERY_KIND = """
import streamlit as st
from pages.shared.links import linked, read_link, report_rejected
link = read_link("any")
st.session_state["owner_token"] = "the secret"
def bound(name):
    return {"key": linked(name), "bind": "query-params"}
st.slider("a", 0, 9, 3, **bound("dt"))
st.slider("b", 0.0, 9.0, 3.0, **bound("seed"))
st.number_input("c", 0, 9, 3, **bound("steps"))
st.number_input("d", 0.0, 9.0, 3.0, **bound("rate-Liquid"))
st.selectbox("e", ["Liquid", "LSTM"], **bound("model"))
st.segmented_control("f", ["Built-in", "Upload"], default="Built-in", required=True, **bound("source"))
st.select_slider("g", [0.5, 1.0, 2.0], 1.0, **bound("tau_rate"))
st.toggle("h", **bound("timespans"))
st.multiselect("i", ["a", "b"], **bound("inputs-own-a"))
st.selectbox("j", ["inf", "nan"], **bound("target-own"))
st.multiselect("k", range(4), max_selections=2, **bound("tau_neurons"))
st.tabs(["l", "m"], on_change="rerun", **bound("results"))
report_rejected(link)
"""
EVERY_NAME = (
    "dt",
    "seed",
    "steps",
    "model",
    "source",
    "timespans",
    "tau_rate",
    "results",
    "inputs-own-a",
    "target-own",
)


def shown(app: AppTest) -> str:
    return str([[str(element.value) for element in app.get(kind)] for kind in ("warning", "error", "markdown")])


def hostile(own: list[str], shift: int) -> dict[str, str]:
    """An address in which every control and every other name has a text, another one for each `shift`."""
    names = [name for name in (*NAMES, *own) if not name.lower().startswith("embed")]  # AppTest cannot write those
    return {name: TEXTS[(index + shift) % len(TEXTS)] for index, name in enumerate(names)}


def assert_it_goes_on(app: AppTest, query: dict[str, Any]) -> None:
    app.query_params.update(query)
    app.run()
    assert [problem.value for problem in app.exception] == []
    assert "the secret" not in shown(app)


@settings(max_examples=8)
@given(addresses(EVERY_NAME))
def test_no_address_breaks_any_kind_of_control(address: dict[str, list[str]]) -> None:
    app = AppTest.from_string(EVERY_KIND)
    assert_it_goes_on(app, address)
    assert 0 <= app.slider[0].value <= 9
    assert_it_goes_on(app, {"dt": "inf", "seed": "nan", "steps": "1e999"})  # the controls are there already


@pytest.mark.parametrize("shift", range(0, len(TEXTS), 8))
def test_no_text_breaks_any_kind_of_control(shift: int) -> None:
    assert_it_goes_on(AppTest.from_string(EVERY_KIND), hostile(list(EVERY_NAME), shift))


PAGE = """
import runpy
from pages.shared.links import read_link, report_rejected
link = read_link("{page}")
runpy.run_path("pages/{page}/page.py")
report_rejected(link)
"""


def opened(page: str) -> AppTest:
    if page == "home":
        return AppTest.from_file(ROOT / "app.py", default_timeout=120)
    return AppTest.from_string(PAGE.format(page=page), default_timeout=120)


@pytest.mark.parametrize("page", sorted(path.parent.name for path in (ROOT / "pages").glob("*/page.py")))
def test_no_address_breaks_a_page(page: str) -> None:
    usual = opened(page).run()
    own = sorted(usual.session_state["link_names"]) if "link_names" in usual.session_state else []
    if page == "home":  # whose controls are the browser's
        own = [f"{PREFIX}{setting}" for setting in (*USUAL, "drawn")]
    for shift in range(0, len(TEXTS), len(TEXTS) // 2):
        assert_it_goes_on(opened(page), hostile(own, shift))
