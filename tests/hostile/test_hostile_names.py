"""Over 70 names that want to be more than text, through every place where a name appears."""

from __future__ import annotations

import csv as text
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hostile_names import FORMULAS, NAMES
from named_runs import WAVE, renamed, small_run
from streamlit.testing.v1 import AppTest

from liquid.__main__ import main, sentence
from liquid.charts.style import LIGHT
from liquid.charts.train import forecast_figure, horizon_figure, residual_figure, series_figure
from liquid.cli.reading import say
from liquid.errors import LiquidError
from liquid.learning.run import Run
from liquid.runs.format import to_files
from liquid.series.export import FORMULA_STARTS, safe_cell, to_csv
from liquid.series.reading import read
from liquid.series.words import MAX_NAME
from pages.shared.display import verbatim

APP = Path(__file__).resolve().parents[2] / "app.py"
STORABLE = {label: name for label, name in NAMES.items() if label != "half a pair"}  # what a file in UTF-8 can hold
every_name = pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())


def table(names: list[str]) -> bytes:
    out = io.StringIO()
    writer = text.writer(out, lineterminator="\n")
    writer.writerow(["step", *names])
    writer.writerows([i, *(round(float(WAVE[i]) + j, 4) for j in range(len(names)))] for i in range(len(WAVE)))
    return out.getvalue().encode()


def assert_quiet(shown: str) -> None:
    """Nothing in it moves a cursor, turns the direction of writing or breaks a line."""
    assert [letter for letter in shown if not letter.isprintable()] == []


def test_there_are_enough() -> None:
    assert len(set(NAMES.values())) == len(NAMES) >= 70


# Reading


@pytest.mark.parametrize("name", STORABLE.values(), ids=STORABLE.keys())
def test_a_column_is_named_in_short_printable_text(name: str) -> None:
    try:
        series = read(table([name, "plain"]), name=name)
    except LiquidError as problem:  # such as a line break in the row of names
        assert_quiet(str(problem))
        return
    for shown in (*series.names, series.title, series.source):
        assert_quiet(shown)
        assert 0 < len(shown) <= MAX_NAME
    for note in series.notes:
        assert_quiet(note)
    assert len(series) == len(WAVE)


@every_name
def test_a_file_name_reaches_no_other_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A title is what a file is called, never where anything is read or written."""
    monkeypatch.chdir(tmp_path)
    series = read(table(["level"]), name=name)
    assert_quiet(series.title)
    assert list(tmp_path.iterdir()) == []


@every_name
def test_a_path_that_is_none_is_told_in_one_quiet_line(name: str) -> None:
    with pytest.raises(LiquidError) as problem:
        read(f"no such folder/{name}")
    assert_quiet(sentence(problem.value))
    assert len(str(problem.value)) < 900


# Charts


def texts(node: Any) -> Iterator[str]:
    """Every text of a figure."""
    if isinstance(node, dict):
        for value in node.values():
            yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)
    elif isinstance(node, str):
        yield node


@pytest.fixture(scope="module")
def trained() -> Run:
    return small_run()


@pytest.fixture(scope="module")
def own(trained: Run) -> set[str]:
    """The texts that are in a chart whatever the series is called."""
    plain = [series_figure(trained.series, "level", None, LIGHT), forecast_figure(trained, LIGHT)]
    return {shown for figure in plain for shown in texts(figure.to_plotly_json())}


# What Plotly makes more of than text: a tag, an entity, a template, LaTeX.
LIVE = re.compile(
    r"<(?!(br|/?b|/?i|/?sub|/?sup|extra)>)|</?(a|b|i|sub|sup)\b|&(?!(amp|lt|gt);)|%\{|\$(?!\u200b)|(?<!\u200b)\$"
)


@every_name
def test_a_chart_draws_a_name_as_text(trained: Run, own: set[str], name: str) -> None:
    done = renamed(trained, name)
    figures = [
        series_figure(done.series, name, None, LIGHT),
        forecast_figure(done, LIGHT),
        residual_figure(done, LIGHT),
        horizon_figure(done, LIGHT),
    ]
    shown = [shown for figure in figures for shown in texts(figure.to_plotly_json()) if shown not in own]
    assert shown
    assert [label for label in shown if LIVE.search(label)] == []


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen += [tag, *(name for name, _ in attrs)]


def test_the_picture_to_take_home_holds_no_other_element_than_ours(trained: Run) -> None:
    def elements(done: Run) -> list[str]:
        parser = Tags()
        parser.feed(to_files(done, views=True)["forecast.html"].decode())
        return parser.seen

    ours = elements(trained)
    worst = " ".join(name for label, name in STORABLE.items() if label != "very long")
    assert elements(renamed(trained, worst)) == ours


# Tables


@every_name
def test_a_cell_and_a_header_are_never_a_formula(name: str) -> None:
    cells = [cell for row in text.reader(io.StringIO(to_csv({name: [name, "x"]}), newline="")) for cell in row]
    assert len(cells) == 3
    assert [
        cell for cell in cells if cell.lstrip(" \u00a0\u3000").startswith((*FORMULA_STARTS, "＝", "＋", "－", "＠"))
    ] == []


def test_a_table_on_a_page_exports_no_formula() -> None:
    """Streamlit's own toolbar writes CSV, and copies, as the table was given."""
    app = AppTest.from_file(str(APP), default_timeout=120).run()
    page = app.switch_page("pages/train/page.py").run()
    page.segmented_control(key="source").set_value("Upload").run()
    names = ["step", *(name for name in FORMULAS.values() if name == name.strip()), "'=1+1"]
    page.file_uploader(key="file").upload("mine.csv", table(names)).run()
    assert [problem.value for problem in page.exception] == []
    (preview,) = page.dataframe
    assert len(preview.value.columns) == len(names) + 1
    assert "'=1+1" in preview.value.columns
    assert "'=1+1 " in preview.value.columns
    assert [name for name in preview.value.columns if safe_cell(name) != name] == []


def test_files_of_a_run_hold_names_as_data_alone(trained: Run) -> None:
    for name in STORABLE.values():
        done = renamed(trained, name)
        files = to_files(done)
        assert set(files) == {
            "config.json", "scaling.json", "weights.safetensors", "series.json", "series.csv", "curve.csv",
            "metrics.json", "result.safetensors", "forecast.csv",
        }  # fmt: skip
        assert json.loads(files["metrics.json"])["series"]["title"] == name
        assert json.loads(files["scaling.json"])["names"] == [name]
        assert json.loads(files["series.json"])["names"] == [name]
        assert name.encode() not in files["series.csv"] + files["curve.csv"]


# Terminal


@every_name
def test_the_terminal_is_not_steered(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    say([f"a column called {name}"])
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert_quiet(printed[:-1])
    assert_quiet(sentence(LiquidError(f"No column {name} here.")))


def test_a_whole_command_is_quiet_about_hostile_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "\x1b]0;owned\x07\u202e<b>.csv"
    file.write_bytes(table(["\x1b[2J\x1b[31mred", "![x](https://example.org/a.png)"]))
    settings = {"steps": 4, "members": 1, "window": 12, "batch": 8, "state-size": 2, "horizon": 3}
    options = [f"--{setting}={value}" for setting, value in settings.items()]
    assert main(["train", file.name, *options]) == 0
    folder = next((tmp_path / "runs").iterdir())
    scaling = json.loads((folder / "scaling.json").read_text())
    (folder / "scaling.json").write_text(json.dumps({**scaling, "sampling": "\x1b[2Jdaily", "period": None}))
    assert main(["forecast", str(folder), file.name]) == 0
    printed = capsys.readouterr()
    for line in (printed.out + printed.err).split("\n"):
        assert_quiet(line)
    assert "red" in printed.out
    assert "trained on samples [2Jdaily; these are" in printed.err


# Pages


def shown_on(page: AppTest) -> list[str]:
    """Every text of a page that is Markdown."""
    kinds = ("markdown", "caption", "subheader", "title", "error", "warning", "info", "metric", "expander", "button")
    return [
        str(value)
        for kind in kinds
        for element in page.get(kind)
        for value in (getattr(element, "value", ""), getattr(element, "label", ""))
    ]


@every_name
def test_markdown_shows_the_characters_of_a_name(name: str) -> None:
    escaped = verbatim(name)
    bare = re.sub(r"\\([\\`*_{}\[\]()#+\-!|~$<>&^=\"'])", "", escaped)
    assert not re.search(r"[\\`*_{}\[\]()#+\-!|~$<>&^=\"'\n]|[:.@/](?!\u200b)", bare)


def test_a_page_shows_many_hostile_names_at_once() -> None:
    app = AppTest.from_file(str(APP), default_timeout=120).run()
    page = app.switch_page("pages/train/page.py").run()
    page.segmented_control(key="source").set_value("Upload").run()
    names = [name for name in STORABLE.values() if not re.search(r"[\n\r\0]", name) and len(name) < 300]
    page.file_uploader(key="file").upload("![x](https://example.org/a.png)\u202e.csv", table(names)).run()
    assert [problem.value for problem in page.exception] == []
    (target,) = [box for box in page.selectbox if box.label == "Target"]
    assert len(target.options) > 60
    for option in target.options[:: len(target.options) // 12]:
        next(box for box in page.selectbox if box.label == "Target").set_value(option).run()
        assert [problem.value for problem in page.exception] == []
        said = shown_on(page)
        risky = [name for name in target.options if re.search(r"[\[<$`*:]", name)]
        assert [(name, line) for line in said for name in risky if len(name) > 3 and name in line] == []
