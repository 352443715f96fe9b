"""To add a page: one folder with a `page.py`, one line in app.py."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
PAGE = """
import streamlit as st
from pages.shared.links import linked

st.title("Is it easy?")
st.slider("How easy", 0, 10, 9, key=linked("ease"), bind="query-params", help="Ten is very.")
"""
LINE = '    Entry("extra", "Extra", "star", "A page more."),\n'


@pytest.fixture
def house(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "pages", tmp_path / "pages", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "pages/extra").mkdir()
    (tmp_path / "pages/extra/page.py").write_text(PAGE)
    source = (ROOT / "app.py").read_text()
    end = source.index("\n)\n", source.index("PAGES = (")) + 1
    (tmp_path / "app.py").write_text(source[:end] + LINE + source[end:])
    return tmp_path


def test_one_folder_and_one_line_are_a_page(house: Path) -> None:
    app = AppTest.from_file(str(house / "app.py"), default_timeout=120).run()
    assert not app.exception
    app.query_params["ease"] = "7"
    app.switch_page("pages/extra/page.py").run()
    assert not app.exception
    assert app.title[0].value == "Is it easy?"
    assert app.slider(key="ease").value == 7
    assert app.query_params["v"] == "3"


def test_every_folder_with_a_page_is_listed() -> None:
    tree = ast.parse((ROOT / "app.py").read_text())
    (pages,) = (
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PAGES"
    )
    assert isinstance(pages, ast.Tuple)
    listed = [ast.literal_eval(entry.args[0]) for entry in pages.elts if isinstance(entry, ast.Call)]
    assert sorted(listed) == sorted(path.parent.name for path in (ROOT / "pages").glob("*/page.py"))
