"""Query parameters as a stranger may write them: names, and texts to go with any name."""

from __future__ import annotations

from hypothesis import strategies as st

from benchmarks.addresses import NAMES, TEXTS

__all__ = ["NAMES", "TEXTS", "addresses"]


def addresses(own: tuple[str, ...]) -> st.SearchStrategy[dict[str, list[str]]]:
    """Addresses with names of a page's own controls, of others, and of none."""
    name = st.sampled_from(own) | st.sampled_from(NAMES) | st.text(max_size=8)
    text = st.sampled_from(TEXTS) | st.text(max_size=8) | st.floats().map(str) | st.integers().map(str)
    return st.dictionaries(name, st.lists(text, min_size=1, max_size=3), min_size=1, max_size=8)
