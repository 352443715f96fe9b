"""The one reading of an address: what of it a control may take, and what it asked for in vain.

Whoever writes a link may write anything into it. Length is looked at first, then whether there is one value, then
whether it is one that Streamlit can offer to a control; the control itself knows its type and its range.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from liquid.learning.config import TrainConfig
from liquid.learning.trainings import TRAININGS
from liquid.models.registry import MODELS, current_name
from liquid.runs.model import FORMER_RATES
from liquid.studies.convergence.study import PRESETS

VERSION = 3  # older links had other defaults: `said_by_silence`
MARK = "v"
READ = "read"  # file-reading options that differ from the reader's own guesses
RUN = "run"  # the saved run to show
PINNED = "pinned"  # the Solver page's settings that stay beside its own, as JSON
NO_WIDGET = (MARK, READ, RUN, PINNED)  # who reads them looks at their length first, and says what is wrong
# Widgets that hold several values, or none.
SEVERAL = (
    *("inputs-", "ahead-", "calendar-", "holidays-", "targets-"),
    *("compare_with", "two_runs", "solver_neurons", "tau_neurons", "tau-"),
)
COLUMNS = ("target-", "tau_column-")  # a column may be called inf
RATE = "rate-"  # and a model's name
NAMES_OF_MODELS = ("model", "compare_with")  # are what these hold
RESERVED = "$$"  # Streamlit's own keys begin so, and asking its session state for one is an error
LONGEST = 150  # characters of a setting's name or text: both hold names of columns, of up to 60 each
LONGEST_VERSION = 4
LONGEST_PINNED = 400

Settings = dict[str, list[str]]
FORMER_STEPS = 600


class Address(NamedTuple):
    """What an address holds."""

    possible: Settings  # each under the name that it has now
    refused: Settings  # names of settings with texts that no control can hold


def read_address(address: Mapping[str, list[str]]) -> Address:
    """What is in no way a setting's name is in neither: nobody is told of it, and nothing is looked up by it."""
    named = {name: texts for name, texts in address.items() if _is_name(name)}
    refused = {name: texts for name, texts in named.items() if not _is_possible(name, texts)}
    possible = dict(_renamed(name, named[name]) for name in named if name not in refused)
    return Address(_with_ranges(possible), refused)


def said_by_silence(version: int, page: str, settings: Settings) -> Settings:
    """What a link of that version means by what it does not name: a changed default changes no old link."""
    kind = MODELS.get(settings.get("model", [TrainConfig.model])[0])
    if version >= VERSION or page != "train" or kind is None:
        return {}
    former = {"window": [str(TrainConfig.window)]} if "window" in kind.settings else {}
    former |= {"timespans": ["False"]} if "timespans" in kind.settings else {}
    if version >= 2:
        return {name: texts for name, texts in former.items() if name not in settings}
    former |= {"steps": [str(FORMER_STEPS)], "trained_by": [TRAININGS["adam"].words]} if kind.trained else {}
    if kind.name in FORMER_RATES:
        former[RATE + kind.name] = [str(FORMER_RATES[kind.name])]
    return {name: texts for name, texts in former.items() if name not in settings}


def link_version(texts: list[str], newest: int) -> int | None:
    """A link's version; None if there is none of that number. There were links before there was a version."""
    text = texts[0] if texts else "1"
    known = len(text) <= LONGEST_VERSION and text.isascii() and text.isdigit() and 1 <= int(text) <= newest
    return int(text) if known else None


def _is_name(name: str) -> bool:
    return 0 < len(name) <= LONGEST and name.isprintable() and not name.startswith(RESERVED)


def _is_possible(name: str, texts: list[str]) -> bool:
    """Whether Streamlit can offer these texts to a widget of that name without an exception."""
    if name in NO_WIDGET:
        return True
    if any(len(text) > LONGEST for text in texts):
        return False
    if name.startswith(SEVERAL):
        return True
    return len(texts) == 1 and texts[0] != "" and (name.startswith(COLUMNS) or not _is_endless(texts[0]))


def _is_endless(text: str) -> bool:
    """Whether Python reads the text as a number that is none: infinite or NaN."""
    try:
        return not math.isfinite(float(text))
    except ValueError:
        return False


def _renamed(name: str, texts: list[str]) -> tuple[str, list[str]]:
    """A setting with what its model is called now."""
    if name.startswith(RATE):
        return RATE + current_name(name.removeprefix(RATE)), texts
    return name, [current_name(text) for text in texts] if name in NAMES_OF_MODELS else texts


def _with_ranges(settings: Settings) -> Settings:
    """The Solver page's range of tau, from links that have a setting for each end of it."""
    for preset, start in PRESETS.items():
        low, high = (settings.pop(f"{preset}-tau-{end}", None) for end in ("low", "high"))
        if low or high:
            settings.setdefault(f"tau-{preset}", [*(low or [str(start.tau_low)]), *(high or [str(start.tau_high)])])
    return settings
