"""The sidebar's control for what is known of the times to come: columns of the file, and the calendar."""

from __future__ import annotations

import streamlit as st

from liquid.series.known_ahead import HOLIDAYS, calendar_columns, countries, is_calendar
from pages.shared.links import linked
from pages.shared.series_picker import Picked
from pages.train.second_file import ask_second_file

PREFIX = "calendar: "
HELP = {
    "columns": "Columns that are planned or forecast, such as a promotion or a temperature: the model reads them up to "
    "the value that it forecasts. Put their values to come into rows after the last target value, or into a second "
    "file.",
    "calendar": "Computed from the dates, on the series' own clock.",
    "holidays": "Public holidays of these countries.",
}


def choose_ahead(picked: Picked, target: str) -> tuple[str, ...]:
    """The columns that may be read ahead; folded, and absent where there can be none."""
    series, place = picked.series, picked.place
    others, calendar = [name for name in series.names if name != target], calendar_columns(series)
    if not others and not calendar and not picked.content_key:
        return ()
    chosen: list[str] = []
    with st.expander("Known ahead", icon=":material/event_upcoming:"):
        if picked.content_key:
            ask_second_file(picked.content_key)
        if others:
            chosen += _several("Columns known ahead", others, f"ahead-{place}-{target}", HELP["columns"])
        if kinds := [name.removeprefix(PREFIX) for name in calendar if name != HOLIDAYS]:
            parts = _several("Calendar", kinds, f"calendar-{place}", HELP["calendar"])
            chosen += [PREFIX + part for part in parts]
        if HOLIDAYS in calendar:
            codes = {name: code for code, name in countries().items()}
            named = _several("Holidays", list(codes), f"holidays-{place}", HELP["holidays"])
            chosen += [HOLIDAYS + codes[name] for name in named]
    return tuple(chosen)


def put_ahead(ahead: tuple[str, ...], place: str, target: str) -> None:
    """Let the control start with these."""
    for widget, chosen in by_widget(ahead, place, target).items():
        st.session_state[widget] = chosen


def by_widget(ahead: tuple[str, ...], place: str, target: str) -> dict[str, list[str]]:
    """What each part of the control holds, by its name in the address."""
    calendar = [name for name in ahead if is_calendar(name)]
    holidays = [countries()[name.removeprefix(HOLIDAYS)] for name in calendar if name.startswith(HOLIDAYS)]
    return {
        f"ahead-{place}-{target}": [name for name in ahead if name not in calendar],
        f"calendar-{place}": [name.removeprefix(PREFIX) for name in calendar if not name.startswith(HOLIDAYS)],
        f"holidays-{place}": holidays,
    }


def _several(label: str, options: list[str], widget: str, help: str) -> list[str]:
    chosen = st.session_state.get(widget, [])
    if not set(chosen) <= set(options):
        st.session_state[widget] = [name for name in chosen if name in options]
    return st.multiselect(label, options, key=linked(widget), bind="query-params", help=help)
