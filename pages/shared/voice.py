"""What a screen reader says when the page changes by itself."""

from __future__ import annotations

import streamlit as st

VOICE_JS = """
const region = document.createElement("div")
region.setAttribute("role", "status")
region.style.cssText = "position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)"
document.body.append(region)
export default function ({ data }) {
  if (region.textContent !== data.text) region.textContent = data.text
}
"""
_VOICE = st.components.v2.component(
    "liquid_voice", js=VOICE_JS, css=".st-key-voice { display: none; }", isolate_styles=False
)


def announce(text: str) -> None:
    """Say it once, however often the script runs."""
    _VOICE(data={"text": text}, key="voice")
