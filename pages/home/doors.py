"""Doors to the questions of the other pages, each with a drawing of its answer, made from stored results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from liquid.answers import DOES_NOT_HOLD, HOLDS, IN_PART, NOT_DECIDED, VERDICTS, WORDS
from liquid.charts.style import Look
from liquid.errors import LiquidError
from liquid.models.registry import MODELS
from liquid.series import builtin
from liquid.series.words import enumerated
from liquid.studies import stored
from liquid.studies.benchmark.stored import load as load_benchmark
from liquid.studies.benchmark.verdict import BETTER, EQUAL, TOO_SMALL, UNDECIDED, WORSE, Ratio, ratios
from liquid.studies.claims.catalogue import of_article
from liquid.studies.statistics import Interval
from pages.home.drawings import Row, forest, picture, squares
from pages.shared.claims import stored_claims
from pages.shared.display import page_look, symbols

NAIVE = {"Persistence": "last value", "Linear AR": "linear AR"}
YES_OR_NO = {BETTER: "Yes", WORSE: "No", EQUAL: "No", UNDECIDED: "Undecided", TOO_SMALL: "Undecided"}
VERBS = {HOLDS: "hold", IN_PART: "hold in part", NOT_DECIDED: "cannot be decided", DOES_NOT_HOLD: "do not hold"}


class Answer(NamedTuple):
    """In a sentence and as a drawing, an SVG with words for those who do not see it."""

    sentence: str
    drawing: str
    alt: str


class Door(NamedTuple):
    """A page, its question, and what makes the answer from stored results."""

    page: str
    question: str
    answer: Callable[[Look], Answer]


def show_doors() -> None:
    """All of them. Where stored results are missing, a door has its question alone: its page says what is missing."""
    st.header("Find out")
    with st.grid(3, min_column_width=260):
        for door, answer in zip(DOORS, _answers(page_look()), strict=True):
            with st.container(border=True, height="stretch"):
                st.page_link(f"pages/{door.page}/page.py", label=f"**{symbols(door.question)}**")
                if answer is not None:
                    st.markdown(f"{picture(answer.drawing, answer.alt)}\n\n{symbols(answer.sentence)}")


@st.cache_data(ttl="10m", max_entries=2, show_spinner=False)
def _answers(look: Look) -> list[Answer | None]:
    return [answer_of(door, look) for door in DOORS]


def answer_of(door: Door, look: Look) -> Answer | None:
    """None if its results are missing."""
    try:
        return door.answer(look)
    except LiquidError:
        return None


def _against() -> dict[str, Ratio]:
    """Error of Liquid over that of each other model of the benchmark."""
    return {ratio.rival: ratio for ratio in ratios(load_benchmark().rows)}


def _train(look: Look) -> Answer:
    compared = _against()
    naive = compared["Persistence"]
    words = YES_OR_NO[naive.verdict]
    rows = [Row(f"/ {words}", compared[name].ratio) for name, words in NAIVE.items()]
    return Answer(
        f"{words} over {naive.tasks} series: its error is **{naive.ratio:.2f}** times that of repeating the last "
        "value.",
        forest(look, rows, 1, log=True),
        "Error of Liquid over that of simple methods, with intervals.",
    )


def _benchmark(look: Look) -> Answer:
    compared = {name: ratio for name, ratio in _against().items() if name in MODELS and name not in NAIVE}
    lstm = compared["LSTM"]
    return Answer(
        f"{YES_OR_NO[lstm.verdict]}: at equal parameters its error is **{lstm.ratio:.2f}** times the LSTM's.",
        forest(look, [Row(f"/ {name}", ratio.ratio) for name, ratio in compared.items()], 1, log=True),
        "Error of Liquid over that of other networks, with intervals.",
    )


def _time_constant(look: Look) -> Answer:
    claim = stored_claims()["noise"]
    checks = [check for check in claim.checks if check.quantity == claim.checks[0].quantity]
    change = checks[0].value
    return Answer(
        f"{WORDS[claim.verdict]}: noise as strong as the series changes its mean by **{change:.2f} %**, and neurons go "
        "both ways.",
        forest(look, [Row(check.condition, check.value) for check in checks], 0, unit=" %"),
        "Change of mean tau_sys under noise in four kinds of layers, with intervals.",
    )


def _solver(look: Look) -> Answer:
    trainings = stored.load("solver_training")["trainings"]
    titles = {entry.name: entry.title for entry in builtin.catalogue()}
    found = {
        titles[series]: Interval(**next(row["ratio"] for row in rows if row["solver"] == "rk4"))
        for series, rows in trainings.items()
    }
    alike = all(ratio.low <= 1 <= ratio.high for ratio in found.values())
    parts = [f"**{ratio:.2f}** times Euler's on {series}" for series, ratio in found.items()]
    return Answer(
        f"{'For forecasts, yes' if alike else 'Not always'}: with RK4 their error is {enumerated(parts)}.",
        forest(look, [Row(series, ratio) for series, ratio in found.items()], 1, log=True),
        "Error of forecasts with RK4 over those with Euler, with intervals.",
    )


def _claims(look: Look) -> Answer:
    found = sorted((result.verdict for result in of_article(stored_claims()).values()), key=VERDICTS.index)
    counts = Counter(found)
    parts = [f"{counts[verdict]} {VERBS[verdict]}" for verdict in VERDICTS if counts[verdict]]
    sentence = f"Of its {len(found)} claims, {enumerated(parts)}."
    return Answer(sentence, squares(look, found), f"A square per claim. {sentence}")


DOORS = (
    Door("train", "Does it learn my series?", _train),
    Door("benchmark", "Is it better than an LSTM?", _benchmark),
    Door("time_constant", "Does tau_sys shrink when the input is noisy?", _time_constant),
    Door("solver", "Is Euler accurate enough?", _solver),
    Door("claims", "What does the article get right?", _claims),
)
