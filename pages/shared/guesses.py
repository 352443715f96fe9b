"""What the reader understood of a visitor's file, and a control for each decision that can be changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from liquid.charts.reading import preview_figure
from liquid.series.reading import Guess, Reading, ReadOptions
from pages.shared.display import page_look, verbatim

CHOICES = ("series", "combine", "sheet")  # asked even if the file decides


def open_questions(reading: Reading) -> list[Guess]:
    """The guesses that a visitor sees first: what the file does not decide, and which of several series it is."""
    return [guess for guess in reading.guesses if guess.doubtful or guess.setting in CHOICES]


def show_understood(key: str, reading: Reading, place: str) -> None:
    """What was understood, in a sentence and a picture, and each question that the file leaves open.

    Options are kept by file, under `key`; `place` makes the controls' keys, and changes with every answer.
    """
    series = reading.series
    labels = series.stamp_labels()
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
    for guess in open_questions(reading):
        st.caption(verbatim(guess.sentence))
        overrule(key, reading.options, guess, place)


def overrule(key: str, options: ReadOptions, guess: Guess, place: str) -> None:
    """The control that changes a guess, with the outcome of each alternative if it is known."""
    choices: dict[Any, str] = {guess.value: "as read"} | dict(guess.alternatives)
    labels = dict(guess.alternatives)
    outcomes = dict(zip((value for value, _ in guess.alternatives), guess.outcomes, strict=False))
    guess_key = f"guess-{guess.setting}-{place}"
    st.selectbox(
        guess.setting.replace("_", " ").capitalize(),
        list(choices),
        format_func=lambda value: ": ".join(filter(None, (labels.get(value, str(value)), outcomes.get(value, "")))),
        key=guess_key,
        help=verbatim(guess.sentence),
        on_change=_overruled,
        args=(key, options, guess.setting, guess_key),
    )


def set_options(key: str, options: ReadOptions) -> None:
    st.session_state[f"options-{key}"] = options


def _overruled(key: str, options: ReadOptions, setting: str, widget: str) -> None:
    value = st.session_state[widget]
    set_options(key, replace(options, **{setting: value}))
