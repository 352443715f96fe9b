"""What every page shares: the visitor's colours, and text that is only text."""

from __future__ import annotations

import re

import streamlit as st

from liquid.charts.style import DARK, LIGHT, Look

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-!|~$<>&^=\"'])")
_LINKS = re.compile(r"([:.@/])")


def page_look() -> Look:
    """The colours that fit the visitor's theme."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def verbatim(text: str) -> str:
    """Markdown that shows exactly these characters: names from uploads are anybody's text.

    A zero-width space breaks what Streamlit finds in plain text: web addresses, `:material/…:` and emoji codes.
    """
    escaped = _MARKDOWN.sub(r"\\\1", text.replace("\n", " "))
    return _LINKS.sub("\\1\u200b", escaped)
