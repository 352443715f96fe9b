"""Pictures to take home are documents of their own: whatever the names in them, a browser that opens one shows text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import plotly.graph_objects as go
import pytest
from hostile_names import MARKUP
from named_runs import renamed, small_run
from playwright.sync_api import Browser, Dialog, Page

from liquid.charts.style import LIGHT, figure, plain
from liquid.runs.format import page_of, picture

WORST = " ".join([*MARKUP.values(), "</script><script>alert(2)</script>", "]]><img src=x onerror=alert(3)>"])
# Everything that could act, but for Plotly's own three scripts
LIVE = """() => [...document.querySelectorAll('*')].filter(one =>
    one.matches('img, iframe, a, object, embed, form, input, textarea, link') && !one.closest('.modebar')
    || [...one.attributes].some(attribute => /^on/.test(attribute.name) || /^\\s*javascript:/.test(attribute.value))
).map(one => one.outerHTML.slice(0, 200))"""
HOVER = "() => Plotly.Fx.hover(document.querySelector('.js-plotly-plot'), [{ curveNumber: 0, pointNumber: 0 }])"
PLACES = (".gtitle", ".xtitle", ".ytitle", ".legendtext", ".legendtitletext", ".textpoint text", ".annotation-text")
SHOWN = "kind => [...document.querySelectorAll(kind)].map(one => one.textContent.replaceAll('\\u200b', ''))"


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Page]:
    """Whose browser may ask for nothing but the file; what it did all the same is found at the end."""
    page = chromium.new_page()
    done: list[str] = []

    def close(dialog: Dialog) -> None:
        done.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", close)
    page.on("pageerror", lambda error: done.append(str(error)))
    page.on("request", lambda asked: done.append(asked.url) if not asked.url.startswith(("file:", "blob:")) else None)
    yield page
    page.close()
    assert [one for one in done if not one.startswith("data:image/")] == []


def opened(page: Page, content: bytes, folder: Path) -> None:
    (folder / "picture.html").write_bytes(content)
    page.goto((folder / "picture.html").as_uri())
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    assert page.evaluate(LIVE) == []
    assert page.locator("script").count() == 3  # where MathJax would be configured, Plotly itself, and the figure


def test_a_forecast_with_hostile_names_is_text(visitor: Page, tmp_path: Path) -> None:
    opened(visitor, picture(renamed(small_run(), WORST)), tmp_path)
    (title,) = visitor.evaluate(SHOWN, ".gtitle")
    assert title == WORST
    assert visitor.evaluate(SHOWN, ".xtitle") == [WORST]
    assert WORST in visitor.evaluate(SHOWN, ".ytitle")[0]


def everywhere() -> go.Figure:
    """The name in every place that holds text: as our charts write it, and where Plotly draws none, bare."""
    name = plain(WORST)
    fig = figure(LIGHT, title=name, x=name, y=name, hovermode="closest", legend={"title": {"text": name}}, meta=WORST)
    fig.add_scatter(
        x=[1, 2],
        y=[1, 2],
        name=name,
        text=[name, name],
        mode="markers+text",
        hovertemplate=f"{name}<extra></extra>",
        customdata=[WORST, WORST],
        meta=WORST,
        showlegend=True,
    )
    fig.add_annotation(x=1, y=1, text=name, hovertext=name)
    return fig.update_xaxes(tickvals=[1, 2], ticktext=[name, name])


def test_no_place_in_a_figure_makes_more_of_a_name_than_text(visitor: Page, tmp_path: Path) -> None:
    opened(visitor, page_of(everywhere()), tmp_path)
    visitor.evaluate(HOVER)
    visitor.locator(".hoverlayer .nums").first.wait_for(state="attached")
    for place in PLACES:
        shown = visitor.evaluate(SHOWN, place)
        assert (place, [text for text in shown if text != WORST], bool(shown)) == (place, [], True)
    assert WORST in visitor.evaluate(SHOWN, ".xtick text")[0]
    assert WORST in visitor.evaluate(SHOWN, ".hoverlayer .nums")[0]
    assert visitor.evaluate(LIVE) == []
