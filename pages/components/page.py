"""What every page shares: the visitor's colours, text that is only text, and the one place where work runs."""

from __future__ import annotations

import re

import streamlit as st
import torch

from liquid.charts.style import DARK, LIGHT, Look
from liquid.dynamics import scan
from liquid.engine import LocalEngine
from liquid.learning.run import Run

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


@st.cache_resource
def engine() -> LocalEngine:
    """The workers that all visitors share, with the compiled scan being made ready beside them."""
    torch.set_num_threads(1)  # matrices are small: more threads a training only get into each other's way
    scan.warm()
    return LocalEngine(workers=2)


def trained_run() -> Run | None:
    """This visitor's newest finished training."""
    run = st.session_state.get("run")
    return run if isinstance(run, Run) else None
