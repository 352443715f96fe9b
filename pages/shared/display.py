"""What every page shares: the visitor's colours, and text that is only text."""

from __future__ import annotations

import hashlib
import re
import time

import numpy as np
import streamlit as st

from liquid.charts.style import DARK, LIGHT, Look

STILL = {"displayModeBar": False}  # a chart without Plotly's toolbar, which lies over the title on a phone

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-!|~$<>&^=\"'])")
_LINKS = re.compile(r"([:.@/])")


def page_look() -> Look:
    """The colours that fit the visitor's theme."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def fingerprint(*arrays: np.ndarray) -> str:
    """A name to cache by that two different things never share, whatever they are called."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape} ".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def let_out() -> None:
    """Let what is drawn so far reach the browser: the server sends in a thread that a busy script would hold up."""
    time.sleep(0.03)


def verbatim(text: str) -> str:
    """Markdown that shows exactly these characters: names from uploads are anybody's text.

    A zero-width space breaks what Streamlit finds in plain text: web addresses, `:material/…:` and emoji codes.
    """
    escaped = _MARKDOWN.sub(r"\\\1", text.replace("\n", " "))
    return _LINKS.sub("\\1\u200b", escaped)
