"""What does the article get right? Its claims one by one, each measured, with a link to a page that demonstrates it."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from liquid.answers import DOES_NOT_HOLD, HOLDS, IN_PART, NOT_DECIDED, VERDICTS
from liquid.charts import claims as charts
from liquid.errors import LiquidError
from liquid.series.words import enumerated
from liquid.studies import stored
from liquid.studies.claims.catalogue import ARTICLE, PARTS, claim, of_article
from liquid.studies.claims.study import NAME, ClaimResult
from liquid.studies.verdict import RULE
from pages.claims.cards import row
from pages.shared.claims import stored_claims
from pages.shared.controls import choice
from pages.shared.display import page_look, show_problem, symbols
from pages.shared.downloads import csv_button

STATES = {"warm": "has read the training part", "zero": "starts at zero"}


def summary(results: dict[str, ClaimResult]) -> str:
    """How many claims got which verdict, in words."""
    counts = Counter(result.verdict for result in results.values())
    verbs = {HOLDS: "hold", IN_PART: "hold in part", NOT_DECIDED: "cannot be decided", DOES_NOT_HOLD: "do not hold"}
    if counts[HOLDS] == 1:
        verbs[HOLDS] = "holds"
    parts = [f"{counts[verdict]} {verbs[verdict]}" for verdict in VERDICTS if counts[verdict]]
    return f"Of its {len(results)} claims, {enumerated(parts)}."


def table(results: dict[str, ClaimResult]) -> dict[str, list[str]]:
    """One row per claim."""
    return {
        "claim": [claim(name).words for name in results],
        "verdict": [result.verdict for result in results.values()],
        "measured": [result.headline.text for result in results.values()],
        "number [95 % interval]": [result.headline.number for result in results.values()],
        "why": [result.why for result in results.values()],
        "training": [result.on_training for result in results.values()],
        "made by": [claim(name).cited for name in results],
        "link": [claim(name).link for name in results],
        "date": [result.date for result in results.values()],
    }


def replication(part_3: dict[str, Any]) -> None:
    """The article's own benchmark, for every choice that it leaves open, with its two points."""
    st.markdown("### Its benchmark, run many times")
    state = choice(
        "Initial state of the test",
        list(STATES),
        "warm",
        key="claims_state",
        help="The article does not say in what state the test starts. Warm: the network has read the training part "
        "first. Zero: it has read nothing.",
    )
    trainings = pd.DataFrame(part_3["rows"], columns=part_3["columns"])
    reported = {kind: (train, test) for kind, (train, test) in part_3["reported"].items()}
    st.plotly_chart(
        charts.cloud(page_look(), clouds=clouds(trainings, state), reported=reported, state=state),
        key="claims_cloud",
        alt="Test error against training error of every replicated training; stars are the two points that the article "
        "reports.",
    )
    st.dataframe(means(trainings, state), hide_index=True, alt="Test error by model, learning rate and noise")
    settings = part_3["settings"]
    noises, rates = (", ".join(f"{value:g}" for value in settings[name]) for name in ("noises", "rates"))
    positions = [
        f"{point['model']} beside {point['model']}-{point['size']}: {'inside' if point['inside'] else 'outside'}"
        for point in part_3["inside"]
    ]
    st.caption(
        f"Each dot is one training by Adam of {settings['epochs']:,} epochs: {settings['draws']} draws of the sines' "
        f"frequencies, noise of {noises}, learning rates {rates} (the article states none). Before the test, the state "
        f"{STATES[state]}. Are the article's points inside the convex hull of the dots for either initial state? "
        f"{', '.join(positions)}. The table shows geometric means of the test error over the draws."
    )


def clouds(trainings: pd.DataFrame, state: str) -> list[charts.Cloud]:
    """Errors of each model at each size, Liquid first, then the LSTMs from the largest on; none of what diverged."""
    finite = trainings.dropna(subset=["train", state])
    groups = [group for _, group in finite.groupby(["model", "size"], sort=False, dropna=False)]
    firsts = [group.iloc[0] for group in groups]
    sizes = [None if pd.isna(first["size"]) else int(first["size"]) for first in firsts]
    return [
        charts.Cloud(first["model"], size, group["train"].tolist(), group[state].tolist())
        for first, size, group in zip(firsts, sizes, groups, strict=True)
    ]


def means(trainings: pd.DataFrame, state: str) -> pd.DataFrame:
    """Geometric means over the draws: a row per model, size and learning rate, a column per noise level."""
    logs = trainings.assign(error=np.log(trainings[state].astype(float)))
    table = logs.pivot_table(index=["model", "size", "rate"], columns="noise", values="error", sort=False, dropna=False)
    mean = table.dropna(how="all").apply(np.exp)
    mean.columns = [f"noise {sd:g}" for sd in mean.columns]
    return mean.reset_index().rename(columns={"rate": "learning rate"}).round(4)


st.title("What does the article get right?")
try:
    results = stored_claims()
except LiquidError as problem:
    show_problem(problem)
    st.stop()
results = dict(sorted(results.items(), key=lambda item: VERDICTS.index(item[1].verdict)))
article = of_article(results)
st.markdown(f"## {symbols(summary(article))}")
links = ", ".join(f"[{part}]({ARTICLE}{address})" for part, address in PARTS.items())
st.markdown(
    "Sovesh Mohapatra's series *Deconstructing Liquid Neural Networks* "
    f"({links}) is where this project began: it describes the layer so well that each of its claims can be tested. "
    "Here they are in our words, each with one measured number, its 95 % interval, and, shaded, where the interval has "
    "to lie for a yes."
)
for name, result in article.items():
    own = partial(replication, result.picture) if name == "part-3" else None
    row(claim(name), result, own)
if len(article) < len(results):
    st.markdown("### Of the literature")
    st.markdown("What others say of liquid networks, not the article; tested in the same way.")
    for name, result in results.items():
        if name not in article:
            row(claim(name), result)
with st.container(horizontal=True):
    csv_button("Download as CSV", "claims.csv", lambda: table(results), icon=None, help="One row per claim.")
    st.download_button(
        "Download as JSON",
        (stored.FOLDER / f"{NAME}.json").read_bytes(),
        "claims.json",
        "application/json",
        on_click="ignore",
        help="Every number with its interval, the required ranges, versions, and all replicated trainings.",
    )
with st.expander("How verdicts are reached"):
    st.markdown(symbols(RULE))
    st.markdown(
        "Reproduce every number: `python -m liquid claims`, or a single claim: `python -m liquid claims --only gate`."
    )
used: dict[str, set[str]] = {}
for result in results.values():
    for library, version in result.versions.items():
        used.setdefault(library, set()).add(version)
versions = ", ".join(f"{library} {enumerated(sorted(numbers))}" for library, numbers in used.items())
dates = sorted({result.date for result in results.values()})
st.caption(f"Measured on {enumerated(dates)}; {versions}.")
