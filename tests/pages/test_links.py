"""Every control of every page comes back from the address in a fresh browser, and no address breaks a page."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from liquid.learning.config import TrainConfig
from liquid.series import builtin
from liquid.studies.convergence.study import PRESETS
from pages.shared.address import VERSION
from pages.shared.series_picker import Picked
from pages.train.settings_link import query

ROOT = Path(__file__).resolve().parents[2]
# What app.py does around a page: AppTest cannot open another page than the first with app.py around it.
PAGE_IN_THE_APP = """
import runpy
from pages.shared.links import read_link, report_rejected
link = read_link("{page}")
runpy.run_path("pages/{page}/page.py")
report_rejected(link)
"""
PAGES = ("home", "train", "solver", "time_constant", "claims", "benchmark")
CHOICES = ("multiselect", "pills", "radio", "segmented_control", "select_slider", "selectbox", "slider", "toggle")
CONTROLS = (*CHOICES, "checkbox", "number_input", "text_area", "text_input")


def opened(page: str, **query: Any) -> AppTest:
    """The page from this address, in a browser that was never there."""
    if page == "home":
        app = AppTest.from_file(ROOT / "app.py", default_timeout=120)
    else:
        app = AppTest.from_string(PAGE_IN_THE_APP.format(page=page), default_timeout=120)
    app.query_params.update(query)
    app.run()
    assert [problem.value for problem in app.exception] == []
    return app


def controls(app: AppTest) -> list[Any]:
    """Those that the address holds one by one: it has a part of a series, and a horizon, otherwise."""
    shown = [control for kind in CONTROLS for control in app.get(kind)]
    return [control for control in shown if control.key != "ahead" and not str(control.key).startswith("part-")]


def values(app: AppTest) -> dict[str, Any]:
    return {control.key: control.value for control in controls(app)}


@pytest.mark.parametrize("page", PAGES)
def test_no_value_in_the_address_breaks_a_page(page: str) -> None:
    usual = values(opened(page))
    several = [control.key for control in opened(page).multiselect]
    for asked in ("", "inf", "1e999", "9" * 5000, "nan", ["0", "1"], ["", ""]):
        app = opened(page, v=str(VERSION), **dict.fromkeys(usual, asked))
        assert not app.error
        if asked != ["0", "1"]:  # a pair of options is one
            single = usual.keys() - set(several)  # none of several is a choice, too
            assert {key: values(app)[key] for key in single} == {key: usual[key] for key in single}
            assert len(app.warning) >= len(single)
        assert all(text.value.count("from the link is not a valid value here") == 1 for text in app.warning)


# Each page, and what shows the controls that it does not show at first.
SHOWN: list[tuple[str, dict[str, str]]] = [
    ("home", {}),
    ("train", {}),
    ("train", {"series": "us-economy", "model": "GRU"}),
    ("solver", {}),
    ("solver", {"preset": "stiff", "solver_tab": "Cost"}),
    ("solver", {"solver_tab": "dt is a clock"}),
    ("solver", {"solver_tab": "Forecast"}),
    ("time_constant", {}),
    ("time_constant", {"tau_layer": "Fresh, untrained", "series": "us-economy"}),
    ("claims", {}),
    ("benchmark", {}),
    ("benchmark", {"benchmark_view": "When the data shift"}),
]
# What decides which other controls there are: SHOWN changes them.
DECIDE = {"source", "series", "preset", "tau_layer", "model", "benchmark_task", "shift_kind", "target-us-economy"}
DECIDE |= {f"{preset}-state-size" for preset in PRESETS}


def another(control: Any) -> list[str]:
    """A value that the control does not have, as the address writes it."""
    if control.type in ("slider", "number_input"):
        step = control.step or 0.001
        return [f"{control.value + (step if control.value + step <= control.max else -step):g}"]
    if control.type == "toggle":
        return [str(not control.value).lower()]
    if control.type == "multiselect" or (control.type == "select_slider" and len(control.proto.default) == 2):
        return control.options[1:3]
    at_first = control.proto.default[0] if control.type in ("button_group", "select_slider") else control.proto.default
    return [next(option for index, option in enumerate(control.options) if index != at_first)]


@pytest.mark.parametrize(("page", "shown"), SHOWN)
def test_every_control_comes_back_from_its_address(page: str, shown: dict[str, str]) -> None:
    before = opened(page, v=str(VERSION), **shown)
    free = [one for one in controls(before) if one.key not in DECIDE and not one.proto.disabled]
    asked = {one.key: another(one) for one in free if len(getattr(one.proto, "options", ())) != 1}
    again = opened(page, v=str(VERSION), **shown, **asked)
    assert not again.warning
    assert {key: again.query_params[key] for key in asked} == {
        key: texts[0] if len(texts) == 1 else texts for key, texts in asked.items()
    }
    usual, now = values(before), values(again)
    assert [key for key in asked if now[key] == usual[key]] == []


ROWS = "a;b\n" + "".join(f"{i % 7},5;{i % 5}\n" for i in range(200))


def brought(app: AppTest) -> AppTest:
    """With the file that the link waits for."""
    app.file_uploader(key="file").upload("mine.csv", ROWS.encode(), "text/csv").run()
    assert [problem.value for problem in app.exception] == []
    return app


def test_what_was_overruled_of_a_files_reading_is_in_the_address_and_in_the_link() -> None:
    app = brought(opened("train", source="Upload"))
    assert "read" not in app.query_params
    (box,) = (one for one in app.selectbox if str(one.key).startswith("guess-header"))
    app = box.set_value(False).run()
    assert app.query_params["read"] == '{"header": false}'
    again = brought(opened("train", source="Upload", read=app.query_params["read"]))
    assert again.selectbox(key="target-own").options == ["column 1", "column 2"]
    assert not again.warning
    again.button(key="train").click().run()
    training = again.session_state["training"]
    training.job.stop()
    training.finished = training.submitted
    assert query(TrainConfig(), None, "column 1", training.reading)["read"] == '{"header": false}'
    built_in = again.segmented_control(key="source").set_value("Built-in").run()
    assert "read" not in built_in.query_params


def test_the_answers_in_a_link_are_for_one_file() -> None:
    app = brought(opened("train", source="Upload", read='{"header": false}'))
    assert app.selectbox(key="target-own").options == ["column 1", "column 2"]
    app.file_uploader(key="file").upload("other.csv", (ROWS + "1,5;2\n").encode(), "text/csv").run()
    assert "read" not in app.query_params
    assert app.selectbox(key="target-own").options == ["a", "b"]
    brought(app)  # and that file's answers are still known
    assert app.selectbox(key="target-own").options == ["column 1", "column 2"]
    app.button(key="undo_reading").click().run()
    assert app.selectbox(key="target-own").options == ["a", "b"]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[" * 100_000,
        "null",
        '{"header": 1}',
        '{"delimiter": [","]}',
        '{"target": [1]}',
        '{"target": []}',
        '{"encoding": "idna"}',
        '{"decimal": "x"}',
        '{"x": 1}',
        '{"delimiter": ",", "decimal": ","}',
    ],
)
def test_a_reading_that_no_link_of_ours_holds_is_told(text: str) -> None:
    app = brought(opened("train", source="Upload", read=text))
    assert app.selectbox(key="target-own").options == ["a", "b"]
    assert [warning.value[:32] for warning in app.warning] == ["The link contains unknown file-r"]
    assert "read" not in app.query_params


def test_what_a_link_asked_for_is_chosen_once_it_is_there() -> None:
    app = opened("train", source="Copy")
    assert app.segmented_control(key="source").value == "Built-in"
    assert "Copy from the link is not a valid value here" in app.warning[0].value
    app.session_state["copied"] = Picked("copy-1", builtin.load("nile"))  # a tab that is loaded again has it back
    app.run()
    assert app.segmented_control(key="source").value == "Copy"
    assert app.query_params["source"] == "Copy"
    assert not app.warning


def test_what_has_been_chosen_since_stays() -> None:
    app = opened("train", source="Copy")
    app.segmented_control(key="source").set_value("Paste").run()
    app.session_state["copied"] = Picked("copy-1", builtin.load("nile"))
    app.run()
    assert app.segmented_control(key="source").value == "Paste"


COPIED = """
import streamlit as st
from liquid.learning.config import TrainConfig
from pages.train.model_settings import set_config
if "left" not in st.session_state:
    st.session_state["left"] = set_config(
        TrainConfig(state_size=100, steps=50), "mackey-glass", "observed", clock=""
    )
"""


def test_a_copy_says_what_the_sliders_cannot_hold() -> None:
    app = AppTest.from_string(COPIED + PAGE_IN_THE_APP.format(page="train"), default_timeout=120).run()
    assert app.slider(key="state_size").value == app.session_state["left"].state_size == 64
    (warning,) = app.warning
    assert "100 in the saved run is beyond the slider; 64 is used" in warning.value
    app = app.slider(key="state_size").set_value(20).run()
    assert not app.warning


# Calls of Streamlit that show a control, on st itself or on a column
MADE = {*CONTROLS, "date_input", "time_input", "tabs", "expander", "data_editor", "feedback", "pagination"}
# Controls that no address holds, and why.
UNBOUND = {
    "text_area": "what is pasted is data, and no address is long enough for it",
    "expander": "what is unfolded is no setting",
    "text_input": "a title is part of a saved run",
    "widget": "the part of a series to use is in the address as a whole, as read",
    "ahead": "a length or a date becomes a number of samples, which the address has",
    "guess_key": "what was overruled of a file's reading is in the address as a whole, as read",
    "share_what": "the dialog in which it stands begins closed",
}


def test_every_control_is_bound_or_has_a_reason_not_to_be() -> None:
    bare, reasons = [], set()
    for path in sorted((ROOT / "pages").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                continue
            if call.func.attr not in MADE or not isinstance(call.func.value, ast.Name):
                continue
            given = {word.arg: ast.unparse(word.value) for word in call.keywords}
            if given.get("bind") == "'query-params'" and given["key"].startswith("linked("):
                continue
            names = {call.func.attr, given.get("key", "").strip("'")} & UNBOUND.keys()
            reasons |= names
            if not names:
                bare.append(f"{path.relative_to(ROOT)}:{call.lineno} {call.func.attr}")
    assert bare == []
    assert reasons == UNBOUND.keys()
