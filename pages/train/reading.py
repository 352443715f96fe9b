"""How the Train page's series was read: what was repaired, and each guess with a control to change it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from liquid.series import csv
from liquid.series.export import safe_cell
from liquid.series.options import Guess, ReadOptions
from liquid.series.series import Series
from pages.shared.display import verbatim
from pages.shared.series_picker import Picked, set_options


def show_reading(picked: Picked) -> None:
    """How the file was read and what was repaired; each guess with a control to change it."""
    reading = picked.reading
    if reading is None:
        if picked.series.notes:
            with st.expander("How the file was read", icon=":material/fact_check:"):
                st.markdown("\n".join(f"- {verbatim(note)}" for note in picked.series.notes))
        return
    series = reading.series
    doubts = sum(guess.doubtful for guess in reading.guesses)
    columns = f"{len(series.names)} column{'' if len(series.names) == 1 else 's'}"
    label = f"How the file was read: {len(series):,} rows, {columns}, {series.describe_period()}"
    if doubts:
        label += f"; {doubts} to check"
    with st.expander(verbatim(label), icon=":material/fact_check:", expanded=bool(doubts)):
        for sentence in reading.repairs:
            st.markdown(f"- {verbatim(sentence)}")
        with st.grid(3, min_column_width=220):
            for guess in reading.guesses:
                _overrule(picked, reading, guess)
        st.dataframe(_head(series), width="stretch", height=220, key="preview")


def _overrule(picked: Picked, reading: csv.Reading, guess: Guess) -> None:
    key = picked.key.rsplit("-", 1)[0]  # without the options' digest: the options are kept per file
    choices: dict[Any, str] = {guess.value: "as read"} | dict(guess.alternatives)
    labels = dict(guess.alternatives)
    guess_key = f"guess-{guess.setting}-{picked.key}"
    st.selectbox(
        guess.setting.replace("_", " ").capitalize(),
        list(choices),
        format_func=lambda value: labels.get(value, str(value)),
        key=guess_key,
        help=verbatim(guess.sentence),
        on_change=_overruled,
        args=(key, reading.options, guess.setting, guess_key),
    )


def _overruled(key: str, options: ReadOptions, setting: str, widget: str) -> None:
    value = st.session_state[widget]
    set_options(key, replace(options, **{setting: value}))


def _head(series: Series, rows: int = 200) -> dict[str, Any]:
    """The first rows, with names that are no formulas in the table's own CSV export either."""
    columns: dict[str, Any] = {safe_cell(series.time_name): series.stamps()[:rows]}
    for name in series.names:
        shown = safe_cell(name)
        while shown in columns:
            shown += " "
        columns[shown] = series.column(name)[:rows]
    return columns
