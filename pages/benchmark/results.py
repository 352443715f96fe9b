"""What the Benchmark page reads of the stored result, worked out once per server."""

from __future__ import annotations

import streamlit as st

from liquid.models.registry import MODELS
from liquid.series.words import enumerated
from liquid.studies.benchmark import report, stored
from liquid.studies.benchmark.about import About, about, title
from liquid.studies.benchmark.ranking import Ranking
from liquid.studies.benchmark.report import Section, Standing
from liquid.studies.benchmark.simple import Reached, reached
from liquid.studies.benchmark.stored import Stored
from liquid.studies.benchmark.tasks import TASKS
from liquid.studies.benchmark.verdict import Part, Ratio, Setting, TaskRatio, by, by_task, ratios

SPLITS: dict[str, Setting] = {"By noise": "noise", "By size": "size", "By kind of task": "kind"}


@st.cache_resource
def result() -> Stored:
    return stored.load()


@st.cache_resource(show_spinner=False)
def compared() -> tuple[Ratio, ...]:
    """Liquid compared with every rival, networks first, from the stored rows."""
    return tuple(sorted(ratios(result().rows), key=lambda one: list(MODELS).index(one.rival)))


@st.cache_resource(show_spinner=False)
def standing() -> Standing:
    """Who is ahead of all, from the stored rows."""
    return Standing.of(result().rows)


@st.cache_resource(show_spinner=False)
def ranking() -> Ranking:
    """Mean ranks, and who can't be told apart."""
    return Ranking.of(result().rows)


@st.cache_resource(show_spinner=False)
def divided(setting: Setting) -> tuple[Part, ...]:
    """Liquid compared with every rival at every noise, size or kind of task."""
    return tuple(sorted(by(setting, result().rows), key=lambda part: list(MODELS).index(part.ratio.rival)))


@st.cache_resource(show_spinner=False)
def alone(rival: str) -> Section:
    """One rival part by part, and what else was compared with it."""
    return report.alone(result().rows, rival)


@st.cache_resource(show_spinner=False)
def statements() -> tuple[str, ...]:
    """What stands beside the ratios, in sentences."""
    return tuple(report.statements(result().rows))


@st.cache_resource(show_spinner=False)
def task_by_task(rival: str) -> tuple[TaskRatio, ...]:
    """Liquid compared with one rival, task by task and noise by noise."""
    return by_task(result().rows, rival)


@st.cache_resource(show_spinner=False)
def tasks_reached() -> dict[tuple[str, float], Reached]:
    """The best simple method and every network, by task and noise."""
    return reached(result().rows)


@st.cache_resource(show_spinner=False)
def tasks_about() -> tuple[About, ...]:
    """Where the tasks come from, those of a kind together."""
    return tuple(about(name) for name in sorted(TASKS, key=lambda name: TASKS[name].kind))


@st.cache_resource(show_spinner=False)
def titles() -> dict[str, str]:
    """The tasks in words."""
    return {name: title(name) for name in TASKS}


def rivals() -> list[str]:
    """Whom Liquid is compared with."""
    return [one.rival for one in compared()]


def tally(overall: tuple[Ratio, ...]) -> str:
    """Rivals by what Liquid is beside them: better than these, equal to those."""
    heads = {
        "better": "More accurate than",
        "equal within 5 %": "Equal within 5 % to",
        "worse": "Less accurate than",
        "undecided": "Undecided against",
        "ahead, too small to tell": "Too small to tell, but ahead of",
        "behind, too small to tell": "Too small to tell, but behind",
    }
    names = {word: [one.rival for one in overall if one.word == word] for word in heads}
    return " ".join(f"{heads[word]} {enumerated(found)}." for word, found in names.items() if found)
