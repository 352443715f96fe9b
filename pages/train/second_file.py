"""A second file with what is known ahead, beside the uploaded series by its times."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from liquid.errors import LiquidError
from liquid.series.reading import ReadOptions
from liquid.series.second_file import joined
from liquid.series.series import Series
from pages.shared.display import show_problem, verbatim
from pages.shared.job import AT_ONCE
from pages.shared.series_picker import CONTENT, Content, Picked, read_content
from pages.shared.sessions import forget, remember

KEPT = "second_file"  # the content, with the key of the series that it belongs to


def with_second_file(picked: Picked | None) -> Picked | None:
    """The series with the columns and later rows of its second file, if it has one that fits."""
    content = _content(picked.content_key) if picked else None
    if picked is None or content is None:
        return picked
    try:
        if len(content.data) > AT_ONCE:
            raise LiquidError(
                f"{content.name} has more than {AT_ONCE // 10**6} MB: keep only the columns and rows needed."
            )
        both = _joined(picked.key, picked.series, content)
    except LiquidError as problem:
        show_problem(problem)
        return picked
    return replace(picked, key=f"{picked.key}-{content.digest}", series=both)


def ask_second_file(content_key: str) -> None:
    """Where it is uploaded and removed; kept when the page is loaded again."""
    st.file_uploader(
        "Second file",
        key="second",
        on_change=_changed,
        args=(content_key,),
        help="With the same kind of times: its columns stand beside those of the series, its later rows after it.",
    )
    remember(KEPT)
    content = _content(content_key)
    if content is not None and st.session_state.get("second") is None:
        st.caption(f"In use: {verbatim(content.name)}")
        st.button("Remove it", icon=":material/close:", on_click=forget, args=(KEPT,), key="remove_second")


def _changed(content_key: str) -> None:
    file = st.session_state["second"]
    if file is None:
        forget(KEPT)
    else:
        st.session_state[KEPT] = (content_key, Content.of(file.name, file.getvalue()))


def _content(content_key: str) -> Content | None:
    key, content = st.session_state.get(KEPT, ("", None))
    return content if key == content_key and content_key else None


@st.cache_resource(max_entries=8, ttl="1h", show_spinner="Reading …", hash_funcs=CONTENT)
def _joined(key: str, _series: Series, content: Content) -> Series:
    """Cached by the series' `key`."""
    return joined(_series, read_content(content, ReadOptions()).series)
