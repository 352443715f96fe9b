"""What every page shares: the visitor's colours, text that is only text, and a problem as a sentence."""

from __future__ import annotations

import hashlib
import re
import time
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from liquid.charts.style import DARK, LIGHT, Look
from liquid.errors import LiquidError

NO_TOOLBAR = {"displayModeBar": False}  # Plotly's toolbar covers the title on a phone
TAU_SYS = r"$\tau_{\text{sys}}$"

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-!|~$<>&^=\"'])")
_LINKS = re.compile(r"([:.@/])")


def page_look() -> Look:
    """The colours that fit the visitor's theme."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def fingerprint(*arrays: npt.NDArray[Any]) -> str:
    """A cache key made of contents, whatever the names."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape} ".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def flush() -> None:
    """Let what is drawn so far reach the browser: the server sends in a thread that a busy script would block."""
    time.sleep(0.03)


def show_problem(problem: LiquidError | str) -> None:
    """One sentence: what is wrong, and the way out."""
    st.error(verbatim(str(problem)), icon=":material/error:")


def symbols(sentence: str) -> str:
    """A sentence of ours, which the command line prints too, as Markdown: its tau_sys as the symbol."""
    return sentence.replace("tau_sys", TAU_SYS)


def verbatim(text: str) -> str:
    """Markdown that shows exactly these characters: names from uploads may hold any text.

    A zero-width space breaks what Streamlit finds in plain text: web addresses, `:material/…:` and emoji codes.
    """
    escaped = _MARKDOWN.sub(r"\\\1", text.replace("\n", " "))
    return _LINKS.sub("\\1\u200b", escaped)
