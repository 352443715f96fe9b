"""This browser's runs as a list: searched, sorted, a page at a time, each with a small picture."""

from __future__ import annotations

import streamlit as st

from liquid.charts.style import Look
from liquid.runs.measured import FORECAST
from liquid.runs.store import SavedRun
from liquid.runs.summary import ORDERS, Listed, Summary, in_order, small_picture, summaries_of
from pages.shared.address import RUN
from pages.shared.controls import choice
from pages.shared.display import page_look, verbatim
from pages.shared.links import linked, run_link
from pages.shared.saved_runs import day, manage, store

AT_ONCE = 10  # runs on a page of the list


def entries(runs: tuple[SavedRun, ...]) -> list[Listed]:
    summaries = _summaries(tuple((saved.id, saved.created) for saved in runs))
    return [Listed(saved, summaries.get(saved.id)) for saved in runs]


@st.cache_resource(max_entries=64, ttl="1h", show_spinner=False)
def _summaries(runs: tuple[tuple[str, float], ...]) -> dict[str, Summary]:
    """By id; a run that is saved again has another time."""
    return summaries_of(store(), [run for run, _ in runs])


def show_list(listed: list[Listed], token: str) -> None:
    """The controls, and a page of the runs that they leave."""
    if len(listed) > 1:
        listed = _chosen(listed)
    pages = max(1, -(-len(listed) // AT_ONCE))
    page = 1
    if pages > 1:
        page = min(st.pagination(pages, key=linked("page"), bind="query-params"), pages)
    shown = listed[(page - 1) * AT_ONCE : page * AT_ONCE]
    pictures = _pictures(
        tuple((saved.id, saved.created, summary.model) for saved, summary in shown if summary), page_look()
    )
    for entry in shown:
        _show(entry, pictures.get(entry.saved.id), token)


def _chosen(listed: list[Listed]) -> list[Listed]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input(
            "Search",
            key=linked("find"),
            bind="query-params",
            placeholder="Title, model, target or series",
            max_chars=100,
            help="Shows the runs in which every one of these words stands.",
        )
        order = choice(
            "Order",
            list(ORDERS),
            "newest",
            key="order",
            help="Error is NRMSE one step ahead, which has no unit; the lowest first.",
        )
    chosen = in_order(listed, order, words)
    if words.strip():
        st.caption(f"{len(chosen):,} of {len(listed):,} runs.")
    return chosen


@st.cache_resource(max_entries=64, ttl="1h", show_spinner=False)
def _pictures(runs: tuple[tuple[str, float, str], ...], look: Look) -> dict[str, str]:
    """A small forecast of each run, by id; `runs` are id, time of saving and model."""
    files = store().parts([run for run, *_ in runs], (FORECAST,))
    return {run: small_picture(files[run][FORECAST], model, look) for run, _, model in runs if FORECAST in files[run]}


def _show(entry: Listed, picture: str | None, token: str) -> None:
    saved, summary = entry
    pinned = ", pinned" if saved.pinned else ""
    left, right = st.columns([1, 4], vertical_alignment="center")
    if picture:
        left.image(picture, width=160, alt="The end of its forecast over the truth.")
    with right.expander(verbatim(f"{saved.title}, {day(saved)}, {saved.bytes / 1e6:.2f} MB{pinned}")):
        open_link("Open", saved.id, help="As others see it.")
        st.code(run_link(saved.id), language=None)
        manage(saved, token)
    if summary:
        right.caption(verbatim(summary.words))


def open_link(label: str, run: str, help: str) -> None:
    st.page_link("pages/train/page.py", label=label, icon=":material/open_in_new:", query_params={RUN: run}, help=help)
