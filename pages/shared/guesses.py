"""What the reader understood of a visitor's file, and a control for each decision that can be changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from liquid.charts.reading import preview_figure
from liquid.series.reading import Guess, Reading, ReadOptions
from pages.shared.display import page_look, verbatim

NAMES = ("series", "sheet", "time_column")  # alternatives are names out of the file, maybe many
MOST_SHOWN = 5  # alternatives in sight; more of them open in a list
LABELS = {
    "names_line": "Line of the names",
    "decimal": "Decimal sign",
    "day_first": "Date order",
    "zone": "Time zone",
    "series": "Which series",
    "combine": "Rows of the same time",
    "unread": "Cells that cannot be read",
    "sentinels": "Numbers far from the rest",
}
REPLACES = {"series": "combine", "combine": "series"}  # one answer takes back the other: one series, or a sum of all


def show_understood(key: str, reading: Reading, place: str) -> None:
    """What was understood, in a sentence and a picture, and each question that the file leaves open.

    Options are kept by file, under `key`; `place` makes the controls' keys, and changes with every answer.
    """
    series = reading.series
    labels = series.stamp_labels(series.time[[0, -1]])  # not of a million rows at every run
    missing = int(np.isnan(series.values).sum())
    gaps = f", {missing:,} values missing" if missing else ""
    sentence = f"{len(series):,} rows, {series.describe_period()}, {labels[0]} to {labels[-1]}{gaps}."
    st.caption(verbatim(sentence))
    st.plotly_chart(
        preview_figure(series, page_look()),
        key="understood",
        config={"displayModeBar": False},
        alt=f"{series.title}: {sentence}",
    )
    for guess in reading.guesses:
        if guess.shown_first:
            st.caption(verbatim(guess.sentence))
            ask(key, reading.options, guess, place)


def ask(key: str, options: ReadOptions, guess: Guess, place: str, *, taken: bool = True) -> None:
    """The control of an open question: its alternatives in sight, the outcome of each below it.

    `taken`: one of them has been taken, so that there is a series.
    """
    if taken and (guess.setting in NAMES or len(guess.alternatives) > MOST_SHOWN):
        overrule(key, options, guess, place)
        return
    labels, outcomes = _words(guess)
    shown = list(labels) if taken else [value for value, _ in guess.alternatives]
    guess_key = f"guess-{guess.setting}-{place}"
    st.radio(
        _label(guess),
        shown,
        index=shown.index(guess.value) if taken else None,
        format_func=lambda value: verbatim(labels[value]),
        captions=[verbatim(outcomes.get(value, "")) for value in shown] if outcomes else None,
        key=guess_key,
        on_change=_overruled,
        args=(key, options, guess, guess_key),
        help=verbatim(guess.sentence),
    )


def overrule(key: str, options: ReadOptions, guess: Guess, place: str) -> None:
    """The control that changes a guess, with the outcome of each alternative if it is known."""
    labels, outcomes = _words(guess)
    guess_key = f"guess-{guess.setting}-{place}"
    st.selectbox(
        _label(guess),
        list(labels),
        index=list(labels).index(guess.value),
        format_func=lambda value: ": ".join(filter(None, (labels[value], outcomes.get(value, "")))),
        key=guess_key,
        help=verbatim(guess.sentence),
        on_change=_overruled,
        args=(key, options, guess, guess_key),
    )


def set_options(key: str, options: ReadOptions) -> None:
    st.session_state[f"options-{key}"] = options


def _label(guess: Guess) -> str:
    return LABELS.get(guess.setting, guess.setting.replace("_", " ").capitalize())


def _words(guess: Guess) -> tuple[dict[Any, str], dict[Any, str]]:
    """The alternatives in words, with the one that was taken; and what each of them gives, where that is known."""
    labels: dict[Any, str] = dict(guess.alternatives)
    if guess.value not in labels:
        labels = {guess.value: str(guess.value)} | labels
    return labels, dict(zip((value for value, _ in guess.alternatives), guess.outcomes, strict=False))


def _overruled(key: str, options: ReadOptions, guess: Guess, widget: str) -> None:
    """Take the visitor's answer. Streamlit also comes here when a control leaves the page, with what it showed."""
    value = st.session_state[widget]
    if value in (guess.value, None):
        return
    answer: dict[str, Any] = {guess.setting: value}
    if guess.setting in REPLACES:
        answer[REPLACES[guess.setting]] = None
    set_options(key, replace(options, **answer))
