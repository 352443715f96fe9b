"""Where a page gets its series: built-in, uploaded or pasted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from liquid.engine import Task, apart
from liquid.errors import LiquidError
from liquid.series import builtin
from liquid.series.reading import Reading, ReadOptions, chosen_part, part_in, understand
from liquid.series.reading.options import ENCODINGS, Question
from liquid.series.series import Series
from pages.shared.address import READ
from pages.shared.controls import choice
from pages.shared.display import show_problem, verbatim
from pages.shared.guesses import ask, set_options, show_understood
from pages.shared.job import AT_ONCE, run_job
from pages.shared.links import OWN, linked, optional
from pages.shared.part import choose_part
from pages.shared.sessions import forget, remember

SOURCES = ("Built-in", "Upload", "Paste")
COPY = "Copy"  # of a saved run
FIRST = "mackey-glass"
NO_SERIES = (
    "There is no series yet: choose one in the sidebar, wait until its file has been read, or answer there what the "
    "file leaves open."
)
LONGEST_READING = 50_000  # characters of it in a link: 200 columns by name, twice over
LINK_ANSWERED = "link_answered"  # a link's file-reading options are for the first content only: another has its own
# What a link may set of the reader's options
TEXTS = ("delimiter", "decimal", "encoding", "sheet", "layout", "calendar", "zone", "combine", "unread", "sentinels")
PART = ("first", "last", "without")
OPTION_TYPES: dict[str, type | tuple[type, ...]] = dict.fromkeys((*TEXTS, *PART), str)
OPTION_TYPES |= {"header": bool, "day_first": bool, "time_column": (str, int), "target": list, "series": dict}
OPTION_TYPES |= {"names_line": int, "century": int}
FEWEST_HEARD, MOST_HEARD = 30, 4000  # samples
EXAMPLE = "date,value\n2024-01-01,3.1\n2024-01-02,3.4\n…"


@dataclass(frozen=True)
class Content:
    """What was uploaded or pasted, with a digest that is computed once, however large the content."""

    name: str
    data: bytes
    digest: str

    @staticmethod
    def of(name: str, data: bytes) -> Content:
        return Content(name, data, hashlib.sha256(data).hexdigest()[:16])


@dataclass(frozen=True)
class Picked:
    """A series and, if it was uploaded or pasted, how it was read. `key` changes whenever the series does."""

    key: str
    series: Series
    reading: Reading | None = None
    place: str = OWN  # stands for the series in the names of settings for its columns
    content_key: str = ""  # that of the file or text, whatever the options: the options are kept under it
    options: ReadOptions = field(default_factory=ReadOptions)

    @property
    def read_as(self) -> str:
        """The file-reading options that the user changed, as the address has them."""
        return self.options.text


def pick_series() -> Picked | None:
    """The sidebar's choice of a series. None while there is nothing to read; problems are shown in place."""
    source = choice(
        "Series",
        [*SOURCES, *optional("source", COPY, "copied" in st.session_state)],
        "Built-in",
        key="source",
        help="Start with a built-in series, or bring your own as a file or as text.",
    )
    if source == "Upload":
        return _read("upload", _uploaded())
    if source == "Paste":
        return _read("paste", _pasted())
    if source == COPY:
        remember("copied")
        copied: Picked = st.session_state["copied"]
        st.caption(f"The series of a saved run: {verbatim(copied.series.title)}, {len(copied.series):,} rows.")
        return _part_of(copied)
    return _builtin()


def copy_series(builtin_name: str | None, key: str, series: Series) -> None:
    """Let the sidebar start with the series of a saved run. Call it before the widgets are made."""
    if builtin_name is not None:
        st.session_state["source"], st.session_state["series"] = "Built-in", builtin_name
    else:
        st.session_state["copied"] = Picked(key, series)
        st.session_state["source"] = COPY


def _builtin() -> Picked | None:
    entries = {entry.name: entry for entry in _catalogue()}
    name = st.selectbox(
        "Which one",
        list(entries),
        index=list(entries).index(FIRST),
        key=linked("series"),
        bind="query-params",
        help="Measured series first, then series generated from equations.",
    )
    entry = entries[name]
    st.caption(f"{entry.length:,} values, {entry.period}. {entry.description}")
    return _part_of(Picked(name, builtin.load(name), place=name))


def _part_of(whole: Picked) -> Picked | None:
    """The part that is used of a series that was not read from a visitor's file."""
    asked = _options_of(whole.key)
    options = ReadOptions(**{name: getattr(asked, name) for name in PART})
    choose_part(whole.key, options, whole.series)
    _show_in_address(options)
    try:
        series = chosen_part(whole.series, options)
    except LiquidError as problem:
        show_problem(problem)
        _undo(whole.key, options)
        return None
    if series is whole.series:
        return whole
    _undo(whole.key, options)
    return replace(whole, key=f"{whole.key}-{_digest(options)}", series=series, options=options)


def _uploaded() -> Content | None:
    """The file, kept when the page is switched or loaded again, and gone when it is removed."""
    st.file_uploader(
        "File",
        key="file",
        on_change=_file_changed,
        help="CSV or other text with delimiters, .xlsx, .xls, .ods, Parquet or JSON lines. Nothing leaves this server.",
    )
    remember("uploaded")
    content: Content | None = st.session_state.get("uploaded")
    if content is not None and st.session_state.get("file") is None:
        st.caption(f"In use: {verbatim(content.name)}")
        st.button("Remove the file", icon=":material/close:", on_click=forget, args=("uploaded",), key="remove_file")
    return content


def _file_changed() -> None:
    """The visitor chose or removed a file; switching pages, which empties the uploader, does not come here."""
    file = st.session_state["file"]
    if file is None:
        forget("uploaded")
    else:
        st.session_state["uploaded"] = Content.of(file.name, file.getvalue())


def _pasted() -> Content | None:
    text = st.text_area(
        "Text",
        placeholder=EXAMPLE,
        height=160,
        key="pasted",
        persist_state="session",
        help="Rows of numbers, with or without a time column, as copied from a spreadsheet or a file.",
    )
    remember("pasted")
    return Content.of("pasted text", text.encode()) if text.strip() else None


def _read(origin: str, content: Content | None) -> Picked | None:
    if content is None:
        if LINK_ANSWERED in st.session_state:
            _show_in_address(ReadOptions())  # those of a file that was removed
        return None
    key = f"{origin}-{content.digest}"
    options = _options_of(key)
    _show_in_address(options)
    try:
        reading = _understand(content, options.whole)
        if reading is None:
            return None
        choose_part(key, options, reading.series)
        reading = part_in(reading, options)
    except Question as question:
        st.warning(verbatim(str(question)), icon=":material/help:")
        ask(key, options, question.guess, f"ask-{key}", taken=False)
        return None
    except LiquidError as problem:
        show_problem(problem)
        _undo(key, options)
        return None
    picked = Picked(f"{key}-{_digest(options)}", reading.series, reading, content_key=key, options=options)
    show_understood(key, reading, picked.key)
    _undo(key, options)
    return picked


def _options_of(key: str) -> ReadOptions:
    """How a series is read: as was answered for it, or as the link says, which is about the first series alone."""
    remember(f"options-{key}")
    if LINK_ANSWERED not in st.session_state:
        st.session_state[LINK_ANSWERED] = True
        if f"options-{key}" not in st.session_state and READ in st.query_params:
            set_options(key, _from_address(st.query_params[READ]))
    options: ReadOptions = st.session_state.get(f"options-{key}", ReadOptions())
    return options


def _digest(options: ReadOptions) -> str:
    return hashlib.sha256(str(options).encode()).hexdigest()[:8]


def _undo(key: str, options: ReadOptions) -> None:
    if options != ReadOptions():
        st.button(
            "Undo my answers",
            icon=":material/undo:",
            on_click=set_options,
            args=(key, ReadOptions()),
            key="undo_reading",
            help="Reads the file as it was read at first.",
        )


def _show_in_address(options: ReadOptions) -> None:
    if (text := options.text) != st.query_params.get(READ, ""):
        if text:
            st.query_params[READ] = text
        else:
            del st.query_params[READ]


def _from_address(text: str) -> ReadOptions:
    """The file-reading options in a link; the defaults, with a sentence, if it holds anything else."""
    try:
        if len(text) > LONGEST_READING:
            raise ValueError("longer than any of ours")
        options = json.loads(text)
        if not isinstance(options, dict) or not all(isinstance(options[name], OPTION_TYPES[name]) for name in options):
            raise ValueError("not what a link holds")
        if isinstance(options.get("target"), list) and not all(isinstance(name, str) for name in options["target"]):
            raise ValueError("columns have names")
        if not all(isinstance(label, str) for label in options.get("series", {}).values()):
            raise ValueError("labels are text")
        if isinstance(options.get("names_line"), bool):
            raise ValueError("a line has a number")
        if options.get("encoding") not in (None, *ENCODINGS):
            raise ValueError("not one that the page offers")
        return ReadOptions(**options)
    except (ValueError, KeyError, RecursionError, LiquidError):
        st.warning("The link contains unknown file-reading options; defaults were used.")
        return ReadOptions()


@st.cache_data(max_entries=1)
def _catalogue() -> list[builtin.Entry]:
    return builtin.catalogue()


def _understand(content: Content, options: ReadOptions) -> Reading | None:
    """The content as these options read it; None while a large one is being read. LiquidError if it cannot be read."""
    if len(content.data) <= AT_ONCE:
        return _read_now(content, options)
    outcomes = _outcomes(content, options)
    if not outcomes:
        call = partial(understand, content.data, name=content.name, options=options)
        outcome = run_job(
            "reading",
            f"{content.digest} {options}",
            lambda: Task(apart, ("Reading this file", call)),
            label="Read the file",
            help="A large file is read beside the page: you can go on with another series meanwhile.",
            at_once=True,
        )
        if outcome is None:
            return None
        outcomes.append(outcome)
        forget("reading")  # the job, which holds the file too
    if isinstance(outcomes[0], LiquidError):
        raise outcomes[0].with_traceback(None)
    return outcomes[0]


CONTENT: dict[str | type[Any], Callable[[Any], Any]] = {
    Content: lambda content: (content.name, content.digest),
    ReadOptions: str,
}


@st.cache_resource(max_entries=16, ttl="1h", show_spinner="Reading …", hash_funcs=CONTENT)
def _read_now(content: Content, options: ReadOptions) -> Reading:
    return understand(content.data, name=content.name, options=options)


@st.cache_resource(max_entries=4, ttl="1h", show_spinner=False, hash_funcs=CONTENT)  # each may have 10,000,000 values
def _outcomes(content: Content, options: ReadOptions) -> list[Reading | LiquidError]:
    """A list for one outcome of reading a large content."""
    return []


@dataclass(frozen=True)
class LastSeries:
    """The newest values of the column that the visitor looked at last, without what is missing."""

    title: str
    values: tuple[float, ...]


def remember_series(picked: Picked, column: str) -> None:
    """Let the live layer of the first page listen to it."""
    series = picked.series
    values = series.values[:, series.names.index(column)]
    values = values[np.isfinite(values)][-MOST_HEARD:]
    title = f"Your last series: {series.title}"[:60]
    st.session_state["last_series"] = LastSeries(title, tuple(values.tolist()))
    remember("last_series")


def last_series() -> LastSeries | None:
    """What `remember_series` kept last in this tab; None if nothing was, or too little to hear anything in."""
    last: LastSeries | None = st.session_state.get("last_series")
    return last if last is not None and len(last.values) >= FEWEST_HEARD else None
