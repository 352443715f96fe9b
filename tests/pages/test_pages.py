"""What holds for every page, without a browser: it runs, explains each control, and names what its charts show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "pages").glob("*/page.py"))
CHOICES = ["multiselect", "pills", "radio", "segmented_control", "select_slider", "selectbox", "slider", "toggle"]
FIELDS = ["checkbox", "file_uploader", "number_input", "text_area", "text_input"]
CONTROLS = [*CHOICES, *FIELDS, "button", "download_button"]


@pytest.fixture(scope="module", params=PAGES, ids=[page.parent.name for page in PAGES])
def page(request: pytest.FixtureRequest) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    return app.switch_page(str(request.param.relative_to(ROOT))).run()


def figures(page: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec)["layout"] for chart in page.get("plotly_chart")]


def test_it_runs_and_has_a_title(page: AppTest) -> None:
    assert [problem.value for problem in page.exception] == []
    assert [problem.value for problem in page.error] == []
    assert len(page.title) == 1


def test_every_control_has_a_label_and_a_help_text(page: AppTest) -> None:
    controls = [control for kind in CONTROLS for control in page.get(kind)]
    bare = [control.label for control in controls if not control.proto.help]
    assert bare == []
    assert all(control.label for control in controls)


def test_every_chart_says_in_words_what_it_shows(page: AppTest) -> None:
    assert all(len(chart.proto.alt) > 20 for chart in page.get("plotly_chart"))


def names(axis: dict[str, Any]) -> bool:
    """Whether an axis' ticks are names, not numbers."""
    return "categoryarray" in axis or any(text[:1].isalpha() for text in axis.get("ticktext", ()))


def test_every_axis_with_ticks_has_a_title(page: AppTest) -> None:
    for layout in figures(page):
        axes = {name: axis for name, axis in layout.items() if name.startswith(("xaxis", "yaxis"))}
        shown = {n: a for n, a in axes.items() if a.get("visible", True) and a.get("showticklabels", True)}
        named = [name[0] for name, axis in shown.items() if axis.get("title", {}).get("text")]
        # Panels side by side may share one title; each direction has one at least, if its ticks are not names.
        measured = {name[0] for name, axis in shown.items() if not names(axis)}
        assert measured <= set(named), layout.get("title")
