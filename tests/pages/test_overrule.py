"""Every guess of the reader can be overruled where it is shown, again and again, and the series follows."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

APP = Path(__file__).resolve().parents[2] / "app.py"
ROWS = "a;b\n" + "".join(f"{i % 7},5;{i % 5}\n" for i in range(200))


def columns(page: AppTest) -> list[str]:
    (target,) = (box for box in page.selectbox if box.label == "Target")
    return target.options


def overrule(page: AppTest, setting: str, value: object) -> None:
    controls = [*page.selectbox, *page.radio]  # what was answered stands among the questions, all answers in sight
    (box,) = (control for control in controls if str(control.key).startswith(f"guess-{setting}"))
    box.set_value(value).run()
    assert [problem.value for problem in page.exception] == []


def test_overruling_a_guess_reads_the_file_anew() -> None:
    app = AppTest.from_file(str(APP), default_timeout=300).run()
    page = app.switch_page("pages/train/page.py").run()
    page.segmented_control(key="source").set_value("Upload").run()
    page.file_uploader(key="file").upload("mine.csv", ROWS.encode()).run()
    assert columns(page) == ["a", "b"]
    overrule(page, "header", False)
    assert columns(page) == ["column 1", "column 2"]
    overrule(page, "header", True)
    assert columns(page) == ["a", "b"]
