"""The Benchmark page's answer over all tasks: in words, by ranks, and as ratios to every rival."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from liquid.charts import ratios as charts
from liquid.series.words import counted, enumerated
from liquid.studies.benchmark.report import against, hardest, how_to_read, levels, parts_sentence, rank_sentence
from liquid.studies.benchmark.verdict import TOO_SMALL, UNDECIDED, Part, Ratio
from pages.benchmark import results
from pages.shared.controls import choice
from pages.shared.display import NO_TOOLBAR, page_look

ALL, ONE = "Every rival", "One rival"
HELP = (
    "Over all tasks, noises and sizes, or at each of them apart. One rival: the one chosen as Rival, also with as much "
    "training time as it takes."
)


def answer() -> None:
    """The headline, and what a reader needs in ten seconds."""
    overall = results.compared()
    st.markdown(f"## {results.standing().sentence}")
    lines = [f"**Liquid is:** {results.tally(overall)}"]
    lstm, most = against("LSTM", overall), hardest(overall)
    if lstm is not None:
        lines.append(f"**Against the LSTM:** {lstm.sentence}")
    if most is not None and most.rival != "LSTM":
        lines.append(f"**The hardest rival:** {most.sentence}")
    st.markdown("\n".join(f"- {line}" for line in lines))


def rank_picture() -> None:
    """Mean ranks as a diagram of critical differences, and the same in words."""
    ranking = results.ranking()
    if len(ranking.ranks) < 2:
        return
    words = "; ".join(enumerated(group) for group in ranking.groups)
    listed = ", ".join(f"{model} {rank:.1f}" for model, rank in ranking.ranks.items())
    title = f"Mean rank over {counted(ranking.tasks, 'task')}"
    st.plotly_chart(
        charts.ranks(page_look(), ranking.ranks, ranking.groups, title),
        key="benchmark_ranks",
        config=NO_TOOLBAR,
        alt=f"{title}, best first: {listed}. Not told apart: {words or 'none'}.",
    )
    bars = f"A bar joins models that can't be told apart: {words}." if words else "All neighbours can be told apart."
    st.markdown(f"{bars} {rank_sentence(ranking)}")


def forests(rival: str) -> None:
    """Liquid's ratios to every rival, over all or by a setting: drawn, and in the fold as numbers and words."""
    shown = choice("Ratios", [ALL, *results.SPLITS, ONE], ALL, key="benchmark_split", help=HELP)
    if shown in results.SPLITS:
        parts = results.divided(results.SPLITS[shown])
        compared: Sequence[Ratio] = [part.ratio for part in parts]
        labels = [part.label for part in parts]
        fig = charts.grouped(
            page_look(), _by_rival(parts), f"Error of Liquid over its rival's, {_lower(shown)}", "Liquid"
        )
        words = parts_sentence(parts) if parts else ""
    else:
        head, rows = (
            (ALL, tuple((one.rival, one) for one in results.compared())) if shown == ALL else results.alone(rival)
        )
        compared, labels = [one for _, one in rows], [label for label, _ in rows]
        bars = [bar(one, label) for label, one in rows]
        fig = charts.forest(page_look(), [(head, bars)], "Error of Liquid over its rival's", "Liquid")
        words = how_to_read(compared)
    if not compared:
        st.markdown(f"Nothing to compare: no kind has enough tasks, or {rival} was trained on none of Liquid's.")
        return
    st.plotly_chart(
        fig,
        key="benchmark_ratios",
        config=NO_TOOLBAR,
        alt=f"Ratio of Liquid's error to its rivals', {_lower(shown)}, with intervals, around 1.",
    )
    st.caption(
        "Filled: decided. Open: the interval leaves it open. An interval far beyond all ratios is cut at the edge."
    )
    with st.expander("Every number with its interval", on_change="rerun", key="benchmark_numbers") as numbers:
        if numbers.open:
            ratio_table(compared, "Ratio of errors, interval, verdict and training time", labels)
            st.caption(words)
            if shown == ALL:
                st.markdown("\n".join(f"- {sentence}" for sentence in results.statements()))


def bar(one: Ratio, label: str) -> charts.Bar:
    """A ratio as it is drawn."""
    decided = one.verdict not in (UNDECIDED, TOO_SMALL)
    return charts.Bar(one.rival, one.ratio.mean, one.ratio.low, one.ratio.high, label, decided, one.word)


def ratio_table(compared: Sequence[Ratio], alt: str, labels: Sequence[str] = ()) -> None:
    """One row per ratio; the caption states the level of the intervals."""
    st.dataframe(table(compared, labels), hide_index=True, column_config=COLUMNS, placeholder="", alt=alt)


def table(compared: Sequence[Ratio], labels: Sequence[str] = ()) -> pd.DataFrame:
    """One row per ratio; `labels` if there are several of a rival."""
    names = [one.rival for one in compared]
    several = list(labels) != names and len(labels) > 0
    return pd.DataFrame(
        {
            "rival": names,
            **({"where": list(labels)} if several else {}),
            "error ratio": [one.ratio.mean for one in compared],
            "low": [one.ratio.low for one in compared],
            "high": [one.ratio.high for one in compared],
            "Liquid is": [one.word for one in compared],
            "p (Wilcoxon, Holm)": [one.adjusted for one in compared],
            "training time ratio": [one.times for one in compared],
            "noise": [levels(one) for one in compared],
            "tasks": [one.tasks for one in compared],
            "seeds": [one.seeds for one in compared],
        }
    )


COLUMNS = {
    name: st.column_config.NumberColumn(format=digits)
    for name, digits in {
        "error ratio": "%.2f",
        "low": "%.2f",
        "high": "%.2f",
        "p (Wilcoxon, Holm)": "%.2f",
        "training time ratio": "%.2f",
    }.items()
}


def _by_rival(parts: Sequence[Part]) -> dict[str, list[charts.Bar]]:
    """Rivals in their order; a part without an interval is left to the table."""
    found: dict[str, list[charts.Bar]] = {}
    for part in parts:
        if math.isfinite(part.ratio.ratio.low):
            found.setdefault(part.ratio.rival, []).append(bar(part.ratio, part.label))
    return found


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
