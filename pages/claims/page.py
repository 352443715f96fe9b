"""What does the article get right? Its claims one by one, each measured, with a door to the page that shows it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from liquid.charts import claims as charts
from liquid.errors import LiquidError
from liquid.series.export import to_csv
from liquid.studies import stored
from liquid.studies.claims.catalogue import ARTICLE, PARTS, claim
from liquid.studies.claims.study import NAME, ClaimResult
from liquid.studies.claims.verdict import DOES_NOT_HOLD, HOLDS, IN_PART, NOT_DECIDED, RULE, VERDICTS
from pages.claims.cards import BADGES, card, stored_claims
from pages.shared.display import page_look, verbatim

STATES = {"warm": "has read the training part", "zero": "starts at zero"}


def answer(found: dict[str, ClaimResult]) -> str:
    """The counts in words, what holds first."""
    counts = Counter(one.verdict for one in found.values())
    verbs = {HOLDS: "hold", IN_PART: "hold in part", NOT_DECIDED: "cannot be decided", DOES_NOT_HOLD: "do not hold"}
    if counts[HOLDS] == 1:
        verbs[HOLDS] = "holds"
    parts = [f"{counts[verdict]} {verbs[verdict]}" for verdict in VERDICTS if counts[verdict]]
    return f"Of its {len(found)} claims, {', '.join(parts[:-1])} and {parts[-1]}."


def table(found: dict[str, ClaimResult]) -> dict[str, list[str]]:
    """One row per claim."""
    return {
        "claim": [claim(name).words for name in found],
        "verdict": [one.verdict for one in found.values()],
        "measured": [one.headline.text for one in found.values()],
        "number [95 % interval]": [one.headline.number for one in found.values()],
        "why": [one.why for one in found.values()],
        "article": [claim(name).link for name in found],
        "date": [one.date for one in found.values()],
    }


def overview(found: dict[str, ClaimResult]) -> pd.DataFrame:
    """Three columns, which fit a phone: the rest stands in the cards and in the downloads."""
    badges = {name: BADGES[one.verdict] for name, one in found.items()}
    return pd.DataFrame(
        {
            "verdict": [f":{badges[name][1]}-badge[{one.verdict}]" for name, one in found.items()],
            "claim": [f"{claim(name).words} [Article]({claim(name).link})" for name in found],
            "measured": [f"**{one.headline.number}** {one.headline.text}" for one in found.values()],
        }
    )


def replication(picture: dict[str, Any]) -> None:
    """The article's own benchmark, over everything that it leaves open, with its two points."""
    st.subheader("Its benchmark, run many times")
    state = st.segmented_control(
        "The test's first state",
        list(STATES),
        default="warm",
        required=True,
        key="claims_state",
        bind="query-params",
        help="The article does not say what state the test starts with. Warm: the network has read the training part "
        "before. Zero: it has read nothing.",
    )
    trainings = pd.DataFrame(picture["rows"], columns=picture["columns"])
    reported = {kind: (train, test) for kind, (train, test) in picture["reported"].items()}
    st.plotly_chart(
        charts.cloud(page_look(), clouds=clouds(trainings, state), reported=reported, state=state),
        key="claims_cloud",
        alt="Test error against training error of every replicated training, with the two points that the article "
        "reports as stars.",
    )
    st.dataframe(means(trainings, state), hide_index=True, alt="Test error by model, learning rate and noise")
    settings = picture["settings"]
    noises, rates = (", ".join(f"{value:g}" for value in settings[name]) for name in ("noises", "rates"))
    places = [
        f"{one['model']} beside {one['model']}-{one['size']}: {'inside' if one['inside'] else 'outside'}"
        for one in picture["inside"]
    ]
    st.caption(
        f"Each dot is one training of {settings['epochs']:,} epochs: {settings['draws']} draws of the sines' "
        f"frequencies, noise of {noises}, learning rates {rates} (the article names none). Before the test, the state "
        f"{STATES[state]}. Are the article's points in the hull of the dots of one first state or the other? "
        f"{', '.join(places)}. "
        "The table holds geometric means of the test error over the draws."
    )


def clouds(trainings: pd.DataFrame, state: str) -> list[charts.Cloud]:
    """Errors of each model at each size, Liquid first, then the LSTMs from the largest on; none of what diverged."""
    finite = trainings.dropna(subset=["train", state])
    groups = finite.groupby(["model", "size"], sort=False, dropna=False)
    return [
        charts.Cloud(model, None if pd.isna(size) else int(size), group["train"].tolist(), group[state].tolist())
        for (model, size), group in groups
    ]


def means(trainings: pd.DataFrame, state: str) -> pd.DataFrame:
    """Geometric means over the draws, one row per model, size and learning rate, one column per noise level."""
    logs = trainings.assign(error=np.log(trainings[state].astype(float)))
    table = logs.pivot_table(index=["model", "size", "rate"], columns="noise", values="error", sort=False, dropna=False)
    mean = np.exp(table.dropna(how="all"))
    mean.columns = [f"noise {sd:g}" for sd in mean.columns]
    return mean.reset_index().rename(columns={"rate": "learning rate"}).round(4)


st.title("What does the article get right?")
try:
    found = stored_claims()
except LiquidError as problem:
    st.error(verbatim(str(problem)))
    st.stop()
found = dict(sorted(found.items(), key=lambda item: VERDICTS.index(item[1].verdict)))
st.markdown(f"### {answer(found)}")
links = ", ".join(f"[{part}]({ARTICLE}{address})" for part, address in PARTS.items())
st.markdown(
    "Sovesh Mohapatra's series *Deconstructing Liquid Neural Networks* "
    f"({links}) is where this project began: it takes the layer apart so well that each of its claims can be tested. "
    "Here is each of them in our words, with the measurement that tests it. What holds comes first."
)
rows = pd.DataFrame(table(found))
st.table(overview(found), hide_index=True, border="horizontal", alt="The claims, each with verdict and number")
with st.container(horizontal=True):
    st.download_button(
        "Download as CSV",
        to_csv({name: rows[name].tolist() for name in rows}),
        "claims.csv",
        "text/csv",
        on_click="ignore",
        help="The table, one row a claim.",
    )
    st.download_button(
        "Download as JSON",
        (stored.FOLDER / f"{NAME}.json").read_bytes(),
        "claims.json",
        "application/json",
        on_click="ignore",
        help="Every number with its interval, the ranges asked for, versions, and all replicated trainings.",
    )
if "part-3" in found:
    replication(found["part-3"].picture)
st.subheader("Claim by claim")
with st.grid(2, min_column_width=360):
    for name, result in found.items():
        card(claim(name), result)
with st.expander("How a verdict comes about"):
    st.markdown(RULE)
    st.markdown("Make every number again: `python -m liquid claims`, or one: `python -m liquid claims --only gate`.")
used: dict[str, set[str]] = {}
for one in found.values():
    for library, number in one.versions.items():
        used.setdefault(library, set()).add(number)
versions = ", ".join(f"{library} {' and '.join(sorted(numbers))}" for library, numbers in used.items())
dates = sorted({one.date for one in found.values()})
st.caption(f"Measured on {' and '.join(dates)}; {versions}.")
