"""The live layer's settings, as its links hold them: the browser writes them into the address, and this reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

PREFIX = "layer_"
PRESETS = ("gate", "memory", "spikes", "noise", "euler")
STREAMS = ("sine", "sines", "lorenz", "mackey-glass", "step", "drawn", "silence", "own")
PACES = ("1", "2", "4")  # samples of the stream per step
SPEEDS = ("4", "12", "40")  # steps per second
LIMITS = {"noise": (0.0, 2.0), "dt": (0.02, 3.0), "seed": (0, 9999), "neuron": (1, 8)}
USUAL: dict[str, Any] = {
    "preset": "gate",
    "stream": "step",
    "noise": 0.0,
    "pace": 1,
    "dt": 0.1,
    "seed": 3,
    "neuron": 1,
    "speed": 12,
}
_DRAWN = re.compile(r"[0-9a-zA-Z_-]{64}")  # a letter per sample
_WHOLE = ("seed", "neuron", "pace", "speed")


def from_address(address: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The settings that an address asks for, and a sentence for each that the layer cannot have."""
    settings: dict[str, Any] = {}
    problems = []
    for name in (*USUAL, "drawn"):
        text = address.get(PREFIX + name)
        if text is None:
            continue
        value = _value(name, text)
        if value is None:
            usual = f"; {USUAL[name]} is used instead" if name in USUAL else ""
            problems.append(f"{PREFIX}{name}={text[:60]} from the link is not a valid value here{usual}.")
        else:
            settings[name] = value
    return settings, problems


def _value(name: str, text: str) -> str | int | float | None:
    """What a setting's text means; None if it means nothing."""
    choices = {"preset": PRESETS, "stream": STREAMS, "pace": PACES, "speed": SPEEDS}
    if name == "drawn":
        return text if _DRAWN.fullmatch(text) else None
    if name in choices:
        if text not in choices[name]:
            return None
        return int(text) if name in _WHOLE else text
    try:
        value = int(text) if name in _WHOLE else float(text)
    except ValueError:
        return None
    low, high = LIMITS[name]
    return value if low <= value <= high else None
