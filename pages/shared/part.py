"""The part of a series to use: from, to, and stretches to leave out, kept with the file's other reading options."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from liquid.series.reading import ReadOptions
from liquid.series.series import Series
from pages.shared.guesses import set_options

FIELDS = {
    "first": ("From", "The first time to use, such as 2024-03-01, 2024-03-01 14:30, or 2024-03 from its first day on."),
    "last": ("To", "The last time to use; a day, a month or a year is used to its end."),
    "without": (
        "Leave out",
        "Stretches whose values count as missing: nothing is learned or measured there, and what lies around them does "
        "not become neighbours. Several of them with commas between.",
    ),
}


def choose_part(key: str, options: ReadOptions, whole: Series) -> None:
    """Three boxes, folded until one is used. Options are kept by file, under `key`; every answer makes new boxes."""
    ends = whole.stamp_labels(whole.time[[0, -1]])
    shown = {"first": ends[0], "last": ends[1], "without": f"{ends[0]} to {ends[0]}"}
    with st.expander("Part to use", icon=":material/content_cut:", expanded=options != options.whole):
        for name, (label, help_text) in FIELDS.items():
            widget = f"part-{name}-{key}-{options}"
            st.text_input(
                label,
                getattr(options, name) or "",
                key=widget,
                placeholder=shown[name],
                max_chars=2000 if name == "without" else 40,
                help=help_text,
                on_change=_chosen,
                args=(key, options, name, widget),
            )


def _chosen(key: str, options: ReadOptions, name: str, widget: str) -> None:
    """Take what was written. Streamlit also comes here when a box leaves the page, with what it showed."""
    text = st.session_state[widget].strip() or None
    if text != getattr(options, name):
        set_options(key, replace(options, **{name: text}))
